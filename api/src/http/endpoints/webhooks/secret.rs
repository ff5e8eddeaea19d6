//! `POST /api/webhooks/{id}/secret`: an administrator's.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::{WebhookProblem, new_secret};
use crate::{
    app::SharedApp,
    database::tenant_transaction,
    http::{
        authentication::{Admin, actor},
        input::{JsonBody, RowId, whole_number},
        problem::{Problem, ProblemBody},
    },
    identity::audit::{self, Action},
    webhooks::endpoints,
};

/// The secret before signs beside a new one for so many hours, unless it is said otherwise.
const USUAL_OVERLAP: u32 = 24;
/// For so many at most.
pub(super) const LONGEST_OVERLAP: u32 = 7 * 24;

/// A secret to be replaced.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotationRequest {
    /// For so many hours deliveries are signed with the secret before, too
    #[schema(minimum = 0, maximum = 168, default = 24)]
    #[serde(default, deserialize_with = "whole_number")]
    overlap_hours: Option<u32>,
}

/// A new secret.
#[derive(Debug, Serialize, ToSchema)]
pub struct RotationAnswer {
    #[schema(example = true)]
    success: bool,
    /// What deliveries are signed with from now on. It is shown this once.
    #[schema(example = "whsec_…")]
    secret: String,
    /// Until then deliveries are signed with the one before, too
    #[schema(format = DateTime)]
    previous_secret_expires_at: String,
}

/// Replace the secret of a webhook
///
/// For a while each delivery has two signatures, with the new secret and with the one before, so that the receiver can change over when it suits it.
#[utoipa::path(
    post,
    path = "/api/webhooks/{id}/secret",
    operation_id = "rotate_secret",
    tag = "webhooks",
    params(("id" = Uuid, Path)),
    request_body = RotationRequest,
    responses((status = 200, body = RotationAnswer), (status = 404, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn rotate(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    RowId(id): RowId,
    headers: HeaderMap,
    JsonBody(request): JsonBody<RotationRequest>,
) -> Result<Response, Problem> {
    let id = id.ok_or(WebhookProblem::NoSuchWebhook)?;
    let hours = request.overlap_hours.unwrap_or(USUAL_OVERLAP);
    if hours > LONGEST_OVERLAP {
        return Err(WebhookProblem::Overlap.into());
    }
    let overlap = SignedDuration::from_hours(hours.into());
    let secret = new_secret()?;
    let failed = |error| Problem::database("replace a webhook's secret", &error);
    let (tenant, now) = (identity.tenant_id, app.clock.now());
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let is_there = endpoints::rotate(&mut transaction, tenant, id, &secret, overlap, now)
        .await
        .map_err(failed)?;
    if !is_there {
        return Err(WebhookProblem::NoSuchWebhook.into());
    }
    audit::record(
        &mut transaction,
        &actor(&identity, &headers),
        Some(tenant),
        Action::WebhookSecretRotated,
        &id.to_string(),
        json!({ "overlap_hours": hours }),
        now,
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    let answer = RotationAnswer {
        success: true,
        secret: secret.expose(),
        previous_secret_expires_at: (now + overlap).to_string(),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response())
}
