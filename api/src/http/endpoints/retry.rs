//! `POST /api/documents/{id}/retry`

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::{
    app::SharedApp,
    documents::{
        document::Status,
        parameters::{EncodingParameters, InvalidParameters},
        retry::{self, RetryError},
    },
    http::{
        authentication::Writer,
        common::{ActionAnswer, DocumentId, accepted, find_recorded},
        input::{OptionalJsonBody, Parameters, unprocessable, whole_number},
        problem::{Problem, ProblemBody},
    },
    uploads::UploadError,
};

impl From<InvalidParameters> for Problem {
    fn from(error: InvalidParameters) -> Self {
        unprocessable("invalid_option", error.to_string())
    }
}

impl From<RetryError> for Problem {
    fn from(error: RetryError) -> Self {
        let code = match error {
            RetryError::NotFinished => "not_finished",
            RetryError::NotUploaded => "not_uploaded",
            RetryError::Superseded { .. } => "encoding_superseded",
            RetryError::Parameters(error) => return error.into(),
            RetryError::Quota(exceeded) => return UploadError::from(exceeded).into(),
            RetryError::QueueUnavailable => return Self::queue_unavailable(),
            RetryError::Database(cause) => return Self::database("begin another encoding", &cause),
        };
        Self::new(StatusCode::CONFLICT, code, error.to_string())
    }
}

/// How documents are to be encoded once more; what is not sent, or null, is as it was
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(example = json!({"chunk_size": 600, "overlap": 100}))]
pub struct EncodingParametersBody {
    /// The most tokens of a chunk
    #[schema(minimum = 8, maximum = 100_000, example = 600)]
    #[serde(deserialize_with = "whole_number")]
    chunk_size: Option<i64>,
    /// The tokens neighbouring chunks share; less than `chunk_size`
    #[schema(minimum = 0, maximum = 99_999, example = 100)]
    #[serde(deserialize_with = "whole_number")]
    overlap: Option<i64>,
    /// Among your documents, higher goes first
    #[schema(minimum = -1000, maximum = 1000)]
    #[serde(deserialize_with = "whole_number")]
    priority: Option<i64>,
    /// The queue to wait in
    #[schema(
        min_length = 1,
        max_length = 63,
        pattern = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$",
        example = "maintenance"
    )]
    queue: Option<String>,
}

impl From<EncodingParametersBody> for EncodingParameters {
    fn from(body: EncodingParametersBody) -> Self {
        Self {
            chunk_size: body.chunk_size,
            overlap: body.overlap,
            priority: body.priority,
            queue: body.queue,
        }
    }
}

/// Which encoding it is asked of.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawNewest {
    /// Only where this is the document's newest encoding (`task_info.encoding`): so the request can be repeated when its answer is lost
    #[param(value_type = Option<i32>, minimum = 1)]
    encoding: Option<String>,
}

impl RawNewest {
    fn validate(&self) -> Result<Option<i32>, Problem> {
        let Some(encoding) = self.encoding.as_deref() else {
            return Ok(None);
        };
        let number = encoding.parse().ok().filter(|number| *number >= 1);
        let number =
            number.ok_or_else(|| unprocessable("invalid_query", "encoding must be a number from 1"))?;
        Ok(Some(number))
    }
}

/// Encode a document again that has ended, also with other parameters
///
/// A document that is ready keeps its result until the new one is ready: downloads, chunks and search go on with it, also where the new encoding fails.
/// A new resource is made, as one that is finished never changes.
#[utoipa::path(
    post,
    path = "/api/documents/{id}/retry",
    operation_id = "retry_document",
    tag = "documents",
    params(("id" = Uuid, Path), RawNewest),
    request_body = Option<EncodingParametersBody>,
    responses(
        (status = 202, body = ActionAnswer), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 413, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody), (status = 500, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn retry(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    DocumentId(id): DocumentId,
    Parameters(newest): Parameters<RawNewest>,
    OptionalJsonBody(body): OptionalJsonBody<EncodingParametersBody>,
) -> Result<Response, Problem> {
    let newest = newest.validate()?;
    let before = find_recorded(&app, identity, id).await?;
    retry::check_newest(&before, newest)?;
    retry::retry(&app, identity.tenant_id, &before, &body.into()).await?;
    Ok(accepted(id, Status::Processing, "Document queued for processing"))
}
