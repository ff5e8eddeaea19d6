//! Connections with TLS. A client that is slow to greet keeps nobody else waiting, and one that says nothing is let go.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::serve::Listener;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
    time::{self, Instant, Sleep},
};
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig, server::TlsStream};

use crate::clock;

/// The longest that a handshake may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// So many handshakes go on at once; whoever comes then waits in the kernel's queue.
const MAX_HANDSHAKES: usize = 256;
/// So many connections are open at once.
const MAX_CONNECTIONS: usize = 8_192;
/// After so long without a byte in either direction a connection ends. Longer than an answer hangs.
const IDLE_LIMIT: Duration = Duration::from_mins(1);

/// So many connections wait in the kernel to be taken: when another replica begins to lead, all Pods come at once, and with the usual 128
/// most would try again only seconds later.
const BACKLOG: u32 = 4_096;

/// Listens at an address, for a [`TlsListener`].
///
/// # Errors
/// If it cannot be listened at.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    // A process that begins anew does not wait for connections of the one before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Takes connections, and speaks TLS with them.
#[derive(Debug)]
pub struct TlsListener {
    tcp: TcpListener,
    config: watch::Receiver<Arc<ServerConfig>>,
    /// Those that end well are handed out by [`Listener::accept`].
    handshakes: JoinSet<Option<(Connection, SocketAddr)>>,
    connections: Arc<Semaphore>,
    limits: Limits,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    handshake: Duration,
    idle: Duration,
}

impl TlsListener {
    /// Takes connections from `tcp`. Each begins with the configuration that is the newest at that moment.
    pub fn new(tcp: TcpListener, config: watch::Receiver<Arc<ServerConfig>>) -> Self {
        Self {
            tcp,
            config,
            handshakes: JoinSet::new(),
            connections: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            limits: Limits {
                handshake: HANDSHAKE_LIMIT,
                idle: IDLE_LIMIT,
            },
        }
    }

    fn begin(&mut self, (stream, address, permit): (TcpStream, SocketAddr, OwnedSemaphorePermit)) {
        let acceptor = TlsAcceptor::from(Arc::clone(&self.config.borrow()));
        let limits = self.limits;
        self.handshakes.spawn(async move {
            // Answers are short and awaited: they leave at once.
            let _ = stream.set_nodelay(true);
            let stream = match time::timeout(limits.handshake, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => stream,
                Ok(Err(error)) => {
                    tracing::debug!(%address, %error, "a TLS handshake failed");
                    return None;
                }
                Err(_) => {
                    tracing::debug!(%address, "a TLS handshake took too long");
                    return None;
                }
            };
            Some((Connection::new(stream, permit, limits.idle), address))
        });
    }
}

/// The next connection, once there is room for one. Nothing is lost if it is dropped.
async fn next(
    tcp: &mut TcpListener,
    connections: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let Ok(permit) = Arc::clone(connections).acquire_owned().await else {
        return std::future::pending().await; // It is never closed.
    };
    let (stream, address) = Listener::accept(tcp).await;
    (stream, address, permit)
}

impl Listener for TlsListener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            let has_room = self.handshakes.len() < MAX_HANDSHAKES;
            tokio::select! {
                accepted = next(&mut self.tcp, &self.connections), if has_room => self.begin(accepted),
                Some(done) = self.handshakes.join_next() => if let Ok(Some(connection)) = done {
                    return connection;
                },
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

/// A connection whose handshake is done. It fails once it has been idle for too long.
#[derive(Debug)]
pub struct Connection {
    stream: TlsStream<TcpStream>,
    idle_limit: Duration,
    idle: Pin<Box<Sleep>>,
    /// Held for as long as the connection is.
    _permit: OwnedSemaphorePermit,
}

impl Connection {
    fn new(stream: TlsStream<TcpStream>, permit: OwnedSemaphorePermit, idle_limit: Duration) -> Self {
        Self {
            stream,
            idle_limit,
            idle: Box::pin(time::sleep(idle_limit)),
            _permit: permit,
        }
    }

    /// Passes on what came of reading or writing, unless nothing came for too long.
    fn limited<T>(&mut self, context: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if done.is_ready() {
            let end = Instant::from_std(clock::monotonic()) + self.idle_limit;
            self.idle.as_mut().reset(end);
            return done;
        }
        ready!(self.idle.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.limited(context, done)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limited(context, done)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        // An empty flush is always done, and is no sign of life.
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
