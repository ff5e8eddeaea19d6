//! S3, or what speaks its protocol.

mod client;
mod resumable;
mod room;
mod writer;

use std::{io, ops::Range, sync::Arc, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt, future, stream::BoxStream};
use jiff::Timestamp;
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    aws::AmazonS3,
    multipart::MultipartStore,
    path::Path,
    signer::{Method, SignedUrlOptions, Signer},
};
use serde::Deserialize;
use url::Url;

pub use self::client::S3Settings;
use self::{
    client::{Patience, TIME_LIMIT, client, http_client},
    resumable::PausedWriter,
    room::Room,
    writer::PartWriter,
};
use super::{
    Backend, Listed, Object, ObjectWriter, OpenError, Presigned, PresignedPart, Resumable, ResumableWriter,
    StoreError, never_silent,
};
use crate::tls;

/// The answer to `ListMultipartUploads`, as far as it is needed.
#[derive(Debug, Deserialize)]
struct ListedMultiparts {
    #[serde(rename = "Upload", default)]
    uploads: Vec<ListedMultipart>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedMultipart {
    key: String,
    upload_id: String,
}

/// The same store, waited for shorter and longer.
#[derive(Clone, Debug)]
struct Clients {
    /// For all requests but these:
    quick: Arc<AmazonS3>,
    /// For making an object of its parts, and for reading one.
    patient: Arc<AmazonS3>,
}

/// A bucket, or what lies below a prefix in it.
#[derive(Debug)]
pub(super) struct S3 {
    clients: Clients,
    /// Signs for the endpoint that clients reach.
    public: Arc<AmazonS3>,
    /// For the one request that the library does not know.
    http: reqwest::Client,
    prefix: String,
    room: Arc<Room>,
}

impl S3 {
    pub(super) fn open(url: &Url, settings: &S3Settings) -> Result<Self, OpenError> {
        let bucket = url
            .host_str()
            .ok_or_else(|| OpenError::Unsupported(url.clone()))?;
        tls::install_provider();
        let build = |endpoint: Option<&String>, patience: Patience| {
            let endpoint = endpoint.filter(|endpoint| !endpoint.is_empty());
            client(bucket, settings, endpoint, patience)
                .map(Arc::new)
                .map_err(|source| OpenError::Settings {
                    url: url.clone(),
                    source: Box::new(source),
                })
        };
        let endpoint = settings.endpoint.as_ref();
        let public_endpoint = settings
            .public_endpoint
            .as_ref()
            .filter(|public| !public.is_empty());
        Ok(Self {
            clients: Clients {
                quick: build(endpoint, Patience::SHORT)?,
                patient: build(endpoint, Patience::LONG)?,
            },
            public: build(public_endpoint.or(endpoint), Patience::SHORT)?,
            http: http_client(settings).map_err(|source| OpenError::Settings {
                url: url.clone(),
                source: Box::new(source),
            })?,
            prefix: url.path().trim_matches('/').to_owned(),
            room: Arc::new(Room::default()),
        })
    }

    fn path(&self, key: &str) -> Path {
        if self.prefix.is_empty() {
            path_of(key)
        } else {
            path_of(&format!("{}/{key}", self.prefix))
        }
    }

    /// The multipart uploads below a prefix that were neither completed nor aborted: keys and ids.
    async fn unfinished_multiparts(&self, prefix: &str) -> Result<Vec<(String, String)>, StoreError> {
        let listing = |error: Box<dyn std::error::Error + Send + Sync>| {
            StoreError::failed("list the multipart uploads of", prefix, error)
        };
        let options =
            SignedUrlOptions::default().with_query([("uploads", ""), ("prefix", self.path(prefix).as_ref())]);
        let url = self
            .clients
            .quick
            .signed_url_opts(Method::GET, &Path::from(""), TIME_LIMIT, &options)
            .await
            .map_err(|error| listing(error.into()))?;
        let answer = self
            .http
            .get(url)
            .send()
            .await
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| listing(error.without_url().into()))?;
        let text = answer
            .text()
            .await
            .map_err(|error| listing(error.without_url().into()))?;
        let listed: ListedMultiparts =
            quick_xml::de::from_str(&text).map_err(|error| listing(error.into()))?;
        Ok(listed
            .uploads
            .into_iter()
            .map(|upload| (upload.key, upload.upload_id))
            .collect())
    }
}

/// A key as it is, as encoders write it: `Path::from` would encode all that is not ASCII. No object has a key that is none by the rules of [`Path`].
fn path_of(key: &str) -> Path {
    Path::parse(key).unwrap_or_else(|_| Path::from(key))
}

impl S3 {
    /// Aborts the multipart uploads below a prefix that nobody goes on with: their parts are no objects, and are kept, and paid for, until then.
    async fn abort_unfinished(&self, prefix: &str, goes: impl Fn(&Path) -> bool) -> Result<(), StoreError> {
        for (key, upload) in self.unfinished_multiparts(prefix).await? {
            let path = path_of(&key);
            if !goes(&path) {
                continue;
            }
            match self.clients.quick.abort_multipart(&path, &upload).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(failed("abort", &key, error)),
            }
        }
        Ok(())
    }
}

/// How long the beginning of an object is waited for.
const OPENED_WITHIN: Duration = Duration::from_secs(20);

/// Length of a part that a client writes, in bytes, but for the last.
const PRESIGNED_PART_BYTES: u64 = 16 << 20;
/// The most parts: each is a URL in one answer. S3 takes ten times as many.
const MAX_PRESIGNED_PARTS: u64 = 1000;

/// The lengths of the parts of an object.
fn part_sizes(size: u64) -> impl Iterator<Item = u64> {
    let part = PRESIGNED_PART_BYTES.max(size.div_ceil(MAX_PRESIGNED_PARTS));
    (0..size.div_ceil(part)).map(move |index| part.min(size - index * part))
}

fn failed(doing: &'static str, key: &str, error: object_store::Error) -> StoreError {
    match error {
        object_store::Error::NotFound { .. } => StoreError::NotFound(key.to_owned()),
        object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. } => {
            StoreError::AlreadyExists(key.to_owned())
        }
        other => StoreError::failed(doing, key, other),
    }
}

#[async_trait]
impl Backend for S3 {
    async fn create(&self, key: &str) -> Result<Box<dyn ObjectWriter>, StoreError> {
        let writer = PartWriter::new(self.clients.clone(), self.path(key), key, self.room.clone());
        Ok(Box::new(writer))
    }

    async fn resume(
        &self,
        key: &str,
        state: Resumable,
        offset: u64,
    ) -> Result<Box<dyn ResumableWriter>, StoreError> {
        let (path, room) = (self.path(key), self.room.clone());
        let writer = PausedWriter::resume(self.clients.quick.clone(), path, key, room, state, offset).await?;
        Ok(Box::new(writer))
    }

    async fn presign(
        &self,
        key: &str,
        size: u64,
        begun: Option<&Resumable>,
        expires_in: Duration,
    ) -> Result<Option<Presigned>, StoreError> {
        let path = self.path(key);
        let begun = begun.and_then(|begun| Some((begun.upload.clone()?, &begun.parts)));
        let (upload, sizes) = if let Some((upload, parts)) = begun {
            (upload, parts.iter().map(|part| part.size).collect())
        } else {
            let created = self.clients.quick.create_multipart(&path).await;
            let upload = created.map_err(|error| failed("create", key, error))?;
            (upload, part_sizes(size).collect::<Vec<_>>())
        };
        let mut parts = Vec::new();
        for (index, size) in sizes.into_iter().enumerate() {
            // The library cannot sign a length: that of the whole is looked at when it is completed.
            let options = SignedUrlOptions::default().with_query([
                ("partNumber", (index + 1).to_string()),
                ("uploadId", upload.clone()),
            ]);
            let url = self
                .public
                .signed_url_opts(Method::PUT, &path, expires_in, &options)
                .await
                .map_err(|error| failed("sign a part of", key, error))?;
            parts.push(PresignedPart { size, url });
        }
        Ok(Some(Presigned { upload, parts }))
    }

    async fn complete(&self, key: &str, state: &Resumable, size: u64) -> Result<(), StoreError> {
        // It may have been done before, and its answer lost: the store knows the upload no more then.
        if self.size(key).await? != Some(size) {
            let completed = resumable::complete(&self.clients, &self.path(key), key, state, size).await;
            // Another request may have done it just now, or this one, and its answer was lost.
            if completed.is_err() && self.size(key).await? != Some(size) {
                return completed;
            }
        }
        resumable::remove_tails(&self.clients.quick, &self.path(key), key).await?;
        // What was begun by a request that ended before it noted that.
        self.abort_unfinished(key, |path| *path == self.path(key)).await
    }

    async fn put_if_absent(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.clients
            .quick
            .put_opts(&self.path(key), bytes.into(), PutOptions::from(PutMode::Create))
            .await
            .map(drop)
            .map_err(|error| failed("write", key, error))
    }

    async fn open(&self, key: &str, range: Option<Range<u64>>) -> Result<Object, StoreError> {
        let options = GetOptions {
            range: range.map(GetRange::Bounded),
            ..GetOptions::default()
        };
        let path = self.path(key);
        let opening = self.clients.patient.get_opts(&path, options);
        // What is read after it takes as long as its reader does.
        let opened = tokio::time::timeout(OPENED_WITHIN, opening)
            .await
            .map_err(|error| StoreError::failed("read", key, error))?
            .map_err(|error| failed("read", key, error))?;
        let size = opened.meta.size;
        let stream = opened.into_stream().map_err(io::Error::other).boxed();
        Ok(Object {
            size,
            stream: never_silent(stream),
        })
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        match self.clients.quick.head(&self.path(key)).await {
            Ok(object) => Ok(Some(object.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("look for", key, error)),
        }
    }

    async fn remove_all(&self, prefix: &str, kept: &[String]) -> Result<(), StoreError> {
        let kept: Vec<Path> = kept.iter().map(|kept| self.path(kept)).collect();
        let goes = move |path: &Path| !kept.iter().any(|kept| path.prefix_matches(kept));
        let found = self
            .clients
            .quick
            .list(Some(&self.path(prefix)))
            .map_ok(|object| object.location)
            .try_filter({
                let goes = goes.clone();
                move |path| future::ready(goes(path))
            });
        let deleted = self
            .clients
            .quick
            .delete_stream(found.boxed())
            .try_for_each(async |_| Ok(()));
        deleted.await.map_err(|error| failed("remove", prefix, error))?;
        self.abort_unfinished(&format!("{prefix}/"), goes).await
    }

    fn list(&self, prefix: &str) -> BoxStream<'static, Result<Listed, StoreError>> {
        let (own, prefix) = (self.prefix.clone(), prefix.to_owned());
        let listed = self.clients.patient.list(Some(&self.path(&prefix)));
        listed
            .map(move |object| {
                let object = object.map_err(|error| failed("list", &prefix, error))?;
                let key = object.location.as_ref();
                let key = key.strip_prefix(own.as_str()).unwrap_or(key);
                Ok(Listed {
                    key: key.trim_start_matches('/').to_owned(),
                    size: object.size,
                    modified: Timestamp::from_second(object.last_modified.timestamp()).unwrap_or_default(),
                })
            })
            .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_as_long_as_the_object_and_no_more_than_fit_an_answer() {
        for size in [1, 1000, 16 << 20, (16 << 20) + 1, 100 << 30] {
            let sizes: Vec<u64> = part_sizes(size).collect();
            assert_eq!(sizes.iter().sum::<u64>(), size);
            assert!(sizes.len() <= 1000, "{size}: {}", sizes.len());
            assert!(sizes[..sizes.len() - 1].iter().all(|part| *part >= 5 << 20));
        }
    }
}
