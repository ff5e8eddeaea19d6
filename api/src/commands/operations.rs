//! What those who run a service ask a process that serves no requests otherwise: its metrics, and whether its work goes on.

use std::{fmt, sync::Arc};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use crate::http::{
    problem::Problem,
    server::{self, Limits},
};

/// A process that can be asked.
pub(super) trait Operated: Send + Sync + 'static {
    /// What it counts, in the format of `OpenMetrics`.
    fn metrics(&self) -> Result<String, fmt::Error>;

    /// Whether its work goes on, with Postgres or without.
    fn is_alive(&self) -> bool;
}

/// Answers `/metrics` and `/healthz` until it is dropped.
pub(super) async fn serve<Process: Operated>(listener: TcpListener, process: Arc<Process>) {
    let router = Router::new()
        .route("/metrics", get(metrics::<Process>))
        .route("/healthz", get(healthz::<Process>))
        .with_state(process);
    let (limits, tasks) = (Limits::operations(), TaskTracker::new());
    server::serve(listener, router, limits, &tasks, std::future::pending()).await;
}

async fn metrics<Process: Operated>(State(process): State<Arc<Process>>) -> Result<Response, Problem> {
    let text = process
        .metrics()
        .map_err(|error| Problem::internal("encode metrics", &error))?;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}

async fn healthz<Process: Operated>(State(process): State<Arc<Process>>) -> StatusCode {
    if process.is_alive() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    struct Process(AtomicBool);

    impl Operated for Process {
        fn metrics(&self) -> Result<String, fmt::Error> {
            Ok("# EOF\n".to_owned())
        }

        fn is_alive(&self) -> bool {
            self.0.load(Ordering::SeqCst)
        }
    }

    #[tokio::test]
    async fn a_process_says_what_it_counts_and_whether_it_goes_on() {
        crate::tls::install_provider();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let process = Arc::new(Process(AtomicBool::new(true)));
        let asking = async {
            let get = async |path: &str| reqwest::get(format!("http://{address}{path}")).await.unwrap();
            let metrics = get("/metrics").await;
            let content_type = metrics.headers()["content-type"].to_str().unwrap().to_owned();
            assert!(
                content_type.starts_with("application/openmetrics-text"),
                "{content_type}"
            );
            assert_eq!(metrics.text().await.unwrap(), "# EOF\n");
            assert_eq!(get("/healthz").await.status(), 200);
            process.0.store(false, Ordering::SeqCst);
            assert_eq!(get("/healthz").await.status(), 503);
        };
        tokio::select! {
            () = serve(listener, process.clone()) => panic!("it serves for ever"),
            () = asking => {}
        }
    }
}
