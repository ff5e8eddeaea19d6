//! Cancelling the encoding of a document.

use super::Document;
use crate::{app::App, cluster::ClusterError};

/// Why a document is not cancelled.
#[derive(Debug, thiserror::Error)]
pub enum CancelError {
    /// It is ready, or has failed.
    #[error("the document is finished already")]
    Finished,
    /// It has no resource yet, or no more.
    #[error("the document is just being queued or removed, try again")]
    NoResource,
    /// The cluster did not take it.
    #[error("the cluster failed")]
    Cluster(#[from] ClusterError),
}

/// Asks for a document to be cancelled; asking once more changes nothing.
///
/// # Errors
/// [`CancelError`]; then nothing was asked for.
pub async fn cancel(app: &App, document: &Document) -> Result<(), CancelError> {
    if document.progress.phase.is_terminal() {
        return Err(CancelError::Finished);
    }
    let binding = &document.binding;
    let uid = binding.uid.ok_or(CancelError::NoResource)?;
    let found = app.cluster.cancel(&binding.namespace, &binding.name, uid).await?;
    if found {
        Ok(())
    } else {
        Err(CancelError::NoResource)
    }
}
