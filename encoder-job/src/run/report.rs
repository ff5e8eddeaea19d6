//! Writing the encoder's part of a resource's status, through server-side apply.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use crds::{Assignment, DocumentEncoding, ProgressRecord, Report, assignment::EndedOutcome, field_manager};
use kube::{
    Api, Client,
    api::{Patch, PatchParams},
};
use serde_json::{Value, json};
use tracing::{debug, warn};

use crate::failure::printable;

/// The longest one call may take.
const CALL_LIMIT: Duration = Duration::from_secs(5);
/// How long a report is tried to be delivered.
const DELIVERY_LIMIT: Duration = Duration::from_secs(30);
/// The first pause between two tries; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The status of one resource, as far as it is the encoder's.
#[derive(Clone)]
pub(super) struct StatusWriter {
    api: Api<DocumentEncoding>,
    namespace: String,
    name: String,
    uid: String,
}

/// What an answer of the API server means for a patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Gone,
    Refused,
    TryAgain,
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

    /// Says how it ended, and tries again until it is taken, time is up, or nobody waits for it any more.
    pub(super) async fn deliver(
        &self,
        progress: &ProgressRecord,
        report: &Report,
        unwanted: &AtomicBool,
    ) -> EndedOutcome {
        let body = self.body(progress, Some(report));
        let mut pause = FIRST_PAUSE;
        let mut outcome = EndedOutcome::Undelivered("the API server gave no answer".to_owned());
        let delivery = tokio::time::timeout(DELIVERY_LIMIT, async {
            loop {
                let Err(error) = self.patch_once(&body).await else {
                    return Some(EndedOutcome::Reported);
                };
                match answer(&error) {
                    Answer::Gone => return Some(EndedOutcome::Gone),
                    _ if unwanted.load(Ordering::Relaxed) => return Some(EndedOutcome::Dropped),
                    Answer::Refused => outcome = EndedOutcome::Refused(printable(&error.to_string())),
                    Answer::TryAgain => outcome = EndedOutcome::Undelivered(printable(&error.to_string())),
                }
                warn!(%error, name = %self.name, "unable to deliver the report yet");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
        match delivery.await {
            Ok(Some(delivered)) => delivered,
            _ => outcome,
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

fn answer(error: &kube::Error) -> Answer {
    match error {
        kube::Error::Api(status) if status.code == 404 => Answer::Gone,
        kube::Error::Api(status) if status.code == 409 && status.message.contains("uid") => Answer::Gone,
        kube::Error::Api(status) if status.code == 409 && status.message.contains("UID") => Answer::Gone,
        // It may be cured by time: rights are perhaps about to be given.
        kube::Error::Api(status) if status.code == 403 => Answer::Refused,
        _ => Answer::TryAgain,
    }
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
        assert_eq!(answer(&refused(404, "not found")), Answer::Gone);
        assert_eq!(
            answer(&refused(
                409,
                "Precondition failed: UID in precondition: a, UID in object meta: b"
            )),
            Answer::Gone
        );
        assert_eq!(answer(&refused(403, "denied")), Answer::Refused);
        for (code, message) in [
            (409, "the object has been modified"),
            (500, "etcd"),
            (429, "slow down"),
        ] {
            assert_eq!(answer(&refused(code, message)), Answer::TryAgain, "{code}");
        }
    }
}
