//! What the programs are told: flags, each with its environment variable beside.

use std::{fmt, net::SocketAddr, path::PathBuf, str::FromStr, time::Duration};

use clap::Args;
use ipnet::IpNet;
use url::Url;

use crate::{
    identity::configuration::IdentityConfiguration, store::S3Settings, webhooks::target::TargetRules,
};

/// An address that may hold a password, which is never shown.
#[derive(Clone)]
pub struct SecretUrl(Url);

impl SecretUrl {
    /// The whole address, password included.
    pub fn expose(&self) -> &Url {
        &self.0
    }

    /// User name, decoded.
    pub fn user(&self) -> String {
        decode(self.0.username())
    }

    /// Password, decoded.
    pub fn password(&self) -> Option<String> {
        self.0.password().map(decode)
    }
}

fn decode(text: &str) -> String {
    percent_encoding::percent_decode_str(text)
        .decode_utf8_lossy()
        .into_owned()
}

impl FromStr for SecretUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The text is not repeated in the error: it may hold a password.
        Url::parse(text)
            .map(Self)
            .map_err(|error| format!("not a URL: {error}"))
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.clone();
        if shown.password().is_some() {
            let _ = shown.set_password(Some("***")); // Fails only where there can be no password.
        }
        shown.set_query(None);
        write!(formatter, "{shown}")
    }
}

/// The store.
#[derive(Args, Clone, Debug)]
pub struct StoreOptions {
    /// The store: `file:///…`, a volume that API and encoders share, or `s3://<bucket>/<prefix>`.
    #[arg(long = "store-url", env = "SOCRATE_STORE_URL")]
    pub url: Url,
    /// How S3 is reached.
    #[command(flatten)]
    pub s3: S3Settings,
}

/// `api sweep`.
#[derive(Args, Clone, Debug)]
pub struct Sweep {
    /// Postgres as the role of maintenance.
    #[arg(long, env = "SOCRATE_MAINTENANCE_DATABASE_URL", hide_env_values = true)]
    pub maintenance_database_url: SecretUrl,
    /// The store.
    #[command(flatten)]
    pub store: StoreOptions,
    /// Namespace of the resources that the API makes.
    #[arg(
        long,
        env = "SOCRATE_ENCODINGS_NAMESPACE",
        default_value = "socrate-encodings"
    )]
    pub encodings_namespace: String,
    /// The longest the cluster may take to answer, in milliseconds.
    #[arg(long, env = "SOCRATE_CLUSTER_TIMEOUT_MS", default_value = "5000", value_parser = milliseconds)]
    pub cluster_timeout: Duration,
    /// Address to listen on for metrics and probes.
    #[arg(long, env = "SOCRATE_OPERATIONS_LISTEN", default_value = "0.0.0.0:9090")]
    pub operations_listen: SocketAddr,
}

/// `api cleanup`.
#[derive(Args, Clone, Debug)]
pub struct Cleanup {
    /// Postgres as the role of maintenance.
    #[arg(long, env = "SOCRATE_MAINTENANCE_DATABASE_URL", hide_env_values = true)]
    pub maintenance_database_url: SecretUrl,
    /// The store.
    #[command(flatten)]
    pub store: StoreOptions,
    /// Documents that failed are kept for so many days, and no longer than the tenant keeps documents.
    #[arg(long, env = "SOCRATE_CLEANUP_FAILED_DAYS", default_value = "30", value_parser = clap::value_parser!(u16).range(1..))]
    pub failed_days: u16,
    /// What became of deliveries to webhooks is kept for so many days.
    #[arg(long, env = "SOCRATE_CLEANUP_DELIVERIES_DAYS", default_value = "30", value_parser = clap::value_parser!(u16).range(1..))]
    pub deliveries_days: u16,
    /// Objects that belong to nothing are removed so many days after they were last written: longer than the mirror may be away.
    #[arg(long, env = "SOCRATE_CLEANUP_ORPHANS_DAYS", default_value = "7", value_parser = clap::value_parser!(u16).range(1..))]
    pub orphans_days: u16,
    /// Only say what would be deleted and removed.
    #[arg(long)]
    pub dry_run: bool,
}

/// Where webhooks may be sent. What serves and what sends are told the same.
#[derive(Args, Clone, Debug, Default)]
pub struct WebhookTargets {
    /// Let webhooks be sent unencrypted, to URLs that begin with `http://`: for trials.
    #[arg(long = "webhook-allow-http", env = "SOCRATE_WEBHOOK_ALLOW_HTTP", default_value_t = false, action = clap::ArgAction::Set,
        num_args = 0..=1, default_missing_value = "true")]
    pub allow_http: bool,
    /// Addresses that webhooks may be sent to although they are not of the public internet, in CIDR notation.
    #[arg(long = "webhook-allowed-addresses", env = "SOCRATE_WEBHOOK_ALLOWED_ADDRESSES", default_value = "", value_parser = networks)]
    pub allowed_addresses: Networks,
    /// Addresses that webhooks may not be sent to, whatever else is said of them, in CIDR notation: networks of one's own with public addresses.
    #[arg(long = "webhook-denied-addresses", env = "SOCRATE_WEBHOOK_DENIED_ADDRESSES", default_value = "", value_parser = networks)]
    pub denied_addresses: Networks,
}

/// Networks, with commas between them.
#[derive(Clone, Debug, Default)]
pub struct Networks(pub Vec<IpNet>);

fn networks(text: &str) -> Result<Networks, String> {
    let texts = text.split(',').map(str::trim).filter(|text| !text.is_empty());
    let all: Result<_, _> = texts
        .map(|text| {
            text.parse()
                .map_err(|_| format!("{text} is no network, such as 10.1.0.0/16"))
        })
        .collect();
    all.map(Networks)
}

impl WebhookTargets {
    /// What they allow.
    pub fn rules(&self) -> TargetRules {
        TargetRules {
            allows_http: self.allow_http,
            allowed: self.allowed_addresses.0.clone(),
            denied: self.denied_addresses.0.clone(),
        }
    }
}

/// `api dispatch`.
#[derive(Args, Clone, Debug)]
pub struct Dispatch {
    /// Postgres as the dispatcher's role.
    #[arg(long, env = "SOCRATE_DISPATCHER_DATABASE_URL", hide_env_values = true)]
    pub dispatcher_database_url: SecretUrl,
    /// Address to listen on for metrics and probes.
    #[arg(long, env = "SOCRATE_OPERATIONS_LISTEN", default_value = "0.0.0.0:9090")]
    pub operations_listen: SocketAddr,
    /// Where webhooks may be sent.
    #[command(flatten)]
    pub targets: WebhookTargets,
    /// Certificates (PEM) of authorities that are trusted for receivers besides the well-known ones.
    #[arg(long, env = "SOCRATE_WEBHOOK_CA_FILE")]
    pub webhook_ca_file: Option<PathBuf>,
}

/// `api serve`.
#[derive(Args, Clone, Debug)]
pub struct Serve {
    /// Address to listen on.
    #[arg(long, env = "SOCRATE_LISTEN", default_value = "0.0.0.0:8080")]
    pub listen: SocketAddr,
    /// Address to listen on for metrics and probes.
    #[arg(long, env = "SOCRATE_OPERATIONS_LISTEN", default_value = "0.0.0.0:9090")]
    pub operations_listen: SocketAddr,
    /// How long all that was begun, uploads and other requests, may take to end when the process is to end, in seconds.
    #[arg(long, env = "SOCRATE_SHUTDOWN_GRACE_SECONDS", default_value = "100", value_parser = seconds)]
    pub shutdown_grace: Duration,
    /// Postgres as the API's role, which row level security binds.
    #[arg(long, env = "SOCRATE_DATABASE_URL", hide_env_values = true)]
    pub database_url: SecretUrl,
    /// Postgres as the mirror's role.
    #[arg(long, env = "SOCRATE_MIRROR_DATABASE_URL", hide_env_values = true)]
    pub mirror_database_url: SecretUrl,
    /// The store.
    #[command(flatten)]
    pub store: StoreOptions,
    /// Redis, for live progress; without it progress comes from the resources, coarser.
    #[arg(long, env = "SOCRATE_REDIS_URL", hide_env_values = true, default_value = "", value_parser = optional_url)]
    pub redis_url: OptionalUrl,
    /// Namespace of the resources that the API makes.
    #[arg(
        long,
        env = "SOCRATE_ENCODINGS_NAMESPACE",
        default_value = "socrate-encodings"
    )]
    pub encodings_namespace: String,
    /// Namespaces whose resources are mirrored, besides the encodings namespace; none means all.
    #[arg(long, env = "SOCRATE_WATCH_NAMESPACES", value_delimiter = ',')]
    pub watch_namespaces: Vec<String>,
    /// The largest file that is taken, in bytes.
    #[arg(long, env = "SOCRATE_MAX_UPLOAD_BYTES", default_value_t = 100 << 20)]
    pub max_upload_bytes: u64,
    /// Give what has the content, name and parameters of a ready document of its tenant that one's result, unless the upload says `force`.
    #[arg(long, env = "SOCRATE_REUSE_RESULTS", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1,
        default_missing_value = "true")]
    pub reuse_results: bool,
    /// The encoder's image and settings, in any words: results of what was uploaded for others are not reused, and none are where this is empty.
    #[arg(long, env = "SOCRATE_ENCODER_SETTINGS", default_value = "")]
    pub encoder_settings: String,
    /// What the operator has encoders do with a PDF's running heads: results that were made otherwise are not reused.
    #[arg(long, env = "SOCRATE_ENCODER_RUNNING_HEADS", default_value = "aside", value_parser = ["aside", "keep", "drop"])]
    pub encoder_running_heads: String,
    /// The longest the cluster may take to accept a document, in milliseconds.
    #[arg(long, env = "SOCRATE_CLUSTER_TIMEOUT_MS", default_value = "5000", value_parser = milliseconds)]
    pub cluster_timeout: Duration,
    /// The longest a live progress may take to come from Redis, in milliseconds.
    #[arg(long, env = "SOCRATE_REDIS_TIMEOUT_MS", default_value = "150", value_parser = milliseconds)]
    pub redis_timeout: Duration,
    /// Where webhooks may be sent.
    #[command(flatten)]
    pub webhook_targets: WebhookTargets,
    /// Who is let in.
    #[command(flatten)]
    pub identity: IdentityConfiguration,
}

/// An address, or none where the text is empty.
#[derive(Clone, Debug)]
pub struct OptionalUrl(pub Option<SecretUrl>);

fn optional_url(text: &str) -> Result<OptionalUrl, String> {
    if text.is_empty() {
        return Ok(OptionalUrl(None));
    }
    text.parse().map(|url| OptionalUrl(Some(url)))
}

fn seconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_secs)
}

fn milliseconds(text: &str) -> Result<Duration, std::num::ParseIntError> {
    text.parse().map(Duration::from_millis)
}

impl Serve {
    /// The namespaces to watch, the encodings namespace always among them; `None` is the whole cluster.
    pub fn watched_namespaces(&self) -> Option<Vec<String>> {
        let mut names: Vec<String> = self
            .watch_namespaces
            .iter()
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        if names.is_empty() {
            return None;
        }
        names.push(self.encodings_namespace.clone());
        names.sort();
        names.dedup();
        Some(names)
    }
}

/// `api migrate`.
#[derive(Args, Clone, Debug)]
pub struct Migrate {
    /// Postgres as the owner of the schema.
    #[arg(long, env = "SOCRATE_OWNER_DATABASE_URL", hide_env_values = true)]
    pub owner_database_url: SecretUrl,
    /// Address of the API's role; the role is made with this name and password.
    #[arg(long, env = "SOCRATE_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretUrl>,
    /// Address of the mirror's role.
    #[arg(long, env = "SOCRATE_MIRROR_DATABASE_URL", hide_env_values = true)]
    pub mirror_database_url: Option<SecretUrl>,
    /// Address of the role of maintenance.
    #[arg(long, env = "SOCRATE_MAINTENANCE_DATABASE_URL", hide_env_values = true)]
    pub maintenance_database_url: Option<SecretUrl>,
    /// Address of the dispatcher's role.
    #[arg(long, env = "SOCRATE_DISPATCHER_DATABASE_URL", hide_env_values = true)]
    pub dispatcher_database_url: Option<SecretUrl>,
    /// Address of the role of monitoring.
    #[arg(long, env = "SOCRATE_MONITORING_DATABASE_URL", hide_env_values = true)]
    pub monitoring_database_url: Option<SecretUrl>,
    /// How long to wait for Postgres to answer, in seconds.
    #[arg(long, env = "SOCRATE_MIGRATE_WAIT_SECONDS", default_value_t = 120)]
    pub wait_seconds: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_and_what_is_none_is_named() {
        assert_eq!(networks("").unwrap().0, []);
        let two = networks("10.1.0.0/16, fd00::/8").unwrap().0;
        assert_eq!(two, ["10.1.0.0/16".parse().unwrap(), "fd00::/8".parse().unwrap()]);
        assert!(networks("10.1.0.0/16,all").unwrap_err().contains("all"));
    }

    #[test]
    fn a_password_is_never_shown() {
        let url: SecretUrl = "postgres://u:p%40ss@host/db?sslkey=x".parse().unwrap();
        for shown in [format!("{url}"), format!("{url:?}")] {
            assert_eq!(shown, "postgres://u:***@host/db");
        }
        assert_eq!(url.password().as_deref(), Some("p@ss"));
        assert!(!"p@ss word".parse::<SecretUrl>().unwrap_err().contains("p@ss"));
    }
}
