//! `POST /api/documents/upload`

use axum::{
    Json,
    extract::{FromRequest, Multipart, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use crds::{Phase, keys};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::{App, SharedApp},
    authentication::Caller,
    database::{
        documents::{self, Holdings, IdempotencyKey, Quotas},
        tenant_transaction,
    },
    document::{self, Binding, Document, Origin},
    key::hexadecimal,
    problem::{Problem, ProblemBody},
    upload::{self, Received, UploadError},
};

/// Beside the file a form has its boundaries, names and options; more than this is no form of ours.
const FORM_OVERHEAD_BYTES: u64 = 64 << 10;

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let (status, code) = error.status_and_code();
        if let UploadError::Store(cause) = &error {
            return Self::internal("store an upload", cause);
        }
        if let UploadError::Malformed(cause) = &error {
            tracing::info!(error = cause.body_text(), "an upload was cut off or malformed");
        }
        Self::new(status, code, error.to_string())
    }
}

/// Why a tenant may not have one more document.
fn check_quotas(quotas: &Quotas, holdings: &Holdings, size: i64) -> Result<(), Problem> {
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

/// A document was taken.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadAnswer {
    #[schema(example = true)]
    success: bool,
    document_id: Uuid,
    #[schema(example = "processing")]
    status: &'static str,
    #[schema(example = "Document uploaded and queued for processing")]
    message: &'static str,
}

/// The form of an upload.
#[derive(ToSchema)]
#[allow(
    dead_code,
    reason = "describes the form in the documentation; it is read part by part"
)]
pub struct UploadForm {
    /// PDF, or UTF-8 text (Markdown by its name).
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// The most tokens of a chunk.
    #[schema(minimum = 8, maximum = 100_000, default = 1200)]
    chunk_size: Option<u32>,
    /// The tokens neighbouring chunks share; less than `chunk_size`.
    #[schema(default = 200)]
    overlap: Option<u32>,
    /// Among your documents, higher goes first.
    #[schema(minimum = -1000, maximum = 1000, default = 0)]
    priority: Option<i32>,
    /// The queue it waits in.
    #[schema(default = "documents")]
    queue: Option<String>,
}

/// Upload a document
///
/// It is stored, queued and encoded; follow it under `/api/documents/{id}/status`.
#[utoipa::path(
    post,
    path = "/api/documents/upload",
    tag = "documents",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once")),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, body = UploadAnswer, headers(("Location" = String, description = "The document"))),
        (status = 401, body = ProblemBody), (status = 413, body = ProblemBody), (status = 415, body = ProblemBody),
        (status = 422, body = ProblemBody),
        (status = 500, body = ProblemBody, description = "Task queue unavailable; nothing was kept"),
    ),
    security(("api_key" = []))
)]
pub async fn upload(
    State(app): State<SharedApp>,
    caller: Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let idempotency_key = idempotency_key(&headers)?;
    let quotas = quotas_before(&app, caller).await?;
    let limit = quotas.max_file_bytes.map_or(app.max_upload_bytes, |own| {
        app.max_upload_bytes.min(own.unsigned_abs())
    });
    refuse_declared_length(&headers, limit)?;

    let mut form = form(request).await?;
    let received = upload::receive(&mut form, &app.store, limit).await?;
    let idempotency = idempotency_key.map(|key| IdempotencyKey {
        key,
        fingerprint: received.fingerprint(),
    });

    let now = app.clock.now();
    let document = new_document(&app, caller, &received, now);
    if let Some(earlier) = record(&app, caller, &quotas, &document, &received, idempotency.as_ref()).await? {
        return Ok(accepted(earlier));
    }
    enqueue(&app, caller, &document).await?;
    app.metrics.uploaded_bytes.inc_by(received.file.size);
    tracing::info!(document_id = %document.id, tenant_id = %caller.tenant_id, bytes = received.file.size, "uploaded");
    Ok(accepted(document.id))
}

/// The key a client sent, if it sent one.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .map(str::trim)
        .filter(|key| (1..=255).contains(&key.len()))
        .map(|key| Some(key.to_owned()))
        .ok_or_else(|| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_idempotency_key",
                "the Idempotency-Key must be 1 to 255 visible ASCII characters",
            )
        })
}

/// What is clear before the file has come is said before it comes; it is checked again when it counts.
async fn quotas_before(app: &App, caller: Caller) -> Result<Quotas, Problem> {
    let failed = |error| Problem::database("read quotas", &error);
    let quotas = documents::quotas(&app.database, caller.tenant_id)
        .await
        .map_err(failed)?;
    let mut transaction = tenant_transaction(&app.database, caller.tenant_id)
        .await
        .map_err(failed)?;
    let holdings = documents::holdings(&mut transaction, caller.tenant_id)
        .await
        .map_err(failed)?;
    check_quotas(&quotas, &holdings, 0)?;
    Ok(quotas)
}

fn refuse_declared_length(headers: &HeaderMap, limit: u64) -> Result<(), Problem> {
    let declared: Option<u64> = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    match declared {
        Some(length) if length > limit.saturating_add(FORM_OVERHEAD_BYTES) => {
            Err(UploadError::TooLarge { limit }.into())
        }
        _ => Ok(()),
    }
}

async fn form(request: Request) -> Result<Multipart, Problem> {
    Multipart::from_request(request, &()).await.map_err(|_| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_a_form",
            "send the file as part `file` of a form, `multipart/form-data` with its boundary",
        )
    })
}

fn new_document(app: &App, caller: Caller, received: &Received, now: Timestamp) -> Document {
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

/// Puts the file in its place and writes the row, or neither. Answers the document of an earlier request with the
/// same Idempotency-Key, if there was one.
async fn record(
    app: &App,
    caller: Caller,
    quotas: &Quotas,
    document: &Document,
    received: &Received,
    idempotency: Option<&IdempotencyKey>,
) -> Result<Option<Uuid>, Problem> {
    let decided = decide_and_insert(app, caller, quotas, document, received, idempotency).await;
    if !matches!(decided, Ok(None)) {
        app.store.discard(&received.file.object).await;
    }
    decided
}

async fn decide_and_insert(
    app: &App,
    caller: Caller,
    quotas: &Quotas,
    document: &Document,
    received: &Received,
    idempotency: Option<&IdempotencyKey>,
) -> Result<Option<Uuid>, Problem> {
    let failed = |error| Problem::database("record an upload", &error);
    let tenant = caller.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    documents::lock_uploads(&mut transaction, tenant)
        .await
        .map_err(failed)?;
    if let Some(sent) = idempotency {
        let earlier = documents::find_idempotent(&mut transaction, tenant, &sent.key)
            .await
            .map_err(failed)?;
        if let Some((fingerprint, id)) = earlier {
            return replay(&fingerprint, id, sent).map(Some);
        }
    }
    let holdings = documents::holdings(&mut transaction, tenant)
        .await
        .map_err(failed)?;
    check_quotas(quotas, &holdings, received.file.size.cast_signed())?;
    documents::insert(&mut transaction, document, idempotency)
        .await
        .map_err(failed)?;

    let prefix = keys::document_prefix(&document.owner(), &document.id.to_string());
    let key = keys::source(&document.owner(), &document.id.to_string());
    app.store
        .publish(&received.file.object, &key)
        .await
        .map_err(|error| Problem::internal("put an upload in its place", &error))?;
    if let Err(error) = transaction.commit().await {
        remove_objects(app, &prefix).await;
        return Err(failed(error));
    }
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
async fn enqueue(app: &App, caller: Caller, document: &Document) -> Result<(), Problem> {
    match app.cluster.create(document).await {
        Ok(uid) => {
            let (id, number) = (document.id, document.binding.number);
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
            let now = app.clock.now();
            documents::delete(&app.database, caller.tenant_id, document.id, removal, now)
                .await
                .map_err(|error| Problem::database("undo an upload", &error))?;
            let prefix = keys::document_prefix(&document.owner(), &document.id.to_string());
            remove_objects(app, &prefix).await;
            Err(Problem::queue_unavailable())
        }
    }
}

async fn remove_objects(app: &App, prefix: &str) {
    if let Err(error) = app.store.remove_document(prefix).await {
        tracing::error!(%error, prefix, "failed to remove the objects of an upload that was undone");
    }
}

fn accepted(id: Uuid) -> Response {
    let answer = UploadAnswer {
        success: true,
        document_id: id,
        status: "processing",
        message: "Document uploaded and queued for processing",
    };
    let mut response = (StatusCode::ACCEPTED, Json(answer)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/documents/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
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
        assert_eq!(code(none, i64::MAX), None);
        assert_eq!(
            code(
                Quotas {
                    max_documents: Some(3),
                    ..none
                },
                0
            ),
            Some("quota_documents")
        );
        assert_eq!(
            code(
                Quotas {
                    max_documents: Some(4),
                    ..none
                },
                0
            ),
            None
        );
        assert_eq!(
            code(
                Quotas {
                    max_in_flight: Some(2),
                    ..none
                },
                0
            ),
            Some("quota_in_flight")
        );
        assert_eq!(
            code(
                Quotas {
                    max_bytes: Some(100),
                    ..none
                },
                10
            ),
            None
        );
        assert_eq!(
            code(
                Quotas {
                    max_bytes: Some(100),
                    ..none
                },
                11
            ),
            Some("quota_bytes")
        );
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

    #[test]
    fn a_length_that_is_declared_too_large_is_refused_unread() {
        let declared =
            |length: &str| HeaderMap::from_iter([(header::CONTENT_LENGTH, length.parse().unwrap())]);
        assert!(refuse_declared_length(&declared("100"), 100).is_ok());
        let problem = refuse_declared_length(&declared("100000000"), 100).unwrap_err();
        assert_eq!((problem.status.as_u16(), problem.code), (413, "file_too_large"));
    }
}
