//! Which tokens were checked, and what came of it. Tokens are known by their SHA-256 alone.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{PodIdentity, tokens::Unauthenticated};

/// For how long a token that was accepted is not checked again. The token of a Pod that is gone is trusted for at most so long.
const ACCEPTED_FOR: Duration = Duration::from_mins(5);
/// For how long a token that was refused is not checked again.
const REFUSED_FOR: Duration = Duration::from_secs(5);
/// So many tokens of each kind are remembered.
const CAPACITY: usize = 20_000;

/// SHA-256 of a token.
pub type Digest = [u8; 32];

/// The verdicts that still count, and the checks that go on.
#[derive(Debug)]
pub struct TokenCache {
    inner: Mutex<Inner>,
}

impl Default for TokenCache {
    fn default() -> Self {
        Self::with_capacity(CAPACITY)
    }
}

#[derive(Debug)]
struct Inner {
    /// Apart from the refused ones, so that whoever sends nonsense drives out no Pod.
    accepted: Remembered<PodIdentity>,
    refused: Remembered<&'static str>,
    checks: HashMap<Digest, Arc<tokio::sync::Mutex<()>>>,
}

impl TokenCache {
    /// Remembers at most so many tokens that were accepted, and so many that were refused.
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            inner: Mutex::new(Inner {
                accepted: Remembered::new(capacity, ACCEPTED_FOR),
                refused: Remembered::new(capacity, REFUSED_FOR),
                checks: HashMap::new(),
            }),
        }
    }

    /// What is known of a token, or what `check` says. Whoever asks for the same token meanwhile waits for that one check; where its
    /// asker goes away, the next one checks.
    ///
    /// # Errors
    /// If the token is refused, or could not be checked; that it could not be is not remembered.
    pub async fn resolve<F>(
        &self,
        digest: Digest,
        clock: impl Fn() -> Instant,
        check: impl FnOnce() -> F,
    ) -> Result<PodIdentity, Unauthenticated>
    where
        F: Future<Output = Result<PodIdentity, Unauthenticated>>,
    {
        if let Some(verdict) = self.known(&digest, clock()) {
            return verdict;
        }
        let turn = Turn::take(self, digest);
        let _only_one = turn.check.lock().await;
        if let Some(verdict) = self.known(&digest, clock()) {
            return verdict;
        }
        let verdict = check().await;
        self.remember(digest, &verdict, clock());
        verdict
    }

    /// This Pod is gone: its tokens are checked again.
    pub fn forget_pod(&self, pod_uid: &str) {
        self.inner()
            .accepted
            .entries
            .retain(|_, (pod, _)| pod.uid != pod_uid);
    }

    fn known(&self, digest: &Digest, now: Instant) -> Option<Result<PodIdentity, Unauthenticated>> {
        let inner = self.inner();
        if let Some(pod) = inner.accepted.get(digest, now) {
            return Some(Ok(pod.clone()));
        }
        let refused = inner.refused.get(digest, now)?;
        Some(Err(Unauthenticated::Refused(refused)))
    }

    fn remember(&self, digest: Digest, verdict: &Result<PodIdentity, Unauthenticated>, now: Instant) {
        let mut inner = self.inner();
        match verdict {
            Ok(pod) => inner.accepted.insert(digest, pod.clone(), now),
            Err(Unauthenticated::Refused(reason)) => inner.refused.insert(digest, reason, now),
            Err(Unauthenticated::Unavailable(_)) => {}
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who wants a token checked. The last one to go takes the entry along.
struct Turn<'a> {
    cache: &'a TokenCache,
    digest: Digest,
    check: Arc<tokio::sync::Mutex<()>>,
}

impl<'a> Turn<'a> {
    fn take(cache: &'a TokenCache, digest: Digest) -> Self {
        let check = Arc::clone(cache.inner().checks.entry(digest).or_default());
        Self { cache, digest, check }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut inner = self.cache.inner();
        // The map's and this one's. New ones are taken under the same lock.
        if Arc::strong_count(&self.check) == 2 {
            inner.checks.remove(&self.digest);
        }
    }
}

/// Values that count for a while. Where there is no room, those that no longer count go, and then the oldest.
#[derive(Debug)]
struct Remembered<T> {
    entries: HashMap<Digest, (T, Instant)>,
    capacity: usize,
    lifetime: Duration,
}

impl<T> Remembered<T> {
    fn new(capacity: usize, lifetime: Duration) -> Self {
        Self {
            entries: HashMap::new(),
            capacity,
            lifetime,
        }
    }

    fn get(&self, digest: &Digest, now: Instant) -> Option<&T> {
        let (value, since) = self.entries.get(digest)?;
        (now.saturating_duration_since(*since) < self.lifetime).then_some(value)
    }

    fn insert(&mut self, digest: Digest, value: T, now: Instant) {
        if self.entries.len() >= self.capacity {
            let lifetime = self.lifetime;
            self.entries
                .retain(|_, (_, since)| now.saturating_duration_since(*since) < lifetime);
        }
        while self.entries.len() >= self.capacity {
            let oldest = self
                .entries
                .iter()
                .min_by_key(|(_, (_, since))| *since)
                .map(|(digest, _)| *digest);
            let Some(oldest) = oldest else { return };
            self.entries.remove(&oldest);
        }
        self.entries.insert(digest, (value, now));
    }
}

#[cfg(test)]
mod tests;
