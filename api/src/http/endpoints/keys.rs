//! `GET /api/keys`, `POST /api/keys`, `DELETE /api/keys/{id}`

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::SharedApp,
    database::tenant_transaction,
    http::{
        authentication::{Reader, Writer, actor},
        input::{JsonBody, Parameters, RawPage, RowId, name, next_cursor, whole_number},
        problem::{Problem, ProblemBody},
    },
    identity::{
        Identity,
        audit::{self, Action},
        key::ApiKey,
        key_rules::{self, KeyError},
        keys::{self, KeyRecord, NewKey, Revocation},
        role::{Role, Scope},
        users,
    },
};

impl From<KeyError> for Problem {
    fn from(error: KeyError) -> Self {
        let (status, code) = match error {
            KeyError::ScopesExceeded => (StatusCode::FORBIDDEN, "scopes_exceeded"),
            KeyError::NoScope => (StatusCode::UNPROCESSABLE_ENTITY, "no_scope"),
            KeyError::Expiry => (StatusCode::UNPROCESSABLE_ENTITY, "invalid_expiry"),
            KeyError::OutlivesOwn => (StatusCode::FORBIDDEN, "outlives_own_key"),
            KeyError::NoSuchUser => (StatusCode::NOT_FOUND, "user_not_found"),
            KeyError::TooMany => (StatusCode::CONFLICT, "too_many_keys"),
        };
        Self::new(status, code, error.to_string())
    }
}

/// A key, without what makes it one.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeyAnswer {
    id: Uuid,
    user_id: Uuid,
    #[schema(example = "backup server")]
    name: String,
    /// How the key begins, to tell keys apart: `sk_<prefix>_…`
    prefix: String,
    #[schema(value_type = Vec<Scope>)]
    scopes: Vec<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// To a few seconds
    #[schema(format = DateTime)]
    last_used_at: Option<String>,
    /// Null is never
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    #[schema(format = DateTime)]
    revoked_at: Option<String>,
}

impl From<KeyRecord> for KeyAnswer {
    fn from(key: KeyRecord) -> Self {
        Self {
            id: key.id,
            user_id: key.user_id,
            name: key.name,
            prefix: key.prefix,
            scopes: key.scopes,
            created_at: key.created_at.to_jiff().to_string(),
            last_used_at: key.last_used_at.map(|time| time.to_jiff().to_string()),
            expires_at: key.expires_at.map(|time| time.to_jiff().to_string()),
            revoked_at: key.revoked_at.map(|time| time.to_jiff().to_string()),
        }
    }
}

/// Keys.
#[derive(Debug, Serialize, ToSchema)]
pub struct KeysAnswer {
    #[schema(example = true)]
    success: bool,
    keys: Vec<KeyAnswer>,
    /// Send it as `cursor` for more; null where there is no more
    next_cursor: Option<String>,
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "backup server", "scopes": ["documents:read"], "expires_in_days": 90}))]
pub struct KeyRequest {
    /// What it is for
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$",
        example = "backup server"
    )]
    name: String,
    /// What it permits; without this, what your role and your credential permit, `admin` excepted
    #[schema(min_items = 1)]
    scopes: Option<Vec<Scope>>,
    /// Without this it holds until it is revoked, or as long as the key it is made with
    #[schema(minimum = 1, maximum = 3650)]
    #[serde(default, deserialize_with = "whole_number")]
    expires_in_days: Option<u32>,
    /// Whose it is to be; needs the scope `admin` where it is not you
    user_id: Option<Uuid>,
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewKeyAnswer {
    #[schema(example = true)]
    success: bool,
    id: Uuid,
    /// The key itself. It is shown this once.
    #[schema(example = "sk_…")]
    key: String,
    scopes: Vec<Scope>,
    #[schema(format = DateTime)]
    expires_at: Option<String>,
}

/// Keys
///
/// Yours; with the scope `admin` those of all users of your tenant.
#[utoipa::path(
    get,
    path = "/api/keys",
    operation_id = "list_keys",
    tag = "identity",
    params(RawPage),
    responses((status = 200, body = KeysAnswer), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    Parameters(raw): Parameters<RawPage>,
) -> Result<Json<KeysAnswer>, Problem> {
    let page = raw.validate()?;
    let failed = |error| Problem::database("list keys", &error);
    let mut transaction = tenant_transaction(&app.database, identity.tenant_id)
        .await
        .map_err(failed)?;
    let mut keys = keys::list(&mut transaction, identity.tenant_id, identity.own_only(), &page)
        .await
        .map_err(failed)?;
    let next_cursor = next_cursor(&mut keys, &page, |key| (key.created_at.to_jiff(), key.id));
    Ok(Json(KeysAnswer {
        success: true,
        keys: keys.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}

/// Make a key
///
/// The answer holds the key, this once. It permits no more than your role and what you made it with, and does not outlive a key that it
/// was made with.
#[utoipa::path(
    post,
    path = "/api/keys",
    operation_id = "create_key",
    tag = "identity",
    request_body = KeyRequest,
    responses(
        (status = 201, body = NewKeyAnswer), (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn create(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    headers: HeaderMap,
    JsonBody(request): JsonBody<KeyRequest>,
) -> Result<Response, Problem> {
    let now = app.clock.now();
    let name = name(&request.name)?;
    let expires_at = key_rules::expiry(request.expires_in_days, &identity, now)?;
    let user = request.user_id.unwrap_or(identity.user_id);
    if user != identity.user_id && !identity.may(Scope::Admin) {
        return Err(Problem::forbidden(Scope::Admin.as_str()));
    }
    let key = ApiKey::generate().map_err(|error| Problem::internal("make a key", &error))?;
    let failed = |error| Problem::database("make a key", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let role = role_of(&mut transaction, &identity, user).await?;
    let scopes = key_rules::scopes(request.scopes.as_deref(), &identity, role)?;
    let valid = keys::count_valid(&mut transaction, tenant, user, now)
        .await
        .map_err(failed)?;
    if valid >= keys::MOST_OF_A_USER {
        return Err(KeyError::TooMany.into());
    }
    let new = NewKey {
        tenant,
        user,
        name: &name,
        scopes,
        expires_at,
    };
    let id = keys::add(&mut transaction, &new, &key, now)
        .await
        .map_err(failed)?;
    let details = json!({
        "name": name, "user_id": user, "scopes": scopes.names(), "expires_at": expires_at.map(|time| time.to_string()),
    });
    audit::record(
        &mut transaction,
        &actor(&identity, &headers),
        Some(tenant),
        Action::KeyCreated,
        &id.to_string(),
        details,
        now,
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    let answer = NewKeyAnswer {
        success: true,
        id,
        key: key.expose().to_owned(),
        scopes: scopes.iter().collect(),
        expires_at: expires_at.map(|time| time.to_string()),
    };
    let headers = [(header::CACHE_CONTROL, "no-store")];
    Ok((StatusCode::CREATED, headers, Json(answer)).into_response())
}

/// Revoke a key
///
/// It stops working within 10 seconds, everywhere. With the scope `admin` also the key of another user of your tenant.
#[utoipa::path(
    delete,
    path = "/api/keys/{id}",
    operation_id = "revoke_key",
    tag = "identity",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "It is revoked"), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn revoke(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    RowId(id): RowId,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let not_found = || Problem::new(StatusCode::NOT_FOUND, "key_not_found", "there is no such key");
    let id = id.ok_or_else(not_found)?;
    let failed = |error| Problem::database("revoke a key", &error);
    let (tenant, now) = (identity.tenant_id, app.clock.now());
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let revoked = keys::revoke(&mut transaction, tenant, identity.own_only(), id, now).await;
    match revoked.map_err(failed)? {
        Revocation::NoSuchKey => return Err(not_found()),
        Revocation::AlreadyDone => {}
        Revocation::Done => audit::record(
            &mut transaction,
            &actor(&identity, &headers),
            Some(tenant),
            Action::KeyRevoked,
            &id.to_string(),
            json!({}),
            now,
        )
        .await
        .map_err(failed)?,
    }
    transaction.commit().await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn role_of(
    transaction: &mut sqlx::PgConnection,
    identity: &Identity,
    user: Uuid,
) -> Result<Role, Problem> {
    let found = users::find(transaction, identity.tenant_id, user)
        .await
        .map_err(|error| Problem::database("read a user", &error))?
        .ok_or_else(|| {
            if user == identity.user_id {
                Problem::unauthorized() // Since the credential was looked up, its user has gone.
            } else {
                KeyError::NoSuchUser.into()
            }
        })?;
    found
        .role
        .parse()
        .map_err(|error| Problem::internal("read a user's role", &error))
}
