//! What the endpoints of uploads share: the problems, whose uploads they are and how large, and the `Idempotency-Key`.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode},
    response::Response,
};
use uuid::Uuid;

use crate::{
    app::App,
    database::{STEP_LIMIT, is_unavailable, within},
    documents::holdings::QuotaExceeded,
    http::problem::Problem,
    identity::Identity,
    store::StoreError,
    uploads::{UploadError, receive::Receiver, record},
};

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        let (status, code) = status_and_code(&error);
        match &error {
            UploadError::Database(cause) => return Self::database("record an upload", cause),
            UploadError::QueueUnavailable => return Self::queue_unavailable(),
            UploadError::Malformed(cause) => {
                tracing::info!(error = %cause, "an upload was cut off or malformed");
            }
            _ => {}
        }
        if let UploadError::Store(cause) = error {
            return cause.into();
        }
        let problem = Self::new(status, code, error.to_string());
        if matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE | StatusCode::LOCKED
        ) || code == "idempotency_key_pending"
        {
            return problem.retry_after(RETRY_AFTER_SECONDS);
        }
        problem
    }
}

/// After so long a client may ask again where waiting helps.
const RETRY_AFTER_SECONDS: u64 = 2;

pub(super) fn status_and_code(error: &UploadError) -> (StatusCode, &'static str) {
    match error {
        UploadError::MissingFile => (StatusCode::UNPROCESSABLE_ENTITY, "missing_file"),
        UploadError::TooManyFiles(_) => (StatusCode::UNPROCESSABLE_ENTITY, "too_many_files"),
        UploadError::EmptyFile => (StatusCode::UNPROCESSABLE_ENTITY, "empty_file"),
        UploadError::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "file_too_large"),
        UploadError::UnsupportedFormat(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_format"),
        UploadError::FileName(_) | UploadError::PartHead => {
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid_file_name")
        }
        UploadError::Options(_) | UploadError::OptionTooLong | UploadError::OptionNotText => {
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid_option")
        }
        UploadError::Malformed(_) | UploadError::HeadTooLong => (StatusCode::BAD_REQUEST, "malformed_form"),
        UploadError::TooSlow(_) | UploadError::HeldUpOthers => {
            (StatusCode::REQUEST_TIMEOUT, "upload_too_slow")
        }
        UploadError::Quota(QuotaExceeded::Documents(_)) => (StatusCode::PAYLOAD_TOO_LARGE, "quota_documents"),
        UploadError::Quota(QuotaExceeded::Bytes(_)) => (StatusCode::PAYLOAD_TOO_LARGE, "quota_bytes"),
        UploadError::Quota(QuotaExceeded::InFlight(_)) => (StatusCode::TOO_MANY_REQUESTS, "quota_in_flight"),
        UploadError::TooManyUploads(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_uploads"),
        UploadError::Saturated => (StatusCode::TOO_MANY_REQUESTS, "saturated"),
        UploadError::UnknownUpload => (StatusCode::NOT_FOUND, "upload_not_found"),
        UploadError::WrongOffset(_) => (StatusCode::CONFLICT, "wrong_offset"),
        UploadError::Locked => (StatusCode::LOCKED, "upload_locked"),
        UploadError::NotPresigned => (StatusCode::CONFLICT, "not_presigned"),
        UploadError::WrongParts(_) | UploadError::UnknownParts => {
            (StatusCode::UNPROCESSABLE_ENTITY, "wrong_parts")
        }
        UploadError::WrongSize { .. } => (StatusCode::UNPROCESSABLE_ENTITY, "wrong_size"),
        UploadError::KeyReused => (StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused"),
        UploadError::KeyPending => (StatusCode::CONFLICT, "idempotency_key_pending"),
        UploadError::Abandoned => (StatusCode::SERVICE_UNAVAILABLE, "upload_interrupted"),
        UploadError::QueueUnavailable => (StatusCode::INTERNAL_SERVER_ERROR, "queue_unavailable"),
        UploadError::Store(StoreError::Failed { .. }) => Problem::STORE_UNAVAILABLE,
        UploadError::Database(cause) if is_unavailable(cause) => Problem::DATABASE_UNAVAILABLE,
        UploadError::Store(_) | UploadError::Database(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    }
}

/// Where the files of a request go, whose they are, and how large they may be.
pub(super) async fn receiver(app: &App, identity: Identity) -> Result<Receiver<'_>, UploadError> {
    let quotas = within(STEP_LIMIT, record::quotas(&app.database, identity.tenant_id)).await?;
    let own_limit = quotas.max_file_bytes.map(i64::unsigned_abs);
    Ok(Receiver {
        store: &app.store,
        database: &app.database,
        tenant: identity.tenant_id,
        user: identity.user_id,
        holder: Uuid::new_v4(),
        limit: own_limit.map_or(app.max_upload_bytes, |own| app.max_upload_bytes.min(own)),
        is_kept: true,
    })
}

/// The key a client sent, if it sent one.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    value
        .to_str()
        .ok()
        .filter(|key| (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()))
        .map(|key| Some(key.to_owned()))
        .ok_or_else(|| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid_idempotency_key",
                "the Idempotency-Key must be 1 to 255 visible ASCII characters",
            )
        })
}

/// Says that it is the answer to the same request again.
pub(super) fn replayed(mut answer: Response) -> Response {
    let headers = answer.headers_mut();
    headers.insert("idempotency-replayed", HeaderValue::from_static("true"));
    answer
}
