//! Puts the parts together and runs them until told to stop.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::Context as _;
use crds::field_manager;
use k8s_openapi::api::core::v1::Secret;
use kube::{
    Api, Client,
    runtime::events::{Recorder, Reporter},
};
use object_store::aws::AmazonS3Builder;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
    sync::{Notify, mpsc},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use crate::{
    backoff::Failures,
    clock,
    context::Context,
    handover::{
        Handover,
        certificate::ServerCertificates,
        secret,
        server::{self, Server},
        tls::{self, TlsListener},
        tokens::TokenReviews,
    },
    http, lead,
    leadership::{Candidate, ElectionSettings, Timing},
    memories::{Blocked, EndedOutcomes, InheritedPods, NoRoom, Releases, SeenJobs},
    metrics::Metrics,
    policy::memory::Ladder,
    queue::{self, measured::Measured, task::QueueTask, turns::Turns},
    s3::S3Store,
    settings::{ReplicaSettings, Settings},
    standing::{DesiredAssignments, Draining},
    stores::{Scope, expectations::Expectations, reflectors::Reflectors},
    waker::{EncodingRef, Waker},
};

/// Events of beginning and success that may be published at once.
const EVENT_BURST: u32 = 30;

/// Runs the operator until it is told to stop by SIGTERM or SIGINT, or loses its Lease.
///
/// # Errors
/// If there is no cluster to speak to, an address cannot be listened at, or the Lease is lost: the process is to be started anew then.
pub async fn run(mut settings: Settings) -> anyhow::Result<()> {
    // First: an operator that nobody can ask how it is does not run at all.
    let listener = http::listen(settings.listen).await?;
    let client = Client::try_default()
        .await
        .context("failed to find the Kubernetes API")?;
    let stop = stop_when_told()?;
    let encoder = &settings.encoder;
    let store =
        S3Store::open(AmazonS3Builder::from_env(), &encoder.store_url, &encoder.store_ca)?.map(Arc::new);

    let assignments = if settings.encoder.operator_url.is_empty() {
        None
    } else {
        Some(assignments_listener(&client, &mut settings).await?)
    };
    let candidate = Candidate::new(client.clone(), election(&settings.replica)?)?;
    let (leadership, leader) = (candidate.leadership(), candidate.leader());

    let queue_wake = Arc::new(Notify::new());
    let scopes = scopes(&settings);
    let (senders, receivers) = channels(&scopes);
    let waker = Arc::new(Waker::new(senders, queue_wake.clone()));
    let (stores, reflectors) = Reflectors::new(&client, &scopes, &waker);
    let unlisted = reflectors.unlisted();
    let mut tasks = JoinSet::new();

    let handover = Arc::new(Handover::default());
    let waking = handover.clone();
    waker.connect(stores.clone(), Box::new(move |job| waking.changed(job)));

    let metrics = Arc::new(Metrics::new());
    let shown = http::Shown {
        metrics: metrics.clone(),
        unlisted: unlisted.clone(),
        leadership: leadership.clone(),
        leader: leader.clone(),
    };
    tasks.spawn(serve_http(listener, shown, stop.clone()));
    if !check(store.as_deref(), &stop).await? {
        return Ok(());
    }

    let (measured, draining, ended) = <(Arc<Measured>, Arc<Draining>, Arc<EndedOutcomes>)>::default();
    let inherited_pods = Arc::new(InheritedPods::default());
    let context = Arc::new(Context {
        recorder: recorder(&client, &settings.replica),
        event_limit: Mutex::new(queue::RateLimit::new(settings.event_rate, EVENT_BURST)),
        metrics,
        stores: stores.clone(),
        expectations: Arc::new(Expectations::default()),
        turns: Arc::new(Turns::new(queue_wake.clone())),
        handover: handover.clone(),
        leadership: leadership.clone(),
        waker: waker.clone(),
        ended: ended.clone(),
        failures: Failures::default(),
        seen_jobs: SeenJobs::default(),
        blocked: Blocked::default(),
        no_room: NoRoom::default(),
        inherited_pods: inherited_pods.clone(),
        releases: Releases::default(),
        ladder: Ladder::default(),
        settings,
        client,
    });
    let tokens = assignments.as_ref().map(|(_, tokens)| tokens.clone());
    forget_what_is_gone(&context, tokens);

    if let Some(assignments) = assignments {
        let desired = DesiredAssignments {
            stores,
            settings: context.settings.clone(),
            leadership,
            leader,
            unlisted: unlisted.clone(),
            draining: draining.clone(),
            measured: measured.clone(),
            inherited_pods,
            ended,
            waker: waker.clone(),
        };
        tasks.spawn(serve_assignments(
            assignments,
            handover.clone(),
            desired,
            store,
            stop.clone(),
        ));
    }

    info!(namespaces = ?context.settings.watch_namespaces, image = %context.settings.encoder.image, "the operator runs");
    if let Some(mut lease) = candidate.acquire(&stop).await {
        reflectors.run(&mut tasks);
        let known = lead::know_all(&context, unlisted, &mut lease, &stop).await;
        if matches!(known, Ok(true)) {
            tasks.spawn(QueueTask::new(context.clone(), queue_wake, measured, draining).run(stop.clone()));
            lead::lead(&context, lease, &mut tasks, receivers, &stop).await?;
        } else {
            lead::release(lease).await;
            known?;
        }
    }
    tasks.shutdown().await;
    info!("the operator has stopped");
    Ok(())
}

type Senders = HashMap<Scope, mpsc::UnboundedSender<EncodingRef>>;
type Receivers = Vec<(Scope, mpsc::UnboundedReceiver<EncodingRef>)>;

/// By which passes over the resources of each scope are woken.
fn channels(scopes: &[Scope]) -> (Senders, Receivers) {
    let pair = |scope: &Scope| {
        let (sender, receiver) = mpsc::unbounded_channel();
        ((scope.clone(), sender), (scope.clone(), receiver))
    };
    scopes.iter().map(pair).unzip()
}

/// Checks an S3 store, if there is one; false where it is told to stop meanwhile.
async fn check(store: Option<&S3Store>, stop: &CancellationToken) -> anyhow::Result<bool> {
    let Some(store) = store else {
        return Ok(true);
    };
    tokio::select! {
        checked = store.check() => checked.map(|()| true),
        () = stop.cancelled() => Ok(false),
    }
}

fn recorder(client: &Client, replica: &ReplicaSettings) -> Recorder {
    let reporter = Reporter {
        controller: field_manager::OPERATOR.to_owned(),
        instance: Some(replica.identity.clone()),
    };
    Recorder::new(client.clone(), reporter)
}

async fn serve_http(listener: TcpListener, shown: http::Shown, stop: CancellationToken) {
    let served = http::serve(listener, shown, async move { stop.cancelled().await });
    if let Err(error) = served.await {
        error!(%error, "failed to serve HTTP");
    }
}

async fn serve_assignments(
    (listener, authenticator): (TlsListener, Arc<TokenReviews>),
    handover: Arc<Handover>,
    desired: DesiredAssignments,
    store: Option<Arc<S3Store>>,
    stop: CancellationToken,
) {
    let server = Server::new(handover, Arc::new(desired), authenticator).with_store(store);
    let server = Arc::new(server);
    if let Err(error) = server::serve(listener, server, stop).await {
        error!(%error, "failed to serve assignments");
    }
}

/// Whoever keeps something for each resource lets go of it when the resource is gone.
fn forget_what_is_gone(context: &Arc<Context>, tokens: Option<Arc<TokenReviews>>) {
    let weak = Arc::downgrade(context);
    context.waker.on_gone(Box::new(move |uid| {
        if let Some(context) = weak.upgrade() {
            context.failures.forget(uid);
            context.expectations.forget(uid);
            context.turns.forget(uid);
            context.ended.forget(uid);
            context.releases.forget(uid);
            // It may also be the uid of a Pod.
            context.handover.table().forget(uid);
            if let Some(tokens) = &tokens {
                tokens.forget_pod(uid);
            }
        }
    }));
    let handover = context.handover.clone();
    context.waker.on_relisted(Box::new(move || {
        // This process was cut off: what was not heard meanwhile says nothing of the encoders.
        handover.table().count_anew(clock::monotonic());
    }));
}

/// Where Pods ask for assignments: with a certificate that is signed by a key all replicas share.
async fn assignments_listener(
    client: &Client,
    settings: &mut Settings,
) -> anyhow::Result<(TlsListener, Arc<TokenReviews>)> {
    let replica = &settings.replica;
    let secrets: Api<Secret> = Api::namespaced(client.clone(), &replica.namespace);
    let authority = secret::authority(&secrets, &replica.tls_secret, clock::now()).await?;
    authority
        .certificate_pem()
        .clone_into(&mut settings.encoder.operator_ca);
    let names = vec![
        replica.service_name.clone(),
        format!("{}.cluster.local", replica.service_name),
    ];
    let certificates = ServerCertificates::new(authority, names, clock::now())?;
    let config = certificates.config();
    tokio::spawn(certificates.keep_renewed(clock::now));
    let address = settings.assignments_listen;
    let tcp =
        tls::listen(address).with_context(|| format!("failed to listen at {address} for assignments"))?;
    let tokens = Arc::new(TokenReviews::new(client.clone()));
    Ok((TlsListener::new(tcp, config), tokens))
}

fn election(replica: &ReplicaSettings) -> anyhow::Result<ElectionSettings> {
    let lease_duration =
        Duration::try_from(replica.lease_duration).context("failed to read the Lease's duration")?;
    Ok(ElectionSettings {
        namespace: replica.namespace.clone(),
        lease: replica.lease.clone(),
        pod: replica.identity.clone(),
        address: replica.own_address.clone(),
        field_manager: field_manager::OPERATOR.to_owned(),
        timing: Timing {
            lease_duration,
            renew_deadline: lease_duration * 2 / 3,
            retry_period: lease_duration * 2 / 15,
        },
    })
}

/// The scopes to watch: the whole cluster, or each namespace.
fn scopes(settings: &Settings) -> Vec<Scope> {
    if settings.watch_namespaces.is_empty() {
        return vec![None];
    }
    settings.watch_namespaces.iter().cloned().map(Some).collect()
}

/// A token that is cancelled by SIGTERM or SIGINT.
fn stop_when_told() -> anyhow::Result<CancellationToken> {
    let token = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate()).context("failed to listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("failed to listen for SIGINT")?;
    let cancel = token.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        info!("told to stop: ending what has begun");
        cancel.cancel();
    });
    Ok(token)
}
