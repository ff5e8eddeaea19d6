//! Every route, as the description of the API lists them, with every credential that should not do: a route that is added is tried too.

use api::{
    clock::Clock,
    http::router::openapi,
    identity::role::{Role, Scope},
};
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::{
    application::{self, Answer, Application, Setup},
    issuer::{self, Issuer},
};

/// The only ones that anybody may ask.
const OPEN: [&str; 3] = ["/healthz", "/metrics", "/readyz"];

#[derive(Clone, Debug)]
struct Route {
    method: String,
    path: String,
    /// `None`: it needs no scope, but somebody.
    scope: Option<Scope>,
}

impl Route {
    fn is_read(&self) -> bool {
        self.method == "GET"
    }

    fn needs(&self, scope: Scope) -> bool {
        self.scope == Some(scope)
    }
}

/// The routes that need to know who asks.
fn routes() -> Vec<Route> {
    let description = serde_json::to_value(openapi()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let security = operation["security"].as_array();
            if OPEN.contains(&path.as_str()) {
                assert!(security.is_none_or(Vec::is_empty), "{path}");
                continue;
            }
            let security = security.filter(|security| !security.is_empty());
            let security = security.unwrap_or_else(|| panic!("{method} {path} is open to anybody"));
            for status in ["401", "403", "429", "503"] {
                assert!(
                    operation["responses"][status].is_object(),
                    "{method} {path}: {status}"
                );
            }
            let scopes = security[0]["api_key"].as_array().unwrap();
            assert!(scopes.len() <= 1, "{method} {path}");
            routes.push(Route {
                method: method.to_uppercase(),
                path: path.clone(),
                scope: scopes
                    .first()
                    .map(|scope| scope.as_str().unwrap().parse().unwrap()),
            });
        }
    }
    assert!(routes.len() >= 17, "{} routes", routes.len());
    routes
}

/// What is there of one tenant for another to find.
struct Things {
    document: Uuid,
    user: Uuid,
    key: Uuid,
}

impl Things {
    async fn of(application: &Application) -> Self {
        let key = sqlx::query_scalar("SELECT id FROM api_keys WHERE tenant_id = $1 LIMIT 1")
            .bind(application.tenant)
            .fetch_one(&application.database.maintenance)
            .await
            .unwrap();
        Self {
            document: application.document().await.id,
            user: application.user,
            key,
        }
    }

    fn path(&self, route: &Route) -> String {
        let id = match route.path.split('/').nth(2) {
            Some("documents") => self.document,
            Some("users") => self.user,
            Some("keys") => self.key,
            _ if !route.path.contains('{') => Uuid::nil(),
            _ => panic!("say which ids {} has", route.path),
        };
        route.path.replace("{id}", &id.to_string())
    }
}

/// A body that the handler reads, so that it goes on to what the path names.
fn body(route: &Route) -> Option<Value> {
    match (route.method.as_str(), route.path.as_str()) {
        ("PATCH", "/api/users/{id}") => Some(json!({ "name": "changed" })),
        ("POST", "/api/users" | "/api/keys") => Some(json!({ "name": "added" })),
        _ => None,
    }
}

async fn send(application: &Application, route: &Route, path: &str, headers: &[(&str, String)]) -> Answer {
    let mut request = Request::builder().method(route.method.as_str()).uri(path);
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    let request = match body(route) {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    };
    application.send(request.unwrap()).await
}

fn bearer(credential: &str) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {credential}"))]
}

/// Key of a user with a role, with all that the role permits.
async fn key_of(application: &Application, tenant: Uuid, role: Role) -> String {
    let user = application::user(&application.database, tenant, role).await;
    application::key(&application.database, tenant, user, role.scopes()).await
}

async fn with_issuer() -> (Application, Issuer) {
    let issuer = Issuer::start().await;
    let setup = Setup {
        tokens: Some(issuer.verifier()),
        ..Setup::default()
    };
    (application::with(setup).await, issuer)
}

/// A key whose row, user or tenant was changed in this way.
async fn spoilt(application: &Application, table: &str, change: &str) -> String {
    let (tenant, _, key) = application::tenant(&application.database, &format!("{table} {change}")).await;
    let column = if table == "tenants" { "id" } else { "tenant_id" };
    let statement = format!("UPDATE {table} SET {change} WHERE {column} = $1");
    sqlx::query(AssertSqlSafe(statement))
        .bind(tenant)
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    key
}

/// Tokens that must not be believed, each with what is wrong with it.
fn bad_tokens(issuer: &Issuer, tenant: Uuid) -> Vec<(String, String)> {
    let good = issuer.claims(tenant, "somebody");
    let now = Clock::system().now().as_second();
    let mut bad = Vec::new();
    for (name, value) in [
        ("aud", json!("another")),
        ("aud", json!([])),
        ("iss", json!("https://evil.example")),
        ("exp", json!(now - 61)),
        ("exp", json!("never")),
        ("nbf", json!(now + 120)),
        ("tenant_id", json!(Uuid::new_v4())),
        ("tenant_id", json!("one")),
        ("tenant_id", json!(null)),
        ("sub", json!("")),
        ("sub", json!("a\0b")),
    ] {
        let mut claims = good.clone();
        claims[name] = value.clone();
        bad.push((format!("{name} is {value}"), issuer.signer.sign(&claims)));
    }
    for name in ["iss", "aud", "exp", "nbf", "sub", "tenant_id"] {
        let mut claims = good.clone();
        claims.as_object_mut().unwrap().remove(name);
        bad.push((format!("no {name}"), issuer.signer.sign(&claims)));
    }
    let head = |algorithm: &str| json!({ "alg": algorithm, "typ": "JWT", "kid": issuer.signer.id });
    let public = issuer.signer.public();
    let honest = issuer.signer.sign(&good);
    let (message, signature) = honest.rsplit_once('.').unwrap();
    let (head_part, _) = message.split_once('.').unwrap();
    let mut admin = good.clone();
    admin["sub"] = json!("another");
    let swapped = issuer.signer.sign(&admin);
    let other_claims = swapped.split('.').nth(1).unwrap();
    bad.extend([
        ("algorithm none".to_owned(), issuer::unsigned(&good)),
        (
            "the public key as a secret".into(),
            issuer::with_secret(&head("HS256"), &good, public),
        ),
        (
            "a secret, named as the key".into(),
            issuer::with_secret(&head("ES256"), &good, public),
        ),
        (
            "another algorithm named".into(),
            issuer.signer.sign_with_head(&head("ES384"), &good),
        ),
        (
            "another kind of key".into(),
            issuer::with_ed25519(&head("EdDSA"), &good),
        ),
        (
            "another kind of key, named as the right".into(),
            issuer::with_ed25519(&head("ES256"), &good),
        ),
        (
            "an unknown algorithm".into(),
            issuer.signer.sign_with_head(&head("XX256"), &good),
        ),
        (
            "an extension that must be understood".into(),
            issuer.signer.sign_with_head(
                &json!({ "alg": "ES256", "kid": issuer.signer.id, "crit": ["x"], "x": 1 }),
                &good,
            ),
        ),
        (
            "an unknown key".into(),
            issuer
                .signer
                .sign_with_head(&json!({ "alg": "ES256", "kid": "unknown" }), &good),
        ),
        ("no signature".into(), format!("{message}.")),
        (
            "another's claims".into(),
            format!("{head_part}.{other_claims}.{signature}"),
        ),
        ("not JSON".into(), "e30.e30.e30".into()),
        ("empty".into(), "..".into()),
    ]);
    bad
}

#[tokio::test]
async fn nobody_gets_in_with_what_is_not_valid() {
    let (application, issuer) = with_issuer().await;
    let things = Things::of(&application).await;
    let mut bad: Vec<(String, Vec<(&'static str, String)>)> = vec![
        ("nothing".into(), Vec::new()),
        (
            "an unknown key".into(),
            bearer(&format!("sk_{}_{}", "0".repeat(12), "0".repeat(64))),
        ),
        (
            "no bearer".into(),
            vec![("authorization", format!("Basic {}", application.key))],
        ),
        (
            "an unknown session".into(),
            vec![
                ("cookie", format!("__Host-socrate-session=ss_{}", "0".repeat(64))),
                ("sec-fetch-site", "same-origin".into()),
            ],
        ),
    ];
    for (table, change) in [
        ("api_keys", "revoked_at = now()"),
        ("api_keys", "expires_at = now()"),
        ("users", "disabled_at = now()"),
        ("tenants", "disabled_at = now()"),
        ("tenants", "deleted_at = now()"),
    ] {
        bad.push((
            format!("{table}: {change}"),
            bearer(&spoilt(&application, table, change).await),
        ));
    }
    for (what, token) in bad_tokens(&issuer, application.tenant) {
        bad.push((format!("token: {what}"), bearer(&token)));
    }
    for route in routes() {
        let path = things.path(&route);
        for (what, headers) in &bad {
            let answer = send(&application, &route, &path, headers).await;
            assert_eq!(
                answer.problem(),
                (401, "unauthorized".into()),
                "{} {path}: {what}",
                route.method
            );
            assert_eq!(answer.headers[header::WWW_AUTHENTICATE], "Bearer");
        }
    }
    let users = application.count("users WHERE subject IS NOT NULL").await;
    assert_eq!(users, 0, "no user is made of a token that is not valid");
}

#[tokio::test]
async fn each_role_gets_where_the_description_says_and_no_further() {
    let (application, issuer) = with_issuer().await;
    let things = Things::of(&application).await;
    let tenant = application.tenant;
    for role in Role::ALL {
        let key = key_of(&application, tenant, role).await;
        let begun = application
            .json_as(&key, "POST", "/api/session", &json!(null))
            .await;
        let cookie = session_cookie(&begun);
        let subject = format!("subject {role}");
        let token = issuer.signer.sign(&issuer.claims(tenant, &subject));
        assert_eq!(
            application
                .json_as(&token, "GET", "/api/session", &json!(null))
                .await
                .status,
            200
        );
        sqlx::query("UPDATE users SET role = $1 WHERE subject = $2")
            .bind(role.as_str())
            .bind(&subject)
            .execute(&application.database.maintenance)
            .await
            .unwrap();
        // Signed anew, so that what was remembered of the other does not count.
        let mut claims = issuer.claims(tenant, &subject);
        claims["jti"] = json!(Uuid::new_v4());
        let token = issuer.signer.sign(&claims);
        let mut ways = vec![bearer(&key), bearer(&token)];
        ways.push(vec![("cookie", cookie), ("sec-fetch-site", "same-origin".into())]);
        for headers in ways {
            for route in routes() {
                if route.path == "/api/session" && route.method == "DELETE" {
                    continue; // It would end what the others need; it is tried where sessions are.
                }
                // An id of nothing, so that nothing goes on the way.
                let path = route.path.replace("{id}", &Uuid::new_v4().to_string());
                let answer = send(&application, &route, &path, &headers).await;
                let may = route.scope.is_none_or(|scope| role.scopes().contains(scope));
                let what = format!("{} {path} as {role} with {headers:?}", route.method);
                if may {
                    assert!(
                        ![401, 403].contains(&answer.status.as_u16()),
                        "{what}: {}",
                        answer.status
                    );
                } else {
                    assert_eq!(answer.problem(), (403, "forbidden".into()), "{what}");
                }
            }
        }
    }
    assert_eq!(application.count("documents").await, 1, "{}", things.document);
}

#[tokio::test]
async fn a_key_reaches_what_its_scopes_name() {
    let application = application::application().await;
    let user = application::user(&application.database, application.tenant, Role::Admin).await;
    for scope in Scope::ALL {
        let scopes = api::identity::role::Scopes::of(&[scope]);
        let key = application::key(&application.database, application.tenant, user, scopes).await;
        for route in routes().into_iter().filter(|route| route.scope.is_some()) {
            let path = route.path.replace("{id}", &Uuid::new_v4().to_string());
            let answer = send(&application, &route, &path, &bearer(&key)).await;
            let is_refused = answer.status == 403;
            assert_eq!(
                is_refused,
                !route.needs(scope),
                "{} {path} with {scope:?}",
                route.method
            );
        }
    }
}

fn session_cookie(answer: &Answer) -> String {
    assert_eq!(answer.status, 201);
    let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn with_a_cookie_only_our_own_pages_change_something() {
    let application = application::application().await;
    let things = Things::of(&application).await;
    let admin = key_of(&application, application.tenant, Role::Admin).await;
    let cookie = session_cookie(
        &application
            .json_as(&admin, "POST", "/api/session", &json!(null))
            .await,
    );
    let before = snapshot(&application, application.tenant).await;
    for route in routes().into_iter().filter(|route| !route.is_read()) {
        let path = things.path(&route);
        for proof in [
            vec![],
            vec![("sec-fetch-site", "cross-site".to_owned())],
            vec![("sec-fetch-site", "same-site".to_owned())],
            vec![("sec-fetch-site", "none".to_owned())],
            vec![
                ("origin", "https://evil.example".to_owned()),
                ("host", "socrate.example".to_owned()),
            ],
            vec![
                ("origin", "null".to_owned()),
                ("host", "socrate.example".to_owned()),
            ],
        ] {
            let headers = [vec![("cookie", cookie.clone())], proof].concat();
            let answer = send(&application, &route, &path, &headers).await;
            let what = format!("{} {path} with {headers:?}", route.method);
            assert_eq!(answer.problem(), (403, "cross_site_request".into()), "{what}");
        }
    }
    assert_eq!(snapshot(&application, application.tenant).await, before);
    let reads = vec![("cookie", cookie)];
    for route in routes().into_iter().filter(Route::is_read) {
        let answer = send(&application, &route, &things.path(&route), &reads).await;
        assert!(
            ![401, 403].contains(&answer.status.as_u16()),
            "{}: {}",
            route.path,
            answer.status
        );
    }
}

/// All that is stored of a tenant, but when its keys were used.
async fn snapshot(application: &Application, tenant: Uuid) -> Vec<String> {
    let pool = &application.database.maintenance;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id' \
         ORDER BY 1",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    assert!(tables.len() >= 9, "{tables:?}");
    let mut all = Vec::new();
    for (table, column) in tables
        .iter()
        .map(|table| (table.as_str(), "tenant_id"))
        .chain([("tenants", "id")])
    {
        let statement = format!(
            "SELECT '{table}' || (to_jsonb(rows) - 'last_used_at' - 'last_seen_at')::text FROM {table} AS rows \
             WHERE {column} = $1 ORDER BY 1"
        );
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(tenant)
            .fetch_all(pool)
            .await
            .unwrap();
        all.extend(rows);
    }
    all
}

#[tokio::test]
async fn no_route_shows_changes_or_counts_anything_of_another_tenant() {
    let application = application::application().await;
    let things = Things::of(&application).await;
    let (other, ..) = application::tenant(&application.database, "two").await;
    let admin = key_of(&application, other, Role::Admin).await;
    let account = application
        .json_as(&admin, "GET", "/api/account", &json!(null))
        .await
        .json();
    assert_eq!(
        account["usage"],
        json!({ "bytes": 0, "documents": 0, "in_flight": 0 })
    );
    let before = snapshot(&application, application.tenant).await;
    let theirs = [application.tenant, things.document, things.user, things.key].map(|id| id.to_string());
    for route in routes() {
        let path = things.path(&route);
        let answer = send(&application, &route, &path, &bearer(&admin)).await;
        let what = format!("{} {path}", route.method);
        if route.path.contains("{id}") {
            assert_eq!(answer.status, 404, "{what}");
            // What is another's is told as what is not there.
            let unknown = route.path.replace("{id}", &Uuid::new_v4().to_string());
            let of_nothing = send(&application, &route, &unknown, &bearer(&admin)).await;
            assert_eq!(
                (answer.status, &answer.bytes),
                (of_nothing.status, &of_nothing.bytes),
                "{what}"
            );
        }
        let text = String::from_utf8_lossy(&answer.bytes);
        assert!(
            !theirs.iter().any(|id| text.contains(id)),
            "{what} answers {text}"
        );
    }
    assert_eq!(snapshot(&application, application.tenant).await, before);
}
