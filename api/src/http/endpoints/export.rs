//! `GET /api/export/chunks`

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream;
use serde::Serialize;
use tokio::{sync::mpsc, task::JoinHandle};
use utoipa::ToSchema;
use uuid::Uuid;

use super::download::DownloadError;
use crate::{
    app::SharedApp,
    database::{STEP_LIMIT, within},
    documents::{
        Document, chunk_file,
        chunks::{self, Chunk},
        listing::{self, After, Listing, SortBy},
        manifest::{Manifest, ManifestError},
    },
    http::{
        authentication::Reader,
        continued_access::ContinuedAccess,
        filter::RawFilter,
        input::Parameters,
        problem::{Problem, ProblemBody},
    },
    turns::Turn,
};

/// So many documents are looked up at a time.
const DOCUMENTS: i64 = 50;
/// So many chunks are read, and sent, at a time.
const CHUNKS: usize = 50;
/// This often it is asked whether the client may read on.
const ASKED_EVERY: Duration = Duration::from_secs(15);

/// A line of an export
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Line<'export> {
    /// A chunk
    Chunk(#[schema(inline)] ChunkLine<'export>),
    /// What cannot be read of a document that is ready: nothing is left out silently
    Error(#[schema(inline)] ErrorLine<'export>),
}

/// A chunk of one of your documents
#[derive(Debug, Serialize, ToSchema)]
struct ChunkLine<'export> {
    document_id: Uuid,
    filename: &'export str,
    /// ISO 639-1, `und` where it is not known
    #[schema(example = "it")]
    language: &'export str,
    #[serde(flatten)]
    chunk: &'export Chunk,
}

/// A document whose chunks cannot be read
#[derive(Debug, Serialize, ToSchema)]
struct ErrorLine<'export> {
    document_id: Uuid,
    filename: &'export str,
    /// One of a closed list
    #[schema(example = "result_lost")]
    error: &'static str,
    /// For people
    message: &'export str,
}

/// The chunks of all your documents that match, one a line
///
/// JSON lines, in the order in which the documents were uploaded, each document's in their order. Documents that are uploaded while you read are not
/// meant. One that is encoded once more has the chunks that it had until there are new ones. Where a document's chunks cannot be read, or not all of them, a line with `error` says so. A connection that ends before the last chunk of the HTTP body says that the export is not whole.
#[utoipa::path(
    get,
    path = "/api/export/chunks",
    operation_id = "export_chunks",
    tag = "documents",
    params(RawFilter),
    responses(
        (
            status = 200,
            description = "One JSON object a line. The schema is of all lines as an array, as OpenAPI 3.2 has it of sequential media types.",
            body = Vec<Line>,
            content_type = "application/jsonl"
        ),
        (status = 401, body = ProblemBody), (status = 422, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn export_chunks(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    headers: HeaderMap,
    Parameters(filter): Parameters<RawFilter>,
) -> Result<Response, Problem> {
    let mut filter = filter.validate()?;
    let has_some = filter.has_result.replace(true) != Some(false); // No others have chunks.
    let now = app.clock.now(); // Who uploads all the time would read for ever.
    filter.created_before = Some(filter.created_before.map_or(now, |time| time.min(now)));
    let access = ContinuedAccess::begin(app.clone(), identity, &headers).await?;
    let mut export = Export {
        app,
        tenant: identity.tenant_id,
        access,
        asked_at: Instant::now(),
        listing: Listing {
            filter,
            sort: SortBy::CreatedAt,
            descending: false,
            after: None,
            limit: DOCUMENTS,
        },
        documents: VecDeque::new(),
        read: 0,
        file: None,
        is_last: !has_some,
        has_begun: false,
    };
    let first = export.next().await?; // What fails at once is a problem like any other.
    let rest = stream::unfold(Some(export), async |export| {
        let mut export = export?;
        match export.next().await {
            Ok(None) => None,
            Ok(Some(lines)) => Some((Ok(lines), Some(export))),
            Err(problem) => Some((Err(std::io::Error::other(problem.code)), None)),
        }
    });
    let head = [
        (header::CONTENT_TYPE, "application/jsonl"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"chunks.jsonl\"",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    let body = match first {
        None => Body::empty(),
        Some(lines) => {
            use futures::StreamExt;
            Body::from_stream(stream::iter([Ok(lines)]).chain(rest))
        }
    };
    Ok((head, body).into_response())
}

/// An export on its way.
struct Export {
    app: SharedApp,
    tenant: Uuid,
    access: ContinuedAccess,
    /// When it was last asked whether the client may read on.
    asked_at: Instant,
    listing: Listing,
    documents: VecDeque<Document>,
    /// So many chunks of the first of them are sent.
    read: usize,
    /// Where the first of them is read from its file.
    file: Option<File>,
    is_last: bool,
    /// Whether something was sent.
    has_begun: bool,
}

/// A file of chunks that is read while they are sent.
struct File {
    batches: mpsc::Receiver<Vec<Chunk>>,
    reading: JoinHandle<Result<usize, ManifestError>>,
    _turn: Turn,
}

/// Chunks of a document, and whether they are its last.
type Part = (Vec<Chunk>, bool);

impl Export {
    /// The next lines; `None` where there is no more.
    async fn next(&mut self) -> Result<Option<Bytes>, Problem> {
        loop {
            if self.asked_at.elapsed() > ASKED_EVERY {
                if !self.access.is_given().await {
                    return Err(Problem::unauthorized());
                }
                self.asked_at = Instant::now();
            }
            let Some(document) = self.documents.front() else {
                if self.is_last {
                    return Ok(None);
                }
                self.look_up().await?;
                continue;
            };
            let read = match &mut self.file {
                None => self.read(document).await?,
                Some(file) => Some(file.next().await),
            };
            let (lines, is_done) = match read {
                // It is not in Postgres, or not whole.
                None if self.read == 0 => {
                    self.file = Some(self.open(document).await?);
                    continue;
                }
                None => (changed(document), true),
                Some(Ok((chunks, is_done))) => {
                    self.read += chunks.len();
                    (written(document, &chunks), is_done)
                }
                Some(Err(error)) => (refused(document, error), true),
            };
            if is_done {
                self.documents.pop_front();
                (self.read, self.file) = (0, None);
            }
            if !lines.is_empty() {
                self.has_begun = true;
                return Ok(Some(lines.into()));
            }
        }
    }

    async fn look_up(&mut self) -> Result<(), Problem> {
        let listing = listing::list(&self.app.database, self.tenant, &self.listing);
        let listed = within(STEP_LIMIT, listing).await;
        let (documents, _) = listed.map_err(|error| Problem::database("list documents to export", &error))?;
        let limit = usize::try_from(DOCUMENTS).unwrap_or_default();
        self.is_last = documents.len() < limit;
        self.listing.after = documents
            .last()
            .map(|last| After::CreatedAt(last.created_at, last.id));
        self.documents = documents.into();
        Ok(())
    }

    /// Chunks that are in Postgres; `None` where they are not, or not any more.
    async fn read(&self, document: &Document) -> Result<Option<Result<Part, ManifestError>>, Problem> {
        let range = self.read..self.read + CHUNKS;
        let reading = chunks::read_indexed(&self.app.database, self.tenant, document, &range);
        let page = within(STEP_LIMIT, reading)
            .await
            .map_err(|error| Problem::database("read chunks to export", &error))?;
        Ok(page.map(|page| {
            let is_done = self.read + page.chunks.len() >= page.total;
            Ok((page.chunks, is_done))
        }))
    }

    /// Begins to read the file of a document, once it is the tenant's turn. Who has been sent something waits for as long as it takes.
    async fn open(&self, document: &Document) -> Result<File, Problem> {
        let turn = loop {
            if let Some(turn) = self.app.turns.exported_files.take(self.tenant).await {
                break turn;
            }
            if !self.has_begun {
                return Err(Problem::saturated(
                    "too many exports read results from the store: end some, or ask again later",
                ));
            }
            if !self.access.is_given().await {
                return Err(Problem::unauthorized());
            }
        };
        let (sender, batches) = mpsc::channel(1);
        let (store, document) = (self.app.store.clone(), document.clone());
        let reading = tokio::spawn(async move {
            let manifest = Manifest::read(&store, &document).await?;
            chunk_file::read_all(&store, &manifest, sender).await
        });
        Ok(File {
            batches,
            reading,
            _turn: turn,
        })
    }
}

impl File {
    async fn next(&mut self) -> Result<Part, ManifestError> {
        if let Some(chunks) = self.batches.recv().await {
            return Ok((chunks, false));
        }
        match (&mut self.reading).await {
            Ok(read) => read.map(|_| (Vec::new(), true)),
            Err(_) => Err(ManifestError::Inconsistent("its file cannot be read")),
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

fn written(document: &Document, chunks: &[Chunk]) -> Vec<u8> {
    let mut lines = Vec::new();
    let language = document
        .result()
        .and_then(|result| result.language)
        .unwrap_or("und");
    for chunk in chunks {
        write(
            &mut lines,
            &Line::Chunk(ChunkLine {
                document_id: document.id,
                filename: &document.file.filename,
                language,
                chunk,
            }),
        );
    }
    lines
}

fn changed(document: &Document) -> Vec<u8> {
    let message = "the document was encoded once more while it was exported: export it once more";
    error_line(document, "result_changed", message)
}

fn refused(document: &Document, error: ManifestError) -> Vec<u8> {
    tracing::warn!(%error, document_id = %document.id, "unable to export the chunks of a document");
    if let ManifestError::Store(_) = error {
        let problem = Problem::from(DownloadError::from(error));
        return error_line(document, problem.code, &problem.message);
    }
    let message = "what is in the store is not what was put there: encode the document once more";
    error_line(document, "result_lost", message)
}

fn error_line(document: &Document, error: &'static str, message: &str) -> Vec<u8> {
    let mut line = Vec::new();
    write(
        &mut line,
        &Line::Error(ErrorLine {
            document_id: document.id,
            filename: &document.file.filename,
            error,
            message,
        }),
    );
    line
}

fn write(lines: &mut Vec<u8>, line: &Line<'_>) {
    match serde_json::to_vec(line) {
        Ok(json) => {
            lines.extend(json);
            lines.push(b'\n');
        }
        Err(error) => tracing::error!(%error, "failed to write a line of an export as JSON"),
    }
}
