//! The events that webhooks are sent, and the words in which they are.

use crds::Phase;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, Row, postgres::PgRow};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::documents::{
    document::{self, Status},
    row::{corrupt, time},
};

/// The type of what is sent where an administrator tries an endpoint.
pub const TEST: &str = "webhook.test";

/// What an endpoint can be sent. Progress is not among it: a document has hundreds of steps, which streams (`/api/events`) are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
pub enum EventType {
    /// A document was uploaded, or applied to the cluster.
    #[serde(rename = "document.created")]
    Created,
    /// There is a result.
    #[serde(rename = "document.ready")]
    Ready,
    /// There will be none. One that was there before the document was encoded once more still is.
    #[serde(rename = "document.failed")]
    Failed,
    /// Somebody wanted none any more. One that was there before still is.
    #[serde(rename = "document.cancelled")]
    Cancelled,
    /// The document is gone.
    #[serde(rename = "document.deleted")]
    Deleted,
}

impl EventType {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Created,
        Self::Ready,
        Self::Failed,
        Self::Cancelled,
        Self::Deleted,
    ];

    /// As it is sent and stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "document.created",
            Self::Ready => "document.ready",
            Self::Failed => "document.failed",
            Self::Cancelled => "document.cancelled",
            Self::Deleted => "document.deleted",
        }
    }

    /// As the kind of a change it is stored.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Deleted => "deleted",
        }
    }

    fn of_kind(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.kind() == kind)
    }
}

/// What is sent of a change of a document
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WebhookEvent {
    /// What happened
    #[serde(rename = "type")]
    pub event: EventType,
    /// When it happened, which may be long before it is sent
    #[schema(format = DateTime, example = "2026-11-30T10:00:00Z")]
    timestamp: String,
    data: WebhookDocument,
}

/// A document as it was when it happened
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WebhookDocument {
    /// Ask `/api/documents/{id}` for what else there is
    pub document_id: Uuid,
    #[schema(example = "report.pdf")]
    filename: String,
    /// `processing`, `ready` or `failed`
    #[schema(example = "ready")]
    status: &'static str,
    /// Greater than that of what happened before to documents of your tenant: deliveries may overtake each other
    #[schema(example = 4711)]
    change_seq: i64,
    total_chunks: Option<i64>,
    total_pages: Option<i64>,
    /// Why it failed or was cancelled
    error: Option<WebhookError>,
}

/// Why there is no result
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct WebhookError {
    /// One of a closed list
    #[schema(example = "NoText")]
    reason: String,
    /// For people
    message: String,
}

/// A change, as the event that is sent of it.
#[derive(Clone, Debug)]
pub struct EventOfChange {
    /// The webhook that asked.
    pub webhook: Uuid,
    /// Its place among the changes of the tenant.
    pub number: i64,
    /// What is sent.
    pub event: WebhookEvent,
}

impl FromRow<'_, PgRow> for EventOfChange {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let kind: &str = row.try_get("kind")?;
        let event = EventType::of_kind(kind).ok_or_else(|| corrupt("kind", &kind))?;
        let phase: &str = row.try_get("phase")?;
        let phase: Phase = document::phase(phase).ok_or_else(|| corrupt("phase", &phase))?;
        let reason: Option<String> = row.try_get("error_reason")?;
        let message: Option<String> = row.try_get("error_message")?;
        let number = row.try_get("change_seq")?;
        Ok(Self {
            webhook: row.try_get("webhook_id")?,
            number,
            event: WebhookEvent {
                event,
                timestamp: time(row, "changed_at")?.to_string(),
                data: WebhookDocument {
                    document_id: row.try_get("document_id")?,
                    filename: row.try_get("filename")?,
                    status: Status::of(phase).as_str(),
                    change_seq: number,
                    total_chunks: row.try_get("total_chunks")?,
                    total_pages: row.try_get("pages_total")?,
                    error: reason.map(|reason| WebhookError {
                        reason,
                        message: message.unwrap_or_default(),
                    }),
                },
            },
        })
    }
}

impl WebhookEvent {
    /// The document it is about.
    pub fn document(&self) -> Uuid {
        self.data.document_id
    }
}

/// What is sent where an administrator tries an endpoint
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WebhookTest {
    /// Always `webhook.test`
    #[serde(rename = "type")]
    #[schema(example = "webhook.test")]
    event: &'static str,
    #[schema(format = DateTime)]
    timestamp: String,
    data: WebhookTestData,
}

/// Which endpoint is tried
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WebhookTestData {
    webhook_id: Uuid,
}

/// What is sent to try an endpoint.
pub fn test(webhook: Uuid, at: Timestamp) -> WebhookTest {
    WebhookTest {
        event: TEST,
        timestamp: at.to_string(),
        data: WebhookTestData { webhook_id: webhook },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_stored_and_sent_under_one_name() {
        for event in EventType::ALL {
            assert_eq!(serde_json::to_value(event).unwrap(), event.as_str());
            assert_eq!(event.as_str().strip_prefix("document."), Some(event.kind()));
            assert_eq!(EventType::of_kind(event.kind()), Some(event));
        }
        assert_eq!(EventType::of_kind("updated"), None);
    }
}
