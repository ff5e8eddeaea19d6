//! Tokens are checked once, and again when it is time.

use std::{
    future::{Ready, ready},
    sync::atomic::{AtomicUsize, Ordering},
};

use futures::FutureExt as _;
use tokio::sync::oneshot;

use super::*;
use crate::clock;

const SECOND: Duration = Duration::from_secs(1);

fn pod(uid: &str) -> PodIdentity {
    PodIdentity {
        namespace: "tenant".into(),
        name: "enc-0123456789abcdef-x1y2z".into(),
        uid: uid.into(),
    }
}

fn digest(number: u8) -> Digest {
    [number; 32]
}

type Verdict = Result<PodIdentity, Unauthenticated>;

/// Checks that are counted.
#[derive(Default)]
struct Checks(AtomicUsize);

impl Checks {
    fn say(&self, verdict: &Verdict) -> Ready<Verdict> {
        self.0.fetch_add(1, Ordering::SeqCst);
        ready(verdict.clone())
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}

fn resolve(cache: &TokenCache, digest: Digest, now: Instant, checks: &Checks, verdict: &Verdict) -> Verdict {
    let resolved = cache.resolve(digest, || now, || checks.say(verdict));
    resolved.now_or_never().expect("nobody else checks")
}

#[test]
fn each_verdict_counts_for_its_time() {
    let cases: [(Verdict, Duration); 3] = [
        (Ok(pod("uid")), ACCEPTED_FOR),
        (Err(Unauthenticated::Refused("it is not valid")), REFUSED_FOR),
        (Err(Unauthenticated::Unavailable("no answer")), Duration::ZERO),
    ];
    for (verdict, lifetime) in cases {
        let (cache, checks, now) = (TokenCache::default(), Checks::default(), clock::monotonic());
        let at = |time| resolve(&cache, digest(1), time, &checks, &verdict);
        assert_eq!(at(now), verdict);
        if lifetime > Duration::ZERO {
            assert_eq!(at(now + lifetime.saturating_sub(SECOND)), verdict);
            assert_eq!(checks.count(), 1, "{verdict:?}");
        }
        assert_eq!(at(now + lifetime), verdict);
        assert_eq!(checks.count(), 2, "{verdict:?}");
        assert!(cache.inner().checks.is_empty());
    }
}

#[test]
fn the_tokens_of_a_pod_that_is_gone_are_checked_again() {
    let (cache, checks, now) = (TokenCache::default(), Checks::default(), clock::monotonic());
    for number in [1, 2, 3] {
        let owner = if number == 3 { "other" } else { "gone" };
        resolve(&cache, digest(number), now, &checks, &Ok(pod(owner))).unwrap();
    }
    cache.forget_pod("gone");
    let refused = Err(Unauthenticated::Refused("it is not valid"));
    for number in [1, 2] {
        assert_eq!(resolve(&cache, digest(number), now, &checks, &refused), refused);
    }
    assert_eq!(
        resolve(&cache, digest(3), now, &checks, &refused),
        Ok(pod("other"))
    );
}

#[test]
fn where_there_is_no_room_the_oldest_go_and_nonsense_drives_out_no_pod() {
    let cache = TokenCache::with_capacity(2);
    let (checks, mut now) = (Checks::default(), clock::monotonic());
    for number in [1, 2] {
        resolve(&cache, digest(number), now, &checks, &Ok(pod("uid"))).unwrap();
        now += SECOND;
    }
    for number in 10..20 {
        let refused = Err(Unauthenticated::Refused("it is not valid"));
        resolve(&cache, digest(number), now, &checks, &refused).unwrap_err();
    }
    assert_eq!(cache.inner().refused.entries.len(), 2);
    resolve(&cache, digest(3), now, &checks, &Ok(pod("uid"))).unwrap();
    assert_eq!(cache.inner().accepted.entries.len(), 2);
    let before = checks.count();
    for number in [2, 3] {
        resolve(&cache, digest(number), now, &checks, &Ok(pod("uid"))).unwrap();
    }
    assert_eq!(checks.count(), before, "the newest two are known");
    // Those that no longer count go first, however many there are.
    now += ACCEPTED_FOR;
    resolve(&cache, digest(4), now, &checks, &Ok(pod("uid"))).unwrap();
    assert_eq!(cache.inner().accepted.entries.len(), 1);
}

#[test]
fn those_who_ask_meanwhile_wait_for_the_one_check() {
    let (cache, checks, now) = (TokenCache::default(), Checks::default(), clock::monotonic());
    let (answer, answered) = oneshot::channel();
    let mut first = Box::pin(cache.resolve(digest(1), || now, || async { answered.await.unwrap() }));
    let mut second = Box::pin(cache.resolve(digest(1), || now, || checks.say(&Ok(pod("second")))));
    assert_eq!((&mut first).now_or_never(), None);
    assert_eq!((&mut second).now_or_never(), None);
    // Another token waits for nobody.
    assert_eq!(
        resolve(&cache, digest(2), now, &checks, &Ok(pod("other"))),
        Ok(pod("other"))
    );
    answer.send(Ok(pod("first"))).unwrap();
    assert_eq!(first.now_or_never(), Some(Ok(pod("first"))));
    assert_eq!(second.now_or_never(), Some(Ok(pod("first"))));
    assert_eq!(checks.count(), 1, "the other token's");
    assert!(cache.inner().checks.is_empty());
}

#[test]
fn where_the_one_who_checks_goes_away_the_next_one_does() {
    let (cache, checks, now) = (TokenCache::default(), Checks::default(), clock::monotonic());
    let mut first = Box::pin(cache.resolve(digest(1), || now, std::future::pending));
    let mut second = Box::pin(cache.resolve(digest(1), || now, || checks.say(&Ok(pod("uid")))));
    assert_eq!((&mut first).now_or_never(), None);
    assert_eq!((&mut second).now_or_never(), None);
    drop(first);
    assert_eq!(second.now_or_never(), Some(Ok(pod("uid"))));
    assert_eq!(checks.count(), 1);
    assert!(cache.inner().checks.is_empty());
}
