//! How much of what comes in is in memory at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

use crate::store::StoreError;

/// So many parts are in memory at once, for all uploads together; who has no room waits.
const PARTS_IN_MEMORY: usize = 24;
/// So many of them are one owner's, so that one whose uploads come slowly keeps no other from uploading.
const PARTS_OF_AN_OWNER: usize = 4;
/// The longest that room is waited for.
const ROOM_WITHIN: Duration = Duration::from_secs(20);

/// Room in memory for parts that are being gathered: some for all, and no more than its share for one owner.
#[derive(Debug)]
pub(super) struct Room {
    all: Arc<Semaphore>,
    by_owner: Mutex<HashMap<String, Weak<Semaphore>>>,
    /// The longest that it is waited for.
    within: Duration,
}

/// Room for one part, until it is dropped.
pub(super) struct Place {
    _of_owner: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
    /// Keeps the owner's share for as long as something of it is taken.
    _share: Arc<Semaphore>,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            all: Arc::new(Semaphore::new(PARTS_IN_MEMORY)),
            by_owner: Mutex::default(),
            within: ROOM_WITHIN,
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
            let share = known.unwrap_or_else(|| Arc::new(Semaphore::new(PARTS_OF_AN_OWNER)));
            by_owner.insert(owner, Arc::downgrade(&share));
            share
        };
        let taken = async {
            let of_owner = share.clone().acquire_owned().await?;
            let of_all = self.all.clone().acquire_owned().await?;
            Ok::<_, AcquireError>((of_owner, of_all))
        };
        match tokio::time::timeout(self.within, taken).await {
            Ok(Ok((of_owner, of_all))) => Ok(Place {
                _of_owner: of_owner,
                _of_all: of_all,
                _share: share,
            }),
            _ => Err(StoreError::failed(
                "write",
                key,
                "there was no room in memory for more of it",
            )),
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
        assert!(room.take("tenants/late/documents/d/source").await.is_err());
        drop(places);
        room.take("tenants/late/documents/d/source").await.unwrap();
        room.take("tenants/other/documents/d/source").await.unwrap();
        let owners = room.by_owner.lock().unwrap().len();
        assert!(owners <= 2, "nobody is remembered who has nothing: {owners}");
    }
}
