//! `GET /healthz`, `GET /readyz`

use std::{sync::atomic::Ordering, time::Duration};

use axum::{
    Json,
    extract::{RawQuery, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use crate::{app::SharedApp, database::is_answering};

/// The longest Postgres may take to answer.
const TIME_LIMIT: Duration = Duration::from_secs(2);

/// Whether the program runs
#[utoipa::path(get, path = "/healthz",
    operation_id = "show_health", tag = "operations", responses((status = 200, description = "It runs")))]
pub async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Whether requests can be served: Postgres answers, the mirror has listed all resources once, and the process is not about to end
///
/// `exclude=database` leaves Postgres out, as the probe of a Pod does: all replicas share it, and without it they answer statuses from memory
/// and everything else with 503 and the reason.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "show_readiness",
    tag = "operations",
    params(("exclude" = Option<String>, Query, description = "What does not count: `database`")),
    responses((status = 200, description = "They can"), (status = 503, description = "They cannot"))
)]
pub async fn readyz(State(app): State<SharedApp>, RawQuery(query): RawQuery) -> (StatusCode, Json<Value>) {
    let is_excluded = |check: &str| {
        url::form_urlencoded::parse(query.as_deref().unwrap_or_default().as_bytes())
            .any(|(name, value)| name == "exclude" && value == check)
    };
    let database = is_answering(&app.readiness, TIME_LIMIT).await;
    let mirror = app.board.is_synced();
    let is_stopping = app.is_stopping.load(Ordering::Relaxed);
    let status = if (database || is_excluded("database")) && mirror && !is_stopping {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        Json(json!({ "database": database, "mirror": mirror, "stopping": is_stopping })),
    )
}
