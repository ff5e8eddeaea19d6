//! What is done with one assignment: read, encode, commit, report.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crds::{Assignment, Reason, Report, ResultSummary, assignment::EndedOutcome, keys, progress::step};
use encoder_job::{extract::RunningHeads, parser_process::Cancellation};
use kube::Client;
use tokio::sync::watch;
use tracing::{debug, error, info, warn};

use super::{
    commit,
    configuration::Configuration,
    live_progress::LiveProgress,
    operator::Operator,
    processor_time,
    progress::{Progress, Telling},
    report::StatusWriter,
    source,
    store::Stores,
};
use crate::{
    chunk,
    digest::sha256,
    encode::{self, Encoded, OnEmptyPages, Options},
    failure::{Failure, FailureReason, printable},
    read::{self, ReadOptions},
};

/// How long it is looked for a result once the time is up.
const LOOK_LIMIT: Duration = Duration::from_secs(30);

/// What all assignments of a process share: connections, limits.
pub(super) struct Worker {
    configuration: Configuration,
    client: Client,
    stores: Stores,
    live_progress: Option<LiveProgress>,
}

impl Worker {
    pub(super) async fn new(
        configuration: Configuration,
        operator: Option<Arc<Operator>>,
    ) -> Result<Self, Failure> {
        let client = Client::try_default().await.map_err(|error| {
            let message =
                format!("unable to find the Kubernetes API; is this a Pod with a service account? {error}");
            Failure::new(FailureReason::Misconfigured, message)
        })?;
        let stores = Stores::open(
            &configuration.store_url,
            configuration.store_ca.as_deref(),
            operator,
        )?;
        let live_progress = configuration.redis_url.as_deref().and_then(LiveProgress::new);
        Ok(Self {
            configuration,
            client,
            stores,
            live_progress,
        })
    }

    /// Uid of the Pod.
    pub(super) fn pod_uid(&self) -> &str {
        &self.configuration.pod_uid
    }

    /// Begins to tell how far it is.
    pub(super) fn tell(&self, progress: &Progress, assignment: &Assignment) -> Telling {
        let status = StatusWriter::new(self.client.clone(), assignment);
        Telling::start(progress, assignment, status, self.live_progress.clone())
    }

    /// Encodes the document and commits the result; a resource that has a result already only has it returned.
    pub(super) async fn encode(
        &self,
        assignment: &Assignment,
        limit: Duration,
        progress: &Progress,
        cancellation: &Cancellation,
    ) -> Result<ResultSummary, Failure> {
        let started = Instant::now();
        let used_before = processor_time::used();
        let wanted = || {
            if cancellation.is_cancelled() {
                return Err(commit::given_up());
            }
            Ok(())
        };
        let pod_uid = self.pod_uid();
        progress.step(step::READING);
        let parameters = parameters(assignment);
        parameters.validate()?;
        let store = self.stores.of(assignment, pod_uid, cancellation);
        // At the same time, as hardly any has a result already, and a store may be far away.
        let (existing, bytes) = tokio::join!(
            commit::existing(assignment, pod_uid, &store),
            source::read(assignment, &store)
        );
        if let Some(result) = existing? {
            info!(name = %assignment.name, "the resource has a result already");
            progress.step(step::COMPLETE);
            return Ok(result);
        }
        let bytes = bytes?;
        wanted()?;
        let read = started.elapsed();
        progress.step(step::ENCODING);
        let encoded = {
            let read_options = ReadOptions {
                file_name: assignment.file_name.clone(),
                limit,
                sandbox: self.configuration.sandbox,
                running_heads: self.configuration.running_heads,
                ..ReadOptions::default()
            };
            let mut options = options(assignment, parameters, self.configuration.running_heads);
            let prefix = attempt_directory(assignment, pod_uid);
            let (progress, cancellation) = (progress.clone(), cancellation.clone());
            let work = move || -> Result<Encoded, Failure> {
                options.source_sha256 = sha256(&bytes);
                if cancellation.is_cancelled() {
                    return Err(commit::given_up());
                }
                let pages = |done, total| progress.pages(done, total);
                let (document, tokens) =
                    read::read_and_count(&bytes, &read_options, &parameters, &pages, &cancellation)?;
                // Encoding needs the room.
                drop(bytes);
                if cancellation.is_cancelled() {
                    return Err(commit::given_up());
                }
                encode::encode(&document, &options, &tokens, &prefix)
            };
            tokio::task::spawn_blocking(work).await.map_err(|error| {
                let message = format!("the encoder has a bug: {error}");
                Failure::new(FailureReason::EncodingError, message)
            })??
        };
        wanted()?;
        for warning in &encoded.warnings {
            warn!(name = %assignment.name, "{}", printable(warning));
        }
        let made = started.elapsed();
        progress.step(step::SAVING);
        let mut result = commit::commit(assignment, pod_uid, encoded, &store, cancellation).await?;
        // Documents come one after the other, so that what was used meanwhile was used for this one.
        result.cpu_milliseconds = processor_time::used()
            .zip(used_before)
            .and_then(|(now, before)| u64::try_from(now.saturating_sub(before).as_millis()).ok());
        progress.step(step::COMPLETE);
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        debug!(
            name = %assignment.name,
            read_micros = micros(read),
            encode_micros = micros(made.saturating_sub(read)),
            save_micros = micros(started.elapsed().saturating_sub(made)),
            "saved"
        );
        Ok(result)
    }

    /// The result the resource has, if it has one: one may have been committed in the moment the time was up.
    pub(super) async fn committed(&self, assignment: &Assignment) -> Option<ResultSummary> {
        let store = self
            .stores
            .of(assignment, self.pod_uid(), &Cancellation::default());
        let looking = commit::committed(assignment, &store);
        tokio::time::timeout(LOOK_LIMIT, looking).await.ok().flatten()
    }

    /// Tells the resource how it ended, until it is told, time is up, or nobody wants to know any more.
    pub(super) async fn report(
        &self,
        assignment: &Assignment,
        result: &Result<ResultSummary, Failure>,
        telling: Telling,
        unwanted: watch::Receiver<bool>,
    ) -> EndedOutcome {
        let status = StatusWriter::new(self.client.clone(), assignment);
        let report = report(assignment.attempt, self.pod_uid(), result);
        let progress = telling.finish().await;
        let tried = || progress.advance();
        let outcome = status.deliver(&progress.record(), &report, unwanted, tried).await;
        let name = &assignment.name;
        match &outcome {
            EndedOutcome::Reported => {}
            EndedOutcome::Gone => info!(%name, "the resource is gone: nothing to report"),
            EndedOutcome::Dropped => info!(%name, "nobody waits for the report any more"),
            EndedOutcome::Refused(message) => {
                error!(%name, %message, "failed to report: the encoder's service account may not write the resource's status");
            }
            EndedOutcome::Undelivered(message) => {
                error!(%name, %message, "failed to report: the next attempt will find the result if there is one");
            }
        }
        outcome
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

fn options(assignment: &Assignment, parameters: chunk::Parameters, running_heads: RunningHeads) -> Options {
    Options {
        file_name: assignment.file_name.clone(),
        source_sha256: String::new(),
        parameters,
        running_heads,
        on_empty_pages: match assignment.on_empty_pages {
            crds::OnEmptyPages::Warn => OnEmptyPages::Warn,
            crds::OnEmptyPages::Fail => OnEmptyPages::Fail,
            crds::OnEmptyPages::Ignore => OnEmptyPages::Ignore,
        },
    }
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
