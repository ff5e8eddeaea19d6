//! What receivers are told: each event once and signed, nothing of another's, nothing before it is committed, and by nobody else's pace.

use std::{collections::HashSet, time::Duration};

use api::{
    clock::Clock,
    database::{self, tenant_transaction},
    documents::{Change, Document, transition},
    webhooks::{client::Sender, dispatcher::Dispatcher, metrics::DispatcherMetrics, resolver::Resolver},
};
use crds::Phase;
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::sync::{oneshot, watch};
use uuid::Uuid;

use crate::{
    application::{self, Application, until},
    databases,
    documents::{self, moment},
    receivers::{Behaviour, Hooked, Receiver, administrator, loopback},
};

/// The document as its resource says that it has ended.
async fn ends(application: &Application, document: &Document, phase: Phase) {
    let status = match phase {
        Phase::Ready => documents::ready(),
        Phase::Failed => {
            let mut failed = documents::working(Phase::Failed, 1, 20);
            failed.failure = Some(crds::Failure::new(crds::Reason::NoText, "it looks scanned", None));
            failed
        }
        _ => {
            let mut cancelled = documents::working(Phase::Cancelled, 1, 20);
            cancelled.failure = Some(crds::Failure::new(crds::Reason::Cancelled, "", None));
            cancelled
        }
    };
    let resource = documents::resource(document, Uuid::new_v4(), status);
    let observation = documents::observed(&resource);
    documents::write(&application.database.mirror, &observation, moment(1)).await;
}

#[tokio::test]
async fn each_event_is_told_once_and_signed_and_progress_is_not() {
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    application.document().await; // Before there is a webhook.
    let hook = hooked.hook(&receiver.url()).await;
    let mut all = Vec::new();
    for phase in [Phase::Ready, Phase::Failed, Phase::Cancelled] {
        let document = application.document().await;
        let uid = Uuid::new_v4();
        for progress in [20, 40, 60] {
            let working = documents::working(Phase::Processing, 1, progress);
            let resource = documents::resource(&document, uid, working);
            documents::write(
                &application.database.mirror,
                &documents::observed(&resource),
                moment(1),
            )
            .await;
        }
        all.push((document, uid, phase));
    }
    for (document, uid, phase) in &all {
        let mut status = documents::ready();
        if *phase != Phase::Ready {
            status = documents::working(*phase, 1, 20);
            let reason = if *phase == Phase::Failed {
                crds::Reason::NoText
            } else {
                crds::Reason::Cancelled
            };
            status.failure = Some(crds::Failure::new(reason, "it looks scanned", None));
        }
        let resource = documents::resource(document, *uid, status);
        documents::write(
            &application.database.mirror,
            &documents::observed(&resource),
            moment(2),
        )
        .await;
    }
    let (tenant, id) = (application.tenant, all[0].0.id);
    documents::change(&application.database.api, tenant, Change::Deleted { tenant, id })
        .await
        .unwrap();
    for _ in 0..2 {
        hooked.settle(1).await;
    }

    let mut sent = receiver.received();
    sent.sort_by_key(|received| received.json()["data"]["change_seq"].as_i64());
    let told: Vec<(String, String)> = sent
        .iter()
        .map(|received| {
            let event = received.json();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&event["type"]), text(&event["data"]["document_id"]))
        })
        .collect();
    let of = |index: usize| all[index].0.id.to_string();
    let expected = [
        ("document.created", of(0)),
        ("document.created", of(1)),
        ("document.created", of(2)),
        ("document.ready", of(0)),
        ("document.failed", of(1)),
        ("document.cancelled", of(2)),
        ("document.deleted", of(0)),
    ]
    .map(|(event, id)| (event.to_owned(), id));
    assert_eq!(told, expected);
    let ids: HashSet<&str> = sent
        .iter()
        .map(|received| received.header("webhook-id"))
        .collect();
    assert_eq!(ids.len(), expected.len());
    let verifier = standardwebhooks::Webhook::new(&hook.secret).unwrap();
    for received in &sent {
        verifier.verify(&received.body, &received.headers).unwrap();
        assert_eq!(received.header("content-type"), "application/json");
        assert!(received.header("user-agent").starts_with("socrate-webhooks/"));
        let text = String::from_utf8(received.body.to_vec()).unwrap();
        assert!(text.starts_with(r#"{"type":"document."#), "{text}");
        assert_eq!(received.path, "/hook");
    }
    assert_eq!(
        sent[3].json()["data"],
        json!({
            "document_id": of(0), "filename": "a.pdf", "status": "ready", "change_seq": sent[3].json()["data"]["change_seq"],
            "total_chunks": 3, "total_pages": sent[3].json()["data"]["total_pages"], "error": null,
        })
    );
    assert_eq!(
        sent[4].json()["data"]["error"],
        json!({ "reason": "NoText", "message": "it looks scanned" })
    );

    let deliveries = hooked.deliveries(&hook).await;
    assert_eq!(deliveries.len(), expected.len());
    let details = hooked.details(&hook, &deliveries[0]).await;
    assert_eq!(details["delivery"]["status"], "delivered");
    assert_eq!(details["attempts"][0]["response_status"], 204);
    assert!(ids.contains(details["delivery"]["webhook_message_id"].as_str().unwrap()));
}

#[tokio::test]
async fn a_webhook_is_told_what_it_asked_for_and_nothing_of_another_tenant() {
    let hooked = Hooked::new().await;
    let application = &hooked.application;
    let (failures, everything, other) = (
        Receiver::start().await,
        Receiver::start().await,
        Receiver::start().await,
    );
    let only = json!({ "url": failures.url(), "events": ["document.failed"] });
    hooked.hook_for(&hooked.admin, only).await;
    hooked.hook(&everything.url()).await;
    let (tenant, user, _) = application::tenant(&application.database, "two").await;
    let admin = administrator(application, tenant).await;
    hooked.hook_for(&admin, json!({ "url": other.url() })).await;
    let document = application.document().await;
    ends(application, &document, Phase::Failed).await;
    let theirs = documents::document(tenant, user);
    documents::insert(&application.database.api, &theirs).await;
    hooked.settle(1).await;
    let told = |receiver: &Receiver| {
        let received = receiver.received();
        let told = received.iter().map(|received| {
            let event = received.json();
            format!(
                "{} {}",
                event["type"].as_str().unwrap(),
                event["data"]["document_id"].as_str().unwrap()
            )
        });
        told.collect::<HashSet<_>>()
    };
    let (own, theirs) = (document.id, theirs.id);
    assert_eq!(told(&failures), HashSet::from([format!("document.failed {own}")]));
    assert_eq!(
        told(&everything),
        HashSet::from([
            format!("document.created {own}"),
            format!("document.failed {own}")
        ])
    );
    assert_eq!(
        told(&other),
        HashSet::from([format!("document.created {theirs}")])
    );
    // A tenant that is kept out is told nothing until it is let in again.
    let disable = async |disabled_at: &str| {
        sqlx::query(sqlx::AssertSqlSafe(format!(
            "UPDATE tenants SET disabled_at = {disabled_at} WHERE id = $1"
        )))
        .bind(tenant)
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    };
    disable("now()").await;
    documents::insert(&application.database.api, &documents::document(tenant, user)).await;
    hooked.settle(2).await;
    assert_eq!(other.received().len(), 1);
    disable("NULL").await;
    hooked.settle(3).await;
    assert_eq!(other.received().len(), 2);
}

#[tokio::test]
async fn nothing_is_told_before_it_is_committed_nor_skipped_because_of_it() {
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    hooked.hook(&receiver.url()).await;
    let (first, second) = (
        documents::document(application.tenant, application.user),
        documents::document(application.tenant, application.user),
    );
    let pool = &application.database.api;
    let mut open = tenant_transaction(pool, application.tenant).await.unwrap();
    transition(&mut open, Change::Uploaded(&first), moment(1))
        .await
        .unwrap()
        .unwrap();
    hooked.settle(1).await;
    assert_eq!(receiver.received().len(), 0);
    // What comes second waits for the first: it can have no number before that has one for good.
    let (inserted, done) = oneshot::channel();
    let (other, later) = (pool.clone(), second.clone());
    tokio::spawn(async move {
        documents::insert(&other, &later).await;
        inserted.send(()).unwrap();
    });
    hooked.settle(2).await;
    assert_eq!(receiver.received().len(), 0);
    open.commit().await.unwrap();
    done.await.unwrap();
    hooked.settle(3).await;
    let told: HashSet<String> = receiver
        .received()
        .iter()
        .map(|received| received.json()["data"]["document_id"].as_str().unwrap().into())
        .collect();
    assert_eq!(told, HashSet::from([first.id.to_string(), second.id.to_string()]));
    // One that is taken back is never told.
    let mut open = tenant_transaction(pool, application.tenant).await.unwrap();
    let undone = documents::document(application.tenant, application.user);
    transition(&mut open, Change::Uploaded(&undone), moment(1))
        .await
        .unwrap()
        .unwrap();
    open.rollback().await.unwrap();
    hooked.settle(4).await;
    assert_eq!(receiver.received().len(), 2);
}

#[tokio::test]
async fn several_dispatchers_at_once_deliver_each_once() {
    const DOCUMENTS: usize = 250; // More than are read at once.
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    let hooks = [
        hooked.hook(&receiver.url()).await,
        hooked.hook(&receiver.url()).await,
    ];
    for _ in 0..DOCUMENTS {
        application.document().await;
    }
    join_all((0..3).map(|_| hooked.settle(1))).await;
    hooked.settle(2).await; // What one was just about to do when another looked.
    let sent = receiver.received();
    let ids: HashSet<&str> = sent
        .iter()
        .map(|received| received.header("webhook-id"))
        .collect();
    assert_eq!(
        (sent.len(), ids.len()),
        (DOCUMENTS * hooks.len(), DOCUMENTS * hooks.len())
    );
}

#[tokio::test]
async fn an_endpoint_that_hangs_keeps_no_other_waiting_and_is_asked_a_few_at_a_time() {
    let hooked = Hooked::new().await;
    let application = &hooked.application;
    let (slow, quick) = (Receiver::start().await, Receiver::start().await);
    let (open, told) = watch::channel(false);
    slow.behave(Behaviour::Waits(told));
    hooked.hook(&slow.url()).await;
    for _ in 0..30 {
        application.document().await;
    }
    hooked.hook(&quick.url()).await;
    let dispatcher = hooked.dispatcher(SignedDuration::from_secs(1), Duration::from_mins(1));
    let looking = async {
        until("that the slow one is asked", async || slow.received().len() == 4).await;
        let document = application.document().await;
        until("that the quick one is told", async || quick.received().len() == 1).await;
        assert_eq!(
            quick.received()[0].json()["data"]["document_id"],
            document.id.to_string()
        );
        assert_eq!(slow.received().len(), 4);
        open.send(true).unwrap();
        until("that the slow one is told all", async || {
            slow.received().len() == 31
        })
        .await;
        assert_eq!(slow.most_at_once.load(std::sync::atomic::Ordering::SeqCst), 4);
    };
    tokio::select! {
        () = dispatcher.run(std::future::pending()) => panic!("it runs for ever"),
        () = looking => {}
    }
}

#[tokio::test]
async fn attempts_that_end_together_do_not_keep_it_from_looking_for_more() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    for _ in 0..10 {
        hooked.hook(&receiver.url()).await;
    }
    for _ in 0..12 {
        hooked.application.document().await;
    }
    // With a connection each it is soonest seen that neither waits for the other.
    let url = databases::url("socrate_dispatcher", &hooked.application.database.name);
    let pool = || database::pool(&url, 1).unwrap();
    let dispatcher = Dispatcher::new(
        Clock::fixed(hooked.began + SignedDuration::from_secs(1)),
        pool(),
        pool(),
        Sender::new(Resolver::new(loopback()), None, Duration::from_secs(30)).unwrap(),
        DispatcherMetrics::default(),
    );
    let delivered = "webhook_deliveries WHERE status = 'delivered' AND attempts = 1";
    let looking = until("that all is delivered, and nothing twice", async || {
        hooked.application.count(delivered).await == 120
    });
    tokio::select! {
        () = dispatcher.run(std::future::pending()) => panic!("it runs for ever"),
        () = looking => {}
    }
    assert_eq!(receiver.received().len(), 120);
}

#[tokio::test]
async fn a_dispatcher_that_is_to_end_lets_end_what_it_began() {
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    let (open, told) = watch::channel(false);
    receiver.behave(Behaviour::Waits(told));
    let hook = hooked.hook(&receiver.url()).await;
    application.document().await;
    let (stop, stopped) = oneshot::channel::<()>();
    let dispatcher = hooked.dispatcher(SignedDuration::from_secs(1), Duration::from_mins(1));
    let looking = async {
        until("that it is asked", async || receiver.received().len() == 1).await;
        stop.send(()).unwrap();
        application.document().await; // Not begun any more.
        open.send(true).unwrap();
    };
    futures::join!(dispatcher.run(async { drop(stopped.await) }), looking);
    let statuses: HashSet<String> = hooked
        .deliveries(&hook)
        .await
        .iter()
        .map(|delivery| delivery["status"].as_str().unwrap().into())
        .collect();
    assert!(statuses.contains("delivered"), "{statuses:?}");
    assert_eq!(receiver.received().len(), 1);
}

#[tokio::test]
async fn for_a_while_after_a_secret_is_replaced_there_are_two_signatures() {
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    let hook = hooked.hook(&receiver.url()).await;
    let rotate = async |hours: Value| {
        let answer = hooked
            .ask("POST", &format!("/api/webhooks/{}/secret", hook.id), hours)
            .await;
        answer["secret"].as_str().unwrap().to_owned()
    };
    let at = async |seconds: i64| {
        application.document().await;
        hooked.settle(seconds).await;
        receiver.received().pop().unwrap()
    };
    let signatures =
        |received: &crate::receivers::Received| received.header("webhook-signature").split(' ').count();
    let second = rotate(json!({})).await;
    let sent = at(60).await;
    assert!(sent.is_signed_with(&hook.secret) && sent.is_signed_with(&second));
    assert_eq!(signatures(&sent), 2);
    // Replaced once more, as the answer may have been lost, the first signs on for as long as it was to.
    let third = rotate(json!({ "overlap_hours": 168 })).await;
    let sent = at(120).await;
    for secret in [&hook.secret, &second, &third] {
        assert!(sent.is_signed_with(secret));
    }
    let day = 24 * 3600;
    let sent = at(day + 60).await;
    assert!(
        !sent.is_signed_with(&hook.secret) && sent.is_signed_with(&second) && sent.is_signed_with(&third)
    );
    let week = 7 * 24 * 3600;
    let sent = at(week - 60).await;
    assert!(sent.is_signed_with(&second) && sent.is_signed_with(&third));
    let sent = at(week + 60).await;
    assert!(!sent.is_signed_with(&second) && sent.is_signed_with(&third));
    assert_eq!(signatures(&sent), 1);
    let fourth = rotate(json!({ "overlap_hours": 0 })).await;
    let sent = at(week + 120).await;
    assert!(sent.is_signed_with(&fourth));
    assert_eq!(signatures(&sent), 1);
}

#[tokio::test]
async fn a_webhook_is_tried_once_and_what_came_of_it_is_told() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    let hook = hooked.hook(&receiver.url()).await;
    let path = format!("/api/webhooks/{}/test", hook.id);
    let tried = hooked.ask("POST", &path, json!(null)).await;
    assert_eq!(
        (&tried["event"], &tried["status"]),
        (&json!("webhook.test"), &json!("pending"))
    );
    hooked.settle(1).await;
    let sent = receiver.received().pop().unwrap();
    assert!(sent.is_signed_with(&hook.secret));
    assert_eq!(sent.json()["type"], "webhook.test");
    assert_eq!(sent.json()["data"], json!({ "webhook_id": hook.id }));
    receiver.behave(Behaviour::Answers(500, Vec::new(), "no such table".into()));
    let tried = hooked.ask("POST", &path, json!(null)).await;
    hooked.settle(2).await;
    let details = hooked.details(&hook, &tried).await;
    assert_eq!(details["delivery"]["status"], "failed");
    assert_eq!(details["attempts"][0]["response_excerpt"], "no such table");
    hooked.settle(100_000).await;
    assert_eq!(receiver.received().len(), 2, "it is tried once");
}

#[tokio::test]
async fn metrics_tell_what_became_of_attempts_and_for_how_long_something_has_been_due() {
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    let hook = hooked.hook(&receiver.url()).await;
    application.document().await;
    let dispatcher = hooked.dispatcher(SignedDuration::from_secs(1), Duration::from_secs(10));
    dispatcher.settle().await.unwrap();
    hooked.hook("http://127.0.0.1:1024/").await;
    application.document().await;
    dispatcher.settle().await.unwrap();
    // What is due of an endpoint that fails is due for as long as it fails; of the other one, as nobody attempts it.
    let measured = async || {
        let hour = hooked.began + SignedDuration::from_secs(3600);
        let pool = &application.database.dispatcher;
        dispatcher.metrics().measure(pool, hour).await.unwrap();
        let text = dispatcher.metrics().encode().unwrap();
        let (_, seconds) = text
            .split_once("\nsocrate_dispatcher_oldest_due_seconds ")
            .unwrap();
        seconds.lines().next().unwrap().parse::<f64>().unwrap()
    };
    assert!(measured().await.abs() < f64::EPSILON);
    hooked
        .ask("POST", &format!("/api/webhooks/{}/test", hook.id), json!(null))
        .await;
    let oldest = measured().await;
    assert!((3540.0..=3600.0).contains(&oldest), "{oldest}");
    let text = dispatcher.metrics().encode().unwrap();
    for line in [
        "socrate_dispatcher_attempts_total{outcome=\"delivered\"} 2",
        "socrate_dispatcher_attempts_total{outcome=\"retried\"} 1",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert!(dispatcher.is_alive());
}
