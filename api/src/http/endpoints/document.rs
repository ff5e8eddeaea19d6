//! `GET /api/documents/{id}`

mod history;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) use self::history::Expansion;
use self::history::{EncodingAnswer, EventAnswer, KeptResultAnswer};
use crate::{
    app::SharedApp,
    database::tenant_transaction,
    documents::{
        document::{self, Document},
        encodings,
    },
    http::{
        authentication::Reader,
        common::{DocumentId, find_recorded, seconds},
        problem::{Problem, ProblemBody},
    },
    live::progress,
};

/// A document.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentAnswer {
    id: Uuid,
    filename: String,
    content_type: Option<String>,
    size_bytes: Option<i64>,
    sha256: Option<String>,
    /// `processing`, `ready` or `failed`
    #[schema(example = "ready")]
    status: &'static str,
    processing_progress: u8,
    error_message: Option<String>,
    error_reason: Option<String>,
    total_chunks: Option<i64>,
    total_tokens: Option<i64>,
    total_pages: Option<i64>,
    /// ISO 639-1, `und` when unsure
    #[schema(example = "it")]
    language: Option<String>,
    /// Processor time of the attempt that made the result
    #[schema(example = 1.25)]
    cpu_seconds: Option<f64>,
    /// `upload`, or `resource` for what was applied to the cluster
    origin: &'static str,
    queue: String,
    priority: i32,
    chunk_size: i32,
    overlap: i32,
    /// RFC 3339, as all times
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    #[schema(format = DateTime)]
    processing_started_at: Option<String>,
    #[schema(format = DateTime)]
    processing_completed_at: Option<String>,
    /// `PENDING`, `PROCESSING`, `SUCCESS` or `FAILURE`
    #[schema(example = "SUCCESS")]
    task_status: &'static str,
    task_info: TaskInfo,
    /// `task_id`, `metadata_file`, `index_file`, `processed_at`, `encoder_version`, `chunk_size`, `overlap` …; of a document with the result
    /// of another they are those of that encoding, and `reused_from` is the document it was made for, which may be deleted by now
    doc_metadata: serde_json::Value,
    /// What is served until the newest encoding is ready; null where nothing was ready before, or the newest is
    kept_result: Option<KeptResultAnswer>,
    /// What happened to it, the first first; in lists only where `expand` asks for it
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    timeline: Option<Vec<EventAnswer>>,
    /// Its encodings, the newest last; in lists only where `expand` asks for it
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    encodings: Option<Vec<EncodingAnswer>>,
}

/// What the encoder is doing.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskInfo {
    progress: u8,
    message: String,
    attempt: u32,
    pages_done: Option<i64>,
    pages_total: Option<i64>,
    queue_position: Option<i64>,
    /// Namespace of the resource
    namespace: String,
    /// Name of the resource
    resource: String,
    /// Which encoding of the document it is, from 1
    encoding: i32,
}

impl From<Document> for DocumentAnswer {
    fn from(document: Document) -> Self {
        let status = document.status().as_str();
        let Document {
            file,
            request,
            progress,
            outcome,
            binding,
            ..
        } = document;
        let (error_reason, error_message) = outcome.error.map(|error| (error.reason, error.message)).unzip();
        Self {
            id: document.id,
            status,
            task_status: document::task_state(progress.phase),
            filename: file.filename,
            content_type: file.content_type,
            size_bytes: file.size_bytes,
            sha256: file.sha256,
            processing_progress: progress.percent,
            error_message,
            error_reason,
            total_chunks: outcome.total_chunks,
            total_tokens: outcome.total_tokens,
            total_pages: outcome.total_pages,
            language: outcome.language,
            cpu_seconds: outcome.cpu_milliseconds.map(seconds),
            origin: document.origin.as_str(),
            queue: request.queue,
            priority: request.priority,
            chunk_size: request.chunk_size,
            overlap: request.overlap,
            created_at: document.created_at.to_string(),
            updated_at: document.updated_at.to_string(),
            processing_started_at: progress.started_at.map(|time| time.to_string()),
            processing_completed_at: outcome.completed_at.map(|time| time.to_string()),
            task_info: TaskInfo {
                progress: progress.percent,
                message: progress.message.unwrap_or_default(),
                attempt: progress.attempt,
                pages_done: progress.pages_done,
                pages_total: progress.pages_total,
                queue_position: progress.queue_position,
                encoding: binding.encoding(),
                namespace: binding.namespace,
                resource: binding.name,
            },
            doc_metadata: document.doc_metadata,
            kept_result: document.kept_result.map(Into::into),
            timeline: None,
            encodings: None,
        }
    }
}

/// A document, with all that is known of it
#[utoipa::path(
    get,
    path = "/api/documents/{id}",
    operation_id = "show_document",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = DocumentAnswer), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn document(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    DocumentId(id): DocumentId,
) -> Result<Json<DocumentAnswer>, Problem> {
    let failed = |error| Problem::database("read a document", &error);
    let mut document = find_recorded(&app, identity, id).await?;
    let mut transaction = tenant_transaction(&app.database, identity.tenant_id)
        .await
        .map_err(failed)?;
    let mut past = encodings::past(&mut transaction, identity.tenant_id, &[id])
        .await
        .map_err(failed)?;
    drop(transaction); // Nobody is to wait for it while Redis is asked.
    let (owner, uid) = (document.owner(), document.binding.uid);
    let live = app
        .progress
        .of(&owner, uid, &document.progress, app.clock.now())
        .await;
    progress::merge(&mut document.progress, live);
    let past = past.remove(&id).unwrap_or_default();
    Ok(Json(Expansion::ALL.answer(document, past)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::document::{DocumentError, samples};

    #[test]
    fn the_record_has_the_names_that_clients_know() {
        let mut document = samples::document();
        document.progress.phase = crds::Phase::Failed;
        document.outcome.error = Some(DocumentError {
            reason: "NoText".into(),
            message: "it looks scanned".into(),
        });
        let answer = serde_json::to_value(DocumentAnswer::from(document)).unwrap();
        assert_eq!(answer["task_status"], "FAILURE");
        assert_eq!(answer["status"], "failed");
        assert_eq!(answer["error_message"], "it looks scanned");
        assert_eq!(answer["created_at"], "1970-01-01T00:00:00Z");
        assert_eq!(answer["task_info"]["progress"], 0);
        assert!(answer["doc_metadata"].is_object());
    }
}
