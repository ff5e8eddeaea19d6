//! `/healthz`, `/readyz` and `/metrics`.

use std::{
    future::Future,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::Context as _;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;

use crate::context::Context;

/// What the pages show.
#[derive(Clone)]
pub struct Shown {
    /// The metrics are in it.
    pub context: Arc<Context>,
    /// How many watches have not listed their resources once.
    pub unlisted: Arc<AtomicUsize>,
}

/// Listens at an address.
///
/// # Errors
/// If it cannot be listened at; the error names it.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("failed to listen at {address} for /healthz, /readyz and /metrics"))
}

/// Serves until told to stop.
///
/// # Errors
/// If nothing more can be served.
pub async fn serve(
    listener: TcpListener,
    shown: Shown,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let router = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(shown);
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

async fn ready(State(shown): State<Shown>) -> (StatusCode, &'static str) {
    if shown.unlisted.load(Ordering::Relaxed) == 0 {
        (StatusCode::OK, "ready")
    } else {
        (
            StatusCode::SERVICE_UNAVAILABLE,
            "the resources have not been listed yet",
        )
    }
}

async fn metrics(State(shown): State<Shown>) -> Response {
    const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match shown.context.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, FORMAT)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_that_is_taken_is_an_error_that_names_it() {
        let taken = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = taken.local_addr().unwrap();
        let error = listen(address).await.unwrap_err();
        assert!(error.to_string().contains(&address.to_string()), "{error}");
    }
}
