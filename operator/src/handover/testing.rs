//! What the tests of this room share: an operator with something to say, and a client with TLS.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crds::{
    Chunking, OnEmptyPages, Owner,
    assignment::{
        AssignedSource, Assignment, AssignmentKey, AssignmentRequest, AssignmentResponse, HeldAssignment,
        NotLeading, PATH,
    },
};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, StatusCode,
    body::Bytes,
    client::conn::http1::{self, SendRequest},
    header,
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    net::TcpStream,
    sync::watch,
    task::{AbortHandle, JoinHandle},
    time,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject as _},
    },
};
use tokio_util::sync::CancellationToken;

use super::{
    Desired, Handover, JobRef, PodIdentity, Unassignable,
    authority::Authority,
    certificate::ServerCertificates,
    server::{self, Server},
    table::Heard,
    tls::{self, TlsListener},
    tokens::{Authenticator, Unauthenticated},
};
use crate::{clock, s3::S3Store};

/// By this name the client calls the server.
pub(super) const NAME: &str = "socrate-operator.socrate.svc";
/// Whatever a test waits for comes much sooner.
const SOON: Duration = Duration::from_secs(15);

pub(super) fn job(name: &str) -> JobRef {
    ("tenant".into(), format!("enc-{name}"))
}

pub(super) fn pod(name: &str) -> PodIdentity {
    let (namespace, job) = job(name);
    PodIdentity {
        namespace,
        name: format!("{job}-x1y2z"),
        uid: format!("uid-of-{name}"),
    }
}

pub(super) fn key(uid: &str) -> AssignmentKey {
    AssignmentKey {
        uid: uid.into(),
        attempt: 1,
        tries: 1,
    }
}

pub(super) fn held(uid: &str) -> HeldAssignment {
    HeldAssignment {
        key: key(uid),
        working_seconds: None,
        advances: 0,
    }
}

fn assignment(uid: &str) -> Assignment {
    Assignment {
        namespace: "tenant".into(),
        name: uid.into(),
        uid: uid.into(),
        attempt: 1,
        tries: 1,
        owner: Owner::Namespace("tenant".into()),
        document_id: uid.into(),
        file_name: "document.pdf".into(),
        source: AssignedSource::Object("uploads/document".into()),
        chunking: Chunking::default(),
        on_empty_pages: OnEmptyPages::default(),
        timeout_seconds: 600,
        max_source_bytes: 1 << 20,
    }
}

/// What a Pod should hold that should hold these.
pub(super) fn these(uids: &[&str]) -> AssignmentResponse {
    AssignmentResponse {
        assignments: uids.iter().map(|uid| assignment(uid)).collect(),
        drain: false,
    }
}

pub(super) fn uids(response: &AssignmentResponse) -> Vec<&str> {
    response
        .assignments
        .iter()
        .map(|assignment| assignment.uid.as_str())
        .collect()
}

pub(super) fn asking(uids: &[&str], wait_seconds: u64) -> AssignmentRequest {
    AssignmentRequest {
        held: uids.iter().map(|uid| held(uid)).collect(),
        wait_seconds,
        ..AssignmentRequest::default()
    }
}

/// An operator that leads or does not, and desires what it is told.
pub(super) struct Office {
    state: Mutex<State>,
    handover: Weak<Handover>,
    pub(super) looks_at_an_unlocked_table: AtomicUsize,
    /// How often it was asked whether it leads.
    pub(super) asked_whether_it_leads: AtomicUsize,
    /// How often it was asked what a Pod of a Job should hold.
    pub(super) looks: watch::Sender<HashMap<JobRef, usize>>,
}

#[derive(Default)]
struct State {
    not_leading: Option<NotLeading>,
    desired: HashMap<JobRef, AssignmentResponse>,
    knows_too_little: bool,
    heard: Vec<(JobRef, PodIdentity, Heard)>,
}

impl Office {
    fn new(handover: &Arc<Handover>) -> Self {
        Self {
            state: Mutex::default(),
            handover: Arc::downgrade(handover),
            looks_at_an_unlocked_table: AtomicUsize::new(0),
            asked_whether_it_leads: AtomicUsize::new(0),
            looks: watch::Sender::default(),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn desire(&self, job: &JobRef, response: AssignmentResponse) {
        self.state().desired.insert(job.clone(), response);
    }

    pub(super) fn no_longer_knows(&self, job: &JobRef) {
        self.state().desired.remove(job);
    }

    /// From now on it cannot say what anybody should hold.
    pub(super) fn knows_too_little(&self) {
        self.state().knows_too_little = true;
    }

    pub(super) fn lead(&self, not_leading: Option<NotLeading>) {
        self.state().not_leading = not_leading;
    }

    pub(super) fn heard(&self) -> Vec<(JobRef, PodIdentity, Heard)> {
        std::mem::take(&mut self.state().heard)
    }

    /// Waits until it was asked so often what this Job's Pods should hold.
    pub(super) async fn looked(&self, job: &JobRef, times: usize) {
        let mut looks = self.looks.subscribe();
        let enough = looks.wait_for(|looks| looks.get(job).is_some_and(|count| *count >= times));
        soon(enough).await.unwrap();
    }
}

impl Desired for Office {
    fn leads(&self) -> Result<(), NotLeading> {
        self.asked_whether_it_leads.fetch_add(1, Ordering::SeqCst);
        self.state().not_leading.clone().map_or(Ok(()), Err)
    }

    fn assignments(&self, job: &JobRef, _pod: &PodIdentity) -> Result<AssignmentResponse, Unassignable> {
        // See the trait: nobody may look at the table between this and the answer.
        let handover = self.handover.upgrade();
        if handover.is_some_and(|handover| handover.table.try_lock().is_ok()) {
            self.looks_at_an_unlocked_table.fetch_add(1, Ordering::SeqCst);
        }
        let state = self.state();
        let desired = state.desired.get(job).cloned().ok_or(Unassignable::NotOurs);
        let desired = if state.knows_too_little {
            Err(Unassignable::NotKnownYet)
        } else {
            desired
        };
        drop(state);
        self.looks
            .send_modify(|looks| *looks.entry(job.clone()).or_default() += 1);
        desired
    }

    fn heard(&self, job: &JobRef, pod: &PodIdentity, heard: Heard) {
        self.state().heard.push((job.clone(), pod.clone(), heard));
    }
}

/// Each token is the name of a Pod, as [`pod`] makes it.
pub(super) struct Names;

impl Authenticator for Names {
    async fn authenticate(&self, token: &str) -> Result<PodIdentity, Unauthenticated> {
        match token {
            "nobody" => Err(Unauthenticated::Refused("it is not valid")),
            "unavailable" => Err(Unauthenticated::Unavailable("no answer")),
            "undecided" => std::future::pending().await,
            "no-job" => Ok(PodIdentity {
                name: "enc".into(),
                ..pod("no-job")
            }),
            name => Ok(pod(name)),
        }
    }
}

/// A server with TLS on loopback.
pub(super) struct Served {
    pub(super) office: Arc<Office>,
    pub(super) handover: Arc<Handover>,
    pub(super) client: Client,
    pub(super) stop: CancellationToken,
    pub(super) serving: JoinHandle<std::io::Result<()>>,
}

/// A server that signs URLs of this store.
pub(super) fn in_process_with(store: Option<Arc<S3Store>>) -> (Arc<Office>, Server<Office, Names>) {
    let handover = Arc::new(Handover::default());
    let office = Arc::new(Office::new(&handover));
    let server = Server::new(handover, Arc::clone(&office), Names).with_store(store);
    (office, server)
}

pub(super) fn in_process() -> (Arc<Office>, Arc<Handover>, Arc<Server<Office, Names>>) {
    let handover = Arc::new(Handover::default());
    let office = Arc::new(Office::new(&handover));
    let server = Server::new(Arc::clone(&handover), Arc::clone(&office), Names);
    (office, handover, Arc::new(server))
}

pub(super) async fn served() -> Served {
    let (office, handover, server) = in_process();
    let now = clock::now();
    let authority = Authority::make(now).unwrap();
    let trusted = authority.certificate_pem().to_owned();
    let certificates = ServerCertificates::new(authority, vec![NAME.into()], now).unwrap();
    let tcp = tls::listen(([127, 0, 0, 1], 0).into()).unwrap();
    let client = Client::new(tcp.local_addr().unwrap(), &trusted);
    let stop = CancellationToken::new();
    let listener = TlsListener::new(tcp, certificates.config());
    let serving = tokio::spawn(server::serve(listener, server, stop.clone()));
    Served {
        office,
        handover,
        client,
        stop,
        serving,
    }
}

/// A client's configuration that trusts one authority.
pub(super) fn trusting(trusted: &str) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// Trusts one authority.
#[derive(Clone)]
pub(super) struct Client {
    pub(super) address: SocketAddr,
    pub(super) tls: Arc<ClientConfig>,
}

impl Client {
    pub(super) fn new(address: SocketAddr, trusted: &str) -> Self {
        Self {
            address,
            tls: trusting(trusted),
        }
    }

    pub(super) async fn handshake(&self, name: &str) -> std::io::Result<TlsStream<TcpStream>> {
        let tcp = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from(name.to_owned()).unwrap();
        TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp).await
    }

    pub(super) async fn connect(&self) -> Connected {
        let stream = self.handshake(NAME).await.unwrap();
        let (sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        let connection = tokio::spawn(connection).abort_handle();
        Connected { sender, connection }
    }

    /// Asks on a connection of its own.
    pub(super) async fn ask(&self, token: &str, request: &AssignmentRequest) -> Answer {
        self.connect().await.ask(token, request).await
    }
}

/// An open connection; it is cut when this is dropped.
pub(super) struct Connected {
    sender: SendRequest<Full<Bytes>>,
    connection: AbortHandle,
}

impl Drop for Connected {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Connected {
    pub(super) async fn ask(&mut self, token: &str, request: &AssignmentRequest) -> Answer {
        let body = serde_json::to_vec(request).unwrap();
        let request = post(token).body(Full::from(body)).unwrap();
        self.send(request).await
    }

    pub(super) async fn send(&mut self, request: Request<Full<Bytes>>) -> Answer {
        let response = soon(self.sender.send_request(request)).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&body).expect("every answer is JSON"),
        }
    }
}

/// A request as Pods make them, yet without a body.
pub(super) fn post(token: &str) -> hyper::http::request::Builder {
    Request::post(PATH)
        .header(header::HOST, NAME)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: hyper::HeaderMap,
    pub(super) body: Value,
}

impl Answer {
    /// What it says to hold.
    pub(super) fn response(&self) -> AssignmentResponse {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        serde_json::from_value(self.body.clone()).unwrap()
    }

    /// What it says instead.
    pub(super) fn message(&self) -> &str {
        assert!(!self.status.is_success(), "{}", self.body);
        self.body["message"].as_str().expect("there is a message")
    }
}

/// What comes of it, if that is soon.
pub(super) async fn soon<T>(future: impl Future<Output = T>) -> T {
    time::timeout(SOON, future).await.expect("it happens soon")
}

/// Waits until something is so, giving way to everything else meanwhile.
pub(super) async fn eventually(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    soon(waiting).await;
}
