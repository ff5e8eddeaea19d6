//! What several endpoints do.

use axum::{
    Json,
    extract::{FromRequestParts, Path},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::{App, SharedApp},
    documents::{
        document::{Document, Status},
        queries,
    },
    http::problem::Problem,
    identity::{Identity, key::hexadecimal},
    live::board::LiveDocument,
};

/// The id in the path. What is no UUID is the id of no document.
#[derive(Clone, Copy, Debug)]
pub struct DocumentId(pub Uuid);

impl FromRequestParts<SharedApp> for DocumentId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        Path::<Uuid>::from_request_parts(parts, app)
            .await
            .map(|Path(id)| Self(id))
            .map_err(|_| Problem::document_not_found())
    }
}

/// As much of the caller's document as its status tells: from memory where the mirror sees it or it has ended, else from Postgres.
///
/// Another's document is looked for in Postgres too, where it is not found, so that not even the time tells it from one that nobody has.
pub(crate) async fn find_live(app: &App, identity: Identity, id: Uuid) -> Result<LiveDocument, Problem> {
    let board = app.board.get(id);
    if let Some(document) = board.filter(|document| document.tenant_id == Some(identity.tenant_id)) {
        return Ok(LiveDocument::clone(&document));
    }
    let settled = app.board.settled();
    if let Some(document) = settled.get(identity.tenant_id, id) {
        return Ok(LiveDocument::clone(&document));
    }
    let version = settled.version(id);
    let document = find_recorded(app, identity, id).await?.into();
    settled.keep(version, &document);
    Ok(document)
}

/// The caller's document as it stands in Postgres.
pub(crate) async fn find_recorded(app: &App, identity: Identity, id: Uuid) -> Result<Document, Problem> {
    queries::find(&app.database, identity.tenant_id, id)
        .await
        .map_err(|error| Problem::database("read a document", &error))?
        .ok_or_else(Problem::document_not_found)
}

/// Milliseconds as people are told them.
#[allow(
    clippy::cast_precision_loss,
    reason = "a float is exact for far longer than anything takes"
)]
pub(crate) fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// What was asked for is under way.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionAnswer {
    #[schema(example = true)]
    success: bool,
    document_id: Uuid,
    #[schema(example = "processing")]
    status: &'static str,
    message: &'static str,
}

/// The answer that what was asked for is under way.
pub(crate) fn accepted(document_id: Uuid, status: Status, message: &'static str) -> Response {
    let answer = ActionAnswer {
        success: true,
        document_id,
        status: status.as_str(),
        message,
    };
    (StatusCode::ACCEPTED, Json(answer)).into_response()
}

/// An entity tag for these bytes.
pub(crate) fn entity_tag(bytes: &[u8]) -> String {
    format!("\"{}\"", hexadecimal(&Sha256::digest(bytes)[..16]))
}

/// Whether the client has what this entity tag stands for.
pub(crate) fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|candidate| candidate.trim().trim_start_matches("W/"))
        .any(|candidate| candidate == tag.trim_start_matches("W/") || candidate == "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_tag_is_found_among_several_and_weak_ones() {
        let tag = entity_tag(b"a");
        let headers = |value: &str| HeaderMap::from_iter([(header::IF_NONE_MATCH, value.parse().unwrap())]);
        assert!(is_known(&headers(&tag), &tag));
        assert!(is_known(&headers(&format!("\"x\", W/{tag}")), &tag));
        assert!(is_known(&headers("*"), &tag));
        assert!(!is_known(&headers("\"x\""), &tag));
        assert!(!is_known(&HeaderMap::new(), &tag));
    }
}
