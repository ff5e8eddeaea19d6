//! What the queue pass has decided and passes have not carried out yet.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::Turn;

/// A turn that was not taken for so long is given back: the pass that should have taken it went wrong.
const TURN_LASTS: SignedDuration = SignedDuration::from_secs(30);

/// A turn that was given.
#[derive(Clone, Debug)]
struct Given {
    turn: Turn,
    /// The Job it leads to, where it leads to one.
    job: Option<Arc<str>>,
    at: Timestamp,
}

/// What the queue pass has decided, by the uids of the documents.
///
/// A turn to begin is a reservation: it counts against the limits from the moment it is given until the resource says that it was taken.
#[derive(Debug, Default)]
pub struct Turns {
    inner: Mutex<Inner>,
    queue: Arc<Notify>,
}

#[derive(Debug, Default)]
struct Inner {
    given: HashMap<String, Given>,
    postponed: HashMap<String, Timestamp>,
}

impl Turns {
    /// Turns of the queue that is woken so.
    pub fn new(queue: Arc<Notify>) -> Self {
        Self {
            queue,
            ..Self::default()
        }
    }

    /// What was decided for a document; a turn to begin that is too old stands no more.
    pub fn of(&self, uid: &str, now: Timestamp) -> Option<Turn> {
        let inner = self.lock();
        let given = inner.given.get(uid)?;
        let is_stale = given.turn.is_begin() && now.duration_since(given.at) > TURN_LASTS;
        (!is_stale).then(|| given.turn.clone())
    }

    /// Gives a turn; `job` is the Job that a turn to begin leads to.
    pub fn give(&self, uid: &str, turn: Turn, job: Option<Arc<str>>, now: Timestamp) {
        self.lock()
            .given
            .insert(uid.to_owned(), Given { turn, job, at: now });
    }

    /// The Job that a document has been given a turn at and has not begun in yet; a turn that is too old is given back.
    pub fn reserved(&self, uid: &str, now: Timestamp) -> Option<Arc<str>> {
        let mut inner = self.lock();
        let given = inner.given.get(uid)?;
        let job = given.job.clone()?;
        if now.duration_since(given.at) > TURN_LASTS {
            inner.given.remove(uid);
            return None;
        }
        Some(job)
    }

    /// The document begins, or does not wait any more: its turn is over.
    pub fn take(&self, uid: &str) {
        self.lock().given.remove(uid);
    }

    /// The document cannot begin now: the turn is given back, and it asks for no other before then.
    pub fn postpone(&self, uid: &str, until: Timestamp) {
        let mut inner = self.lock();
        inner.given.remove(uid);
        inner.postponed.insert(uid.to_owned(), until);
        drop(inner);
        self.queue.notify_one();
    }

    /// Until when a document does not ask for a turn, if it does not.
    pub fn postponed(&self, uid: &str, now: Timestamp) -> Option<Timestamp> {
        let mut inner = self.lock();
        let until = *inner.postponed.get(uid)?;
        if until > now {
            return Some(until);
        }
        inner.postponed.remove(uid);
        None
    }

    /// The resource is gone.
    pub fn forget(&self, uid: &str) {
        let mut inner = self.lock();
        inner.given.remove(uid);
        inner.postponed.remove(uid);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Whether it is one to begin.
    pub fn is_begin(&self) -> bool {
        !matches!(self, Self::Wait(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn a_turn_is_a_reservation_until_it_is_taken_or_too_old() {
        let turns = Turns::default();
        turns.give("uid", Turn::StartJob, Some("enc-1".into()), at(0));
        assert_eq!(turns.reserved("uid", at(1)).as_deref(), Some("enc-1"));
        turns.take("uid");
        assert_eq!(turns.reserved("uid", at(1)), None);
        turns.give("uid", Turn::StartJob, Some("enc-1".into()), at(0));
        assert_eq!(turns.reserved("uid", at(31)), None);
        assert_eq!(turns.of("uid", at(31)), None);
    }

    #[test]
    fn a_turn_that_nobody_asked_for_in_time_is_none() {
        let turns = Turns::default();
        turns.give("uid", Turn::StartJob, Some("enc-1".into()), at(0));
        assert_eq!(turns.of("uid", at(30)), Some(Turn::StartJob));
        assert_eq!(turns.of("uid", at(31)), None);
    }

    #[test]
    fn what_is_postponed_gives_its_turn_back_and_asks_again_later() {
        let turns = Turns::default();
        turns.give("uid", Turn::StartJob, Some("enc-1".into()), at(0));
        turns.postpone("uid", at(10));
        assert_eq!(turns.of("uid", at(0)), None);
        assert_eq!(turns.postponed("uid", at(9)), Some(at(10)));
        assert_eq!(turns.postponed("uid", at(10)), None);
    }
}
