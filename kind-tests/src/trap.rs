//! Kills a process at its n-th call of another: a statement, a request, a call of the file system.
//!
//! What stands between the process and the others (`fault_proxy.rs`, `file_calls.rs`) tells of each call before it is made and before its answer
//! is heard. The list of all calls is not written down anywhere: a test goes on with the next number until nothing is killed any more.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// On which side of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The call is not made.
    Before,
    /// It was made, and the process does not hear of it.
    After,
}

impl std::fmt::Display for Side {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Before => "before",
            Self::After => "after",
        })
    }
}

/// What may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// The call has this number; 0 as long as nothing is counted.
    Call(usize),
    /// The process is dead; what it sent or would hear goes nowhere.
    Dead,
}

/// The trap of one process.
#[derive(Default)]
pub struct Trap {
    state: Mutex<State>,
    has_sprung: Notify,
}

#[derive(Default)]
struct State {
    kill: Option<Box<dyn FnMut() + Send>>,
    at: Option<(usize, Side)>,
    calls: usize,
    sprung: Option<String>,
    is_late: bool,
}

impl Trap {
    /// Counts calls from now on, and kills at one of them, the first being 1.
    pub fn arm(&self, kill: impl FnMut() + Send + 'static, number: usize, side: Side) {
        let mut state = self.lock();
        state.kill = Some(Box::new(kill));
        state.at = Some((number, side));
        state.calls = 0;
    }

    /// The process is about to make a call.
    pub fn before(&self, call: &str) -> Passage {
        let mut state = self.lock();
        if state.at.is_some() {
            state.calls += 1;
        }
        let number = state.calls;
        self.pass(state, number, Side::Before, call)
    }

    /// The process is about to make a call that is not counted.
    pub fn beside(&self) -> Passage {
        match self.lock().sprung {
            Some(_) => Passage::Dead,
            None => Passage::Call(0),
        }
    }

    /// A call has been made, and the process is about to hear of it.
    pub fn after(&self, number: usize, call: &str) -> Passage {
        let state = self.lock();
        self.pass(state, number, Side::After, call)
    }

    fn pass(&self, mut state: MutexGuard<'_, State>, number: usize, side: Side, call: &str) -> Passage {
        if state.sprung.is_some() {
            return Passage::Dead;
        }
        if number == 0 || state.at != Some((number, side)) {
            return Passage::Call(number);
        }
        if let Some(kill) = &mut state.kill {
            kill();
        }
        state.sprung = Some(call.to_owned());
        self.has_sprung.notify_waiters();
        Passage::Dead
    }

    /// The call that was not to be made was made before the process was dead.
    pub fn came_late(&self) -> Passage {
        self.lock().is_late = true;
        Passage::Dead
    }

    /// Whether it was killed too late: after a call, and not before.
    pub fn is_late(&self) -> bool {
        self.lock().is_late
    }

    /// The call at which it was killed; nothing where it was not.
    pub fn sprung(&self) -> Option<String> {
        self.lock().sprung.clone()
    }

    /// How many calls were counted.
    pub fn calls(&self) -> usize {
        self.lock().calls
    }

    /// Waits until it is killed.
    pub async fn killed(&self) {
        loop {
            let notified = self.has_sprung.notified();
            let mut notified = std::pin::pin!(notified);
            notified.as_mut().enable();
            if self.lock().sprung.is_some() {
                return;
            }
            notified.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, atomic::AtomicUsize, atomic::Ordering};

    use super::*;

    #[test]
    fn it_kills_once_on_the_side_and_at_the_call_that_was_asked_for() {
        let (trap, kills) = (Trap::default(), Arc::new(AtomicUsize::new(0)));
        assert_eq!(trap.before("at the start"), Passage::Call(0));
        let counter = kills.clone();
        trap.arm(
            move || {
                counter.fetch_add(1, Ordering::Relaxed);
            },
            2,
            Side::After,
        );
        assert_eq!(trap.after(0, "at the start"), Passage::Call(0));
        assert_eq!(trap.before("first"), Passage::Call(1));
        assert_eq!(trap.beside(), Passage::Call(0));
        assert_eq!(trap.before("second"), Passage::Call(2));
        assert_eq!(trap.after(1, "first"), Passage::Call(1));
        assert_eq!(trap.after(2, "second"), Passage::Dead);
        assert_eq!(trap.before("third"), Passage::Dead);
        assert_eq!(trap.beside(), Passage::Dead);
        assert_eq!(
            (trap.sprung().as_deref(), kills.load(Ordering::Relaxed)),
            (Some("second"), 1)
        );
    }
}
