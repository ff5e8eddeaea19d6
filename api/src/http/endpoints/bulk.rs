//! `/api/bulk-actions`

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{ToSchema, openapi::schema::Object};
use uuid::Uuid;

use super::retry::EncodingParametersBody;
use crate::{
    app::SharedApp,
    bulk::{BulkAction, BulkFailure, BulkKind, BulkState, record},
    database::tenant_transaction,
    documents::{filter::Filter, listing, parameters::EncodingParameters},
    http::{
        authentication::{Reader, Writer, actor},
        filter::{FilterBody, RawFilter, one_of},
        input::{JsonBody, Parameters, RawPage, RowId, next_cursor, object, unprocessable},
        problem::{Problem, ProblemBody},
    },
    identity::audit::{self, Action},
};

/// The state of what is none: it was only asked how many documents match.
const COUNTED: &str = "counted";

/// What to do with which documents
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "delete", "filter": {"status": "failed", "reason": "NoText"}, "dry_run": true}))]
pub struct BulkBody {
    /// What to do with each
    #[schema(schema_with = kinds)]
    action: String,
    filter: FilterBody,
    /// How to encode them once more; for `retry` alone
    #[serde(default, deserialize_with = "object")]
    parameters: Option<EncodingParametersBody>,
    /// Only say how many match
    #[serde(default)]
    #[schema(default = false)]
    dry_run: bool,
}

fn kinds() -> Object {
    one_of(BulkKind::ALL.map(BulkKind::as_str)).build()
}

fn states() -> Object {
    let [running, completed, aborted] = BulkState::ALL.map(BulkState::as_str);
    one_of([running, completed, aborted, COUNTED]).build()
}

/// An action on many documents
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkAnswer {
    #[schema(example = true)]
    success: bool,
    bulk_action: BulkActionBody,
}

/// An action, and how far it is
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkActionBody {
    /// Null where it was only asked how many match
    id: Option<Uuid>,
    #[schema(schema_with = kinds)]
    action: &'static str,
    /// `counted`: it was only asked how many match
    #[schema(schema_with = states)]
    state: &'static str,
    /// Which documents, of those that were there when it was asked for
    #[schema(value_type = FilterBody)]
    filter: Filter,
    /// How they are encoded once more; empty where they are encoded as they were
    #[schema(value_type = EncodingParametersBody)]
    parameters: EncodingParameters,
    /// How many matched when it was asked for
    #[schema(example = 5000)]
    matched: i64,
    /// It was done with so many
    #[schema(example = 1200)]
    done: i64,
    /// So many did not match any more when their turn came, or needed nothing
    #[schema(example = 3)]
    skipped: i64,
    /// It could not be done with so many
    #[schema(example = 0)]
    failed: i64,
    /// Some of those
    failures: Vec<BulkFailure>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    finished_at: Option<String>,
}

impl From<BulkAction> for BulkActionBody {
    fn from(action: BulkAction) -> Self {
        Self {
            id: Some(action.id),
            action: action.kind.as_str(),
            state: action.state.as_str(),
            filter: action.filter,
            parameters: action.parameters,
            matched: action.matched,
            done: action.done,
            skipped: action.skipped,
            failed: action.failed,
            failures: action.failures,
            created_at: action.created_at.to_string(),
            finished_at: action.finished_at.map(|time| time.to_string()),
        }
    }
}

fn answer(action: BulkAction) -> Json<BulkAnswer> {
    Json(BulkAnswer {
        success: true,
        bulk_action: action.into(),
    })
}

fn not_found() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "bulk_action_not_found",
        "there is no such bulk action",
    )
}

/// Cancel, delete or retry all documents that match
///
/// In the order in which they were uploaded, one after the other. Documents that are uploaded afterwards are not meant. Cancelling leaves out
/// those that have ended; retrying those that have not, and, unless the filter says `"status": "ready"`, those that are ready. `GET` the answer's `Location` to see how far it is.
#[utoipa::path(
    post,
    path = "/api/bulk-actions",
    operation_id = "begin_bulk_action",
    tag = "documents",
    request_body = BulkBody,
    responses(
        (status = 200, body = BulkAnswer, description = "So many match; nothing is done"), (status = 202, body = BulkAnswer, headers(("Location" = String, description = "The action"))),
        (status = 400, body = ProblemBody), (status = 401, body = ProblemBody), (status = 409, body = ProblemBody),
        (status = 415, body = ProblemBody), (status = 422, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn begin(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    headers: HeaderMap,
    JsonBody(body): JsonBody<BulkBody>,
) -> Result<Response, Problem> {
    let kind = BulkKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == body.action);
    let kind =
        kind.ok_or_else(|| unprocessable("invalid_action", "action must be cancel, delete or retry"))?;
    let filter = RawFilter::from(body.filter).validate()?;
    if filter == Filter::default() {
        return Err(unprocessable(
            "empty_filter",
            "filter must say which documents: nothing is done with all of them by mistake",
        ));
    }
    let failed = |error| Problem::database("begin a bulk action", &error);
    let parameters = EncodingParameters::from(body.parameters.unwrap_or_default());
    if kind != BulkKind::Retry && parameters != EncodingParameters::default() {
        let message = "parameters say how to encode once more: send them with retry alone";
        return Err(unprocessable("invalid_option", message));
    }
    parameters.check()?;
    let (tenant, now) = (identity.tenant_id, app.clock.now());
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let matched = listing::count(&mut transaction, tenant, &filter)
        .await
        .map_err(failed)?;
    let actor = actor(&identity, &headers);
    let action = BulkAction {
        id: Uuid::new_v4(),
        tenant_id: tenant,
        actor,
        kind,
        filter,
        parameters,
        state: BulkState::Running,
        matched,
        done: 0,
        skipped: 0,
        failed: 0,
        failures: Vec::new(),
        after: None,
        asked_for: None,
        created_at: now,
        finished_at: None,
    };
    if body.dry_run {
        let mut answer = answer(action);
        (answer.bulk_action.id, answer.bulk_action.state) = (None, COUNTED);
        return Ok(answer.into_response());
    }
    if !record::insert(&mut transaction, &action).await.map_err(failed)? {
        let message = format!(
            "{} bulk actions run already: wait for one to end, or abort one",
            record::MOST_RUNNING
        );
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "too_many_bulk_actions",
            message,
        ));
    }
    let id = action.id.to_string();
    let details = json!({ "action": kind.as_str(), "filter": action.filter, "parameters": action.parameters, "matched": matched });
    audit::record(
        &mut transaction,
        &action.actor,
        Some(tenant),
        Action::BulkActionBegun,
        &id,
        details,
        now,
    )
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    tracing::info!(bulk_action_id = %id, tenant_id = %tenant, matched, "began a bulk action");
    let mut response = (StatusCode::ACCEPTED, answer(action)).into_response();
    if let Ok(location) = HeaderValue::from_str(&format!("/api/bulk-actions/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// An action on many documents, and how far it is
#[utoipa::path(
    get,
    path = "/api/bulk-actions/{id}",
    operation_id = "show_bulk_action",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = BulkAnswer), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn show(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    RowId(id): RowId,
) -> Result<Json<BulkAnswer>, Problem> {
    let id = id.ok_or_else(not_found)?;
    let failed = |error| Problem::database("read a bulk action", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let found = record::find(&mut transaction, tenant, id).await.map_err(failed)?;
    found.map(answer).ok_or_else(not_found)
}

/// Actions on many documents
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkListAnswer {
    #[schema(example = true)]
    success: bool,
    bulk_actions: Vec<BulkActionBody>,
    /// Send it as `cursor` for more; null where there is no more
    next_cursor: Option<String>,
}

/// Actions on many documents, the newest first
#[utoipa::path(
    get,
    path = "/api/bulk-actions",
    operation_id = "list_bulk_actions",
    tag = "documents",
    params(RawPage),
    responses((status = 200, body = BulkListAnswer), (status = 401, body = ProblemBody), (status = 422, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn list(
    State(app): State<SharedApp>,
    Reader(identity): Reader,
    Parameters(raw): Parameters<RawPage>,
) -> Result<Json<BulkListAnswer>, Problem> {
    let page = raw.validate()?;
    let failed = |error| Problem::database("list bulk actions", &error);
    let tenant = identity.tenant_id;
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let mut actions = record::list(&mut transaction, tenant, &page)
        .await
        .map_err(failed)?;
    let next_cursor = next_cursor(&mut actions, &page, |action| (action.created_at, action.id));
    Ok(Json(BulkListAnswer {
        success: true,
        bulk_actions: actions.into_iter().map(Into::into).collect(),
        next_cursor,
    }))
}

/// Stop an action on many documents
///
/// Between two documents: what is done stays done. One that has ended stays as it is.
#[utoipa::path(
    post,
    path = "/api/bulk-actions/{id}/abort",
    operation_id = "abort_bulk_action",
    tag = "documents",
    params(("id" = Uuid, Path)),
    responses((status = 200, body = BulkAnswer), (status = 401, body = ProblemBody), (status = 404, body = ProblemBody)),
    security(("api_key" = []))
)]
pub async fn abort(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    RowId(id): RowId,
    headers: HeaderMap,
) -> Result<Json<BulkAnswer>, Problem> {
    let id = id.ok_or_else(not_found)?;
    let failed = |error| Problem::database("abort a bulk action", &error);
    let (tenant, now) = (identity.tenant_id, app.clock.now());
    let mut transaction = tenant_transaction(&app.database, tenant).await.map_err(failed)?;
    let found = record::abort(&mut transaction, tenant, id, now)
        .await
        .map_err(failed)?;
    let (action, is_stopped) = found.ok_or_else(not_found)?;
    if is_stopped {
        let (actor, target) = (actor(&identity, &headers), id.to_string());
        let details = json!({ "done": action.done });
        audit::record(
            &mut transaction,
            &actor,
            Some(tenant),
            Action::BulkActionAborted,
            &target,
            details,
            now,
        )
        .await
        .map_err(failed)?;
    }
    transaction.commit().await.map_err(failed)?;
    Ok(answer(action))
}
