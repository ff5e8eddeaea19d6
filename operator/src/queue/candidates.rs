//! From resources to what a queue pass is told of them.

use std::{collections::HashMap, sync::Arc};

use crds::{DocumentEncoding, Phase};
use jiff::Timestamp;
use kube::ResourceExt;

use super::{Document, DocumentState, JobIdentity};
use crate::{
    job::identity,
    policy::{job_key, memory, sharing},
    settings::Settings,
    state::OperatorStatus,
    validate::{self, Surroundings, source::ObservedSource},
};

/// A document, with what does not follow from the queue's view of it.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    /// As the pass is told, while it waits.
    pub document: Document,
    /// The Job that is made for it, or would be.
    pub own_job: Arc<str>,
    /// The Job that works for it.
    pub job: Option<Arc<str>>,
    /// Not before then.
    pub not_before: Option<Timestamp>,
    /// Its namespace.
    pub namespace: Arc<str>,
}

/// What a candidate was made of: the resource's version, its namespace's tenant, and the memory that similar documents needed.
type Basis = (String, Option<String>, Option<u64>);

/// Candidates by uid, made anew only where what they were made of has changed.
#[derive(Debug, Default)]
pub(super) struct Candidates {
    known: HashMap<String, (Basis, Option<Candidate>)>,
}

impl Candidates {
    /// The candidate that a resource is; `None` where nobody may work for it now.
    pub(super) fn of(
        &mut self,
        encoding: &DocumentEncoding,
        surroundings: &Surroundings,
        learned_memory: Option<u64>,
        settings: &Settings,
    ) -> Option<Candidate> {
        let uid = encoding.metadata.uid.as_deref()?;
        let version = encoding.metadata.resource_version.as_deref().unwrap_or_default();
        let tenant = surroundings.namespace_labels.get(crds::labels::TENANT);
        if let Some(((known_version, known_tenant, known_memory), candidate)) = self.known.get(uid)
            && known_version == version
            && known_tenant.as_ref() == tenant
            && *known_memory == learned_memory
        {
            return candidate.clone();
        }
        let candidate = candidate(encoding, surroundings, learned_memory, settings);
        let basis = (version.to_owned(), tenant.cloned(), learned_memory);
        self.known.insert(uid.to_owned(), (basis, candidate.clone()));
        candidate
    }

    /// Forgets those that are not there any more.
    pub(super) fn retain(&mut self, is_there: impl Fn(&str) -> bool) {
        self.known.retain(|uid, _| is_there(uid));
    }
}

fn candidate(
    encoding: &DocumentEncoding,
    surroundings: &Surroundings,
    learned_memory: Option<u64>,
    settings: &Settings,
) -> Option<Candidate> {
    let spec = &encoding.spec;
    let status = OperatorStatus::of(encoding.status.as_ref());
    // One that is being cancelled counts until no Pod holds it any more, also where its Pod had no node yet and it was pending.
    let has_a_job = status.job_name.is_some() && !status.phase.is_some_and(Phase::is_terminal);
    let is_ending = spec.cancelled && (status.phase == Some(Phase::Processing) || has_a_job);
    let is_out = encoding.metadata.deletion_timestamp.is_some() || spec.cancelled || spec.suspend;
    if is_out && !is_ending {
        return None;
    }
    let surroundings = Surroundings {
        source: ObservedSource::NotLookedAt,
        ..surroundings.clone()
    };
    let validated = if status.job_name.is_some() || is_ending {
        validate::validate_assigned(encoding, &surroundings, settings)
    } else {
        validate::validate(encoding, &surroundings, settings)
    }
    .ok()?;
    let uid = encoding.uid().unwrap_or_default();
    let namespace = encoding.namespace().unwrap_or_default();
    let memory = memory::of_next_try(
        &status,
        validated.resources.memory,
        learned_memory,
        settings.encoder.memory_cap,
    );
    let identity = identity::of(
        &namespace,
        &validated,
        &validated.resources.cpu,
        memory,
        &settings.encoder,
    );
    // The Job that is, or would be, made for this very document.
    let is_assigned = status.job_name.is_some() || is_ending;
    let own_job = if let (true, Some(attempt), Some(tries)) = (is_assigned, status.attempt, status.tries) {
        crds::job::name(&uid, attempt, tries)
    } else {
        let next = job_key::next(&status);
        crds::job::name(&uid, next.attempt, next.tries)
    };
    let shareable = !is_ending && sharing::is_shareable(encoding, &validated.source, &status, settings);
    Some(Candidate {
        document: Document {
            name: format!("{namespace}/{}", encoding.name_any()).into(),
            queue: validated.queue.as_str().into(),
            tenant: validated.owner.prefix().into(),
            priority: validated.priority,
            created: encoding
                .creation_timestamp()
                .map_or(Timestamp::UNIX_EPOCH, |time| time.0),
            identity: JobIdentity(identity.into()),
            shareable,
            weight_seconds: None,
            state: DocumentState::Waiting,
            uid: uid.as_str().into(),
        },
        job: status
            .job_name
            .as_deref()
            .or(is_ending.then_some(own_job.as_str()))
            .map(Into::into),
        own_job: own_job.into(),
        not_before: status.retry_time.as_ref().map(|time| time.0),
        namespace: namespace.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn what_is_cancelled_suspended_invalid_or_going_is_no_candidate() {
        let settings = testing::settings();
        let is_candidate = |change: &dyn Fn(&mut DocumentEncoding)| {
            let mut encoding = testing::encoding();
            change(&mut encoding);
            candidate(&encoding, &testing::surroundings(), None, &settings).is_some()
        };
        assert!(is_candidate(&|_| {}));
        assert!(!is_candidate(&|encoding| encoding.spec.cancelled = true));
        assert!(is_candidate(&|encoding| {
            encoding.spec.cancelled = true;
            encoding.status = Some(crds::DocumentEncodingStatus {
                phase: Some(Phase::Processing),
                ..Default::default()
            });
        }));
        // A Job is made for it whose Pod no node takes yet.
        assert!(is_candidate(&|encoding| {
            encoding.spec.cancelled = true;
            encoding.status = Some(crds::DocumentEncodingStatus {
                phase: Some(Phase::Pending),
                job_name: Some("enc-0".to_owned()),
                ..Default::default()
            });
        }));
        assert!(!is_candidate(&|encoding| {
            encoding.spec.cancelled = true;
            encoding.status = Some(crds::DocumentEncodingStatus {
                phase: Some(Phase::Cancelled),
                job_name: Some("enc-0".to_owned()),
                ..Default::default()
            });
        }));
        assert!(!is_candidate(&|encoding| encoding.spec.suspend = true));
        assert!(!is_candidate(&|encoding| encoding.spec.queue = "unknown".into()));
        let now = Some(crate::clock::stored(testing::now()));
        assert!(!is_candidate(
            &|encoding| encoding.metadata.deletion_timestamp = now.clone()
        ));
    }
}
