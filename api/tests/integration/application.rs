//! The application, assembled for a test: everything real but the cluster, which cannot be reached.

use std::{
    path::PathBuf,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use api::{
    app::App,
    cleanup::{
        metrics::SweeperMetrics,
        sweeper::{self, Sweeper},
    },
    clock::Clock,
    cluster::Cluster,
    documents::reuse::ReuseSettings,
    http::{middleware::MAX_REQUESTS_IN_FLIGHT, router::router},
    identity::{
        authenticator::{Authenticator, Settings},
        key::ApiKey,
        keys::{self, NewKey},
        role::{Role, Scopes},
        tenants,
        token::TokenVerifier,
        users::{self, NewUser},
    },
    live::{board::Board, progress::LiveProgress},
    metrics::Metrics,
    mirror::Mirror,
    store::{S3Settings, Store},
    turns::TenantTurns,
    uploads::admission::Admission,
    webhooks::{resolver::Resolver, target::TargetRules},
};
use axum::{
    Json, Router,
    body::Body,
    extract::State,
    http::{Request, StatusCode, header},
    routing::post,
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    databases::{self, Database},
    servers,
};

pub(crate) const ENCODINGS: &str = "encodings";

pub(crate) struct Application {
    pub(crate) app: Arc<App>,
    pub(crate) router: Router,
    pub(crate) database: Database,
    pub(crate) store_directory: Directory,
    pub(crate) tenant: Uuid,
    pub(crate) user: Uuid,
    pub(crate) key: String,
}

/// A directory that goes with the test.
pub(crate) struct Directory(pub(crate) PathBuf);

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

impl Directory {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("socrate-api-test-{}", Uuid::new_v4()));
        std::fs::create_dir(&path).expect("a directory");
        Self(path)
    }

    /// All files in it.
    pub(crate) fn contents(&self) -> Vec<String> {
        fn walk(directory: &std::path::Path, all: &mut Vec<String>) {
            for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
                if entry.path().is_dir() {
                    walk(&entry.path(), all);
                } else {
                    all.push(entry.path().display().to_string());
                }
            }
        }
        let mut all = Vec::new();
        walk(&self.0, &mut all);
        all
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: axum::http::HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).expect("JSON")
    }

    /// Status and code of a problem, which must be one in all respects.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/problem+json");
        let body = self.json();
        assert_eq!(body["success"], false);
        assert_eq!(body["status"], self.status.as_u16());
        assert!(
            body["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty())
        );
        (
            self.status.as_u16(),
            body["code"].as_str().expect("a code").to_owned(),
        )
    }
}

/// Where the application keeps objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreKind {
    File,
    S3,
}

/// Both kinds.
pub(crate) const STORES: [StoreKind; 2] = [StoreKind::File, StoreKind::S3];

/// Options of the application.
pub(crate) struct Setup {
    pub(crate) store: StoreKind,
    /// How S3 is reached, where not directly.
    pub(crate) s3: Option<S3Settings>,
    pub(crate) cluster_url: String,
    pub(crate) redis_url: Option<String>,
    pub(crate) max_upload_bytes: u64,
    pub(crate) reuse: ReuseSettings,
    pub(crate) identity: Settings,
    pub(crate) tokens: Option<TokenVerifier>,
    pub(crate) webhook_rules: TargetRules,
    /// The role that requests work as, where it is not the API's.
    pub(crate) database_role: Option<&'static str>,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            store: StoreKind::File,
            s3: None,
            cluster_url: "http://127.0.0.1:1".into(), // Nobody listens on port 1.
            redis_url: None,
            max_upload_bytes: 100_000,
            reuse: ReuseSettings::new(true, "encoder", "aside"),
            identity: Settings::default(),
            tokens: None,
            webhook_rules: TargetRules::default(),
            database_role: None,
        }
    }
}

pub(crate) async fn application() -> Application {
    with(Setup::default()).await
}

pub(crate) async fn with(setup: Setup) -> Application {
    let database = databases::create().await;
    let (store_directory, store) = store_at(setup.store, setup.s3).await;
    let configuration = kube::Config::new(setup.cluster_url.parse().expect("an address"));
    let client = kube::Client::try_from(configuration).expect("a client");
    let progress = setup.redis_url.map_or_else(LiveProgress::none, |url| {
        LiveProgress::from_redis(&url.parse().expect("an address"), Duration::from_millis(150))
            .expect("an address")
    });
    let clock = Clock::system();
    let requests = match setup.database_role {
        None => database.api.clone(),
        Some(role) => databases::pool(role, &database.name),
    };
    let readiness = databases::pool("socrate_api", &database.name);
    let app = Arc::new(App {
        authenticator: Authenticator::new(requests.clone(), readiness.clone(), setup.identity, setup.tokens),
        database: requests,
        readiness,
        store,
        in_flight: Semaphore::new(MAX_REQUESTS_IN_FLIGHT),
        is_stopping: AtomicBool::new(false),
        turns: TenantTurns::within(Duration::from_secs(1)),
        uploads: Admission::default(),
        cluster: Cluster::new(client, ENCODINGS.into(), Duration::from_millis(500)),
        board: Arc::new(Board::default()),
        feed: Arc::default(),
        progress,
        metrics: Metrics::default(),
        max_upload_bytes: setup.max_upload_bytes,
        reuse: setup.reuse,
        webhooks: Resolver::new(setup.webhook_rules),
        session_max: SignedDuration::from_hours(24),
        clock: clock.clone(),
    });
    let (tenant, user, key) = tenant(&database, "one").await;
    Application {
        router: router(app.clone()),
        app,
        database,
        store_directory,
        tenant,
        user,
        key,
    }
}

/// What a cluster answers to the creation of the resource with the name.
pub(crate) type Answers = fn(&str) -> (StatusCode, Value);

/// The application with a cluster that only knows how to answer the creation of resources, and that it has none.
pub(crate) async fn with_cluster(answers: Answers) -> Application {
    with(Setup {
        cluster_url: cluster(answers).await,
        ..Setup::default()
    })
    .await
}

/// Where a cluster listens that only knows how to answer the creation of resources, and that it has none.
pub(crate) async fn cluster(answers: Answers) -> String {
    let create = async move |State(answers): State<Answers>, Json(mut resource): Json<Value>| {
        let name = resource["metadata"]["name"].as_str().unwrap_or_default();
        let (status, answer) = answers(name);
        if status.is_success() {
            resource["metadata"]["uid"] = answer;
            return (status, Json(resource));
        }
        (status, Json(answer))
    };
    let path = "/apis/encoding.socrate.ai/v1alpha1/namespaces/encodings/documentencodings";
    let not_found = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": "not found",
        "reason": "NotFound", "code": 404,
    });
    let none = json!({
        "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": {}, "items": [],
    });
    let router = Router::new()
        .route(path, post(create).get(async || Json(none)))
        .fallback(async || (StatusCode::NOT_FOUND, Json(not_found)))
        .with_state(answers);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let cluster_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    cluster_url
}

/// It takes everything.
pub(crate) fn takes(_: &str) -> (StatusCode, Value) {
    (StatusCode::CREATED, Uuid::new_v4().to_string().into())
}

/// A store of the test's own, and the directory where what is in it can be seen.
pub(crate) async fn store(kind: StoreKind) -> (Directory, Store) {
    store_at(kind, None).await
}

async fn store_at(kind: StoreKind, s3: Option<S3Settings>) -> (Directory, Store) {
    match kind {
        StoreKind::File => {
            let directory = Directory::new();
            let url = url::Url::from_directory_path(&directory.0).expect("a URL");
            let store = Store::open(&url, &S3Settings::default()).await.expect("a store");
            (directory, store)
        }
        StoreKind::S3 => {
            let server = servers::s3();
            let prefix = Uuid::new_v4().to_string();
            let directory = Directory(server.data.join("bucket").join(&prefix));
            let url = format!("s3://bucket/{prefix}").parse().expect("a URL");
            let settings = s3.unwrap_or_else(|| server.settings());
            let store = Store::open(&url, &settings).await.expect("a store");
            (directory, store)
        }
    }
}

/// A tenant with a user with a key.
pub(crate) async fn tenant(database: &Database, name: &str) -> (Uuid, Uuid, String) {
    let now = Clock::system().now();
    let mut connection = database.maintenance.acquire().await.expect("a connection");
    let tenant = tenants::add(&mut connection, name, now).await.expect("a tenant");
    drop(connection);
    let user = user(database, tenant, Role::Member).await;
    let key = key(database, tenant, user, Role::Member.scopes()).await;
    (tenant, user, key)
}

/// A user of a tenant.
pub(crate) async fn user(database: &Database, tenant: Uuid, role: Role) -> Uuid {
    let new = NewUser {
        tenant,
        name: "user",
        role,
        telegram_id: None,
        subject: None,
    };
    let mut connection = database.maintenance.acquire().await.expect("a connection");
    users::add(&mut connection, &new, Clock::system().now())
        .await
        .expect("a user")
}

/// A key of a user.
pub(crate) async fn key(database: &Database, tenant: Uuid, user: Uuid, scopes: Scopes) -> String {
    let key = ApiKey::generate().expect("a key");
    let new = NewKey {
        tenant,
        user,
        name: "key",
        scopes,
        expires_at: None,
    };
    let mut connection = database.maintenance.acquire().await.expect("a connection");
    keys::add(&mut connection, &new, &key, Clock::system().now())
        .await
        .expect("a key");
    key.expose().to_owned()
}

/// Asks again until it holds.
pub(crate) async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    until_within(Duration::from_secs(20), what, holds).await;
}

/// Asks again until it holds, for so long.
pub(crate) async fn until_within(limit: Duration, what: &str, holds: impl AsyncFn() -> bool) {
    let asking = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        while !holds().await {
            ticks.tick().await;
        }
    };
    let asked = tokio::time::timeout(limit, asking).await;
    assert!(asked.is_ok(), "{what} is not as expected in time");
}

impl Application {
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .expect("a body")
            .to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            bytes,
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).expect("a request"))
            .await
    }

    pub(crate) async fn get_as(&self, key: &str, path: &str) -> Answer {
        let request = Request::builder().uri(path).header("x-api-key", key);
        self.send(request.body(Body::empty()).expect("a request")).await
    }

    /// Sends JSON with this credential in `Authorization`.
    pub(crate) async fn json_as(&self, bearer: &str, method: &str, path: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {bearer}"))
            .header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request"))
            .await
    }

    /// A request to upload what this body holds.
    pub(crate) fn upload_request(&self, headers: &[(&str, &str)], body: Body) -> Request<Body> {
        let mut request = self
            .request("POST", "/api/documents/upload")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=limit");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body).expect("a request")
    }

    /// Another replica, which has seen nothing.
    pub(crate) fn replica(&self) -> Router {
        let app = &self.app;
        router(Arc::new(App {
            authenticator: Authenticator::new(
                app.database.clone(),
                app.readiness.clone(),
                Settings::default(),
                None,
            ),
            database: app.database.clone(),
            readiness: app.readiness.clone(),
            store: app.store.clone(),
            in_flight: Semaphore::new(MAX_REQUESTS_IN_FLIGHT),
            is_stopping: AtomicBool::new(false),
            turns: TenantTurns::within(Duration::from_secs(1)),
            uploads: Admission::default(),
            cluster: app.cluster.clone(),
            board: Arc::new(Board::default()),
            feed: Arc::default(),
            progress: LiveProgress::none(),
            metrics: Metrics::default(),
            max_upload_bytes: app.max_upload_bytes,
            reuse: app.reuse.clone(),
            webhooks: app.webhooks.clone(),
            session_max: app.session_max,
            clock: app.clock.clone(),
        }))
    }

    /// Uploads a form with these parts: the head of each (after `form-data; `) and its content.
    pub(crate) async fn upload(&self, headers: &[(&str, &str)], parts: &[(&str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (head, content) in parts {
            body.extend(format!("--limit\r\nContent-Disposition: form-data; {head}\r\n\r\n").bytes());
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(b"--limit--\r\n");
        self.send(self.upload_request(headers, Body::from(body))).await
    }

    /// A mirror that runs for as long as the test. It watches nothing: what it is to see it is told.
    pub(crate) fn mirror(&self) -> Arc<Mirror> {
        let app = &self.app;
        let mirror = Arc::new(Mirror::new(
            app.cluster.clone(),
            self.database.mirror.clone(),
            app.board.clone(),
            app.clock.clone(),
            app.metrics.clone(),
            Some(Vec::new()),
        ));
        tokio::spawn(mirror.clone().run());
        mirror
    }

    /// Sweeps once, at this time.
    pub(crate) async fn sweep_at(&self, clock: Clock) {
        sweeper::sweep(&self.sweeper(clock)).await.expect("swept");
    }

    pub(crate) fn sweeper(&self, clock: Clock) -> Sweeper {
        Sweeper {
            clock,
            database: self.database.maintenance.clone(),
            store: self.app.store.clone(),
            cluster: self.app.cluster.clone(),
            metrics: SweeperMetrics::default(),
            heartbeat: Arc::default(),
        }
    }

    /// As the owner of everything.
    pub(crate) async fn execute(&self, statement: &str) {
        let mut administrator = databases::administrator(&self.database.name).await;
        databases::execute(&mut administrator, statement.to_owned()).await;
    }

    pub(crate) async fn count(&self, table: &str) -> i64 {
        let query = format!("SELECT count(*) FROM {table}");
        sqlx::query_scalar(sqlx::AssertSqlSafe(query))
            .fetch_one(&self.database.maintenance)
            .await
            .expect("a count")
    }

    /// The documents that are being removed, or were a while ago.
    pub(crate) async fn removals(&self) -> Vec<Uuid> {
        sqlx::query_scalar("SELECT document_id FROM removals ORDER BY created_at")
            .fetch_all(&self.database.maintenance)
            .await
            .expect("removals")
    }

    /// Waits until there are so many rows.
    pub(crate) async fn until_there_are(&self, table: &str, expected: i64) {
        until(table, async || self.count(table).await == expected).await;
    }

    /// Waits until the store holds nothing of any document.
    pub(crate) async fn until_nothing_is_left(&self) {
        until("the store", async || self.objects().is_empty()).await;
        self.assert_nothing_left().await;
    }

    fn objects(&self) -> Vec<String> {
        self.store_directory.contents()
    }

    /// Nothing half-made is left.
    pub(crate) async fn assert_nothing_left(&self) {
        assert_eq!(self.objects(), Vec::<String>::new());
        assert_eq!(self.count("documents").await, 0);
        assert_eq!(self.count("idempotency_keys").await, 0);
        assert_eq!(self.count("uploads").await, 0);
        assert_eq!(self.count("upload_metadata").await, 0);
        let held: (i64, i64, i64, i64, i64) = sqlx::query_as(
            "SELECT coalesce(sum(documents), 0)::bigint, coalesce(sum(bytes), 0)::bigint, \
                coalesce(sum(in_flight), 0)::bigint, coalesce(sum(uploads), 0)::bigint, \
                coalesce(sum(upload_bytes), 0)::bigint FROM holdings",
        )
        .fetch_one(&self.database.maintenance)
        .await
        .expect("holdings");
        assert_eq!(held, (0, 0, 0, 0, 0));
    }
}
