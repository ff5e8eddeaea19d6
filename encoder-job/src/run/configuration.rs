//! What the Job's container tells the encoder.

use std::{fmt::Display, str::FromStr};

use crds::job::environment;

use encoder_job::{extract::RunningHeads, parser_process::SandboxPolicy};

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
    /// What becomes of a PDF's running heads.
    pub(super) running_heads: RunningHeads,
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
        Ok(Self {
            store_url: required(environment::STORE_URL)?,
            redis_url: lookup(environment::REDIS_URL).filter(|value| !value.is_empty()),
            pod_uid: required(environment::POD_UID)?,
            sandbox: choice(environment::SANDBOX, &lookup)?,
            running_heads: choice(environment::RUNNING_HEADS, &lookup)?,
        })
    }
}

/// One of some words; the usual one where none is given.
fn choice<T>(name: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<T, Failure>
where
    T: Default + FromStr<Err: Display>,
{
    let Some(value) = lookup(name).filter(|value| !value.is_empty()) else {
        return Ok(T::default());
    };
    value.parse().map_err(|error| {
        let message = format!("{name} is wrong: {error}");
        Failure::new(FailureReason::Misconfigured, message)
    })
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
        assert_eq!(configuration.running_heads, RunningHeads::Aside);
    }

    /// What comes of one setting.
    fn with(setting: &str, value: &str) -> Result<Configuration, Failure> {
        Configuration::from_lookup(|name| match name {
            environment::STORE_URL | environment::POD_UID => Some("x".to_owned()),
            _ => (name == setting).then(|| value.to_owned()),
        })
    }

    #[test]
    fn a_sandbox_is_never_weakened_by_a_slip_of_the_pen() {
        let with = |value| with(environment::SANDBOX, value);
        assert_eq!(with("off").ok().unwrap().sandbox, SandboxPolicy::Off);
        assert_eq!(with("").ok().unwrap().sandbox, SandboxPolicy::Required);
        let failure = with("Best-Effort").err().unwrap();
        assert!(failure.message.contains("SOCRATE_SANDBOX is wrong"), "{failure}");
    }

    #[test]
    fn running_heads_are_as_the_operator_says() {
        let with = |value| with(environment::RUNNING_HEADS, value);
        assert_eq!(with("drop").ok().unwrap().running_heads, RunningHeads::Drop);
        assert_eq!(with("keep").ok().unwrap().running_heads, RunningHeads::Keep);
        let failure = with("hide").err().unwrap();
        assert!(
            failure.message.contains("SOCRATE_RUNNING_HEADS is wrong"),
            "{failure}"
        );
    }
}
