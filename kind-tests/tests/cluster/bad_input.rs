//! Bad input over HTTP: a clear answer, and nothing left of it.

use anyhow::{Result, ensure};
use crds::labels;
use kind_tests::{
    admin,
    api::{Answer, Upload},
    pdf,
    space::{Kind, Space, beside_others},
    store::Store,
    wait,
};
use kube::api::ListParams;
use reqwest::{Method, StatusCode};

/// Wants the answer to be a problem of this status.
fn problem(answer: &Answer, status: StatusCode) -> Result<()> {
    ensure!(answer.status == status, "{status} was expected: {answer}");
    ensure!(
        answer
            .header("content-type")
            .starts_with("application/problem+json"),
        "{answer:?}"
    );
    let body = answer.json()?;
    ensure!(
        body["success"] == false && body["message"].is_string() && body["code"].is_string(),
        "{body}"
    );
    Ok(())
}

/// Wants no document of the test's tenant, neither in Postgres nor in the cluster nor in the store.
async fn nothing_left(space: &Space) -> Result<()> {
    let list = space.api().json("/api/documents").await?;
    let listed = list
        .as_object()
        .and_then(|list| list.values().find_map(|value| value.as_array()));
    ensure!(listed.is_some_and(Vec::is_empty), "documents are left: {list}");
    let ours = ListParams::default().labels(&format!("{}={}", labels::TENANT, space.account().tenant));
    ensure!(
        space.uploads().list(&ours).await?.items.is_empty(),
        "resources are left"
    );
    let store = Store::of(&space.cluster).await?;
    store
        .emptied(&format!("tenants/{}", space.account().tenant))
        .await
}

#[tokio::test]
async fn uploads_that_cannot_be_taken_leave_nothing() {
    beside_others(Kind::Tenants, "bad-input", async |space| {
        let api = space.api();
        let long_name = format!("../{}\u{7}.pdf", "a".repeat(300));
        for (upload, status) in [
            (
                Upload::default().field("chunk_size", "100"),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (Upload::pdf("empty.txt", b""), StatusCode::UNPROCESSABLE_ENTITY),
            (Upload::pdf("empty.pdf", b""), StatusCode::UNPROCESSABLE_ENTITY),
            (
                Upload::pdf("picture.pdf", &pdf::png()),
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ),
            (
                Upload::pdf(&long_name, &pdf::prose(1)),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            (
                Upload::pdf("a.pdf", &pdf::prose(1)).field("overlap", "9999"),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
        ] {
            problem(&api.upload(upload).await?, status)?;
        }
        nothing_left(space).await
    })
    .await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    beside_others(Kind::Tenants, "too-large", async |space| {
        let mut content = pdf::prose(1);
        content.resize((100 << 20) + 1, b' ');
        problem(
            &space.api().upload(Upload::pdf("a.pdf", &content)).await?,
            StatusCode::PAYLOAD_TOO_LARGE,
        )?;
        nothing_left(space).await
    })
    .await;
}

#[tokio::test]
async fn a_wrong_key_is_refused() {
    beside_others(Kind::Tenants, "wrong-key", async |space| {
        for key in ["", "sk_wrong", &format!("{}x", space.account().key)] {
            let api = space.address.with_key(key);
            problem(&api.get("/api/documents").await?, StatusCode::UNAUTHORIZED)?;
            problem(
                &api.upload(Upload::pdf("a.pdf", &pdf::prose(1))).await?,
                StatusCode::UNAUTHORIZED,
            )?;
        }
        nothing_left(space).await
    })
    .await;
}

#[tokio::test]
async fn another_tenants_document_is_not_found() {
    beside_others(Kind::Tenants, "anothers", async |space| {
        let id = space.api().upload_accepted("a.pdf", &pdf::prose(1)).await?;
        space.api().finished(&id, wait::SOON).await?;
        let other = admin::create_account(&space.cluster, "another").await?;
        let api = space.address.with_key(&other.key);
        for path in ["", "/status", "/metadata", "/index", "/source"] {
            problem(
                &api.get(&format!("/api/documents/{id}{path}")).await?,
                StatusCode::NOT_FOUND,
            )?;
        }
        problem(
            &api.send(Method::DELETE, &format!("/api/documents/{id}")).await?,
            StatusCode::NOT_FOUND,
        )?;
        let unknown = uuid::Uuid::new_v4();
        problem(
            &api.get(&format!("/api/documents/{unknown}")).await?,
            StatusCode::NOT_FOUND,
        )?;
        ensure!(space.api().status(&id).await?["status"] == "ready");
        Ok(())
    })
    .await;
}
