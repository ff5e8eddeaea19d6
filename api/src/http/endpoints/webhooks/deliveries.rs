//! `GET /api/webhooks/{id}/deliveries`, `GET …/deliveries/{delivery_id}`: an administrator's.

use axum::{
    Json,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema, openapi::schema::Object};
use uuid::Uuid;

use super::WebhookProblem;
use crate::{
    app::SharedApp,
    database::tenant_transaction,
    http::{
        authentication::Admin,
        filter::one_of,
        input::{Parameters, RawPage, RowId, next_cursor, unprocessable},
        problem::{Problem, ProblemBody},
    },
    webhooks::{
        deliveries::{self, AttemptRecord, DeliveryRecord, DeliveryStatus},
        endpoints,
    },
};

pub(super) fn no_such_delivery() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "delivery_not_found",
        "the webhook has no such delivery",
    )
}

/// The ids of webhook and delivery in the path; `None` are ids that nothing has.
#[derive(Clone, Copy, Debug)]
pub struct DeliveryId(pub(super) Option<(Uuid, Uuid)>);

impl FromRequestParts<SharedApp> for DeliveryId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        let ids = Path::<(Uuid, Uuid)>::from_request_parts(parts, app).await;
        Ok(Self(ids.ok().map(|Path(ids)| ids)))
    }
}

/// Which deliveries.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RawDeliveryFilter {
    /// Those of this status alone
    #[param(schema_with = statuses)]
    status: Option<String>,
}

fn statuses() -> Object {
    one_of(DeliveryStatus::ALL.map(DeliveryStatus::as_str)).build()
}

impl RawDeliveryFilter {
    fn validate(&self) -> Result<Option<DeliveryStatus>, Problem> {
        let Some(status) = self.status.as_deref() else {
            return Ok(None);
        };
        let known = DeliveryStatus::ALL
            .into_iter()
            .find(|known| known.as_str() == status);
        let known = known
            .ok_or_else(|| unprocessable("invalid_query", "status must be pending, delivered or failed"))?;
        Ok(Some(known))
    }
}

/// A delivery: what happened once, for one webhook.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryAnswer {
    id: Uuid,
    /// What is sent as `webhook-id`: the same for all attempts, also when it is replayed
    #[schema(example = "msg_0b3c2f0e6f7a4f0d9a3e5c1d2b4a6978")]
    webhook_message_id: String,
    /// `document.ready` …, or `webhook.test`
    #[schema(example = "document.ready")]
    event: String,
    document_id: Option<Uuid>,
    change_seq: Option<i64>,
    #[schema(value_type = DeliveryStatus)]
    status: String,
    /// How often it was attempted
    attempts: i32,
    /// When it is attempted next; while it is being attempted, when that counts as cut off
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    /// What the last attempt was answered
    #[schema(example = 503)]
    response_status: Option<i32>,
    /// Why it has not been delivered, or not the last time
    error: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was delivered, or failed for good
    #[schema(format = DateTime)]
    ended_at: Option<String>,
}

impl From<DeliveryRecord> for DeliveryAnswer {
    fn from(delivery: DeliveryRecord) -> Self {
        let text = |time: jiff_sqlx::Timestamp| time.to_jiff().to_string();
        Self {
            id: delivery.id,
            webhook_message_id: format!("msg_{}", delivery.id.simple()),
            event: delivery.event,
            document_id: delivery.document_id,
            change_seq: delivery.change_seq,
            status: delivery.status,
            attempts: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at.map(text),
            response_status: delivery.response_status,
            error: delivery.error,
            created_at: text(delivery.created_at),
            ended_at: delivery.ended_at.map(text),
        }
    }
}

/// Deliveries.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveriesAnswer {
    #[schema(example = true)]
    success: bool,
    deliveries: Vec<DeliveryAnswer>,
    /// Send it as `cursor` for more; null where there is no more
    next_cursor: Option<String>,
}

/// An attempt to deliver. A number that is missing is an attempt that was cut off.
#[derive(Debug, Serialize, ToSchema)]
pub struct AttemptAnswer {
    number: i32,
    #[schema(format = DateTime)]
    at: String,
    /// Until the answer's head had come, or it was given up
    duration_ms: i32,
    #[schema(example = 503)]
    response_status: Option<i32>,
    /// Why it failed; null is success
    error: Option<String>,
    /// The beginning of what was answered, where it is text: 1 KiB at most
    response_excerpt: Option<String>,
}

impl From<AttemptRecord> for AttemptAnswer {
    fn from(attempt: AttemptRecord) -> Self {
        Self {
            number: attempt.number,
            at: attempt.at.to_jiff().to_string(),
            duration_ms: attempt.duration_ms,
            response_status: attempt.response_status,
            error: attempt.error,
            response_excerpt: attempt.excerpt,
        }
    }
}

/// A delivery with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryDetailsAnswer {
    #[schema(example = true)]
    success: bool,
    delivery: DeliveryAnswer,
    /// What is sent, to the letter
    body: String,
    /// The last hundred attempts, the newest first
    attempts: Vec<AttemptAnswer>,
}

/// Deliveries of a webhook
///
/// The newest first. What has ended is kept for a while.
#[utoipa::path(
    get,
    path = "/api/webhooks/{id}/deliveries",
    operation_id = "list_deliveries",
    tag = "webhooks",
    params(("id" = Uuid, Path), RawDeliveryFilter, RawPage),
    responses((status = 200, body = DeliveriesAnswer), (status = 404, body = ProblemBody), (status = 422, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn list(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    RowId(id): RowId,
    Parameters(filter): Parameters<RawDeliveryFilter>,
    Parameters(raw): Parameters<RawPage>,
) -> Result<Json<DeliveriesAnswer>, Problem> {
    let id = id.ok_or(WebhookProblem::NoSuchWebhook)?;
    let (status, page) = (filter.validate()?, raw.validate()?);
    let failed = |error| Problem::database("list deliveries", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    endpoints::find(&mut transaction, tenant, id)
        .await
        .map_err(failed)?
        .ok_or(WebhookProblem::NoSuchWebhook)?;
    let mut found = deliveries::list(&mut transaction, tenant, id, status, &page)
        .await
        .map_err(failed)?;
    let next_cursor = next_cursor(&mut found, &page, |delivery| {
        (delivery.created_at.to_jiff(), delivery.id)
    });
    Ok(Json(DeliveriesAnswer {
        success: true,
        deliveries: found.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}

/// A delivery, with what is sent and each attempt
#[utoipa::path(
    get,
    path = "/api/webhooks/{id}/deliveries/{delivery_id}",
    operation_id = "show_delivery",
    tag = "webhooks",
    params(("id" = Uuid, Path), ("delivery_id" = Uuid, Path)),
    responses((status = 200, body = DeliveryDetailsAnswer), (status = 404, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn show(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    DeliveryId(ids): DeliveryId,
) -> Result<Json<DeliveryDetailsAnswer>, Problem> {
    let (webhook, id) = ids.ok_or_else(no_such_delivery)?;
    let failed = |error| Problem::database("read a delivery", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let found = deliveries::find(&mut transaction, tenant, webhook, id)
        .await
        .map_err(failed)?;
    let (delivery, body) = found.ok_or_else(no_such_delivery)?;
    let attempts = deliveries::attempts(&mut transaction, tenant, id)
        .await
        .map_err(failed)?;
    Ok(Json(DeliveryDetailsAnswer {
        success: true,
        delivery: delivery.into(),
        body,
        attempts: attempts.into_iter().map(Into::into).collect(),
    }))
}
