//! `POST /api/documents/upload`

use std::time::Duration;

use axum::{
    Json,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::{App, SharedApp},
    database::{STEP_LIMIT, within},
    http::{
        authentication::Writer,
        problem::{Problem, ProblemBody},
        uploads::{self, idempotency_key, receiver, status_and_code},
    },
    identity::Identity,
    uploads::{
        UploadError,
        form::{self, FileOutcome},
        idempotency::{self, Claim, HeldKey},
        intake::{self, Answering, Taken},
        receive::Receiver,
        record::Lease,
    },
};

/// How long giving an Idempotency-Key back is waited for, before the refusal.
const GIVEN_BACK_WITHIN: Duration = Duration::from_secs(2);

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
    /// True, and there, where the document is ready already: with the result of one of yours of the same content, name and parameters
    #[serde(skip_serializing_if = "Option::is_none")]
    reused: Option<bool>,
}

/// What became of several files.
#[derive(Debug, Serialize, ToSchema)]
pub struct UploadsAnswer {
    /// Whether all were taken.
    success: bool,
    documents: Vec<FileAnswer>,
}

/// What became of one of several files.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileAnswer {
    filename: String,
    success: bool,
    document_id: Option<Uuid>,
    /// The status that it would have been answered with, had it come alone.
    #[schema(example = 202)]
    status: u16,
    /// Stable name of the problem, if there is one.
    code: Option<&'static str>,
    message: String,
    /// True, and there, where the document is ready already
    #[serde(skip_serializing_if = "Option::is_none")]
    reused: Option<bool>,
}

/// The form of an upload.
// Other parts are passed over, as browsers add some (RFC 7578, section 4.6). A client that reads this has no reason to send any.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
#[allow(
    dead_code,
    reason = "describes the form in the documentation; it is read part by part"
)]
pub struct UploadForm {
    /// PDF, DOCX, EPUB, HTML, or text (Markdown by its name). The part may come several times.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// The most tokens of a chunk.
    #[schema(nullable = false, minimum = 8, maximum = 100_000, default = 1200)]
    chunk_size: Option<u32>,
    /// The tokens neighbouring chunks share; less than `chunk_size`.
    #[schema(nullable = false, minimum = 0, maximum = 99_999, default = 200)]
    overlap: Option<u32>,
    /// Among your documents, higher goes first.
    #[schema(nullable = false, minimum = -1000, maximum = 1000, default = 0)]
    priority: Option<i32>,
    /// The queue it waits in.
    #[schema(
        nullable = false,
        max_length = 63,
        pattern = r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$",
        default = "documents"
    )]
    queue: Option<String>,
    /// Encode it even where there is a result already that it could have.
    #[schema(nullable = false, default = false)]
    force: Option<bool>,
}

/// Upload a document
///
/// It is stored, queued and encoded; follow it under `/api/documents/{id}/status`. Where the form holds several files each has an outcome of
/// its own. A file with the content, name and parameters of a document that is ready has that one's result, at once, unless `force` is true.
#[utoipa::path(
    post,
    path = "/api/documents/upload",
    operation_id = "upload_documents",
    tag = "documents",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, pattern = r"^[!-~]{1,255}$", description = "The same request with the same key is done once; kept for 24 hours")),
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, body = UploadAnswer, headers(("Location" = String, description = "The document"))),
        (status = 207, body = UploadsAnswer, description = "The form held several files"),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "The form is broken or was cut off"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, body = ProblemBody, content_type = "application/problem+json", description = "It came too slowly"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The first request with this Idempotency-Key is not answered yet"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json", description = "The file is too large, or a quota is used up"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json", description = "Nothing that can be encoded, or no form"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json", description = "Too much at once: wait"),
        (status = 500, body = ProblemBody, content_type = "application/problem+json", description = "Task queue unavailable; nothing was kept"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(("api_key" = []))
)]
pub async fn upload(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let boundary = boundary(&headers)?;
    let place = app.uploads.begin(identity.tenant_id)?;
    // A client that hangs up ends this handler, but must not leave the work half done.
    let tasks = app.uploads.tasks().clone();
    let work = tasks.spawn(async move {
        let _place = place;
        receive_and_take(&app, identity, key, boundary, request.into_body()).await
    });
    match work.await {
        Ok(answer) => Ok(answer?),
        Err(error) => Err(Problem::internal("take an upload", &error)),
    }
}

async fn receive_and_take(
    app: &App,
    identity: Identity,
    key: Option<String>,
    boundary: String,
    body: Body,
) -> Result<Response, UploadError> {
    let receiver = receiver(app, identity).await?;
    let (tenant, holder) = (receiver.tenant, receiver.holder);
    let key = key.map(|key| HeldKey { key, holder });
    let claim = match &key {
        Some(key) => within(STEP_LIMIT, idempotency::claim(&app.database, tenant, key)).await?,
        None => Claim::Ours,
    };
    let receiver = Receiver {
        is_kept: claim == Claim::Ours,
        ..receiver
    };
    let _lease = Lease::keep(
        app.database.clone(),
        tenant,
        holder,
        key.as_ref().map(|key| key.key.clone()),
    );
    if let Claim::Answered {
        fingerprint,
        answer,
        document,
    } = claim
    {
        let form = form::receive(body.into_data_stream(), boundary, &receiver).await?;
        if form.fingerprint()[..] != fingerprint[..] {
            return Err(UploadError::KeyReused);
        }
        // The version before noted the document alone, and reused nothing.
        let taken = document.map(|document_id| Taken {
            document_id,
            is_reused: false,
        });
        return Ok(replayed(&answer.unwrap_or_else(|| json!(taken.map(accepted)))));
    }
    let answering = key.clone().map(|key| Answering {
        key,
        answer: |outcomes| to_value(outcomes).1,
    });
    let taken = async {
        let form = form::receive(body.into_data_stream(), boundary, &receiver).await?;
        intake::take(app, &receiver, form, answering.as_ref()).await
    };
    match taken.await {
        Ok(outcomes) => answer(outcomes),
        Err(error) => {
            if let Some(key) = &key
                && let Err(error) = within(
                    GIVEN_BACK_WITHIN,
                    idempotency::give_back(&app.database, tenant, key, false),
                )
                .await
            {
                tracing::warn!(%error, "unable to give an Idempotency-Key back; it is free once its lease has ended");
            }
            Err(error)
        }
    }
}

fn boundary(headers: &HeaderMap) -> Result<String, Problem> {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|content_type| content_type.to_str().ok())
        .and_then(|content_type| multer::parse_boundary(content_type).ok())
        .ok_or_else(|| {
            Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "not_a_form",
                "send the file as part `file` of a form, `multipart/form-data` with its boundary",
            )
        })
}

/// One file is answered as existing clients know it; a problem with the one is a problem with the request.
fn answer(mut outcomes: Vec<FileOutcome<Taken>>) -> Result<Response, UploadError> {
    if outcomes.len() == 1
        && let Some(FileOutcome {
            result: Err(error), ..
        }) = outcomes.pop_if(|outcome| outcome.result.is_err())
    {
        return Err(error);
    }
    let (status, body) = to_value(&outcomes);
    Ok(respond(status, &body))
}

/// As existing clients know it, whether it is to be encoded or not: they ask for the status next.
pub(super) fn accepted(taken: Taken) -> UploadAnswer {
    UploadAnswer {
        success: true,
        document_id: taken.document_id,
        status: "processing",
        message: ACCEPTED,
        reused: taken.is_reused.then_some(true),
    }
}

const ACCEPTED: &str = "Document uploaded and queued for processing";

/// The answer as JSON, with its status.
fn to_value(outcomes: &[FileOutcome<Taken>]) -> (StatusCode, Value) {
    if let [
        FileOutcome {
            result: Ok(taken), ..
        },
    ] = outcomes
    {
        return (StatusCode::ACCEPTED, json!(accepted(*taken)));
    }
    let documents: Vec<FileAnswer> = outcomes.iter().map(file_answer).collect();
    let answer = UploadsAnswer {
        success: documents.iter().all(|document| document.success),
        documents,
    };
    (StatusCode::MULTI_STATUS, json!(answer))
}

fn file_answer(outcome: &FileOutcome<Taken>) -> FileAnswer {
    let filename = outcome.filename.clone();
    match &outcome.result {
        Ok(taken) => FileAnswer {
            filename,
            success: true,
            document_id: Some(taken.document_id),
            status: StatusCode::ACCEPTED.as_u16(),
            code: None,
            message: ACCEPTED.to_owned(),
            reused: taken.is_reused.then_some(true),
        },
        Err(error) => {
            let (status, code) = status_and_code(error);
            FileAnswer {
                filename,
                success: false,
                document_id: None,
                status: status.as_u16(),
                code: Some(code),
                message: error.to_string(),
                reused: None,
            }
        }
    }
}

/// The answer to the same request again.
fn replayed(answer: &Value) -> Response {
    let status = match answer["document_id"] {
        Value::String(_) => StatusCode::ACCEPTED,
        _ => StatusCode::MULTI_STATUS,
    };
    uploads::replayed(respond(status, answer))
}

fn respond(status: StatusCode, body: &Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    if let Some(id) = body["document_id"].as_str()
        && let Ok(location) = HeaderValue::from_str(&format!("/api/documents/{id}"))
    {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
