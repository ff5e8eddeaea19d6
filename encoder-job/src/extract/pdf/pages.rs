//! Pages in parallel, handed on in order.
//!
//! Every thread takes the next page nobody has taken; who is too far ahead of the page that is to be handed on next
//! waits, so that what is held in memory stays bounded. One thread begins; the others follow where it has not read all within a moment, as to
//! start a thread and to fill its caches costs more than the few pages of a short document.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::fallback::{Engines, PageResult};
use crate::{
    failure::{Failure, FailureReason},
    parser_process::STACK_BYTES,
};

/// How many pages may be ready and waiting for an earlier one.
const AHEAD: usize = 64;
/// How long one thread reads alone.
const ALONE: Duration = Duration::from_millis(10);

/// What the threads share.
#[derive(Default)]
struct Shared {
    /// The next page nobody has taken.
    next: usize,
    /// Pages that are ready and not handed on.
    ready: BTreeMap<usize, PageResult>,
    /// The next page to hand on.
    handed_on: usize,
    /// Nobody takes another page.
    stopped: bool,
    /// Threads that have not ended.
    running: usize,
}

/// Reads all pages on `threads` threads (0: one for each processor) and hands them on in order.
pub(super) fn for_each<'a: 's, 's>(
    count: usize,
    threads: usize,
    make_engines: impl Fn() -> Engines<'a, 's> + Sync,
    mut hand_on: impl FnMut(PageResult) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let threads = if threads == 0 {
        crate::processors::available()
    } else {
        threads
    }
    .min(count)
    .max(1);
    let shared = Mutex::new(Shared::default());
    let changed = Condvar::new();
    let work = || {
        let mut engines = make_engines();
        while let Some(index) = take(&shared, &changed, count) {
            let result = engines.read(index);
            lock(&shared).ready.insert(index, result);
            changed.notify_all();
        }
    };
    let guarded = || {
        // Whatever happens to it, a thread says that it has ended, so that nobody waits for its page for ever.
        let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        lock(&shared).running -= 1;
        changed.notify_all();
        ended.is_ok()
    };
    std::thread::scope(|scope| {
        let start = |state: &mut Shared| {
            let spawned = std::thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, guarded);
            state.running += usize::from(spawned.is_ok());
        };
        start(&mut lock(&shared));
        let mut others = Others {
            at: Instant::now() + ALONE,
            count: threads - 1,
            start: &start,
        };
        let outcome = deliver(&shared, &changed, count, &mut others, &mut hand_on);
        lock(&shared).stopped = true;
        changed.notify_all();
        outcome
    })
}

/// The threads that have not been started.
struct Others<'a> {
    at: Instant,
    count: usize,
    start: &'a dyn Fn(&mut Shared),
}

impl Others<'_> {
    /// Waits for a change, or for the moment at which they are needed, which has come where no other is left, and starts them then.
    fn wait<'s>(
        &mut self,
        mut state: MutexGuard<'s, Shared>,
        changed: &Condvar,
        pages: usize,
    ) -> MutexGuard<'s, Shared> {
        if self.count == 0 {
            return changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let left = self.at.saturating_duration_since(Instant::now());
        if state.running > 0 && !left.is_zero() {
            let waited = changed.wait_timeout(state, left);
            return waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        for _ in 0..self.count.min(pages.saturating_sub(state.next)) {
            (self.start)(&mut state);
        }
        self.count = 0;
        state
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The next page to read; waits while too many are ready.
fn take(shared: &Mutex<Shared>, changed: &Condvar, count: usize) -> Option<usize> {
    let mut state = lock(shared);
    while !state.stopped && state.next < count && state.next >= state.handed_on + AHEAD {
        state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    if state.stopped || state.next >= count {
        return None;
    }
    state.next += 1;
    Some(state.next - 1)
}

/// Hands on all pages in order.
fn deliver(
    shared: &Mutex<Shared>,
    changed: &Condvar,
    count: usize,
    others: &mut Others<'_>,
    hand_on: &mut impl FnMut(PageResult) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for index in 0..count {
        let mut state = lock(shared);
        let result = loop {
            if let Some(result) = state.ready.remove(&index) {
                break result;
            }
            if state.running == 0 && others.count == 0 {
                let message = "no thread is left to read the pages: there is too little memory, or the encoder has a bug";
                return Err(Failure::new(FailureReason::EncodingError, message));
            }
            state = others.wait(state, changed, count);
        };
        state.handed_on = index + 1;
        drop(state);
        changed.notify_all();
        hand_on(result)?;
    }
    Ok(())
}
