//! Changes of documents: counted, numbered without gaps, never backwards.

use api::{
    clock::Clock,
    documents::{Change, Document, observed::Observed, parameters::EncodingParameters, retry},
};
use crds::{DocumentEncodingStatus, Phase};
use futures::future::join_all;
use jiff::SignedDuration;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    application::{self, Application},
    documents::{at_version, change, document, insert, moment, observed, ready, resource, working, write},
};

/// What is counted, and what there is: documents, bytes, in flight.
async fn counted_and_real(pool: &PgPool, tenant: Uuid) -> ((i64, i64, i64), (i64, i64, i64)) {
    let counted = sqlx::query_as("SELECT documents, bytes, in_flight FROM holdings WHERE tenant_id = $1")
        .bind(tenant)
        .fetch_one(pool)
        .await
        .unwrap();
    let real = sqlx::query_as(
        "SELECT count(*), coalesce(sum(size_bytes), 0)::bigint, count(*) FILTER (WHERE status = 'processing') \
         FROM documents WHERE tenant_id = $1",
    )
    .bind(tenant)
    .fetch_one(pool)
    .await
    .unwrap();
    (counted, real)
}

/// A small generator of numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn failed() -> DocumentEncodingStatus {
    DocumentEncodingStatus {
        failure: Some(crds::Failure::new(crds::Reason::NoText, "x", None)),
        ..working(Phase::Failed, 1, 30)
    }
}

/// One of the things that happen to documents, chosen by the numbers.
async fn happen(application: &Application, documents: &mut Vec<Document>, numbers: &mut Numbers) {
    let (tenant, pool) = (application.tenant, &application.database.api);
    let at = usize::try_from(numbers.below(documents.len().max(1) as u64)).unwrap();
    let chosen = documents.get(at).cloned();
    match (numbers.below(6), chosen) {
        (0, _) | (_, None) => {
            let mut new = document(tenant, application.user);
            new.file.size_bytes = (numbers.below(3) > 0).then(|| i64::try_from(numbers.below(1000)).unwrap());
            insert(pool, &new).await;
            documents.push(new);
        }
        (1, Some(chosen)) => {
            change(
                pool,
                tenant,
                Change::Deleted {
                    tenant,
                    id: chosen.id,
                },
            )
            .await;
            documents.remove(at);
        }
        (2, Some(chosen)) => {
            change(
                pool,
                tenant,
                Change::Retried {
                    tenant,
                    before: &application.read(&chosen).await,
                    request: &chosen.request,
                },
            )
            .await;
        }
        (which, Some(chosen)) => {
            let row = application.read(&chosen).await;
            let status = match which {
                3 => ready(),
                4 => failed(),
                _ => working(Phase::Processing, 1, u8::try_from(numbers.below(100)).unwrap()),
            };
            let uid = row.binding.uid.unwrap_or_else(Uuid::new_v4);
            let observation = observed(&resource(&row, uid, status));
            write(&application.database.mirror, &observation, moment(60)).await;
        }
    }
}

#[tokio::test]
async fn what_a_tenant_holds_is_counted_exactly_and_changes_are_numbered_without_gaps() {
    let application = application::application().await;
    let pool = &application.database.maintenance;
    // Each change of a row, in the order of commits.
    for statement in [
        "CREATE TABLE seen (seq bigint)",
        "CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN \
         INSERT INTO public.seen VALUES (NEW.change_seq); RETURN NULL; END $$",
        "CREATE TRIGGER note_change AFTER INSERT OR UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION note_change()",
        "CREATE TRIGGER note_removal AFTER INSERT ON removals FOR EACH ROW EXECUTE FUNCTION note_change()",
    ] {
        let mut administrator = crate::databases::administrator(&application.database.name).await;
        crate::databases::execute(&mut administrator, statement.to_owned()).await;
    }
    let work = async |seed: u64| {
        let (mut numbers, mut documents) = (Numbers(seed), Vec::new());
        for _ in 0..60 {
            happen(&application, &mut documents, &mut numbers).await;
        }
    };
    join_all((1..=4).map(work)).await;
    let (counted, real) = counted_and_real(pool, application.tenant).await;
    assert_eq!(counted, real);
    assert!(real.0 > 0);
    let mut administrator = crate::databases::administrator(&application.database.name).await;
    let numbers: (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT count(*), count(DISTINCT seq), max(seq), (SELECT change_seq FROM holdings) FROM seen",
    )
    .fetch_one(&mut administrator)
    .await
    .unwrap();
    let (changes, distinct, last, total) = numbers;
    assert_eq!((changes, changes, changes), (distinct, last, total));
}

#[tokio::test]
async fn a_replica_that_lags_takes_nothing_back() {
    let application = application::application().await;
    let document = application.document().await;
    let uid = Uuid::new_v4();
    let queued = |position| DocumentEncodingStatus {
        queue_position: Some(position),
        ..working(Phase::Queued, 1, 0)
    };
    let see = async |status, version| {
        let resource = at_version(resource(&document, uid, status), version);
        let written = write(&application.database.mirror, &observed(&resource), moment(60)).await;
        let row = application.read(&document).await;
        (
            matches!(written, Observed::Changed(_)),
            row.progress.phase,
            row.progress.queue_position,
        )
    };
    assert_eq!(see(queued(5), 10).await, (true, Phase::Queued, Some(5)));
    assert_eq!(
        see(working(Phase::Processing, 1, 20), 20).await,
        (true, Phase::Processing, None)
    );
    // The other replica sees only now that it waited, with the same attempt.
    assert_eq!(see(queued(4), 15).await, (false, Phase::Processing, None));
    // Its encoder was lost: it waits again, in truth.
    assert_eq!(see(queued(7), 30).await, (true, Phase::Queued, Some(7)));
    assert_eq!(
        see(working(Phase::Processing, 1, 90), 25).await,
        (false, Phase::Queued, Some(7))
    );
    // A version with more digits is later, whatever the text says.
    assert_eq!(see(queued(3), 100).await, (true, Phase::Queued, Some(3)));
}

/// Holds a lock in a transaction of its own until it is dropped.
async fn lock(
    application: &Application,
    statement: &'static str,
) -> sqlx::Transaction<'static, sqlx::Postgres> {
    let mut locked = application.database.maintenance.begin().await.unwrap();
    sqlx::query(statement).execute(&mut *locked).await.unwrap();
    locked
}

/// Waits until so many wait for a lock.
async fn until_waiting(application: &Application, expected: i64) {
    let waiting = async || {
        // Who waits for what is shown to nobody else.
        let mut administrator = crate::databases::administrator(&application.database.name).await;
        let count: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&mut administrator)
        .await
        .unwrap();
        count == expected
    };
    application::until("those who wait for a lock", waiting).await;
}

#[tokio::test]
async fn of_two_replicas_that_see_the_same_the_second_learns_what_the_first_wrote() {
    let application = application::application().await;
    let document = application.document().await;
    let observation = observed(&at_version(resource(&document, Uuid::new_v4(), ready()), 7));
    let locked = lock(&application, "SELECT FROM documents FOR UPDATE").await;
    let both = join_all((0..2).map(|_| write(&application.database.mirror, &observation, moment(60))));
    let release = async {
        until_waiting(&application, 2).await;
        locked.rollback().await.unwrap();
    };
    let (outcomes, ()) = tokio::join!(both, release);
    for outcome in &outcomes {
        let (Observed::Changed(row) | Observed::Unchanged(row)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(row.progress.phase, Phase::Ready);
    }
    let changed = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Observed::Changed(_)));
    assert_eq!(changed.count(), 1);
}

#[tokio::test]
async fn an_applied_resource_that_two_replicas_see_at_once_is_counted_once() {
    let application = application::application().await;
    let template = document(application.tenant, application.user);
    let mut resource = resource(&template, Uuid::new_v4(), working(Phase::Queued, 0, 0));
    resource.metadata.namespace = Some("team".into());
    let mut observation = api::mirror::observation::observe(&resource, application::ENCODINGS).unwrap();
    observation.tenant_id = Some(application.tenant);
    // Both have looked for the row before either makes it.
    sqlx::query("INSERT INTO holdings (tenant_id) SELECT id FROM tenants ON CONFLICT DO NOTHING")
        .execute(&mut crate::databases::administrator(&application.database.name).await)
        .await
        .unwrap();
    let locked = lock(&application, "SELECT FROM holdings FOR UPDATE").await;
    let both = join_all((0..2).map(|_| write(&application.database.mirror, &observation, moment(60))));
    let release = async {
        until_waiting(&application, 2).await;
        locked.rollback().await.unwrap();
    };
    tokio::join!(both, release);
    let (counted, real) = counted_and_real(&application.database.maintenance, application.tenant).await;
    assert_eq!((counted, real), ((1, 0, 1), (1, 0, 1)));
}

/// Whether a retry is refused by a quota, and a document is what it was.
#[tokio::test]
async fn a_retry_needs_room_in_the_quota_too() {
    let application = application::application().await;
    let document = application.document().await;
    let observation = observed(&resource(&document, Uuid::new_v4(), failed()));
    write(&application.database.mirror, &observation, moment(60)).await;
    sqlx::query("UPDATE tenants SET max_in_flight = 0")
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    let before = application.read(&document).await;
    let request = application.request("POST", &format!("/api/documents/{}/retry", document.id));
    let answer = application
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    assert_eq!(answer.problem(), (429, "quota_in_flight".into()));
    assert_eq!(application.read(&document).await, before);
}

#[tokio::test]
async fn a_retry_that_may_have_reached_the_cluster_is_looked_for() {
    let application = application::application().await; // Its cluster cannot be reached.
    let document = application.document().await;
    let observation = observed(&resource(&document, Uuid::new_v4(), failed()));
    write(&application.database.mirror, &observation, moment(60)).await;
    let before = application.read(&document).await;
    let retried = retry::retry(
        &application.app,
        application.tenant,
        &before,
        &EncodingParameters::default(),
    )
    .await;
    assert!(matches!(retried, Err(retry::RetryError::QueueUnavailable)));
    let name = format!("doc-{}-2", document.id);
    let unwanted = format!("unwanted_resources WHERE resource_name = '{name}'");
    assert_eq!(application.count(&unwanted).await, 1);
    // It cannot be looked for either; it is not forgotten.
    let later = Clock::system().now() + SignedDuration::from_hours(1);
    application.sweep_at(Clock::fixed(later)).await;
    assert_eq!(application.count(&unwanted).await, 1);
}

#[tokio::test]
async fn a_removal_that_fails_again_and_again_keeps_no_other_waiting() {
    let application = application::application().await; // Its cluster cannot be reached.
    let (tenant, pool) = (application.tenant, &application.database.maintenance);
    let document = application.document().await;
    let id = document.id;
    change(&application.database.api, tenant, Change::Deleted { tenant, id }).await;
    let now = Clock::system().now();
    let due = async |seconds| {
        let at = now + SignedDuration::from_secs(seconds);
        let due = api::cleanup::removals::due(pool, at, 10).await.unwrap();
        due.len()
    };
    assert_eq!(due(0).await, 1);
    for wait in [5, 10, 20, 40] {
        api::cleanup::removals::postpone(pool, id, now).await.unwrap();
        assert_eq!((due(wait - 1).await, due(wait).await), (0, 1), "{wait}");
    }
}

#[tokio::test]
async fn a_tenant_with_many_documents_is_deleted_in_steps() {
    let application = application::application().await;
    let pool = &application.database.maintenance;
    sqlx::query(
        "INSERT INTO documents (id, tenant_id, origin, filename, size_bytes, status, phase, queue, priority, chunk_size, overlap, \
         resource_namespace, resource_name, encoding_number, created_at, updated_at) \
         SELECT gen_random_uuid(), tenants.id, 'upload', 'a', 1, 'processing', 'Pending', 'documents', 0, 1200, 200, 'n', \
         'r' || number, 1, now(), now() FROM tenants, generate_series(1, 1200) AS number",
    )
    .execute(pool)
    .await
    .unwrap();
    api::documents::deletion::delete_all(pool, application.tenant, Clock::system().now())
        .await
        .unwrap();
    let (counted, real) = counted_and_real(pool, application.tenant).await;
    assert_eq!((counted, real), ((0, 0, 0), (0, 0, 0)));
    assert_eq!(application.count("removals").await, 1200);
}
