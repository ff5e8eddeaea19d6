//! Files that are bad on purpose, through the whole platform, as the unprivileged user of the encoder's Pod.
//!
//! Each ends in time with a result or a reason, and no container is killed. The first of each kind is tried, which takes two
//! minutes; `SOCRATE_BAD_FILES` in the environment tries so many of each kind: with 4 it is 500 files, in ten minutes.

#[allow(
    dead_code,
    clippy::assigning_clones,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::needless_pass_by_value,
    reason = "the generator is the encoder's own; the archives' parts are for its fuzz targets"
)]
#[path = "../../../encoder-job/tests/bad_files/mod.rs"]
mod generator;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use crds::{Phase, Reason};
use futures::{StreamExt, stream};
use generator::{BadFile, Expected};
use k8s_openapi::api::core::v1::Pod;
use kind_tests::{
    encodings::{self, encoding, in_config_map},
    space::{Kind, Space, alone},
    wait,
};
use kube::{ResourceExt, api::ListParams};

/// What a bomb becomes: more than any container may have.
const BOMB_BYTES: usize = 1 << 30;
/// The most that fits into a ConfigMap; larger files are tried without a cluster.
const MOST_BYTES: usize = 1 << 20;
/// How many are tried in one namespace, and how many at a time.
const BATCH: usize = 60;
const AT_A_TIME: usize = 4;
/// How long an encoder is given, in seconds.
const TIMEOUT_SECONDS: i64 = 30;
/// What an exit status begins with where a container was ended by a signal.
const SIGNALS: i32 = 128;

fn files() -> Vec<BadFile> {
    let of_each_kind = std::env::var("SOCRATE_BAD_FILES").map_or(1, |value| value.parse().unwrap());
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut files = generator::all(BOMB_BYTES);
    files.retain(|file| {
        let count = seen.entry(file.kind).or_default();
        *count += 1;
        file.bytes.len() <= MOST_BYTES && *count <= of_each_kind
    });
    files
}

#[tokio::test]
async fn every_bad_file_ends_with_a_reason_and_no_container_is_killed() {
    let files = files();
    let mut outcomes: BTreeMap<String, usize> = BTreeMap::new();
    for (number, batch) in files.chunks(BATCH).enumerate() {
        alone(Kind::Nobodys, "bad-files", async |space| {
            let tried: Vec<Result<String>> = stream::iter(batch.iter().enumerate())
                .map(|(index, file)| try_file(space, format!("bad-{index}"), file))
                .buffer_unordered(AT_A_TIME)
                .collect()
                .await;
            let mut misbehaved = Vec::new();
            for outcome in tried {
                match outcome {
                    Ok(outcome) => *outcomes.entry(outcome).or_default() += 1,
                    Err(error) => misbehaved.push(format!("{error:#}")),
                }
            }
            misbehaved.extend(killed(space, batch).await?);
            ensure!(misbehaved.is_empty(), "{}", misbehaved.join("\n"));
            Ok(())
        })
        .await;
        println!("{} of {} files", (number + 1) * BATCH, files.len());
    }
    println!("{outcomes:?}");
}

/// How encoding the file ended; an error where that is not as it should be.
async fn try_file(space: &Space, name: String, file: &BadFile) -> Result<String> {
    encodings::config_map(&space.cluster, &space.namespace, &name, &file.bytes).await?;
    let mut resource = encoding(&name, in_config_map(&name, &file.name));
    resource.spec.timeout_seconds = TIMEOUT_SECONDS;
    resource.spec.max_attempts = 1;
    encodings::create(&space.cluster, &space.namespace, &resource).await?;
    let done = encodings::finished(&space.cluster, &space.namespace, &name, wait::LATE)
        .await
        .with_context(|| file.name.clone())?;
    let phase = encodings::phase(&done);
    let failure = done.status.and_then(|status| status.failure);
    let came = match (phase, &failure) {
        (Some(Phase::Ready), None) => "Ready".to_owned(),
        (Some(Phase::Failed), Some(failure)) => {
            ensure!(
                is_the_documents(failure.reason) && !failure.message.is_empty(),
                "{}: {failure:?}",
                file.name
            );
            failure.reason.to_string()
        }
        _ => anyhow::bail!("{}: {phase:?}, {failure:?}", file.name),
    };
    let is_right = match file.expected {
        Expected::Anything => true,
        Expected::Result => came == "Ready",
        Expected::AnyRefusal => came != "Ready",
        Expected::Refusal(reason) => came == reason,
    };
    ensure!(
        is_right,
        "{} should have come to {:?}: {came}",
        file.name,
        file.expected
    );
    Ok(came)
}

/// Whether a failure for this reason says something about the document, and not about the platform.
fn is_the_documents(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::UnsupportedFormat
            | Reason::SourceTooLarge
            | Reason::Encrypted
            | Reason::Malformed
            | Reason::NoText
            | Reason::OutOfMemory
            | Reason::DeadlineExceeded
    )
}

/// The containers that were ended from outside.
async fn killed(space: &Space, batch: &[BadFile]) -> Result<Vec<String>> {
    let pods = space.objects::<Pod>().list(&ListParams::default()).await?;
    ensure!(!pods.items.is_empty(), "no Pod is left to be looked at");
    let mut killed = Vec::new();
    for pod in &pods {
        let statuses = pod
            .status
            .iter()
            .flat_map(|status| status.container_statuses.iter().flatten());
        for ended in statuses.filter_map(|status| status.state.as_ref()?.terminated.as_ref()) {
            if ended.exit_code >= SIGNALS || ended.reason.as_deref() == Some("OOMKilled") {
                let names: Vec<&str> = batch.iter().map(|file| &*file.name).collect();
                killed.push(format!("{}: {ended:?}, one of {names:?}", pod.name_any()));
            }
        }
    }
    Ok(killed)
}
