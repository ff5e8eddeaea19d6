//! Connections: how many there may be, how long a client may take, and how they end when the process does.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{net::TcpListener, sync::Semaphore, time::Instant};
use tokio_io_timeout::TimeoutStream;
use tokio_util::task::TaskTracker;

use super::lingering::LingeringStream;

/// So much of a request is read ahead, in bytes: what a connection may hold in memory, and the longest head.
const READ_AHEAD_BYTES: usize = 64 << 10;
/// After a failure to accept, say for want of file descriptors, so long is waited.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// How many clients there may be, and how long one may take. The body of an upload has a time limit of its own, see [`crate::uploads::pace`].
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So many connections are open at once; others wait to be accepted.
    pub connections: usize,
    /// The head of a request must have come within so long. A connection that brings none for as long is closed.
    pub header: Duration,
    /// A client that takes nothing of its answer for so long is given up, and its connection closed.
    pub write: Duration,
    /// A connection that is to be closed is waited for until the client closes it too, for so long: what still comes is thrown away.
    pub linger: Duration,
}

impl Limits {
    /// Those of the address for operations: the cluster's probes and what reads the metrics are few and quick.
    pub fn operations() -> Self {
        Self {
            connections: 256,
            header: Duration::from_secs(5),
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 4096,
            header: Duration::from_secs(15),
            write: Duration::from_secs(30),
            linger: Duration::from_secs(5),
        }
    }
}

/// Serves until `stop`, which answers until when what was begun may go on: the connections, and then the tasks, which may outlive theirs. Answers
/// whether all of it has ended by then.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    tasks: &TaskTracker,
    stop: impl Future<Output = Instant>,
) -> bool {
    let connections = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut stop = pin!(stop);
    let deadline = loop {
        let accepted = async {
            let place = connections.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            accepted = accepted => accepted,
            deadline = &mut stop => break deadline,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "unable to accept a connection; it is tried again");
                tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true); // Slower without it, and nothing else.
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.write));
        let stream = TokioIo::new(LingeringStream::new(Box::pin(stream), limits.linger));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.header)
            .max_buf_size(READ_AHEAD_BYTES)
            .serve_connection(stream, TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            let _place = place;
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    };
    drop(listener);
    tasks.close();
    let ending = async {
        graceful.shutdown().await;
        tasks.wait().await;
    };
    tokio::time::timeout_at(deadline, ending).await.is_ok()
}
