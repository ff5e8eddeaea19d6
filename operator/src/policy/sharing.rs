//! Whether a document may share a Job with others.

use crds::DocumentEncoding;

use crate::{settings::Settings, state::OperatorStatus, validate::source::ValidatedSource};

/// Whether a document may be handed to a standing Job, or begin one: its source is an object, so the Pod sees it already; it is not
/// large; and no attempt of it has failed, been disrupted or run out of memory, so nothing is known against it. With Kueue or without lingering
/// each document has a Job of its own.
pub fn is_shareable(
    encoding: &DocumentEncoding,
    source: &ValidatedSource,
    status: &OperatorStatus,
    settings: &Settings,
) -> bool {
    let spec = &encoding.spec;
    let stands = settings
        .limits
        .queues
        .get(spec.queue.as_str())
        .is_some_and(|queue| queue.linger.is_positive());
    let is_first = status.attempt.unwrap_or(0) <= 1
        && status.retry_time.is_none()
        && status.disruptions.unwrap_or(0) == 0;
    let is_large = spec
        .source
        .size_bytes
        .is_some_and(|bytes| bytes > settings.standing.large_bytes);
    stands && is_first && !is_large && matches!(source, ValidatedSource::Object { .. })
}
