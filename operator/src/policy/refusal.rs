//! What it means that the cluster does not take a Job.

/// Why the cluster does not take a Job, with what the API server said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// For good reasons of its own, which may pass: a quota, a policy.
    Forbidden(String),
    /// A Job of this name is another resource's.
    Foreign(String),
    /// It can never be one, as its resource asks for something that cannot be.
    Invalid(String),
}

impl Refusal {
    /// The refusal that an answer of the API server is; `None` where it is another failure.
    pub fn of(code: u16, message: &str) -> Option<Self> {
        match code {
            // A namespace that is going away refuses everything, which is not a quota's doing.
            403 if message.contains("being terminated") => None,
            // The API server's own validation begins so; policies and webhooks answer 422 too, and otherwise.
            422 if message.starts_with("Job.batch ") => Some(Self::Invalid(message.to_owned())),
            403 | 422 => Some(Self::Forbidden(message.to_owned())),
            // A webhook may refuse with any status.
            400 if message.contains("denied the request") => Some(Self::Forbidden(message.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_or_a_policy_may_pass_and_an_impossible_job_may_not() {
        for (code, message) in [
            (403, "jobs.batch \"enc-1\" is forbidden: exceeded quota: jobs"),
            (
                422,
                "jobs.batch \"enc-1\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no",
            ),
            (422, "admission webhook \"w\" denied the request: no"),
            (400, "admission webhook \"w\" denied the request: no"),
        ] {
            let forbidden = Refusal::Forbidden(message.to_owned());
            assert_eq!(Refusal::of(code, message), Some(forbidden), "{message}");
        }
        let invalid =
            "Job.batch \"enc-1\" is invalid: spec.template.spec.containers[0].resources: Invalid value";
        let expected = Refusal::Invalid(invalid.to_owned());
        assert_eq!(Refusal::of(422, invalid), Some(expected));
        let ending = "unable to create new content in namespace a because it is being terminated";
        for (code, message) in [
            (403, ending),
            (500, "etcd"),
            (429, "slow down"),
            (404, "no namespace"),
        ] {
            assert_eq!(Refusal::of(code, message), None, "{code}");
        }
    }
}
