//! `GET /api/audit`

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::SharedApp,
    database::tenant_transaction,
    http::{
        authentication::Admin,
        input::{Parameters, RawPage, next_cursor},
        problem::{Problem, ProblemBody},
    },
    identity::audit::{self, Entry},
};

/// Something that was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntry {
    id: Uuid,
    #[schema(format = DateTime)]
    at: String,
    /// The user; null is an administrator of the platform
    actor_id: Option<Uuid>,
    /// `api_key`, `session`, `token` or `command`
    #[schema(example = "session")]
    method: String,
    /// The key or the session it was done with
    credential_id: Option<Uuid>,
    #[schema(example = "key.created")]
    action: String,
    /// What it was done to
    target: Option<String>,
    /// What of it is worth knowing; never a secret
    details: serde_json::Value,
    /// The `X-Request-Id` of the request
    request_id: Option<String>,
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            at: entry.at.to_jiff().to_string(),
            actor_id: entry.actor_id,
            method: entry.method,
            credential_id: entry.credential_id,
            action: entry.action,
            target: entry.target,
            details: entry.details,
            request_id: entry.request_id,
        }
    }
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditAnswer {
    #[schema(example = true)]
    success: bool,
    entries: Vec<AuditEntry>,
    /// Send it as `cursor` for more; null where there is no more
    next_cursor: Option<String>,
}

/// What was done in your tenant
///
/// To users, keys, sessions and documents that were deleted: the newest first.
#[utoipa::path(
    get,
    path = "/api/audit",
    operation_id = "list_audit_entries",
    tag = "identity",
    params(RawPage),
    responses((status = 200, body = AuditAnswer), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn list(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    Parameters(raw): Parameters<RawPage>,
) -> Result<Json<AuditAnswer>, Problem> {
    let page = raw.validate()?;
    let failed = |error| Problem::database("read the audit log", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let mut entries = audit::list(&mut transaction, Some(tenant), &page)
        .await
        .map_err(failed)?;
    let next_cursor = next_cursor(&mut entries, &page, |entry| (entry.at.to_jiff(), entry.id));
    Ok(Json(AuditAnswer {
        success: true,
        entries: entries.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}
