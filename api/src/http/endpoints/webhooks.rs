//! `GET /api/webhooks`, `POST /api/webhooks`, `GET`, `PATCH` and `DELETE /api/webhooks/{id}`: an administrator's.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    app::SharedApp,
    database::tenant_transaction,
    http::{
        authentication::{Admin, actor},
        input::{JsonBody, Parameters, RawPage, RowId, next_cursor, unprocessable},
        problem::{Problem, ProblemBody},
    },
    identity::audit::{self, Action},
    webhooks::{
        deliveries::MOST_PENDING_TESTS,
        endpoints::{self, Changed, MOST_OF_A_TENANT, NewWebhook, WebhookChange},
        event::EventType,
        signature::Secret,
        target::TargetError,
    },
};

use self::bodies::{NewWebhookAnswer, WebhookAnswer, WebhookPatch, WebhookRequest, WebhooksAnswer};

pub mod bodies;
pub mod deliveries;
pub mod replay;
pub mod secret;

const LONGEST_DESCRIPTION: usize = 200;
/// A test that is pending has mostly been sent by then.
const SENT_WITHIN_SECONDS: u64 = 5;

/// Why a webhook is not as it was wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookProblem {
    /// None, or another's.
    #[error("there is no such webhook")]
    NoSuchWebhook,
    /// As many as there may be.
    #[error("your tenant has {MOST_OF_A_TENANT} webhooks already: delete some")]
    TooMany,
    /// It would be sent nothing.
    #[error("name at least one event")]
    NoEvent,
    /// Too long, or not to be read.
    #[error("a description has at most {LONGEST_DESCRIPTION} characters, and no control characters")]
    Description,
    /// Too long.
    #[error("overlap_hours must be from 0 to {}", secret::LONGEST_OVERLAP)]
    Overlap,
    /// Nothing is sent to it.
    #[error("the webhook is disabled: enable it first")]
    Disabled,
    /// What was pending when it was disabled would be sent.
    #[error(
        "the webhook is still being disabled, as what was pending has not all failed yet: enable it again in a minute"
    )]
    BeingDisabled,
    /// What is there is to be sent first.
    #[error("{MOST_PENDING_TESTS} tests of the webhook are pending: wait until they have been sent")]
    TooManyTests,
}

impl From<WebhookProblem> for Problem {
    fn from(error: WebhookProblem) -> Self {
        let (status, code) = match error {
            WebhookProblem::NoSuchWebhook => (StatusCode::NOT_FOUND, "webhook_not_found"),
            WebhookProblem::TooMany => (StatusCode::CONFLICT, "too_many_webhooks"),
            WebhookProblem::NoEvent => (StatusCode::UNPROCESSABLE_ENTITY, "no_event"),
            WebhookProblem::Description => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_description"),
            WebhookProblem::Overlap => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_overlap"),
            WebhookProblem::Disabled => (StatusCode::CONFLICT, "webhook_disabled"),
            WebhookProblem::BeingDisabled => (StatusCode::CONFLICT, "webhook_being_disabled"),
            WebhookProblem::TooManyTests => (StatusCode::TOO_MANY_REQUESTS, "too_many_tests"),
        };
        let problem = Self::new(status, code, error.to_string());
        match error {
            WebhookProblem::TooManyTests => problem.retry_after(SENT_WITHIN_SECONDS),
            _ => problem,
        }
    }
}

impl From<TargetError> for Problem {
    fn from(error: TargetError) -> Self {
        unprocessable("invalid_webhook_url", error.to_string())
    }
}

fn description(text: &str) -> Result<&str, WebhookProblem> {
    let is_one = text.chars().count() <= LONGEST_DESCRIPTION && !text.contains(char::is_control);
    is_one.then_some(text).ok_or(WebhookProblem::Description)
}

fn new_secret() -> Result<Secret, Problem> {
    Secret::generate().map_err(|error| Problem::internal("make a secret", &error))
}

/// The webhooks of your tenant
#[utoipa::path(
    get,
    path = "/api/webhooks",
    operation_id = "list_webhooks",
    tag = "webhooks",
    params(RawPage),
    responses((status = 200, body = WebhooksAnswer), (status = 422, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn list(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    Parameters(raw): Parameters<RawPage>,
) -> Result<Json<WebhooksAnswer>, Problem> {
    let page = raw.validate()?;
    let failed = |error| Problem::database("list webhooks", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let mut webhooks = endpoints::list(&mut transaction, tenant, &page)
        .await
        .map_err(failed)?;
    let next_cursor = next_cursor(&mut webhooks, &page, |webhook| {
        (webhook.created_at.to_jiff(), webhook.id)
    });
    Ok(Json(WebhooksAnswer {
        success: true,
        webhooks: webhooks.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}

/// Make a webhook
///
/// The answer holds its secret, this once: verify with it, by Standard Webhooks 1.0, what comes. It is sent what happens from now on, each at least
/// once and in no certain order: `webhook-id` is the same for all attempts of a delivery. A tenant has 20 webhooks at most.
#[utoipa::path(
    post,
    path = "/api/webhooks",
    operation_id = "create_webhook",
    tag = "webhooks",
    request_body = WebhookRequest,
    responses((status = 201, body = NewWebhookAnswer), (status = 409, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn create(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    headers: HeaderMap,
    JsonBody(request): JsonBody<WebhookRequest>,
) -> Result<Response, Problem> {
    let events = request.events.unwrap_or_else(|| EventType::ALL.into());
    if events.is_empty() {
        return Err(WebhookProblem::NoEvent.into());
    }
    let url = app.webhooks.check(&request.url).await?;
    let (tenant, now) = (identity.tenant_id, app.clock.now());
    let new = NewWebhook {
        tenant,
        url: url.as_str(),
        description: description(request.description.as_deref().unwrap_or_default())?,
        events: &events,
    };
    let secret = new_secret()?;
    let failed = |error| Problem::database("add a webhook", &error);
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let webhook = endpoints::add(&mut transaction, &new, &secret, now)
        .await
        .map_err(failed)?
        .ok_or(WebhookProblem::TooMany)?;
    // Of the URL the host alone: the rest may be a secret.
    audit::record(
        &mut transaction,
        &actor(&identity, &headers),
        Some(tenant),
        Action::WebhookCreated,
        &webhook.id.to_string(),
        json!({ "host": url.host_str(), "events": webhook.events }),
        now,
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    let answer = NewWebhookAnswer {
        success: true,
        webhook: webhook.into(),
        secret: secret.expose(),
    };
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Json(answer)).into_response())
}

/// A webhook
#[utoipa::path(
    get,
    path = "/api/webhooks/{id}",
    operation_id = "show_webhook",
    tag = "webhooks",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = WebhookAnswer), (status = 404, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn show(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    RowId(id): RowId,
) -> Result<Json<WebhookAnswer>, Problem> {
    let id = id.ok_or(WebhookProblem::NoSuchWebhook)?;
    let failed = |error| Problem::database("read a webhook", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let webhook = endpoints::find(&mut transaction, tenant, id)
        .await
        .map_err(failed)?;
    Ok(Json(webhook.ok_or(WebhookProblem::NoSuchWebhook)?.into()))
}

/// Change a webhook
#[utoipa::path(
    patch,
    path = "/api/webhooks/{id}",
    operation_id = "change_webhook",
    tag = "webhooks",
    params(("id" = Uuid, Path)),
    request_body = WebhookPatch,
    responses((status = 200, body = WebhookAnswer), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn change(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    RowId(id): RowId,
    headers: HeaderMap,
    JsonBody(patch): JsonBody<WebhookPatch>,
) -> Result<Json<WebhookAnswer>, Problem> {
    let id = id.ok_or(WebhookProblem::NoSuchWebhook)?;
    if patch.events.as_ref().is_some_and(Vec::is_empty) {
        return Err(WebhookProblem::NoEvent.into());
    }
    let url = match &patch.url {
        Some(url) => Some(app.webhooks.check(url).await?),
        None => None,
    };
    let description = patch.description.as_deref().map(description).transpose()?;
    let change = WebhookChange {
        url: url.as_ref().map(ToString::to_string),
        description: description.map(ToOwned::to_owned),
        events: patch.events,
        enabled: patch.enabled,
    };
    let failed = |error| Problem::database("change a webhook", &error);
    let (tenant, now) = (identity.tenant_id, app.clock.now());
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let changed = endpoints::change(&mut transaction, tenant, id, &change, now)
        .await
        .map_err(failed)?;
    let webhook = match changed {
        Changed::Done(webhook) => *webhook,
        Changed::NoSuchWebhook => return Err(WebhookProblem::NoSuchWebhook.into()),
        Changed::BeingDisabled => {
            // What has failed by now stays so.
            transaction.commit().await.map_err(failed)?;
            return Err(WebhookProblem::BeingDisabled.into());
        }
    };
    audit::record(
        &mut transaction,
        &actor(&identity, &headers),
        Some(tenant),
        Action::WebhookChanged,
        &id.to_string(),
        json!({ "host": url.as_ref().map(|url| url.host_str()), "events": change.events, "enabled": change.enabled }),
        now,
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(Json(webhook.into()))
}

/// Delete a webhook
///
/// With its secret and what is known of its deliveries; what is pending is not sent. An attempt that is just being made may still arrive.
#[utoipa::path(
    delete,
    path = "/api/webhooks/{id}",
    operation_id = "delete_webhook",
    tag = "webhooks",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "There is no such webhook any more"), (status = 404, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn delete(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    RowId(id): RowId,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let id = id.ok_or(WebhookProblem::NoSuchWebhook)?;
    let failed = |error| Problem::database("delete a webhook", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    endpoints::delete(&mut transaction, tenant, id)
        .await
        .map_err(failed)?
        .ok_or(WebhookProblem::NoSuchWebhook)?;
    audit::record(
        &mut transaction,
        &actor(&identity, &headers),
        Some(tenant),
        Action::WebhookDeleted,
        &id.to_string(),
        json!({}),
        app.clock.now(),
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}
