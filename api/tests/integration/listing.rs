//! Lists: filtered, searched, sorted, and gone through page by page.

use axum::body::Body;
use serde_json::{Value, json};

use crate::{
    application::{self, Answer, Application},
    documents::{document, insert, moment, ready, resource},
};

fn names(answer: &Value) -> Vec<String> {
    let documents = answer["documents"].as_array().unwrap();
    documents
        .iter()
        .map(|one| one["filename"].as_str().unwrap().to_owned())
        .collect()
}

async fn change(application: &Application, method: &str, path: &str) -> Answer {
    let request = application.request(method, path).body(Body::empty()).unwrap();
    application.send(request).await
}

async fn with_documents(names: &[&str]) -> Application {
    let application = application::application().await;
    for (second, name) in names.iter().enumerate() {
        let mut one = document(application.tenant, application.user);
        one.file.filename = (*name).to_owned();
        one.created_at = moment(i64::try_from(second / 2).unwrap()); // Two share each moment.
        insert(&application.database.api, &one).await;
    }
    application
}

#[tokio::test]
async fn every_order_is_gone_through_page_by_page() {
    let application = with_documents(&["c", "a", "e", "b", "d", "a"]).await;
    for (sort, expected) in [("filename", "aabcde"), ("-filename", "edcbaa")] {
        let (mut all, mut cursor) = (String::new(), String::new());
        loop {
            let answer = application
                .get(&format!("/api/documents?limit=2&sort={sort}&cursor={cursor}"))
                .await
                .json();
            all.extend(names(&answer));
            match answer["next_cursor"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(all, expected, "{sort}");
    }
    let newest = names(&application.get("/api/documents?limit=2").await.json());
    assert!(
        newest.contains(&"d".to_owned()) && newest.contains(&"a".to_owned()),
        "{newest:?}"
    );
}

#[tokio::test]
async fn a_list_is_filtered_by_status_and_name() {
    let application = with_documents(&["Relazione_1.pdf", "relazione 2.pdf", "100%.md"]).await;
    let mut done = document(application.tenant, application.user);
    done.file.filename = "done".into();
    insert(&application.database.api, &done).await;
    let observation = crate::documents::observed(&resource(&done, uuid::Uuid::new_v4(), ready()));
    crate::documents::write(&application.database.mirror, &observation, moment(9)).await;
    for (query, expected) in [
        ("status=ready", vec!["done"]),
        ("status=failed", vec![]),
        (
            "search=RELAZIONE&sort=filename",
            vec!["Relazione_1.pdf", "relazione 2.pdf"],
        ),
        ("search=_", vec!["Relazione_1.pdf"]),
        ("search=%25", vec!["100%.md"]),
    ] {
        let mut found = names(&application.get(&format!("/api/documents?{query}")).await.json());
        let mut expected = expected;
        found.sort();
        expected.sort_unstable();
        assert_eq!(found, expected, "{query}");
    }
}

#[tokio::test]
async fn a_list_says_how_many_match_where_it_is_asked() {
    let application = with_documents(&["a.pdf", "b.pdf", "c.pdf", "d.md"]).await;
    for (query, matching) in [
        ("", json!(null)),
        ("count=false", json!(null)),
        ("count=true", json!(4)),
        ("count=true&search=pdf&limit=1", json!(3)),
        ("count=true&search=none", json!(0)),
    ] {
        let answer = application.get(&format!("/api/documents?{query}")).await.json();
        assert_eq!(answer["matching"], matching, "{query}");
    }
}

#[tokio::test]
async fn a_failure_that_is_acknowledged_is_left_out_until_the_document_fails_anew() {
    let application = with_documents(&["working"]).await;
    let failed = document(application.tenant, application.user);
    insert(&application.database.api, &failed).await;
    let mut administrator = crate::databases::administrator(&application.database.name).await;
    let fail = format!(
        "UPDATE documents SET status = 'failed', phase = 'Failed', error_reason = 'NoText', processing_completed_at = now(), \
         encoding_number = encoding_number + 1, filename = 'failed' WHERE id = '{}'",
        failed.id
    );
    crate::databases::execute(&mut administrator, fail.clone()).await;
    let found = async |query: &str| names(&application.get(&format!("/api/documents?{query}")).await.json());
    let path = format!("/api/documents/{}/acknowledgement", failed.id);

    assert_eq!(found("status=failed&acknowledged=false").await, ["failed"]);
    for _ in 0..2 {
        assert_eq!(change(&application, "PUT", &path).await.status, 204);
        assert_eq!(found("acknowledged=true").await, ["failed"]);
        assert_eq!(
            found("status=failed&acknowledged=false").await,
            Vec::<String>::new()
        );
        assert_eq!(found("acknowledged=false").await, ["working"]);
    }
    assert_eq!(change(&application, "DELETE", &path).await.status, 204);
    assert_eq!(found("acknowledged=true").await, Vec::<String>::new());

    assert_eq!(change(&application, "PUT", &path).await.status, 204);
    crate::databases::execute(&mut administrator, fail).await;
    assert_eq!(found("status=failed&acknowledged=false").await, ["failed"]);
    crate::databases::execute(
        &mut administrator,
        format!("DELETE FROM documents WHERE id = '{}'", failed.id),
    )
    .await;
    assert_eq!(application.count("acknowledgements").await, 0);
}

#[tokio::test]
async fn what_has_not_failed_is_not_acknowledged() {
    let application = with_documents(&["working"]).await;
    let id = application.get("/api/documents").await.json()["documents"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let refused = change(
        &application,
        "PUT",
        &format!("/api/documents/{id}/acknowledgement"),
    )
    .await;
    assert_eq!(
        (refused.status.as_u16(), refused.json()["code"].as_str()),
        (409, Some("not_failed"))
    );
    let unknown = format!("/api/documents/{}/acknowledgement", uuid::Uuid::new_v4());
    for method in ["PUT", "DELETE"] {
        assert_eq!(change(&application, method, &unknown).await.status, 404);
    }
}

#[tokio::test]
async fn a_list_is_of_what_holds_all_that_is_said() {
    let application = with_documents(&["a", "b", "c", "d", "e", "f"]).await;
    let mut administrator = crate::databases::administrator(&application.database.name).await;
    for (name, change) in [
        ("a", "queue = 'other', size_bytes = 100"),
        (
            "b",
            "status = 'ready', phase = 'Ready', language = 'it', processing_completed_at = now(), size_bytes = 200",
        ),
        (
            "c",
            "status = 'ready', phase = 'Ready', language = 'en', processing_completed_at = now(), size_bytes = 200",
        ),
        (
            "d",
            "status = 'failed', phase = 'Failed', error_reason = 'NoText', processing_completed_at = now()",
        ),
        (
            "e",
            "status = 'failed', phase = 'Failed', error_reason = 'Encrypted', processing_completed_at = now()",
        ),
    ] {
        let statement = format!("UPDATE documents SET {change} WHERE filename = '{name}'");
        crate::databases::execute(&mut administrator, statement).await;
    }
    let time = |second| moment(second).to_string();
    for (query, expected) in [
        ("queue=other", "a"),
        ("language=it", "b"),
        ("status=ready&min_bytes=200&max_bytes=200", "bc"),
        ("status=ready&min_bytes=200&language=en&search=C", "c"),
        ("reason=NoText", "d"),
        ("status=failed", "de"),
        ("status=ready&reason=NoText", ""),
        ("max_bytes=100", "adef"),
        (
            &format!("created_from={}&created_before={}", time(1), time(2)),
            "cd",
        ),
        (&format!("created_from={}", time(2)), "ef"),
    ] {
        let answer = application
            .get(&format!("/api/documents?sort=filename&{query}"))
            .await
            .json();
        assert_eq!(names(&answer).concat(), expected, "{query}");
    }
}
