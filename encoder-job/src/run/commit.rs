//! Committing a result. The manifest is the commit: it is written last and only if there is none, so that a resource has
//! at most one, whatever its Pods do.

use crds::{Assignment, ResultSummary, keys};
use encoder_job::parser_process::Cancellation;
use tracing::warn;

use super::store::{Created, SetAside, Store};
use crate::{
    digest::sha256,
    encode::Encoded,
    failure::{Failure, FailureReason},
    output::{Manifest, Problem},
};

/// The largest manifest or data file that is read back, in bytes.
const READ_LIMIT: u64 = 4 << 30;
/// How often a manifest is looked at that other Pods change meanwhile.
const MOST_LOOKS: u32 = 4;

/// What was found where the manifest lies.
enum Found {
    Nothing,
    Result(Box<ResultSummary>),
    /// A manifest that does not hold what it promises: these bytes.
    Broken(Vec<u8>),
}

/// The result a resource has already, if it has a valid one.
///
/// A broken manifest is moved out of the way, below the attempt's own prefix, or copied there and replaced by the next.
pub(super) async fn existing(
    assignment: &Assignment,
    pod_uid: &str,
    store: &Store,
) -> Result<Option<ResultSummary>, Failure> {
    for _ in 0..MOST_LOOKS {
        match look(assignment, store).await? {
            Found::Nothing => return Ok(None),
            Found::Result(result) => return Ok(Some(*result)),
            Found::Broken(judged) => match set_aside(assignment, pod_uid, store, &judged).await? {
                SetAside::LookAgain => {}
                SetAside::WillBeReplaced => return Ok(None),
            },
        }
    }
    let message = "the manifest is broken, and others write it at the same time: try again";
    Err(Failure::new(FailureReason::MetadataInvalid, message))
}

/// The result a resource has, if it has a valid one; nothing is changed.
pub(super) async fn committed(assignment: &Assignment, store: &Store) -> Option<ResultSummary> {
    match look(assignment, store).await {
        Ok(Found::Result(result)) => Some(*result),
        Ok(Found::Nothing | Found::Broken(_)) => None,
        Err(failure) => {
            warn!(name = %assignment.name, %failure, "unable to look for a result");
            None
        }
    }
}

async fn look(assignment: &Assignment, store: &Store) -> Result<Found, Failure> {
    let prefix = assignment.encoding_prefix();
    let Some(bytes) = store.read(&keys::manifest(&prefix), READ_LIMIT).await? else {
        return Ok(Found::Nothing);
    };
    Ok(match valid(&prefix, &bytes, store).await? {
        Ok(manifest) => Found::Result(Box::new(summary(&prefix, &manifest, &bytes))),
        Err(problem) => {
            warn!(%problem, key = %keys::manifest(&prefix), "found a broken manifest");
            Found::Broken(bytes)
        }
    })
}

async fn valid(prefix: &str, bytes: &[u8], store: &Store) -> Result<Result<Manifest, Problem>, Failure> {
    let manifest = match Manifest::parse(bytes) {
        Ok(manifest) => manifest,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut files = Vec::new();
    for entry in [&manifest.metadata_file, &manifest.index_file] {
        // A file that is not there is as wrong as one of another length.
        files.push(
            store
                .read(&format!("{prefix}/{}", entry.path), READ_LIMIT)
                .await?
                .unwrap_or_default(),
        );
    }
    Ok(manifest.verify_digests(&files[0], &files[1]).map(|()| manifest))
}

async fn set_aside(
    assignment: &Assignment,
    pod_uid: &str,
    store: &Store,
    judged: &[u8],
) -> Result<SetAside, Failure> {
    let prefix = assignment.encoding_prefix();
    let aside = format!("{}/broken-manifest.json", keys::attempt_prefix(&prefix, pod_uid));
    store.set_aside(&keys::manifest(&prefix), &aside, judged).await
}

/// Writes the data files under the attempt's own prefix, then the manifest. What is given up before that leaves no file.
///
/// Where another Pod was faster its result stands, and is the one returned.
pub(super) async fn commit(
    assignment: &Assignment,
    pod_uid: &str,
    encoded: Encoded,
    store: &Store,
    cancellation: &Cancellation,
) -> Result<ResultSummary, Failure> {
    let prefix = assignment.encoding_prefix();
    let manifest = encoded.manifest;
    let data_keys =
        [&manifest.metadata_file, &manifest.index_file].map(|file| format!("{prefix}/{}", file.path));
    let [metadata_key, index_key] = &data_keys;
    // Both to their end, so that nothing is written after it was taken back.
    let (metadata, index) = tokio::join!(
        store.write(metadata_key, encoded.files.metadata.bytes),
        store.write(index_key, encoded.files.index.bytes)
    );
    let written = metadata.and(index);
    if written.is_err() || cancellation.is_cancelled() {
        take_back(&data_keys, store).await;
        return Err(written.err().unwrap_or_else(given_up));
    }
    let bytes = manifest.to_bytes();
    match store.create(&keys::manifest(&prefix), bytes.clone()).await? {
        Created::Yes => Ok(summary(&prefix, &manifest, &bytes)),
        Created::ExistedBefore => {
            // Where nobody can say whose manifest it is, it may name these files: they stay.
            let Some(result) = existing(assignment, pod_uid, store).await? else {
                take_back(&data_keys, store).await;
                let message = "another Pod's manifest was there and broken: it was set aside, try again";
                return Err(Failure::new(FailureReason::MetadataInvalid, message));
            };
            // Where the other was this Pod in an earlier attempt, its files have these names.
            if !data_keys.contains(&result.metadata_file) {
                take_back(&data_keys, store).await;
            }
            Ok(result)
        }
    }
}

/// The failure of a document that nobody wants any more; nobody will read it.
pub(super) fn given_up() -> Failure {
    Failure::new(FailureReason::EncodingError, "the document was given up")
}

/// Both at once: a store that hangs takes the time of one.
async fn take_back([metadata, index]: &[String; 2], store: &Store) {
    let delete = async |key: &String| {
        if let Err(failure) = store.delete(key).await {
            warn!(%key, %failure, "unable to take back a file without a manifest");
        }
    };
    tokio::join!(delete(metadata), delete(index));
}

fn summary(prefix: &str, manifest: &Manifest, bytes: &[u8]) -> ResultSummary {
    ResultSummary {
        metadata_file: format!("{prefix}/{}", manifest.metadata_file.path),
        index_file: format!("{prefix}/{}", manifest.index_file.path),
        manifest: keys::manifest(prefix),
        manifest_sha256: sha256(bytes),
        total_chunks: manifest.counts.chunks as u64,
        total_tokens: manifest.counts.tokens as u64,
        cpu_milliseconds: None,
        total_pages: manifest.counts.pages as u64,
        language: manifest.language.clone(),
        language_confidence: manifest.language_confidence,
        empty_pages: manifest.counts.empty_pages as u64,
        source_sha256: manifest.source_sha256.clone(),
        encoder_version: manifest.encoder_version.clone(),
    }
}

#[cfg(test)]
mod tests;
