//! Taking in the parts of an upload: the file goes to the store as it comes, hashed on the way.

use axum::{
    extract::multipart::{Field, Multipart, MultipartError},
    http::StatusCode,
};
use sha2::{Digest, Sha256};

use crate::{
    identity::key::hexadecimal,
    store::{Staged, StagedObject, Store},
    uploads::{
        content::{self, HEAD_BYTES, InvalidFileName, Kind},
        options::{InvalidOptions, Options, RawOptions},
    },
};

/// The longest part beside the file, in bytes.
const MAX_OPTION_BYTES: usize = 1024;

/// Why an upload is not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// There is no part `file`.
    #[error("the form has no part `file`")]
    MissingFile,
    /// There are several.
    #[error("the form has more than one part `file`")]
    SeveralFiles,
    /// It is empty.
    #[error("the file is empty")]
    EmptyFile,
    /// It is too long, or the whole form is.
    #[error("the file is larger than the {limit} bytes that are allowed")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// It is nothing that can be encoded.
    #[error("the file's content is neither PDF nor UTF-8 text; its name does not matter")]
    UnsupportedFormat,
    /// Its name is refused.
    #[error(transparent)]
    FileName(#[from] InvalidFileName),
    /// Another part is refused.
    #[error(transparent)]
    Options(#[from] InvalidOptions),
    /// Another part is too long.
    #[error("a part of the form other than `file` is longer than {MAX_OPTION_BYTES} bytes")]
    OptionTooLong,
    /// Another part is no text.
    #[error("a part of the form other than `file` is not UTF-8 text")]
    OptionNotText,
    /// The head of a part cannot be read; a name with control characters ends there.
    #[error("the head of a part of the form cannot be read: a file's name must not hold control characters")]
    PartHead,
    /// The form itself is broken, or was cut off.
    #[error("the form could not be read to its end")]
    Malformed(#[source] MultipartError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl UploadError {
    /// HTTP status and stable code.
    pub fn status_and_code(&self) -> (StatusCode, &'static str) {
        match self {
            Self::MissingFile => (StatusCode::UNPROCESSABLE_ENTITY, "missing_file"),
            Self::SeveralFiles => (StatusCode::UNPROCESSABLE_ENTITY, "several_files"),
            Self::EmptyFile => (StatusCode::UNPROCESSABLE_ENTITY, "empty_file"),
            Self::TooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "file_too_large"),
            Self::UnsupportedFormat => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_format"),
            Self::FileName(_) | Self::PartHead => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_file_name"),
            Self::Options(_) | Self::OptionTooLong | Self::OptionNotText => {
                (StatusCode::UNPROCESSABLE_ENTITY, "invalid_option")
            }
            Self::Malformed(_) => (StatusCode::BAD_REQUEST, "malformed_form"),
            Self::Store(_) => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        }
    }
}

/// An upload that is in the store, outside of all documents.
#[derive(Debug)]
pub struct Received {
    /// The file.
    pub file: ReceivedFile,
    /// How it is to be encoded.
    pub options: Options,
}

/// A file that is in the store, outside of all documents.
#[derive(Debug)]
pub struct ReceivedFile {
    /// Where it lies.
    pub object: StagedObject,
    /// What the person called it.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// Its length in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub sha256: [u8; 32],
}

impl Received {
    /// SHA-256 of everything that was sent: the same key with another fingerprint is another request.
    pub fn fingerprint(&self) -> [u8; 32] {
        let options = &self.options;
        let said = serde_json::json!([
            self.file.name,
            hexadecimal(&self.file.sha256),
            options.chunking,
            options.priority,
            options.queue,
        ]);
        Sha256::digest(said.to_string()).into()
    }
}

/// Takes in the whole form. Whatever is refused leaves nothing in the store.
pub async fn receive(form: &mut Multipart, store: &Store, limit: u64) -> Result<Received, UploadError> {
    let mut file = None;
    let result = receive_parts(form, store, limit, &mut file).await;
    match (result, file) {
        (Ok(options), Some(file)) => Ok(Received { file, options }),
        (Ok(_), None) => Err(UploadError::MissingFile),
        (Err(error), file) => {
            if let Some(file) = file {
                store.discard(&file.object).await;
            }
            Err(error)
        }
    }
}

async fn receive_parts(
    form: &mut Multipart,
    store: &Store,
    limit: u64,
    file: &mut Option<ReceivedFile>,
) -> Result<Options, UploadError> {
    let mut options = RawOptions::default();
    while let Some(part) = form.next_field().await.map_err(|error| broken(error, limit))? {
        let place = match part.name() {
            Some("file") if file.is_some() => return Err(UploadError::SeveralFiles),
            Some("file") => {
                *file = Some(receive_file(part, store, limit).await?);
                continue;
            }
            Some("chunk_size") => &mut options.chunk_size,
            Some("overlap") => &mut options.overlap,
            Some("priority") => &mut options.priority,
            Some("queue") => &mut options.queue,
            _ => continue, // What existing clients send besides, and browsers add.
        };
        *place = Some(receive_option(part, limit).await?);
    }
    Ok(options.validate()?)
}

/// A part's head that cannot be read, and a form that is too long as a whole, are told apart from a form that is broken.
fn broken(error: MultipartError, limit: u64) -> UploadError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return UploadError::TooLarge { limit };
    }
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref::<multer::Error>());
    match cause {
        Some(
            multer::Error::ReadHeaderFailed(_)
            | multer::Error::DecodeHeaderName { .. }
            | multer::Error::DecodeHeaderValue { .. },
        ) => UploadError::PartHead,
        _ => UploadError::Malformed(error),
    }
}

async fn receive_option(mut part: Field<'_>, limit: u64) -> Result<String, UploadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(error, limit))? {
        if bytes.len() + chunk.len() > MAX_OPTION_BYTES {
            return Err(UploadError::OptionTooLong);
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map_err(|_| UploadError::OptionNotText)
}

async fn receive_file(mut part: Field<'_>, store: &Store, limit: u64) -> Result<ReceivedFile, UploadError> {
    let name = part.file_name().unwrap_or_default().to_owned();
    content::check_file_name(&name)?;
    let mut staged = store.stage();
    match copy(&mut part, &mut staged, &name, limit).await {
        Ok(copied) => Ok(ReceivedFile {
            object: staged
                .finish()
                .await
                .map_err(|error| UploadError::Store(error.into()))?,
            name,
            kind: copied.kind,
            size: copied.size,
            sha256: copied.sha256,
        }),
        Err(error) => {
            staged.abort().await;
            Err(error)
        }
    }
}

struct Copied {
    kind: Kind,
    size: u64,
    sha256: [u8; 32],
}

/// Copies the file to the store; what it is is decided as soon as enough of it is here.
async fn copy(
    part: &mut Field<'_>,
    staged: &mut Staged,
    name: &str,
    limit: u64,
) -> Result<Copied, UploadError> {
    let mut digest = Sha256::new();
    let mut size = 0_u64;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let mut kind = None;
    while let Some(chunk) = part.chunk().await.map_err(|error| broken(error, limit))? {
        size += chunk.len() as u64;
        if size > limit {
            return Err(UploadError::TooLarge { limit });
        }
        if kind.is_none() {
            head.extend_from_slice(&chunk[..chunk.len().min(HEAD_BYTES - head.len())]);
            if head.len() == HEAD_BYTES {
                kind = Some(content::kind(&head, false, name).ok_or(UploadError::UnsupportedFormat)?);
            }
        }
        digest.update(&chunk);
        staged
            .write(chunk)
            .await
            .map_err(|error| UploadError::Store(error.into()))?;
    }
    if size == 0 {
        return Err(UploadError::EmptyFile);
    }
    let kind = match kind {
        Some(kind) => kind,
        None => content::kind(&head, true, name).ok_or(UploadError::UnsupportedFormat)?,
    };
    Ok(Copied {
        kind,
        size,
        sha256: digest.finalize().into(),
    })
}
