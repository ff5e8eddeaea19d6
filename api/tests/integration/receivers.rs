//! Receivers of webhooks: servers on this machine that keep what they are sent, and answer as a test wants.

use std::{
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use api::{
    clock::Clock,
    configuration::SecretUrl,
    identity::role::Role,
    webhooks::{
        client::Sender, dispatcher::Dispatcher, metrics::DispatcherMetrics, resolver::Resolver,
        target::TargetRules,
    },
};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, Response, Uri},
};
use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};
use uuid::Uuid;

use crate::application::{self, Application, Setup};

/// What a receiver does with what it is sent.
#[derive(Clone, Debug)]
pub(crate) enum Behaviour {
    /// It answers.
    Answers(u16, Vec<(&'static str, String)>, String),
    /// It takes the request, and never answers.
    Hangs,
    /// It answers the head alone.
    HangsInBody(u16),
    /// It answers when it is told to.
    Waits(watch::Receiver<bool>),
}

impl Behaviour {
    pub(crate) fn status(status: u16) -> Self {
        Self::Answers(status, Vec::new(), String::new())
    }
}

/// What was sent.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().expect("text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    /// Whether a signature is made with this secret. Made anew by the standard's own library.
    pub(crate) fn is_signed_with(&self, secret: &str) -> bool {
        let expected = standardwebhooks::Webhook::new(secret).expect("a secret").sign(
            self.header("webhook-id"),
            self.header("webhook-timestamp").parse().expect("seconds"),
            &self.body,
        );
        let expected = expected.expect("a signature");
        self.header("webhook-signature")
            .split(' ')
            .any(|signature| signature == expected)
    }
}

#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    behaviour: Arc<Mutex<Behaviour>>,
    at_once: Arc<AtomicUsize>,
    /// The most requests there were at once.
    pub(crate) most_at_once: Arc<AtomicUsize>,
}

/// Counts a request for as long as it is held.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Receiver {
    /// One that answers 204.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let receiver = Self::at(listener.local_addr().expect("an address"));
        receiver.serve(listener);
        receiver
    }

    /// One at an address where nobody listens yet.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self {
            address,
            received: Arc::default(),
            behaviour: Arc::new(Mutex::new(Behaviour::status(204))),
            at_once: Arc::default(),
            most_at_once: Arc::default(),
        }
    }

    pub(crate) fn serve(&self, listener: TcpListener) {
        let router = self.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
    }

    pub(crate) fn router(&self) -> Router {
        let take = async |State(receiver): State<Self>, uri: Uri, headers: HeaderMap, body: Bytes| {
            receiver.take(uri.path().to_owned(), headers, body).await
        };
        Router::new().fallback(take).with_state(self.clone())
    }

    async fn take(&self, path: String, headers: HeaderMap, body: Bytes) -> Response<Body> {
        let at_once = self.at_once.fetch_add(1, Ordering::SeqCst) + 1;
        let _counted = Counted(self.at_once.clone());
        self.most_at_once.fetch_max(at_once, Ordering::SeqCst);
        self.received
            .lock()
            .expect("a lock")
            .push(Received { path, headers, body });
        let behaviour = self.behaviour.lock().expect("a lock").clone();
        match behaviour {
            Behaviour::Answers(status, headers, body) => {
                let mut response = Response::builder().status(status);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                response.body(Body::from(body)).expect("an answer")
            }
            Behaviour::Hangs => std::future::pending().await,
            Behaviour::HangsInBody(status) => {
                let begun = stream::iter([Ok::<_, std::io::Error>("begun")]);
                let body = Body::from_stream(begun.chain(stream::pending()));
                Response::builder().status(status).body(body).expect("an answer")
            }
            Behaviour::Waits(mut told) => {
                let _ = told.wait_for(|told| *told).await;
                Response::builder()
                    .status(204)
                    .body(Body::empty())
                    .expect("an answer")
            }
        }
    }

    pub(crate) fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().expect("a lock") = behaviour;
    }

    /// What was sent so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().expect("a lock").clone()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }
}

/// What lets webhooks be sent to servers of the tests.
pub(crate) fn loopback() -> TargetRules {
    TargetRules {
        allows_http: true,
        allowed: vec!["127.0.0.0/8".parse().expect("a network")],
        denied: Vec::new(),
    }
}

/// An application whose webhooks may be sent to servers of the tests, with an administrator's key.
pub(crate) struct Hooked {
    pub(crate) application: Application,
    pub(crate) admin: String,
    /// When the test began.
    pub(crate) began: Timestamp,
}

/// A webhook of it.
pub(crate) struct Hook {
    pub(crate) id: Uuid,
    pub(crate) secret: String,
}

/// So long an endpoint has in tests where it is not about time.
const PLENTY: Duration = Duration::from_secs(10);

impl Hooked {
    pub(crate) async fn new() -> Self {
        let application = application::with(Setup {
            webhook_rules: loopback(),
            ..Setup::default()
        })
        .await;
        let admin = administrator(&application, application.tenant).await;
        Self {
            application,
            admin,
            began: Clock::system().now(),
        }
    }

    /// Makes a webhook for everything.
    pub(crate) async fn hook(&self, url: &str) -> Hook {
        self.hook_for(&self.admin, json!({ "url": url })).await
    }

    pub(crate) async fn hook_for(&self, key: &str, request: Value) -> Hook {
        let made = self
            .application
            .json_as(key, "POST", "/api/webhooks", &request)
            .await;
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.bytes));
        let made = made.json();
        Hook {
            id: made["webhook"]["id"]
                .as_str()
                .expect("an id")
                .parse()
                .expect("an id"),
            secret: made["secret"].as_str().expect("a secret").to_owned(),
        }
    }

    /// Asks as the administrator.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.application.json_as(&self.admin, method, path, &body).await;
        assert!(
            answer.status.is_success(),
            "{method} {path}: {}",
            String::from_utf8_lossy(&answer.bytes)
        );
        answer.json()
    }

    /// The deliveries of a webhook, the newest first.
    pub(crate) async fn deliveries(&self, hook: &Hook) -> Vec<Value> {
        let answer = self
            .ask(
                "GET",
                &format!("/api/webhooks/{}/deliveries?limit=200", hook.id),
                json!(null),
            )
            .await;
        answer["deliveries"].as_array().expect("a list").clone()
    }

    /// A delivery with its attempts, the newest first.
    pub(crate) async fn details(&self, hook: &Hook, delivery: &Value) -> Value {
        let id = delivery["id"].as_str().expect("an id");
        self.ask(
            "GET",
            &format!("/api/webhooks/{}/deliveries/{id}", hook.id),
            json!(null),
        )
        .await
    }

    pub(crate) async fn show(&self, hook: &Hook) -> Value {
        self.ask("GET", &format!("/api/webhooks/{}", hook.id), json!(null))
            .await
    }

    /// A dispatcher so long after the test began; the endpoints have so long to answer.
    pub(crate) fn dispatcher(&self, after: SignedDuration, limit: Duration) -> Dispatcher {
        let sender = Sender::new(Resolver::new(loopback()), None, limit).expect("a sender");
        self.dispatcher_with(Clock::fixed(self.began + after), sender)
    }

    pub(crate) fn dispatcher_with(&self, clock: Clock, sender: Sender) -> Dispatcher {
        let pool = self.application.database.dispatcher.clone();
        Dispatcher::new(clock, pool.clone(), pool, sender, DispatcherMetrics::default())
    }

    /// Sends all that is due so many seconds after the test began.
    pub(crate) async fn settle(&self, seconds: i64) {
        let dispatcher = self.dispatcher(SignedDuration::from_secs(seconds), PLENTY);
        dispatcher.settle().await.expect("settled");
    }

    /// When the delivery is attempted next, in seconds after the test began, rounded up.
    pub(crate) fn due(&self, delivery: &Value) -> i64 {
        let next: Timestamp = delivery["next_attempt_at"]
            .as_str()
            .expect("a time")
            .parse()
            .expect("a time");
        (next.duration_since(self.began).as_millis() / 1000 + 1)
            .try_into()
            .expect("seconds")
    }
}

/// The dispatcher's program, as a Pod runs it; it goes with the test.
pub(crate) struct Program(pub(crate) Child);

impl Program {
    pub(crate) fn start(database: &SecretUrl, environment: &[(&str, &str)]) -> Self {
        let program = Command::new(env!("CARGO_BIN_EXE_api"))
            .args([
                "dispatch",
                "--operations-listen",
                "127.0.0.1:0",
                "--webhook-allow-http",
            ])
            .args(["--webhook-allowed-addresses", "127.0.0.0/8"])
            .env("SOCRATE_DISPATCHER_DATABASE_URL", database.expose().as_str())
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Self(program.expect("the program"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A key of somebody who administers a tenant.
pub(crate) async fn administrator(application: &Application, tenant: Uuid) -> String {
    let user = application::user(&application.database, tenant, Role::Admin).await;
    application::key(&application.database, tenant, user, Role::Admin.scopes()).await
}
