//! Which deliveries are attempted next: those that are due, a few of each endpoint and of each tenant at a time, so that one that is slow or dead holds
//! up itself alone.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use jiff_sqlx::ToSqlx;
use sqlx::PgPool;
use uuid::Uuid;

use super::signature::Secret;

/// So many attempts are made at once.
pub const AT_ONCE: usize = 128;
/// Of one tenant.
pub const OF_A_TENANT: usize = 16;
/// Of these so many are made for endpoints that fail, which mostly take the longest: a half.
const FAILING_AT_ONCE: usize = AT_ONCE / 2;
/// Of one tenant.
const FAILING_OF_A_TENANT: usize = OF_A_TENANT / 2;
/// Of one endpoint; of one that fails, one.
pub const OF_AN_ENDPOINT: usize = 4;
/// Whoever has claimed a delivery has written what became of the attempt by then, or has died: far more than an attempt may take.
pub const LEASE: SignedDuration = SignedDuration::from_mins(1);
/// So many deliveries that are due are looked at at a time.
const CANDIDATES: i64 = 1_000;

/// A delivery that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
struct Candidate {
    id: Uuid,
    tenant_id: Uuid,
    webhook_id: Uuid,
    is_failing: bool,
}

/// A delivery that is this process's to attempt.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Claimed {
    /// The delivery.
    pub id: Uuid,
    /// Whose.
    pub tenant_id: Uuid,
    /// The endpoint.
    pub webhook_id: Uuid,
    /// The change that the event is of; `None` is a test.
    pub change_seq: Option<i64>,
    /// What is sent.
    pub body: String,
    /// The number of this attempt.
    pub attempts: i32,
    /// Its number since the delivery was made, or replayed for the last time.
    pub round_attempts: i32,
    /// By which what becomes of it is known to be this one's.
    pub claim: Uuid,
    /// Whether the endpoint failed when it was claimed.
    pub is_failing: bool,
    /// Where to.
    pub url: String,
    /// What it is signed with, the newest first.
    pub secrets: Vec<Secret>,
}

/// How many attempts are being made, and for whom.
#[derive(Clone, Debug, Default)]
pub struct Load {
    all: usize,
    failing: usize,
    of_tenants: HashMap<Uuid, usize>,
    failing_of_tenants: HashMap<Uuid, usize>,
    of_endpoints: HashMap<Uuid, usize>,
}

fn count(counts: &HashMap<Uuid, usize>, id: Uuid) -> usize {
    counts.get(&id).copied().unwrap_or_default()
}

impl Load {
    /// Whether no attempt is being made.
    pub fn is_none(&self) -> bool {
        self.all == 0
    }

    /// An attempt begins.
    pub fn begin(&mut self, claimed: &Claimed) {
        self.begin_of(claimed.tenant_id, claimed.webhook_id, claimed.is_failing);
    }

    fn begin_of(&mut self, tenant: Uuid, endpoint: Uuid, is_failing: bool) {
        self.all += 1;
        *self.of_tenants.entry(tenant).or_default() += 1;
        *self.of_endpoints.entry(endpoint).or_default() += 1;
        if is_failing {
            self.failing += 1;
            *self.failing_of_tenants.entry(tenant).or_default() += 1;
        }
    }

    /// An attempt has ended.
    pub fn end(&mut self, claimed: &Claimed) {
        self.end_of(claimed.tenant_id, claimed.webhook_id, claimed.is_failing);
    }

    fn end_of(&mut self, tenant: Uuid, endpoint: Uuid, is_failing: bool) {
        let one_less = |counts: &mut HashMap<Uuid, usize>, id| {
            if let Some(count) = counts.get_mut(&id) {
                *count = count.saturating_sub(1);
            }
            counts.retain(|_, count| *count > 0);
        };
        self.all = self.all.saturating_sub(1);
        one_less(&mut self.of_tenants, tenant);
        one_less(&mut self.of_endpoints, endpoint);
        if is_failing {
            self.failing = self.failing.saturating_sub(1);
            one_less(&mut self.failing_of_tenants, tenant);
        }
    }

    /// Which of these, the oldest of which come first, are attempted now. Tenants have their turns, and so have the endpoints of each: who has the
    /// fewest attempts going is next, so that nobody's backlog keeps others waiting.
    fn choose(&self, candidates: &[Candidate]) -> Vec<Uuid> {
        let mut load = self.clone();
        let mut left: Vec<&Candidate> = candidates.iter().collect();
        let mut chosen = Vec::new();
        while load.all < AT_ONCE {
            left.retain(|candidate| load.has_room(candidate));
            let next = left.iter().enumerate().min_by_key(|(age, candidate)| {
                let (of_tenant, of_endpoint) = load.of(candidate);
                (of_tenant, of_endpoint, *age)
            });
            let Some((place, _)) = next else { break };
            let candidate = left.remove(place);
            load.begin_of(candidate.tenant_id, candidate.webhook_id, candidate.is_failing);
            chosen.push(candidate.id);
        }
        chosen
    }

    /// How many attempts are going of its tenant, and of its endpoint.
    fn of(&self, candidate: &Candidate) -> (usize, usize) {
        (
            count(&self.of_tenants, candidate.tenant_id),
            count(&self.of_endpoints, candidate.webhook_id),
        )
    }

    fn has_room(&self, candidate: &Candidate) -> bool {
        let (of_tenant, of_endpoint) = self.of(candidate);
        let has_room = of_tenant < OF_A_TENANT && of_endpoint < OF_AN_ENDPOINT;
        if !candidate.is_failing {
            return has_room;
        }
        let failing_of_tenant = count(&self.failing_of_tenants, candidate.tenant_id);
        has_room
            && of_endpoint == 0
            && self.failing < FAILING_AT_ONCE
            && failing_of_tenant < FAILING_OF_A_TENANT
    }

    fn full(counts: &HashMap<Uuid, usize>, most: usize) -> Vec<Uuid> {
        let full = counts.iter().filter(|(_, count)| **count >= most);
        full.map(|(id, _)| *id).collect()
    }
}

/// Claims deliveries that are due, as many as there is room for beside this load. Another that claims at the same time takes others.
///
/// # Errors
/// Those of Postgres; what was claimed all the same is claimed again when the lease has run out.
pub async fn claim(pool: &PgPool, load: Load, now: Timestamp) -> Result<Vec<Claimed>, sqlx::Error> {
    if load.all >= AT_ONCE {
        return Ok(Vec::new());
    }
    let chosen = load.choose(&candidates(pool, &load, now).await?);
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    sqlx::query_as(
        "WITH free AS (SELECT id FROM webhook_deliveries WHERE id = ANY ($1) AND status = 'pending' AND next_attempt_at <= $2 \
           FOR NO KEY UPDATE SKIP LOCKED) \
         UPDATE webhook_deliveries AS delivery SET claim = gen_random_uuid(), next_attempt_at = $3, attempts = attempts + 1, \
           round_attempts = round_attempts + 1 FROM free, webhooks \
         WHERE delivery.id = free.id AND webhooks.id = delivery.webhook_id AND enabled \
         RETURNING delivery.id, delivery.tenant_id, webhook_id, change_seq, body, attempts, round_attempts, claim, \
           failing_since IS NOT NULL AS is_failing, url, \
           ARRAY(SELECT secret FROM webhook_secrets AS signing WHERE signing.webhook_id = webhooks.id \
             AND (expires_at IS NULL OR expires_at > $2) ORDER BY expires_at DESC NULLS FIRST) AS secrets",
    )
    .bind(chosen)
    .bind(now.to_sqlx())
    .bind((now + LEASE).to_sqlx())
    .fetch_all(pool)
    .await
}

/// What is due, the oldest first: a few of each endpoint that has room for more, however many are due of one. Endpoints that fail and others have their
/// turns, so that neither fills the list.
async fn candidates(pool: &PgPool, load: &Load, now: Timestamp) -> Result<Vec<Candidate>, sqlx::Error> {
    sqlx::query_as(
        "SELECT due.id, webhooks.tenant_id, webhooks.id AS webhook_id, failing_since IS NOT NULL AS is_failing FROM webhooks \
         JOIN tenants ON tenants.id = webhooks.tenant_id AND tenants.disabled_at IS NULL AND tenants.deleted_at IS NULL \
         CROSS JOIN LATERAL (SELECT id, next_attempt_at FROM webhook_deliveries WHERE webhook_id = webhooks.id AND status = 'pending' \
           AND next_attempt_at <= $1 ORDER BY next_attempt_at LIMIT $2) AS due \
         WHERE enabled AND (paused_until IS NULL OR paused_until <= $1) \
           AND NOT webhooks.id = ANY ($3) AND NOT webhooks.tenant_id = ANY ($4) \
           AND NOT (failing_since IS NOT NULL AND ($7 OR webhooks.id = ANY ($6) OR webhooks.tenant_id = ANY ($8))) \
         ORDER BY row_number() OVER (PARTITION BY failing_since IS NOT NULL ORDER BY due.next_attempt_at), due.next_attempt_at LIMIT $5",
    )
    .bind(now.to_sqlx())
    .bind(i64::try_from(OF_AN_ENDPOINT).unwrap_or(i64::MAX))
    .bind(Load::full(&load.of_endpoints, OF_AN_ENDPOINT))
    .bind(Load::full(&load.of_tenants, OF_A_TENANT))
    .bind(CANDIDATES)
    .bind(Load::full(&load.of_endpoints, 1))
    .bind(load.failing >= FAILING_AT_ONCE)
    .bind(Load::full(&load.failing_of_tenants, FAILING_OF_A_TENANT))
    .fetch_all(pool)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(tenant: u128, endpoint: u128, id: u128, is_failing: bool) -> Candidate {
        Candidate {
            id: Uuid::from_u128(id),
            tenant_id: Uuid::from_u128(tenant),
            webhook_id: Uuid::from_u128(endpoint),
            is_failing,
        }
    }

    #[test]
    fn an_endpoint_has_a_few_at_once_and_one_that_fails_has_one() {
        let load = Load::default();
        let well: Vec<_> = (0..10).map(|id| due(1, 1, id, false)).collect();
        assert_eq!(load.choose(&well).len(), OF_AN_ENDPOINT);
        let fails: Vec<_> = (0..10).map(|id| due(1, 1, id, true)).collect();
        assert_eq!(load.choose(&fails), [Uuid::from_u128(0)]);
    }

    #[test]
    fn neither_an_endpoint_nor_a_tenant_keeps_others_from_it() {
        let mut load = Load::default();
        let mut all: Vec<_> = (0..20)
            .flat_map(|endpoint| (0..4).map(move |id| due(1, endpoint, endpoint * 4 + id, false)))
            .collect();
        all.push(due(2, 100, 1_000, false));
        let chosen = load.choose(&all);
        assert_eq!(chosen.len(), OF_A_TENANT + 1);
        assert_eq!(
            chosen[1],
            Uuid::from_u128(1_000),
            "it has its turn before a second one of the other"
        );
        let of_first = chosen.iter().filter(|id| id.as_u128() < 4).count();
        assert_eq!(of_first, 1, "endpoints have their turns, too");
        for candidate in all.iter().filter(|candidate| chosen.contains(&candidate.id)) {
            load.begin_of(candidate.tenant_id, candidate.webhook_id, false);
        }
        assert_eq!(Load::full(&load.of_tenants, OF_A_TENANT), [Uuid::from_u128(1)]);
        assert_eq!(load.choose(&all), load.choose(&[due(2, 100, 1_000, false)]));
    }

    #[test]
    fn there_are_so_many_at_once_in_all_and_room_is_given_back() {
        let mut load = Load::default();
        let all: Vec<_> = (0..1_000).map(|id| due(id, id, id, false)).collect();
        assert_eq!(load.choose(&all).len(), AT_ONCE);
        let one = Uuid::from_u128(1);
        load.begin_of(one, one, true);
        assert!(!load.is_none());
        assert_eq!(load.choose(&all).len(), AT_ONCE - 1);
        load.end_of(one, one, true);
        assert!(load.is_none() && load.of_tenants.is_empty() && load.of_endpoints.is_empty());
        assert!(load.failing == 0 && load.failing_of_tenants.is_empty());
    }

    #[test]
    fn endpoints_that_fail_have_half_of_the_room_at_most() {
        let load = Load::default();
        let of_one: Vec<_> = (0..100).map(|id| due(1, id, id, true)).collect();
        assert_eq!(load.choose(&of_one).len(), OF_A_TENANT / 2);
        let of_many: Vec<_> = (0..1_000).map(|id| due(id, id, id, true)).collect();
        assert_eq!(load.choose(&of_many).len(), AT_ONCE / 2);
        let well = (1_000..2_000).map(|id| due(id, id, id, false));
        let chosen = load.choose(&of_many.iter().copied().chain(well).collect::<Vec<_>>());
        assert_eq!(chosen.len(), AT_ONCE);
        assert_eq!(
            chosen.iter().filter(|id| id.as_u128() < 1_000).count(),
            AT_ONCE / 2
        );
    }
}
