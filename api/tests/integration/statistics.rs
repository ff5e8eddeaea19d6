//! Statistics: of the caller's tenant alone, and right.

use serde_json::{Value, json};

use crate::{
    application::{self, Application},
    databases,
    documents::{document, insert},
};

/// Makes a document and has it ended as the statement says.
async fn ended(application: &Application, change: &str) {
    let document = document(application.tenant, application.user);
    insert(&application.database.api, &document).await;
    let mut administrator = databases::administrator(&application.database.name).await;
    let statement = format!(
        "UPDATE documents SET created_at = '2026-11-10T10:00:00Z', {change} WHERE id = '{}'",
        document.id
    );
    databases::execute(&mut administrator, statement).await;
}

fn ready(started: &str, completed: &str) -> String {
    format!(
        "status = 'ready', phase = 'Ready', processing_started_at = '{started}', processing_completed_at = '{completed}'"
    )
}

#[tokio::test]
async fn what_a_tenant_has_and_had_is_counted() {
    let application = application::application().await;
    for seconds in [4, 8, 12, 16] {
        let completed = format!("2026-11-10T10:01:{seconds:02}Z");
        ended(&application, &ready("2026-11-10T10:01:00Z", &completed)).await;
    }
    // In the last moment of the last day, and in the first of the next.
    ended(
        &application,
        &ready("2026-11-20T23:59:39Z", "2026-11-20T23:59:59.999Z"),
    )
    .await;
    ended(
        &application,
        &ready("2026-11-20T23:00:00Z", "2026-11-21T00:00:00Z"),
    )
    .await;
    for reason in ["NoText", "NoText", "Encrypted"] {
        let failed = format!(
            "status = 'failed', phase = 'Failed', error_reason = '{reason}', processing_completed_at = '2026-11-15T10:00:00Z'"
        );
        ended(&application, &failed).await;
    }
    ended(&application, "queue = 'quick', phase = 'Processing'").await;
    ended(&application, "queue = 'quick'").await;
    ended(&application, "size_bytes = 1000").await;
    let mut administrator = databases::administrator(&application.database.name).await;
    let usage = format!(
        "INSERT INTO usage (tenant_id, day, documents, pages, tokens, bytes, cpu_milliseconds) VALUES \
         ('{0}', '2026-11-10', 4, 40, 400, 4000, 1250), ('{0}', '2026-11-21', 1, 1, 1, 1, 1)",
        application.tenant
    );
    databases::execute(&mut administrator, usage).await;

    let path = "/api/stats?from=2026-11-10&to=2026-11-20";
    let answer = application.get(path).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    let found = answer.json();
    assert_eq!(
        found["documents"],
        json!({"processing": 3, "ready": 6, "failed": 3, "total": 12, "bytes": 1110})
    );
    assert_eq!(
        found["queues"],
        json!([{"queue": "documents", "waiting": 1, "running": 0}, {"queue": "quick", "waiting": 1, "running": 1}])
    );
    assert_eq!(
        found["reasons"],
        json!([{"reason": "NoText", "documents": 2}, {"reason": "Encrypted", "documents": 1}])
    );
    let seconds = &found["processing_seconds"];
    assert_eq!(seconds["documents"], 5);
    assert_eq!(seconds["p50"], 12.0);
    assert_eq!(seconds["max"], 20.999);
    let near = |value: &Value, expected: f64| (value.as_f64().unwrap() - expected).abs() < 0.001;
    assert!(near(&seconds["average"], 12.1998), "{seconds}");
    assert!(near(&seconds["p95"], 19.9992), "{seconds}");
    assert_eq!(found["total_seconds"]["p50"], 72.0);
    let day = json!({"day": "2026-11-10", "documents": 4, "pages": 40, "tokens": 400, "bytes": 4000, "cpu_seconds": 1.25});
    assert_eq!(found["days"], json!([day]));

    let csv = application.get(&format!("{path}&format=csv")).await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    let lines = "day,documents,pages,tokens,bytes,cpu_seconds\r\n2026-11-10,4,40,400,4000,1.25\r\n";
    assert_eq!(String::from_utf8(csv.bytes).unwrap(), lines);

    let (_, _, other) = application::tenant(&application.database, "other").await;
    let theirs = application.get_as(&other, path).await.json();
    assert_eq!(theirs["documents"]["total"], 0);
    assert_eq!((&theirs["queues"], &theirs["days"]), (&json!([]), &json!([])));
    assert_eq!(theirs["processing_seconds"]["average"], Value::Null);
}
