//! What the API server itself says about a resource: schema, rules, columns, examples.

use anyhow::{Result, ensure};
use kind_tests::{
    encodings, pdf,
    space::{Kind, Space, beside_others},
    wait,
};
use serde_json::{Value, json};

/// A resource with this spec, as `kubectl` takes it.
fn manifest(spec: &Value) -> String {
    json!({
        "apiVersion": "encoding.socrate.ai/v1alpha1",
        "kind": "DocumentEncoding",
        "metadata": {"name": "tested"},
        "spec": spec,
    })
    .to_string()
}

/// A spec that is in order and does not begin to be worked for.
fn good() -> Value {
    json!({"suspend": true, "source": {"configMap": {"name": "none", "key": "none"}, "fileName": "a.txt"}})
}

/// The spec with a value at a place.
fn with(pointer: &str, value: Value) -> Value {
    let mut spec = good();
    let (parent, field) = pointer.rsplit_once('/').unwrap();
    spec.pointer_mut(parent).unwrap()[field] = value;
    spec
}

async fn refused(space: &Space, spec: &Value, message: &str) -> Result<()> {
    let outcome = space.kubectl(&["create", "-f", "-"], &manifest(spec)).await?;
    ensure!(!outcome.success, "taken although it should not be: {spec}");
    ensure!(
        outcome.stderr.contains(message),
        "refused without saying {message:?}: {}",
        outcome.stderr
    );
    Ok(())
}

/// Creates the good resource, changes it, and wants the change refused with the message.
async fn change_refused(space: &Space, extra: &[&str], patch: &Value, message: &str) -> Result<()> {
    let patch = patch.to_string();
    let mut arguments = vec!["patch", "denc", "tested", "--type=merge", "--patch", &patch];
    arguments.extend(extra);
    let outcome = space.kubectl(&arguments, "").await?;
    ensure!(!outcome.success, "taken although it should not be: {patch}");
    ensure!(
        outcome.stderr.contains(message),
        "refused without saying {message:?}: {}",
        outcome.stderr
    );
    Ok(())
}

async fn create(space: &Space, spec: &Value) -> Result<()> {
    space
        .kubectl(&["create", "-f", "-"], &manifest(spec))
        .await?
        .expect_success()
        .map(|_| ())
}

#[tokio::test]
async fn exactly_one_source_must_be_named() {
    beside_others(Kind::Bare, "one-source", async |space| {
        let message = "exactly one of object, persistentVolumeClaim and configMap must be set";
        refused(space, &json!({"source": {"fileName": "a.txt"}}), message).await?;
        let both = with("/source/object", json!({"key": "tenants/t/x"}));
        refused(space, &both, message).await
    })
    .await;
}

#[tokio::test]
async fn a_file_name_has_no_control_characters_or_slashes() {
    beside_others(Kind::Bare, "file-name", async |space| {
        let message = "fileName must not contain control characters or slashes";
        for name in ["../a.txt", "a\u{1}.txt", "a\n.txt"] {
            refused(space, &with("/source/fileName", json!(name)), message).await?;
        }
        refused(space, &with("/source/fileName", json!("a".repeat(256))), "255").await
    })
    .await;
}

#[tokio::test]
async fn names_of_objects_lead_nowhere_else() {
    beside_others(Kind::Bare, "names", async |space| {
        for name in ["a/status", "../a", "A", "a_b"] {
            let in_map = with("/source/configMap/name", json!(name));
            refused(space, &in_map, "spec.source.configMap.name").await?;
            let mut in_claim = with(
                "/source/persistentVolumeClaim",
                json!({"claimName": name, "path": "a.txt"}),
            );
            in_claim["source"].as_object_mut().unwrap().remove("configMap");
            let message = "spec.source.persistentVolumeClaim.claimName";
            refused(space, &in_claim, message).await?;
        }
        let key = with("/source/configMap/key", json!("a/b"));
        refused(space, &key, "spec.source.configMap.key").await?;
        let content_type = with("/source/contentType", json!("text/\u{0}plain"));
        refused(space, &content_type, "spec.source.contentType").await
    })
    .await;
}

#[tokio::test]
async fn the_overlap_is_less_than_the_size() {
    beside_others(Kind::Bare, "overlap", async |space| {
        refused(
            space,
            &with("/chunking", json!({"size": 100, "overlap": 100})),
            "overlap must be less than size",
        )
        .await
    })
    .await;
}

#[tokio::test]
async fn the_source_is_immutable() {
    beside_others(Kind::Bare, "source-fixed", async |space| {
        create(space, &good()).await?;
        let patch = json!({"spec": {"source": {"fileName": "b.txt"}}});
        change_refused(space, &[], &patch, "source is immutable").await
    })
    .await;
}

#[tokio::test]
async fn the_chunking_is_immutable() {
    beside_others(Kind::Bare, "chunking-fixed", async |space| {
        create(space, &good()).await?;
        change_refused(
            space,
            &[],
            &json!({"spec": {"chunking": {"size": 300}}}),
            "chunking is immutable",
        )
        .await
    })
    .await;
}

#[tokio::test]
async fn cancelling_cannot_be_taken_back() {
    beside_others(Kind::Bare, "cancelled", async |space| {
        create(space, &with("/cancelled", json!(true))).await?;
        change_refused(
            space,
            &[],
            &json!({"spec": {"cancelled": false}}),
            "cancelled cannot be taken back",
        )
        .await
    })
    .await;
}

#[tokio::test]
async fn a_finished_resource_never_changes() {
    beside_others(Kind::Bare, "frozen", async |space| {
        // There is no such queue, so it fails at once and for good.
        create(space, &with("/queue", json!("nowhere"))).await?;
        let arguments = ["wait", "--for=condition=Stalled", "--timeout=60s", "denc/tested"];
        space.kubectl(&arguments, "").await?.expect_success()?;
        let status = ["--subresource=status"];
        let message = "a finished DocumentEncoding never changes";
        for patch in [
            json!({"status": {"phase": "Ready"}}),
            json!({"status": {"failure": {"message": "other"}}}),
            json!({"status": {"failure": null}}),
            json!({"status": {"phase": null}}),
            json!({"status": null}),
        ] {
            change_refused(space, &status, &patch, message).await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_result_is_neither_changed_nor_removed() {
    beside_others(Kind::Nobodys, "frozen-result", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        encodings::from_content(cluster, namespace, "tested", "a.pdf", &pdf::prose(1)).await?;
        encodings::ready(cluster, namespace, "tested", wait::SOON).await?;
        let status = ["--subresource=status"];
        let message = "a finished DocumentEncoding never changes";
        for patch in [
            json!({"status": {"result": {"totalChunks": 99}}}),
            json!({"status": {"result": {"manifestSha256": "0".repeat(64)}}}),
            json!({"status": {"result": null}}),
            json!({"status": {"phase": "Processing"}}),
            json!({"status": null}),
        ] {
            change_refused(space, &status, &patch, message).await?;
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn numbers_out_of_range_are_refused() {
    beside_others(Kind::Bare, "ranges", async |space| {
        for (pointer, value) in [
            ("/priority", json!(1001)),
            ("/priority", json!(-1001)),
            ("/timeoutSeconds", json!(3601)),
            ("/timeoutSeconds", json!(0)),
            ("/maxAttempts", json!(0)),
            ("/ttlSecondsAfterFinished", json!(-1)),
            ("/chunking", json!({"size": 7, "overlap": 0})),
            ("/source/sizeBytes", json!(-1)),
        ] {
            refused(space, &with(pointer, value), "spec.").await?;
        }
        refused(space, &with("/queue", json!("Not A Queue")), "spec.queue").await
    })
    .await;
}

#[tokio::test]
async fn the_examples_become_ready_and_the_columns_show_it() {
    beside_others(Kind::Nobodys, "examples", async |space| {
        let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../crds/examples");
        space
            .kubectl(&["apply", "-f", examples], "")
            .await?
            .expect_success()?;
        let arguments = ["wait", "--for=condition=Ready", "--timeout=60s", "denc", "--all"];
        space.kubectl(&arguments, "").await?.expect_success()?;
        let shown = space.kubectl(&["get", "denc"], "").await?.expect_success()?;
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let lines: Vec<_> = shown.lines().map(words).collect();
        ensure!(
            lines[0] == ["NAME", "STATUS", "PROGRESS", "CHUNKS", "LANGUAGE", "AGE"],
            "{shown}"
        );
        let of_studies = lines.iter().find(|line| line[0] == "of-studies").unwrap();
        ensure!(of_studies[1..5] == ["Ready", "100", "1", "en"], "{shown}");
        let wide = space
            .kubectl(&["get", "denc", "-o", "wide"], "")
            .await?
            .expect_success()?;
        ensure!(
            words(wide.lines().next().unwrap())[6..] == ["QUEUE", "POSITION", "ATTEMPT", "MESSAGE"],
            "{wide}"
        );
        ensure!(
            wide.contains("documents") && wide.contains("encoded: 1 chunk of"),
            "{wide}"
        );
        Ok(())
    })
    .await;
}
