//! What a document's answer tells of its encodings: what happened to it, each of them, and the result that is kept.

use serde::Serialize;
use utoipa::{ToSchema, openapi::schema::Object};

use super::DocumentAnswer;
use crate::{
    documents::{
        document::{Document, Status},
        encodings::{EncodingRecord, KeptResult},
        timeline::{self, Event, EventKind},
    },
    http::{common::seconds, filter::one_of},
};

/// What answers tell of documents besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::http::endpoints) struct Expansion {
    /// What happened to them.
    pub timeline: bool,
    /// Their encodings.
    pub encodings: bool,
}

impl Expansion {
    /// Everything.
    pub(in crate::http::endpoints) const ALL: Self = Self {
        timeline: true,
        encodings: true,
    };

    /// Whether anything is asked for.
    pub(in crate::http::endpoints) fn is_any(self) -> bool {
        self != Self::default()
    }

    /// A document that had these encodings before its newest.
    pub(in crate::http::endpoints) fn answer(
        self,
        document: Document,
        mut past: Vec<EncodingRecord>,
    ) -> DocumentAnswer {
        // It may have been encoded once more since it was read.
        let newest = document.binding.encoding();
        past.retain(|encoding| encoding.number < newest);
        let timeline = self.timeline.then(|| timeline::timeline(&document, &past));
        let encodings = self.encodings.then(|| {
            past.push(EncodingRecord::from(&document));
            past
        });
        DocumentAnswer {
            timeline: timeline.map(|events| events.into_iter().map(Into::into).collect()),
            encodings: encodings.map(|encodings| encodings.into_iter().map(Into::into).collect()),
            ..document.into()
        }
    }
}

/// The result of an encoding before
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeptResultAnswer {
    /// Which encoding of the document, from 1
    encoding: i32,
    chunk_size: i32,
    overlap: i32,
    total_chunks: Option<i64>,
    total_tokens: Option<i64>,
    total_pages: Option<i64>,
    language: Option<String>,
    #[schema(format = DateTime)]
    completed_at: String,
}

impl From<KeptResult> for KeptResultAnswer {
    fn from(kept: KeptResult) -> Self {
        Self {
            encoding: kept.number,
            chunk_size: kept.chunk_size,
            overlap: kept.overlap,
            total_chunks: kept.total_chunks,
            total_tokens: kept.total_tokens,
            total_pages: kept.total_pages,
            language: kept.language,
            completed_at: kept.completed_at.to_string(),
        }
    }
}

/// Something that happened to a document
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventAnswer {
    #[schema(format = DateTime)]
    at: String,
    #[schema(schema_with = event_kinds)]
    event: &'static str,
    /// In which encoding of the document, from 1
    encoding: i32,
    /// Why there was no result
    reason: Option<String>,
    /// That, for people
    message: Option<String>,
}

fn event_kinds() -> Object {
    one_of(EventKind::ALL.map(EventKind::as_str)).build()
}

impl From<Event> for EventAnswer {
    fn from(event: Event) -> Self {
        let (reason, message) = event.error.map(|error| (error.reason, error.message)).unzip();
        Self {
            at: event.at.to_string(),
            event: event.kind.as_str(),
            encoding: event.encoding,
            reason,
            message,
        }
    }
}

/// An encoding of a document
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EncodingAnswer {
    /// Which of the document's, from 1
    encoding: i32,
    /// `processing`, `ready` or `failed`
    #[schema(example = "ready")]
    status: &'static str,
    queue: String,
    priority: i32,
    chunk_size: i32,
    overlap: i32,
    #[schema(format = DateTime)]
    requested_at: String,
    #[schema(format = DateTime)]
    started_at: Option<String>,
    #[schema(format = DateTime)]
    completed_at: Option<String>,
    /// How many attempts were begun
    attempts: u32,
    error_reason: Option<String>,
    error_message: Option<String>,
    total_chunks: Option<i64>,
    total_tokens: Option<i64>,
    total_pages: Option<i64>,
    language: Option<String>,
    cpu_seconds: Option<f64>,
}

impl From<EncodingRecord> for EncodingAnswer {
    fn from(encoding: EncodingRecord) -> Self {
        let outcome = encoding.outcome;
        let (error_reason, error_message) = outcome.error.map(|error| (error.reason, error.message)).unzip();
        Self {
            encoding: encoding.number,
            status: Status::of(encoding.phase).as_str(),
            queue: encoding.request.queue,
            priority: encoding.request.priority,
            chunk_size: encoding.request.chunk_size,
            overlap: encoding.request.overlap,
            requested_at: encoding.requested_at.to_string(),
            started_at: encoding.started_at.map(|time| time.to_string()),
            completed_at: outcome.completed_at.map(|time| time.to_string()),
            attempts: encoding.attempts,
            error_reason,
            error_message,
            total_chunks: outcome.total_chunks,
            total_tokens: outcome.total_tokens,
            total_pages: outcome.total_pages,
            language: outcome.language,
            cpu_seconds: outcome.cpu_milliseconds.map(seconds),
        }
    }
}
