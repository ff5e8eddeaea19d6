mod s3;

use std::path::Path;

use encoder_job::{
    chunk::{Parameters, TokenCounter, Vocabulary},
    document::{ExtractedDocument, Format, Page, PageStatus},
    encode::{self, OnEmptyPages, Options},
    extract::RunningHeads,
};

use super::*;
use crate::run::store::Stores;

const POD_A: &str = "pod-a";
const POD_B: &str = "pod-b";

fn assignment() -> Assignment {
    serde_json::from_value(serde_json::json!({
        "namespace": "team", "name": "name", "uid": "u", "attempt": 1, "tries": 1, "owner": {"namespace": "team"},
        "documentId": "d", "fileName": "f.txt", "source": {"object": "k"}, "chunking": {},
        "onEmptyPages": "Warn", "timeoutSeconds": 60, "maxSourceBytes": 1000
    }))
    .unwrap()
}

/// A document of one page, encoded by this Pod.
fn encoded(pod_uid: &str) -> Encoded {
    let page = Page {
        number: 1,
        text: "A sentence that is long enough to be a chunk of its own.".to_owned(),
        status: PageStatus::Ok,
    };
    let parameters = Parameters::default();
    let mut counter = TokenCounter::new(Vocabulary::new(parameters.tokenizer));
    counter.add(&page);
    let document = ExtractedDocument {
        format: Format::Text,
        pages: vec![page],
        headings: Vec::new(),
        warnings: Vec::new(),
    };
    let options = Options {
        file_name: "f.txt".to_owned(),
        source_sha256: "0".repeat(64),
        parameters,
        running_heads: RunningHeads::default(),
        on_empty_pages: OnEmptyPages::Warn,
    };
    let prefix = format!("attempt-{pod_uid}/");
    encode::encode(&document, &options, &counter.finish(), &prefix).unwrap()
}

/// A store in a folder, and the folder of the assignment's results in it.
fn store() -> (tempfile::TempDir, Store, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("file://{}", folder.path().display());
    let store = Stores::open(&url, None, None)
        .unwrap()
        .of(&assignment(), POD_A, &Cancellation::default());
    let results = folder.path().join(assignment().encoding_prefix());
    std::fs::create_dir_all(&results).unwrap();
    (folder, store, results)
}

async fn commit_as(pod_uid: &str, store: &Store) -> Result<ResultSummary, Failure> {
    let wanted = Cancellation::default();
    commit(&assignment(), pod_uid, encoded(pod_uid), store, &wanted).await
}

fn files(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.path() {
            path if path.is_dir() => files(&path),
            _ => 1,
        })
        .sum()
}

#[tokio::test]
async fn a_manifest_that_came_while_a_broken_one_was_judged_stays_the_only_one() {
    let (_folder, store, results) = store();
    let manifest = results.join("manifest.json");
    std::fs::write(&manifest, "broken").unwrap();
    // A judges; before it acts, B has mended all and committed.
    let Found::Broken(judged) = look(&assignment(), &store).await.unwrap() else {
        panic!("it is broken");
    };
    let of_b = commit_as(POD_B, &store).await;
    assert!(of_b.is_err(), "B sets the broken one aside first");
    let of_b = commit_as(POD_B, &store).await.unwrap();
    set_aside(&assignment(), POD_A, &store, &judged).await.unwrap();
    let of_a = commit_as(POD_A, &store).await.unwrap();
    assert_eq!(of_a, of_b);
    assert_eq!(sha256(&std::fs::read(&manifest).unwrap()), of_b.manifest_sha256);
    assert_eq!(existing(&assignment(), POD_A, &store).await.unwrap(), Some(of_b));
    assert_eq!(files(&results.join("attempt-pod-a")), 0, "A keeps nothing");
}

#[tokio::test]
async fn a_broken_manifest_is_set_aside_and_what_is_not_there_any_more_is_not_missed() {
    let (_folder, store, results) = store();
    std::fs::write(results.join("manifest.json"), "broken").unwrap();
    assert_eq!(existing(&assignment(), POD_A, &store).await.unwrap(), None);
    assert!(!results.join("manifest.json").exists());
    let aside = std::fs::read(results.join("attempt-pod-a/broken-manifest.json")).unwrap();
    assert_eq!(aside, b"broken");
    set_aside(&assignment(), POD_B, &store, b"broken").await.unwrap();
    assert!(!results.join("attempt-pod-b").exists());
}

#[tokio::test]
async fn a_document_that_is_given_up_while_it_is_saved_leaves_no_file() {
    let (_folder, store, results) = store();
    let unwanted = Cancellation::default();
    unwanted.cancel();
    commit(&assignment(), POD_A, encoded(POD_A), &store, &unwanted)
        .await
        .unwrap_err();
    assert_eq!(files(&results), 0);
}

#[tokio::test]
async fn a_pod_that_commits_twice_keeps_its_files() {
    let (_folder, store, results) = store();
    let first = commit_as(POD_A, &store).await.unwrap();
    assert_eq!(commit_as(POD_A, &store).await.unwrap(), first);
    assert_eq!(files(&results), 3);
    assert_eq!(existing(&assignment(), POD_B, &store).await.unwrap(), Some(first));
}

#[tokio::test]
async fn where_nobody_can_say_whose_manifest_it_is_its_files_stay() {
    let (_folder, store, results) = store();
    let manifest = std::fs::File::create(results.join("manifest.json")).unwrap();
    // Too large to be read, and without taking room.
    manifest.set_len(READ_LIMIT + 1).unwrap();
    let failure = commit_as(POD_A, &store).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::SourceTooLarge);
    assert_eq!(files(&results.join("attempt-pod-a")), 2);
}

#[tokio::test]
async fn a_result_that_is_there_is_found_and_a_broken_one_is_left_where_it_is() {
    let (_folder, store, results) = store();
    assert_eq!(committed(&assignment(), &store).await, None);
    let result = commit_as(POD_A, &store).await.unwrap();
    assert_eq!(committed(&assignment(), &store).await, Some(result));
    let manifest = results.join("manifest.json");
    std::fs::write(&manifest, "{}").unwrap();
    assert_eq!(committed(&assignment(), &store).await, None);
    assert_eq!(std::fs::read(&manifest).unwrap(), b"{}");
}
