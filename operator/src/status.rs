//! Step 4: the one write of the status, and only if something but the time changed. It is written before anything is done.

use crds::{DocumentEncoding, DocumentEncodingStatus, condition, field_manager};
use kube::{Api, ResourceExt, api::PostParams};

use crate::{
    context::{ApiError, Context},
    state::OperatorStatus,
};

/// Whether the status as it shall be differs from the one that is.
pub fn is_news(encoding: &DocumentEncoding, wanted: &OperatorStatus) -> bool {
    OperatorStatus::of(encoding.status.as_ref()) != *wanted
}

/// What came of a write.
#[derive(Clone, Debug)]
pub enum Written {
    /// It was taken; the resource as it is now.
    Taken(Box<DocumentEncoding>),
    /// The resource is no longer what the decision was made on, or is gone: it is to be looked at again.
    Conflict,
}

/// Writes the operator's part of the status.
///
/// The whole status is replaced, with the version it was decided on: so nothing is overwritten that was not seen, neither a report that
/// has just landed nor what another leader wrote. A replacement costs the API server the least of all ways to write that have this guard.
///
/// # Errors
/// [`ApiError`]; a conflict is none.
pub async fn write(
    context: &Context,
    encoding: &DocumentEncoding,
    wanted: &OperatorStatus,
) -> Result<Written, ApiError> {
    let namespace = encoding.namespace().unwrap_or_default();
    let encodings: Api<DocumentEncoding> = Api::namespaced(context.client.clone(), &namespace);
    let mut replaced = encoding.clone();
    let mut status = replaced.status.take().unwrap_or_default();
    wanted.apply_to(&mut status);
    replaced.status = Some(status);
    let parameters = PostParams {
        field_manager: Some(field_manager::OPERATOR.to_owned()),
        ..PostParams::default()
    };
    let name = encoding.name_any();
    let call = encodings.replace_status(&name, &parameters, &replaced);
    match context.write("replace the status", call).await {
        Ok(written) => {
            let decided_on = encoding.resource_version().unwrap_or_default();
            // A write that changes nothing makes no new version for the store to see.
            if written.resource_version().as_ref() != Some(&decided_on) {
                let uid = encoding.uid().unwrap_or_default();
                context.expectations.written(&uid, &decided_on);
            }
            Ok(Written::Taken(Box::new(written)))
        }
        Err(error) if matches!(error.code(), Some(404 | 409)) => Ok(Written::Conflict),
        Err(error) => Err(error),
    }
}

impl OperatorStatus {
    /// Puts the operator's part into a whole status, and leaves the encoder's and the API's alone.
    pub fn apply_to(&self, status: &mut DocumentEncodingStatus) {
        let archived = status
            .conditions
            .iter()
            .filter(|each| each.type_ == condition::ARCHIVED);
        let conditions = self.conditions.iter().chain(archived).cloned().collect();
        *status = DocumentEncodingStatus {
            observed_generation: self.observed_generation,
            conditions,
            phase: self.phase,
            queue_position: self.queue_position,
            estimated_start_time: self.estimated_start_time.clone(),
            attempt: self.attempt,
            disruptions: self.disruptions,
            tries: self.tries,
            start_time: self.start_time.clone(),
            attempt_start_time: self.attempt_start_time.clone(),
            completion_time: self.completion_time.clone(),
            refused_since: self.refused_since.clone(),
            retry_time: self.retry_time.clone(),
            job_name: self.job_name.clone(),
            memory: self.memory.clone(),
            result: self.result.clone(),
            failure: self.failure.clone(),
            progress: status.progress,
            message: status.message.take(),
            pages_done: status.pages_done,
            pages_total: status.pages_total,
            report: status.report.take(),
        };
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

    use super::*;
    use crate::{clock, testing};

    fn condition(type_: &str) -> Condition {
        Condition {
            type_: type_.into(),
            status: "True".into(),
            reason: "Reason".into(),
            message: String::new(),
            observed_generation: None,
            last_transition_time: clock::stored(testing::now()),
        }
    }

    #[test]
    fn what_others_wrote_stays() {
        let mut status = DocumentEncodingStatus {
            progress: Some(40),
            message: Some("Running".into()),
            pages_done: Some(4),
            conditions: vec![condition(condition::READY), condition(condition::ARCHIVED)],
            job_name: Some("enc-old".into()),
            ..DocumentEncodingStatus::default()
        };
        let wanted = OperatorStatus {
            conditions: vec![condition(condition::STALLED)],
            attempt: Some(2),
            ..OperatorStatus::default()
        };
        wanted.apply_to(&mut status);
        let types: Vec<&str> = status.conditions.iter().map(|each| each.type_.as_str()).collect();
        assert_eq!(types, [condition::STALLED, condition::ARCHIVED]);
        assert_eq!((status.progress, status.pages_done), (Some(40), Some(4)));
        assert_eq!((status.attempt, status.job_name.clone()), (Some(2), None));
        assert_eq!(
            OperatorStatus::of(Some(&status)),
            wanted,
            "what is written is what is read"
        );
    }
}
