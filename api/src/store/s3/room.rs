//! How much of what comes in is in memory at once.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::store::StoreError;

/// So many parts are in memory at once, for all uploads together; who has no room waits.
const PARTS_IN_MEMORY: usize = 24;
/// So many of them are one owner's, so that one whose uploads come slowly keeps no other from uploading.
const PARTS_OF_AN_OWNER: usize = 8;
/// The longest that room is waited for: all of an owner's uploads have their turn, also where the store takes some seconds for each part.
const ROOM_WITHIN: Duration = Duration::from_secs(40);
/// Who has gathered a part for so long makes room where others wait for it.
const SLOW_AFTER: Duration = Duration::from_secs(20);
/// So much of an upload may be in memory without being counted: many that bring little hinder nobody.
pub(super) const UNCOUNTED_BYTES: usize = 256 << 10;

/// Places, and how many wait for one.
#[derive(Debug)]
struct Places {
    free: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Places {
    fn new(count: usize) -> Self {
        Self {
            free: Arc::new(Semaphore::new(count)),
            waiting: AtomicUsize::new(0),
        }
    }

    async fn take(&self) -> Result<OwnedSemaphorePermit, AcquireError> {
        let _waiting = Waiting::begin(&self.waiting);
        self.free.clone().acquire_owned().await
    }

    fn are_wanted(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }
}

/// One who waits, until it is dropped.
struct Waiting<'count>(&'count AtomicUsize);

impl<'count> Waiting<'count> {
    fn begin(count: &'count AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Room in memory for parts that are being gathered: some for all, and no more than its share for one owner.
#[derive(Debug)]
pub(super) struct Room {
    all: Arc<Places>,
    by_owner: Mutex<HashMap<String, Weak<Places>>>,
    /// The longest that it is waited for.
    within: Duration,
    slow_after: Duration,
}

/// Room for one part, until it is dropped.
pub(super) struct Place {
    _of_owner: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
    all: Arc<Places>,
    /// Keeps the owner's share for as long as something of it is taken.
    share: Arc<Places>,
    slow_from: Instant,
}

impl Place {
    /// Whether others wait for it, and its part has been gathered for long.
    pub(super) fn is_to_be_given_up(&self) -> bool {
        Instant::now() >= self.slow_from && (self.all.are_wanted() || self.share.are_wanted())
    }
}

impl Default for Room {
    fn default() -> Self {
        Self {
            all: Arc::new(Places::new(PARTS_IN_MEMORY)),
            by_owner: Mutex::default(),
            within: ROOM_WITHIN,
            slow_after: SLOW_AFTER,
        }
    }
}

impl Room {
    /// Takes room for a part of the object with this key.
    pub(super) async fn take(&self, key: &str) -> Result<Place, StoreError> {
        // Keys begin with whose they are: `tenants/<id>/…`.
        let owner: String = key.split('/').take(2).collect::<Vec<_>>().join("/");
        let share = {
            let mut by_owner = self.by_owner.lock().unwrap_or_else(PoisonError::into_inner);
            by_owner.retain(|_, share| share.strong_count() > 0);
            let known = by_owner.get(&owner).and_then(Weak::upgrade);
            let share = known.unwrap_or_else(|| Arc::new(Places::new(PARTS_OF_AN_OWNER)));
            by_owner.insert(owner, Arc::downgrade(&share));
            share
        };
        let taken = async {
            let of_owner = share.take().await?;
            let of_all = self.all.take().await?;
            Ok::<_, AcquireError>((of_owner, of_all))
        };
        match tokio::time::timeout(self.within, taken).await {
            Ok(Ok((of_owner, of_all))) => Ok(Place {
                _of_owner: of_owner,
                _of_all: of_all,
                all: self.all.clone(),
                share,
                slow_from: Instant::now() + self.slow_after,
            }),
            _ => Err(StoreError::NoRoom(key.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_owner_that_has_its_share_keeps_no_other_waiting() {
        let room = Room::default();
        let mut places = Vec::new();
        for _ in 0..PARTS_OF_AN_OWNER {
            places.push(room.take("tenants/a/documents/d/source").await.unwrap());
        }
        let mut waiting = Box::pin(room.take("tenants/a/documents/e/source"));
        assert!(futures::poll!(&mut waiting).is_pending());
        room.take("tenants/b/documents/d/source").await.unwrap();
        places.pop();
        waiting.await.unwrap();
    }

    #[tokio::test]
    async fn who_waits_in_vain_is_told_so() {
        let room = Room {
            within: Duration::from_millis(1),
            ..Room::default()
        };
        let mut places = Vec::new();
        for owner in 0..PARTS_IN_MEMORY {
            places.push(
                room.take(&format!("tenants/{owner}/documents/d/source"))
                    .await
                    .unwrap(),
            );
        }
        let refused = room.take("tenants/late/documents/d/source").await;
        assert!(matches!(refused, Err(StoreError::NoRoom(_))));
        drop(places);
        room.take("tenants/late/documents/d/source").await.unwrap();
        room.take("tenants/other/documents/d/source").await.unwrap();
        let owners = room.by_owner.lock().unwrap().len();
        assert!(owners <= 2, "nobody is remembered who has nothing: {owners}");
    }

    #[tokio::test]
    async fn who_is_slow_makes_room_for_those_who_wait_and_for_nobody_else() {
        let room = Room {
            slow_after: Duration::ZERO,
            ..Room::default()
        };
        let mut places = Vec::new();
        for owner in 0..PARTS_IN_MEMORY {
            let key = format!("tenants/{owner}/documents/d/source");
            places.push(room.take(&key).await.unwrap());
        }
        assert!(!places.iter().any(Place::is_to_be_given_up), "nobody waits");
        let mut waiting = Box::pin(room.take("tenants/late/documents/d/source"));
        assert!(futures::poll!(&mut waiting).is_pending());
        assert!(places.iter().all(Place::is_to_be_given_up));
        places.pop();
        waiting.await.unwrap();
        assert!(
            !places.iter().any(Place::is_to_be_given_up),
            "nobody waits any more"
        );

        // One who waits for its own share is helped by its own alone.
        let own = [0; PARTS_OF_AN_OWNER - 1].map(|_| room.take("tenants/0/documents/e/source"));
        places.truncate(1);
        places.extend(futures::future::try_join_all(own).await.unwrap());
        places.push(room.take("tenants/other/documents/d/source").await.unwrap());
        let mut waiting = Box::pin(room.take("tenants/0/documents/f/source"));
        assert!(futures::poll!(&mut waiting).is_pending());
        let other = places.pop().unwrap();
        assert!(places.iter().all(Place::is_to_be_given_up));
        assert!(!other.is_to_be_given_up());
    }
}
