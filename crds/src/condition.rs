//! The condition types of a [`crate::DocumentEncoding`], compatible with kstatus.

/// `True` once there is a result.
pub const READY: &str = "Ready";
/// `True` while the operator works towards a result.
pub const RECONCILING: &str = "Reconciling";
/// `True` once there will be no result: final failure, or cancelled.
pub const STALLED: &str = "Stalled";
/// `True` once its turn in the queue has come.
pub const ADMITTED: &str = "Admitted";
/// `True` once the API has mirrored the finished resource, so that it may go. Written by the API.
pub const ARCHIVED: &str = "Archived";
