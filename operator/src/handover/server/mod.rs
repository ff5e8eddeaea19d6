//! `POST /v1/assignments`: a Pod says what it holds, and is answered with what it should hold once the two differ.

mod presigned;
mod refusal;

use std::{
    collections::HashSet,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, FromRequest as _, Request, State},
    http::{HeaderMap, header},
    routing::post,
};
use crds::{
    assignment::{self, AssignmentKey, AssignmentRequest, AssignmentResponse, MAX_WAIT_SECONDS},
    presigned::PATH as PRESIGNED_URLS_PATH,
};
use tokio::time::{self, Instant};
use tokio_util::sync::CancellationToken;

use self::refusal::Refusal;
use super::{Desired, Handover, JobRef, PodIdentity, Unassignable, tls::TlsListener, tokens::Authenticator};
use crate::{clock, s3::S3Store};

/// The largest request: a few hundred assignments with all that can be said of them.
const MAX_BODY_BYTES: usize = 256 * 1024;
/// The longest that a body may take to arrive.
const BODY_LIMIT: Duration = Duration::from_secs(10);
/// Nothing takes longer than so many seconds: the longest time limit of a document, doubled.
const LONGEST_SECONDS: f64 = 7200.0;
/// The longest that answers may take to leave once this process is told to stop.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// Answers Pods.
#[derive(Debug)]
pub struct Server<D, A> {
    handover: Arc<Handover>,
    desired: Arc<D>,
    authenticator: A,
    /// What Pods are given URLs of; `None` where the store is a volume.
    store: Option<Arc<S3Store>>,
    arrivals: AtomicU64,
}

/// A request that is understood, of a Pod that is known.
struct Asked {
    pod: PodIdentity,
    job: JobRef,
    order: u64,
    request: AssignmentRequest,
}

impl<D: Desired, A: Authenticator> Server<D, A> {
    /// A server that answers with what is desired, and writes down in `handover` what it hears and answers.
    pub fn new(handover: Arc<Handover>, desired: Arc<D>, authenticator: A) -> Self {
        Self {
            handover,
            desired,
            authenticator,
            store: None,
            arrivals: AtomicU64::new(1),
        }
    }

    /// The same server, which also signs URLs of this store.
    #[must_use]
    pub fn with_store(self, store: Option<Arc<S3Store>>) -> Self {
        Self { store, ..self }
    }

    async fn answer(&self, request: Request) -> Result<AssignmentResponse, Refusal> {
        let order = self.arrivals.fetch_add(1, Ordering::SeqCst);
        let began = Instant::from_std(clock::monotonic());
        self.desired.leads().map_err(Refusal::NotLeading)?;
        let pod = {
            let token = bearer(request.headers())?;
            self.authenticator.authenticate(token).await?
        };
        let request = read(request).await?;
        let job = pod.job().ok_or(Unassignable::NotOurs)?;
        let deadline = began + wait(&request);
        let asked = Asked {
            pod,
            job,
            order,
            request,
        };
        self.write_down(&asked)?;
        self.hang(&asked, deadline).await
    }

    fn write_down(&self, asked: &Asked) -> Result<(), Refusal> {
        let Asked {
            pod,
            job,
            order,
            request,
        } = asked;
        let heard = {
            let mut table = self.handover.table();
            self.desired.assignments(job, pod)?;
            table
                .asked(pod, job, *order, request, clock::monotonic())
                .ok_or(Refusal::Superseded)?
        };
        // The answer to an earlier request of this Pod is awaited by nobody.
        self.handover.changed(job);
        self.desired.heard(job, pod, heard);
        Ok(())
    }

    async fn hang(&self, asked: &Asked, deadline: Instant) -> Result<AssignmentResponse, Refusal> {
        let mut subscription = self.handover.wakeups.subscribe(&asked.job);
        let mut is_time_up = false;
        loop {
            subscription.about_to_look();
            if let Some(answer) = self.look(asked, is_time_up)? {
                return Ok(answer);
            }
            tokio::select! {
                () = subscription.woken() => {}
                () = time::sleep_until(deadline) => is_time_up = true,
            }
        }
    }

    /// The answer, if it is to be given now. It is written down at the same moment: nothing is awaited between this and the answer.
    fn look(&self, asked: &Asked, is_time_up: bool) -> Result<Option<AssignmentResponse>, Refusal> {
        let mut table = self.handover.table();
        self.desired.leads().map_err(Refusal::NotLeading)?;
        if !table.is_newest(&asked.pod.uid, asked.order) {
            return Err(Refusal::Superseded);
        }
        let desired = self.desired.assignments(&asked.job, &asked.pod)?;
        if !is_time_up && !self.handover.is_closing() && !differs(&asked.request, &desired) {
            return Ok(None);
        }
        let keys = desired.assignments.iter().map(assignment::Assignment::key);
        if table.answered(&asked.pod.uid, asked.order, keys) {
            Ok(Some(desired))
        } else {
            Err(Refusal::Superseded)
        }
    }
}

/// How long the answer may hang.
fn wait(request: &AssignmentRequest) -> Duration {
    Duration::from_secs(request.wait_seconds.min(MAX_WAIT_SECONDS))
}

/// Whether a Pod that said this has to hear of what it should hold.
///
/// What it has ended is no difference, although an operator that has not seen the end yet still names it. The order alone is none either:
/// it goes out with the next answer.
fn differs(request: &AssignmentRequest, desired: &AssignmentResponse) -> bool {
    let held: HashSet<&AssignmentKey> = request.held.iter().map(|held| &held.key).collect();
    let ended: HashSet<&AssignmentKey> = request.ended.iter().map(|ended| &ended.key).collect();
    let desired_keys: Vec<AssignmentKey> = desired
        .assignments
        .iter()
        .map(assignment::Assignment::key)
        .collect();
    let wanted: HashSet<&AssignmentKey> = desired_keys
        .iter()
        .filter(|key| held.contains(key) || !ended.contains(key))
        .collect();
    held != wanted || (desired.drain && held.is_empty())
}

/// The token of `Authorization: Bearer` (RFC 6750).
fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    const SCHEME: &str = "bearer ";
    let value = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let (scheme, token) = value
        .and_then(|value| value.split_at_checked(SCHEME.len()))
        .ok_or(Refusal::NoToken)?;
    let token = token.trim();
    if scheme.eq_ignore_ascii_case(SCHEME) && !token.is_empty() {
        Ok(token)
    } else {
        Err(Refusal::NoToken)
    }
}

async fn read(request: Request) -> Result<AssignmentRequest, Refusal> {
    let body = time::timeout(BODY_LIMIT, Json::from_request(request, &()));
    let Json(mut request): Json<AssignmentRequest> = body.await.map_err(|_| Refusal::SlowBody)??;
    // Times are sums and means elsewhere: none may be beyond what a document can take.
    for held in &mut request.held {
        held.working_seconds = held.working_seconds.map(plausible);
    }
    for ended in &mut request.ended {
        ended.seconds = plausible(ended.seconds);
    }
    Ok(request)
}

/// A time that somebody claims, in seconds, within what one document can take with its report.
fn plausible(seconds: f64) -> f64 {
    if seconds.is_nan() {
        0.0
    } else {
        seconds.clamp(0.0, LONGEST_SECONDS)
    }
}

/// The routes.
pub fn router<D: Desired, A: Authenticator>(server: Arc<Server<D, A>>) -> Router {
    Router::new()
        .route(assignment::PATH, post(ask::<D, A>))
        .route(PRESIGNED_URLS_PATH, post(presigned::ask::<D, A>))
        .fallback(|| async { Refusal::NoSuchPath })
        .method_not_allowed_fallback(|| async { Refusal::NotPosted })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(server)
}

async fn ask<D: Desired, A: Authenticator>(
    State(server): State<Arc<Server<D, A>>>,
    request: Request,
) -> Result<Json<AssignmentResponse>, Refusal> {
    server.answer(request).await.map(Json)
}

/// Serves until told to stop. Then those who wait are answered at once with what they should hold, and connections that do not end by themselves are
/// closed after a few seconds.
///
/// # Errors
/// If nothing more can be served.
pub async fn serve<D: Desired, A: Authenticator>(
    listener: TlsListener,
    server: Arc<Server<D, A>>,
    stop: CancellationToken,
) -> io::Result<()> {
    let handover = Arc::clone(&server.handover);
    let serving =
        axum::serve(listener, router(server)).with_graceful_shutdown(stop.clone().cancelled_owned());
    let closing = async {
        stop.cancelled().await;
        handover.close();
        time::sleep(STOP_LIMIT).await;
    };
    tokio::select! {
        result = serving.into_future() => result,
        () = closing => Ok(()),
    }
}

#[cfg(test)]
mod tests;
