//! `GET /api/documents/{id}/metadata`, `…/index`, `…/source`

use axum::{
    extract::State,
    http::{HeaderMap, Method, StatusCode},
    response::Response,
};
use crds::keys;
use uuid::Uuid;

use super::attachment::{Attachment, send};
use crate::{
    app::{App, SharedApp},
    documents::{
        document::{Document, Origin},
        manifest::{FileEntry, Manifest, ManifestError},
    },
    http::{
        authentication::Reader,
        common::{DocumentId, find_recorded},
        problem::{Problem, ProblemBody},
    },
    identity::Identity,
    store::StoreError,
};

/// Why a file cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// There is no result yet.
    #[error("the document is not ready")]
    NotReady,
    /// The document's source was never ours.
    #[error("the document was not uploaded here, its source is where its resource says")]
    NoSource,
    /// The file is not in the store.
    #[error("the file is no longer there")]
    Gone,
    /// What is in the store is not what was committed.
    #[error("what is in the store is not what was put there: {0}")]
    Inconsistent(&'static str),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}

impl From<ManifestError> for DownloadError {
    fn from(error: ManifestError) -> Self {
        match error {
            ManifestError::NoResult => Self::NotReady,
            ManifestError::Inconsistent(what) => Self::Inconsistent(what),
            ManifestError::Store(cause) => Self::Store(cause),
        }
    }
}

impl From<DownloadError> for Problem {
    fn from(error: DownloadError) -> Self {
        match error {
            DownloadError::NotReady => Self::new(StatusCode::CONFLICT, "not_ready", error.to_string()),
            DownloadError::NoSource => Self::new(StatusCode::NOT_FOUND, "no_source", error.to_string()),
            DownloadError::Gone | DownloadError::Store(StoreError::NotFound(_)) => {
                Self::new(StatusCode::GONE, "file_gone", DownloadError::Gone.to_string())
            }
            DownloadError::Inconsistent(_) => Self::internal("check a file", &error),
            DownloadError::Store(cause) => cause.into(),
        }
    }
}

/// Which of the two files of a result.
#[derive(Clone, Copy, Debug)]
enum ResultFile {
    Metadata,
    Index,
}

/// The chunks with everything about them
#[utoipa::path(
    get,
    path = "/api/documents/{id}/metadata",
    operation_id = "download_metadata",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "`<stem>_sections_metadata.json`", content_type = "application/json"),
        (status = 206, description = "The part that was asked for"),
        (status = 304, description = "Nothing has changed"), (status = 416, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 410, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn metadata(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    DocumentId(id): DocumentId,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    result_file(&app, identity, id, (&method, &headers), ResultFile::Metadata).await
}

/// The index of the chunks
#[utoipa::path(
    get,
    path = "/api/documents/{id}/index",
    operation_id = "download_index",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "`<stem>_sections_index.json`", content_type = "application/json"),
        (status = 206, description = "The part that was asked for"),
        (status = 304, description = "Nothing has changed"), (status = 416, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 410, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn index(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    DocumentId(id): DocumentId,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    result_file(&app, identity, id, (&method, &headers), ResultFile::Index).await
}

/// The file that was uploaded
#[utoipa::path(
    get,
    path = "/api/documents/{id}/source",
    operation_id = "download_source",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream"),
        (status = 206, description = "The part that was asked for"),
        (status = 304, description = "Nothing has changed"), (status = 416, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody), (status = 410, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn source(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    DocumentId(id): DocumentId,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let document = find_recorded(&app, identity, id).await?;
    if document.origin != Origin::Upload {
        return Err(DownloadError::NoSource.into());
    }
    let size = document.file.size_bytes.and_then(|size| u64::try_from(size).ok());
    let size = size.ok_or(DownloadError::Inconsistent("the source has no length"))?;
    let file = Attachment {
        key: &keys::source(&document.owner(), &id.to_string()),
        size,
        sha256: document.file.sha256.as_deref(),
        media_type: document
            .file
            .content_type
            .as_deref()
            .unwrap_or("application/octet-stream"),
        name: &document.file.filename,
    };
    send(&app, &method, &headers, file).await
}

async fn result_file(
    app: &App,
    identity: Identity,
    id: Uuid,
    (method, headers): (&Method, &HeaderMap),
    which: ResultFile,
) -> Result<Response, Problem> {
    let document = find_recorded(app, identity, id).await?;
    let (key, entry) = locate(app, &document, which).await?;
    let file = Attachment {
        key: &key,
        size: entry.size,
        sha256: Some(&entry.sha256),
        media_type: "application/json",
        name: key.rsplit('/').next().unwrap_or_default(),
    };
    send(app, method, headers, file).await
}

/// Finds a file of a result by its manifest.
async fn locate(
    app: &App,
    document: &Document,
    which: ResultFile,
) -> Result<(String, FileEntry), DownloadError> {
    let manifest = Manifest::read(&app.store, document).await?;
    let entry = match which {
        ResultFile::Metadata => &manifest.metadata_file,
        ResultFile::Index => &manifest.index_file,
    };
    Ok((manifest.key(entry)?, entry.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_status() {
        for (error, status, code) in [
            (DownloadError::NotReady, 409, "not_ready"),
            (DownloadError::NoSource, 404, "no_source"),
            (DownloadError::Gone, 410, "file_gone"),
            (DownloadError::Inconsistent("x"), 500, "internal"),
        ] {
            let problem = Problem::from(error);
            assert_eq!((problem.status.as_u16(), problem.code), (status, code));
        }
    }
}
