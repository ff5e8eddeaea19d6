//! How a Job, its Pod and its container are named, and what they find there.

use sha2::{Digest, Sha256};

/// Hexadecimal digits of the hash in a Job's name. All names have one length, so that none is the beginning of another.
const HASH_LENGTH: usize = 16;

/// Name of the service account of the encoder's Pods, in every namespace where Jobs run.
pub const SERVICE_ACCOUNT: &str = "socrate-encoder-job";
/// Name of the Secret with the encoder's credentials, in every namespace where Jobs run.
pub const CREDENTIALS_SECRET: &str = "socrate-encoder-job";
/// Key of the Redis address in [`CREDENTIALS_SECRET`].
pub const CREDENTIALS_REDIS_KEY: &str = "redis-url";
/// Name of the claim of a file store, in every namespace where Jobs run.
pub const STORE_CLAIM: &str = "socrate-store";
/// Where the store is mounted in the encoder's container; only the owner's prefix of it is.
pub const STORE_MOUNT: &str = "/store";
/// Where the volume or file of a source is mounted in the encoder's container.
pub const SOURCE_MOUNT: &str = "/source";
/// Name of the encoder's container.
pub const CONTAINER: &str = "encoder";

/// Names of the environment variables of the encoder's container, besides [`crate::assignment::ENVIRONMENT_VARIABLE`].
pub mod environment {
    /// Address of the store: `file:///store`, or `s3://bucket/prefix`, whose objects are reached by URLs that the operator signs.
    pub const STORE_URL: &str = "SOCRATE_STORE_URL";
    /// Certificates of authorities, as PEM, that an S3 store's certificate is checked against besides those of the web; absent for none.
    pub const STORE_CA: &str = "SOCRATE_STORE_CA";
    /// Address of Redis with the encoder's credentials; absent where there is no Redis.
    pub const REDIS_URL: &str = "SOCRATE_REDIS_URL";
    /// `required`, `best-effort` or `off`: whether a document may be read where the node's kernel cannot put up all walls
    /// around the parser; absent for `required`.
    pub const SANDBOX: &str = "SOCRATE_SANDBOX";
    /// `aside`, `keep` or `drop`: what becomes of a PDF's running heads, feet and page numbers; absent for `aside`.
    pub const RUNNING_HEADS: &str = "SOCRATE_RUNNING_HEADS";
    /// Address of the operator, where the Pod asks for assignments: `https://socrate-operator.socrate.svc:8443`. Absent, the assignments of
    /// the environment are all there will be.
    pub const OPERATOR_URL: &str = "SOCRATE_OPERATOR_URL";
    /// Certificate of the authority that the operator's certificate is checked against, as PEM.
    pub const OPERATOR_CA: &str = "SOCRATE_OPERATOR_CA";
    /// Path of the file with the token for the operator; the kubelet renews it.
    pub const OPERATOR_TOKEN_FILE: &str = "SOCRATE_OPERATOR_TOKEN_FILE";
    /// For how many seconds a Pod that holds nothing and does not reach the operator stays.
    pub const LINGER_SECONDS: &str = "SOCRATE_LINGER_SECONDS";
    /// After so many documents a Pod takes no more.
    pub const MAX_DOCUMENTS: &str = "SOCRATE_MAX_DOCUMENTS";
    /// After so many seconds a Pod takes no more documents.
    pub const MAX_SECONDS: &str = "SOCRATE_MAX_SECONDS";
    /// Uid of the Pod.
    pub const POD_UID: &str = "POD_UID";
}

/// Path of the file with a Pod's token for the operator.
pub const OPERATOR_TOKEN_FILE: &str = "/var/run/secrets/encoding.socrate.ai/token";
/// Where a container leaves its last words for the kubelet.
pub const TERMINATION_MESSAGE_PATH: &str = "/dev/termination-log";

/// Name of the Job for an attempt: `enc-` and a hash of the first thing it works for.
///
/// `tries` tells the beginnings of one attempt apart, so that the Job after an eviction has another name.
pub fn name(first_resource_uid: &str, attempt: u32, tries: u32) -> String {
    let digest = Sha256::digest(format!("{first_resource_uid}/{attempt}/{tries}"));
    let mut name = String::from("enc-");
    for byte in &digest[..HASH_LENGTH / 2] {
        use std::fmt::Write as _;
        let _ = write!(name, "{byte:02x}"); // Writing to a String cannot fail.
    }
    name
}

/// Name of the Job a Pod belongs to, by the Pod's name: the Job controller appends a dash and five characters.
///
/// The admission policy that ties an encoder to its resource has the same rule.
pub fn of_pod(pod_name: &str) -> Option<&str> {
    const SUFFIX_LENGTH: usize = 5;
    let (job, suffix) = pod_name.rsplit_once('-')?;
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_suffix = suffix.len() == SUFFIX_LENGTH && suffix.bytes().all(allowed);
    (is_suffix && !job.is_empty()).then_some(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_is_named_after_its_job() {
        assert_eq!(of_pod("enc-0123456789abcdef-x1y2z"), Some("enc-0123456789abcdef"));
        for other in [
            "",
            "enc-1",
            "enc-1-toolong",
            "enc-1-ABCDE",
            "-abcde",
            "enc-1-abc.e",
        ] {
            assert_eq!(of_pod(other), None, "{other}");
        }
    }

    #[test]
    fn names_have_one_length_and_differ_by_everything_that_counts() {
        let first = name("uid", 1, 0);
        assert_eq!(first.len(), 4 + HASH_LENGTH);
        assert_eq!(first, name("uid", 1, 0));
        for other in [
            name("uid", 2, 0),
            name("uid", 1, 1),
            name("other", 1, 0),
            name("uid", 11, 0),
        ] {
            assert_ne!(first, other);
            assert_eq!(first.len(), other.len());
        }
    }
}
