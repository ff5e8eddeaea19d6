//! What happened to a document, in its order.

use crds::Phase;
use jiff::Timestamp;

use super::{
    document::{Document, DocumentError},
    encodings::EncodingRecord,
};

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// It was uploaded, or its resource was applied.
    Created,
    /// It was to be encoded once more.
    Requested,
    /// The first attempt of an encoding began.
    Started,
    /// There was a result.
    Ready,
    /// There was none.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Created,
        Self::Requested,
        Self::Started,
        Self::Ready,
        Self::Failed,
        Self::Cancelled,
    ];

    /// As it is shown.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Requested => "requested",
            Self::Started => "started",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    fn of_end(phase: Phase) -> Option<Self> {
        match phase {
            Phase::Ready => Some(Self::Ready),
            Phase::Failed => Some(Self::Failed),
            Phase::Cancelled => Some(Self::Cancelled),
            Phase::Pending | Phase::Queued | Phase::Processing => None,
        }
    }
}

/// Something that happened to a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// In which of its encodings, from 1.
    pub encoding: i32,
    /// Why there is no result.
    pub error: Option<DocumentError>,
}

/// What happened to a document that had these encodings before its newest.
pub fn timeline(document: &Document, past: &[EncodingRecord]) -> Vec<Event> {
    let mut events = Vec::new();
    let newest = EncodingRecord::from(document);
    for (place, encoding) in past.iter().chain([&newest]).enumerate() {
        let event = |at, kind, error: Option<&DocumentError>| Event {
            at,
            kind,
            encoding: encoding.number,
            error: error.cloned(),
        };
        let begun = if place == 0 {
            (document.created_at, EventKind::Created)
        } else {
            (encoding.requested_at, EventKind::Requested)
        };
        events.push(event(begun.0, begun.1, None));
        let started = encoding.started_at;
        events.extend(started.map(|at| event(at, EventKind::Started, None)));
        let end = EventKind::of_end(encoding.phase).zip(encoding.outcome.completed_at);
        events.extend(end.map(|(kind, at)| event(at, kind, encoding.outcome.error.as_ref())));
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::document::{self, samples};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_document_that_waits_was_created_and_no_more() {
        let events = timeline(&samples::document(), &[]);
        let kinds: Vec<EventKind> = events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [EventKind::Created]);
    }

    #[test]
    fn each_encoding_tells_when_it_was_asked_for_begun_and_ended() {
        let mut document = samples::document();
        document.progress.started_at = Some(at(2));
        document.progress.phase = Phase::Failed;
        document.outcome.completed_at = Some(at(3));
        document.outcome.error = Some(DocumentError {
            reason: "NoText".into(),
            message: "it looks scanned".into(),
        });
        let first = EncodingRecord::from(&document);
        document.outcome.error = None;
        document.progress.phase = Phase::Ready;
        document.requested_at = at(4);
        document.binding.name = document::resource_name(document.id, 3);
        (document.progress.started_at, document.outcome.completed_at) = (Some(at(5)), Some(at(6)));
        let events = timeline(&document, &[first]);
        let told: Vec<(i64, &str, i32)> = events
            .iter()
            .map(|event| (event.at.as_second(), event.kind.as_str(), event.encoding))
            .collect();
        assert_eq!(
            told,
            [
                (0, "created", 1),
                (2, "started", 1),
                (3, "failed", 1),
                (4, "requested", 3),
                (5, "started", 3),
                (6, "ready", 3)
            ]
        );
        assert_eq!(events[2].error.as_ref().unwrap().reason, "NoText");
        assert!(events.iter().skip(3).all(|event| event.error.is_none()));
    }
}
