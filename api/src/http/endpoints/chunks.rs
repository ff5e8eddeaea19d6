//! `GET /api/documents/{id}/chunks`

use axum::{
    Json,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    attachment::{not_modified, quoted},
    download::DownloadError,
};
use crate::{
    app::SharedApp,
    documents::chunks::{self, Chunk, ChunksError},
    http::{
        authentication::Reader,
        common::{DocumentId, find_recorded, is_known},
        input::{Limit, Parameters, place, unprocessable},
        problem::{Problem, ProblemBody},
    },
};

/// Which chunks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawChunks {
    /// From 1 to 200
    #[param(value_type = Option<u16>, minimum = 1, maximum = 200, default = 50)]
    limit: Option<String>,
    /// The `next_cursor` of the part before
    #[param(pattern = r"^([0-9]{1,9}\.[0-9a-f]{16})?$")]
    cursor: Option<String>,
}

/// Chunks
#[derive(Debug, Serialize, ToSchema)]
pub struct ChunksAnswer {
    #[schema(example = true)]
    success: bool,
    chunks: Vec<Chunk>,
    /// How many there are in all
    #[schema(example = 120)]
    total_chunks: usize,
    /// Send it as `cursor` for more; null where there is no more
    next_cursor: Option<String>,
}

impl From<ChunksError> for Problem {
    fn from(error: ChunksError) -> Self {
        match error {
            ChunksError::Busy => {
                Self::saturated("too many results are being read at once: ask again in a moment")
            }
            ChunksError::Manifest(error) => DownloadError::from(error).into(),
            ChunksError::Database(error) => Self::database("read chunks", &error),
        }
    }
}

/// Where a list of chunks goes on: in which result, and from which chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cursor {
    result: String,
    index: usize,
}

impl Cursor {
    /// So many characters of a digest tell the results of a document apart.
    const DIGITS: usize = 16;

    fn new(sha256: &str, index: usize) -> Self {
        Self {
            result: sha256.chars().take(Self::DIGITS).collect(),
            index,
        }
    }

    fn write(&self) -> String {
        format!("{}.{}", self.index, self.result)
    }

    fn read(text: &str) -> Option<Self> {
        let (index, result) = text.split_once('.')?;
        let is_digest = result.len() == Self::DIGITS
            && result
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        Some(Self {
            index: index
                .parse()
                .ok()
                .filter(|_| is_digest && index.len() <= 9 && !index.starts_with('+'))?,
            result: result.to_owned(),
        })
    }
}

/// The chunks, page by page
///
/// A cursor is of one result: a document that was encoded once more in between is to be read from the start.
#[utoipa::path(
    get,
    path = "/api/documents/{id}/chunks",
    operation_id = "list_chunks",
    tag = "documents",
    params(("id" = Uuid, Path), RawChunks),
    responses(
        (status = 200, body = ChunksAnswer), (status = 304, description = "Nothing has changed"),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody), (status = 410, body = ProblemBody), (status = 422, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn chunks(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    DocumentId(id): DocumentId,
    headers: HeaderMap,
    Parameters(raw): Parameters<RawChunks>,
) -> Result<Response, Problem> {
    let limit = Limit::OF_LISTS.read(raw.limit.as_deref())?;
    let cursor = place(raw.cursor.as_deref(), Cursor::read)?;
    let document = find_recorded(&app, identity, id).await?;
    let result = document.result().ok_or(DownloadError::NotReady)?;
    let sha256 = result.manifest_sha256().unwrap_or_default();
    let begin = cursor.as_ref().map_or(0, |cursor| cursor.index);
    let cursor_here = Cursor::new(sha256, begin);
    if cursor.is_some_and(|cursor| cursor.result != cursor_here.result) {
        return Err(unprocessable(
            "cursor_of_another_result",
            "the document was encoded once more since: read its chunks from the start",
        ));
    }
    // The same part of the same result is always the same.
    let tag = format!("{sha256}-{begin}-{limit}");
    if is_known(&headers, &quoted(&tag)) {
        return Ok(not_modified(&tag));
    }
    let range = begin..begin.saturating_add(limit.into());
    let page = chunks::read(&app, identity.tenant_id, &document, range).await?;
    let end = begin + page.chunks.len();
    let next_cursor = (end < page.total && !page.chunks.is_empty()).then(|| Cursor::new(sha256, end).write());
    let answer = ChunksAnswer {
        success: true,
        chunks: page.chunks,
        total_chunks: page.total,
        next_cursor,
    };
    let head = [
        (axum::http::header::ETAG, quoted(&tag)),
        (axum::http::header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok((head, Json(answer)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_back_and_nothing_else_is() {
        let cursor = Cursor::new(&"0123456789abcdef".repeat(4), 7);
        assert_eq!(Cursor::read(&cursor.write()), Some(cursor));
        for forged in [
            "7",
            "7.",
            "-1.0123456789abcdef",
            "7.0123456789abcde",
            "7.0123456789abcdeg",
            "7.0123456789ABCDEF",
            "+7.0123456789abcdef",
            "1234567890.0123456789abcdef",
            "99999999999999999999999.0123456789abcdef",
        ] {
            assert_eq!(Cursor::read(forged), None, "{forged}");
        }
    }
}
