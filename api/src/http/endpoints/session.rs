//! `POST /api/session`, `GET /api/session`, `DELETE /api/session`: how the dashboard signs in, and out.
//!
//! A session is begun with a key or a token in the `Authorization` header, which no other site can have a browser send. Its token is in
//! a cookie that no script can read.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::{App, SharedApp},
    database::tenant_transaction,
    http::{
        authentication::actor,
        problem::{Problem, ProblemBody},
        session_cookie,
    },
    identity::{
        Identity, Method,
        audit::{self, Action},
        credential::{Credential, SessionToken},
        role::{Role, Scope},
        sessions,
    },
};

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionAnswer {
    #[schema(example = true)]
    success: bool,
    tenant_id: Uuid,
    user_id: Uuid,
    role: Role,
    scopes: Vec<Scope>,
    /// How: `api_key`, `session` or `token`
    #[schema(example = "session")]
    method: &'static str,
}

impl From<Identity> for SessionAnswer {
    fn from(identity: Identity) -> Self {
        Self {
            success: true,
            tenant_id: identity.tenant_id,
            user_id: identity.user_id,
            role: identity.role,
            scopes: identity.scopes.iter().collect(),
            method: identity.method.as_str(),
        }
    }
}

/// Sign in
///
/// Send a key or a token as `Authorization: Bearer …`; the answer sets the cookie `__Host-socrate-session`, which permits what they do.
/// The session ends when it is not used for a while, after a day at the latest, and with the key.
#[utoipa::path(
    post,
    path = "/api/session",
    operation_id = "begin_session",
    tag = "identity",
    responses(
        (status = 201, body = SessionAnswer, headers(("Set-Cookie" = String, description = "The session"))),
        (status = 401, body = ProblemBody), (status = 409, body = ProblemBody, description = "A session is no credential for another"),
    ),
    security(("api_key" = []))
)]
pub async fn begin(
    State(app): State<SharedApp>,
    identity: Identity,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Method::Session { .. } = identity.method {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "session_is_there",
            "you are signed in; a new session is begun with a key or a token",
        ));
    }
    let token = SessionToken::generate().map_err(|error| Problem::internal("begin a session", &error))?;
    let failed = |error| Problem::database("begin a session", &error);
    let now = app.clock.now();
    let expires_at = ends_at(&app, &identity, now);
    let mut transaction = tenant_transaction(&app.database, identity.tenant_id)
        .await
        .map_err(failed)?;
    let id = sessions::begin(&mut transaction, &identity, &token, now, expires_at)
        .await
        .map_err(|error| match error.as_database_error() {
            // Since the credential was looked up, its user or its key has gone.
            Some(refused) if refused.is_foreign_key_violation() => Problem::unauthorized(),
            _ => failed(error),
        })?;
    audit::record(
        &mut transaction,
        &actor(&identity, &headers),
        Some(identity.tenant_id),
        Action::SessionBegun,
        &id.to_string(),
        json!({}),
        now,
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    let seconds = expires_at.duration_since(now).as_secs();
    let headers = [
        (header::SET_COOKIE, session_cookie::set(token.expose(), seconds)),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((StatusCode::CREATED, headers, Json(SessionAnswer::from(identity))).into_response())
}

/// Who is signed in
///
/// Whatever the credential.
#[utoipa::path(
    get,
    path = "/api/session",
    operation_id = "show_session",
    tag = "identity",
    responses((status = 200, body = SessionAnswer), (status = 401, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn show(identity: Identity) -> Json<SessionAnswer> {
    Json(identity.into())
}

/// Sign out
///
/// The session ends, here at once and on other replicas within 10 seconds.
#[utoipa::path(
    delete,
    path = "/api/session",
    operation_id = "end_own_session",
    tag = "identity",
    responses((status = 204, description = "You are signed out"), (status = 401, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn end(
    State(app): State<SharedApp>,
    identity: Identity,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if let Method::Session { id, .. } = identity.method {
        end_session(&app, &identity, Some(identity.user_id), id, &headers).await?;
        if let Some(token) = session_cookie::token_in(&headers) {
            app.authenticator.forget(&Credential::Session(token)).await;
        }
    }
    let headers = [(header::SET_COOKIE, session_cookie::set("", 0))];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}

/// Ends a session, where `user` is given only that user's; false if there is none.
pub(super) async fn end_session(
    app: &App,
    identity: &Identity,
    user: Option<Uuid>,
    id: Uuid,
    headers: &HeaderMap,
) -> Result<bool, Problem> {
    let failed = |error| Problem::database("end a session", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let ended = sessions::end(&mut transaction, tenant, user, id).await;
    let Some(user) = ended.map_err(failed)? else {
        return Ok(false);
    };
    audit::record(
        &mut transaction,
        &actor(identity, headers),
        Some(tenant),
        Action::SessionEnded,
        &id.to_string(),
        json!({ "user_id": user }),
        app.clock.now(),
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(true)
}

/// The end of a session: with the key it is begun with, at the latest.
fn ends_at(app: &App, identity: &Identity, now: Timestamp) -> Timestamp {
    let latest = now + app.session_max;
    identity
        .method
        .latest_expiry()
        .map_or(latest, |key| key.min(latest))
}
