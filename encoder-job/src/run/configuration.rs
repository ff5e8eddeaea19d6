//! What the Job's container tells the encoder.

use std::{fmt::Display, path::PathBuf, str::FromStr, time::Duration};

use crds::job::environment;

use encoder_job::{extract::RunningHeads, parser_process::SandboxPolicy};

use crate::failure::{Failure, FailureReason};

/// The configuration of `run`.
#[derive(Clone)]
pub(super) struct Configuration {
    /// Address of the store.
    pub(super) store_url: String,
    /// Certificates of authorities that an S3 store's certificate is checked against besides those of the web, as PEM.
    pub(super) store_ca: Option<String>,
    /// Address of Redis, which may hold a password; `None` where there is no Redis.
    pub(super) redis_url: Option<String>,
    /// Uid of the Pod, which names the attempt's own prefix in the store.
    pub(super) pod_uid: String,
    /// Whether a document may be read where the node's kernel cannot put up all walls around the parser.
    pub(super) sandbox: SandboxPolicy,
    /// What becomes of a PDF's running heads.
    pub(super) running_heads: RunningHeads,
    /// Where more documents come from than the Job began with; `None` where there are no more.
    pub(super) operator: Option<OperatorAddress>,
    /// When the Pod ends.
    pub(super) bounds: Bounds,
}

/// How the operator is reached.
#[derive(Clone)]
pub(super) struct OperatorAddress {
    /// Its address, of a Service.
    pub(super) url: http::Uri,
    /// The certificate of its authority, as PEM; `None` for those of the system.
    pub(super) authority: Option<String>,
    /// The file with the token to show it.
    pub(super) token_file: PathBuf,
}

/// When a Pod takes no more documents, or ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// How long it stays when it holds nothing and does not reach the operator.
    pub(super) linger: Duration,
    /// How many documents it takes at most.
    pub(super) documents: Option<u64>,
    /// How long it takes documents.
    pub(super) time: Option<Duration>,
}

/// How long a Pod stays that holds nothing and does not reach the operator, where that is not said.
const LINGER: Duration = Duration::from_secs(30);

impl Configuration {
    /// Whether the Pod may be given more documents than those it begins with. A Pod of one document asks the operator, too, whether it is still wanted.
    pub(super) fn serves_several(&self) -> bool {
        self.operator.is_some() && self.bounds.documents != Some(1)
    }

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
            store_ca: lookup(environment::STORE_CA).filter(|pem| !pem.trim().is_empty()),
            redis_url: lookup(environment::REDIS_URL).filter(|value| !value.is_empty()),
            pod_uid: required(environment::POD_UID)?,
            sandbox: choice(environment::SANDBOX, &lookup)?,
            running_heads: choice(environment::RUNNING_HEADS, &lookup)?,
            operator: operator(&lookup)?,
            bounds: Bounds {
                linger: number(environment::LINGER_SECONDS, &lookup)?.map_or(LINGER, Duration::from_secs),
                documents: number(environment::MAX_DOCUMENTS, &lookup)?,
                time: number(environment::MAX_SECONDS, &lookup)?.map(Duration::from_secs),
            },
        })
    }
}

fn operator(lookup: &impl Fn(&str) -> Option<String>) -> Result<Option<OperatorAddress>, Failure> {
    let Some(url) = parsed(environment::OPERATOR_URL, lookup)? else {
        return Ok(None);
    };
    Ok(Some(OperatorAddress {
        url,
        authority: lookup(environment::OPERATOR_CA).filter(|pem| !pem.trim().is_empty()),
        token_file: lookup(environment::OPERATOR_TOKEN_FILE)
            .filter(|path| !path.is_empty())
            .map_or_else(|| PathBuf::from(crds::job::OPERATOR_TOKEN_FILE), PathBuf::from),
    }))
}

fn number(name: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<Option<u64>, Failure> {
    parsed(name, lookup)
}

/// One of some words; the usual one where none is given.
fn choice<T>(name: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<T, Failure>
where
    T: Default + FromStr<Err: Display>,
{
    Ok(parsed(name, lookup)?.unwrap_or_default())
}

/// What is set, if anything is.
fn parsed<T: FromStr<Err: Display>>(
    name: &str,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<Option<T>, Failure> {
    let Some(value) = lookup(name).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    value.parse().map(Some).map_err(|error| {
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
    fn without_an_address_there_is_no_operator_and_wrong_numbers_are_named() {
        assert!(with("", "").ok().unwrap().operator.is_none());
        let url = "https://socrate-operator.socrate.svc:8443";
        let operator = with(environment::OPERATOR_URL, url)
            .ok()
            .unwrap()
            .operator
            .unwrap();
        assert_eq!(operator.url, url);
        assert_eq!(operator.token_file, PathBuf::from(crds::job::OPERATOR_TOKEN_FILE));
        let bounds = |name, value| with(name, value).ok().unwrap().bounds;
        assert_eq!(bounds("", "").linger, LINGER);
        assert_eq!(bounds(environment::LINGER_SECONDS, "0").linger, Duration::ZERO);
        assert_eq!(bounds(environment::MAX_DOCUMENTS, "3").documents, Some(3));
        assert_eq!(
            bounds(environment::MAX_SECONDS, "9").time,
            Some(Duration::from_secs(9))
        );
        let failure = with(environment::MAX_SECONDS, "soon").err().unwrap();
        assert!(
            failure.message.contains("SOCRATE_MAX_SECONDS is wrong"),
            "{failure}"
        );
    }

    #[test]
    fn a_pod_that_has_an_operator_and_may_take_but_one_document_serves_one() {
        let serves_several = |most: Option<&str>| {
            let configuration = Configuration::from_lookup(|name| match name {
                environment::STORE_URL | environment::POD_UID => Some("x".to_owned()),
                environment::OPERATOR_URL => Some("https://operator:8443".to_owned()),
                environment::MAX_DOCUMENTS => most.map(str::to_owned),
                _ => None,
            });
            configuration.ok().unwrap().serves_several()
        };
        assert!(serves_several(None) && serves_several(Some("2")));
        assert!(!serves_several(Some("1")));
        assert!(
            !with(environment::MAX_DOCUMENTS, "2")
                .ok()
                .unwrap()
                .serves_several()
        );
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
