//! The operator's own endpoint for Pods on loopback, without TLS and without a cluster: what Pods should hold is set by the test, and a token is
//! the uid of its Pod.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    reason = "each test that includes this is a crate of its own, and one that cannot go on has failed"
)]

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
};

use crds::{
    Assignment,
    assignment::{AssignmentResponse, NotLeading},
};
use operator::{
    handover::{
        Desired, Handover, JobRef, PodIdentity, Unassignable,
        server::{self, Server},
        table::Heard,
        tokens::{Authenticator, Unauthenticated},
    },
    s3::S3Store,
};
use tokio::task::JoinHandle;

/// The operator.
pub struct SigningOperator {
    address: SocketAddr,
    answers: Arc<Answers>,
    handover: Arc<Handover>,
    serving: Option<JoinHandle<()>>,
}

/// What it says.
#[derive(Default)]
struct Answers {
    should: Mutex<AssignmentResponse>,
}

/// Believes what tokens say.
struct Uids;

impl Authenticator for Uids {
    async fn authenticate(&self, token: &str) -> Result<PodIdentity, Unauthenticated> {
        Ok(PodIdentity {
            namespace: "team".to_owned(),
            name: "enc-0123456789abcdef-x1y2z".to_owned(),
            uid: token.to_owned(),
        })
    }
}

impl Desired for Answers {
    fn leads(&self) -> Result<(), NotLeading> {
        Ok(())
    }

    fn assignments(&self, _job: &JobRef, _pod: &PodIdentity) -> Result<AssignmentResponse, Unassignable> {
        Ok(self.should.lock().unwrap().clone())
    }

    fn heard(&self, _job: &JobRef, _pod: &PodIdentity, _heard: Heard) {}
}

impl SigningOperator {
    /// Begins to answer with these assignments, and to sign for this store.
    pub fn start(store: S3Store, assignments: &[Assignment]) -> Self {
        let mut operator = Self {
            address: own_address(),
            answers: Arc::default(),
            handover: Arc::default(),
            serving: None,
        };
        operator.should(assignments, false);
        operator.begin_again(store);
        operator
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What every Pod should hold from now on.
    pub fn should(&self, assignments: &[Assignment], drain: bool) {
        *self.answers.should.lock().unwrap() = AssignmentResponse {
            assignments: assignments.to_vec(),
            drain,
        };
        self.handover.all_changed();
    }

    /// Answers nobody any more; open connections are cut.
    pub async fn stop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            let _ = serving.await;
        }
    }

    /// Answers again, at its old address.
    pub fn begin_again(&mut self, store: S3Store) {
        let server =
            Server::new(self.handover.clone(), self.answers.clone(), Uids).with_store(Some(Arc::new(store)));
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(self.address).unwrap();
        let listener = socket.listen(64).unwrap();
        let router = server::router(Arc::new(server));
        // Connections are served within this task, so that they end with it.
        self.serving = Some(tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, router.clone()));
            }
        }));
    }
}

/// An address of the loopback network that no other server of any test has, and no connection begins at.
fn own_address() -> SocketAddr {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [_, _, high, low] = std::process::id().to_be_bytes();
    let address = Ipv4Addr::new(127, high | 0x80, low, NEXT.fetch_add(1, Ordering::Relaxed));
    (address, 8443).into()
}

async fn serve(stream: tokio::net::TcpStream, router: axum::Router) {
    let service = hyper_util::service::TowerToHyperService::new(router);
    let connection = hyper::server::conn::http1::Builder::new();
    let _ = connection
        .serve_connection(hyper_util::rt::TokioIo::new(stream), service)
        .await;
}
