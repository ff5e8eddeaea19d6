//! Work in a thread of its own, which ends when nobody waits for it any more.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::task::JoinError;

/// Does work that blocks, in a thread where it may, and hands it a flag that is set as soon as nobody waits for its result: this future was
/// dropped, as its time is up or the process was told to stop. A thread cannot be ended from outside, so the work must look.
///
/// # Errors
/// [`JoinError`] where it panicked.
pub(super) async fn work_while_wanted<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
) -> Result<T, JoinError> {
    let waiting = Waiting::default();
    let cancelled = waiting.cancelled.clone();
    tokio::task::spawn_blocking(move || work(&cancelled)).await
}

/// Somebody who waits; dropped, nobody does.
#[derive(Default)]
struct Waiting {
    cancelled: Arc<AtomicBool>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::mpsc,
        time::{Duration, Instant},
    };

    use super::*;

    #[tokio::test]
    async fn work_nobody_waits_for_is_told_and_work_somebody_waits_for_is_not() {
        let (tell, told) = mpsc::channel();
        let work = work_while_wanted(move |cancelled| {
            let patience = Instant::now() + Duration::from_secs(10);
            while !cancelled.load(Ordering::Relaxed) && Instant::now() < patience {
                std::thread::yield_now();
            }
            let _ = tell.send(cancelled.load(Ordering::Relaxed));
        });
        let waited = tokio::time::timeout(Duration::from_millis(1), work).await;
        assert!(waited.is_err(), "it was not given up");
        assert_eq!(told.recv(), Ok(true));

        let cancelled = work_while_wanted(|cancelled| cancelled.load(Ordering::Relaxed)).await;
        assert!(!cancelled.unwrap());
    }
}
