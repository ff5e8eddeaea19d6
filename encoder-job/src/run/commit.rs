//! Committing a result. The manifest is the commit: it is written last and only if there is none, so that a resource has
//! at most one, whatever its Pods do.

use crds::{Assignment, ResultSummary, keys};
use tracing::warn;

use super::store::{Created, Store};
use crate::{
    digest::sha256,
    encode::Encoded,
    failure::{Failure, FailureReason},
    output::{Manifest, Problem},
};

/// The largest manifest or data file that is read back, in bytes.
const READ_LIMIT: u64 = 4 << 30;

/// The result a resource has already, if it has a valid one.
///
/// A broken manifest is moved out of the way, below the attempt's own prefix.
pub(super) async fn existing(
    assignment: &Assignment,
    pod_uid: &str,
    store: &Store,
) -> Result<Option<ResultSummary>, Failure> {
    let prefix = assignment.encoding_prefix();
    let key = keys::manifest(&prefix);
    let Some(bytes) = store.read(&key, READ_LIMIT).await? else {
        return Ok(None);
    };
    match valid(&prefix, &bytes, store).await? {
        Ok(manifest) => Ok(Some(summary(&prefix, &manifest, &bytes))),
        Err(problem) => {
            let aside = format!("{}/broken-manifest.json", keys::attempt_prefix(&prefix, pod_uid));
            warn!(%problem, from = %key, to = %aside, "found a broken manifest and set it aside");
            store.rename(&key, &aside).await?;
            Ok(None)
        }
    }
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

/// Writes the data files under the attempt's own prefix, then the manifest.
///
/// Where another Pod was faster its result stands, and is the one returned.
pub(super) async fn commit(
    assignment: &Assignment,
    pod_uid: &str,
    encoded: Encoded,
    store: &Store,
) -> Result<ResultSummary, Failure> {
    let prefix = assignment.encoding_prefix();
    let manifest = encoded.manifest;
    let (metadata_key, index_key) = (
        format!("{prefix}/{}", manifest.metadata_file.path),
        format!("{prefix}/{}", manifest.index_file.path),
    );
    tokio::try_join!(
        store.write(&metadata_key, encoded.files.metadata.bytes),
        store.write(&index_key, encoded.files.index.bytes)
    )?;
    let bytes = manifest.to_bytes();
    match store.create(&keys::manifest(&prefix), bytes.clone()).await? {
        Created::Yes => Ok(summary(&prefix, &manifest, &bytes)),
        Created::ExistedBefore => existing(assignment, pod_uid, store).await?.ok_or_else(|| {
            let message = "another Pod's manifest was there and broken: it was set aside, try again";
            Failure::new(FailureReason::MetadataInvalid, message)
        }),
    }
}

fn summary(prefix: &str, manifest: &Manifest, bytes: &[u8]) -> ResultSummary {
    ResultSummary {
        metadata_file: format!("{prefix}/{}", manifest.metadata_file.path),
        index_file: format!("{prefix}/{}", manifest.index_file.path),
        manifest: keys::manifest(prefix),
        manifest_sha256: sha256(bytes),
        total_chunks: manifest.counts.chunks as u64,
        total_tokens: manifest.counts.tokens as u64,
        total_pages: manifest.counts.pages as u64,
        language: manifest.language.clone(),
        language_confidence: manifest.language_confidence,
        empty_pages: manifest.counts.empty_pages as u64,
        source_sha256: manifest.source_sha256.clone(),
        encoder_version: manifest.encoder_version.clone(),
    }
}
