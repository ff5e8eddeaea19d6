//! S3, or what speaks its protocol.

use std::{
    collections::HashMap,
    fmt, io,
    ops::Range,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use clap::Args;
use futures::{StreamExt, TryStreamExt};
use object_store::{
    Certificate, ClientOptions, GetOptions, GetRange, MultipartId, ObjectStore, ObjectStoreExt, PutMode,
    PutOptions, PutPayloadMut, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    multipart::{MultipartStore, PartId},
    path::Path,
    signer::{Method, SignedUrlOptions, Signer},
};
use serde::Deserialize;
use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};
use url::Url;

use super::{Backend, Object, ObjectWriter, OpenError, StoreError, never_silent};
use crate::tls;

/// Length of a part in bytes, but for the last: the least that S3 takes. It has ten thousand parts at most, so that an object has at most
/// 50 GB.
const PART_BYTES: usize = 5 << 20;
/// So many parts are in memory at once, for all uploads together; who has no room waits.
const PARTS_IN_MEMORY: usize = 24;
/// So many of them are one owner's, so that one whose uploads come slowly keeps no other from uploading.
const PARTS_OF_AN_OWNER: usize = 4;
/// The longest that room is waited for.
const ROOM_WITHIN: Duration = Duration::from_secs(20);
/// What fails is tried again for so long.
const RETRY_FOR: Duration = Duration::from_mins(1);
/// The longest a request may take, a part or a piece of an object included.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// How S3 is reached. The variables are those that the tools of AWS read.
#[derive(Args, Clone, Default)]
pub struct S3Settings {
    /// Endpoint of the S3-compatible server, where it is not AWS itself.
    #[arg(long = "s3-endpoint", env = "AWS_ENDPOINT_URL", hide_env_values = true)]
    pub endpoint: Option<String>,
    /// Region.
    #[arg(long = "s3-region", env = "AWS_REGION", default_value = "us-east-1")]
    pub region: String,
    /// Access key id.
    #[arg(long = "s3-access-key-id", env = "AWS_ACCESS_KEY_ID", hide_env_values = true)]
    pub access_key_id: Option<String>,
    /// Secret access key.
    #[arg(
        long = "s3-secret-access-key",
        env = "AWS_SECRET_ACCESS_KEY",
        hide_env_values = true
    )]
    pub secret_access_key: Option<String>,
    /// Session token of temporary credentials.
    #[arg(long = "s3-session-token", env = "AWS_SESSION_TOKEN", hide_env_values = true)]
    pub session_token: Option<String>,
    /// Bundle of certificates in PEM that are trusted besides the usual ones.
    #[arg(long = "s3-ca-bundle", env = "AWS_CA_BUNDLE")]
    pub ca_bundle: Option<PathBuf>,
}

impl S3Settings {
    fn ca_bundle(&self) -> Option<&std::path::Path> {
        self.ca_bundle
            .as_deref()
            .filter(|path| !path.as_os_str().is_empty())
    }
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("S3Settings")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

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

/// A bucket, or what lies below a prefix in it.
#[derive(Debug)]
pub(super) struct S3 {
    client: Arc<AmazonS3>,
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
        let build = |endpoint: Option<&String>| {
            client(bucket, settings, endpoint.filter(|endpoint| !endpoint.is_empty()))
                .map(Arc::new)
                .map_err(|source| OpenError::Settings {
                    url: url.clone(),
                    source: Box::new(source),
                })
        };
        let endpoint = settings.endpoint.as_ref();
        Ok(Self {
            client: build(endpoint)?,
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
            Path::from(key)
        } else {
            Path::from(format!("{}/{key}", self.prefix))
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
            .client
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

fn generic(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> object_store::Error {
    object_store::Error::Generic {
        store: "S3",
        source: source.into(),
    }
}

fn http_client(settings: &S3Settings) -> Result<reqwest::Client, object_store::Error> {
    let mut client = tls::client().map_err(generic)?.timeout(TIME_LIMIT);
    if let Some(path) = settings.ca_bundle() {
        let bundle = tls::read_bundle(path).map_err(generic)?;
        let certificates = reqwest::Certificate::from_pem_bundle(&bundle).map_err(generic)?;
        client = client.tls_certs_merge(certificates);
    }
    client.build().map_err(generic)
}

/// What the library's client trusts and waits for.
fn client_options(settings: &S3Settings) -> Result<ClientOptions, object_store::Error> {
    let mut options = ClientOptions::new()
        .with_timeout(TIME_LIMIT)
        .with_connect_timeout(Duration::from_secs(5))
        .with_no_system_certificates(true);
    for root in tls::built_in_roots() {
        options = options.with_root_certificate(Certificate::from_der(root)?);
    }
    if let Some(path) = settings.ca_bundle() {
        let bundle = tls::read_bundle(path).map_err(generic)?;
        for certificate in Certificate::from_pem_bundle(&bundle)? {
            options = options.with_root_certificate(certificate);
        }
    }
    Ok(options)
}

fn client(
    bucket: &str,
    settings: &S3Settings,
    endpoint: Option<&String>,
) -> Result<AmazonS3, object_store::Error> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&settings.region)
        .with_client_options(client_options(settings)?)
        .with_retry(RetryConfig {
            retry_timeout: RETRY_FOR,
            ..RetryConfig::default()
        });
    if let Some(endpoint) = endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"));
    } else {
        builder = builder.with_virtual_hosted_style_request(true);
    }
    if let Some(id) = &settings.access_key_id {
        builder = builder.with_access_key_id(id);
    }
    if let Some(secret) = &settings.secret_access_key {
        builder = builder.with_secret_access_key(secret);
    }
    if let Some(token) = settings.session_token.as_ref().filter(|token| !token.is_empty()) {
        builder = builder.with_token(token);
    }
    builder.build()
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
        Ok(Box::new(PartWriter {
            client: self.client.clone(),
            path: self.path(key),
            key: key.to_owned(),
            room: self.room.clone(),
            place: None,
            buffer: PutPayloadMut::new(),
            upload: None,
            parts: Vec::new(),
        }))
    }

    async fn put_if_absent(&self, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        self.client
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
        let opened = self
            .client
            .get_opts(&self.path(key), options)
            .await
            .map_err(|error| failed("read", key, error))?;
        let size = opened.meta.size;
        let stream = opened.into_stream().map_err(io::Error::other).boxed();
        Ok(Object {
            size,
            stream: never_silent(stream),
        })
    }

    async fn size(&self, key: &str) -> Result<Option<u64>, StoreError> {
        match self.client.head(&self.path(key)).await {
            Ok(object) => Ok(Some(object.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed("look for", key, error)),
        }
    }

    async fn remove_all(&self, prefix: &str) -> Result<(), StoreError> {
        let found = self
            .client
            .list(Some(&self.path(prefix)))
            .map_ok(|object| object.location);
        let deleted = self
            .client
            .delete_stream(found.boxed())
            .try_for_each(async |_| Ok(()));
        deleted.await.map_err(|error| failed("remove", prefix, error))?;
        // Parts that a crash left are no objects, and are kept, and paid for, until they are aborted.
        for (key, upload) in self.unfinished_multiparts(&format!("{prefix}/")).await? {
            match self
                .client
                .abort_multipart(&Path::from(key.as_str()), &upload)
                .await
            {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(failed("abort", &key, error)),
            }
        }
        Ok(())
    }
}

/// Room in memory for parts that are being gathered: some for all, and no more than its share for one owner.
#[derive(Debug)]
struct Room {
    all: Arc<Semaphore>,
    by_owner: Mutex<HashMap<String, Weak<Semaphore>>>,
}

/// Room for one part, until it is dropped.
struct Place {
    _of_owner: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
    /// Keeps the owner's share for as long as something of it is taken.
    _share: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(PARTS_IN_MEMORY)),
            by_owner: Mutex::default(),
        }
    }
}

impl Room {
    async fn take(&self, key: &str) -> Result<Place, StoreError> {
        // Keys begin with whose they are: `tenants/<id>/…`.
        let owner: String = key.split('/').take(2).collect::<Vec<_>>().join("/");
        let share = {
            let mut by_owner = self.by_owner.lock().unwrap_or_else(PoisonError::into_inner);
            by_owner.retain(|_, share| share.strong_count() > 0);
            let known = by_owner.get(&owner).and_then(Weak::upgrade);
            let share = known.unwrap_or_else(|| Arc::new(Semaphore::new(PARTS_OF_AN_OWNER)));
            by_owner.insert(owner, Arc::downgrade(&share));
            share
        };
        let taken = async {
            let of_owner = share.clone().acquire_owned().await?;
            let of_all = self.all.clone().acquire_owned().await?;
            Ok::<_, AcquireError>((of_owner, of_all))
        };
        match tokio::time::timeout(ROOM_WITHIN, taken).await {
            Ok(Ok((of_owner, of_all))) => Ok(Place {
                _of_owner: of_owner,
                _of_all: of_all,
                _share: share,
            }),
            _ => Err(StoreError::failed(
                "write",
                key,
                "there was no room in memory for more of it",
            )),
        }
    }
}

/// An object that is written in parts, or at once if it is no longer than one.
struct PartWriter {
    client: Arc<AmazonS3>,
    path: Path,
    key: String,
    room: Arc<Room>,
    /// Held while there is more than a little in memory.
    place: Option<Place>,
    buffer: PutPayloadMut,
    upload: Option<MultipartId>,
    parts: Vec<PartId>,
}

/// So much of an upload may be in memory without being counted: many that bring little hinder nobody.
const UNCOUNTED_BYTES: usize = 256 << 10;

impl PartWriter {
    async fn put_part(&mut self) -> Result<(), StoreError> {
        let client = self.client.clone();
        let upload = match &self.upload {
            Some(upload) => upload.clone(),
            None => client
                .create_multipart(&self.path)
                .await
                .map_err(|error| failed("create", &self.key, error))?,
        };
        self.upload = Some(upload.clone());
        let payload = std::mem::replace(&mut self.buffer, PutPayloadMut::new()).freeze();
        let part = client
            .put_part(&self.path, &upload, self.parts.len(), payload)
            .await
            .map_err(|error| failed("write", &self.key, error))?;
        self.parts.push(part);
        self.place = None;
        Ok(())
    }
}

#[async_trait]
impl ObjectWriter for PartWriter {
    async fn write(&mut self, bytes: Bytes) -> Result<(), StoreError> {
        if self.place.is_none() && self.buffer.content_length() + bytes.len() > UNCOUNTED_BYTES {
            self.place = Some(self.room.take(&self.key).await?);
        }
        self.buffer.extend_from_slice(&bytes);
        if self.buffer.content_length() >= PART_BYTES {
            self.put_part().await?;
        }
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<(), StoreError> {
        if self.upload.is_none() {
            let payload = std::mem::replace(&mut self.buffer, PutPayloadMut::new()).freeze();
            return self
                .client
                .put_opts(&self.path, payload, PutOptions::from(PutMode::Create))
                .await
                .map(drop)
                .map_err(|error| failed("write", &self.key, error));
        }
        if self.buffer.content_length() > 0 {
            self.put_part().await?;
        }
        let (Some(upload), parts) = (self.upload.take(), std::mem::take(&mut self.parts)) else {
            return Ok(());
        };
        self.client
            .complete_multipart(&self.path, &upload, parts)
            .await
            .map(drop)
            .map_err(|error| failed("write", &self.key, error))
    }
}

impl Drop for PartWriter {
    /// Parts of an upload that nobody completes would be kept, and paid for, for ever.
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        let (client, path) = (self.client.clone(), self.path.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = client.abort_multipart(&path, &upload).await {
                    tracing::warn!(%error, %path, "unable to abort a multipart upload; the bucket's lifecycle rule has to");
                }
            });
        }
    }
}
