//! The loops of an election: standing by, renewing, releasing.

use k8s_openapi::api::coordination::v1::Lease;
use kube::Client;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::{info, warn};
use uuid::Uuid;

use super::{
    election::{Election, Leader, Loss, Step},
    fence::{Fence, Leadership},
    lease::{LeaseApi, LeaseError},
    timing::Timing,
};
use crate::clock;

/// The most requests of one round: a write that comes second, a look, a write that comes second again, a look.
const ROUND: usize = 4;

/// Which Lease is stood for, and as whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElectionSettings {
    /// The namespace of the Lease.
    pub namespace: String,
    /// The name of the Lease.
    pub lease: String,
    /// The name of this Pod; what the Lease calls its holder begins with it.
    pub pod: String,
    /// Where the others reach this replica when it leads, such as `https://10.0.0.5:8443`.
    pub address: String,
    /// As whom the Lease is written (`metadata.managedFields`).
    pub field_manager: String,
    /// When to renew, and when to give up.
    pub timing: Timing,
}

/// A replica that stands by.
pub struct Candidate {
    lease: LeaseApi,
    name: String,
    election: Election,
    fence: Fence,
    leader: watch::Sender<Option<Leader>>,
}

impl Candidate {
    /// A replica that stands by. It asks nothing of the API server yet.
    ///
    /// # Errors
    /// [`InvalidTiming`](super::InvalidTiming).
    pub fn new(client: Client, settings: ElectionSettings) -> Result<Self, super::InvalidTiming> {
        settings.timing.check()?;
        let name = format!("{}/{}", settings.namespace, settings.lease);
        let identity = format!("{}_{}", settings.pod, Uuid::new_v4());
        Ok(Self {
            lease: LeaseApi::new(
                client,
                &settings.namespace,
                settings.lease.clone(),
                &settings.field_manager,
            ),
            name,
            election: Election::new(settings.lease, identity, settings.address, settings.timing),
            fence: Fence::new(),
            leader: watch::Sender::new(None),
        })
    }

    /// Answers, now and later, whether this process leads.
    pub fn leadership(&self) -> Leadership {
        self.fence.leadership()
    }

    /// Who leads, as far as this replica has seen; `None` while nobody does, or nobody knows.
    pub fn leader(&self) -> watch::Receiver<Option<Leader>> {
        self.leader.subscribe()
    }

    /// Stands by until this replica leads; `None` when it is told to stop before.
    ///
    /// A request that has begun is waited for, for half the renew deadline at most: a Lease that is taken at the last
    /// moment is then returned, and can be released. Dropped in the middle, it might be held by nobody who is there.
    pub async fn acquire(mut self, stop: &CancellationToken) -> Option<HeldLease> {
        info!(lease = %self.name, identity = self.election.identity(), "standing by");
        while !stop.is_cancelled() {
            let begun = clock::monotonic();
            self.election.look_again();
            self.round("acquire", stop).await;
            if self.election.held_until().is_some() {
                info!(lease = %self.name, "this replica leads");
                return Some(HeldLease::keep(self));
            }
            let pause = self.election.pause(begun, clock::monotonic());
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        None
    }

    /// Renews until leadership is lost, or until told to stop (`None`).
    async fn renew(&mut self, stop: &CancellationToken) -> Option<Loss> {
        let mut begun = clock::monotonic();
        loop {
            let now = clock::monotonic();
            if let Step::Lose(loss) = self.election.step(now) {
                return Some(loss);
            }
            tokio::select! {
                () = stop.cancelled() => return None,
                () = tokio::time::sleep(self.election.pause(begun, now)) => {}
            }
            begun = clock::monotonic();
            self.round("renew", stop).await;
        }
    }

    /// Looks and writes until there is nothing left to do in this round.
    async fn round(&mut self, what: &'static str, stop: &CancellationToken) {
        if let Err(error) = self.requests(stop).await {
            warn!(%error, "unable to {what} leadership, trying again");
        }
        self.tell_leader();
    }

    fn tell_leader(&self) {
        let leader = self.election.leader(clock::monotonic());
        self.leader.send_if_modified(|known| {
            if *known == leader {
                return false;
            }
            if let Some(Leader { identity, .. }) = &leader {
                info!(lease = %self.name, leader = identity, "the leader changed");
            } else {
                info!(lease = %self.name, "nobody is known to lead");
            }
            *known = leader;
            true
        });
    }

    async fn requests(&mut self, stop: &CancellationToken) -> Result<(), LeaseError> {
        for _ in 0..ROUND {
            let begun = clock::monotonic();
            if stop.is_cancelled() {
                break;
            }
            match self.election.step(begun) {
                Step::Look => self.look().await?,
                Step::Write => {
                    if let Some(lease) = self.write(&self.election.claim(clock::now())).await? {
                        self.election.written(lease, begun, clock::monotonic());
                        self.fence.set(self.election.held_until());
                        break;
                    }
                    self.election.look_again();
                }
                Step::Wait | Step::Lose(_) => break,
            }
        }
        Ok(())
    }

    async fn look(&mut self) -> Result<(), LeaseError> {
        let limit = self.election.call_limit(clock::monotonic());
        let found = self.lease.get(limit).await?;
        self.election.looked(found, clock::monotonic());
        Ok(())
    }

    async fn write(&self, lease: &Lease) -> Result<Option<Lease>, LeaseError> {
        self.lease
            .write(lease, self.election.call_limit(clock::monotonic()))
            .await
    }

    /// Gives the Lease up, if this replica holds it.
    async fn release(mut self) -> Result<(), LeaseError> {
        for _ in 0..ROUND {
            let Some(lease) = self.election.release(clock::now()) else {
                break;
            };
            if self.write(&lease).await?.is_some() {
                info!(lease = %self.name, "leadership is released");
                break;
            }
            self.look().await?;
        }
        Ok(())
    }
}

/// The Lease while this replica holds it. It is renewed in the background.
///
/// Dropped without [`HeldLease::release`], it is renewed no more: the others then wait for the lease duration.
pub struct HeldLease {
    renewal: JoinHandle<Candidate>,
    stop: DropGuard,
    loss: watch::Receiver<Option<Loss>>,
}

impl HeldLease {
    fn keep(mut candidate: Candidate) -> Self {
        let stop = CancellationToken::new();
        let (tell, loss) = watch::channel(None);
        let told = stop.clone();
        let renewal = tokio::spawn(async move {
            let loss = candidate.renew(&told).await;
            candidate.election.stand_down();
            candidate.fence.set(None);
            candidate.tell_leader();
            tell.send_replace(loss);
            candidate
        });
        Self {
            renewal,
            stop: stop.drop_guard(),
            loss,
        }
    }

    /// Resolves when this replica no longer leads, at the renew deadline at the latest. The process has to end then.
    pub async fn lost(&mut self) -> Loss {
        let loss = self.loss.wait_for(Option::is_some).await;
        // Renewing may also have ended without a word, by a panic.
        loss.ok()
            .and_then(|loss| loss.clone())
            .unwrap_or(Loss::NotRenewed)
    }

    /// Gives the Lease up, so that the next one leads at once. Call it when nothing that only the leader may do goes on any more.
    ///
    /// # Errors
    /// The Lease could not be written; the others then wait for the lease duration.
    pub async fn release(self) -> Result<(), LeaseError> {
        drop(self.stop);
        match self.renewal.await {
            Ok(candidate) => candidate.release().await,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime itself is ending.
                Err(_) => Ok(()),
            },
        }
    }
}
