//! The three requests of an election. None of them hangs.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use kube::{Api, Client, api::PostParams};

/// A request for the Lease that the API server did not answer, or answered with an error.
#[derive(Debug, thiserror::Error)]
pub enum LeaseError {
    /// It took too long.
    #[error("unable to {what} the Lease {name}: no answer within {limit:?}")]
    TimedOut {
        /// What was tried.
        what: &'static str,
        /// Which Lease.
        name: String,
        /// How long it was waited for.
        limit: Duration,
    },
    /// It was refused, or did not arrive.
    #[error("unable to {what} the Lease {name}: {cause}")]
    Refused {
        /// What was tried.
        what: &'static str,
        /// Which Lease.
        name: String,
        /// What the API server said.
        cause: kube::Error,
    },
}

/// The one Lease of an election.
pub(super) struct LeaseApi {
    api: Api<Lease>,
    name: String,
    parameters: PostParams,
}

impl LeaseApi {
    pub(super) fn new(client: Client, namespace: &str, name: String, field_manager: &str) -> Self {
        Self {
            api: Api::namespaced(client, namespace),
            name,
            parameters: PostParams {
                field_manager: Some(field_manager.to_owned()),
                ..PostParams::default()
            },
        }
    }

    /// Reads the Lease as it is now, not from a cache; `None` is that there is none.
    pub(super) async fn get(&self, limit: Duration) -> Result<Option<Lease>, LeaseError> {
        self.limited("read", limit, self.api.get_opt(&self.name)).await
    }

    /// Writes the Lease if it still is the one that was read (its resourceVersion), or if there still is none.
    ///
    /// `None` is that somebody else was first: it is another one by now, or gone.
    pub(super) async fn write(&self, lease: &Lease, limit: Duration) -> Result<Option<Lease>, LeaseError> {
        let is_new = lease.metadata.resource_version.is_none();
        let written = if is_new {
            let call = self.api.create(&self.parameters, lease);
            self.limited("create", limit, call).await
        } else {
            let call = self.api.replace(&self.name, &self.parameters, lease);
            self.limited("replace", limit, call).await
        };
        match written {
            Ok(lease) => Ok(Some(lease)),
            Err(LeaseError::Refused {
                cause: kube::Error::Api(status),
                ..
            }) if status.is_conflict()
                || status.is_already_exists()
                || (status.is_not_found() && !is_new) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn limited<T>(
        &self,
        what: &'static str,
        limit: Duration,
        call: impl Future<Output = Result<T, kube::Error>>,
    ) -> Result<T, LeaseError> {
        let name = || self.name.clone();
        match tokio::time::timeout(limit, call).await {
            Ok(answer) => answer.map_err(|cause| LeaseError::Refused {
                what,
                name: name(),
                cause,
            }),
            Err(_) => Err(LeaseError::TimedOut {
                what,
                name: name(),
                limit,
            }),
        }
    }
}
