//! `GET /metrics`

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{app::SharedApp, http::problem::Problem};

/// What is counted, for Prometheus
pub async fn metrics(State(app): State<SharedApp>) -> Result<Response, Problem> {
    let documents = i64::try_from(app.board.len()).unwrap_or(i64::MAX);
    app.metrics.mirrored_documents.set(documents);
    let text = app
        .metrics
        .encode()
        .map_err(|error| Problem::internal("encode metrics", &error))?;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}
