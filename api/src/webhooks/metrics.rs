//! What is counted of deliveries.

use std::sync::{Arc, atomic::AtomicU64};

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::{Registry, Unit},
};
use sqlx::PgPool;

use super::{client::Attempt, outcomes::Outcome};

/// Labels of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    /// `delivered`, `retried`, `failed` or `lost`.
    outcome: &'static str,
}

/// What is counted.
#[derive(Clone)]
pub struct DispatcherMetrics {
    registry: Arc<Registry>,
    attempts: Family<OutcomeLabels, Counter>,
    attempt_seconds: Histogram,
    pub(super) deliveries: Counter,
    pub(super) given_up: Counter,
    oldest_due_seconds: Gauge<f64, AtomicU64>,
    outbox_lag_seconds: Gauge<f64, AtomicU64>,
}

impl Default for DispatcherMetrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("socrate_dispatcher");
        let attempts = Family::default();
        let attempt_seconds = Histogram::new([0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0]);
        let (deliveries, given_up) = (Counter::default(), Counter::default());
        let (oldest_due_seconds, outbox_lag_seconds) = (Gauge::default(), Gauge::default());
        registry.register(
            "attempts",
            "Attempts to deliver, by what became of the delivery",
            attempts.clone(),
        );
        registry.register_with_unit(
            "attempt_duration",
            "Time until an endpoint answered, or was given up",
            Unit::Seconds,
            attempt_seconds.clone(),
        );
        registry.register(
            "deliveries",
            "Deliveries that were made of changes",
            deliveries.clone(),
        );
        registry.register(
            "deliveries_given_up",
            "Deliveries that have failed as they were due for seven days, or as their endpoint is disabled",
            given_up.clone(),
        );
        registry.register_with_unit(
            "outbox_lag",
            "For how long the oldest change has waited that a webhook has no delivery of",
            Unit::Seconds,
            outbox_lag_seconds.clone(),
        );
        registry.register_with_unit(
            "oldest_due",
            "For how long the oldest delivery has been due that nobody attempts: endpoints that fail, pause or are disabled do not count",
            Unit::Seconds,
            oldest_due_seconds.clone(),
        );
        Self {
            registry: Arc::new(registry),
            attempts,
            attempt_seconds,
            deliveries,
            given_up,
            oldest_due_seconds,
            outbox_lag_seconds,
        }
    }
}

impl DispatcherMetrics {
    /// All of it, in the format of `OpenMetrics`.
    ///
    /// # Errors
    /// Where it cannot be written, which is a defect.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        prometheus_client::encoding::text::encode(&mut text, &self.registry)?;
        Ok(text)
    }

    pub(super) fn count(&self, attempt: &Attempt, outcome: Outcome) {
        let labels = OutcomeLabels {
            outcome: outcome.as_str(),
        };
        self.attempts.get_or_create(&labels).inc();
        self.attempt_seconds.observe(attempt.duration.as_secs_f64());
    }

    /// Looks for how long the oldest delivery has been due, and the oldest change has had no delivery, as the dispatcher.
    ///
    /// # Errors
    /// Those of Postgres.
    pub async fn measure(&self, pool: &PgPool, now: Timestamp) -> Result<(), sqlx::Error> {
        let oldest: Option<jiff_sqlx::Timestamp> = sqlx::query_scalar(
            "SELECT min(due.next_attempt_at) FROM webhooks \
             JOIN tenants ON tenants.id = webhooks.tenant_id AND tenants.disabled_at IS NULL AND tenants.deleted_at IS NULL \
             CROSS JOIN LATERAL (SELECT next_attempt_at FROM webhook_deliveries WHERE webhook_id = webhooks.id AND status = 'pending' \
               AND next_attempt_at <= $1 ORDER BY next_attempt_at LIMIT 1) AS due \
             WHERE enabled AND failing_since IS NULL AND (paused_until IS NULL OR paused_until <= $1)",
        )
        .bind(now.to_sqlx())
        .fetch_one(pool)
        .await?;
        self.oldest_due_seconds.set(seconds_since(oldest, now));
        let oldest: Option<jiff_sqlx::Timestamp> = sqlx::query_scalar(
            "SELECT min(next.changed_at) FROM webhooks \
             JOIN tenants ON tenants.id = webhooks.tenant_id AND tenants.disabled_at IS NULL AND tenants.deleted_at IS NULL \
             JOIN holdings ON holdings.tenant_id = webhooks.tenant_id AND change_seq > told_change_seq \
             CROSS JOIN LATERAL (SELECT changed_at FROM changes WHERE changes.tenant_id = webhooks.tenant_id \
               AND changes.change_seq > told_change_seq ORDER BY changes.change_seq LIMIT 1) AS next \
             WHERE enabled",
        )
        .fetch_one(pool)
        .await?;
        self.outbox_lag_seconds.set(seconds_since(oldest, now));
        Ok(())
    }
}

fn seconds_since(time: Option<jiff_sqlx::Timestamp>, now: Timestamp) -> f64 {
    time.map_or(0.0, |time| {
        now.duration_since(time.to_jiff()).as_secs_f64().max(0.0)
    })
}
