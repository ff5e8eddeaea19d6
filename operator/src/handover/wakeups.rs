//! Who waits for which Job. Thousands may wait; a change of one Job wakes those of that Job alone.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::watch;

use super::JobRef;

/// Wakes those who wait for a Job. A Job for which nobody waits takes no room.
#[derive(Debug, Default)]
pub struct Wakeups(Mutex<HashMap<JobRef, watch::Sender<()>>>);

impl Wakeups {
    /// Begins to wait: no call of [`Self::wake`] after this one is missed.
    pub fn subscribe(&self, job: &JobRef) -> Subscription<'_> {
        let receiver = self.senders().entry(job.clone()).or_default().subscribe();
        Subscription {
            wakeups: self,
            job: job.clone(),
            receiver: Some(receiver),
        }
    }

    /// Wakes all who wait for this Job.
    pub fn wake(&self, job: &JobRef) {
        if let Some(sender) = self.senders().get(job) {
            sender.send_replace(());
        }
    }

    /// Wakes all.
    pub fn wake_all(&self) {
        for sender in self.senders().values() {
            sender.send_replace(());
        }
    }

    /// For how many Jobs somebody waits.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.senders().len()
    }

    /// Whether nobody waits.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn senders(&self) -> MutexGuard<'_, HashMap<JobRef, watch::Sender<()>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who waits for a Job, until it is dropped.
#[derive(Debug)]
pub struct Subscription<'a> {
    wakeups: &'a Wakeups,
    job: JobRef,
    /// `None` only while it is dropped.
    receiver: Option<watch::Receiver<()>>,
}

impl Subscription<'_> {
    /// What has been said so far is known: [`Self::woken`] waits for what is said from now on. To be called before looking, never after.
    pub fn about_to_look(&mut self) {
        if let Some(receiver) = &mut self.receiver {
            receiver.mark_unchanged();
        }
    }

    /// Waits until the Job is woken; returns at once if it was since [`Self::about_to_look`]. Nothing is lost if it is dropped.
    pub async fn woken(&mut self) {
        if let Some(receiver) = &mut self.receiver
            && receiver.changed().await.is_ok()
        {
            return;
        }
        // The sender lives as long as somebody waits.
        std::future::pending::<()>().await;
    }
}

impl Drop for Subscription<'_> {
    fn drop(&mut self) {
        let mut senders = self.wakeups.senders();
        self.receiver = None;
        // Nobody can begin to wait in between, as the map is locked.
        if senders
            .get(&self.job)
            .is_some_and(|sender| sender.receiver_count() == 0)
        {
            senders.remove(&self.job);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn job(name: &str) -> JobRef {
        ("tenant".into(), name.into())
    }

    #[test]
    fn a_job_wakes_its_own_and_nobody_else() {
        let wakeups = Wakeups::default();
        let (mut mine, mut also_mine) = (wakeups.subscribe(&job("a")), wakeups.subscribe(&job("a")));
        let mut other = wakeups.subscribe(&job("b"));
        wakeups.wake(&job("a"));
        assert_eq!(mine.woken().now_or_never(), Some(()));
        assert_eq!(also_mine.woken().now_or_never(), Some(()));
        assert_eq!(other.woken().now_or_never(), None);
        wakeups.wake_all();
        assert_eq!(other.woken().now_or_never(), Some(()));
    }

    #[test]
    fn what_is_said_after_the_look_has_begun_is_not_missed() {
        let wakeups = Wakeups::default();
        let mut waiting = wakeups.subscribe(&job("a"));
        waiting.about_to_look();
        wakeups.wake(&job("a"));
        assert_eq!(waiting.woken().now_or_never(), Some(()));
        assert_eq!(waiting.woken().now_or_never(), None, "once is once");
        wakeups.wake(&job("a"));
        waiting.about_to_look();
        assert_eq!(waiting.woken().now_or_never(), None, "it is about to look anyway");
    }

    #[test]
    fn a_job_for_which_nobody_waits_takes_no_room() {
        let wakeups = Wakeups::default();
        let first = wakeups.subscribe(&job("a"));
        let mut second = wakeups.subscribe(&job("a"));
        drop(first);
        assert_eq!(wakeups.senders().len(), 1);
        wakeups.wake(&job("a"));
        assert_eq!(second.woken().now_or_never(), Some(()));
        drop(second);
        assert!(wakeups.senders().is_empty());
        wakeups.wake(&job("a")); // Nobody hears it, and nothing is kept.
        assert!(wakeups.senders().is_empty());
    }
}
