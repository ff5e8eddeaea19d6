//! What an encoder's identity may do, and what it may not; whose labels are whose.

use anyhow::{Context, Result, bail, ensure};
use crds::{DocumentEncoding, Phase, field_manager, labels};
use k8s_openapi::api::core::v1::{ConfigMap, Pod, Secret};
use kind_tests::{
    encodings,
    identity::{as_encoder, pod_named},
    pdf,
    space::{Kind, beside_others},
    store::Store,
    wait,
};
use kube::{
    Api, Client, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
};
use serde_json::{Value, json};

/// Wants the API server to forbid it.
fn forbidden<T>(what: &str, result: Result<T, kube::Error>) -> Result<()> {
    match result {
        Err(kube::Error::Api(answer))
            if answer.code == 403 || (answer.code == 422 && answer.message.contains("denied")) =>
        {
            Ok(())
        }
        Err(error) => bail!("{what}: refused, but otherwise than it should be: {error}"),
        Ok(_) => bail!("{what}: allowed"),
    }
}

async fn patch_status(
    client: &Client,
    namespace: &str,
    name: &str,
    status: &Value,
) -> Result<DocumentEncoding, kube::Error> {
    let encodings: Api<DocumentEncoding> = Api::namespaced(client.clone(), namespace);
    let patch = Patch::Merge(json!({"status": status}));
    encodings
        .patch_status(name, &PatchParams::default(), &patch)
        .await
}

#[tokio::test]
async fn an_encoder_may_tell_its_progress_and_nothing_else() {
    beside_others(Kind::Nobodys, "identity", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        encodings::from_content(cluster, namespace, "other", "a.pdf", &pdf::prose(1)).await?;
        encodings::ready(cluster, namespace, "other", wait::SOON).await?;
        let (_, pod) = encodings::held(cluster, namespace, "book").await?;
        let encoder = as_encoder(cluster, namespace, &pod).await?;

        patch_status(&encoder, namespace, "book", &json!({"progress": 33})).await.context("its own progress")?;

        for field in [
            json!({"phase": "Ready"}),
            json!({"conditions": []}),
            json!({"attempt": 9}),
            json!({"tries": 9}),
            json!({"queuePosition": 1}),
            json!({"retryTime": "2026-01-01T00:00:00Z"}),
            json!({"jobName": "enc-0123456789abcdef"}),
            json!({"observedGeneration": 99}),
            json!({"completionTime": "2026-01-01T00:00:00Z"}),
            json!({"failure": {"reason": "NoText", "message": "", "retryable": false}}),
            json!({"report": {"attempt": 1, "podUid": "another", "failure": {"reason": "NoText", "message": "", "retryable": false}}}),
        ] {
            forbidden(&field.to_string(), patch_status(&encoder, namespace, "book", &field).await)?;
        }
        forbidden("another resource", patch_status(&encoder, namespace, "other", &json!({"progress": 1})).await)?;
        let elsewhere = patch_status(&encoder, &cluster.encodings_namespace, "book", &json!({"progress": 1})).await;
        forbidden("another namespace", elsewhere)?;

        let encodings: Api<DocumentEncoding> = Api::namespaced(encoder.clone(), namespace);
        let spec = Patch::Merge(json!({"spec": {"cancelled": true}}));
        forbidden("the spec", encodings.patch("book", &PatchParams::default(), &spec).await)?;
        forbidden("reading", encodings.get("book").await)?;
        forbidden("listing", encodings.list(&ListParams::default()).await)?;
        forbidden("deleting", encodings.delete("other", &DeleteParams::default()).await)?;
        let another = encodings::encoding("another", encodings::in_config_map("book", "a.pdf"));
        forbidden("creating", encodings.create(&PostParams::default(), &another).await)?;
        forbidden("secrets", Api::<Secret>::namespaced(encoder.clone(), namespace).list(&ListParams::default()).await)?;
        forbidden("config maps", Api::<ConfigMap>::namespaced(encoder.clone(), namespace).get("book").await)?;
        forbidden("pods", Api::<Pod>::namespaced(encoder, namespace).list(&ListParams::default()).await)?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_encoders_pod_has_no_key_to_the_store_and_sees_no_other_owners_part() {
    beside_others(Kind::Tenants, "store-keys", async |space| {
        let is_bucket = Store::of(&space.cluster).await?.is_bucket();
        let (_, pod) = encodings::held(&space.cluster, &space.namespace, "book").await?;
        let spec = pod.spec.context("what the Pod is to be")?;
        let claims: Vec<_> = spec
            .volumes
            .iter()
            .flatten()
            .filter(|each| each.persistent_volume_claim.is_some())
            .collect();
        ensure!(claims.is_empty() == is_bucket, "volumes of claims: {claims:?}");
        for container in spec
            .containers
            .iter()
            .chain(spec.init_containers.iter().flatten())
        {
            for variable in container.env.iter().flatten() {
                let secret = variable
                    .value_from
                    .as_ref()
                    .and_then(|from| from.secret_key_ref.as_ref());
                ensure!(
                    !variable.name.starts_with("AWS_")
                        && secret.is_none_or(|each| each.name == "socrate-encoder-job"),
                    "{variable:?}"
                );
            }
            ensure!(container.env_from.is_none(), "{:?}", container.env_from);
            for mount in container.volume_mounts.iter().flatten() {
                let is_claims = claims.iter().any(|volume| volume.name == mount.name);
                ensure!(
                    !is_claims || mount.sub_path.is_some(),
                    "the whole store is mounted: {mount:?}"
                );
            }
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn only_the_jobs_name_a_dash_and_five_characters_name_its_pod() {
    beside_others(Kind::Nobodys, "pod-name", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let (seen, _) = encodings::held(cluster, namespace, "book").await?;
        let job = seen
            .status
            .and_then(|status| status.job_name)
            .context("status.jobName is not set")?;
        let progress = json!({"progress": 33});
        for other in ["abcd", "abcdef", "ab-cd", "ab.cd"] {
            let pod = pod_named(cluster, namespace, &format!("{job}-{other}")).await?;
            let impostor = as_encoder(cluster, namespace, &pod).await?;
            forbidden(other, patch_status(&impostor, namespace, "book", &progress).await)?;
        }
        // So it was the name that was refused, and nothing else about these Pods.
        let pod = pod_named(cluster, namespace, &format!("{job}-abcde")).await?;
        let encoder = as_encoder(cluster, namespace, &pod).await?;
        patch_status(&encoder, namespace, "book", &progress)
            .await
            .context("five characters")?;
        Ok(())
    })
    .await;
}

/// Writes the encoder's part of a status as an encoder does: what is left out goes.
async fn apply_status(
    client: &Client,
    namespace: &str,
    name: &str,
    status: &Value,
) -> Result<DocumentEncoding, kube::Error> {
    let encodings: Api<DocumentEncoding> = Api::namespaced(client.clone(), namespace);
    let patch = Patch::Apply(json!({
        "apiVersion": "encoding.socrate.ai/v1alpha1",
        "kind": "DocumentEncoding",
        "metadata": {"name": name},
        "status": status,
    }));
    let parameters = PatchParams::apply(field_manager::ENCODER).force();
    encodings.patch_status(name, &parameters, &patch).await
}

#[tokio::test]
async fn after_a_reported_failure_the_progress_of_the_next_attempt_moves() {
    beside_others(Kind::Nobodys, "next-attempt", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let (_, pod) = encodings::held(cluster, namespace, "book").await?;
        let first = as_encoder(cluster, namespace, &pod).await?;
        let failure =
            json!({"reason": "StoreUnavailable", "message": "the store is away", "retryable": true});
        let report = json!({"attempt": 1, "podUid": pod.uid(), "failure": failure});
        let said = json!({"progress": 60, "message": "Running memvid encoder", "report": report});
        apply_status(&first, namespace, "book", &said)
            .await
            .context("the report")?;

        let (seen, pod) = encodings::held_in_attempt(cluster, namespace, "book", 2).await?;
        ensure!(seen.status.is_some_and(|status| status.report.is_some()));
        let second = as_encoder(cluster, namespace, &pod).await?;
        for progress in [10, 20] {
            let said = json!({"progress": progress, "message": "Running memvid encoder"});
            let seen = apply_status(&second, namespace, "book", &said)
                .await
                .with_context(|| format!("progress {progress} of the second attempt"))?;
            let status = seen.status.context("a status")?;
            ensure!(
                (status.progress, status.report.is_some()) == (Some(progress), false),
                "{status:?}"
            );
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_report_of_the_current_attempt_is_not_taken_back() {
    beside_others(Kind::Nobodys, "report", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let (_, pod) = encodings::held(cluster, namespace, "book").await?;
        let encoder = as_encoder(cluster, namespace, &pod).await?;
        // Of an attempt that is yet to come, so that the operator does not act upon it.
        let failure = json!({"reason": "StoreUnavailable", "message": "", "retryable": true});
        let report = json!({"attempt": 9, "podUid": pod.uid(), "failure": failure});
        let said = json!({"progress": 60, "report": report});
        apply_status(&encoder, namespace, "book", &said)
            .await
            .context("the report")?;
        let without = apply_status(&encoder, namespace, "book", &json!({"progress": 61})).await;
        forbidden("taking the report back", without)?;
        let with = json!({"progress": 61, "report": said["report"]});
        apply_status(&encoder, namespace, "book", &with)
            .await
            .context("progress beside the report")?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn an_encoder_writes_nothing_to_a_document_that_has_finished() {
    beside_others(Kind::Nobodys, "late-words", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let (_, pod) = encodings::held(cluster, namespace, "book").await?;
        let encoder = as_encoder(cluster, namespace, &pod).await?;
        let failure = json!({"reason": "NoText", "message": "there is no text", "retryable": false});
        let report = json!({"attempt": 1, "podUid": pod.uid(), "failure": failure});
        let said = json!({"progress": 60, "report": report});
        apply_status(&encoder, namespace, "book", &said)
            .await
            .context("the report")?;
        let done = encodings::finished(cluster, namespace, "book", wait::SOON).await?;
        // The Job's name stays, so that its log is found: it is not for want of the name that late words are refused.
        let name = crds::job::of_pod(&pod.name_any()).map(ToOwned::to_owned);
        let status = done.status.context("a status")?;
        ensure!(
            (status.phase, &status.job_name) == (Some(Phase::Failed), &name),
            "{status:?}"
        );
        let late = json!({"progress": 61, "report": report});
        forbidden("progress", apply_status(&encoder, namespace, "book", &late).await)?;
        let other = json!({"progress": 60, "report": {"attempt": 1, "podUid": pod.uid()}});
        forbidden(
            "another report",
            apply_status(&encoder, namespace, "book", &other).await,
        )?;
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn the_labels_that_say_whose_it_is_are_the_apis() {
    beside_others(Kind::Nobodys, "labels", async |space| {
        let message = "only the API may";
        for label in labels::RESERVED {
            let mut resource = encodings::encoding("forged", encodings::in_config_map("none", "a.txt"));
            resource.spec.suspend = true;
            resource
                .labels_mut()
                .insert(label.to_owned(), "forged".to_owned());
            match space.encodings().create(&PostParams::default(), &resource).await {
                Err(kube::Error::Api(answer)) => {
                    ensure!(answer.message.contains(message), "{}", answer.message);
                }
                other => bail!("{label}: {other:?}"),
            }
        }
        let mut resource = encodings::encoding("plain", encodings::in_config_map("none", "a.txt"));
        resource.spec.suspend = true;
        encodings::create(&space.cluster, &space.namespace, &resource).await?;
        let forged = format!("{}=forged", labels::TENANT);
        let outcome = space.kubectl(&["label", "denc", "plain", &forged], "").await?;
        ensure!(
            !outcome.success && outcome.stderr.contains(message),
            "{}",
            outcome.stderr
        );
        space
            .kubectl(&["label", "denc", "plain", "colour=blue"], "")
            .await?
            .expect_success()?;
        Ok(())
    })
    .await;
}
