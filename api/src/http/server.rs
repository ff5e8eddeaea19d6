//! Connections: how many there may be, how long a client may take, and how they end when the process does.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::{
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::{
    net::TcpListener,
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tokio_io_timeout::TimeoutStream;
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

use super::{
    keep_alive::{Exchange, KeepAliveStream},
    lingering::LingeringStream,
};

/// So much of a request is read ahead, in bytes: what a connection may hold in memory, and the longest head.
const READ_AHEAD_BYTES: usize = 64 << 10;
/// After a failure to accept, say for want of file descriptors, so long is waited.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// How many clients there may be, and how long one may take. The body of an upload has a time limit of its own, see [`crate::uploads::pace`].
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// So many connections are open at once; others wait to be accepted.
    pub connections: usize,
    /// The head of a request must have come within so long, and the first of a connection within so long of its begin.
    pub header: Duration,
    /// A connection is kept for so long between two requests: longer than by the proxies in front of it (nginx: 60 s), so that none of them
    /// sends a request on a connection that is just being closed.
    pub idle: Duration,
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
            idle: Duration::from_secs(75),
            write: Duration::from_secs(30),
            linger: Duration::from_secs(5),
        }
    }
}

/// A connection that counts among those that are open, and is waited for at the end, for as long as this is held: also by what takes it over from
/// HTTP. A request has it among its extensions.
#[derive(Clone)]
pub struct ConnectionHold(
    #[allow(dead_code, reason = "it is held")] Arc<(OwnedSemaphorePermit, TaskTrackerToken)>,
);

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
    // hyper-util's own graceful shutdown knows no connections that another protocol takes over.
    let (open, ending) = (TaskTracker::new(), CancellationToken::new());
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
        // A peer that has gone without a word acknowledges nothing (RFC 5482). Without this the kernel goes on for a quarter of an hour, and a
        // stream of changes, which writes little, would not notice.
        let milliseconds = u32::try_from(limits.write.as_millis()).unwrap_or(u32::MAX);
        let _ = set_tcp_user_timeout(&stream, milliseconds);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(limits.write));
        let stream = LingeringStream::new(Box::pin(stream), limits.linger);
        let exchange = Exchange::default();
        let stream = KeepAliveStream::new(stream, exchange.clone(), limits.idle, limits.header);
        let router = TowerToHyperService::new(router.clone());
        let Ok(place) = place else { continue }; // Places are never closed.
        let hold = ConnectionHold(Arc::new((place, open.token())));
        let of_requests = hold.clone();
        let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(of_requests.clone());
            let answering = exchange.begin();
            let response = router.call(request);
            async { response.await.map(|response| answering.by(response)) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // The stream has both limits. With one of its own, which is longer than they are, hyper looks at the stream when an answer has ended.
            .header_read_timeout(limits.idle + limits.header * 2)
            .max_buf_size(READ_AHEAD_BYTES)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let ending = ending.clone();
        open.spawn(async move {
            let _hold = hold;
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = ending.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    };
    drop(listener);
    tasks.close();
    open.close();
    ending.cancel();
    let ended = async {
        open.wait().await;
        tasks.wait().await;
    };
    tokio::time::timeout_at(deadline, ended).await.is_ok()
}
