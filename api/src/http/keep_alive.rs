//! How long a connection may wait for a request, and a request for the end of its head.
//!
//! A connection that stays open between two requests is worth much to a proxy, which keeps it for a minute; one that has brought no request
//! yet, or does not end a head, is worth nothing. hyper has one time limit for both. A proxy whose limit is longer than the server's sends
//! requests on connections that end at that moment, and must answer 502 for those that it cannot send twice.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use hyper::{
    StatusCode,
    body::{Body as HttpBody, Frame, SizeHint},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep},
};

/// What the stream and the service of one connection share: whether a request is being answered.
#[derive(Clone, Default)]
pub(super) struct Exchange(Arc<AtomicBool>);

impl Exchange {
    /// A request has come whole, but for its body.
    pub(super) fn begin(&self) -> Answering {
        self.0.store(true, Ordering::Relaxed);
        Answering {
            exchange: self.clone(),
            is_taken_over: false,
        }
    }
}

/// A request that is being answered until this is dropped.
pub(super) struct Answering {
    exchange: Exchange,
    is_taken_over: bool,
}

impl Answering {
    /// The answer to it, which ends with its body. A connection that another protocol takes over (RFC 9110, section 7.8) waits for no request
    /// any more.
    pub(super) fn by(mut self, response: Response) -> Response<AnswerBody> {
        self.is_taken_over = response.status() == StatusCode::SWITCHING_PROTOCOLS;
        response.map(|body| AnswerBody {
            body,
            _answering: self,
        })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        if !self.is_taken_over {
            self.exchange.0.store(false, Ordering::Relaxed);
        }
    }
}

/// The body of an answer, with whose end the connection waits for a request again.
pub(super) struct AnswerBody {
    body: Body,
    _answering: Answering,
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// What a connection reads at the moment.
enum Reading {
    /// Nothing, between two requests.
    Nothing,
    Head,
    /// The body of a request, or nothing while it is answered: both have limits of their own.
    Body,
}

/// A stream on which reading fails where nothing is read for too long. It does so when it is polled, so hyper must poll it when an answer has
/// ended, as it does where it has a time limit of its own (`header_read_timeout`). It fails with [`io::ErrorKind::TimedOut`].
pub(super) struct KeepAliveStream<Stream> {
    stream: Stream,
    exchange: Exchange,
    reading: Reading,
    timer: Pin<Box<Sleep>>,
    /// How long the connection is kept between two requests.
    idle: Duration,
    /// How long a head may take.
    header: Duration,
}

impl<Stream> KeepAliveStream<Stream> {
    /// A new connection: its first head must come within `header`.
    pub(super) fn new(stream: Stream, exchange: Exchange, idle: Duration, header: Duration) -> Self {
        Self {
            stream,
            exchange,
            reading: Reading::Head,
            timer: Box::pin(tokio::time::sleep(header)),
            idle,
            header,
        }
    }

    fn begin(&mut self, reading: Reading, limit: Duration) {
        self.reading = reading;
        self.timer.as_mut().reset(Instant::now() + limit);
    }
}

impl<Stream: AsyncRead + Unpin> AsyncRead for KeepAliveStream<Stream> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        read: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.exchange.0.load(Ordering::Relaxed) {
            this.reading = Reading::Body;
            return Pin::new(&mut this.stream).poll_read(context, read);
        }
        if matches!(this.reading, Reading::Body) {
            this.begin(Reading::Nothing, this.idle);
        }
        if let Poll::Ready(result) = Pin::new(&mut this.stream).poll_read(context, read) {
            if matches!(this.reading, Reading::Nothing) {
                this.begin(Reading::Head, this.header);
            }
            return Poll::Ready(result);
        }
        ready!(this.timer.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<Stream: AsyncWrite + Unpin> AsyncWrite for KeepAliveStream<Stream> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
