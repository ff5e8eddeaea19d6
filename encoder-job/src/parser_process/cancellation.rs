//! Telling work that nobody wants it any more.

use std::{
    fmt,
    future::poll_fn,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

/// What ends the work that listens.
type Stop = Arc<dyn Fn() + Send + Sync>;

/// A document that may be given up: whoever gives it up ends its parser's process in the same moment, and the thread that works on it finds out when it
/// next asks. Clones speak of the same document.
#[derive(Clone, Default)]
pub struct Cancellation {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    cancelled: bool,
    stop: Option<Stop>,
    /// Tasks that wait.
    wakers: Vec<Waker>,
}

impl Cancellation {
    /// Gives the document up, for ever.
    pub fn cancel(&self) {
        let (stop, wakers) = {
            let mut state = self.lock();
            state.cancelled = true;
            (state.stop.clone(), mem::take(&mut state.wakers))
        };
        wakers.into_iter().for_each(Waker::wake);
        if let Some(stop) = stop {
            stop();
        }
    }

    /// Whether it was given up.
    pub fn is_cancelled(&self) -> bool {
        self.lock().cancelled
    }

    /// Waits until it is given up. May be dropped at any time.
    pub async fn cancelled(&self) {
        poll_fn(|context| {
            let mut state = self.lock();
            if state.cancelled {
                return Poll::Ready(());
            }
            if !state.wakers.iter().any(|waker| waker.will_wake(context.waker())) {
                state.wakers.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await;
    }

    /// Has this called as soon as the document is given up, which may be at once, until what is returned is dropped.
    pub(super) fn stop_with(&self, stop: impl Fn() + Send + Sync + 'static) -> Listening<'_> {
        let stop: Stop = Arc::new(stop);
        let cancelled = {
            let mut state = self.lock();
            state.stop = Some(stop.clone());
            state.cancelled
        };
        if cancelled {
            stop();
        }
        Listening { cancellation: self }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Cancellation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Cancellation")
            .field("cancelled", &self.is_cancelled())
            .finish_non_exhaustive()
    }
}

/// Somebody who is told of a cancellation.
pub(super) struct Listening<'a> {
    cancellation: &'a Cancellation,
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.cancellation.lock().stop = None;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn who_listens_is_told_in_the_moment_of_cancelling_and_who_comes_late_at_once() {
        let told = Arc::new(AtomicU32::new(0));
        let stop = || {
            let told = told.clone();
            move || {
                told.fetch_add(1, Ordering::Relaxed);
            }
        };
        let cancellation = Cancellation::default();
        drop(cancellation.stop_with(stop()));
        {
            let _listening = cancellation.stop_with(stop());
            assert_eq!(told.load(Ordering::Relaxed), 0);
            cancellation.clone().cancel();
            assert_eq!(told.load(Ordering::Relaxed), 1);
        }
        assert!(cancellation.is_cancelled());
        drop(cancellation.stop_with(stop()));
        assert_eq!(told.load(Ordering::Relaxed), 2);
        cancellation.cancel();
        assert_eq!(told.load(Ordering::Relaxed), 2, "nobody listens any more");
    }

    #[test]
    fn who_waits_is_woken_once_and_for_all() {
        struct Count(AtomicU32);
        impl std::task::Wake for Count {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let count = Arc::new(Count(AtomicU32::new(0)));
        let waker = Waker::from(count.clone());
        let mut context = std::task::Context::from_waker(&waker);
        let cancellation = Cancellation::default();
        let mut waiting = Box::pin(cancellation.cancelled());
        for _ in 0..3 {
            assert!(waiting.as_mut().poll(&mut context).is_pending());
        }
        cancellation.cancel();
        assert_eq!(count.0.load(Ordering::Relaxed), 1);
        assert!(waiting.as_mut().poll(&mut context).is_ready());
        assert!(
            Box::pin(cancellation.cancelled())
                .as_mut()
                .poll(&mut context)
                .is_ready()
        );
    }
}
