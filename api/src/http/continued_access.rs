//! Answers that go on for long: whoever asked may lose the right to them meanwhile.

use axum::http::{HeaderMap, Method};
use jiff::Timestamp;

use crate::{
    app::SharedApp,
    http::{authentication::credential_of, problem::Problem},
    identity::{Identity, authenticator::Rejection, credential::Credential, role::Scope},
};

/// The right of a client, which has been let in, to be sent more.
pub(super) struct ContinuedAccess {
    app: SharedApp,
    identity: Identity,
    credential: Credential,
    expires_at: Option<Timestamp>,
}

impl ContinuedAccess {
    /// Notes by what a client was let in.
    pub(super) async fn begin(
        app: SharedApp,
        identity: Identity,
        headers: &HeaderMap,
    ) -> Result<Self, Problem> {
        let credential = credential_of(&Method::GET, headers)?;
        // From memory: it was looked up a moment ago.
        let admission = app.authenticator.authenticate(&credential, app.clock.now()).await;
        let expires_at = admission.ok().and_then(|admission| admission.expires_at());
        Ok(Self {
            app,
            identity,
            credential,
            expires_at,
        })
    }

    /// Whether a browser sends the credential by itself, whoever has it connect.
    pub(super) fn is_of_a_session(&self) -> bool {
        matches!(self.credential, Credential::Session(_))
    }

    /// Whether the client may still read documents. A credential that cannot be looked up now is believed on while it has not expired: who it
    /// was is known. To be awaited to its end.
    pub(super) async fn is_given(&self) -> bool {
        let now = self.app.clock.now();
        match self.app.authenticator.authenticate(&self.credential, now).await {
            Ok(admission) => {
                admission.identity.tenant_id == self.identity.tenant_id
                    && admission.identity.may(Scope::DocumentsRead)
            }
            Err(rejection) => {
                !matches!(*rejection, Rejection::Invalid) && self.expires_at.is_none_or(|time| now < time)
            }
        }
    }
}
