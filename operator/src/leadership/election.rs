//! What a replica does next about the Lease, and what it writes. Pure: the time and the Lease are arguments.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use k8s_openapi::{
    api::coordination::v1::{Lease, LeaseSpec},
    apimachinery::pkg::apis::meta::v1::MicroTime,
};
use kube::api::ObjectMeta;

use super::{LEADER_ADDRESS, timing::Timing};

/// Who leads, as it stands in the Lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leader {
    /// The holder: the name of its Pod, `_`, and a UUID of its process.
    pub identity: String,
    /// Where the others reach it, if it says so. Whoever may write the Lease can write this.
    pub address: Option<String>,
}

/// Why a replica no longer leads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Loss {
    /// No renewal succeeded before the renew deadline. Another may lead by now, or will soon.
    #[error("the Lease could not be renewed in time")]
    NotRenewed,
    /// Somebody else holds the Lease.
    #[error("the Lease is held by {0}")]
    TakenBy(String),
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Read the Lease.
    Look,
    /// Write [`Election::claim`].
    Write,
    /// Somebody else holds the Lease.
    Wait,
    /// Lead no more.
    Lose(Loss),
}

/// What one replica knows of the Lease.
#[derive(Debug)]
pub(super) struct Election {
    identity: String,
    address: String,
    timing: Timing,
    /// As it was last read or written. Without a resourceVersion there is none.
    lease: Lease,
    /// From when on it may be taken from somebody else; `None` before the first look.
    free_at: Option<Instant>,
    /// Whether somebody may have changed it since.
    is_stale: bool,
    /// Until when this replica leads; `None` is that it stands by.
    held_until: Option<Instant>,
}

impl Election {
    /// Stands by, and knows nothing of the Lease but its name.
    pub(super) fn new(name: String, identity: String, address: String, timing: Timing) -> Self {
        Self {
            identity,
            address,
            timing,
            lease: Lease {
                metadata: ObjectMeta {
                    name: Some(name),
                    ..ObjectMeta::default()
                },
                spec: None,
            },
            free_at: None,
            is_stale: true,
            held_until: None,
        }
    }

    /// What the Lease calls this replica when it is the holder.
    pub(super) fn identity(&self) -> &str {
        &self.identity
    }

    /// Until when this replica leads; `None` is that it stands by.
    pub(super) fn held_until(&self) -> Option<Instant> {
        self.held_until
    }

    /// What to do at this moment.
    pub(super) fn step(&self, now: Instant) -> Step {
        let leads = match self.held_until {
            Some(until) if now >= until => return Step::Lose(Loss::NotRenewed),
            until => until.is_some(),
        };
        let Some(free_at) = self.free_at.filter(|_| !self.is_stale) else {
            return Step::Look;
        };
        match self.other_holder() {
            Some(other) if leads => Step::Lose(Loss::TakenBy(other.to_owned())),
            _ if now < free_at => Step::Wait,
            _ => Step::Write,
        }
    }

    /// Takes note that somebody may have changed the Lease.
    pub(super) fn look_again(&mut self) {
        self.is_stale = true;
    }

    /// Takes note of the Lease as it was read; `now` is after the answer.
    pub(super) fn looked(&mut self, found: Option<Lease>, now: Instant) {
        let is_deleted = found.is_none();
        let found = found.unwrap_or_else(|| self.without_lease());
        if self.free_at.is_none() || self.lease.spec != found.spec {
            // A deleted Lease frees nobody from waiting: who held it learns of it by its next renewal, not before.
            let holds_others_up = if is_deleted { &self.lease } else { &found };
            self.free_at = Some(now + self.wait_for_holder_of(holds_others_up));
        }
        self.lease = found;
        self.is_stale = false;
    }

    /// Takes note of the Lease as this replica wrote it: `begun` is before the request, `now` after the answer.
    pub(super) fn written(&mut self, lease: Lease, begun: Instant, now: Instant) {
        self.lease = lease;
        self.free_at = Some(now);
        self.is_stale = false;
        let until = begun + self.timing.renew_deadline;
        // An answer that came too late keeps nobody in office: a fence that has closed does not open again.
        if now < self.held_until.unwrap_or(until) {
            self.held_until = Some(until);
        }
    }

    /// Takes note that this replica leads no more, whatever stands in the Lease.
    pub(super) fn stand_down(&mut self) {
        self.held_until = None;
    }

    /// The Lease to write: it makes this replica the holder, or renews that it is.
    pub(super) fn claim(&self, now: Timestamp) -> Lease {
        let mut lease = self.lease.clone();
        let spec = lease.spec.get_or_insert_default();
        if !self.is_ours(spec) {
            spec.holder_identity = Some(self.identity.clone());
            spec.acquire_time = Some(MicroTime(now));
            spec.lease_transitions = Some(spec.lease_transitions.map_or(0, |count| count.saturating_add(1)));
        }
        spec.lease_duration_seconds = Some(self.timing.lease_duration_seconds());
        spec.renew_time = Some(MicroTime(now));
        let annotations = lease.metadata.annotations.get_or_insert_default();
        annotations.insert(LEADER_ADDRESS.to_owned(), self.address.clone());
        lease
    }

    /// The Lease to write so that nobody holds it; `None` where this replica does not.
    pub(super) fn release(&self, now: Timestamp) -> Option<Lease> {
        let mut lease = self.lease.clone();
        let spec = lease.spec.as_mut().filter(|spec| self.is_ours(spec))?;
        // Empty, and not absent: so does client-go, and so reads whoever merges the two.
        spec.holder_identity = Some(String::new());
        spec.renew_time = Some(MicroTime(now));
        if let Some(annotations) = &mut lease.metadata.annotations {
            annotations.remove(LEADER_ADDRESS);
        }
        Some(lease)
    }

    /// Who leads at this moment, as far as this replica can tell.
    pub(super) fn leader(&self, now: Instant) -> Option<Leader> {
        let identity = holder(&self.lease)?;
        let in_office = if identity == self.identity {
            self.held_until
        } else {
            self.free_at
        };
        in_office.filter(|until| now < *until)?;
        let annotations = self.lease.metadata.annotations.as_ref();
        Some(Leader {
            identity: identity.to_owned(),
            address: annotations.and_then(|all| all.get(LEADER_ADDRESS)).cloned(),
        })
    }

    /// How long a request may take that begins now. The last one of a leader ends with its leadership.
    pub(super) fn call_limit(&self, now: Instant) -> Duration {
        let left = self.held_until.map(|until| until.saturating_duration_since(now));
        left.unwrap_or(Duration::MAX).min(self.timing.call_limit())
    }

    /// How long to pause before the next round, when the last one began at `begun`.
    ///
    /// A leader wakes at its deadline, and a candidate when the Lease may be free.
    pub(super) fn pause(&self, begun: Instant, now: Instant) -> Duration {
        let next = begun + self.timing.retry_period;
        let earlier = self.held_until.or(self.free_at.filter(|free_at| now < *free_at));
        earlier
            .map_or(next, |earlier| next.min(earlier))
            .saturating_duration_since(now)
    }

    fn without_lease(&self) -> Lease {
        Lease {
            metadata: ObjectMeta {
                name: self.lease.metadata.name.clone(),
                ..ObjectMeta::default()
            },
            spec: None,
        }
    }

    fn is_ours(&self, spec: &LeaseSpec) -> bool {
        spec.holder_identity.as_ref() == Some(&self.identity)
    }

    fn other_holder(&self) -> Option<&str> {
        holder(&self.lease).filter(|holder| *holder != self.identity)
    }

    /// How long to wait for whoever holds this Lease: as long as it says itself.
    fn wait_for_holder_of(&self, lease: &Lease) -> Duration {
        if holder(lease).is_none_or(|holder| holder == self.identity) {
            return Duration::ZERO;
        }
        let seconds = lease.spec.as_ref().and_then(|spec| spec.lease_duration_seconds);
        let stated = seconds
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(Duration::from_secs);
        stated.unwrap_or(self.timing.lease_duration)
    }
}

/// Who holds the Lease; `None` where it was released, or never held.
fn holder(lease: &Lease) -> Option<&str> {
    let identity = lease.spec.as_ref()?.holder_identity.as_deref()?;
    Some(identity).filter(|identity| !identity.is_empty())
}

#[cfg(test)]
mod race;
#[cfg(test)]
mod tests;
