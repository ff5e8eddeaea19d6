//! Connections that end without cutting off what was said last.
//!
//! Closing a socket on which something still comes resets the connection, and the client may lose the answer that told it why (RFC 9112,
//! section 9.6): a 413 or a 429 that was sent before the body had come. So a connection is closed in stages: nothing is sent any more, then what
//! comes is read and thrown away until the client closes, for some time and some bytes at most.

use std::{
    future::Future,
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Sleep,
};

/// So much is thrown away of one connection at most, in bytes: a file of the largest size that is taken by default, which is what a client
/// sends that a quota refuses.
const MOST_BYTES: usize = 128 << 20;
/// So much is read at once, in bytes.
const READ_AT_ONCE: usize = 16 << 10;

/// A stream whose shutdown is done when the client has closed it too, or when it was waited for long enough.
pub(super) struct LingeringStream<Stream> {
    stream: Stream,
    /// How long it is waited for.
    linger: Duration,
    closing: Option<Closing>,
}

/// A stream that nothing is sent on any more.
struct Closing {
    until: Pin<Box<Sleep>>,
    bytes_left: usize,
}

impl<Stream> LingeringStream<Stream> {
    /// One whose shutdown takes so long at most.
    pub(super) fn new(stream: Stream, linger: Duration) -> Self {
        Self {
            stream,
            linger,
            closing: None,
        }
    }
}

impl<Stream: AsyncRead + AsyncWrite + Unpin> AsyncWrite for LingeringStream<Stream> {
    /// What fails here fails nothing: the answer was sent, and the connection ends in any case.
    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let closing = if let Some(closing) = &mut this.closing {
            closing
        } else {
            ready!(Pin::new(&mut this.stream).poll_shutdown(context))?;
            this.closing.insert(Closing {
                until: Box::pin(tokio::time::sleep(this.linger)),
                bytes_left: MOST_BYTES,
            })
        };
        if closing.until.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut bytes = [0; READ_AT_ONCE];
        while closing.bytes_left > 0 {
            let mut read = ReadBuf::new(&mut bytes);
            if ready!(Pin::new(&mut this.stream).poll_read(context, &mut read)).is_err() {
                break;
            }
            let length = read.filled().len();
            if length == 0 {
                break; // The client has closed it.
            }
            closing.bytes_left = closing.bytes_left.saturating_sub(length);
        }
        Poll::Ready(Ok(()))
    }

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

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

impl<Stream: AsyncRead + Unpin> AsyncRead for LingeringStream<Stream> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        read: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, read)
    }
}
