//! Writing the encoder's part of a resource's status, through server-side apply.

use std::{
    future::pending,
    time::{Duration, Instant},
};

use crds::{Assignment, DocumentEncoding, ProgressRecord, Report, assignment::EndedOutcome, field_manager};
use kube::{
    Api, Client,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};
use tokio::sync::watch;
use tracing::{debug, warn};

use super::{
    delivery::{Answer, Delivery},
    life::chance,
};
use crate::failure::printable;

/// The longest one call may take.
const CALL_LIMIT: Duration = Duration::from_secs(5);

/// The status of one resource, as far as it is the encoder's.
#[derive(Clone)]
pub(super) struct StatusWriter {
    api: Api<DocumentEncoding>,
    namespace: String,
    name: String,
    uid: String,
}

impl StatusWriter {
    pub(super) fn new(client: Client, assignment: &Assignment) -> Self {
        Self {
            api: Api::namespaced(client, &assignment.namespace),
            namespace: assignment.namespace.clone(),
            name: assignment.name.clone(),
            uid: assignment.uid.clone(),
        }
    }

    /// Tries once to say how far it is; that it did not work is not worth more than a line in the log.
    pub(super) async fn write_progress(&self, progress: &ProgressRecord) {
        if let Err(error) = self.patch_once(&self.body(progress, None)).await {
            debug!(%error, "unable to write progress to the status");
        }
    }

    /// Says how it ended, and tries again until it is taken, time is up, or nobody waits for it any more. `tried` is called after each try that failed.
    pub(super) async fn deliver(
        &self,
        progress: &ProgressRecord,
        report: &Report,
        mut unwanted: watch::Receiver<bool>,
        tried: impl Fn(),
    ) -> EndedOutcome {
        let body = self.body(progress, Some(report));
        let mut delivery = Delivery::new(Instant::now());
        let mut is_known = false;
        loop {
            // Nobody may wait for it as it was seen already: so this is asked before the try.
            let is_unwanted = *unwanted.borrow();
            let Err(error) = self.patch_once(&body).await else {
                return EndedOutcome::Reported;
            };
            tried();
            let now = Instant::now();
            let pause = match delivery.failed(answer(&error), printable(&error.to_string()), now, chance(now))
            {
                Err(EndedOutcome::Gone) => return EndedOutcome::Gone,
                _ if is_unwanted => return EndedOutcome::Dropped,
                Err(outcome) => return outcome,
                Ok(pause) => pause,
            };
            if is_known {
                debug!(%error, name = %self.name, "unable to deliver the report yet");
            } else {
                warn!(%error, name = %self.name, "unable to deliver the report yet: trying again");
            }
            is_known = true;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = is_set(&mut unwanted) => {}
            }
        }
    }

    async fn patch_once(&self, body: &Value) -> Result<(), kube::Error> {
        let parameters = PatchParams::apply(field_manager::ENCODER).force();
        let patch = Patch::Apply(body);
        match tokio::time::timeout(CALL_LIMIT, self.api.patch_status(&self.name, &parameters, &patch)).await {
            Ok(result) => result.map(|_| ()),
            Err(_) => Err(kube::Error::Service(
                format!("no answer within {} seconds", CALL_LIMIT.as_secs()).into(),
            )),
        }
    }

    /// The whole of the encoder's fields: with server-side apply, what is left out is removed.
    fn body(&self, progress: &ProgressRecord, report: Option<&Report>) -> Value {
        let mut status = json!({
            "progress": progress.progress,
            "message": progress.message,
            "pagesDone": progress.pages_done,
            "pagesTotal": progress.pages_total,
        });
        if let Some(report) = report {
            status["report"] = json!(report);
        }
        json!({
            "apiVersion": "encoding.socrate.ai/v1alpha1",
            "kind": "DocumentEncoding",
            // With the uid, a resource that was deleted and made again is another one.
            "metadata": {"namespace": self.namespace, "name": self.name, "uid": self.uid},
            "status": status,
        })
    }
}

/// Waits until it is set.
async fn is_set(flag: &mut watch::Receiver<bool>) {
    if flag.wait_for(|&set| set).await.is_err() {
        pending::<()>().await;
    }
}

fn answer(error: &kube::Error) -> Answer {
    match error {
        kube::Error::Api(status) if status.code == 404 => Answer::Gone,
        kube::Error::Api(status) if status.code == 409 && is_of_uid(&status.message) => Answer::Gone,
        kube::Error::Api(status) if status.code == 403 => Answer::Forbidden,
        _ => Answer::TryAgain,
    }
}

/// Whether a conflict is that of the uid, in the words that the API server has for it: where there is another resource of the name
/// (`Preconditions.Check` in `k8s.io/apiserver/pkg/storage/interfaces.go`), and where there is none (`patch.go` of its `endpoints/handlers`). No name of a
/// resource holds a space, so none looks like them.
fn is_of_uid(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    ["uid in precondition", "uid mismatch"]
        .iter()
        .any(|words| message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: u16, message: &str) -> kube::Error {
        let mut status = kube::core::Status::failure(message, "Reason");
        status.code = code;
        kube::Error::Api(Box::new(status))
    }

    #[test]
    fn a_resource_that_is_no_more_and_rights_that_are_missing_are_told_from_what_passes() {
        for (code, message) in [
            (404, "not found"),
            (
                409,
                "Precondition failed: UID in precondition: a, UID in object meta: b",
            ),
            (
                409,
                "uid mismatch: the provided object specified uid a, and no existing object was found",
            ),
        ] {
            assert_eq!(answer(&refused(code, message)), Answer::Gone, "{message}");
        }
        assert_eq!(answer(&refused(403, "denied")), Answer::Forbidden);
        for (code, message) in [
            (409, "the object has been modified"),
            (
                409,
                "Operation cannot be fulfilled on documentencodings \"user-guide\": the object has been modified",
            ),
            (
                409,
                "Operation cannot be fulfilled on documentencodings \"fluid-UID\": the object has been modified",
            ),
            (500, "etcd"),
            (429, "slow down"),
        ] {
            assert_eq!(
                answer(&refused(code, message)),
                Answer::TryAgain,
                "{code} {message}"
            );
        }
    }
}
