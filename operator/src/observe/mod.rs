//! Step 1: what there is. All of it is in the operator's memory, but for what has no store: it is read once, where an attempt begins.

mod job;
mod pod;
mod source;

use crds::{AssignmentKey, DocumentEncoding, Phase, assignment::EndedOutcome};
use jiff::{SignedDuration, Timestamp};
use kube::ResourceExt;

pub use job::{JobEnd, ObservedJob};
pub use pod::{Container, ObservedPod};

use crate::{
    context::{ApiError, Context},
    handover::{JobRef, table::Holding},
    policy::verdict::is_lost,
    queue::Turn,
    state::OperatorStatus,
    validate::{Surroundings, source::ObservedSource},
};

/// What there is.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The resource.
    pub encoding: DocumentEncoding,
    /// What stands around it and counts for its validity.
    pub surroundings: Surroundings,
    /// The Job its status names.
    pub job: Option<ObservedJob>,
    /// Whether that Job was there once, in this process's time, and is not any more.
    pub job_was_seen: bool,
    /// That Job's Pods.
    pub pods: Vec<ObservedPod>,
    /// The Job controller's own words for why it cannot make the Job's Pod, where it cannot.
    pub failed_create: Option<String>,
    /// Whether another Job works for documents like this one.
    pub others_run: bool,
    /// All Pods of the namespace that may still work on this document, with what is known of each.
    pub holders: Vec<Holder>,
    /// For how long they have been asked to let go of it.
    pub held_for: Option<SignedDuration>,
    /// The memory that documents like this one needed, in bytes, where some ran out of less.
    pub learned_memory: Option<u64>,
    /// What the Pod that holds it says of it.
    pub work: Work,
    /// What the queue has decided for it, where it has.
    pub turn: Option<Turn>,
    /// Until when the cluster takes no Job in this namespace, as it has just refused one, and its words.
    pub blocked: Option<(Timestamp, String)>,
    /// Whether the cluster has refused a Job or a Pod in this namespace a moment ago, and made none since.
    pub is_blocked: bool,
}

/// A Pod that has not ended and might work on a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The Pod.
    pub pod: ObservedPod,
    /// Whether it does.
    pub holding: Holding,
}

/// What the Pod that holds a document says of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Work {
    /// For how long it has been worked on, where it is.
    pub working_for: Option<SignedDuration>,
    /// For how long nothing of it has moved, where it is worked on.
    pub silent_for: Option<SignedDuration>,
    /// For how long its Job's Pod has not asked for assignments, where it has before.
    pub quiet_for: Option<SignedDuration>,
    /// How the Pod ended it, where it could not report.
    pub ended: Option<EndedOutcome>,
}

/// A Job without a Pod for so long has been looked at by the Job controller.
const POD_APPEARS: SignedDuration = SignedDuration::from_secs(1);

/// Observes a resource.
///
/// # Errors
/// [`ApiError`] where something has to be read, and that fails.
pub async fn observe(context: &Context, encoding: DocumentEncoding) -> Result<Observed, ApiError> {
    let namespace = encoding.namespace().unwrap_or_default();
    let uid = encoding.uid().unwrap_or_default();
    let status = OperatorStatus::of(encoding.status.as_ref());
    let mut observed = Observed {
        surroundings: Surroundings {
            namespace_labels: context.stores.namespace_labels(&namespace).await?,
            source: ObservedSource::NotLookedAt,
        },
        job: None,
        job_was_seen: false,
        pods: Vec::new(),
        failed_create: None,
        others_run: false,
        holders: Vec::new(),
        held_for: None,
        learned_memory: context.ladder.learned(&encoding),
        work: Work::default(),
        turn: None,
        blocked: None,
        is_blocked: context.blocked.is_on(&namespace, crate::clock::now()),
        encoding,
    };
    if status.phase.is_some_and(Phase::is_terminal) {
        return Ok(observed);
    }
    let pods = context.stores.pods(&namespace);
    if let Some(job_name) = &status.job_name {
        observed.job = context.stores.job(&namespace, job_name);
        observed.job_was_seen = context.seen_jobs.contains(&namespace, job_name);
        let of_job = |pod: &&ObservedPod| match &observed.job {
            // Anybody can give a Pod these labels; the Job's own are those it controls.
            Some(job) => pod.job_uid == job.uid,
            None => pod.job_name == *job_name && !pod.job_uid.is_empty(),
        };
        observed.pods = pods.iter().filter(of_job).cloned().collect();
        let key = AssignmentKey {
            uid: uid.clone(),
            attempt: status.attempt.unwrap_or(0),
            tries: status.tries.unwrap_or(0),
        };
        observed.work = work(context, &(namespace.clone(), job_name.clone()), &key);
        let now = crate::clock::now();
        for pod in &observed.pods {
            // The cluster makes Pods here again.
            context.blocked.pod_made(&namespace, pod.created);
        }
        let starts = |pod: &ObservedPod| !pod.ended && pod.container != Container::Running;
        if observed.pods.iter().any(starts)
            && let Some(job) = &observed.job
        {
            observed.others_run = others_run(context, job);
        }
        let is_without_pod = |job: &&ObservedJob| {
            job.lacks_a_pod() && observed.pods.is_empty() && now.duration_since(job.created) >= POD_APPEARS
        };
        if let Some(job) = observed.job.as_ref().filter(is_without_pod) {
            observed.failed_create = source::failed_create(context, job).await?;
        }
    } else {
        if observed.encoding.spec.suspend || observed.encoding.spec.cancelled {
            context.turns.take(&uid);
        }
        observed.turn = context.turns.of(&uid, crate::clock::now());
        if observed.turn == Some(Turn::StartJob) {
            observed.blocked = context.blocked.ask(&namespace, crate::clock::now());
        }
        if observed.turn.as_ref().is_some_and(Turn::is_begin) {
            observed.surroundings.source = source::observe(context, &namespace, &observed.encoding).await?;
        }
    }
    observed.holders = holders(context, &observed.encoding, pods);
    let spec = &observed.encoding.spec;
    let is_to_be_let_go = spec.cancelled || spec.suspend || status.job_name.is_none();
    observed.held_for = context
        .releases
        .held_for(&uid, is_to_be_let_go && !observed.holders.is_empty());
    Ok(observed)
}

/// Whether the Pod of another Job of the same identity has asked for work.
fn others_run(context: &Context, job: &ObservedJob) -> bool {
    let jobs = context.stores.jobs();
    let table = context.handover.table();
    let mut others = jobs.iter().filter(|other| {
        let reference = (other.namespace.clone(), other.name.clone());
        other.standing
            && !table.is_retiring(&reference)
            && other.identity == job.identity
            && other.name != job.name
            && other.end.is_none()
            && !other.deleting
    });
    others.any(|other| {
        table
            .last_asked(&(other.namespace.clone(), other.name.clone()))
            .is_some()
    })
}

/// What the Pods of a Job say of an assignment.
fn work(context: &Context, job: &JobRef, key: &AssignmentKey) -> Work {
    let now = crate::clock::monotonic();
    let table = context.handover.table();
    let signed =
        |duration: std::time::Duration| SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
    let working = table.working(job).filter(|working| working.key == *key);
    Work {
        working_for: working.map(|working| {
            SignedDuration::try_from_secs_f64(working.seconds).unwrap_or(SignedDuration::ZERO)
        }),
        silent_for: table.silent_for(job, key).map(signed),
        quiet_for: table.quiet_for(job, now).map(signed),
        ended: context.ended.of(key),
    }
}

/// The Pods that have not ended and might work on a document: its own Job's, and those of standing Jobs that hold it or have not said.
fn holders(context: &Context, encoding: &DocumentEncoding, pods: Vec<ObservedPod>) -> Vec<Holder> {
    let uid = encoding.metadata.uid.as_deref().unwrap_or_default();
    let was_assigned = encoding
        .status
        .as_ref()
        .is_some_and(|status| status.tries.is_some());
    // What a Pod that has not asked yet may hold was handed to a Job of the document's own queue, by a leader before this one.
    let may_have_been_handed = |pod: &ObservedPod| {
        was_assigned
            && pod.standing
            && pod.container == Container::Running
            && context.inherited_pods.contains(&pod.uid)
            && pod.queue == encoding.spec.queue
    };
    let table = context.handover.table();
    let now = crate::clock::now();
    pods.into_iter()
        // Anybody can give a Pod the labels of ours; ours are controlled by a Job.
        .filter(|pod| !pod.ended && !pod.job_uid.is_empty() && !is_lost(pod, &context.settings.timeouts, now))
        .filter_map(|pod| {
            let known = table.pod_may_hold_for(&pod.uid, uid);
            let holding = match known {
                // A Pod that has not asked yet works on what its Job began with.
                Holding::Unknown if pod.first_uid == uid => Holding::Maybe,
                Holding::Unknown if !may_have_been_handed(&pod) => Holding::No,
                known => known,
            };
            (holding != Holding::No).then_some(Holder { pod, holding })
        })
        .collect()
}
