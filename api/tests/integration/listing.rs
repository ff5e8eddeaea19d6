//! Lists: filtered, searched, sorted, and gone through page by page.

use serde_json::Value;

use crate::{
    application::{self, Application},
    documents::{document, insert, moment, ready, resource},
};

fn names(answer: &Value) -> Vec<String> {
    let documents = answer["documents"].as_array().unwrap();
    documents
        .iter()
        .map(|one| one["filename"].as_str().unwrap().to_owned())
        .collect()
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
