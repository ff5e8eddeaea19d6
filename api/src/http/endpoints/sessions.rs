//! `GET /api/sessions`, `DELETE /api/sessions/{id}`: who is signed in, and the end of it from afar.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::session::end_session;
use crate::{
    app::SharedApp,
    database::tenant_transaction,
    http::{
        input::{Parameters, RawPage, RowId, next_cursor},
        problem::{Problem, ProblemBody},
    },
    identity::{
        Identity, Method,
        role::Scope,
        sessions::{self, SessionRecord},
    },
};

/// A session, without what makes it one.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionEntry {
    id: Uuid,
    user_id: Uuid,
    #[schema(value_type = Vec<Scope>)]
    scopes: Vec<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// To a few seconds
    #[schema(format = DateTime)]
    last_used_at: String,
    /// At the latest: it ends sooner where it is not used for a while, and with the key it was begun with
    #[schema(format = DateTime)]
    expires_at: String,
    /// Whether it is the one you ask with
    current: bool,
}

impl SessionEntry {
    fn new(session: SessionRecord, asked_with: Option<Uuid>) -> Self {
        Self {
            id: session.id,
            user_id: session.user_id,
            scopes: session.scopes,
            created_at: session.created_at.to_jiff().to_string(),
            last_used_at: session.last_seen_at.to_jiff().to_string(),
            expires_at: session.expires_at.to_jiff().to_string(),
            current: asked_with == Some(session.id),
        }
    }
}

/// Sessions.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionsAnswer {
    #[schema(example = true)]
    success: bool,
    sessions: Vec<SessionEntry>,
    /// Send it as `cursor` for more; null where there is no more
    next_cursor: Option<String>,
}

/// Sessions
///
/// Yours; with the scope `admin` those of all users of your tenant. Only those that have not ended.
#[utoipa::path(
    get,
    path = "/api/sessions",
    operation_id = "list_sessions",
    tag = "identity",
    params(RawPage),
    responses((status = 200, body = SessionsAnswer), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<SharedApp>,
    identity: Identity,
    Parameters(raw): Parameters<RawPage>,
) -> Result<Json<SessionsAnswer>, Problem> {
    let page = raw.validate()?;
    let failed = |error| Problem::database("list sessions", &error);
    let (tenant, now) = (identity.tenant_id, app.clock.now());
    let seen_since = app.authenticator.sessions_seen_since(now);
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let listed = sessions::list(
        &mut transaction,
        tenant,
        identity.own_only(),
        &page,
        now,
        seen_since,
    );
    let mut sessions = listed.await.map_err(failed)?;
    let next_cursor = next_cursor(&mut sessions, &page, |session| {
        (session.created_at.to_jiff(), session.id)
    });
    let asked_with = match identity.method {
        Method::Session { id, .. } => Some(id),
        Method::ApiKey { .. } | Method::Token => None,
    };
    Ok(Json(SessionsAnswer {
        success: true,
        sessions: sessions
            .into_iter()
            .map(|session| SessionEntry::new(session, asked_with))
            .collect(),
        next_cursor,
    }))
}

/// End a session
///
/// It is over within 10 seconds, everywhere. With the scope `admin` also one of another user of your tenant.
#[utoipa::path(
    delete,
    path = "/api/sessions/{id}",
    operation_id = "end_session",
    tag = "identity",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is over"), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn end(
    State(app): State<SharedApp>,
    identity: Identity,
    RowId(id): RowId,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let not_found = || {
        Problem::new(
            StatusCode::NOT_FOUND,
            "session_not_found",
            "there is no such session",
        )
    };
    let id = id.ok_or_else(not_found)?;
    if end_session(&app, &identity, identity.own_only(), id, &headers).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(not_found())
    }
}
