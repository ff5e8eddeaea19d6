//! The operator's part of a resource's status.
//!
//! It holds all of the operator's fields and none of the encoder's or the API's. What is written is the difference between two of it.

use crds::{DocumentEncodingStatus, Failure, Phase, ResultSummary, condition};
use k8s_openapi::apimachinery::pkg::{
    api::resource::Quantity,
    apis::meta::v1::{Condition, Time},
};
use serde::Serialize;

/// The operator's part of a resource's status.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperatorStatus {
    /// The generation the rest speaks of.
    pub observed_generation: i64,
    /// All conditions but `Archived`.
    pub conditions: Vec<Condition>,
    /// The summary of the conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The number of the current attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// How often the current attempt was disrupted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disruptions: Option<u32>,
    /// How often an encoder was assigned in the current attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tries: Option<u32>,
    /// Its place in its queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queue_position: Option<u32>,
    /// When its turn is expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimated_start_time: Option<Time>,
    /// When the first attempt began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time: Option<Time>,
    /// When the current attempt's encoder was assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt_start_time: Option<Time>,
    /// When it finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_time: Option<Time>,
    /// Since when the cluster refuses what an encoder needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused_since: Option<Time>,
    /// Not before then the next attempt begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_time: Option<Time>,
    /// The Job that works for it now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    /// The memory limit of the current attempt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<Quantity>,
    /// The result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<ResultSummary>,
    /// Why there is none, or why the last attempt failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

impl OperatorStatus {
    /// The operator's part of a whole status; the part of a new resource where there is none.
    pub fn of(status: Option<&DocumentEncodingStatus>) -> Self {
        let Some(status) = status else {
            return Self {
                observed_generation: -1,
                ..Self::default()
            };
        };
        Self {
            observed_generation: status.observed_generation,
            conditions: status
                .conditions
                .iter()
                .filter(|each| each.type_ != condition::ARCHIVED)
                .cloned()
                .collect(),
            phase: status.phase,
            attempt: status.attempt,
            disruptions: status.disruptions,
            tries: status.tries,
            queue_position: status.queue_position,
            estimated_start_time: status.estimated_start_time.clone(),
            start_time: status.start_time.clone(),
            attempt_start_time: status.attempt_start_time.clone(),
            completion_time: status.completion_time.clone(),
            refused_since: status.refused_since.clone(),
            retry_time: status.retry_time.clone(),
            job_name: status.job_name.clone(),
            memory: status.memory.clone(),
            result: status.result.clone(),
            failure: status.failure.clone(),
        }
    }

    /// Whether it will not change any more.
    pub fn is_finished(&self) -> bool {
        self.phase.is_some_and(Phase::is_terminal)
    }
}
