//! Taking a received upload on: row and file, then the resource; or none of them.

use std::time::Duration;

use axum::http::StatusCode;
use crds::{Phase, keys};
use jiff::Timestamp;
use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    app::App,
    database::tenant_transaction,
    documents::{
        self, Holdings, IdempotencyKey, Quotas,
        document::{self, Binding, Document, Origin},
    },
    http::problem::Problem,
    identity::{Identity, key::hexadecimal},
    uploads::form::Received,
};

/// The longest that a file may take to its place; less than the sweeper leaves a row without a resource.
const PUBLISH_WITHIN: Duration = Duration::from_secs(20);

/// The mirror, which sees the resource within milliseconds and binds many rows in one statement, is waited for so long; a row that it has
/// not bound by then is bound here.
const MIRRORED_WITHIN: Duration = Duration::from_millis(250);

/// Why a tenant may not have one more document.
pub fn check_quotas(quotas: &Quotas, holdings: &Holdings, size: i64) -> Result<(), Problem> {
    let exceeded = |code, what: &str, limit: i64| {
        let message = format!("the quota of {limit} {what} does not allow this document");
        Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, code, message))
    };
    match *quotas {
        Quotas {
            max_documents: Some(limit),
            ..
        } if holdings.documents >= limit => exceeded("quota_documents", "documents", limit),
        Quotas {
            max_in_flight: Some(limit),
            ..
        } if holdings.in_flight >= limit => {
            exceeded("quota_in_flight", "documents being processed at once", limit)
        }
        Quotas {
            max_bytes: Some(limit),
            ..
        } if holdings.bytes.saturating_add(size) > limit => exceeded("quota_bytes", "bytes in all", limit),
        _ => Ok(()),
    }
}

/// The document that an upload becomes.
pub fn new_document(app: &App, caller: Identity, received: &Received, now: Timestamp) -> Document {
    let id = Uuid::new_v4();
    let (file, options) = (&received.file, &received.options);
    Document {
        id,
        tenant_id: Some(caller.tenant_id),
        user_id: Some(caller.user_id),
        origin: Origin::Upload,
        filename: file.name.clone(),
        content_type: Some(file.kind.media_type().to_owned()),
        size_bytes: Some(file.size.cast_signed()),
        sha256: Some(hexadecimal(&file.sha256)),
        phase: Phase::Pending,
        progress: 0,
        message: Some(crds::progress::step::QUEUED.1.to_owned()),
        error: None,
        attempt: 0,
        pages_done: None,
        pages_total: None,
        queue_position: None,
        estimated_start_at: None,
        total_chunks: None,
        total_tokens: None,
        total_pages: None,
        language: None,
        doc_metadata: serde_json::json!({}),
        queue: options.queue.clone(),
        priority: options.priority,
        chunk_size: options.chunking.size.cast_signed(),
        overlap: options.chunking.overlap.cast_signed(),
        binding: Binding {
            namespace: app.cluster.encodings_namespace().to_owned(),
            name: document::resource_name(id, 1),
            uid: None,
            number: 1,
        },
        created_at: now,
        updated_at: now,
        processing_started_at: None,
        processing_completed_at: None,
    }
}

/// Writes the row and puts the file in its place, or neither. Answers the document of an earlier request with the
/// same Idempotency-Key, if there was one.
///
/// The row comes first, so that nothing lies in the store that no row knows of: the sweeper removes a row whose file never came. The
/// file is moved when the transaction is over: its lock and its connection do not wait for a volume.
pub async fn record(
    app: &App,
    caller: Identity,
    quotas: &Quotas,
    document: &Document,
    received: &Received,
    idempotency: Option<&IdempotencyKey>,
) -> Result<Option<Uuid>, Problem> {
    let decided = decide_and_insert(app, caller, quotas, document, received, idempotency).await;
    if !matches!(decided, Ok(None)) {
        app.store.discard(&received.file.object).await;
        return decided;
    }
    let key = keys::source(&document.owner(), &document.id.to_string());
    let publishing = app.store.publish(&received.file.object, &key);
    let problem = match tokio::time::timeout(PUBLISH_WITHIN, publishing).await {
        Ok(Ok(())) => return Ok(None),
        Ok(Err(error)) => Problem::internal("put an upload in its place", &error),
        Err(elapsed) => Problem::internal("put an upload in its place", &elapsed),
    };
    app.store.discard(&received.file.object).await;
    // It may still come to its place: the removal sees to that.
    documents::delete(
        &app.database,
        caller.tenant_id,
        document.id,
        true,
        app.clock.now(),
    )
    .await
    .map_err(|error| Problem::database("undo an upload", &error))?;
    Err(problem)
}

async fn decide_and_insert(
    app: &App,
    caller: Identity,
    quotas: &Quotas,
    document: &Document,
    received: &Received,
    idempotency: Option<&IdempotencyKey>,
) -> Result<Option<Uuid>, Problem> {
    let failed = |error| Problem::database("record an upload", &error);
    let tenant = caller.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    if idempotency.is_some() || quotas.limit_holdings() {
        documents::lock_uploads(&mut transaction, tenant)
            .await
            .map_err(failed)?;
    }
    if let Some(sent) = idempotency {
        let earlier = documents::find_idempotent(&mut transaction, tenant, &sent.key)
            .await
            .map_err(failed)?;
        if let Some((fingerprint, id)) = earlier {
            return replay(&fingerprint, id, sent).map(Some);
        }
    }
    if quotas.limit_holdings() {
        let holdings = documents::holdings(&mut transaction, tenant)
            .await
            .map_err(failed)?;
        check_quotas(quotas, &holdings, received.file.size.cast_signed())?;
    }
    documents::insert(&mut transaction, document, idempotency)
        .await
        .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(None)
}

/// The same request again has the same answer; another request with the same key is a mistake.
fn replay(fingerprint: &[u8], earlier: Uuid, sent: &IdempotencyKey) -> Result<Uuid, Problem> {
    if fingerprint == sent.fingerprint {
        return Ok(earlier);
    }
    Err(Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
        "this Idempotency-Key was used with another file or other options",
    ))
}

/// Makes the resource, or undoes the upload.
pub async fn enqueue(app: &App, caller: Identity, document: &Document) -> Result<(), Problem> {
    match app.cluster.create(document).await {
        Ok(uid) => {
            let (id, number) = (document.id, document.binding.number);
            let bound = app.board.bound(id, uid);
            if tokio::time::timeout(MIRRORED_WITHIN, bound).await.is_ok() {
                return Ok(());
            }
            if let Err(error) = documents::bind(&app.database, caller.tenant_id, id, number, uid).await {
                tracing::warn!(%error, document_id = %id, "unable to bind a document; the mirror does it");
            }
            Ok(())
        }
        Err(error) => {
            tracing::error!(%error, document_id = %document.id, "failed to queue a document; the upload is undone");
            app.metrics.uploads_undone.inc();
            // If it is not certain that there is no resource, the sweeper looks for it until it is.
            let removal = !error.is_refusal();
            undo(app, &app.database, caller.tenant_id, document, removal)
                .await
                .map_err(|error| Problem::database("undo an upload", &error))?;
            Err(Problem::queue_unavailable())
        }
    }
}

/// Takes back an upload whose resource could not be made: the row first, then the objects. With `removal` the sweeper goes on
/// looking for a resource that was made all the same.
pub async fn undo(
    app: &App,
    pool: &PgPool,
    tenant: Uuid,
    document: &Document,
    removal: bool,
) -> Result<(), sqlx::Error> {
    documents::delete(pool, tenant, document.id, removal, app.clock.now()).await?;
    let prefix = keys::document_prefix(&document.owner(), &document.id.to_string());
    remove_objects(app, &prefix).await;
    Ok(())
}

async fn remove_objects(app: &App, prefix: &str) {
    if let Err(error) = app.store.remove_document(prefix).await {
        tracing::error!(%error, prefix, "failed to remove the objects of an upload that was undone");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(quotas: Quotas, size: i64) -> Option<&'static str> {
        let holdings = Holdings {
            bytes: 90,
            documents: 3,
            in_flight: 2,
        };
        check_quotas(&quotas, &holdings, size)
            .err()
            .map(|problem| problem.code)
    }

    #[test]
    fn each_quota_is_reached_at_its_own_limit() {
        let none = Quotas::default();
        let documents = |limit| Quotas {
            max_documents: Some(limit),
            ..none
        };
        let in_flight = |limit| Quotas {
            max_in_flight: Some(limit),
            ..none
        };
        let bytes = |limit| Quotas {
            max_bytes: Some(limit),
            ..none
        };
        assert_eq!(code(none, i64::MAX), None);
        assert_eq!(code(documents(3), 0), Some("quota_documents"));
        assert_eq!(code(documents(4), 0), None);
        assert_eq!(code(in_flight(2), 0), Some("quota_in_flight"));
        assert_eq!(code(bytes(100), 10), None);
        assert_eq!(code(bytes(100), 11), Some("quota_bytes"));
    }

    #[test]
    fn the_same_key_with_something_else_is_a_mistake() {
        let sent = IdempotencyKey {
            key: "k".into(),
            fingerprint: [1; 32],
        };
        let id = Uuid::new_v4();
        assert_eq!(replay(&[1; 32], id, &sent), Ok(id));
        assert_eq!(
            replay(&[2; 32], id, &sent).unwrap_err().code,
            "idempotency_key_reused"
        );
    }
}
