//! What was measured: how long documents and Pods take.

use std::sync::{Arc, Mutex, PoisonError};

use super::Rates;

/// Means that are moved by what happens, and read by every queue pass.
#[derive(Debug, Default)]
pub struct Measured {
    rates: Mutex<Rates>,
}

impl Measured {
    /// The means now.
    pub fn rates(&self) -> Rates {
        self.lock().clone()
    }

    /// A document of this queue was worked on for so many seconds.
    pub fn document(&self, queue: &str, seconds: f64) {
        self.lock().record(&Arc::from(queue), seconds);
    }

    /// A Pod asked for work so many seconds after its Job was created.
    pub fn start(&self, seconds: f64) {
        self.lock().record_start(seconds);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Rates> {
        self.rates.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
