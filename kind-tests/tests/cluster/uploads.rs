//! Uploads over HTTP, to the end.

use anyhow::{Context, Result, ensure};
use crds::labels;
use kind_tests::{
    api::{Upload, number, text},
    pdf,
    space::{Kind, beside_others},
    store::Store,
    wait,
};
use kube::ResourceExt;
use reqwest::{Method, StatusCode};

/// The files of a result are named by it.
const NAME: &str = "Il libro gi\u{e0} letto \u{5831}\u{544a}.pdf";

#[tokio::test]
async fn an_upload_becomes_ready_and_its_files_can_be_fetched() {
    beside_others(Kind::Tenants, "upload", async |space| {
        let api = space.api();
        let answer = api.upload(Upload::pdf(NAME, &pdf::prose(10))).await?;
        ensure!(answer.status == StatusCode::ACCEPTED, "{answer}");
        let body = answer.json()?;
        ensure!(
            body["success"] == true && body["status"] == "processing",
            "{body}"
        );
        ensure!(
            body["message"] == "Document uploaded and queued for processing",
            "{body}"
        );
        let id = text(&body, "/document_id")?.to_owned();
        ensure!(answer.header("location").contains(&id), "{answer:?}");
        let queued = api.json(&format!("/api/documents/{id}")).await?;

        let status = api.finished(&id, wait::SOON).await?;
        ensure!(
            status["status"] == "ready" && status["task_state"] == "SUCCESS" && status["ready"] == true,
            "{status}"
        );
        ensure!(
            status["progress"] == 100 && status["document_id"] == id.as_str(),
            "{status}"
        );
        ensure!(number(&status, "/total_chunks")? > 1, "{status}");
        for field in [
            "message",
            "queue_position",
            "eta_seconds",
            "attempt",
            "pages_done",
            "pages_total",
            "error",
        ] {
            ensure!(status.get(field).is_some(), "the status has no {field}: {status}");
        }

        let resource = space
            .uploads()
            .get(&format!("doc-{id}-1"))
            .await
            .context("the resource")?;
        ensure!(
            queued["doc_metadata"]["task_id"] == resource.uid().unwrap_or_default(),
            "the record did not name its task at once: {queued}"
        );
        ensure!(resource.labels().get(labels::TENANT) == Some(&space.account().tenant));
        ensure!(resource.labels().get(labels::DOCUMENT_ID) == Some(&id));
        ensure!(resource.labels().get(labels::OWNER_ID) == Some(&space.account().user));

        let metadata = api.json(&format!("/api/documents/{id}/metadata")).await?;
        ensure!(
            metadata["file"] == NAME && metadata["total_pages"] == 10,
            "{}",
            metadata["file"]
        );
        let index = api.json(&format!("/api/documents/{id}/index")).await?;
        ensure!(index["metadata"][0]["text"] == metadata["chunks"][0]["text"]);
        ensure!(index["chunk_to_frame"]["0"] == 0 && index["frame_to_chunks"]["0"][0] == 0);
        let source = api.download(&format!("/api/documents/{id}/source")).await?;
        ensure!(source == pdf::prose(10), "the source is not what was uploaded");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_broken_file_fails_with_its_reason() {
    beside_others(Kind::Tenants, "broken", async |space| {
        let api = space.api();
        let id = api.upload_accepted("broken.pdf", &pdf::broken()).await?;
        let status = api.finished(&id, wait::SOON).await?;
        ensure!(
            status["status"] == "failed" && status["task_state"] == "FAILURE",
            "{status}"
        );
        ensure!(
            status["error"]["reason"] == "Malformed" && status["ready"] == false,
            "{status}"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_cancelled_document_is_encoded_when_it_is_tried_again() {
    beside_others(Kind::Tenants, "retry", async |space| {
        let api = space.api();
        let id = api.upload_accepted("a.pdf", &pdf::prose(2)).await?;
        // The account is new, so that no Pod waits for its documents: starting one takes longer than this.
        let document = format!("/api/documents/{id}");
        let answer = api.send(Method::POST, &format!("{document}/cancel")).await?;
        ensure!(answer.status == StatusCode::ACCEPTED, "{answer}");
        let status = api.finished(&id, wait::SOON).await?;
        ensure!(status["error"]["reason"] == "Cancelled", "{status}");
        let answer = api.send(Method::POST, &format!("{document}/retry")).await?;
        ensure!(answer.status == StatusCode::ACCEPTED, "{answer}");
        let status = api.finished(&id, wait::SOON).await?;
        ensure!(status["status"] == "ready", "{status}");
        let again = space
            .uploads()
            .get(&format!("doc-{id}-2"))
            .await?
            .uid()
            .context("a uid")?;
        // What was cancelled while its manifest was being written leaves files, which cleanup takes and nobody is given.
        let folder = format!(
            "tenants/{}/documents/{id}/encodings/{again}",
            space.account().tenant
        );
        let keys = Store::of(&space.cluster).await?.keys(&folder).await?;
        ensure!(
            keys.contains(&format!("{folder}/manifest.json")),
            "a result of the resource {again} was expected: {keys:?}"
        );
        let record = api.json(&document).await?;
        ensure!(record["doc_metadata"]["task_id"] == again.as_str(), "{record}");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_same_key_twice_is_one_document() {
    beside_others(Kind::Tenants, "idempotent", async |space| {
        let api = space.api();
        let upload = || Upload::pdf("a.pdf", &pdf::prose(1)).idempotent("once");
        let first = api.upload(upload()).await?.json()?;
        let second = api.upload(upload()).await?.json()?;
        ensure!(
            text(&first, "/document_id")? == text(&second, "/document_id")?,
            "{first} {second}"
        );
        api.finished(text(&first, "/document_id")?, wait::SOON).await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_deleted_document_is_gone_everywhere() {
    beside_others(Kind::Tenants, "delete", async |space| {
        let api = space.api();
        let id = api.upload_accepted("a.pdf", &pdf::prose(2)).await?;
        api.finished(&id, wait::SOON).await?;
        let (store, folder) = (
            Store::of(&space.cluster).await?,
            format!("tenants/{}", space.account().tenant),
        );
        let kept = store.keys(&folder).await?;
        ensure!(
            kept.len() == 4,
            "a source, two files and a manifest were expected: {kept:?}"
        );
        let answer = api.send(Method::DELETE, &format!("/api/documents/{id}")).await?;
        ensure!(answer.status == StatusCode::NO_CONTENT, "{answer}");
        let answer = api.get(&format!("/api/documents/{id}/status")).await?;
        ensure!(answer.status == StatusCode::NOT_FOUND, "{answer}");
        wait::gone(&space.uploads(), &format!("doc-{id}-1"), wait::SOON).await?;
        store.emptied(&folder).await
    })
    .await;
}

/// An account's documents are listed, and no one else's.
#[tokio::test]
async fn the_list_holds_the_callers_documents() {
    async fn ids(api: &kind_tests::api::ApiClient<'_>) -> Result<String> {
        Ok(api.json("/api/documents").await?.to_string())
    }
    beside_others(Kind::Tenants, "list", async |space| {
        let api = space.api();
        let id = api.upload_accepted("a.pdf", &pdf::prose(1)).await?;
        ensure!(ids(&api).await?.contains(&id));
        let other = kind_tests::admin::create_account(&space.cluster, "another").await?;
        ensure!(!ids(&space.address.with_key(&other.key)).await?.contains(&id));
        api.finished(&id, wait::SOON).await?;
        Ok(())
    })
    .await;
}

/// The same file again is ready at once with the first one's result, which stays for as long as either has it.
#[tokio::test]
async fn the_same_file_has_the_same_result_until_the_last_is_deleted() {
    beside_others(Kind::Tenants, "reuse", async |space| {
        let api = space.api();
        let upload = || Upload::pdf("a.pdf", &pdf::prose(2)).may_reuse();
        let first = text(&api.upload(upload()).await?.json()?, "/document_id")?.to_owned();
        api.finished(&first, wait::SOON).await?;
        let answer = api.upload(upload()).await?.json()?;
        ensure!(answer["reused"] == true, "{answer}");
        let second = text(&answer, "/document_id")?.to_owned();
        let status = api.status(&second).await?;
        ensure!(status["status"] == "ready", "{status}");
        let resource = space.uploads().get_opt(&format!("doc-{second}-1")).await?;
        ensure!(resource.is_none(), "it was encoded: {resource:?}");

        // What another encoding would have written.
        let forced = api.upload_accepted("a.pdf", &pdf::prose(2)).await?;
        api.finished(&forced, wait::SOON).await?;
        let (store, folder) = (
            Store::of(&space.cluster).await?,
            format!("tenants/{}", space.account().tenant),
        );
        let delete = async |id: &str| {
            let answer = api.send(Method::DELETE, &format!("/api/documents/{id}")).await?;
            ensure!(answer.status == StatusCode::NO_CONTENT, "{answer}");
            wait::gone(&space.uploads(), &format!("doc-{id}-1"), wait::SOON).await
        };
        delete(&first).await?;
        for part in ["metadata", "index"] {
            let of = async |id: &str| api.download(&format!("/api/documents/{id}/{part}")).await;
            ensure!(of(&second).await? == of(&forced).await?, "{part} differs");
        }
        delete(&forced).await?;
        wait::answer("one source and one result", wait::TICK, wait::SOON, async || {
            let kept = store.keys(&folder).await?;
            ensure!(kept.len() == 4, "{kept:?}");
            Ok(())
        })
        .await?;
        for part in ["metadata", "index", "source"] {
            api.download(&format!("/api/documents/{second}/{part}")).await?;
        }
        delete(&second).await?;
        store.emptied(&folder).await
    })
    .await;
}
