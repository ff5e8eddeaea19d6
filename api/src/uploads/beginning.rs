//! The beginning of an upload that comes in several requests, done once where it is sent again with the same Idempotency-Key.
//!
//! The key is bound to the upload in the transaction that begins it. Whoever sends the same again is told of that upload, however far it is by
//! then, also when it is a document. The key goes with the upload: what was given up, or whose document was deleted, is begun anew.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{Postgres, Transaction};
use uuid::Uuid;

use super::{
    UploadError,
    idempotency::{self, Claim, HeldKey},
    pending::{self, Method, State},
    receive::Receiver,
    record::Lease,
};

/// A beginning that is done once.
#[derive(Clone, Debug)]
pub struct Once {
    key: HeldKey,
    fingerprint: [u8; 32],
}

impl Once {
    /// With the key that came, and everything that was sent with it: the same key with anything else is another request.
    pub fn new(receiver: &Receiver<'_>, key: String, sent: &Value) -> Self {
        let holder = receiver.holder;
        Self {
            key: HeldKey { key, holder },
            fingerprint: Sha256::digest(sent.to_string()).into(),
        }
    }

    /// Takes the key, or finds the upload that was begun with it, and how far that is.
    ///
    /// # Errors
    /// [`UploadError::KeyReused`], [`UploadError::KeyPending`], [`UploadError::Database`].
    pub async fn claim(
        &self,
        receiver: &Receiver<'_>,
        method: Method,
    ) -> Result<Option<(Uuid, State)>, UploadError> {
        let (database, tenant) = (receiver.database, receiver.tenant);
        // Whoever finds that the upload is gone takes the key anew, if nobody else does at the same moment.
        for _ in 0..2 {
            let Claim::Answered {
                fingerprint, answer, ..
            } = idempotency::claim(database, tenant, &self.key).await?
            else {
                return Ok(None);
            };
            let begun = answer.as_ref().and_then(begun).map(|id| (id, &answer));
            let Some((id, answer)) = begun.filter(|_| fingerprint == self.fingerprint) else {
                return Err(UploadError::KeyReused);
            };
            match pending::state(database, tenant, method, id).await {
                Ok(state) => return Ok(Some((id, state))),
                Err(UploadError::UnknownUpload) => {
                    idempotency::forget_answer(database, tenant, &self.key.key, answer.as_ref()).await?;
                }
                Err(error) => return Err(error),
            }
        }
        Err(UploadError::KeyPending)
    }

    /// Keeps the key for as long as the request is at work on it.
    pub fn lease(&self, receiver: &Receiver<'_>) -> Lease {
        let key = Some(self.key.key.clone());
        Lease::keep(receiver.database.clone(), receiver.tenant, receiver.holder, key)
    }

    /// Binds the key to the upload, in the transaction that begins it.
    pub(super) async fn record(
        &self,
        transaction: &mut Transaction<'_, Postgres>,
        tenant: Uuid,
        id: Uuid,
    ) -> Result<(), UploadError> {
        idempotency::record(
            transaction,
            tenant,
            &self.key,
            self.fingerprint,
            &answer(id),
            None,
        )
        .await
    }

    /// Notes that it was begun: whoever sends the same again need not wait.
    pub async fn begun(&self, receiver: &Receiver<'_>, id: Uuid) {
        let answer = answer(id);
        let noted = idempotency::answered(receiver.database, receiver.tenant, &self.key, &answer);
        if let Err(error) = noted.await {
            tracing::warn!(%error, upload_id = %id, "unable to note that an upload was begun; who asks again waits until the lease of its Idempotency-Key ends");
        }
    }

    /// Gives the key back, as nothing was begun; where `is_certain` is false, only if it was not bound to an upload without our knowing.
    pub async fn give_back(&self, receiver: &Receiver<'_>, is_certain: bool) {
        let given = idempotency::give_back(receiver.database, receiver.tenant, &self.key, is_certain);
        if let Err(error) = given.await {
            tracing::warn!(%error, "unable to give an Idempotency-Key back; it is free once its lease has ended");
        }
    }
}

fn answer(id: Uuid) -> Value {
    json!({ "upload_id": id })
}

/// The upload that an answer is of; `None` if it is one to a form.
fn begun(answer: &Value) -> Option<Uuid> {
    answer["upload_id"].as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_a_form_is_none_of_an_upload_that_was_begun() {
        let id = Uuid::from_u128(7);
        assert_eq!(begun(&answer(id)), Some(id));
        assert_eq!(begun(&json!({ "document_id": id })), None);
        assert_eq!(begun(&json!(null)), None);
    }
}
