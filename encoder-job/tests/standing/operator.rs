//! The operator's endpoint for Pods, on a port of its own, as far as a Pod sees it: what a Pod should hold is set by the test.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
    serve::Listener,
};
use crds::assignment::{AssignmentKey, AssignmentRequest, AssignmentResponse, NotLeading, PATH};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
    server::TlsStream,
};

/// What the operator answers.
#[derive(Clone, Debug)]
pub(crate) enum Answers {
    /// What the Pod should hold.
    Should(AssignmentResponse),
    /// Another leads.
    Misdirected(Option<String>),
    /// Nothing that is of use.
    Unavailable,
}

/// A request, and the token that came with it.
pub(crate) type Heard = (AssignmentRequest, String);

/// An operator.
pub(crate) struct Operator {
    pub(crate) port: u16,
    /// What it answers from now on.
    pub(crate) answers: watch::Sender<Answers>,
    heard: Arc<Mutex<Vec<Heard>>>,
    news: watch::Sender<()>,
}

#[derive(Clone)]
struct Shared {
    answers: watch::Receiver<Answers>,
    heard: Arc<Mutex<Vec<Heard>>>,
    news: watch::Sender<()>,
}

impl Operator {
    /// One that answers this, with a certificate or in plain text.
    pub(crate) async fn start(answers: Answers, certificate: Option<&Certificate>) -> Self {
        let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = tcp.local_addr().unwrap().port();
        let answers = watch::Sender::new(answers);
        let heard = Arc::new(Mutex::new(Vec::new()));
        let news = watch::Sender::new(());
        let shared = Shared {
            answers: answers.subscribe(),
            heard: heard.clone(),
            news: news.clone(),
        };
        let router = Router::new().route(PATH, post(answer)).with_state(shared);
        match certificate {
            None => tokio::spawn(async move { axum::serve(tcp, router).await }),
            Some(certificate) => {
                let acceptor = certificate.acceptor();
                tokio::spawn(async move { axum::serve(Tls { tcp, acceptor }, router).await })
            }
        };
        Self {
            port,
            answers,
            heard,
            news,
        }
    }

    /// Says from now on that the Pod should hold these, and whether it ends after them.
    pub(crate) fn should(&self, assignments: Vec<crds::Assignment>, drain: bool) {
        self.answers
            .send_replace(Answers::Should(AssignmentResponse { assignments, drain }));
    }

    /// Waits for a request of this kind, also among those that came before.
    pub(crate) async fn hears(&self, what: &str, is_it: impl Fn(&Heard) -> bool) -> Heard {
        let mut news = self.news.subscribe();
        let heard = async {
            loop {
                let found = self
                    .heard
                    .lock()
                    .unwrap()
                    .iter()
                    .find(|heard| is_it(heard))
                    .cloned();
                if let Some(found) = found {
                    return found;
                }
                news.changed().await.unwrap();
            }
        };
        let heard = tokio::time::timeout(Duration::from_mins(1), heard).await.ok();
        heard.unwrap_or_else(|| {
            panic!(
                "the operator never heard {what}, but {:#?}",
                self.heard.lock().unwrap()
            )
        })
    }

    /// How many requests came.
    pub(crate) fn count(&self) -> usize {
        self.heard.lock().unwrap().len()
    }
}

async fn answer(
    State(mut shared): State<Shared>,
    headers: HeaderMap,
    Json(request): Json<AssignmentRequest>,
) -> Response {
    let token = headers[header::AUTHORIZATION].to_str().unwrap().to_owned();
    shared.heard.lock().unwrap().push((request.clone(), token));
    shared.news.send_replace(());
    let has_news = |answers: &Answers| match answers {
        Answers::Should(response) => is_news(response, &request),
        _ => true,
    };
    let wait = Duration::from_secs(request.wait_seconds);
    let _ = tokio::time::timeout(wait, shared.answers.wait_for(has_news)).await;
    let answers = shared.answers.borrow().clone();
    match answers {
        Answers::Should(response) => Json(response).into_response(),
        Answers::Misdirected(leader) => {
            (StatusCode::MISDIRECTED_REQUEST, Json(NotLeading { leader })).into_response()
        }
        Answers::Unavailable => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn is_news(response: &AssignmentResponse, request: &AssignmentRequest) -> bool {
    let should: Vec<AssignmentKey> = response.assignments.iter().map(crds::Assignment::key).collect();
    let held: Vec<&AssignmentKey> = request.held.iter().map(|held| &held.key).collect();
    let known = |key: &AssignmentKey| held.contains(&key) || request.ended.iter().any(|end| end.key == *key);
    !should.iter().all(known)
        || !held.iter().all(|key| should.contains(key))
        || (response.drain && held.is_empty())
}

/// A certificate for `localhost`, and the authority that it is checked against.
pub(crate) struct Certificate {
    /// The authority, as PEM.
    pub(crate) authority: String,
    der: tokio_rustls::rustls::pki_types::CertificateDer<'static>,
    key: Vec<u8>,
}

impl Certificate {
    pub(crate) fn new() -> Self {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        Self {
            authority: made.cert.pem(),
            der: made.cert.der().clone(),
            key: made.signing_key.serialize_der(),
        }
    }

    fn acceptor(&self) -> TlsAcceptor {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(self.key.clone()));
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![self.der.clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

struct Tls {
    tcp: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.tcp.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.tcp.local_addr()
    }
}
