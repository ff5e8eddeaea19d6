//! Where documents come from when they are applied with kubectl, and what is refused.

use anyhow::{Context, Result, ensure};
use crds::{DocumentEncoding, Phase, Reason, condition};
use k8s_openapi::api::core::v1::PersistentVolumeClaim;
use kind_tests::{
    encodings::{self, encoding, finished, in_config_map, in_store, in_volume, is_true, ready},
    pdf,
    space::{Kind, Space, beside_others},
    wait,
};
use kube::{Api, api::PostParams};
use serde_json::json;

fn failure(resource: &DocumentEncoding) -> Option<Reason> {
    resource
        .status
        .as_ref()?
        .failure
        .as_ref()
        .map(|failure| failure.reason)
}

async fn fails(space: &Space, resource: &DocumentEncoding, reason: Reason) -> Result<DocumentEncoding> {
    let name = resource.metadata.name.as_deref().unwrap();
    encodings::create(&space.cluster, &space.namespace, resource).await?;
    let done = finished(&space.cluster, &space.namespace, name, wait::SOON).await?;
    ensure!(failure(&done) == Some(reason), "{:?}", done.status);
    ensure!(encodings::phase(&done) == Some(Phase::Failed) && is_true(&done, condition::STALLED));
    Ok(done)
}

#[tokio::test]
async fn a_pdf_in_a_config_map_becomes_ready() {
    beside_others(Kind::Nobodys, "config-map", async |space| {
        encodings::from_content(
            &space.cluster,
            &space.namespace,
            "book",
            "book.pdf",
            &pdf::prose(12),
        )
        .await?;
        let done = ready(&space.cluster, &space.namespace, "book", wait::SOON).await?;
        ensure!(is_true(&done, condition::READY) && !is_true(&done, condition::RECONCILING));
        let status = done.status.context("a status")?;
        let result = status.result.clone().context("a result")?;
        ensure!(
            (result.total_pages, result.language.as_str()) == (12, "en"),
            "{result:?}"
        );
        ensure!(result.total_chunks > 1 && result.empty_pages == 0, "{result:?}");
        ensure!(
            (status.progress, status.attempt, status.tries) == (Some(100), Some(1), Some(1)),
            "{status:?}"
        );
        let finalizers = done.metadata.finalizers.unwrap_or_default();
        ensure!(
            finalizers == [crds::labels::ARCHIVE_FINALIZER],
            "it is not held until its outcome is archived: {finalizers:?}"
        );
        ensure!(
            result
                .manifest
                .starts_with(&format!("namespaces/{}/", space.namespace)),
            "{result:?}"
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_resource_of_a_tenants_namespace_appears_as_the_tenants_document() {
    beside_others(Kind::Tenants, "mirrored", async |space| {
        let made = encodings::from_content(
            &space.cluster,
            &space.namespace,
            "book",
            "book.pdf",
            &pdf::prose(3),
        )
        .await?;
        let id = made.metadata.uid.context("a uid")?;
        let done = ready(&space.cluster, &space.namespace, "book", wait::SOON).await?;
        let prefix = format!("tenants/{}/documents/{id}/", space.account().tenant);
        ensure!(done.status.unwrap().result.unwrap().manifest.starts_with(&prefix));
        let api = space.api();
        let status = wait::answer("mirrored", wait::TICK, wait::SOON, async || {
            let status = api.status(&id).await?;
            ensure!(status["status"] == "ready", "{status}");
            Ok(status)
        })
        .await?;
        ensure!(status["task_state"] == "SUCCESS", "{status}");
        let metadata = api.json(&format!("/api/documents/{id}/metadata")).await?;
        ensure!(metadata["file"] == "book.pdf", "{}", metadata["file"]);
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn what_does_not_come_is_not_found_after_a_while() {
    beside_others(Kind::Nobodys, "not-found", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let absent = [
            encoding("no-map", in_config_map("missing", "a.txt")),
            encoding("no-claim", in_volume("missing", "a.txt", "a.txt")),
        ];
        for resource in &absent {
            encodings::create(cluster, namespace, resource).await?;
        }
        for resource in &absent {
            let name = resource.metadata.name.as_deref().unwrap();
            let waits = encodings::told_for(cluster, namespace, name, "SourceNotFound", wait::SOON).await?;
            ensure!(
                is_true(&waits, condition::RECONCILING) && !is_true(&waits, condition::STALLED),
                "{:?}",
                waits.status
            );
        }
        for resource in &absent {
            let name = resource.metadata.name.as_deref().unwrap();
            let done = finished(cluster, namespace, name, wait::LATE).await?;
            ensure!(
                failure(&done) == Some(Reason::SourceNotFound),
                "{:?}",
                done.status
            );
            ensure!(encodings::phase(&done) == Some(Phase::Failed) && is_true(&done, condition::STALLED));
            let job_name = done.status.and_then(|status| status.job_name);
            ensure!(job_name.is_none(), "a Job was made for {name}: {job_name:?}");
        }
        Ok(())
    })
    .await;
}

/// A volume with a folder of the node in it that every Debian has, and a claim on it that is not meant as a source yet.
async fn licences(space: &Space) -> Result<String> {
    let volume = format!("{}-licences", space.namespace);
    let manifest = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": [
        {
            "apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": volume},
            "spec": {
                "capacity": {"storage": "1Mi"}, "accessModes": ["ReadOnlyMany"], "storageClassName": "",
                "claimRef": {"namespace": space.namespace, "name": "licences"},
                "hostPath": {"path": "/usr/share/common-licenses", "type": "Directory"},
            },
        },
        {
            "apiVersion": "v1", "kind": "PersistentVolumeClaim",
            "metadata": {"name": "licences", "namespace": space.namespace},
            "spec": {
                "accessModes": ["ReadOnlyMany"], "storageClassName": "", "volumeName": volume,
                "resources": {"requests": {"storage": "1Mi"}},
            },
        },
    ]});
    space
        .kubectl(&["create", "-f", "-"], &manifest.to_string())
        .await?
        .expect_success()?;
    Ok(volume)
}

#[tokio::test]
async fn a_file_in_a_volume_is_read_and_nothing_else_than_files_below_it() {
    beside_others(Kind::Nobodys, "volume", async |space| {
        let volume = licences(space).await?;
        let claimed = |path: &str, name: &str| encoding(name, in_volume("licences", path, "licence.txt"));
        fails(space, &claimed("Apache-2.0", "unlabelled"), Reason::InvalidSpec).await?;
        let label = format!("{}=true", crds::labels::SOURCE);
        space
            .kubectl(&["label", "pvc", "licences", &label], "")
            .await?
            .expect_success()?;
        encodings::create(&space.cluster, &space.namespace, &claimed("./Apache-2.0", "file")).await?;
        let done = ready(&space.cluster, &space.namespace, "file", wait::SOON).await?;
        ensure!(done.status.unwrap().result.unwrap().language == "en");
        fails(
            space,
            &claimed("no-such-licence", "missing"),
            Reason::SourceNotFound,
        )
        .await?;
        // A symbolic link to another file in the same folder.
        fails(space, &claimed("GPL", "link"), Reason::InvalidSpec).await?;
        fails(space, &claimed("../passwd", "upwards"), Reason::InvalidSpec).await?;
        space
            .kubectl(&["delete", "pv", &volume, "--wait=false"], "")
            .await?
            .expect_success()?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_config_map_that_is_not_meant_as_a_source_is_not_read() {
    beside_others(Kind::Nobodys, "unlabelled", async |space| {
        encodings::config_map(&space.cluster, &space.namespace, "secret-plans", b"plans").await?;
        let label = format!("{}-", crds::labels::SOURCE);
        space
            .kubectl(&["label", "configmap", "secret-plans", &label], "")
            .await?
            .expect_success()?;
        let done = fails(
            space,
            &encoding("thief", in_config_map("secret-plans", "a.txt")),
            Reason::InvalidSpec,
        )
        .await?;
        ensure!(done.status.unwrap().job_name.is_none(), "a Job was made for it");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_object_of_another_tenant_is_refused_and_nobody_has_none() {
    beside_others(Kind::Tenants, "foreign-object", async |space| {
        let foreign = in_store(
            "tenants/00000000-0000-4000-8000-000000000000/documents/x/source",
            "a.pdf",
        );
        fails(space, &encoding("foreign", foreign), Reason::InvalidSpec).await?;
        let own = format!("tenants/{}/documents/none/source", space.account().tenant);
        fails(
            space,
            &encoding("missing", in_store(&own, "a.pdf")),
            Reason::SourceNotFound,
        )
        .await?;
        Ok(())
    })
    .await;
    beside_others(Kind::Nobodys, "nobodys-object", async |space| {
        let key = format!("namespaces/{}/x", space.namespace);
        fails(
            space,
            &encoding("object", in_store(&key, "a.pdf")),
            Reason::InvalidSpec,
        )
        .await?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn files_that_cannot_be_encoded_say_why_and_are_tried_once() {
    beside_others(Kind::Nobodys, "refusals", async |space| {
        for (name, file_name, content, reason) in [
            ("broken", "a.pdf", pdf::broken(), Reason::Malformed),
            ("picture", "a.pdf", pdf::png(), Reason::UnsupportedFormat),
            ("empty-pages", "a.pdf", pdf::without_text(2), Reason::NoText),
        ] {
            encodings::from_content(&space.cluster, &space.namespace, name, file_name, &content).await?;
            let done = finished(&space.cluster, &space.namespace, name, wait::SOON).await?;
            ensure!(failure(&done) == Some(reason), "{name}: {:?}", done.status);
            let status = done.status.unwrap();
            ensure!(
                status.attempt == Some(1) && status.failure.unwrap().exit_code == Some(65),
                "{name}"
            );
        }
        Ok(())
    })
    .await;
}

/// A claim that no volume answers.
fn unbound(name: &str) -> Result<PersistentVolumeClaim> {
    Ok(serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "", "resources": {"requests": {"storage": "1Mi"}}},
    }))?)
}

#[tokio::test]
async fn the_claim_of_the_whole_store_is_no_source() {
    beside_others(Kind::Nobodys, "store-claim", async |space| {
        let labelled = format!("{}=true", crds::labels::SOURCE);
        let claims: Api<PersistentVolumeClaim> = space.objects();
        if claims.get_opt(crds::job::STORE_CLAIM).await?.is_none() {
            // Where the store is a bucket, the name is reserved all the same.
            claims
                .create(&PostParams::default(), &unbound(crds::job::STORE_CLAIM)?)
                .await?;
        }
        space
            .kubectl(&["label", "pvc", crds::job::STORE_CLAIM, &labelled], "")
            .await?
            .expect_success()?;
        let source = in_volume(crds::job::STORE_CLAIM, "tenants/other/source", "a.txt");
        fails(space, &encoding("greedy", source), Reason::InvalidSpec).await?;
        Ok(())
    })
    .await;
}
