//! Pages in parallel, handed on in order.
//!
//! Every thread takes the next page nobody has taken; who is too far ahead of the page that is to be handed on next
//! waits, so that what is held in memory stays bounded.

use std::{
    collections::BTreeMap,
    sync::{Condvar, Mutex, PoisonError},
};

use super::fallback::{Engines, PageResult};
use crate::{
    failure::{Failure, FailureReason},
    parser_process::STACK_BYTES,
};

/// How many pages may be ready and waiting for an earlier one.
const AHEAD: usize = 64;

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
    let shared = Mutex::new(Shared {
        running: threads,
        ..Shared::default()
    });
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
        for _ in 0..threads {
            let spawned = std::thread::Builder::new()
                .stack_size(STACK_BYTES)
                .spawn_scoped(scope, guarded);
            if spawned.is_err() {
                lock(&shared).running -= 1;
            }
        }
        let outcome = deliver(&shared, &changed, count, &mut hand_on);
        lock(&shared).stopped = true;
        changed.notify_all();
        outcome
    })
}

fn lock(shared: &Mutex<Shared>) -> std::sync::MutexGuard<'_, Shared> {
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
    hand_on: &mut impl FnMut(PageResult) -> Result<(), Failure>,
) -> Result<(), Failure> {
    for index in 0..count {
        let mut state = lock(shared);
        let result = loop {
            if let Some(result) = state.ready.remove(&index) {
                break result;
            }
            if state.running == 0 {
                let message = "no thread is left to read the pages: there is too little memory, or the encoder has a bug";
                return Err(Failure::new(FailureReason::EncodingError, message));
            }
            state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        };
        state.handed_on = index + 1;
        drop(state);
        changed.notify_all();
        hand_on(result)?;
    }
    Ok(())
}
