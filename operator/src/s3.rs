//! The S3 store, of which this process alone has the credentials: it signs URLs for what encoders do with their assignments' objects, and checks
//! at its start that the store honours conditional writes, without which a document could get two results.

use std::time::Duration;

use anyhow::{Context as _, bail};
use crds::{
    Assignment,
    presigned::{NotAllowed, ObjectOperation, PresignedUrl},
};
use object_store::{
    BackoffConfig, Certificate, ClientOptions, Error, ObjectStore as _, ObjectStoreExt as _, PutMode,
    PutOptions, PutPayload, RetryConfig, UpdateVersion,
    aws::{AmazonS3, AmazonS3Builder, AmazonS3ConfigKey},
    path::Path,
    signer::{HeaderName, HeaderValue, Method, SignedUrlOptions, Signer as _},
};
use tracing::{info, warn};
use uuid::Uuid;

/// For how long a URL is good: longer than the pauses between two uses within one document, so that few are asked for again, and shorter than
/// what a stolen one could be kept for.
pub const URL_LIFETIME: Duration = Duration::from_mins(15);
/// The longest a connection may take, and one call.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const CALL_LIMIT: Duration = Duration::from_secs(20);
/// The pause before a store that did not answer is tried again.
const AGAIN: Duration = Duration::from_secs(2);
/// The folder of the objects by which conditional writes are tried.
const TRIAL: &str = ".conditional-writes";

/// The store.
#[derive(Debug)]
pub struct S3Store {
    client: AmazonS3,
    /// The beginning of all keys.
    prefix: Path,
}

/// Why an operation was not signed.
#[derive(Debug, thiserror::Error)]
pub enum Unsigned {
    /// No encoder does it.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// There are no credentials at the moment, or the key is none.
    #[error("unable to sign a URL: {0}")]
    Store(#[from] Error),
}

/// What came of trying a conditional write.
enum Trial {
    Honoured,
    /// This header is not.
    Ignored(&'static str),
}

impl S3Store {
    /// The store at `url`, `s3://bucket/prefix`; `None` where that is of another kind. `builder` says how it is reached; usually that is what the
    /// environment says (`AWS_ENDPOINT_URL`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, …). `authorities` are trusted besides those of the web; PEM, may be empty.
    ///
    /// # Errors
    /// If the address or the configuration is wrong. Nothing is connected yet.
    pub fn open(builder: AmazonS3Builder, url: &str, authorities: &str) -> anyhow::Result<Option<Self>> {
        let Some(address) = url.strip_prefix("s3://") else {
            return Ok(None);
        };
        let (bucket, prefix) = address.split_once('/').unwrap_or((address, ""));
        if bucket.is_empty() {
            bail!("the store's address {url:?} names no bucket: it must be of the form s3://bucket/prefix");
        }
        let prefix =
            Path::parse(prefix).with_context(|| format!("failed to read the store's address {url:?}"))?;
        let endpoint = [AmazonS3ConfigKey::S3Endpoint, AmazonS3ConfigKey::Endpoint]
            .iter()
            .find_map(|key| builder.get_config_value(key));
        let is_plain_http = endpoint
            .as_ref()
            .is_some_and(|endpoint| endpoint.starts_with("http://"));
        let client = builder
            // Only Amazon's own names are known to lead to buckets.
            .with_virtual_hosted_style_request(endpoint.is_none())
            .with_bucket_name(bucket)
            .with_client_options(client_options(authorities)?.with_allow_http(is_plain_http))
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: 3,
                retry_timeout: CALL_LIMIT,
            })
            .build()
            .context("failed to prepare calls to the S3 store: are AWS_ENDPOINT_URL, AWS_REGION and the credentials right?")?;
        Ok(Some(Self { client, prefix }))
    }

    /// A URL for each operation on this assignment's objects, by the Pod with this uid.
    ///
    /// # Errors
    /// [`Unsigned`].
    pub async fn sign(
        &self,
        assignment: &Assignment,
        pod_uid: &str,
        operations: &[ObjectOperation],
    ) -> Result<Vec<PresignedUrl>, Unsigned> {
        let mut urls = Vec::with_capacity(operations.len());
        for operation in operations {
            let path = self.path(&operation.key(assignment, pod_uid)?)?;
            let mut options = SignedUrlOptions::new();
            if let Some((name, value)) = operation.condition() {
                let value = HeaderValue::from_str(value).map_err(|_| NotAllowed::EntityTag)?;
                options = options.with_signed_header(HeaderName::from_static(name), value);
            }
            let method = match operation.method() {
                "PUT" => Method::PUT,
                "DELETE" => Method::DELETE,
                _ => Method::GET,
            };
            let url = self
                .client
                .signed_url_opts(method, &path, URL_LIFETIME, &options)
                .await?;
            urls.push(PresignedUrl::new(url));
        }
        Ok(urls)
    }

    fn path(&self, key: &str) -> Result<Path, Error> {
        let key = Path::parse(key)?;
        Ok(self.prefix.parts().chain(key.parts()).collect())
    }

    /// Waits until the store has answered, and checks that it honours conditional writes.
    ///
    /// # Errors
    /// If it does not, or does not take what these credentials write.
    pub async fn check(&self) -> anyhow::Result<()> {
        loop {
            match self.try_conditional_writes().await {
                Ok(Trial::Honoured) => {
                    info!("the store honours conditional writes");
                    return Ok(());
                }
                Ok(Trial::Ignored(header)) => bail!(
                    "the S3 store does not honour {header}: it wrote an object although it was told not to, so that a document could get two \
                     results; use a store with conditional writes (PutObject with If-None-Match and If-Match)"
                ),
                Err(error) if is_final(&error) => {
                    return Err(error).context(
                        "failed to write to the S3 store: do the bucket and the credentials exist, and may they put, get, delete and list objects?",
                    );
                }
                Err(error) => {
                    warn!(%error, "unable to reach the S3 store: waiting for it");
                    tokio::time::sleep(AGAIN).await;
                }
            }
        }
    }

    /// Writes an object of its own, writes it again as if it were not there, and as if it were another one.
    async fn try_conditional_writes(&self) -> Result<Trial, Error> {
        let path = self.path(&format!("{TRIAL}/{}", Uuid::new_v4()))?;
        self.client.put(&path, PutPayload::from_static(b"1")).await?;
        let trial = self.write_under_conditions(&path).await;
        if let Err(error) = self.client.delete(&path).await {
            warn!(%error, %path, "unable to delete the object by which conditional writes were tried");
        }
        trial
    }

    async fn write_under_conditions(&self, path: &Path) -> Result<Trial, Error> {
        let put = |mode: PutMode| {
            let options = PutOptions::from(mode);
            self.client.put_opts(path, PutPayload::from_static(b"2"), options)
        };
        match put(PutMode::Create).await {
            Err(Error::AlreadyExists { .. }) => {}
            Ok(_) => return Ok(Trial::Ignored("If-None-Match")),
            Err(error) => return Err(error),
        }
        let another = UpdateVersion {
            e_tag: Some("\"00000000000000000000000000000000\"".to_owned()),
            version: None,
        };
        match put(PutMode::Update(another)).await {
            Err(Error::Precondition { .. }) => Ok(Trial::Honoured),
            Ok(_) => Ok(Trial::Ignored("If-Match")),
            Err(error) => Err(error),
        }
    }
}

/// Whether waiting is no use: the bucket is not there, the credentials are not taken, or the store says that it has no such operation.
fn is_final(error: &Error) -> bool {
    match error {
        Error::NotFound { .. }
        | Error::PermissionDenied { .. }
        | Error::Unauthenticated { .. }
        | Error::NotImplemented { .. }
        | Error::NotSupported { .. }
        | Error::InvalidPath { .. } => true,
        other => other.to_string().contains("501 Not Implemented"),
    }
}

/// Trusts the authorities of the web, these, and those of the system where it has any.
fn client_options(authorities: &str) -> anyhow::Result<ClientOptions> {
    let mut options = ClientOptions::new()
        .with_connect_timeout(CONNECT_LIMIT)
        .with_timeout(CALL_LIMIT);
    for authority in webpki_root_certs::TLS_SERVER_ROOT_CERTS {
        let certificate =
            Certificate::from_der(authority).context("failed to read an authority's certificate")?;
        options = options.with_root_certificate(certificate);
    }
    let own = Certificate::from_pem_bundle(authorities.as_bytes())
        .context("failed to read the certificates of the S3 store's authorities")?;
    if own.is_empty() && !authorities.is_empty() {
        bail!("failed to read the certificates of the S3 store's authorities: there is none in the file");
    }
    Ok(own
        .into_iter()
        .fold(options, ClientOptions::with_root_certificate))
}
