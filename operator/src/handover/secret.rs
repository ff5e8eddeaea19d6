//! Where the certificate authority is kept: in a Secret, so that all replicas sign with one and the Jobs of yesterday trust it.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use k8s_openapi::{ByteString, api::core::v1::Secret};
use kube::{Api, api::PostParams};
use tokio::time;

use super::authority::{Authority, CertificateError};

/// Key of the certificate in the Secret.
const CERTIFICATE: &str = "tls.crt";
/// Key of the key in the Secret.
const KEY: &str = "tls.key";
/// The longest that a call may take.
const CALL_LIMIT: Duration = Duration::from_secs(10);
/// So often it is looked again after another replica was faster.
const TRIES: usize = 5;

/// Why there is no authority.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The Secret does not exist.
    #[error(
        "failed to find the Secret {0}: the chart makes it, empty; create it, and start the operator again"
    )]
    Missing(String),
    /// The API server refuses, or is away.
    #[error("failed to {verb} the Secret {name}: {}", words(error))]
    Call {
        /// What was tried.
        verb: &'static str,
        /// Which Secret.
        name: String,
        /// What the API server, or the way to it, said.
        error: Box<kube::Error>,
    },
    /// The API server did not answer.
    #[error("failed to {verb} the Secret {name}: the API server did not answer in {CALL_LIMIT:?}")]
    TimedOut {
        /// What was tried.
        verb: &'static str,
        /// Which Secret.
        name: String,
    },
    /// What is in it is not an authority.
    #[error(
        "failed to read the certificate authority in the Secret {name}: {error}; empty its data, and start all replicas of the operator \
         again: they make a new one, and Pods that run finish what they hold"
    )]
    Unreadable {
        /// Which Secret.
        name: String,
        /// What is wrong.
        error: CertificateError,
    },
    /// One of the two keys is absent.
    #[error(
        "failed to read the certificate authority in the Secret {0}: of {KEY} and {CERTIFICATE} one is absent; empty its data, and start all \
         replicas of the operator again: they make a new one, and Pods that run finish what they hold"
    )]
    Partial(String),
    /// A new one could not be made.
    #[error(transparent)]
    Make(#[from] CertificateError),
    /// Others were faster each time, and yet nothing was there.
    #[error(
        "failed to write the Secret {0}: it was changed by somebody else each time; start the operator again"
    )]
    Contended(String),
}

/// The authority in this Secret; where it holds none, a new one is made and written. Replicas that start at once end with the same.
///
/// # Errors
/// If the Secret is absent, holds something else, or cannot be read or written.
pub async fn authority(secrets: &Api<Secret>, name: &str, now: Timestamp) -> Result<Authority, SecretError> {
    for _ in 0..TRIES {
        let mut secret = call("read", name, secrets.get(name))
            .await
            .map_err(|error| match error {
                SecretError::Call { error, .. } if is_status(&error, 404) => {
                    SecretError::Missing(name.to_owned())
                }
                other => other,
            })?;
        if let Some(authority) = read(&secret, name, now)? {
            return Ok(authority);
        }
        let authority = Authority::make(now)?;
        secret.data.get_or_insert_default().extend(contents(&authority));
        // With the resourceVersion that was read: whoever writes second gets a conflict, and looks again.
        match call(
            "write",
            name,
            secrets.replace(name, &PostParams::default(), &secret),
        )
        .await
        {
            Ok(_) => {
                tracing::info!(secret = name, "a certificate authority was made");
                return Ok(authority);
            }
            Err(SecretError::Call { error, .. }) if is_status(&error, 409) => {}
            Err(error) => return Err(error),
        }
    }
    Err(SecretError::Contended(name.to_owned()))
}

/// The authority in the Secret; `None` where it is empty.
fn read(secret: &Secret, name: &str, now: Timestamp) -> Result<Option<Authority>, SecretError> {
    let value = |key| {
        let bytes = secret.data.as_ref()?.get(key)?;
        (!bytes.0.is_empty()).then(|| String::from_utf8_lossy(&bytes.0))
    };
    match (value(KEY), value(CERTIFICATE)) {
        (None, None) => Ok(None),
        (Some(key), Some(certificate)) => {
            Authority::from_pem(&key, &certificate, now)
                .map(Some)
                .map_err(|error| SecretError::Unreadable {
                    name: name.to_owned(),
                    error,
                })
        }
        _ => Err(SecretError::Partial(name.to_owned())),
    }
}

fn contents(authority: &Authority) -> BTreeMap<String, ByteString> {
    let bytes = |text: &str| ByteString(text.as_bytes().to_vec());
    BTreeMap::from([
        (KEY.to_owned(), bytes(&authority.key_pem())),
        (CERTIFICATE.to_owned(), bytes(authority.certificate_pem())),
    ])
}

async fn call<T>(
    verb: &'static str,
    name: &str,
    call: impl Future<Output = kube::Result<T>>,
) -> Result<T, SecretError> {
    match time::timeout(CALL_LIMIT, call).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(SecretError::Call {
            verb,
            name: name.to_owned(),
            error: Box::new(error),
        }),
        Err(_) => Err(SecretError::TimedOut {
            verb,
            name: name.to_owned(),
        }),
    }
}

/// What the API server said, without the rest of its answer.
fn words(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message.clone(),
        other => other.to_string(),
    }
}

fn is_status(error: &kube::Error, code: u16) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == code)
}

#[cfg(test)]
mod tests;
