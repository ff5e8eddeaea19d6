//! Requests a second of a tenant: a leaky bucket (GCRA) that holds one second's worth.
//!
//! Each replica counts for itself. A tenant without limit is not counted at all.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use governor::{
    Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
    middleware::StateInformationMiddleware,
    state::{InMemoryState, NotKeyed},
};
use moka::future::Cache;
use uuid::Uuid;

/// So many tenants are counted; one that is forgotten begins with a full bucket.
const COUNTED: u64 = 50_000;
/// A tenant that is silent for so long is forgotten; its bucket is long full again.
const FORGOTTEN_AFTER: Duration = Duration::from_mins(1);

/// The limit of one tenant, with what it has used.
#[derive(Debug)]
pub struct RateLimit {
    per_second: NonZeroU32,
    limiter: RateLimiter<NotKeyed, InMemoryState, DefaultClock, StateInformationMiddleware>,
}

/// What became of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Requests a second that the tenant may send.
    pub per_second: u32,
    /// Requests that it may send at once from now.
    pub remaining: u32,
    /// How long until the next request is let through; `None` if this one was.
    pub wait: Option<Duration>,
}

impl RateLimit {
    fn new(per_second: NonZeroU32) -> Self {
        Self {
            per_second,
            limiter: RateLimiter::direct(Quota::per_second(per_second))
                .with_middleware::<StateInformationMiddleware>(),
        }
    }

    /// Counts one request.
    pub fn check(&self) -> Verdict {
        let per_second = self.per_second.get();
        match self.limiter.check() {
            Ok(state) => Verdict {
                per_second,
                remaining: state.remaining_burst_capacity(),
                wait: None,
            },
            Err(refused) => Verdict {
                per_second,
                remaining: 0,
                wait: Some(refused.wait_time_from(DefaultClock::default().now())),
            },
        }
    }
}

/// The limits of all tenants.
pub(super) struct RateLimits {
    usual: Option<NonZeroU32>,
    tenants: Cache<Uuid, Arc<RateLimit>>,
}

impl RateLimits {
    /// With this limit for tenants that have none of their own; zero and `None` are without limit.
    pub(super) fn new(usual: Option<u32>) -> Self {
        Self {
            usual: usual.and_then(NonZeroU32::new),
            tenants: Cache::builder()
                .max_capacity(COUNTED)
                .time_to_idle(FORGOTTEN_AFTER)
                .build(),
        }
    }

    /// The limit of a tenant: its own, or the usual one.
    pub(super) async fn of(&self, tenant: Uuid, own: Option<i32>) -> Option<Arc<RateLimit>> {
        let own = own.and_then(|limit| NonZeroU32::new(limit.unsigned_abs()));
        let per_second = own.or(self.usual)?;
        if let Some(known) = self.tenants.get(&tenant).await
            && known.per_second == per_second
        {
            return Some(known);
        }
        let new = Arc::new(RateLimit::new(per_second));
        self.tenants.insert(tenant, new.clone()).await;
        Some(new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_tenant_has_its_own_limit_or_the_usual_one_or_none() {
        let tenant = Uuid::new_v4();
        assert!(RateLimits::new(None).of(tenant, None).await.is_none());
        assert!(RateLimits::new(Some(0)).of(tenant, None).await.is_none());
        let limits = RateLimits::new(Some(7));
        let per_second = async |own| limits.of(tenant, own).await.unwrap().per_second.get();
        assert_eq!(per_second(None).await, 7);
        assert_eq!(per_second(Some(9)).await, 9);
    }

    #[tokio::test]
    async fn a_second_s_worth_passes_at_once_and_then_no_more() {
        let limits = RateLimits::new(Some(3));
        let tenant = Uuid::new_v4();
        let limit = limits.of(tenant, None).await.unwrap();
        let verdicts: Vec<Verdict> = (0..4).map(|_| limit.check()).collect();
        assert_eq!(
            verdicts
                .iter()
                .map(|verdict| verdict.wait.is_none())
                .collect::<Vec<_>>(),
            [true, true, true, false]
        );
        assert_eq!(verdicts[0].remaining, 2);
        let wait = verdicts[3].wait.unwrap();
        assert!(
            wait > Duration::ZERO && wait <= Duration::from_secs(1),
            "{wait:?}"
        );
        // Looked up again, it is the same bucket; another tenant has another.
        assert!(limits.of(tenant, None).await.unwrap().check().wait.is_some());
        assert!(
            limits
                .of(Uuid::new_v4(), None)
                .await
                .unwrap()
                .check()
                .wait
                .is_none()
        );
    }
}
