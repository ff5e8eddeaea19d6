//! Reusing results: what has the content and the parameters of a document that is ready is ready at once, with that one's result.
//!
//! What is downloaded is byte for byte what an encoder would have written, so whatever shapes that must be the same: the tenant's bytes, the
//! name, which stands in the result and in the names of its files, the kind, the parameters, and the encoder with its settings, which is asked of
//! the result's own manifest: what was uploaded for some settings may have been encoded with others. So the store is asked before the
//! transaction in which a result is taken; there the row alone is looked at once more. What is lost is encoded anew. (A result
//! with another name could be mended while it is sent; but then it would have another length and digest than its manifest says, by which
//! it is checked here and named in its `ETag`.) Queue and priority shape nothing.
//!
//! The new document keeps a source of its own and refers to the other's result. That lies under the prefix of the document that was
//! encoded, also where its row is long gone, and stays for as long as a row refers to it: triggers on `documents` and `removals` see to
//! that. A document that is just being deleted is passed over; one whose result is taken here cannot be deleted before the transaction ends.

use crds::{Phase, progress::step};
use jiff::Timestamp;
use sqlx::{PgPool, Postgres, Transaction, postgres::PgArguments, query::QueryAs};
use uuid::Uuid;

use super::{
    document::{Document, Outcome, Progress},
    manifest::{Manifest, ManifestError},
    row::document_columns,
};
use crate::{
    database::tenant_transaction,
    store::{Store, StoreError},
};

/// Whether results are reused, and which.
#[derive(Clone, Debug)]
pub struct ReuseSettings {
    /// Whether they are: never where it is not known with which settings is encoded.
    pub is_on: bool,
    /// The encoder, with its settings, in any words: what was uploaded for others is not reused.
    pub encoder_settings: Option<String>,
    /// What becomes of a PDF's running heads, as a manifest says it: what was made otherwise is not reused.
    pub running_heads: String,
}

impl ReuseSettings {
    /// Settings as they are configured; words that say nothing about the encoder switch it off.
    #[must_use]
    pub fn new(is_wanted: bool, encoder_settings: &str, running_heads: &str) -> Self {
        let words = encoder_settings.trim();
        let encoder_settings = (!words.is_empty()).then(|| words.to_owned());
        Self {
            is_on: is_wanted && encoder_settings.is_some(),
            encoder_settings,
            running_heads: running_heads.to_owned(),
        }
    }
}

/// Only results of the same release are reused. Encoders of two builds with one version are told apart by what the settings call them alone.
const ENCODER_VERSION: &str = env!("CARGO_PKG_VERSION");

/// A document of the same tenant whose result an uploaded one would have too, and whose result is in the store and is what an encoder would
/// make now. It may be deleted at any time: see [`lock_original`].
///
/// # Errors
/// Those of Postgres. Where the store fails, there is none.
pub async fn find_original(
    pool: &PgPool,
    store: &Store,
    settings: &ReuseSettings,
    tenant: Uuid,
    uploaded: &Document,
) -> Result<Option<Document>, sqlx::Error> {
    let mut transaction = tenant_transaction(pool, tenant).await?;
    let found: Vec<Document> = same(FIND, uploaded).fetch_all(&mut *transaction).await?;
    transaction.rollback().await?;
    let mut seen = Vec::new();
    for original in found {
        if seen.contains(&original.encoding()) {
            continue;
        }
        seen.push(original.encoding());
        match is_as_made_now(store, settings, &original).await {
            Ok(true) => return Ok(Some(original)),
            Ok(false) => {}
            Err(ManifestError::Store(error)) if !matches!(error, StoreError::NotFound(_)) => {
                tracing::warn!(%error, document_id = %original.id, "unable to look at a result that may be reused; the upload is encoded");
                return Ok(None);
            }
            Err(error) => {
                tracing::warn!(%error, document_id = %original.id, "the result of a document is lost, and is not reused");
            }
        }
    }
    Ok(None)
}

/// The same document, if it is still there as it was found; then it cannot be deleted before the transaction ends.
///
/// # Errors
/// Those of Postgres.
pub async fn lock_original(
    transaction: &mut Transaction<'_, Postgres>,
    uploaded: &Document,
    found: &Document,
) -> Result<Option<Document>, sqlx::Error> {
    let locked: Option<Document> = same(LOCK, uploaded)
        .bind(found.id)
        .fetch_optional(&mut **transaction)
        .await?;
    let result = |document: &Document| {
        let digest = document.doc_metadata["manifest_sha256"].clone();
        (document.encoding(), digest)
    };
    Ok(locked.filter(|locked| result(locked) == result(found)))
}

/// The encodings of a document, by the uids of their resources, whose results other documents have, as maintenance.
///
/// # Errors
/// Those of Postgres.
pub async fn reused_encodings(pool: &PgPool, document: Uuid) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar("SELECT DISTINCT result_resource_uid FROM documents WHERE result_document_id = $1")
        .bind(document)
        .fetch_all(pool)
        .await
}

/// Whether a result is all there, and was made by the encoder, and with the settings, that would make it now: what was uploaded for these may
/// have been encoded with others, as API and operator are not upgraded in one moment.
async fn is_as_made_now(
    store: &Store,
    settings: &ReuseSettings,
    original: &Document,
) -> Result<bool, ManifestError> {
    let manifest = Manifest::read(store, original).await?;
    let is_same = manifest.encoder_version == ENCODER_VERSION
        && manifest.running_heads.as_ref() == Some(&settings.running_heads);
    if !is_same {
        return Ok(false);
    }
    for file in [&manifest.metadata_file, &manifest.index_file] {
        if store.size(&manifest.key(file)?).await? != Some(file.size) {
            return Err(ManifestError::Inconsistent(
                "a file is not there, or has another length",
            ));
        }
    }
    Ok(true)
}

/// A query of documents, with what they must have in common with an uploaded one.
fn same<'a>(query: &'static str, uploaded: &'a Document) -> QueryAs<'a, Postgres, Document, PgArguments> {
    let (file, request) = (&uploaded.file, &uploaded.request);
    sqlx::query_as(query)
        .bind(uploaded.tenant_id)
        .bind(&file.sha256)
        .bind(file.size_bytes)
        .bind(&file.filename)
        .bind(&file.content_type)
        .bind(request.chunk_size)
        .bind(request.overlap)
        .bind(&uploaded.encoder_settings)
        .bind(ENCODER_VERSION)
}

/// The documents that are the same as an uploaded one; what else is asked of them follows.
macro_rules! same_as_uploaded {
    ($rest:literal) => {
        concat!(
            "SELECT ",
            document_columns!(),
            " FROM documents WHERE tenant_id = $1 AND sha256 = $2 AND status = 'ready' AND origin = 'upload' AND size_bytes = $3 \
             AND filename = $4 AND content_type = $5 AND chunk_size = $6 AND overlap = $7 AND encoder_settings = $8 \
             AND doc_metadata ->> 'encoder_build' = $9 ",
            $rest
        )
    };
}

/// The newest come first: where a result is lost, the one that was made instead is newer than all that have the lost one.
pub const FIND: &str = same_as_uploaded!("ORDER BY processing_completed_at DESC LIMIT 4");

/// One that is locked is being deleted, and is not waited for: so this never waits, whatever else the transaction has locked.
const LOCK: &str = same_as_uploaded!("AND id = $10 FOR KEY SHARE SKIP LOCKED");

/// An uploaded document with the result of another.
#[must_use]
pub fn with_result_of(uploaded: Document, original: &Document, at: Timestamp) -> Document {
    let mut doc_metadata = original.doc_metadata.clone();
    let encoding = original.encoding();
    doc_metadata["reused_from"] = serde_json::json!(encoding.map(|encoding| encoding.document_id));
    Document {
        progress: Progress {
            phase: Phase::Ready,
            percent: step::COMPLETE.0,
            message: Some(step::COMPLETE.1.to_owned()),
            pages_done: original.progress.pages_done,
            pages_total: original.progress.pages_total,
            ..Progress::queued()
        },
        outcome: Outcome {
            completed_at: Some(at),
            cpu_milliseconds: None, // That was another's.
            ..original.outcome.clone()
        },
        reused: encoding,
        doc_metadata,
        ..uploaded
    }
}

#[cfg(test)]
mod tests {
    use crds::keys;
    use serde_json::json;

    use super::*;
    use crate::documents::document::{Encoding, Status, samples};

    fn original() -> Document {
        let mut original = samples::document();
        original.progress.phase = Phase::Ready;
        original.progress.attempt = 2;
        original.outcome.total_chunks = Some(7);
        original.binding.uid = Some(Uuid::from_u128(9));
        let prefix = keys::encoding_prefix(
            &original.owner(),
            &original.id.to_string(),
            &Uuid::from_u128(9).to_string(),
        );
        original.doc_metadata = json!({ "manifest": keys::manifest(&prefix), "task_id": Uuid::from_u128(9) });
        original
    }

    fn uploaded(id: u128) -> Document {
        Document {
            id: Uuid::from_u128(id),
            ..samples::document()
        }
    }

    #[test]
    fn a_reused_result_is_that_of_the_document_that_was_encoded_whoever_it_was_reused_from() {
        let (original, at) = (original(), Timestamp::from_second(5).unwrap());
        let encoding = Encoding {
            document_id: original.id,
            resource_uid: Uuid::from_u128(9),
        };
        let second = with_result_of(uploaded(20), &original, at);
        let third = with_result_of(uploaded(30), &second, at);
        for (document, id) in [(second, 20), (third, 30)] {
            assert_eq!(document.id, Uuid::from_u128(id));
            assert_eq!(
                (document.reused, document.encoding()),
                (Some(encoding), Some(encoding))
            );
            assert_eq!(document.doc_metadata["reused_from"], json!(original.id));
            assert_eq!(
                document.doc_metadata["manifest"],
                original.doc_metadata["manifest"]
            );
            assert_eq!((document.status(), document.progress.attempt), (Status::Ready, 0));
            assert_eq!(document.outcome.total_chunks, Some(7));
            assert_eq!(document.outcome.completed_at, Some(at));
            assert_eq!(document.binding.uid, None);
        }
    }

    #[test]
    fn nothing_is_reused_where_it_is_not_known_what_encodes() {
        for (is_wanted, words, expected) in [
            (true, "image", (true, Some("image"))),
            (false, "image", (false, Some("image"))),
            (true, "", (false, None)),
            (true, " ", (false, None)),
        ] {
            let settings = ReuseSettings::new(is_wanted, words, "aside");
            let said = (settings.is_on, settings.encoder_settings.as_deref());
            assert_eq!(said, expected, "{words:?}");
        }
    }
}
