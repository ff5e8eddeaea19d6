//! `…/api/documents/upload/presigned`: uploads whose parts a client sends to the store by itself.

use axum::{
    Json,
    extract::{FromRequest, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::upload::{UploadAnswer, accepted};
use crate::{
    app::SharedApp,
    http::{
        authentication::Writer,
        common::DocumentId,
        input::{JsonBody, whole_number},
        problem::{Problem, ProblemBody},
        uploads::{idempotency_key, receiver, replayed},
    },
    uploads::{
        UploadError,
        beginning::Once,
        options::RawOptions,
        pending::{self, Method},
        presigned::{self, Begun},
        record::Lease,
        resumable,
    },
};

/// What is to be uploaded.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[schema(example = json!({"filename": "report.pdf", "size_bytes": 1_048_576}))]
pub struct PresignedRequest {
    /// What the person called it
    #[schema(
        example = "report.pdf",
        max_length = 255,
        pattern = r"^(?!\.{1,2}$)[^/\\\u0000-\u001f\u007f-\u009f]*[^\s/\\\u0000-\u001f\u007f-\u009f][^/\\\u0000-\u001f\u007f-\u009f]*$"
    )]
    filename: String,
    /// Its length in bytes
    #[schema(minimum = 1)]
    #[serde(deserialize_with = "whole_number_of_bytes")]
    size_bytes: u64,
    /// The most tokens of a chunk
    #[schema(minimum = 8, maximum = 100_000, default = 1200)]
    #[serde(default, deserialize_with = "whole_number")]
    chunk_size: Option<i64>,
    /// The tokens neighbouring chunks share; less than `chunk_size`
    #[schema(minimum = 0, maximum = 99_999, default = 200)]
    #[serde(default, deserialize_with = "whole_number")]
    overlap: Option<i64>,
    /// Among your documents, higher goes first
    #[schema(minimum = -1000, maximum = 1000, default = 0)]
    #[serde(default, deserialize_with = "whole_number")]
    priority: Option<i64>,
    /// The queue it waits in
    #[schema(
        max_length = 63,
        pattern = r"^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)?$",
        default = "documents"
    )]
    queue: Option<String>,
    /// Encode it even where there is a result already that it could have
    #[schema(default = false)]
    force: Option<bool>,
}

fn whole_number_of_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    whole_number(deserializer)?.ok_or_else(|| D::Error::custom("null is no number of bytes"))
}

/// Where the parts are to be sent.
#[derive(Serialize, ToSchema)]
pub struct PresignedAnswer {
    #[schema(example = true)]
    success: bool,
    /// Also the id of the document to be
    upload_id: Uuid,
    /// When it is given up, and the URLs end (RFC 3339); null where it is completed
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Empty where it is completed
    parts: Vec<PartAnswer>,
}

/// Where a part is to be sent.
#[derive(Serialize, ToSchema)]
pub struct PartAnswer {
    /// From 1
    number: usize,
    /// Exactly so many bytes
    size: u64,
    /// Send it by PUT, and keep the `ETag` of the answer
    url: String,
}

/// What the store answered to the parts.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CompleteRequest {
    /// The entity tags, in the order of the parts
    parts: Vec<CompletePart>,
}

/// What the store answered to a part.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CompletePart {
    /// The header `ETag`
    etag: String,
}

/// Begin an upload that goes past the API
///
/// Where documents are kept in S3: send each part to its URL, then complete the upload.
///
/// The same body with the same `Idempotency-Key` has the same `upload_id`, and `Idempotency-Replayed: true`. While the upload is open the URLs are
/// signed anew, for the same parts: what was sent of them stays, and they end when the upload is given up. Where it is completed there are no
/// parts to send; complete it again, with none, for the document. Once it was given up, or its document deleted, it is begun anew.
#[utoipa::path(
    post,
    path = "/api/documents/upload/presigned",
    operation_id = "begin_presigned_upload",
    tag = "documents",
    params(("Idempotency-Key" = Option<String>, Header, nullable = false, pattern = r"^[!-~]{1,255}$", description = "The same request with the same key is done once; kept for 24 hours")),
    request_body = PresignedRequest,
    responses(
        (status = 201, body = PresignedAnswer),
        (status = 409, body = ProblemBody, description = "Documents are not kept in S3, or the first request with this Idempotency-Key is not answered yet"),
        (status = 429, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn begin(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    request: Request,
) -> Result<Response, Problem> {
    let key = idempotency_key(request.headers())?;
    let JsonBody(body) = JsonBody::<PresignedRequest>::from_request(request, &app).await?;
    let sent = json!(["presigned", body]);
    let (filename, size) = (body.filename, body.size_bytes);
    let text = |number: Option<i64>| number.map(|number| number.to_string());
    let raw = RawOptions {
        chunk_size: text(body.chunk_size),
        overlap: text(body.overlap),
        priority: text(body.priority),
        queue: body.queue,
        force: body.force.map(|force| force.to_string()),
    };
    let options = raw.validate().map_err(UploadError::from)?;
    // A client that hangs up ends this handler, but must not leave its Idempotency-Key taken.
    let tasks = app.uploads.tasks().clone();
    let work = tasks.spawn(async move {
        let receiver = receiver(&app, identity).await?;
        let once = key.map(|key| Once::new(&receiver, key, &sent));
        presigned::begin(
            &receiver,
            &filename,
            size,
            &options,
            once.as_ref(),
            app.clock.now(),
        )
        .await
    });
    match work.await {
        Ok(begun) => Ok(answer(begun?)),
        Err(error) => Err(Problem::internal("begin an upload", &error)),
    }
}

fn answer(begun: Begun) -> Response {
    let (expires_at, parts) = match begun.open {
        Some((pending, presigned)) => (Some(pending.expires_at().to_string()), presigned.parts),
        None => (None, Vec::new()),
    };
    let answer = PresignedAnswer {
        success: true,
        upload_id: begun.id,
        expires_at,
        parts: parts
            .into_iter()
            .enumerate()
            .map(|(index, part)| PartAnswer {
                number: index + 1,
                size: part.size,
                url: part.url.into(),
            })
            .collect(),
    };
    let headers = [(header::CACHE_CONTROL, "no-store")];
    let response = (StatusCode::CREATED, headers, Json(answer)).into_response();
    if begun.is_replayed {
        return replayed(response);
    }
    response
}

/// Complete an upload that went past the API
///
/// It becomes a document with the upload's id, and is queued, or ready at once where there is a result already that it may have.
#[utoipa::path(
    post,
    path = "/api/documents/upload/presigned/{id}/complete",
    operation_id = "complete_presigned_upload",
    tag = "documents",
    params(("id" = Uuid, Path)),
    request_body = CompleteRequest,
    responses(
        (status = 202, body = UploadAnswer, headers(("Location" = String, description = "The document"))),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 423, body = ProblemBody),
        (status = 429, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn complete(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    DocumentId(id): DocumentId,
    request: Request,
) -> Result<Response, Problem> {
    pending::state(&app.database, identity.tenant_id, Method::Presigned, id).await?; // What is not there is that, whatever was sent.
    let place = app.uploads.begin(identity.tenant_id).map_err(Problem::from)?;
    let JsonBody(body) = JsonBody::<CompleteRequest>::from_request(request, &app).await?;
    let entity_tags = body.parts.into_iter().map(|part| part.etag).collect();
    // A client that hangs up ends this handler, but must not leave the work half done.
    let tasks = app.uploads.tasks().clone();
    let work = tasks.spawn(async move {
        let _place = place;
        let receiver = receiver(&app, identity).await?;
        let _lease = Lease::keep(app.database.clone(), receiver.tenant, receiver.holder, None);
        presigned::complete(&app, &receiver, id, entity_tags).await
    });
    let taken = match work.await {
        Ok(completed) => completed?,
        Err(error) => return Err(Problem::internal("complete an upload", &error)),
    };
    let location = [(header::LOCATION, format!("/api/documents/{id}"))];
    Ok((StatusCode::ACCEPTED, location, Json(accepted(taken))).into_response())
}

/// Give an upload up that goes past the API
#[utoipa::path(
    delete,
    path = "/api/documents/upload/presigned/{id}",
    operation_id = "abort_presigned_upload",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "Nothing is left of it"), (status = 404, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn abort(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    DocumentId(id): DocumentId,
) -> Result<StatusCode, Problem> {
    let receiver = receiver(&app, identity).await?;
    resumable::terminate(&app, &receiver, Method::Presigned, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
