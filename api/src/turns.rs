//! Turns at what there is little of: some for all tenants together, and no more than its share for one.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

/// What there is a limited number of.
#[derive(Debug)]
pub struct Turns {
    all: Arc<Semaphore>,
    share: usize,
    by_tenant: Mutex<HashMap<Uuid, Weak<Semaphore>>>,
    within: Duration,
}

/// The turns that requests of all tenants take.
#[derive(Debug)]
pub struct TenantTurns {
    /// At reading a file of chunks for a page of them: each keeps a thread busy.
    pub chunk_files: Turns,
    /// At exporting a file of chunks, for as long as the client takes.
    pub exported_files: Turns,
    /// At searching: they would take all connections to Postgres.
    pub searches: Turns,
}

impl TenantTurns {
    /// Those of a replica, which are waited for that long.
    pub fn within(limit: Duration) -> Self {
        Self {
            chunk_files: Turns::new(4, 2, limit),
            exported_files: Turns::new(16, 2, limit),
            searches: Turns::new(8, 4, limit),
        }
    }
}

/// A tenant's turn, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _of_tenant: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

impl Turns {
    /// So many at once for all, of which a tenant has `share`; a turn is waited for that long.
    pub fn new(all: usize, share: usize, within: Duration) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            share,
            by_tenant: Mutex::default(),
            within,
        }
    }

    /// Waits for a turn; `None` where it has waited in vain.
    pub async fn take(&self, tenant: Uuid) -> Option<Turn> {
        let share = {
            let mut by_tenant = self.by_tenant.lock().unwrap_or_else(PoisonError::into_inner);
            by_tenant.retain(|_, share| share.strong_count() > 0);
            let known = by_tenant.get(&tenant).and_then(Weak::upgrade);
            let share = known.unwrap_or_else(|| Arc::new(Semaphore::new(self.share)));
            by_tenant.insert(tenant, Arc::downgrade(&share));
            share
        };
        let taken = async {
            Some(Turn {
                // First its own: who waits for that takes nothing from the others.
                _of_tenant: share.acquire_owned().await.ok()?,
                _of_all: self.all.clone().acquire_owned().await.ok()?,
            })
        };
        tokio::time::timeout(self.within, taken).await.ok()?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    #[tokio::test]
    async fn a_tenant_that_has_its_share_keeps_no_other_waiting() {
        let turns = Turns::new(3, 2, Duration::from_mins(1));
        let mut taken = vec![turns.take(ONE).await.unwrap(), turns.take(ONE).await.unwrap()];
        let mut waiting = Box::pin(turns.take(ONE));
        assert!(futures::poll!(&mut waiting).is_pending());
        drop(turns.take(OTHER).await.unwrap());
        taken.pop();
        assert!(waiting.await.is_some());
    }

    #[tokio::test]
    async fn who_waits_in_vain_is_told_so_and_nobody_is_remembered() {
        let turns = Turns::new(1, 1, Duration::from_millis(1));
        let taken = turns.take(ONE).await;
        assert!(taken.is_some());
        assert!(turns.take(OTHER).await.is_none());
        drop(taken);
        assert!(turns.take(OTHER).await.is_some());
        assert_eq!(turns.by_tenant.lock().unwrap().len(), 1);
    }
}
