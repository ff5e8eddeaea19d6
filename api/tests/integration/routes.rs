//! The routes of the API, as its description lists them, and what they are asked with.

use api::{
    http::router::openapi,
    identity::role::{Role, Scope},
};
use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::application::{self, Answer, Application};

/// The only ones that anybody may ask.
const OPEN: [&str; 3] = ["/healthz", "/metrics", "/readyz"];

/// Routes below this name uploads.
const UPLOADS: &str = "/api/documents/upload/";

#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) method: String,
    pub(crate) path: String,
    /// `None`: it needs no scope, but somebody.
    pub(crate) scope: Option<Scope>,
}

impl Route {
    pub(crate) fn is_read(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD")
    }

    /// Wants a request to be refused so. The answer to a `HEAD` has no body to tell why.
    pub(crate) fn refused(&self, answer: &Answer, status: u16, code: &str, what: &str) {
        if self.method == "HEAD" {
            assert_eq!(answer.status, status, "{what}");
        } else {
            assert_eq!(answer.problem(), (status, code.to_owned()), "{what}");
        }
    }

    pub(crate) fn needs(&self, scope: Scope) -> bool {
        self.scope == Some(scope)
    }
}

/// The routes that need to know who asks.
pub(crate) fn routes() -> Vec<Route> {
    let description = serde_json::to_value(openapi()).unwrap();
    let mut routes = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let security = operation["security"].as_array();
            if OPEN.contains(&path.as_str()) {
                assert!(security.is_none_or(Vec::is_empty), "{path}");
                continue;
            }
            assert!(
                path.starts_with("/api/"),
                "{path} is not where it is asked who sends a request"
            );
            let security = security.filter(|security| !security.is_empty());
            let security = security.unwrap_or_else(|| panic!("{method} {path} is open to anybody"));
            let is_json = operation["requestBody"]["content"]["application/json"].is_object();
            let of_json = is_json.then_some("422");
            let has_body = operation["requestBody"].is_object();
            let of_bodies = ["400", "408", "413", "415"].into_iter().filter(|_| has_body);
            let of_all = ["401", "403", "429", "500", "503"].into_iter();
            for status in of_all.chain(of_bodies).chain(of_json) {
                assert!(
                    operation["responses"][status].is_object(),
                    "{method} {path}: {status}"
                );
            }
            for (status, response) in operation["responses"].as_object().unwrap() {
                let content = response["content"].as_object();
                let is_problem =
                    content.is_some_and(|content| content.contains_key("application/problem+json"));
                assert_eq!(is_problem, status.as_str() >= "400", "{method} {path}: {status}");
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
pub(crate) struct Things {
    pub(crate) document: Uuid,
    /// One that goes on.
    pub(crate) upload: Uuid,
    pub(crate) user: Uuid,
    pub(crate) key: Uuid,
    pub(crate) session: Uuid,
    pub(crate) bulk_action: Uuid,
    pub(crate) webhook: Uuid,
    pub(crate) delivery: Uuid,
}

impl Things {
    pub(crate) async fn of(application: &Application) -> Self {
        let key = sqlx::query_scalar("SELECT id FROM api_keys WHERE tenant_id = $1 LIMIT 1")
            .bind(application.tenant)
            .fetch_one(&application.database.maintenance)
            .await
            .unwrap();
        let (webhook, delivery) = webhook(application).await;
        Self {
            webhook,
            delivery,
            document: application.document().await.id,
            upload: upload(application).await,
            user: application.user,
            key,
            session: session(application).await,
            bulk_action: bulk_action(application).await,
        }
    }

    /// What the route can name.
    pub(crate) fn paths(&self, route: &Route) -> Vec<String> {
        // An upload that has become a document has its id.
        let documents = route.path.starts_with(UPLOADS).then_some(self.document);
        let of_document = documents.map(|id| route.path.replace("{id}", &id.to_string()));
        let is_named = route.path.contains("{id}");
        std::iter::once(self.path(route))
            .chain(of_document.filter(|_| is_named))
            .collect()
    }

    pub(crate) fn path(&self, route: &Route) -> String {
        let id = match route.path.split('/').nth(2) {
            Some("documents") if route.path.starts_with(UPLOADS) => self.upload,
            Some("documents") => self.document,
            Some("users") => self.user,
            Some("keys") => self.key,
            Some("sessions") => self.session,
            Some("bulk-actions") => self.bulk_action,
            Some("webhooks") => self.webhook,
            _ if !route.path.contains('{') => Uuid::nil(),
            _ => panic!("say which ids {} has", route.path),
        };
        let path = route.path.replace("{id}", &id.to_string());
        path.replace("{delivery_id}", &self.delivery.to_string())
    }
}

/// A webhook of the application's tenant, with a delivery that is due.
async fn webhook(application: &Application) -> (Uuid, Uuid) {
    let user = application::user(&application.database, application.tenant, Role::Admin).await;
    let scopes = Role::Admin.scopes();
    let key = application::key(&application.database, application.tenant, user, scopes).await;
    let made = json!({ "url": "https://1.1.1.1/" });
    let made = application.json_as(&key, "POST", "/api/webhooks", &made).await;
    assert_eq!(made.status, 201);
    let webhook = made.json()["webhook"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/webhooks/{webhook}/test");
    let tried = application.json_as(&key, "POST", &path, &json!(null)).await;
    assert_eq!(tried.status, 202);
    let delivery = tried.json()["id"].as_str().unwrap().to_owned();
    (webhook.parse().unwrap(), delivery.parse().unwrap())
}

/// Signs in as the application's user.
async fn session(application: &Application) -> Uuid {
    let begun = application
        .json_as(&application.key, "POST", "/api/session", &json!(null))
        .await;
    assert_eq!(begun.status, 201);
    sqlx::query_scalar("SELECT id FROM sessions WHERE tenant_id = $1 ORDER BY created_at DESC LIMIT 1")
        .bind(application.tenant)
        .fetch_one(&application.database.maintenance)
        .await
        .unwrap()
}

/// Begins an action on many documents as the application's user.
async fn bulk_action(application: &Application) -> Uuid {
    let body = json!({"action": "retry", "filter": {"queue": "none"}});
    let begun = application
        .json_as(&application.key, "POST", "/api/bulk-actions", &body)
        .await;
    let id = begun.json()["bulk_action"]["id"].as_str().map(str::parse);
    id.unwrap().unwrap()
}

/// Begins an upload as the application's user.
async fn upload(application: &Application) -> Uuid {
    let request = application
        .request("POST", "/api/documents/upload/tus")
        .header("tus-resumable", "1.0.0")
        .header("upload-length", "9")
        .header("upload-metadata", "filename YS50eHQ=");
    let begun = application.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(begun.status, 201);
    let location = begun.headers[header::LOCATION].to_str().unwrap();
    location.rsplit('/').next().unwrap().parse().unwrap()
}

/// A body that the handler reads, so that it goes on to what the path names.
fn body(route: &Route) -> Option<Value> {
    match (route.method.as_str(), route.path.as_str()) {
        ("PATCH", "/api/users/{id}") => Some(json!({ "name": "changed" })),
        ("POST", "/api/users" | "/api/keys") => Some(json!({ "name": "added" })),
        ("POST", "/api/bulk-actions") => Some(json!({ "action": "delete", "filter": { "search": "." } })),
        ("POST", "/api/webhooks") => Some(json!({ "url": "https://1.1.1.1/" })),
        ("PATCH", "/api/webhooks/{id}") => Some(json!({ "description": "changed" })),
        ("POST", "/api/webhooks/{id}/secret") => Some(json!({})),
        ("POST", "/api/webhooks/{id}/replay") => Some(json!({ "since": "2026-01-01T00:00:00Z" })),
        ("POST", "/api/documents/upload/presigned") => Some(json!({ "filename": "a.pdf", "size_bytes": 1 })),
        ("POST", "/api/documents/upload/presigned/{id}/complete") => Some(json!({ "parts": [] })),
        _ => None,
    }
}

pub(crate) async fn send(
    application: &Application,
    route: &Route,
    path: &str,
    headers: &[(&str, String)],
) -> Answer {
    // A stream would go on for ever.
    let once = if route.path == "/api/events" {
        "?once=true"
    } else {
        ""
    };
    let query = if route.path.ends_with("/search") {
        "?q=word"
    } else {
        once
    };
    let mut request = Request::builder()
        .method(route.method.as_str())
        .uri(format!("{path}{query}"));
    for (name, value) in headers {
        request = request.header(*name, value);
    }
    if route.path.starts_with("/api/documents/upload/tus") {
        request = request.header("tus-resumable", "1.0.0");
        if route.method == "PATCH" {
            request = request
                .header("upload-offset", "0")
                .header(header::CONTENT_TYPE, "application/offset+octet-stream");
        }
    }
    let request = match body(route) {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    };
    application.send(request.unwrap()).await
}

pub(crate) fn bearer(credential: &str) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {credential}"))]
}
