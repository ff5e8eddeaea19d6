//! `GET /api/account`

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    app::SharedApp,
    database::tenant_transaction,
    documents::holdings,
    http::problem::{Problem, ProblemBody},
    identity::{
        Identity,
        role::{Role, Scope},
        tenants, users,
    },
};

/// Who you are, and what you have.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountAnswer {
    #[schema(example = true)]
    success: bool,
    tenant: AccountTenant,
    user: AccountUser,
    /// What this credential permits
    scopes: Vec<Scope>,
    /// How you said who you are: `api_key`, `session` or `token`
    #[schema(example = "api_key")]
    method: &'static str,
    quotas: QuotasAnswer,
    usage: UsageAnswer,
}

/// Your tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountTenant {
    id: Uuid,
    name: String,
}

/// You.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountUser {
    id: Uuid,
    name: String,
    role: Role,
}

/// What your tenant may have; null is without limit.
#[derive(Debug, Serialize, ToSchema)]
#[allow(clippy::struct_field_names, reason = "the names of the columns")]
pub struct QuotasAnswer {
    max_bytes: Option<i64>,
    max_documents: Option<i64>,
    max_file_bytes: Option<i64>,
    max_in_flight: Option<i64>,
    /// Of its own; null is what is usual
    max_requests_per_second: Option<i32>,
}

/// What your tenant has.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageAnswer {
    bytes: i64,
    documents: i64,
    in_flight: i64,
}

/// Who you are
///
/// With the quotas of your tenant and what is used of them.
#[utoipa::path(
    get,
    path = "/api/account",
    operation_id = "show_account",
    tag = "identity",
    responses((status = 200, body = AccountAnswer), (status = 401, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn account(
    State(app): State<SharedApp>,
    identity: Identity,
) -> Result<Json<AccountAnswer>, Problem> {
    let failed = |error| Problem::database("read an account", &error);
    let tenant_id = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant_id)
        .await
        .map_err(failed)?;
    let tenant = tenants::find(&mut transaction, tenant_id).await.map_err(failed)?;
    let user = users::find(&mut transaction, tenant_id, identity.user_id)
        .await
        .map_err(failed)?;
    // Between two look-ups of the credential they may have gone.
    let (Some(tenant), Some(user)) = (tenant, user) else {
        return Err(Problem::unauthorized());
    };
    let (_, holdings) = holdings::quotas_and_holdings(&mut transaction, tenant_id)
        .await
        .map_err(failed)?;
    Ok(Json(AccountAnswer {
        success: true,
        tenant: AccountTenant {
            id: tenant.id,
            name: tenant.name,
        },
        user: AccountUser {
            id: user.id,
            name: user.name,
            role: identity.role,
        },
        scopes: identity.scopes.iter().collect(),
        method: identity.method.as_str(),
        quotas: QuotasAnswer {
            max_bytes: tenant.max_bytes,
            max_documents: tenant.max_documents,
            max_file_bytes: tenant.max_file_bytes,
            max_in_flight: tenant.max_in_flight,
            max_requests_per_second: tenant.max_requests_per_second,
        },
        usage: UsageAnswer {
            bytes: holdings.bytes,
            documents: holdings.documents,
            in_flight: holdings.in_flight,
        },
    }))
}
