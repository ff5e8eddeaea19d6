//! The command line. Every flag has an environment variable beside it.
#![allow(clippy::doc_markdown, reason = "these comments are what `--help` prints")]

use std::{net::SocketAddr, path::PathBuf};

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::{
    queue_options,
    settings::{EncoderSettings, ReplicaSettings, Settings, StandingSettings, Timeouts},
};

/// Runs encoders for DocumentEncoding resources.
#[derive(Debug, Parser)]
#[command(name = "operator", version, about)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch DocumentEncodings and work for them, until told to stop.
    Run(Box<RunArguments>),
    /// Print the CustomResourceDefinition as YAML.
    Crd,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One JSON object a line, for collectors.
    Json,
    /// For people.
    Text,
}

/// Flags of `operator run`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// The namespace where the API keeps its resources.
    #[arg(
        long,
        env = "SOCRATE_ENCODINGS_NAMESPACE",
        default_value = "socrate-encodings"
    )]
    encodings_namespace: String,
    /// Namespaces to watch besides the encodings namespace, separated by commas; empty is the whole cluster.
    #[arg(
        long,
        env = "SOCRATE_WATCH_NAMESPACES",
        default_value = "",
        hide_default_value = true
    )]
    watch_namespaces: String,
    /// Image of the encoder.
    #[arg(long, env = "SOCRATE_ENCODER_IMAGE")]
    encoder_image: String,
    /// When the encoder's image is pulled.
    #[arg(long, env = "SOCRATE_IMAGE_PULL_POLICY", default_value = "IfNotPresent", value_parser = ["IfNotPresent", "Always", "Never"])]
    image_pull_policy: String,
    /// Address of the store: file:///store, a volume as the encoder sees it, or s3://bucket/prefix. How the latter is reached say AWS_ENDPOINT_URL,
    /// AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; encoders are given URLs and no credentials.
    #[arg(long, env = "SOCRATE_STORE_URL", default_value = "file:///store")]
    store_url: String,
    /// A file with certificates of authorities, as PEM, that an S3 store's certificate is checked against besides those of the web.
    #[arg(long, env = "AWS_CA_BUNDLE", value_parser = clap::value_parser!(PathBuf))]
    store_ca_bundle: Option<PathBuf>,
    /// Whether an API mirrors the resources: finished ones are then held until it has archived them.
    #[arg(long, env = "SOCRATE_API_IN_USE", default_value_t = false, action = clap::ArgAction::Set)]
    api_in_use: bool,
    /// The longest a finished resource is held for the API to archive it.
    #[arg(long, env = "SOCRATE_ARCHIVE_TIMEOUT_SECONDS", default_value_t = 3600)]
    archive_timeout_seconds: u32,
    /// The largest source that is read, in bytes.
    #[arg(long, env = "SOCRATE_MAX_SOURCE_BYTES", default_value_t = 100 << 20)]
    max_source_bytes: u64,
    /// Processor time an encoder requests where its resource says nothing.
    #[arg(long, env = "SOCRATE_ENCODER_CPU", default_value = "250m", value_parser = parse_cpu)]
    encoder_cpu: String,
    /// Memory an encoder gets where its resource says nothing.
    #[arg(long, env = "SOCRATE_ENCODER_MEMORY", default_value = "512Mi", value_parser = parse_memory)]
    encoder_memory: u64,
    /// The most memory an encoder gets, after it ran out of less or by its resource's wish.
    #[arg(long, env = "SOCRATE_ENCODER_MEMORY_CAP", default_value = "4Gi", value_parser = parse_memory)]
    encoder_memory_cap: u64,
    /// What the encoder logs, as in RUST_LOG.
    #[arg(long, env = "SOCRATE_ENCODER_LOG", default_value = "info")]
    encoder_log: String,
    /// Whether documents are read on nodes whose kernel cannot put up all walls around the encoder's parser (Landlock, seccomp).
    #[arg(long, env = "SOCRATE_ENCODER_SANDBOX", default_value = "required", value_parser = ["required", "best-effort", "off"])]
    encoder_sandbox: String,
    /// What becomes of a PDF's running heads, feet and page numbers: they go to the nearest end of a paragraph, stay where they stand, or go.
    #[arg(long, env = "SOCRATE_ENCODER_RUNNING_HEADS", default_value = "aside", value_parser = ["aside", "keep", "drop"])]
    encoder_running_heads: String,
    /// How long a finished Job is kept, in seconds.
    #[arg(long, env = "SOCRATE_JOB_TTL_SECONDS", default_value_t = 600)]
    job_ttl_seconds: i32,
    /// The queues, as JSON by name: {"documents": {"maxConcurrent": 8, "weight": 4, "defaultPriority": 0, "lingerSeconds": 30, "ahead": 3,
    /// "maxJobsPerIdentity": 4, "cpu": "250m", "memory": "512Mi", "kueueQueueName": "encodings"}}. 0 or absent is no limit, and lingerSeconds 0
    /// one Job for each document.
    #[arg(
        long,
        env = "SOCRATE_QUEUES",
        default_value = r#"{"documents": {"weight": 4}, "maintenance": {"weight": 1, "maxConcurrent": 2}}"#
    )]
    queues: String,
    /// Weights of tenants among each other, as JSON by the tenant's id; a tenant that is not named weighs 1.
    #[arg(long, env = "SOCRATE_TENANT_WEIGHTS", default_value = "{}")]
    tenant_weights: String,
    /// How many documents are encoded at a time over all queues; 0 is no limit.
    #[arg(long, env = "SOCRATE_MAX_CONCURRENT", default_value_t = 0)]
    max_concurrent: usize,
    /// How many Jobs there are at a time over all queues; 0 is no limit.
    #[arg(long, env = "SOCRATE_MAX_JOBS", default_value_t = 0)]
    max_jobs: usize,
    /// After how many documents a standing Job takes no more.
    #[arg(long, env = "SOCRATE_STANDING_MAX_DOCUMENTS", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..))]
    standing_max_documents: u32,
    /// After how many seconds a standing Job takes no more documents.
    #[arg(long, env = "SOCRATE_STANDING_MAX_SECONDS", default_value_t = 3600)]
    standing_max_seconds: u32,
    /// A document of more bytes has a Job of its own.
    #[arg(long, env = "SOCRATE_LARGE_BYTES", default_value_t = 20 << 20)]
    large_bytes: i64,
    /// The pause after the first failed attempt, in seconds; it doubles with each.
    #[arg(long, env = "SOCRATE_RETRY_SECONDS", default_value_t = 5)]
    retry_seconds: u32,
    /// How long a Pod may take from its node to its container's start, in seconds.
    #[arg(long, env = "SOCRATE_START_TIMEOUT_SECONDS", default_value_t = 120)]
    start_timeout_seconds: u32,
    /// How long it is waited for what the cluster refuses (a quota, a policy, room on a node, an image), in seconds.
    #[arg(long, env = "SOCRATE_REFUSAL_TIMEOUT_SECONDS", default_value_t = 3600)]
    refusal_timeout_seconds: u32,
    /// How long it is waited for a source that is not there yet, in seconds.
    #[arg(long, env = "SOCRATE_SOURCE_TIMEOUT_SECONDS", default_value_t = 60)]
    source_timeout_seconds: u32,
    /// How long an encoder may give no sign of life, in seconds.
    #[arg(long, env = "SOCRATE_PROGRESS_TIMEOUT_SECONDS", default_value_t = 300)]
    progress_timeout_seconds: u32,
    /// How long after it should be gone a Pod that is being deleted may still be at work, in seconds: its node may be lost.
    #[arg(long, env = "SOCRATE_LOST_NODE_TIMEOUT_SECONDS", default_value_t = 30)]
    lost_node_timeout_seconds: u32,
    /// How many Events of a document's beginning and success are published a second; warnings always are.
    #[arg(long, env = "SOCRATE_EVENT_RATE", default_value_t = 2.0)]
    event_rate: f64,
    /// How many resources are reconciled at a time.
    #[arg(long, env = "SOCRATE_RECONCILE_CONCURRENCY", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..))]
    reconcile_concurrency: u16,
    /// Where /healthz, /readyz and /metrics are served.
    #[arg(long, env = "SOCRATE_LISTEN", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// Where Pods ask for assignments, over TLS.
    #[arg(long, env = "SOCRATE_ASSIGNMENTS_LISTEN", default_value = "0.0.0.0:8443")]
    assignments_listen: SocketAddr,
    /// The DNS name by which Pods reach the operator; empty, and each document has a Job of its own.
    #[arg(long, env = "SOCRATE_SERVICE_NAME", default_value = "")]
    service_name: String,
    /// This replica's name among the replicas.
    #[arg(long, env = "POD_NAME", default_value = "operator")]
    identity: String,
    /// The namespace of the Lease and of the Secret.
    #[arg(long, env = "POD_NAMESPACE", default_value = "socrate")]
    namespace: String,
    /// The address at which Pods reach this replica.
    #[arg(long, env = "POD_IP", default_value = "127.0.0.1")]
    address: std::net::IpAddr,
    /// The Lease by which replicas agree who works.
    #[arg(long, env = "SOCRATE_LEASE", default_value = "socrate-operator")]
    lease: String,
    /// How long a Lease holds that is not renewed, in seconds; a third of it is what one call to the API server may take.
    #[arg(long, env = "SOCRATE_LEASE_SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u32).range(15..))]
    lease_seconds: u32,
    /// The Secret with the key that certificates for Pods are signed with.
    #[arg(long, env = "SOCRATE_TLS_SECRET", default_value = "socrate-operator-tls")]
    tls_secret: String,
    /// How log lines look; what is logged is RUST_LOG's to say.
    #[arg(long, env = "SOCRATE_LOG_FORMAT", value_enum, default_value_t = LogFormat::Json)]
    pub log_format: LogFormat,
}

impl RunArguments {
    /// The settings the flags stand for.
    ///
    /// # Errors
    /// What is wrong with the queues or the weights.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        let seconds = |number: u32| SignedDuration::from_secs(i64::from(number));
        let mut watch_namespaces: Vec<String> = self
            .watch_namespaces
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect();
        watch_namespaces.sort_unstable();
        watch_namespaces.dedup();
        // Where namespaces are named, uploaded documents are to be encoded too.
        if !watch_namespaces.is_empty() && !watch_namespaces.contains(&self.encodings_namespace) {
            watch_namespaces.push(self.encodings_namespace.clone());
        }
        let is_reachable = !self.service_name.is_empty();
        let is_s3 = self.store_url.starts_with("s3://");
        if is_s3 && !is_reachable {
            anyhow::bail!(
                "failed to read the flags: encoders ask the operator for URLs of an S3 store, so --service-name must name the DNS name by which \
                 Pods reach it"
            );
        }
        if !is_s3 && !self.store_url.starts_with("file:///") {
            anyhow::bail!(
                "failed to read the flags: --store-url must be of the form file:///directory or s3://bucket/prefix"
            );
        }
        let (queues, limits) = queue_options::parse(
            &self.queues,
            &self.tenant_weights,
            queue_options::Totals {
                max_concurrent: Some(self.max_concurrent).filter(|most| *most > 0),
                max_jobs: Some(self.max_jobs).filter(|most| *most > 0),
                // Without a way to hand a Pod more work, none stands.
                may_stand: is_reachable,
            },
        )?;
        let store_ca = match &self.store_ca_bundle {
            Some(path) if is_s3 => std::fs::read_to_string(path).with_context(|| {
                format!(
                    "failed to read the authorities of the S3 store in {}",
                    path.display()
                )
            })?,
            _ => String::new(),
        };
        let port = self.assignments_listen.port();
        Ok(Settings {
            encodings_namespace: self.encodings_namespace.clone(),
            watch_namespaces,
            api_in_use: self.api_in_use,
            archive_timeout: seconds(self.archive_timeout_seconds),
            encoder: EncoderSettings {
                image: self.encoder_image.clone(),
                image_pull_policy: self.image_pull_policy.clone(),
                store_url: self.store_url.clone(),
                store_ca,
                max_source_bytes: self.max_source_bytes,
                cpu: self.encoder_cpu.clone(),
                memory: self.encoder_memory,
                memory_cap: self.encoder_memory_cap.max(self.encoder_memory),
                log: self.encoder_log.clone(),
                sandbox: self.encoder_sandbox.clone(),
                running_heads: self.encoder_running_heads.clone(),
                job_ttl_seconds: self.job_ttl_seconds,
                operator_url: if is_reachable {
                    format!("https://{}:{port}", self.service_name)
                } else {
                    String::new()
                },
                operator_ca: String::new(),
            },
            queues,
            limits,
            standing: StandingSettings {
                max_documents: self.standing_max_documents,
                max_age: seconds(self.standing_max_seconds),
                large_bytes: self.large_bytes,
            },
            timeouts: Timeouts {
                start: seconds(self.start_timeout_seconds),
                refusal: seconds(self.refusal_timeout_seconds),
                source: seconds(self.source_timeout_seconds),
                progress: seconds(self.progress_timeout_seconds),
                lost_node: seconds(self.lost_node_timeout_seconds),
            },
            retry_delay: seconds(self.retry_seconds),
            event_rate: self.event_rate,
            reconcile_concurrency: self.reconcile_concurrency,
            listen: self.listen,
            assignments_listen: self.assignments_listen,
            replica: ReplicaSettings {
                identity: self.identity.clone(),
                namespace: self.namespace.clone(),
                lease: self.lease.clone(),
                lease_duration: seconds(self.lease_seconds),
                tls_secret: self.tls_secret.clone(),
                own_address: format!("https://{}", SocketAddr::new(self.address, port)),
                service_name: self.service_name.clone(),
            },
        })
    }
}

pub(crate) fn parse_memory(text: &str) -> Result<u64, String> {
    crds::resources::bytes(&Quantity(text.to_owned()))
        .filter(|bytes| *bytes > 0)
        .ok_or_else(|| format!("{text:?} is no amount of memory, such as 512Mi"))
}

pub(crate) fn parse_cpu(text: &str) -> Result<String, String> {
    if crate::validate::resources::is_processor_time(text) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "{text:?} is no amount of processor time, such as 500m or 2"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(extra: &[&str]) -> anyhow::Result<Settings> {
        let base = ["operator", "run", "--encoder-image", "encoder:1"];
        let arguments = Arguments::try_parse_from(base.iter().chain(extra))?;
        match arguments.command {
            Command::Run(run) => run.settings(),
            Command::Crd => unreachable!("the command is run"),
        }
    }

    #[test]
    fn namespaces_are_a_list_and_nothing_is_the_whole_cluster() {
        assert!(parse(&[]).unwrap().watch_namespaces.is_empty());
        let settings = parse(&["--watch-namespaces", "a, b,"]).unwrap();
        assert_eq!(settings.watch_namespaces, ["a", "b", "socrate-encodings"]);
        let settings = parse(&["--watch-namespaces", "socrate-encodings,socrate-encodings"]).unwrap();
        assert_eq!(
            settings.watch_namespaces,
            ["socrate-encodings"],
            "each is watched once"
        );
    }

    #[test]
    fn zero_documents_at_a_time_means_no_limit() {
        assert_eq!(parse(&[]).unwrap().limits.max_concurrent, None);
        assert_eq!(
            parse(&["--max-concurrent", "3"]).unwrap().limits.max_concurrent,
            Some(3)
        );
    }

    #[test]
    fn amounts_are_checked_at_the_start() {
        assert!(parse(&["--encoder-memory", "lots"]).is_err());
        assert!(parse(&["--encoder-cpu", "-1"]).is_err());
        assert!(parse(&["--reconcile-concurrency", "0"]).is_err());
        assert_eq!(
            parse(&["--encoder-memory", "1Gi"]).unwrap().encoder.memory,
            1 << 30
        );
    }

    #[test]
    fn the_parser_is_walled_in_unless_somebody_says_so_in_the_right_words() {
        assert_eq!(parse(&[]).unwrap().encoder.sandbox, "required");
        assert!(parse(&["--encoder-sandbox", "Off"]).is_err());
    }

    #[test]
    fn running_heads_stand_aside_unless_somebody_says_so_in_the_right_words() {
        assert_eq!(parse(&[]).unwrap().encoder.running_heads, "aside");
        let settings = parse(&["--encoder-running-heads", "drop"]).unwrap();
        assert_eq!(settings.encoder.running_heads, "drop");
        assert!(parse(&["--encoder-running-heads", "hide"]).is_err());
    }

    #[test]
    fn a_store_is_a_volume_or_s3_which_encoders_reach_through_the_operator() {
        assert_eq!(parse(&[]).unwrap().encoder.store_url, "file:///store");
        let s3 = ["--store-url", "s3://bucket/prefix"];
        let error = parse(&s3).unwrap_err().to_string();
        assert!(error.contains("--service-name"), "{error}");
        let reachable = [&s3[..], &["--service-name", "socrate-operator.socrate.svc"]].concat();
        assert_eq!(parse(&reachable).unwrap().encoder.store_url, "s3://bucket/prefix");
        assert!(parse(&["--store-url", "gs://bucket"]).is_err());
        let error = parse(&[&reachable[..], &["--store-ca-bundle", "/no/such/file"]].concat()).unwrap_err();
        assert!(error.to_string().contains("/no/such/file"), "{error}");
    }

    #[test]
    fn the_cap_is_never_below_the_default() {
        let settings = parse(&["--encoder-memory", "8Gi"]).unwrap();
        assert_eq!(settings.encoder.memory_cap, 8 << 30);
    }
}
