//! Whether a process that nobody sends requests to goes on with its work.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// When the work went on for the last time.
#[derive(Debug)]
pub struct Heartbeat(Mutex<Instant>);

impl Default for Heartbeat {
    fn default() -> Self {
        Self(Mutex::new(Instant::now()))
    }
}

impl Heartbeat {
    /// The work goes on.
    pub fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether it has within so long.
    pub fn is_within(&self, limit: Duration) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < limit
    }
}
