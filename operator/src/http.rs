//! `/healthz`, `/readyz` and `/metrics`.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use anyhow::Context as _;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::watch};

use crate::{
    clock,
    leadership::{Leader, Leadership},
    metrics::Metrics,
};

/// A pass that takes so long, or a queue that was not looked at for so long, leaves resources unreconciled: the process is to be started anew.
const STUCK_AFTER: Duration = Duration::from_mins(5);

/// What the pages show.
#[derive(Clone)]
pub struct Shown {
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How many watches have not listed their objects once.
    pub unlisted: watch::Receiver<usize>,
    /// Whether this replica works.
    pub leadership: Leadership,
    /// Who works, as far as this replica can see.
    pub leader: watch::Receiver<Option<Leader>>,
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
        .route("/healthz", get(alive))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .with_state(shown);
    axum::serve(listener, router).with_graceful_shutdown(stop).await
}

/// A process that leaves a resource unreconciled is not alive, whatever else it does.
async fn alive(State(shown): State<Shown>) -> (StatusCode, String) {
    let now = clock::monotonic();
    let stuck = |since: Option<Duration>, what: &str| {
        let since = since.filter(|since| *since > STUCK_AFTER)?;
        let seconds = since.as_secs();
        Some((
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("{what} for {seconds} seconds"),
        ))
    };
    let pass = stuck(shown.metrics.longest_pass(now), "a pass has not ended");
    let queue = stuck(shown.metrics.since_queue_pass(now), "no queue pass was made");
    pass.or(queue).unwrap_or((StatusCode::OK, "ok".to_owned()))
}

/// Ready is a replica that works, or would if the one that works went away: it sees who leads.
async fn ready(State(shown): State<Shown>) -> (StatusCode, &'static str) {
    if shown.leadership.holds() {
        return if *shown.unlisted.borrow() == 0 {
            (StatusCode::OK, "ready: this replica works")
        } else {
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the resources have not been listed yet",
            )
        };
    }
    if shown.leader.borrow().is_some() {
        return (StatusCode::OK, "ready: another replica works, this one stands by");
    }
    (
        StatusCode::SERVICE_UNAVAILABLE,
        "the Lease cannot be read, or nobody holds it",
    )
}

async fn metrics(State(shown): State<Shown>) -> Response {
    const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    match shown.metrics.text() {
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
