//! Who may do what: roles and scopes.

use axum::body::Body;
use uuid::Uuid;

use crate::application::{self, Application};

async fn set(application: &Application, statement: &'static str) {
    sqlx::query(statement)
        .execute(&application.database.maintenance)
        .await
        .unwrap();
}

/// The problem, or the status alone where it is none.
async fn outcome(application: &Application, method: &str, path: &str) -> (u16, String) {
    let request = application.request(method, path).body(Body::empty()).unwrap();
    let answer = application.send(request).await;
    if answer.status.is_success() {
        return (answer.status.as_u16(), String::new());
    }
    answer.problem()
}

const READS: [&str; 5] = ["", "/status", "/metadata", "/index", "/source"];
const CHANGES: [(&str, &str); 3] = [("POST", "/cancel"), ("POST", "/retry"), ("DELETE", "")];

#[tokio::test]
async fn a_read_only_user_reads_and_changes_nothing() {
    let application = application::application().await;
    set(&application, "UPDATE users SET role = 'read_only'").await;
    let document = format!("/api/documents/{}", Uuid::new_v4());
    assert_eq!(outcome(&application, "GET", "/api/documents").await.0, 200);
    for path in READS {
        let (status, code) = outcome(&application, "GET", &format!("{document}{path}")).await;
        assert_eq!((status, code.as_str()), (404, "document_not_found"), "{path}");
    }
    for (method, path) in CHANGES {
        let (status, code) = outcome(&application, method, &format!("{document}{path}")).await;
        assert_eq!((status, code.as_str()), (403, "forbidden"), "{method} {path}");
    }
    let upload = application
        .upload(&[], &[("name=\"file\"; filename=\"a.txt\"", b"words")])
        .await;
    assert_eq!(upload.problem(), (403, "forbidden".into()));
}

#[tokio::test]
async fn a_key_permits_what_it_was_made_for_and_no_more() {
    let application = application::application().await;
    set(&application, "UPDATE api_keys SET scopes = '{documents:write}'").await;
    let (status, code) = outcome(&application, "GET", "/api/documents").await;
    assert_eq!((status, code.as_str()), (403, "forbidden"));
    let document = format!("/api/documents/{}", Uuid::new_v4());
    let (status, code) = outcome(&application, "DELETE", &document).await;
    assert_eq!((status, code.as_str()), (404, "document_not_found"));
}
