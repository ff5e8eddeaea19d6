//! `POST /api/webhooks/{id}/deliveries/{delivery_id}/replay`, `POST /api/webhooks/{id}/replay`, `POST …/{id}/test`: an administrator's.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{Postgres, Transaction};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    WebhookProblem,
    deliveries::{DeliveryAnswer, DeliveryId, no_such_delivery},
};
use crate::{
    app::SharedApp,
    database::tenant_transaction,
    http::{
        authentication::{Admin, actor},
        input::{JsonBody, RowId},
        problem::{Problem, ProblemBody},
    },
    identity::{
        Identity,
        audit::{self, Action},
    },
    webhooks::{deliveries, endpoints},
};

/// From when on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayRequest {
    /// Deliveries that were made since then
    #[schema(value_type = String, format = DateTime, example = "2026-11-30T00:00:00Z")]
    since: Timestamp,
}

/// What is delivered once more.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayAnswer {
    #[schema(example = true)]
    success: bool,
    /// So many deliveries
    replayed: u64,
    /// Whether there may be more that failed: ask again for them
    more: bool,
}

/// A transaction of the tenant in which the webhook is there and enabled.
async fn enabled(
    app: &SharedApp,
    identity: &Identity,
    webhook: Uuid,
    missing: fn() -> Problem,
) -> Result<Transaction<'static, Postgres>, Problem> {
    let failed = |error| Problem::database("read a webhook", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    match endpoints::lock(&mut transaction, tenant, webhook)
        .await
        .map_err(failed)?
    {
        None => Err(missing()),
        Some(false) => Err(WebhookProblem::Disabled.into()),
        Some(true) => Ok(transaction),
    }
}

/// Says in the audit log that something was sent once more or was tried, and commits.
async fn commit(
    mut transaction: Transaction<'static, Postgres>,
    app: &SharedApp,
    identity: &Identity,
    headers: &HeaderMap,
    (action, webhook, details): (Action, Uuid, Value),
) -> Result<(), Problem> {
    let failed = |error| Problem::database("write the audit log", &error);
    audit::record(
        &mut transaction,
        &actor(identity, headers),
        Some(identity.tenant_id),
        action,
        &webhook.to_string(),
        details,
        app.clock.now(),
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)
}

fn no_such_webhook() -> Problem {
    WebhookProblem::NoSuchWebhook.into()
}

/// Deliver once more
///
/// With the id it had, whatever became of it: attempted at once, and then by the schedule from its beginning.
#[utoipa::path(
    post,
    path = "/api/webhooks/{id}/deliveries/{delivery_id}/replay",
    operation_id = "replay_delivery",
    tag = "webhooks",
    params(("id" = Uuid, Path), ("delivery_id" = Uuid, Path)),
    responses((status = 202, body = DeliveryAnswer), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn replay(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    DeliveryId(ids): DeliveryId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (webhook, id) = ids.ok_or_else(no_such_delivery)?;
    let failed = |error| Problem::database("replay a delivery", &error);
    let mut transaction = enabled(&app, &identity, webhook, no_such_delivery).await?;
    let replayed = deliveries::replay(&mut transaction, identity.tenant_id, webhook, id, app.clock.now())
        .await
        .map_err(failed)?
        .ok_or_else(no_such_delivery)?;
    let entry = (Action::WebhookReplayed, webhook, json!({ "delivery_id": id }));
    commit(transaction, &app, &identity, &headers, entry).await?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryAnswer::from(replayed))).into_response())
}

/// Deliver all once more that has failed
///
/// Each with the id it had, the oldest first: 10,000 at most.
#[utoipa::path(
    post,
    path = "/api/webhooks/{id}/replay",
    operation_id = "replay_failed_deliveries",
    tag = "webhooks",
    params(("id" = Uuid, Path)),
    request_body = ReplayRequest,
    responses((status = 202, body = ReplayAnswer), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn replay_failed(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    RowId(id): RowId,
    headers: HeaderMap,
    JsonBody(request): JsonBody<ReplayRequest>,
) -> Result<Response, Problem> {
    let id = id.ok_or(WebhookProblem::NoSuchWebhook)?;
    let failed = |error| Problem::database("replay deliveries", &error);
    let mut transaction = enabled(&app, &identity, id, no_such_webhook).await?;
    // No delivery is older, and Postgres cannot hold all that Rust can.
    let since = request.since.max(Timestamp::UNIX_EPOCH);
    let replayed =
        deliveries::replay_failed(&mut transaction, identity.tenant_id, id, since, app.clock.now())
            .await
            .map_err(failed)?;
    let details = json!({ "since": since.to_string(), "deliveries": replayed });
    commit(
        transaction,
        &app,
        &identity,
        &headers,
        (Action::WebhookReplayed, id, details),
    )
    .await?;
    let answer = ReplayAnswer {
        success: true,
        replayed,
        more: i64::try_from(replayed).is_ok_and(|replayed| replayed >= deliveries::REPLAYED_AT_ONCE),
    };
    Ok((StatusCode::ACCEPTED, Json(answer)).into_response())
}

/// Try a webhook
///
/// Sends `webhook.test`, once: the delivery says what came of it. Ten may be pending.
#[utoipa::path(
    post,
    path = "/api/webhooks/{id}/test",
    operation_id = "test_webhook",
    tag = "webhooks",
    params(("id" = Uuid, Path)),
    responses((status = 202, body = DeliveryAnswer), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody), (status = 429, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn test(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    RowId(id): RowId,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = id.ok_or(WebhookProblem::NoSuchWebhook)?;
    let failed = |error| Problem::database("try a webhook", &error);
    let mut transaction = enabled(&app, &identity, id, no_such_webhook).await?;
    let delivery = deliveries::add_test(&mut transaction, identity.tenant_id, id, app.clock.now())
        .await
        .map_err(failed)?
        .ok_or(WebhookProblem::TooManyTests)?;
    let entry = (Action::WebhookTested, id, json!({ "delivery_id": delivery.id }));
    commit(transaction, &app, &identity, &headers, entry).await?;
    Ok((StatusCode::ACCEPTED, Json(DeliveryAnswer::from(delivery))).into_response())
}
