//! Starting a parser's process, listening to it, and watching the clock.

use std::{
    io::{self, BufReader, Read, Write},
    process::{Child, Command, Stdio},
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    child::ARGUMENT,
    ending::{Stopped, failure},
    limits::Limits,
    protocol::{Message, Task, read_frame, write_frame},
    sandbox::SandboxPolicy,
};
use crate::{
    document::Format,
    extract::{ExtractOptions, Sink},
    failure::{Failure, FailureReason},
};

/// How often it is looked whether the document is still wanted.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);
/// The most of a child's last words that is kept.
const LAST_WORDS_BYTES: u64 = 16 << 10;

/// Why a document was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParserError {
    /// The parser said so itself, or the sink did.
    #[error(transparent)]
    Refused(Failure),
    /// The parser's process ended without a word.
    #[error(transparent)]
    Crashed(Failure),
}

impl From<ParserError> for Failure {
    fn from(error: ParserError) -> Self {
        match error {
            ParserError::Refused(failure) | ParserError::Crashed(failure) => failure,
        }
    }
}

/// Extracts a document in a process of its own and hands on what comes, as [`crate::extract::extract`] does.
///
/// # Errors
/// [`ParserError`]; never does a document's parser take this process with it.
pub fn parse(
    bytes: &[u8],
    options: &ExtractOptions,
    limits: Limits,
    sandbox: SandboxPolicy,
    cancelled: &AtomicBool,
    sink: &mut Sink<'_>,
) -> Result<Format, ParserError> {
    let mut child = start().map_err(|error| {
        let message = format!("unable to start the parser's process: {error}");
        ParserError::Crashed(Failure::new(FailureReason::EncodingError, message))
    })?;
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let watch = Watch::new(child, limits.time);
    let task = Task {
        options: options.clone(),
        limits,
        sandbox,
    };
    std::thread::scope(|scope| {
        scope.spawn(|| watch.run(cancelled));
        scope.spawn(|| {
            if let Some(mut input) = input {
                // A parser that ends early takes no more; why it ended is told elsewhere.
                let _ = write_frame(&mut input, &task).and_then(|()| input.write_all(bytes));
            }
        });
        let last_words = scope.spawn(move || {
            let mut words = Vec::new();
            if let Some(mut errors) = errors {
                let _ = errors.by_ref().take(LAST_WORDS_BYTES).read_to_end(&mut words);
                let _ = io::copy(&mut errors, &mut io::sink());
            }
            String::from_utf8_lossy(&words).into_owned()
        });
        let heard = output.map_or(Ok(None), |output| listen(&mut BufReader::new(output), sink));
        if !matches!(heard, Ok(Some(_))) {
            // Nothing more is wanted of it, or it has closed its side.
            watch.close();
        }
        let status = watch.wait();
        let last_words = last_words.join().unwrap_or_default();
        match heard {
            Ok(Some(format)) => Ok(format),
            Err(error) => Err(ParserError::Refused(error)),
            Ok(None) => match status {
                Ok((status, stopped)) => Err(ParserError::Crashed(failure(
                    status,
                    stopped,
                    &last_words,
                    limits,
                ))),
                Err(error) => {
                    let message = format!("unable to learn how the parser ended: {error}");
                    Err(ParserError::Crashed(Failure::new(
                        FailureReason::EncodingError,
                        message,
                    )))
                }
            },
        }
    })
}

fn start() -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .arg(ARGUMENT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Hands on what the child says, up to its end; `None` where it ended, or spoke nonsense, without saying how.
///
/// # Errors
/// What the child says went wrong, or what `sink` says.
#[doc(hidden)] // Only for the fuzz targets, which play a child in a stranger's hands.
pub fn listen(output: &mut impl Read, sink: &mut Sink<'_>) -> Result<Option<Format>, Failure> {
    loop {
        match read_frame::<Message>(output) {
            Ok(Some(Message::Event(event))) => sink(event)?,
            Ok(Some(Message::Done(format))) => return Ok(Some(format)),
            Ok(Some(Message::Failed(failure))) => return Err(failure),
            Ok(None) | Err(_) => return Ok(None),
        }
    }
}

/// The child, watched: it is ended when its time is up or nobody wants it, and is never left behind.
struct Watch {
    child: Mutex<Child>,
    state: Mutex<WatchState>,
    changed: Condvar,
    deadline: Instant,
}

#[derive(Default)]
struct WatchState {
    ended: bool,
    stopped: Option<Stopped>,
}

impl Watch {
    fn new(child: Child, time: Duration) -> Self {
        Self {
            child: Mutex::new(child),
            state: Mutex::default(),
            changed: Condvar::new(),
            deadline: Instant::now() + time,
        }
    }

    /// Watches until the child has ended.
    fn run(&self, cancelled: &AtomicBool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        while !state.ended && state.stopped.is_none() {
            let remaining = self.deadline.saturating_duration_since(Instant::now());
            if remaining.is_zero() {
                state.stopped = Some(Stopped::Deadline);
            } else if cancelled.load(Ordering::Relaxed) {
                state.stopped = Some(Stopped::Cancelled);
            } else {
                let waited = self.changed.wait_timeout(state, remaining.min(LOOK_INTERVAL));
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            self.kill();
        }
    }

    /// Ends the child if it has not ended; it had its say.
    fn close(&self) {
        // Its output is closed, so it is about to end by itself: how it does so is worth waiting for a moment.
        let patience = Instant::now() + Duration::from_secs(2);
        while Instant::now() < patience {
            let status = self
                .child
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .try_wait();
            if !matches!(status, Ok(None)) {
                return;
            }
            std::thread::park_timeout(Duration::from_millis(2));
        }
        self.kill();
    }

    fn kill(&self) {
        // It may have ended in this moment, which is as good.
        let _ = self.child.lock().unwrap_or_else(PoisonError::into_inner).kill();
    }

    /// How the child ended, and whether it was made to.
    fn wait(&self) -> io::Result<(std::process::ExitStatus, Option<Stopped>)> {
        let status = loop {
            let status = self
                .child
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .try_wait();
            match status {
                Ok(Some(status)) => break Ok(status),
                Ok(None) => std::thread::park_timeout(Duration::from_micros(200)),
                Err(error) => break Err(error),
            }
        };
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.ended = true;
        self.changed.notify_all();
        status.map(|status| (status, state.stopped))
    }
}
