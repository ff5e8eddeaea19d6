//! Whose a token is: the API server says so (`TokenReview`, `authentication.k8s.io/v1`).
//!
//! The kubelet projects into each Pod a token for [`TOKEN_AUDIENCE`] that names the Pod. It is good for nothing but asking here, and
//! becomes invalid with the Pod.

use std::{future::Future, sync::Arc, time::Duration};

use crds::{assignment::TOKEN_AUDIENCE, job::SERVICE_ACCOUNT};
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec, TokenReviewStatus, UserInfo};
use kube::{Api, Client, api::PostParams};
use sha2::{Digest as _, Sha256};
use tokio::{sync::Semaphore, time};

use super::{PodIdentity, token_cache::TokenCache};
use crate::clock;

/// The longest that a token's check may take, with the time that it waits for others.
const CHECK_LIMIT: Duration = Duration::from_secs(10);
/// So many checks go on at once.
const MAX_CHECKS: usize = 16;
/// The longest token that is checked, in bytes.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

const POD_NAME: &str = "authentication.kubernetes.io/pod-name";
const POD_UID: &str = "authentication.kubernetes.io/pod-uid";

/// Why it is not known which Pod asks.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// The token is not one of an encoder's Pod.
    #[error("the token is refused: {0}")]
    Refused(&'static str),
    /// Nobody could say.
    #[error("the token could not be checked, ask again: {0}")]
    Unavailable(&'static str),
}

/// Says whose a token is.
pub trait Authenticator: Send + Sync + 'static {
    /// The Pod that the token was made for.
    ///
    /// # Errors
    /// If it is no token of an encoder's Pod, or that cannot be found out.
    fn authenticate(&self, token: &str) -> impl Future<Output = Result<PodIdentity, Unauthenticated>> + Send;
}

/// Asks the API server, and remembers for a while what it said.
pub struct TokenReviews {
    reviews: Api<TokenReview>,
    cache: TokenCache,
    checks: Semaphore,
}

impl TokenReviews {
    /// Asks the API server of this client. It needs the right to create `tokenreviews`.
    pub fn new(client: Client) -> Self {
        Self {
            reviews: Api::all(client),
            cache: TokenCache::default(),
            checks: Semaphore::new(MAX_CHECKS),
        }
    }

    /// This Pod is gone: its tokens are checked again.
    pub fn forget_pod(&self, pod_uid: &str) {
        self.cache.forget_pod(pod_uid);
    }

    async fn review(&self, token: &str) -> Result<PodIdentity, Unauthenticated> {
        let _permit = self.checks.acquire().await; // It is never closed.
        let review = TokenReview {
            spec: TokenReviewSpec {
                audiences: Some(vec![TOKEN_AUDIENCE.to_owned()]),
                token: Some(token.to_owned()),
            },
            ..TokenReview::default()
        };
        match self.reviews.create(&PostParams::default(), &review).await {
            Ok(review) => identity(&review.status.unwrap_or_default()),
            Err(error) => {
                tracing::warn!(%error, "unable to check a Pod's token: may the operator create tokenreviews?");
                Err(Unauthenticated::Unavailable("the API server did not answer"))
            }
        }
    }
}

impl Authenticator for Arc<TokenReviews> {
    async fn authenticate(&self, token: &str) -> Result<PodIdentity, Unauthenticated> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(Unauthenticated::Refused("it is too long"));
        }
        let digest = Sha256::digest(token).into();
        let verdict = self
            .cache
            .resolve(digest, clock::monotonic, || self.review(token));
        time::timeout(CHECK_LIMIT, verdict)
            .await
            .unwrap_or(Err(Unauthenticated::Unavailable("it took too long")))
    }
}

/// The Pod that an answer of the API server names.
fn identity(status: &TokenReviewStatus) -> Result<PodIdentity, Unauthenticated> {
    let refused = |reason| Err(Unauthenticated::Refused(reason));
    if status.authenticated != Some(true) {
        tracing::debug!(
            error = status.error.as_deref().unwrap_or_default(),
            "a token is not valid"
        );
        return refused("it is not valid for this audience");
    }
    // An API server that knows no audiences accepts the token for all of them.
    if !status
        .audiences
        .iter()
        .flatten()
        .any(|audience| audience == TOKEN_AUDIENCE)
    {
        return refused("it is made for another audience");
    }
    let user = status.user.clone().unwrap_or_default();
    let Some(namespace) = namespace(&user) else {
        return refused("it is not of the encoder's service account");
    };
    match (extra(&user, POD_NAME), extra(&user, POD_UID)) {
        (Some(name), Some(uid)) => Ok(PodIdentity {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            uid: uid.to_owned(),
        }),
        _ => refused("it is not bound to a Pod"),
    }
}

/// The namespace of the encoder's service account, if the user is one.
fn namespace(user: &UserInfo) -> Option<&str> {
    let name = user.username.as_deref()?.strip_prefix("system:serviceaccount:")?;
    let (namespace, account) = name.split_once(':')?;
    (account == SERVICE_ACCOUNT && !namespace.is_empty()).then_some(namespace)
}

/// The one value under this key.
fn extra<'a>(user: &'a UserInfo, key: &str) -> Option<&'a str> {
    match user.extra.as_ref()?.get(key)?.as_slice() {
        [value] if !value.is_empty() => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
