//! What is told of webhooks, and how they are asked for.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::webhooks::{endpoints::WebhookRecord, event::EventType};

/// A webhook, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookAnswer {
    id: Uuid,
    #[schema(example = "https://hooks.example.com/documents")]
    url: String,
    description: String,
    #[schema(value_type = Vec<EventType>)]
    events: Vec<String>,
    enabled: bool,
    #[schema(format = DateTime)]
    disabled_at: Option<String>,
    /// `requested`: by an administrator. `gone`: it answered 410. `failing`: nothing has succeeded for five days. `backlog`: more than 100,000
    /// deliveries were pending
    #[schema(example = "failing")]
    disabled_reason: Option<String>,
    /// Since then every attempt has failed; null where the last one succeeded
    #[schema(format = DateTime)]
    failing_since: Option<String>,
    /// Until then nothing is sent: the endpoint asked for it, or is overloaded. It may have passed
    #[schema(format = DateTime)]
    paused_until: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<WebhookRecord> for WebhookAnswer {
    fn from(webhook: WebhookRecord) -> Self {
        let text = |time: jiff_sqlx::Timestamp| time.to_jiff().to_string();
        Self {
            id: webhook.id,
            url: webhook.url,
            description: webhook.description,
            events: webhook.events,
            enabled: webhook.enabled,
            disabled_at: webhook.disabled_at.map(text),
            disabled_reason: webhook.disabled_reason,
            failing_since: webhook.failing_since.map(text),
            paused_until: webhook.paused_until.map(text),
            created_at: text(webhook.created_at),
            updated_at: text(webhook.updated_at),
        }
    }
}

/// Webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhooksAnswer {
    #[schema(example = true)]
    pub(super) success: bool,
    pub(super) webhooks: Vec<WebhookAnswer>,
    /// Send it as `cursor` for more; null where there is no more
    pub(super) next_cursor: Option<String>,
}

/// A webhook to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"url": "https://hooks.example.com/documents", "events": ["document.ready", "document.failed"]}))]
pub struct WebhookRequest {
    /// Where to: `https`, and a host of the public internet
    #[schema(
        min_length = 1,
        max_length = 2048,
        example = "https://hooks.example.com/documents"
    )]
    pub(super) url: String,
    /// The events it is sent; without this, all
    #[schema(min_items = 1)]
    pub(super) events: Option<Vec<EventType>>,
    /// What it is for
    #[schema(
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$",
        example = "search index"
    )]
    pub(super) description: Option<String>,
}

/// What is to be changed of a webhook; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"events": ["document.ready"], "enabled": true}))]
pub struct WebhookPatch {
    #[schema(
        min_length = 1,
        max_length = 2048,
        example = "https://hooks.example.com/documents"
    )]
    pub(super) url: Option<String>,
    #[schema(min_items = 1)]
    pub(super) events: Option<Vec<EventType>>,
    #[schema(max_length = 200, pattern = r"^[^\u0000-\u001f\u007f-\u009f]*$")]
    pub(super) description: Option<String>,
    /// Whether events are sent to it. Enabled again it is sent what happens from then on; disabled, what was pending fails, and can be replayed; what
    /// happened in the second before may have no delivery
    pub(super) enabled: Option<bool>,
}

/// A webhook that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewWebhookAnswer {
    #[schema(example = true)]
    pub(super) success: bool,
    pub(super) webhook: WebhookAnswer,
    /// What deliveries are signed with. It is shown this once.
    #[schema(example = "whsec_…")]
    pub(super) secret: String,
}
