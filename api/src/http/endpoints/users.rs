//! `GET /api/users`, `POST /api/users`, `PATCH /api/users/{id}`, `DELETE /api/users/{id}`: an administrator's, for the users of their own tenant.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::SharedApp,
    database::tenant_transaction,
    http::{
        authentication::{Admin, actor},
        input::{JsonBody, Parameters, RawPage, RowId, name, next_cursor},
        problem::{Problem, ProblemBody},
    },
    identity::{
        audit::{self, Action},
        role::Role,
        users::{self, NewUser, UserChange, UserRecord},
    },
};

/// A user.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserAnswer {
    id: Uuid,
    name: String,
    #[schema(value_type = Role)]
    role: String,
    telegram_id: Option<i64>,
    /// Who the user is in tokens: `iss`
    issuer: Option<String>,
    /// Who the user is in tokens: `sub`
    subject: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
    /// Since then the user is kept out
    #[schema(format = DateTime)]
    disabled_at: Option<String>,
}

impl From<UserRecord> for UserAnswer {
    fn from(user: UserRecord) -> Self {
        Self {
            id: user.id,
            name: user.name,
            role: user.role,
            telegram_id: user.telegram_id,
            issuer: user.issuer,
            subject: user.subject,
            created_at: user.created_at.to_jiff().to_string(),
            disabled_at: user.disabled_at.map(|time| time.to_jiff().to_string()),
        }
    }
}

/// Users.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsersAnswer {
    #[schema(example = true)]
    success: bool,
    users: Vec<UserAnswer>,
    /// Send it as `cursor` for more; null where there is no more
    next_cursor: Option<String>,
}

/// A user to be added.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "Ada Lovelace", "role": "member"}))]
pub struct UserRequest {
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    name: String,
    /// `member` without this
    role: Option<Role>,
}

/// What is to be changed of a user; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"role": "read_only"}))]
pub struct UserPatch {
    #[schema(
        min_length = 1,
        max_length = 200,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    name: Option<String>,
    role: Option<Role>,
    /// Whether the user is kept out: keys no longer work and sessions end
    disabled: Option<bool>,
}

/// The users of your tenant
#[utoipa::path(
    get,
    path = "/api/users",
    operation_id = "list_users",
    tag = "identity",
    params(RawPage),
    responses((status = 200, body = UsersAnswer), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn list(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    Parameters(raw): Parameters<RawPage>,
) -> Result<Json<UsersAnswer>, Problem> {
    let page = raw.validate()?;
    let failed = |error| Problem::database("list users", &error);
    let mut transaction = tenant_transaction(&app.database, identity.tenant_id)
        .await
        .map_err(failed)?;
    let mut users = users::list(&mut transaction, identity.tenant_id, &page)
        .await
        .map_err(failed)?;
    let next_cursor = next_cursor(&mut users, &page, |user| (user.created_at.to_jiff(), user.id));
    Ok(Json(UsersAnswer {
        success: true,
        users: users.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}

/// Add a user to your tenant
#[utoipa::path(
    post,
    path = "/api/users",
    operation_id = "create_user",
    tag = "identity",
    request_body = UserRequest,
    responses((status = 201, body = UserAnswer), (status = 401, body = ProblemBody)),
    security(("api_key" = ["admin"]))
)]
pub async fn create(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    headers: HeaderMap,
    JsonBody(request): JsonBody<UserRequest>,
) -> Result<Response, Problem> {
    let name = name(&request.name)?;
    let role = request.role.unwrap_or(Role::Member);
    let failed = |error| Problem::database("add a user", &error);
    let (tenant, now) = (identity.tenant_id, app.clock.now());
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let new = NewUser {
        tenant,
        name: &name,
        role,
        telegram_id: None, // No two users of all tenants have the same: whether one is taken is not told here.
        subject: None,
    };
    let id = users::add(&mut transaction, &new, now).await.map_err(failed)?;
    let user = users::find(&mut transaction, tenant, id)
        .await
        .map_err(failed)?
        .ok_or_else(|| Problem::internal("read a user", &"it is not there"))?;
    audit::record(
        &mut transaction,
        &actor(&identity, &headers),
        Some(tenant),
        Action::UserCreated,
        &id.to_string(),
        json!({ "name": name, "role": role }),
        now,
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok((StatusCode::CREATED, Json(UserAnswer::from(user))).into_response())
}

/// Change a user of your tenant
///
/// Yourself you may only rename, and the last user who administers may neither be disabled nor get another role, so that somebody is left
/// who does. It counts within 10 seconds, everywhere.
#[utoipa::path(
    patch,
    path = "/api/users/{id}",
    operation_id = "change_user",
    tag = "identity",
    params(("id" = Uuid, Path)),
    request_body = UserPatch,
    responses(
        (status = 200, body = UserAnswer), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody),
    ),
    security(("api_key" = ["admin"]))
)]
pub async fn change(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    RowId(id): RowId,
    headers: HeaderMap,
    JsonBody(patch): JsonBody<UserPatch>,
) -> Result<Json<UserAnswer>, Problem> {
    let id = id.ok_or_else(not_found)?;
    let change = UserChange {
        name: patch.name.as_deref().map(name).transpose()?,
        role: patch.role,
        disabled: patch.disabled,
    };
    if id == identity.user_id && (change.role.is_some() || change.disabled.is_some()) {
        return Err(own_user("your own role is for another administrator to change"));
    }
    let failed = |error| Problem::database("change a user", &error);
    let (tenant, now) = (identity.tenant_id, app.clock.now());
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    if change.ends_administration() {
        refuse_last_administrator(&mut transaction, tenant, id).await?;
    }
    let user = users::change(&mut transaction, tenant, id, &change, now)
        .await
        .map_err(failed)?
        .ok_or_else(not_found)?;
    if change == UserChange::default() {
        return Ok(Json(user.into())); // Nothing was to be changed, and nothing is written.
    }
    audit::record(
        &mut transaction,
        &actor(&identity, &headers),
        Some(tenant),
        Action::UserChanged,
        &id.to_string(),
        json!({ "name": change.name, "role": change.role, "disabled": change.disabled }),
        now,
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(Json(user.into()))
}

/// Delete a user of your tenant
///
/// Keys and sessions of the user end within 10 seconds, everywhere. Documents stay, and so does what the audit log says of the user. Neither
/// yourself nor the last user who administers may be deleted. Somebody whose tokens the issuer goes on signing may come back as another user,
/// where users are added when they are first seen: disable them instead.
#[utoipa::path(
    delete,
    path = "/api/users/{id}",
    operation_id = "delete_user",
    tag = "identity",
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "There is no such user any more"), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 409, body = ProblemBody),
    ),
    security(("api_key" = ["admin"]))
)]
pub async fn delete(
    State(app): State<SharedApp>,
    Admin(identity): Admin,
    RowId(id): RowId,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let id = id.ok_or_else(not_found)?;
    if id == identity.user_id {
        return Err(own_user("you are for another administrator to delete"));
    }
    let failed = |error| Problem::database("delete a user", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    refuse_last_administrator(&mut transaction, tenant, id).await?;
    let user = users::delete(&mut transaction, tenant, id)
        .await
        .map_err(failed)?
        .ok_or_else(not_found)?;
    audit::record(
        &mut transaction,
        &actor(&identity, &headers),
        Some(tenant),
        Action::UserDeleted,
        &id.to_string(),
        json!({ "name": user.name, "role": user.role }),
        app.clock.now(),
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(StatusCode::NO_CONTENT)
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "user_not_found", "there is no such user")
}

fn own_user(message: &'static str) -> Problem {
    Problem::new(StatusCode::CONFLICT, "own_user", message)
}

/// Who asks administers, or did a moment ago: without this, of two who keep each other out none would be left.
async fn refuse_last_administrator(
    connection: &mut PgConnection,
    tenant: Uuid,
    user: Uuid,
) -> Result<(), Problem> {
    let is_last = users::is_last_administrator(connection, tenant, user)
        .await
        .map_err(|error| Problem::database("find who administers", &error))?;
    if is_last {
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "last_administrator",
            "nobody else administers this tenant: make somebody else an administrator first",
        ));
    }
    Ok(())
}
