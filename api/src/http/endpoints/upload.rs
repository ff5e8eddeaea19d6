//! `POST /api/documents/upload`

use axum::{
    Json,
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::{App, SharedApp},
    database::tenant_transaction,
    documents::{self, IdempotencyKey, Quotas},
    http::{
        authentication::Writer,
        problem::{Problem, ProblemBody},
    },
    identity::Identity,
    uploads::{
        form::{self, Received, UploadError},
        intake,
    },
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
    /// PDF, DOCX, EPUB, HTML, or text (Markdown by its name).
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
    Writer(caller): Writer,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let idempotency_key = idempotency_key(&headers)?;
    let quotas = quotas_before(&app, caller).await?;
    let limit = quotas.max_file_bytes.map_or(app.max_upload_bytes, |own| {
        app.max_upload_bytes.min(own.unsigned_abs())
    });
    refuse_declared_length(&headers, limit)?;

    let mut parts = form(request, limit).await?;
    let received = form::receive(&mut parts, &app.store, limit).await?;
    let idempotency = idempotency_key.map(|key| IdempotencyKey {
        key,
        fingerprint: received.fingerprint(),
    });

    // A client that hangs up ends this handler, but must not leave the work half done.
    let work = tokio::spawn(take_on(app, caller, quotas, received, idempotency));
    match work.await {
        Ok(taken) => taken.map(accepted),
        Err(error) => Err(Problem::internal("take an upload on", &error)),
    }
}

/// Makes a document of what was received; answers its id, or that of an earlier request with the same Idempotency-Key.
async fn take_on(
    app: SharedApp,
    caller: Identity,
    quotas: Quotas,
    received: Received,
    idempotency: Option<IdempotencyKey>,
) -> Result<Uuid, Problem> {
    let document = intake::new_document(&app, caller, &received, app.clock.now());
    if let Some(earlier) =
        intake::record(&app, caller, &quotas, &document, &received, idempotency.as_ref()).await?
    {
        return Ok(earlier);
    }
    intake::enqueue(&app, caller, &document).await?;
    app.metrics.uploaded_bytes.inc_by(received.file.size);
    tracing::info!(document_id = %document.id, tenant_id = %caller.tenant_id, bytes = received.file.size, "uploaded");
    Ok(document.id)
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
async fn quotas_before(app: &App, caller: Identity) -> Result<Quotas, Problem> {
    let failed = |error| Problem::database("read quotas", &error);
    let mut transaction = tenant_transaction(&app.database, caller.tenant_id)
        .await
        .map_err(failed)?;
    let quotas = documents::quotas(&mut transaction, caller.tenant_id)
        .await
        .map_err(failed)?;
    if quotas.limit_holdings() {
        let holdings = documents::holdings(&mut transaction, caller.tenant_id)
            .await
            .map_err(failed)?;
        intake::check_quotas(&quotas, &holdings, 0)?;
    }
    Ok(quotas)
}

fn refuse_declared_length(headers: &HeaderMap, limit: u64) -> Result<(), Problem> {
    let declared: Option<u64> = headers
        .get(header::CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    match declared {
        Some(length) if length > form_limit(limit) => Err(UploadError::TooLarge { limit }.into()),
        _ => Ok(()),
    }
}

/// The longest form with a file of at most this length.
fn form_limit(limit: u64) -> u64 {
    limit.saturating_add(FORM_OVERHEAD_BYTES)
}

/// The form, of which no more is read than it may be long: what is not known in it is passed over, and not counted otherwise.
async fn form(mut request: Request, limit: u64) -> Result<Multipart, Problem> {
    let longest = usize::try_from(form_limit(limit)).unwrap_or(usize::MAX);
    DefaultBodyLimit::max(longest).apply(&mut request);
    Multipart::from_request(request, &()).await.map_err(|_| {
        Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not_a_form",
            "send the file as part `file` of a form, `multipart/form-data` with its boundary",
        )
    })
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

    #[test]
    fn a_length_that_is_declared_too_large_is_refused_unread() {
        let declared =
            |length: &str| HeaderMap::from_iter([(header::CONTENT_LENGTH, length.parse().unwrap())]);
        assert!(refuse_declared_length(&declared("100"), 100).is_ok());
        let problem = refuse_declared_length(&declared("100000000"), 100).unwrap_err();
        assert_eq!((problem.status.as_u16(), problem.code), (413, "file_too_large"));
    }
}
