//! The queues as they are written on the command line.

use std::collections::BTreeMap;

use anyhow::{Context as _, ensure};
use jiff::SignedDuration;
use serde::Deserialize;

use crate::{
    arguments::{parse_cpu, parse_memory},
    queue::{self, QueueSettings},
    settings::QueueOptions,
};

/// Limits over all queues.
#[derive(Clone, Copy, Debug)]
pub struct Totals {
    /// How many documents may be assigned at a time.
    pub max_concurrent: Option<usize>,
    /// How many Jobs there may be at a time.
    pub max_jobs: Option<usize>,
    /// Whether a Job may be handed more than one document at all.
    pub may_stand: bool,
}

/// One queue.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Written {
    max_concurrent: usize,
    weight: u32,
    default_priority: i32,
    max_jobs_per_identity: usize,
    linger_seconds: i64,
    ahead: usize,
    cpu: Option<String>,
    memory: Option<String>,
    kueue_queue_name: Option<String>,
}

impl Default for Written {
    fn default() -> Self {
        let defaults = QueueSettings::default();
        Self {
            max_concurrent: 0,
            weight: defaults.weight,
            default_priority: 0,
            max_jobs_per_identity: defaults.max_jobs_per_identity,
            linger_seconds: defaults.linger.as_secs(),
            ahead: defaults.ahead,
            cpu: None,
            memory: None,
            kueue_queue_name: None,
        }
    }
}

/// Reads the queues and the weights of tenants.
///
/// # Errors
/// What is wrong with them.
pub fn parse(
    queues: &str,
    tenant_weights: &str,
    totals: Totals,
) -> anyhow::Result<(BTreeMap<String, QueueOptions>, queue::Settings)> {
    let written: BTreeMap<String, Written> =
        serde_json::from_str(queues).with_context(|| format!("failed to read the queues {queues}"))?;
    ensure!(
        written.contains_key(crds::spec::DEFAULT_QUEUE),
        "failed to read the queues: there must be one named {}, where documents wait that name none",
        crds::spec::DEFAULT_QUEUE
    );
    let tenants: BTreeMap<String, u32> = serde_json::from_str(tenant_weights)
        .with_context(|| format!("failed to read the weights of tenants {tenant_weights}"))?;
    let mut limits = queue::Settings {
        max_concurrent: totals.max_concurrent,
        max_jobs: totals.max_jobs,
        queues: BTreeMap::new(),
        // In the queue pass a tenant is the prefix of all it owns.
        tenants: tenants
            .into_iter()
            .map(|(tenant, weight)| (crds::Owner::Tenant(tenant).prefix().into(), weight))
            .collect(),
    };
    let mut options = BTreeMap::new();
    for (name, queue) in written {
        let wrong = |what: String| anyhow::anyhow!("failed to read the queue {name}: {what}");
        ensure!(
            queue.weight > 0,
            wrong("its weight must be at least 1".to_owned())
        );
        ensure!(
            queue.linger_seconds >= 0,
            wrong("lingerSeconds must not be negative".to_owned())
        );
        let of_kueue = queue.kueue_queue_name.is_some();
        let stands = totals.may_stand && !of_kueue;
        limits.queues.insert(
            name.as_str().into(),
            QueueSettings {
                // Kueue admits by its own.
                max_concurrent: Some(queue.max_concurrent).filter(|most| *most > 0 && !of_kueue),
                weight: queue.weight,
                max_jobs_per_identity: queue.max_jobs_per_identity.max(1),
                linger: if stands {
                    SignedDuration::from_secs(queue.linger_seconds)
                } else {
                    SignedDuration::ZERO
                },
                ahead: queue.ahead,
                admitted_elsewhere: of_kueue,
            },
        );
        let cpu = queue.cpu.as_deref().map(parse_cpu).transpose().map_err(wrong)?;
        let memory = queue
            .memory
            .as_deref()
            .map(parse_memory)
            .transpose()
            .map_err(wrong)?;
        options.insert(
            name,
            QueueOptions {
                default_priority: queue.default_priority,
                cpu,
                memory,
                kueue_queue_name: queue.kueue_queue_name,
            },
        );
    }
    Ok((options, limits))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOTALS: Totals = Totals {
        max_concurrent: None,
        max_jobs: None,
        may_stand: true,
    };

    #[test]
    fn a_queue_has_what_is_written_and_defaults_for_the_rest() {
        let queues = r#"{"documents": {"maxConcurrent": 3, "memory": "1Gi"}, "bulk": {"lingerSeconds": 0}}"#;
        let (options, limits) = parse(queues, r#"{"t1": 5}"#, TOTALS).unwrap();
        assert_eq!(limits.queues["documents"].max_concurrent, Some(3));
        assert_eq!(limits.queues["documents"].linger, SignedDuration::from_secs(30));
        assert_eq!(limits.queues["bulk"].linger, SignedDuration::ZERO);
        assert_eq!(limits.tenants["tenants/t1"], 5);
        assert_eq!(options["documents"].memory, Some(1 << 30));
    }

    #[test]
    fn a_queue_of_kueue_has_no_limit_of_ours_and_no_standing_jobs() {
        let queues = r#"{"documents": {"maxConcurrent": 3, "kueueQueueName": "encodings"}}"#;
        let (_, limits) = parse(queues, "{}", TOTALS).unwrap();
        assert_eq!(limits.queues["documents"].max_concurrent, None);
        assert_eq!(limits.queues["documents"].linger, SignedDuration::ZERO);
    }

    #[test]
    fn without_a_way_to_the_operator_no_job_stands() {
        let totals = Totals {
            may_stand: false,
            ..TOTALS
        };
        let (_, limits) = parse(r#"{"documents": {}}"#, "{}", totals).unwrap();
        assert_eq!(limits.queues["documents"].linger, SignedDuration::ZERO);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (queues, word) in [
            ("nonsense", "nonsense"),
            ("{}", "documents"),
            (r#"{"documents": {"maxConcurent": 3}}"#, "maxConcurent"),
            (r#"{"documents": {"weight": 0}}"#, "weight"),
            (r#"{"documents": {"memory": "lots"}}"#, "lots"),
        ] {
            let error = parse(queues, "{}", TOTALS).unwrap_err();
            assert!(format!("{error:#}").contains(word), "{error:#}");
        }
    }
}
