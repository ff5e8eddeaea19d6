//! What the Job's container tells the encoder.

use crds::job::environment;

use encoder_job::parser_process::SandboxPolicy;

use crate::failure::{Failure, FailureReason};

/// The configuration of `run`.
#[derive(Clone)]
pub(super) struct Configuration {
    /// Address of the store.
    pub(super) store_url: String,
    /// Address of Redis, which may hold a password; `None` where there is no Redis.
    pub(super) redis_url: Option<String>,
    /// Uid of the Pod, which names the attempt's own prefix in the store.
    pub(super) pod_uid: String,
    /// Whether a document may be read where the node's kernel cannot put up all walls around the parser.
    pub(super) sandbox: SandboxPolicy,
}

impl Configuration {
    pub(super) fn from_environment() -> Result<Self, Failure> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Failure> {
        let required = |name: &str| {
            lookup(name).filter(|value| !value.is_empty()).ok_or_else(|| {
                let message = format!("{name} is not set: `run` works inside a Job that the operator made");
                Failure::new(FailureReason::Misconfigured, message)
            })
        };
        let sandbox = match lookup(environment::SANDBOX).filter(|value| !value.is_empty()) {
            None => SandboxPolicy::default(),
            Some(value) => value.parse().map_err(|error| {
                let message = format!("{} is wrong: {error}", environment::SANDBOX);
                Failure::new(FailureReason::Misconfigured, message)
            })?,
        };
        Ok(Self {
            store_url: required(environment::STORE_URL)?,
            redis_url: lookup(environment::REDIS_URL).filter(|value| !value.is_empty()),
            pod_uid: required(environment::POD_UID)?,
            sandbox,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let failure = Configuration::from_lookup(|_| None).err().unwrap();
        assert_eq!(failure.reason, FailureReason::Misconfigured);
        assert!(failure.message.contains("SOCRATE_STORE_URL"));
        let required = [environment::STORE_URL, environment::POD_UID];
        let configuration =
            Configuration::from_lookup(|name| required.contains(&name).then(|| "x".into())).unwrap();
        assert!(configuration.redis_url.is_none());
        assert_eq!(configuration.sandbox, SandboxPolicy::Required);
    }

    #[test]
    fn a_sandbox_is_never_weakened_by_a_slip_of_the_pen() {
        let with = |sandbox: &'static str| {
            Configuration::from_lookup(move |name| {
                Some(
                    if name == environment::SANDBOX {
                        sandbox
                    } else {
                        "x"
                    }
                    .to_owned(),
                )
            })
        };
        assert_eq!(with("off").ok().unwrap().sandbox, SandboxPolicy::Off);
        assert_eq!(with("").ok().unwrap().sandbox, SandboxPolicy::Required);
        let failure = with("Best-Effort").err().unwrap();
        assert!(failure.message.contains("SOCRATE_SANDBOX is wrong"), "{failure}");
    }
}
