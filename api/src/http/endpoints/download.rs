//! `GET /api/documents/{id}/metadata`, `…/index`, `…/source`

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use crds::keys;
use uuid::Uuid;

use super::attachment::{not_modified, quoted, respond};
use crate::{
    app::{App, SharedApp},
    documents::{
        document::{Document, Origin},
        manifest::{FileEntry, Manifest, ManifestError},
    },
    http::{
        authentication::Reader,
        common::{DocumentId, find_recorded, is_known},
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
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "`<stem>_sections_metadata.json`", content_type = "application/json"),
        (status = 304, description = "Nothing has changed"),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 410, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn metadata(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    DocumentId(id): DocumentId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    result_file(&app, identity, id, &headers, ResultFile::Metadata).await
}

/// The index of the chunks
#[utoipa::path(
    get,
    path = "/api/documents/{id}/index",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "`<stem>_sections_index.json`", content_type = "application/json"),
        (status = 304, description = "Nothing has changed"),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 410, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn index(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    DocumentId(id): DocumentId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    result_file(&app, identity, id, &headers, ResultFile::Index).await
}

/// The file that was uploaded
#[utoipa::path(
    get,
    path = "/api/documents/{id}/source",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The file", content_type = "application/octet-stream"), (status = 304, description = "Nothing has changed"),
        (status = 401, body = ProblemBody), (status = 404, body = ProblemBody), (status = 410, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn source(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    DocumentId(id): DocumentId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let document = find_recorded(&app, identity, id).await?;
    if document.origin != Origin::Upload {
        return Err(DownloadError::NoSource.into());
    }
    let sha256 = document.file.sha256.as_deref();
    if let Some(sha256) = sha256.filter(|sha256| is_known(&headers, &quoted(sha256))) {
        return Ok(not_modified(sha256));
    }
    let key = keys::source(&document.owner(), &id.to_string());
    let object = app.store.read(&key).await.map_err(DownloadError::from)?;
    let size = object.size;
    if document.file.size_bytes != i64::try_from(size).ok() {
        return Err(DownloadError::Inconsistent("the source has another length").into());
    }
    let media_type = document
        .file
        .content_type
        .as_deref()
        .unwrap_or("application/octet-stream");
    Ok(respond(
        object.into_stream(),
        size,
        sha256,
        media_type,
        &document.file.filename,
    ))
}

async fn result_file(
    app: &App,
    identity: Identity,
    id: Uuid,
    headers: &HeaderMap,
    which: ResultFile,
) -> Result<Response, Problem> {
    let document = find_recorded(app, identity, id).await?;
    let (key, entry) = locate(app, &document, which).await?;
    if is_known(headers, &quoted(&entry.sha256)) {
        return Ok(not_modified(&entry.sha256));
    }
    let object = app.store.read(&key).await.map_err(DownloadError::from)?;
    if object.size != entry.size {
        return Err(DownloadError::Inconsistent("a file has another length").into());
    }
    let name = key.rsplit('/').next().unwrap_or_default();
    Ok(respond(
        object.into_stream(),
        entry.size,
        Some(&entry.sha256),
        "application/json",
        name,
    ))
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
