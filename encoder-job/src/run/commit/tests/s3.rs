//! The same on S3, by URLs of the operator's own endpoint, on a real server.

#[path = "../../../../tests/s3/signing_operator.rs"]
mod signing_operator;
#[path = "../../../../../operator/tests/s3/versitygw.rs"]
mod versitygw;

use std::{path::PathBuf, sync::Arc, time::Duration};

use operator::s3::S3Store;
use signing_operator::SigningOperator;
use tempfile::TempDir;
use versitygw::S3Server;

use super::*;
use crate::run::{configuration::OperatorAddress, operator::Operator, source, store::Stores};

const URL: &str = "s3://documents/prefix";
/// What comes at once comes much sooner.
const SOON: Duration = Duration::from_secs(30);
/// Long enough for a first try to have failed.
const A_WHILE: Duration = Duration::from_millis(500);

struct Place {
    server: S3Server,
    operator: SigningOperator,
    tokens: TempDir,
}

impl Place {
    fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = S3Server::start();
        let operator = SigningOperator::start(signer(&server), &[assignment()]);
        let tokens = tempfile::tempdir().unwrap();
        Self {
            server,
            operator,
            tokens,
        }
    }

    /// The store as this Pod sees it.
    fn store(&self, pod_uid: &str, cancellation: &Cancellation) -> Store {
        let token_file: PathBuf = self.tokens.path().join(pod_uid);
        std::fs::write(&token_file, pod_uid).unwrap();
        let operator = Operator::new(OperatorAddress {
            url: self.operator.url().parse().unwrap(),
            authority: None,
            token_file,
        });
        Stores::open(URL, None, Some(Arc::new(operator.unwrap())))
            .unwrap()
            .of(&assignment(), pod_uid, cancellation)
    }

    fn wanted(&self, pod_uid: &str) -> Store {
        self.store(pod_uid, &Cancellation::default())
    }

    async fn upload_source(&self, bytes: &[u8]) {
        self.server.upload("prefix/k", bytes).await;
    }

    fn files_of(&self, pod_uid: &str) -> usize {
        let prefix = keys::attempt_prefix(&assignment().encoding_prefix(), pod_uid);
        self.server.keys(&format!("prefix/{prefix}")).len()
    }
}

fn manifest() -> String {
    format!("prefix/{}", keys::manifest(&assignment().encoding_prefix()))
}

fn signer(server: &S3Server) -> S3Store {
    S3Store::open(server.builder(), URL, "").unwrap().unwrap()
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(SOON, future).await.expect("it happens soon")
}

#[tokio::test]
async fn of_two_pods_that_commit_at_the_same_time_one_wins_and_both_report_its_result() {
    for _ in 0..10 {
        let place = Place::new();
        let (a, b) = (place.wanted(POD_A), place.wanted(POD_B));
        let (of_a, of_b) = tokio::join!(commit_as(POD_A, &a), commit_as(POD_B, &b));
        let (of_a, of_b) = (of_a.unwrap(), of_b.unwrap());
        assert_eq!(of_a, of_b);
        let stored = std::fs::read(place.server.file(&manifest())).unwrap();
        assert_eq!(sha256(&stored), of_a.manifest_sha256);
        let (winner, loser) = if of_a.metadata_file.contains(POD_A) {
            (POD_A, POD_B)
        } else {
            (POD_B, POD_A)
        };
        assert_eq!((place.files_of(winner), place.files_of(loser)), (2, 0));
        let again = place.wanted(loser);
        assert_eq!(
            existing(&assignment(), loser, &again).await.unwrap(),
            Some(of_a.clone())
        );
        assert_eq!(committed(&assignment(), &again).await, Some(of_a));
    }
}

#[tokio::test]
async fn a_broken_manifest_is_kept_aside_and_replaced_by_the_next() {
    let place = Place::new();
    place.server.upload(&manifest(), b"broken").await;
    let store = place.wanted(POD_A);
    assert_eq!(existing(&assignment(), POD_A, &store).await.unwrap(), None);
    let aside = format!(
        "{}/broken-manifest.json",
        keys::attempt_prefix(&assignment().encoding_prefix(), POD_A)
    );
    assert_eq!(
        std::fs::read(place.server.file(&format!("prefix/{aside}"))).unwrap(),
        b"broken"
    );
    let result = commit_as(POD_A, &store).await.unwrap();
    let stored = std::fs::read(place.server.file(&manifest())).unwrap();
    assert_eq!(sha256(&stored), result.manifest_sha256);
}

#[tokio::test]
async fn a_manifest_that_came_in_the_place_of_a_broken_one_is_not_replaced() {
    let place = Place::new();
    place.server.upload(&manifest(), b"broken").await;
    let (a, b) = (place.wanted(POD_A), place.wanted(POD_B));
    // Both judge it; B is faster.
    assert_eq!(existing(&assignment(), POD_A, &a).await.unwrap(), None);
    assert_eq!(existing(&assignment(), POD_B, &b).await.unwrap(), None);
    let of_b = commit_as(POD_B, &b).await.unwrap();
    assert_eq!(commit_as(POD_A, &a).await.unwrap(), of_b);
    let stored = std::fs::read(place.server.file(&manifest())).unwrap();
    assert_eq!(sha256(&stored), of_b.manifest_sha256);
}

#[tokio::test]
async fn a_source_is_read_if_it_is_there_and_not_too_large() {
    let place = Place::new();
    let store = place.wanted(POD_A);
    let assignment = assignment();
    let read = || source::read(&assignment, &store);
    assert_eq!(read().await.unwrap_err().reason, FailureReason::SourceNotFound);
    place.upload_source(&[b'a'; 1000]).await;
    assert_eq!(read().await.unwrap().len(), 1000);
    place.upload_source(&[b'a'; 1001]).await;
    let failure = read().await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::SourceTooLarge);
    assert!(
        failure.message.contains("1001") && failure.message.contains("1000"),
        "{failure}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_away_for_a_while_is_waited_for() {
    let mut place = Place::new();
    place.upload_source(b"text").await;
    let store = place.wanted(POD_A);
    // It knows its URLs.
    assert_eq!(existing(&assignment(), POD_A, &store).await.unwrap(), None);
    place.server.stop();
    let assignment = assignment();
    let mut reading = std::pin::pin!(source::read(&assignment, &store));
    assert!(
        tokio::time::timeout(A_WHILE, &mut reading).await.is_err(),
        "it waits"
    );
    place.server.begin_again();
    assert_eq!(soon(reading).await.unwrap(), b"text");
    place.server.stop();
    let mut committing = std::pin::pin!(commit_as(POD_A, &store));
    assert!(
        tokio::time::timeout(A_WHILE, &mut committing).await.is_err(),
        "it waits"
    );
    place.server.begin_again();
    soon(committing).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_that_is_away_is_waited_for_as_long_as_the_document_is_wanted() {
    let mut place = Place::new();
    place.upload_source(b"text").await;
    place.operator.stop().await;
    let assignment = assignment();
    let store = place.wanted(POD_A);
    let mut reading = std::pin::pin!(source::read(&assignment, &store));
    assert!(
        tokio::time::timeout(A_WHILE, &mut reading).await.is_err(),
        "it waits"
    );
    // One that does not know of the assignment yet is one that is away.
    place.operator.should(&[], false);
    place.operator.begin_again(signer(&place.server));
    assert!(
        tokio::time::timeout(A_WHILE, &mut reading).await.is_err(),
        "it waits"
    );
    place.operator.should(std::slice::from_ref(&assignment), false);
    assert_eq!(soon(reading).await.unwrap(), b"text");

    place.operator.stop().await;
    let cancellation = Cancellation::default();
    let unwanted = place.store(POD_B, &cancellation);
    let mut reading = std::pin::pin!(source::read(&assignment, &unwanted));
    assert!(
        tokio::time::timeout(A_WHILE, &mut reading).await.is_err(),
        "it waits"
    );
    cancellation.cancel();
    let failure = tokio::time::timeout(A_WHILE, reading)
        .await
        .expect("it ends at once");
    assert_eq!(failure.unwrap_err(), given_up());
}

#[tokio::test(flavor = "multi_thread")]
async fn urls_that_are_not_taken_any_more_are_replaced() {
    let mut place = Place::new();
    place.upload_source(b"text").await;
    let store = place.wanted(POD_A);
    assert_eq!(existing(&assignment(), POD_A, &store).await.unwrap(), None);
    // The credentials that they were signed with have been replaced.
    place.server.stop();
    place.server.rotate_secret();
    place.server.begin_again();
    place.operator.stop().await;
    place.operator.begin_again(signer(&place.server));
    assert_eq!(source::read(&assignment(), &store).await.unwrap(), b"text");
    commit_as(POD_A, &store).await.unwrap();
    assert_eq!(place.files_of(POD_A), 2);
    // An operator with the wrong ones is no use, and that is said.
    place.server.stop();
    place.server.rotate_secret();
    place.server.begin_again();
    let failure = soon(source::read(&assignment(), &store)).await.unwrap_err();
    assert_eq!(failure.reason, FailureReason::StoreUnavailable);
    assert!(
        failure.message.contains("403") && !failure.message.contains("X-Amz"),
        "{failure}"
    );
}

#[tokio::test]
async fn a_document_that_is_given_up_leaves_no_object() {
    let place = Place::new();
    let unwanted = Cancellation::default();
    let store = place.store(POD_A, &unwanted);
    assert_eq!(existing(&assignment(), POD_A, &store).await.unwrap(), None);
    unwanted.cancel();
    commit(&assignment(), POD_A, encoded(POD_A), &store, &unwanted)
        .await
        .unwrap_err();
    assert_eq!(place.files_of(POD_A), 0);
    assert!(!place.server.file(&manifest()).exists());
    // Nor does one that is given up after its files were written.
    let wanted = place.wanted(POD_A);
    let prefix = keys::attempt_prefix(&assignment().encoding_prefix(), POD_A);
    let key = format!("{prefix}/f_sections_index.json");
    wanted.write(&key, b"index".to_vec()).await.unwrap();
    assert_eq!(place.files_of(POD_A), 1);
    store.delete(&key).await.unwrap();
    assert_eq!(place.files_of(POD_A), 0);
}

#[tokio::test]
async fn without_an_operator_there_is_no_s3() {
    let failure = Stores::open(URL, None, None).err().unwrap();
    assert_eq!(failure.reason, FailureReason::Misconfigured);
    assert!(failure.message.contains("SOCRATE_OPERATOR_URL"), "{failure}");
}
