//! Reusing results: what has the content and the parameters of a document that is ready is ready at once, with that one's result.
//!
//! What is downloaded is byte for byte what an encoder would have written, so whatever shapes that must be the same: the tenant's bytes, the
//! name, which stands in the result and in the names of its files, the kind, the parameters, and the encoder with its settings. (A result
//! with another name could be mended while it is sent; but then it would have another length and digest than its manifest says, by which
//! it is checked here and named in its `ETag`.) Queue and priority shape nothing.
//!
//! The new document keeps a source of its own and refers to the other's result. That lies under the prefix of the document that was
//! encoded, also where its row is long gone, and stays for as long as a row refers to it: triggers on `documents` and `removals` see to
//! that. A document that is just being deleted is passed over; one whose result is taken here cannot be deleted before the transaction ends.

use crds::{Phase, keys, progress::step};
use jiff::Timestamp;
use sqlx::{Postgres, Transaction};

use super::{
    document::{Document, Outcome, Progress},
    row::document_columns,
};

/// Whether results are reused, and which.
#[derive(Clone, Debug)]
pub struct ReuseSettings {
    /// Whether they are.
    pub is_on: bool,
    /// The encoder, with those of its settings that shape a result, in any words: what was made with others is not reused.
    pub encoder_settings: String,
}

/// Only results of the same release are reused: programs are released together, with one version.
const ENCODER_VERSION: &str = env!("CARGO_PKG_VERSION");

/// A document of the same tenant whose result an uploaded one would have too, and which cannot be deleted before the transaction ends.
///
/// # Errors
/// Those of Postgres.
pub async fn find_original(
    transaction: &mut Transaction<'_, Postgres>,
    uploaded: &Document,
) -> Result<Option<Document>, sqlx::Error> {
    let (file, request) = (&uploaded.file, &uploaded.request);
    let found: Option<Document> = sqlx::query_as(FIND)
        .bind(uploaded.tenant_id)
        .bind(&file.sha256)
        .bind(file.size_bytes)
        .bind(&file.filename)
        .bind(&file.content_type)
        .bind(request.chunk_size)
        .bind(request.overlap)
        .bind(&uploaded.encoder_settings)
        .bind(ENCODER_VERSION)
        .fetch_optional(&mut **transaction)
        .await?;
    Ok(found.filter(is_committed))
}

/// One that is locked is being deleted, and is not waited for: so this never waits, whatever else the transaction has locked.
const FIND: &str = concat!(
    "SELECT ",
    document_columns!(),
    " FROM documents WHERE tenant_id = $1 AND sha256 = $2 AND status = 'ready' AND origin = 'upload' AND size_bytes = $3 \
     AND filename = $4 AND content_type = $5 AND chunk_size = $6 AND overlap = $7 AND encoder_settings = $8 \
     AND doc_metadata ->> 'encoder_build' = $9 LIMIT 1 FOR KEY SHARE SKIP LOCKED"
);

/// Whether its result lies where its encoding puts it: another cannot be downloaded.
fn is_committed(original: &Document) -> bool {
    original.encoding().is_some_and(|encoding| {
        let (document, resource) = (
            encoding.document_id.to_string(),
            encoding.resource_uid.to_string(),
        );
        let prefix = keys::encoding_prefix(&original.owner(), &document, &resource);
        original.doc_metadata["manifest"] == keys::manifest(&prefix)
    })
}

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
            ..original.outcome.clone()
        },
        reused: encoding,
        doc_metadata,
        ..uploaded
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

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
            assert!(is_committed(&document));
        }
    }

    #[test]
    fn only_what_lies_where_its_encoding_puts_it_is_reused() {
        let mut original = original();
        assert!(is_committed(&original));
        original.doc_metadata["manifest"] = json!("elsewhere/manifest.json");
        assert!(!is_committed(&original));
        original.binding.uid = None;
        assert!(!is_committed(&original));
    }
}
