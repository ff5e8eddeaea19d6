//! Reading the form of an upload, `multipart/form-data` (RFC 7578): files go on as they come, options are gathered.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream::BoxStream};
use multer::{Constraints, Field, Multipart, SizeLimit};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    UploadError, file_name,
    options::{Options, RawOptions},
    pace,
    receive::{ReceivedFile, Receiver},
};
use crate::identity::key::hexadecimal;

/// The longest part beside files, in bytes.
pub const MAX_OPTION_BYTES: usize = 1024;
/// The most files of a form.
pub const MAX_FILES: usize = 32;
/// Beside its files a form has boundaries, names and options; more than this is no form of ours.
const MAX_OVERHEAD_BYTES: u64 = 64 << 10;
/// The longest head of a part, with what stands before it.
const MAX_HEAD_BYTES: usize = 16 << 10;
/// What became of one of a form's files.
#[derive(Debug)]
pub struct FileOutcome<Taken> {
    /// What the person called it.
    pub filename: String,
    /// What became of it.
    pub result: Result<Taken, UploadError>,
}

/// A form that has come.
#[derive(Debug)]
pub struct Received {
    /// Its files: at least one.
    pub files: Vec<FileOutcome<ReceivedFile>>,
    /// SHA-256 of each, also of those that are refused.
    digests: Vec<[u8; 32]>,
    /// How they are to be encoded.
    pub options: Options,
}

impl Received {
    /// SHA-256 of everything that was sent: the same Idempotency-Key with another fingerprint is another request.
    pub fn fingerprint(&self) -> [u8; 32] {
        let names = self.files.iter().map(|file| file.filename.as_str());
        let digests = self.digests.iter().map(|digest| hexadecimal(digest));
        let files: Vec<_> = names.zip(digests).collect();
        let Options {
            chunking,
            priority,
            queue,
            force,
        } = &self.options;
        let mut sent = match files.as_slice() {
            // As the version before did it, which knew one file only.
            [(name, digest)] => vec![json!(name), json!(digest)],
            files => vec![json!(files)],
        };
        sent.extend([json!(chunking), json!(priority), json!(queue)]);
        if *force {
            sent.push(json!({ "force": true })); // The version before did not know it.
        }
        Sha256::digest(Value::from(sent).to_string()).into()
    }
}

/// Reads a form to its end. Where it is refused as a whole nothing of it is left; a file that is refused keeps no other from being taken.
///
/// # Errors
/// [`UploadError`], of the whole form.
pub async fn receive<Failure>(
    body: impl Stream<Item = Result<Bytes, Failure>> + Send + 'static,
    boundary: String,
    receiver: &Receiver<'_>,
) -> Result<Received, UploadError>
where
    Failure: std::error::Error + Send + Sync + 'static,
{
    let (mut files, mut digests) = (Vec::new(), Vec::new());
    let parts = Parts::new(body, boundary, receiver.limit);
    let read = read_parts(parts, receiver, &mut files, &mut digests).await;
    let problem = match read {
        Ok(_) if files.is_empty() => UploadError::MissingFile,
        Ok(options) => {
            return Ok(Received {
                files,
                digests,
                options,
            });
        }
        Err(error) => error,
    };
    if receiver.is_kept {
        for file in files.iter().filter_map(|file| file.result.as_ref().ok()) {
            receiver.discard(file.id).await;
        }
    }
    Err(problem)
}

async fn read_parts(
    mut parts: Parts,
    receiver: &Receiver<'_>,
    files: &mut Vec<FileOutcome<ReceivedFile>>,
    digests: &mut Vec<[u8; 32]>,
) -> Result<Options, UploadError> {
    let mut options = RawOptions::default();
    while let Some(mut part) = parts.next().await? {
        let place = match part.name() {
            Some("file") if files.len() == MAX_FILES => return Err(UploadError::TooManyFiles(MAX_FILES)),
            Some("file") => {
                let mut digest = Sha256::new();
                files.push(receive_file(&mut part, receiver, &mut digest).await?);
                digests.push(digest.finalize().into());
                continue;
            }
            Some("chunk_size") => &mut options.chunk_size,
            Some("overlap") => &mut options.overlap,
            Some("priority") => &mut options.priority,
            Some("queue") => &mut options.queue,
            Some("force") => &mut options.force,
            _ => {
                pass_over(&mut part, MAX_OVERHEAD_BYTES, &mut Sha256::new()).await?; // What existing clients send besides, and browsers add.
                continue;
            }
        };
        *place = Some(read_option(&mut part).await?);
    }
    Ok(options.validate()?)
}

async fn receive_file(
    part: &mut Field<'static>,
    receiver: &Receiver<'_>,
    digest: &mut Sha256,
) -> Result<FileOutcome<ReceivedFile>, UploadError> {
    let filename = file_name::from_form(part.file_name().unwrap_or_default());
    let mut bytes = part.by_ref().map_err(refusal);
    let result = match receiver.receive(&filename, &mut bytes, digest).await {
        Err(error) if !error.is_of_one_file() => return Err(error),
        result => result,
    };
    if result.is_err() {
        pass_over(part, receiver.limit, digest).await?;
    }
    Ok(FileOutcome { filename, result })
}

/// Reads a part to its end, so that the next can be read, unless it is longer than `most` bytes.
async fn pass_over(part: &mut Field<'static>, most: u64, digest: &mut Sha256) -> Result<(), UploadError> {
    let mut length = 0;
    while let Some(chunk) = part.chunk().await.map_err(refusal)? {
        digest.update(&chunk);
        length += chunk.len() as u64;
        if length > most {
            return Err(UploadError::TooLarge { limit: most });
        }
    }
    Ok(())
}

async fn read_option(part: &mut Field<'static>) -> Result<String, UploadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(refusal)? {
        if bytes.len() + chunk.len() > MAX_OPTION_BYTES {
            return Err(UploadError::OptionTooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| UploadError::OptionNotText)
}

/// Tells what is wrong with the form from how reading it failed.
fn refusal(error: multer::Error) -> UploadError {
    match error {
        multer::Error::ReadHeaderFailed(_)
        | multer::Error::DecodeHeaderName { .. }
        | multer::Error::DecodeHeaderValue { .. } => UploadError::PartHead,
        // What the streams below say.
        multer::Error::StreamReadFailed(cause) => match cause.downcast::<UploadError>() {
            Ok(refused) => *refused,
            Err(cause) => UploadError::Malformed(cause),
        },
        other => UploadError::Malformed(other.into()),
    }
}

/// What has come while a part was to begin. It grows without bound only while a part is read.
#[derive(Debug, Default)]
struct Head {
    is_awaited: AtomicBool,
    bytes: AtomicUsize,
    /// Chunks that were taken although [`MAX_HEAD_BYTES`] had come: the parser takes some before it looks at what it has.
    chunks_beyond: AtomicUsize,
}

/// So many chunks the parser may take before it has looked.
const CHUNKS_BEYOND: usize = 3;

impl Head {
    fn begin(&self) {
        self.bytes.store(0, Ordering::Relaxed);
        self.chunks_beyond.store(0, Ordering::Relaxed);
        self.is_awaited.store(true, Ordering::Relaxed);
    }

    fn end(&self) {
        self.is_awaited.store(false, Ordering::Relaxed);
    }

    /// Whether one more chunk may be taken.
    fn allows_more(&self) -> bool {
        !self.is_awaited.load(Ordering::Relaxed)
            || self.bytes.load(Ordering::Relaxed) < MAX_HEAD_BYTES
            || self.chunks_beyond.fetch_add(1, Ordering::Relaxed) < CHUNKS_BEYOND
    }

    fn took(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// The parts of a form, of whose heads little more than [`MAX_HEAD_BYTES`] is gathered.
struct Parts {
    multipart: Multipart<'static>,
    head: Arc<Head>,
}

impl Parts {
    fn new<Failure>(
        body: impl Stream<Item = Result<Bytes, Failure>> + Send + 'static,
        boundary: String,
        limit: u64,
    ) -> Self
    where
        Failure: std::error::Error + Send + Sync + 'static,
    {
        let head = Arc::new(Head::default());
        let whole = limit
            .saturating_mul(MAX_FILES as u64)
            .saturating_add(MAX_OVERHEAD_BYTES);
        let constraints = Constraints::new().size_limit(SizeLimit::new().whole_stream(whole));
        let body = guarded(pace::watched(body.map_err(UploadError::cut_off)), head.clone());
        Self {
            multipart: Multipart::with_constraints(body, boundary, constraints),
            head,
        }
    }

    /// The next part. The one before must have been read to its end.
    async fn next(&mut self) -> Result<Option<Field<'static>>, UploadError> {
        self.head.begin();
        let next = self.multipart.next_field().await.map_err(refusal);
        self.head.end();
        next
    }
}

/// A body that ends with an error where it brings more than is allowed.
fn guarded(
    body: BoxStream<'static, Result<Bytes, UploadError>>,
    head: Arc<Head>,
) -> BoxStream<'static, Result<Bytes, UploadError>> {
    futures::stream::unfold(Some(body), move |body| {
        let head = head.clone();
        async move {
            let mut body = body?;
            // The parser takes whatever is ready before it looks at any of it: one chunk at a time is.
            tokio::task::yield_now().await;
            if !head.allows_more() {
                return Some((Err(UploadError::HeadTooLong), None));
            }
            let next = body.next().await?;
            if let Ok(chunk) = &next {
                head.took(chunk.len());
            }
            Some((next, Some(body)))
        }
    })
    .boxed()
}
