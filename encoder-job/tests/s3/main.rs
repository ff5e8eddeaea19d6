//! A Pod whose store is S3, as a process of its own: it holds no credentials, and asks the operator's own endpoint for URLs.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cut;
#[path = "../standing/pod.rs"]
mod pod;
mod signing_operator;
#[path = "../../../operator/tests/s3/versitygw.rs"]
mod versitygw;

use crds::{Assignment, job::environment, keys};
use cut::CutConnections;
use operator::s3::S3Store;
use pod::{Place, until};
use signing_operator::SigningOperator;
use versitygw::S3Server;

const URL: &str = "s3://documents/prefix";

fn start_server() -> S3Server {
    let _ = rustls::crypto::ring::default_provider().install_default();
    S3Server::start()
}

fn signer(builder: object_store::aws::AmazonS3Builder) -> S3Store {
    S3Store::open(builder, URL, "").unwrap().unwrap()
}

fn text(lines: usize) -> Vec<u8> {
    "A line of prose that says nothing in particular, and says it well.\n"
        .repeat(lines)
        .into_bytes()
}

async fn assignment(server: &S3Server, uid: &str, lines: usize) -> Assignment {
    server
        .upload(&format!("prefix/tenants/t/documents/{uid}/source"), &text(lines))
        .await;
    serde_json::from_value(serde_json::json!({
        "namespace": "team", "name": uid, "uid": uid, "attempt": 1, "tries": 1, "owner": {"tenant": "t"},
        "documentId": uid, "fileName": "f è.txt", "source": {"object": format!("tenants/t/documents/{uid}/source")},
        "chunking": {}, "onEmptyPages": "Warn", "timeoutSeconds": 600, "maxSourceBytes": 1_u64 << 30
    }))
    .unwrap()
}

fn manifest(assignment: &Assignment) -> String {
    format!("prefix/{}", keys::manifest(&assignment.encoding_prefix()))
}

fn settings(place: &Place, operator: &SigningOperator, most: u32) -> Vec<(&'static str, String)> {
    vec![
        (environment::STORE_URL, URL.to_owned()),
        (environment::OPERATOR_URL, operator.url()),
        (environment::MAX_DOCUMENTS, most.to_string()),
        ("RUST_LOG", "trace".to_owned()),
        // Its image has no authorities of the system.
        (environment::OPERATOR_CA, place.authority()),
        ("SSL_CERT_FILE", "/nonexistent".to_owned()),
        ("SSL_CERT_DIR", "/nonexistent".to_owned()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn documents_are_read_from_s3_and_their_results_are_there() {
    let (server, place) = (start_server(), Place::new());
    place.renew_token("pod");
    let all = [
        assignment(&server, "a", 100).await,
        assignment(&server, "b", 10).await,
    ];
    let operator = SigningOperator::start(signer(server.builder()), &all);
    let pod = place.start(&all[..1], &settings(&place, &operator, 2));
    for assignment in &all {
        until("it has a manifest", || {
            server.file(&manifest(assignment)).exists()
        });
    }
    operator.should(&[], true);
    assert_eq!(pod.exit_status(), Some(0));
    for assignment in &all {
        let attempt = keys::attempt_prefix(&assignment.encoding_prefix(), "pod");
        let kinds = ["index", "metadata"].map(|kind| format!("prefix/{attempt}/f è_sections_{kind}.json"));
        let mut expected = kinds.to_vec();
        expected.push(manifest(assignment));
        assert_eq!(
            server.keys(&format!("prefix/{}", assignment.encoding_prefix())),
            expected
        );
    }
    let log = place.log();
    assert!(log.contains("encoded"), "it logs what it does");
    for secret in ["X-Amz-Signature", "x-amz-signature", "X-Amz-Credential"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_whose_connections_are_cut_is_read_to_its_end() {
    let (server, place) = (start_server(), Place::new());
    place.renew_token("pod");
    let document = assignment(&server, "a", 20_000).await;
    let proxy = CutConnections::start(server.endpoint(), 300_000).await;
    let operator = SigningOperator::start(
        signer(server.builder().with_endpoint(proxy.endpoint())),
        std::slice::from_ref(&document),
    );
    let pod = place.start(std::slice::from_ref(&document), &settings(&place, &operator, 1));
    until("it has a manifest", || server.file(&manifest(&document)).exists());
    assert!(proxy.cut() >= 3, "{} connections were cut", proxy.cut());
    operator.should(&[], true);
    drop(pod);
    let written: serde_json::Value =
        serde_json::from_slice(&std::fs::read(server.file(&manifest(&document))).unwrap()).unwrap();
    assert_eq!(
        written["source_sha256"],
        encoder_job::digest::sha256(&text(20_000))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_whose_authority_is_named_is_reached_over_tls_and_another_is_not() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = S3Server::start_over_tls();
    let authority = server.authority().to_owned();
    let place = Place::new();
    place.renew_token("pod");
    let document = assignment(&server, "a", 10).await;
    let store = S3Store::open(server.builder(), URL, &authority).unwrap().unwrap();
    store.check().await.unwrap();
    let operator = SigningOperator::start(store, std::slice::from_ref(&document));
    let mut settings = settings(&place, &operator, 1);
    let stranger = place.start(std::slice::from_ref(&document), &settings);
    until("it has tried in vain", || place.log().contains("trying again"));
    drop(stranger);
    assert!(!server.file(&manifest(&document)).exists());
    settings.push((environment::STORE_CA, authority));
    let _pod = place.start(std::slice::from_ref(&document), &settings);
    until("it has a manifest", || server.file(&manifest(&document)).exists());
}
