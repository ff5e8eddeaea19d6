//! Step 3: what is to be done. Pure: what was observed and the time go in, a decision comes out.
//!
//! The order of the questions is the order of what matters: is it being deleted, is it finished, is it cancelled, is it valid, is it
//! suspended, what did the encoder report, what became of its Job, may another attempt begin.

use crds::{DocumentEncoding, Failure, Phase, Reason, condition, keys, labels, resources};
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;

use crate::{
    clock,
    conditions::{Saying, say},
    decision::{Action, Decision},
    job::{self, Beginning},
    observe::Observed,
    policy::{
        admission, beginning, deadline, memory,
        refusal::Refusal,
        report::{self, Believed},
        retention::Finished,
        retry,
        verdict::{Verdict, judge},
    },
    settings::Settings,
    state::OperatorStatus,
    validate::{Invalid, ValidatedEncoding},
};

/// Decides.
pub fn decide(
    observed: &Observed,
    validated: &Result<ValidatedEncoding, Invalid>,
    settings: &Settings,
    now: Timestamp,
) -> Decision {
    let encoding = &observed.encoding;
    let status = OperatorStatus::of(encoding.status.as_ref());
    let decider = Decider {
        observed,
        encoding,
        settings,
        now,
        status,
    };
    if encoding.metadata.deletion_timestamp.is_some() {
        return decider.being_deleted();
    }
    if decider.status.is_finished() {
        return decider.finished();
    }
    if encoding.spec.cancelled {
        let failure = Failure::new(Reason::Cancelled, "it was cancelled", None);
        return decider.end(Phase::Cancelled, &failure);
    }
    let validated = match validated {
        Ok(validated) => validated,
        Err(invalid) => return decider.end(Phase::Failed, &invalid.failure()),
    };
    if encoding.spec.suspend {
        return decider.suspended();
    }
    decider.working(validated)
}

/// Decides what follows when the cluster refused the Job.
pub fn refused(
    observed: &Observed,
    beginning: Beginning,
    refusal: &Refusal,
    settings: &Settings,
    now: Timestamp,
) -> Decision {
    let mut status = OperatorStatus::of(observed.encoding.status.as_ref());
    status.attempt = Some(beginning.attempt);
    status.disruptions = Some(beginning.disruptions);
    status.attempt_start_time = Some(clock::stored(now));
    let decider = Decider {
        observed,
        encoding: &observed.encoding,
        settings,
        now,
        status,
    };
    match refusal {
        Refusal::Forbidden(why) => {
            let message = format!("the cluster refused the Job: {why}");
            decider.attempt_failed(Failure::new(Reason::QuotaDenied, message, None))
        }
        Refusal::Invalid(why) => {
            let message = format!("what it asks for makes no Job: {why}");
            decider.end(Phase::Failed, &Failure::new(Reason::InvalidSpec, message, None))
        }
    }
}

/// The reason of the conditions while the Pod should have started, and has not.
const NOT_STARTED: &str = "NotStarted";

fn job_created(job_name: &str) -> Saying {
    Saying::new(
        Phase::Processing,
        "JobCreated",
        format!("the Job {job_name} encodes it"),
    )
}

/// What all questions are asked of.
struct Decider<'a> {
    observed: &'a Observed,
    encoding: &'a DocumentEncoding,
    settings: &'a Settings,
    now: Timestamp,
    status: OperatorStatus,
}

impl Decider<'_> {
    fn being_deleted(self) -> Decision {
        let held = self.retention().and_then(|finished| finished.held_for(self.now));
        let release = held.is_none() && self.has_finalizer();
        let actions = if release {
            vec![Action::RemoveFinalizer]
        } else {
            Vec::new()
        };
        Decision {
            actions,
            status: None,
            look_again: held.filter(|_| self.has_finalizer()),
        }
    }

    fn finished(self) -> Decision {
        let mut actions = Vec::new();
        let Some(finished) = self.retention() else {
            return Decision {
                actions,
                status: None,
                look_again: None,
            };
        };
        let held = finished.held_for(self.now);
        if held.is_none() && self.has_finalizer() {
            actions.push(Action::RemoveFinalizer);
        }
        let lives = finished.lives_for(self.now);
        if lives.is_none() {
            actions.push(Action::DeleteEncoding);
        }
        let look_again = [held.filter(|_| self.has_finalizer()), lives]
            .into_iter()
            .flatten()
            .min();
        Decision {
            actions,
            status: None,
            look_again,
        }
    }

    /// What is known of a resource that has finished.
    fn retention(&self) -> Option<Finished> {
        let since = self
            .status
            .completion_time
            .as_ref()
            .filter(|_| self.status.is_finished())?
            .0;
        let conditions = self.encoding.status.iter().flat_map(|status| &status.conditions);
        let archived = conditions
            .filter(|each| each.type_ == condition::ARCHIVED)
            .any(|each| each.status == "True");
        Some(Finished {
            since,
            time_to_live: SignedDuration::from_secs(self.encoding.spec.ttl_seconds_after_finished),
            archived,
            api_in_use: self.settings.api_in_use,
            archive_timeout: self.settings.archive_timeout,
        })
    }

    fn has_finalizer(&self) -> bool {
        self.encoding
            .finalizers()
            .iter()
            .any(|each| each == labels::ARCHIVE_FINALIZER)
    }

    fn suspended(mut self) -> Decision {
        let actions = self.end_of_job();
        self.status.job_name = None;
        self.status.attempt_start_time = None;
        let saying = Saying::new(
            Phase::Queued,
            "Suspended",
            "it is suspended: set spec.suspend to false to go on",
        );
        self.say(&saying, actions, None)
    }

    fn working(mut self, validated: &ValidatedEncoding) -> Decision {
        let prefix = keys::encoding_prefix(&validated.owner, &validated.document_id, &self.uid());
        let Some(attempt) = self.status.attempt.filter(|attempt| *attempt > 0) else {
            return self.begin_if_admitted(validated.resources.memory);
        };
        let reported = self
            .encoding
            .status
            .as_ref()
            .and_then(|status| status.report.as_ref());
        match report::believe(reported, attempt, &prefix) {
            // Between two attempts the report of the last is still there, and dealt with.
            _ if self.status.retry_time.is_some() => {}
            Some(Believed::Result(result)) => {
                self.status.result = Some(result);
                self.status.failure = None;
                self.status.completion_time = Some(clock::stored(self.now));
                let saying = Saying::new(Phase::Ready, "Encoded", "the result is committed");
                return self.say(&saying, Vec::new(), None);
            }
            Some(Believed::Failure(failure)) => return self.attempt_failed(failure),
            None => {}
        }
        if self.status.job_name.is_some() {
            return self.watch_job(validated);
        }
        let memory = self.memory(validated);
        if let Some(time) = &self.status.retry_time {
            let left = time.0.duration_since(self.now);
            if left.is_positive() {
                return Decision {
                    actions: Vec::new(),
                    status: None,
                    look_again: Some(left),
                };
            }
            let last = self
                .status
                .failure
                .as_ref()
                .map_or(Reason::EncodingError, |failure| failure.reason);
            let memory = memory::next(memory, last, self.settings.encoder.memory_cap);
            return self.begin_if_admitted(memory);
        }
        // It was suspended in the middle of an attempt, which begins anew.
        self.begin_if_admitted(memory)
    }

    fn watch_job(self, validated: &ValidatedEncoding) -> Decision {
        let verdict = match &self.observed.job {
            None => Verdict::Disrupted("the Job is gone".to_owned()),
            Some(job) if !job.owner_uids.contains(&self.uid()) => {
                Verdict::Disrupted(format!("the Job {} belongs to another resource", job.name))
            }
            Some(job) => judge(job, &self.observed.pods, self.settings.start_timeout, self.now),
        };
        let began = self
            .status
            .attempt_start_time
            .as_ref()
            .map_or(self.now, |time| time.0);
        match (
            verdict,
            deadline::remaining(began, validated.timeout_seconds, self.now),
        ) {
            (Verdict::Failed(failure), _) => self.attempt_failed(failure),
            (Verdict::Disrupted(why), _) => self.disrupted(&why, validated),
            (Verdict::Runs, None) => self.timed_out(validated, ""),
            (Verdict::Starts { why, .. }, None) => {
                let why = why.map(|why| format!("; its Pod never started: {why}"));
                self.timed_out(validated, &why.unwrap_or_default())
            }
            (Verdict::Runs, Some(remaining)) => self.goes_on(None, remaining),
            (
                Verdict::Starts {
                    why,
                    overdue,
                    look_again,
                },
                Some(remaining),
            ) => self.goes_on(why.filter(|_| overdue).as_deref(), look_again.min(remaining)),
        }
    }

    fn timed_out(self, validated: &ValidatedEncoding, why: &str) -> Decision {
        let message = format!(
            "the attempt took longer than its {} seconds{why}",
            validated.timeout_seconds
        );
        self.attempt_failed(Failure::new(Reason::DeadlineExceeded, message, None))
    }

    /// Nothing is done. What keeps the Pod from starting is told, and that it does not any more.
    fn goes_on(self, held_up: Option<&str>, look_again: SignedDuration) -> Decision {
        let job_name = self.status.job_name.clone().unwrap_or_default();
        let was_held_up = self
            .status
            .conditions
            .iter()
            .any(|each| each.reason == NOT_STARTED);
        let saying = match held_up {
            Some(why) => Saying::new(
                Phase::Processing,
                NOT_STARTED,
                format!("the Job {job_name} has not started to encode it: {why}"),
            ),
            None if was_held_up => job_created(&job_name),
            None => {
                return Decision {
                    actions: Vec::new(),
                    status: None,
                    look_again: Some(look_again),
                };
            }
        };
        self.say(&saying, Vec::new(), Some(look_again))
    }

    fn disrupted(self, why: &str, validated: &ValidatedEncoding) -> Decision {
        let disruptions = self.status.disruptions.unwrap_or(0) + 1;
        if disruptions > retry::MAX_DISRUPTIONS {
            let message = format!("the attempt was disrupted {disruptions} times, the last time: {why}");
            return self.attempt_failed(Failure::new(Reason::Evicted, message, None));
        }
        let memory = self.memory(validated);
        self.begin_if_admitted(memory)
    }

    /// The memory of the last attempt; of the first where there was none.
    fn memory(&self, validated: &ValidatedEncoding) -> u64 {
        self.status
            .memory
            .as_ref()
            .and_then(resources::bytes)
            .unwrap_or(validated.resources.memory)
    }

    /// What holds the resource until the API has archived it, if it is not held yet.
    fn hold(&self) -> Option<Action> {
        (self.settings.api_in_use && !self.has_finalizer()).then_some(Action::AddFinalizer)
    }

    fn begin_if_admitted(mut self, memory: u64) -> Decision {
        let mut actions: Vec<Action> = self.hold().into_iter().collect();
        if !admission::is_admitted(self.observed.encoding_now, self.settings.max_concurrent) {
            self.status.job_name = None;
            let message = format!(
                "{} documents are being encoded: waiting for its turn",
                self.observed.encoding_now
            );
            let saying = Saying::new(Phase::Queued, "Queued", message);
            // Whoever finishes wakes nobody yet, so it is looked at now and then.
            return self.say(&saying, actions, Some(SignedDuration::from_secs(1)));
        }
        let (attempt, disruptions) = beginning::next(&self.status);
        let beginning = Beginning {
            attempt,
            disruptions,
            memory,
        };
        actions.push(Action::CreateJob(beginning));
        let job_name = job::name(self.encoding, beginning);
        let now = clock::stored(self.now);
        self.status.attempt = Some(beginning.attempt);
        self.status.disruptions = Some(beginning.disruptions);
        self.status.memory = Some(resources::quantity(beginning.memory));
        self.status.start_time.get_or_insert_with(|| now.clone());
        self.status.attempt_start_time = Some(now);
        self.status.retry_time = None;
        self.status.job_name = Some(job_name.clone());
        let look_again = Some(self.settings.start_timeout);
        self.say(&job_created(&job_name), actions, look_again)
    }

    fn attempt_failed(mut self, failure: Failure) -> Decision {
        let attempt = self.status.attempt.unwrap_or(1);
        let first = self.settings.retry_delay;
        let Some(pause) = retry::pause(&failure, attempt, self.encoding.spec.max_attempts, first) else {
            return self.end(Phase::Failed, &failure);
        };
        let actions = self.end_of_job();
        self.status.job_name = None;
        self.status.retry_time = Some(clock::stored(self.now + pause));
        let message = format!(
            "attempt {attempt} failed and will be followed by another: {}",
            failure.message
        );
        let saying = Saying::new(Phase::Pending, failure.reason.as_str(), message);
        self.status.failure = Some(failure);
        self.say(&saying, actions, Some(pause))
    }

    /// The end without a result.
    fn end(mut self, phase: Phase, failure: &Failure) -> Decision {
        let mut actions: Vec<Action> = self.hold().into_iter().collect();
        actions.extend(self.end_of_job());
        self.status.failure = Some(failure.clone());
        self.status.retry_time = None;
        self.status.completion_time = Some(clock::stored(self.now));
        let saying = Saying::new(phase, failure.reason.as_str(), failure.message.clone());
        self.say(&saying, actions, None)
    }

    /// What ends the Job, if there is one that has not ended by itself; also one that the status does not name yet.
    fn end_of_job(&self) -> Vec<Action> {
        let jobs = [&self.observed.job, &self.observed.next_job];
        let running = jobs
            .into_iter()
            .flatten()
            .filter(|job| job.end.is_none() && !job.deleting);
        let ours = running.filter(|job| job.owner_uids.contains(&self.uid()));
        ours.map(|job| Action::DeleteJob(job.name.clone())).collect()
    }

    fn say(mut self, saying: &Saying, actions: Vec<Action>, look_again: Option<SignedDuration>) -> Decision {
        let generation = self.encoding.metadata.generation.unwrap_or_default();
        say(&mut self.status, saying, generation, self.now);
        Decision {
            actions,
            status: Some(self.status),
            look_again,
        }
    }

    fn uid(&self) -> String {
        self.encoding.uid().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
