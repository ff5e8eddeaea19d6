//! Watching a parser's process: it is ended when its time is up or nobody wants it, and is never left behind.

use std::{
    io,
    process::{Child, ExitStatus},
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use super::exit_cause::Stopped;

/// How long a parser that has closed its output may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(2);

/// A child that is watched.
pub(super) struct Watch {
    child: Mutex<Child>,
    pid: Pid,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// When its time is up.
    deadline: Instant,
    /// When it is ended without a word of why, where that is expected soon.
    patience: Option<Instant>,
    ended: bool,
    stopped: Option<Stopped>,
}

impl Watch {
    pub(super) fn new(child: Child, time: Duration) -> Self {
        Self {
            pid: Pid::from_child(&child),
            child: Mutex::new(child),
            state: Mutex::new(State {
                deadline: Instant::now() + time,
                patience: None,
                ended: false,
                stopped: None,
            }),
            changed: Condvar::new(),
        }
    }

    /// Watches the clock until the child has ended.
    pub(super) fn run(&self) {
        let mut state = self.lock();
        while !state.ended {
            let now = Instant::now();
            if state.stopped.is_none() && now >= state.deadline {
                state.stopped = Some(Stopped::Deadline);
                self.end();
            }
            if state.patience.is_some_and(|patience| now >= patience) {
                state.patience = None;
                self.end();
            }
            let deadline = state.stopped.is_none().then_some(state.deadline);
            state = match deadline.into_iter().chain(state.patience).min() {
                Some(next) => {
                    let waited = self
                        .changed
                        .wait_timeout(state, next.saturating_duration_since(now));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Ends the child, as nobody wants its document any more.
    pub(super) fn cancel(&self) {
        self.lock().stopped.get_or_insert(Stopped::Cancelled);
        self.end();
    }

    /// Ends the child.
    pub(super) fn end(&self) {
        // It may have ended in this moment, which is as good.
        let _ = self.child().kill();
    }

    /// Ends the child, and with it the watch, where whoever listens to it panics: the threads that serve it would otherwise be waited for, and each of
    /// them waits for the child.
    pub(super) fn end_with_panic(&self) -> EndWithPanic<'_> {
        EndWithPanic { watch: self }
    }

    /// Ends the child if it does not do so by itself within a moment.
    pub(super) fn expect_end(&self) {
        self.lock().patience = Some(Instant::now() + PATIENCE);
        self.changed.notify_all();
    }

    /// Waits for the child's end: how it ended, and whether it was made to.
    pub(super) fn wait(&self) -> io::Result<(ExitStatus, Option<Stopped>)> {
        // Without taking the status, as up to that moment the child's number is its own and it can be ended.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(error) = waitid(WaitId::Pid(self.pid), options) {
            if error != rustix::io::Errno::INTR {
                break;
            }
        }
        let status = self.child().wait();
        let mut state = self.lock();
        state.ended = true;
        self.changed.notify_all();
        status.map(|status| (status, state.stopped))
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a child when it is dropped, unless it has ended.
pub(super) struct EndWithPanic<'a> {
    watch: &'a Watch,
}

impl Drop for EndWithPanic<'_> {
    fn drop(&mut self) {
        if !self.watch.lock().ended {
            self.watch.end();
            // How it ended is of no interest, and it has.
            let _ = self.watch.wait();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        os::unix::process::ExitStatusExt,
        process::{Command, Stdio},
    };

    use super::*;

    /// A child that ends when its input does, or is stopped for ever before.
    fn child(stopped: bool) -> Child {
        let child = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        if stopped {
            let pid = Pid::from_child(&child);
            rustix::process::kill_process(pid, rustix::process::Signal::STOP).unwrap();
        }
        child
    }

    fn watched(watch: &Watch, act: impl FnOnce() + Send) -> (ExitStatus, Option<Stopped>) {
        std::thread::scope(|scope| {
            scope.spawn(|| watch.run());
            scope.spawn(act);
            watch.wait().unwrap()
        })
    }

    #[test]
    fn a_child_that_is_stopped_and_says_nothing_is_ended_when_its_time_is_up() {
        let watch = Watch::new(child(true), Duration::from_millis(20));
        let (status, stopped) = watched(&watch, || ());
        assert_eq!((status.signal(), stopped), (Some(9), Some(Stopped::Deadline)));
    }

    #[test]
    fn a_child_nobody_wants_is_ended_although_it_is_stopped() {
        let watch = Watch::new(child(true), Duration::from_hours(1));
        let (status, stopped) = watched(&watch, || watch.cancel());
        assert_eq!((status.signal(), stopped), (Some(9), Some(Stopped::Cancelled)));
    }

    #[test]
    fn a_child_that_should_end_by_itself_and_does_not_is_ended_without_a_reason() {
        let watch = Watch::new(child(true), Duration::from_hours(1));
        let (status, stopped) = watched(&watch, || watch.expect_end());
        assert_eq!((status.signal(), stopped), (Some(9), None));
    }

    #[test]
    fn a_child_is_ended_and_not_waited_for_for_ever_where_its_listener_panics() {
        let watch = Watch::new(child(true), Duration::from_hours(1));
        let panic = std::panic::catch_unwind(|| {
            std::thread::scope(|scope| {
                let _guard = watch.end_with_panic();
                scope.spawn(|| watch.run());
                panic!("the listener has a bug");
            })
        });
        assert!(panic.is_err());
        assert_eq!(watch.wait().unwrap().0.signal(), Some(9));
    }

    #[test]
    fn a_child_that_ends_by_itself_keeps_its_own_status() {
        let mut child = child(false);
        let input = child.stdin.take();
        let watch = Watch::new(child, Duration::from_hours(1));
        let (status, stopped) = watched(&watch, || drop(input));
        assert_eq!((status.code(), stopped), (Some(0), None));
    }
}
