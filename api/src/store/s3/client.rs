//! How S3 is reached, and the clients that reach it.

use std::{fmt, path::PathBuf, time::Duration};

use clap::Args;
use object_store::{
    Certificate, ClientOptions, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
};

use crate::tls;

/// The longest a request for a list may take.
pub(super) const TIME_LIMIT: Duration = Duration::from_secs(15);

/// For how long a store is waited for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// From the beginning of a request, its part of an object included, to the beginning of its answer; and between two pieces of an answer.
    silence: Duration,
    /// What fails is tried again for so long.
    retry_for: Duration,
    /// And so often at most.
    retries: usize,
}

impl Patience {
    /// Whoever uploads waits, and is to be answered within half a minute also where the store hangs.
    pub(super) const SHORT: Self = Self {
        silence: Duration::from_secs(15),
        retry_for: Duration::from_secs(6),
        retries: usize::MAX,
    };
    /// Putting many parts together takes a while, and a slow client's download as long as the client takes.
    pub(super) const LONG: Self = Self {
        silence: Duration::from_mins(1),
        retry_for: Duration::from_hours(24),
        retries: 10,
    };
}

/// How S3 is reached. The variables are those that the tools of AWS read.
#[derive(Args, Clone, Default)]
pub struct S3Settings {
    /// Endpoint of the S3-compatible server, where it is not AWS itself.
    #[arg(long = "s3-endpoint", env = "AWS_ENDPOINT_URL", hide_env_values = true)]
    pub endpoint: Option<String>,
    /// Endpoint under which clients reach the store, where it is another: presigned URLs are made for it.
    #[arg(long = "s3-public-endpoint", env = "SOCRATE_STORE_PUBLIC_ENDPOINT")]
    pub public_endpoint: Option<String>,
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

fn generic(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> object_store::Error {
    object_store::Error::Generic {
        store: "S3",
        source: source.into(),
    }
}

pub(super) fn http_client(settings: &S3Settings) -> Result<reqwest::Client, object_store::Error> {
    let mut client = tls::client().map_err(generic)?.timeout(TIME_LIMIT);
    if let Some(path) = settings.ca_bundle() {
        let bundle = tls::read_bundle(path).map_err(generic)?;
        let certificates = reqwest::Certificate::from_pem_bundle(&bundle).map_err(generic)?;
        client = client.tls_certs_merge(certificates);
    }
    client.build().map_err(generic)
}

/// What the library's client trusts and waits for.
fn client_options(settings: &S3Settings, patience: Patience) -> Result<ClientOptions, object_store::Error> {
    let mut options = ClientOptions::new()
        .with_timeout_disabled()
        .with_read_timeout(patience.silence)
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

pub(super) fn client(
    bucket: &str,
    settings: &S3Settings,
    endpoint: Option<&String>,
    patience: Patience,
) -> Result<AmazonS3, object_store::Error> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(bucket)
        .with_region(&settings.region)
        .with_client_options(client_options(settings, patience)?)
        .with_retry(RetryConfig {
            retry_timeout: patience.retry_for,
            max_retries: patience.retries,
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
