//! One assignment, step by step.

use std::{
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use crds::{Assignment, Reason, Report, ResultSummary, keys, progress::step};
use kube::Client;
use tracing::{error, info, warn};

use super::{
    commit,
    configuration::Configuration,
    progress::Progress,
    report::{Delivery, StatusWriter},
    source,
    store::Store,
    thread::work_while_wanted,
};
use crate::{
    chunk,
    digest::sha256,
    encode::{self, Encoded, OnEmptyPages, Options},
    failure::{Failure, FailureReason, printable},
    read::{self, ReadOptions},
};

/// What all assignments of a process share: connections, limits.
pub(super) struct Worker {
    configuration: Configuration,
    client: Client,
    store: Store,
    redis: Option<redis::Client>,
}

/// How an assignment ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The resource says how: with a result, or why not.
    Reported(Option<FailureReason>),
    /// The resource is no more.
    Gone,
    /// The resource could not be told.
    Unreported,
}

impl Worker {
    pub(super) async fn new(configuration: Configuration) -> Result<Self, Failure> {
        let client = Client::try_default().await.map_err(|error| {
            let message =
                format!("unable to find the Kubernetes API; is this a Pod with a service account? {error}");
            Failure::new(FailureReason::Misconfigured, message)
        })?;
        let store = Store::open(&configuration.store_url)?;
        let redis = configuration.redis_url.as_deref().and_then(|url| {
            let client = redis::Client::open(url).ok();
            if client.is_none() {
                // Not the error itself: it may hold the address, and that a password.
                warn!("the address of Redis cannot be read: live progress comes from the resource's status alone");
            }
            client
        });
        Ok(Self {
            configuration,
            client,
            store,
            redis,
        })
    }

    /// Encodes the document, commits the result and reports; a resource that has a result already only has it reported.
    pub(super) async fn work(&self, assignment: &Assignment) -> Outcome {
        let started = Instant::now();
        let pod_uid = &self.configuration.pod_uid;
        let status = StatusWriter::new(self.client.clone(), assignment);
        let progress = Progress::start(assignment, pod_uid, status.clone(), self.redis.clone());
        let limit = Duration::from_secs(assignment.timeout_seconds.unsigned_abs());
        let result = tokio::time::timeout(limit, self.encode(assignment, limit, &progress))
            .await
            .unwrap_or_else(|_| {
                let message = format!("the document took longer than its {} seconds", limit.as_secs());
                Err(Failure::new(FailureReason::DeadlineExceeded, message))
            });
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        match &result {
            Ok(result) => info!(
                milliseconds,
                chunks = result.total_chunks,
                pages = result.total_pages,
                "encoded"
            ),
            Err(failure) => warn!(milliseconds, reason = %failure.reason, "{}", failure.message),
        }
        let report = report(assignment.attempt, pod_uid, &result);
        let (last, flush) = progress.finish().await;
        let (delivery, ()) = tokio::join!(status.deliver(&last, &report), flush);
        match delivery {
            Delivery::Done => Outcome::Reported(result.err().map(|failure| failure.reason)),
            Delivery::Gone => Outcome::Gone,
            Delivery::Failed => {
                error!("unable to report: the next attempt will find the result if there is one");
                Outcome::Unreported
            }
        }
    }

    async fn encode(
        &self,
        assignment: &Assignment,
        limit: Duration,
        progress: &Progress,
    ) -> Result<ResultSummary, Failure> {
        let pod_uid = &self.configuration.pod_uid;
        progress.step(step::READING);
        let parameters = parameters(assignment);
        parameters.validate()?;
        if let Some(result) = commit::existing(assignment, pod_uid, &self.store).await? {
            info!("the resource has a result already");
            progress.step(step::COMPLETE);
            return Ok(result);
        }
        let bytes = source::read(assignment, &self.store).await?;
        progress.step(step::ENCODING);
        let encoded = {
            let pages = progress.pages();
            let read_options = ReadOptions {
                file_name: assignment.file_name.clone(),
                limit,
                sandbox: self.configuration.sandbox,
                running_heads: self.configuration.running_heads,
                ..ReadOptions::default()
            };
            let mut options = options(assignment, parameters);
            let prefix = attempt_directory(assignment, pod_uid);
            let work = move |cancelled: &AtomicBool| -> Result<Encoded, Failure> {
                options.source_sha256 = sha256(&bytes);
                let (document, tokens) =
                    read::read_and_count(&bytes, &read_options, &parameters, &pages, cancelled)?;
                // Encoding needs the room.
                drop(bytes);
                encode::encode(&document, &options, &tokens, &prefix)
            };
            work_while_wanted(work)
                .await
                .map_err(|error| broken_off(&error))??
        };
        for warning in &encoded.warnings {
            warn!("{}", printable(warning));
        }
        progress.step(step::SAVING);
        let result = commit::commit(assignment, pod_uid, encoded, &self.store).await?;
        progress.step(step::COMPLETE);
        Ok(result)
    }
}

/// Where the attempt's data files lie, as seen from the manifest.
fn attempt_directory(assignment: &Assignment, pod_uid: &str) -> String {
    let prefix = assignment.encoding_prefix();
    let attempt = keys::attempt_prefix(&prefix, pod_uid);
    format!("{}/", &attempt[prefix.len() + 1..])
}

fn parameters(assignment: &Assignment) -> chunk::Parameters {
    let chunking = assignment.chunking;
    chunk::Parameters {
        size: chunking.size as usize,
        overlap: chunking.overlap as usize,
        tokenizer: match chunking.encoding {
            crds::Tokenizer::Cl100kBase => chunk::Tokenizer::Cl100kBase,
            crds::Tokenizer::O200kBase => chunk::Tokenizer::O200kBase,
        },
        boundary: match chunking.boundary {
            crds::Boundary::Sentence => chunk::Boundary::Sentence,
            crds::Boundary::Token => chunk::Boundary::Token,
        },
    }
}

fn options(assignment: &Assignment, parameters: chunk::Parameters) -> Options {
    Options {
        file_name: assignment.file_name.clone(),
        source_sha256: String::new(),
        parameters,
        on_empty_pages: match assignment.on_empty_pages {
            crds::OnEmptyPages::Warn => OnEmptyPages::Warn,
            crds::OnEmptyPages::Fail => OnEmptyPages::Fail,
            crds::OnEmptyPages::Ignore => OnEmptyPages::Ignore,
        },
    }
}

fn broken_off(error: &tokio::task::JoinError) -> Failure {
    Failure::new(
        FailureReason::EncodingError,
        format!("the encoder has a bug: {error}"),
    )
}

fn report(attempt: u32, pod_uid: &str, result: &Result<ResultSummary, Failure>) -> Report {
    let (result, failure) = match result {
        Ok(result) => (Some(result.clone()), None),
        Err(failure) => {
            let reason = reason(failure.reason);
            (
                None,
                Some(crds::Failure::new(
                    reason,
                    &failure.message,
                    Some(reason.exit_code()),
                )),
            )
        }
    };
    Report {
        attempt,
        pod_uid: pod_uid.to_owned(),
        result,
        failure,
    }
}

/// The reason under its name in the resource.
fn reason(reason: FailureReason) -> Reason {
    match reason {
        FailureReason::SourceNotFound => Reason::SourceNotFound,
        FailureReason::SourceTooLarge => Reason::SourceTooLarge,
        FailureReason::UnsupportedFormat => Reason::UnsupportedFormat,
        FailureReason::Encrypted => Reason::Encrypted,
        FailureReason::Malformed => Reason::Malformed,
        FailureReason::NoText => Reason::NoText,
        FailureReason::InvalidSpec => Reason::InvalidSpec,
        FailureReason::EncodingError => Reason::EncodingError,
        FailureReason::OutputMissing => Reason::OutputMissing,
        FailureReason::MetadataInvalid => Reason::MetadataInvalid,
        FailureReason::OutOfMemory => Reason::OutOfMemory,
        FailureReason::DeadlineExceeded => Reason::DeadlineExceeded,
        FailureReason::StoreUnavailable => Reason::StoreUnavailable,
        FailureReason::Misconfigured => Reason::Misconfigured,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_of_reasons_have_the_same_names_and_exit_statuses() {
        for name in Reason::ALL.map(Reason::as_str) {
            let Ok(ours) = serde_json::from_value::<FailureReason>(serde_json::json!(name)) else {
                continue;
            };
            assert!(FailureReason::ALL.contains(&ours), "{name}");
            assert_eq!(reason(ours).as_str(), name);
            assert_eq!(
                reason(ours).exit_code().code(),
                i32::from(ours.exit_code()),
                "{name}"
            );
        }
    }
}
