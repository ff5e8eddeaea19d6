//! Starting a parser's process and listening to it.

use std::{
    io::{self, BufReader, Read, Write},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use super::{
    answer::{Answer, breach},
    cancellation::Cancellation,
    child::ARGUMENT,
    exit_cause::failure,
    limits::Limits,
    protocol::{FrameError, Message, Task, read_frame, write_frame},
    sandbox::SandboxPolicy,
    watch::Watch,
};
use crate::{
    document::Format,
    extract::{ExtractOptions, Sink},
    failure::{Failure, FailureReason},
};

/// How much of what a child says is read at once: what a pipe holds.
const READ_BYTES: usize = 64 << 10;
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

/// Extracts a document in a process of its own and hands on what comes, as [`crate::extract::extract`] does. A document that is
/// given up takes its process with it at once, whatever this thread is busy with.
///
/// # Errors
/// [`ParserError`]; never does a document's parser take this process with it.
pub fn parse(
    bytes: &[u8],
    options: &ExtractOptions,
    limits: Limits,
    sandbox: SandboxPolicy,
    cancellation: &Cancellation,
    sink: &mut Sink<'_>,
) -> Result<Format, ParserError> {
    let child = start().map_err(|error| {
        let message = format!("unable to start the parser's process: {error}");
        ParserError::Crashed(Failure::new(FailureReason::EncodingError, message))
    })?;
    let task = Task {
        options: options.clone(),
        limits,
        sandbox,
        document_bytes: bytes.len(),
    };
    attend(child, &task, bytes, cancellation, sink)
}

/// Gives a child its task and the document, and hands on what it says.
fn attend(
    mut child: Child,
    task: &Task,
    bytes: &[u8],
    cancellation: &Cancellation,
    sink: &mut Sink<'_>,
) -> Result<Format, ParserError> {
    let limits = task.limits;
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let watch = Arc::new(Watch::new(child, limits.time));
    let stop = watch.clone();
    let _listening = cancellation.stop_with(move || stop.cancel());
    std::thread::scope(|scope| {
        let _guard = watch.end_with_panic();
        scope.spawn(|| watch.run());
        scope.spawn(|| {
            if let Some(mut input) = input {
                // A parser that ends early takes no more; why it ended is told elsewhere.
                let _ = write_frame(&mut input, task).and_then(|()| input.write_all(bytes));
            }
        });
        let stderr_tail = scope.spawn(move || {
            let mut words = Vec::new();
            if let Some(mut errors) = errors {
                let _ = errors.by_ref().take(LAST_WORDS_BYTES).read_to_end(&mut words);
                let _ = io::copy(&mut errors, &mut io::sink());
            }
            String::from_utf8_lossy(&words).into_owned()
        });
        let heard = output.map_or(Ok(None), |output| {
            listen(
                &mut BufReader::with_capacity(READ_BYTES, output),
                limits.text_bytes,
                sink,
            )
        });
        match heard {
            // It has closed its side, so it is about to end by itself, and how it does so is worth knowing.
            Ok(None) => watch.expect_end(),
            // It has said all there is to say, and nothing more is wanted of it.
            Ok(Some(_)) | Err(_) => watch.end(),
        }
        let status = watch.wait();
        let stderr_tail = stderr_tail.join().unwrap_or_default();
        match heard {
            Ok(Some(format)) => Ok(format),
            Err(error) => Err(ParserError::Refused(error)),
            Ok(None) => match status {
                Ok((status, stopped)) => Err(ParserError::Crashed(failure(
                    status,
                    stopped,
                    &stderr_tail,
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
    // The program that runs, also where its file was replaced or removed since it started.
    Command::new("/proc/self/exe")
        .arg(ARGUMENT)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Hands on what the child says, up to its end and at most so many bytes of text; `None` where it ended without saying how.
///
/// # Errors
/// What the child says went wrong, or what `sink` says; `OutOfMemory` where there is more text; `Malformed` where the child says what no parser says.
#[doc(hidden)] // Only for the fuzz targets, which play a child in a stranger's hands.
pub fn listen(
    output: &mut impl Read,
    text_bytes: u64,
    sink: &mut Sink<'_>,
) -> Result<Option<Format>, Failure> {
    let mut answer = Answer::new(text_bytes);
    loop {
        match read_frame::<Message>(output, answer.most_frame_bytes()) {
            Ok(Some(Message::Event(event))) => {
                answer.take(&event)?;
                sink(event)?;
            }
            Ok(Some(Message::Done(format))) => {
                answer.end()?;
                return Ok(Some(format));
            }
            Ok(Some(Message::Failed(failure))) => return Err(failure),
            Err(FrameError::Unreadable(error)) if error.kind() == io::ErrorKind::OutOfMemory => {
                return Err(answer.too_much_text());
            }
            // It may have ended in the middle of a frame.
            Ok(None) | Err(FrameError::Unreadable(_)) => return Ok(None),
            Err(FrameError::TooLarge(_)) => return Err(answer.too_much_text()),
            Err(error @ FrameError::Unknown(_)) => return Err(breach(&error.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        document::{Page, PageStatus},
        extract::Event,
    };

    fn said(messages: &[Message]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for message in messages {
            write_frame(&mut bytes, message).unwrap();
        }
        bytes
    }

    #[test]
    fn what_no_parser_says_is_a_failure_of_its_document() {
        let page = |text: String| {
            Message::Event(Event::Page(Page {
                number: 1,
                text,
                status: PageStatus::Ok,
            }))
        };
        let total = || Message::Event(Event::PagesTotal(1));
        let done = || Message::Done(Format::Pdf);
        let heard = |bytes: &[u8]| {
            let mut pages = 0;
            let ended = listen(&mut &*bytes, 1 << 20, &mut |event| {
                pages += usize::from(matches!(event, Event::Page(_)));
                Ok(())
            });
            (ended.map_err(|failure| failure.reason), pages)
        };
        let good = said(&[total(), page("text".into()), done()]);
        assert_eq!(heard(&good), (Ok(Some(Format::Pdf)), 1));
        assert_eq!(heard(&good[..good.len() - 1]), (Ok(None), 1));
        let breach = Err(FailureReason::Malformed);
        assert_eq!(heard(&said(&[total(), page("a\u{c}b".into())])), (breach, 0));
        assert_eq!(heard(&said(&[total(), done()])), (breach, 0));
        assert_eq!(heard(b"\x02\0\0\0[]"), (breach, 0));
        // More text than may come is not read: of the long frame there is nothing but its length.
        let mut long = said(&[total()]);
        long.extend_from_slice(&(3_u32 << 20).to_le_bytes());
        assert_eq!(heard(&long), (Err(FailureReason::OutOfMemory), 0));
        assert_eq!(
            heard(&said(&[total(), page("a".repeat(1 << 20))])),
            (Err(FailureReason::OutOfMemory), 0)
        );
    }

    #[test]
    fn a_panic_of_whoever_takes_the_pages_is_handed_on_and_leaves_no_child() {
        let mut frame = Vec::new();
        write_frame(&mut frame, &Message::Event(Event::PagesTotal(7))).unwrap();
        let said = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&said, frame).unwrap();
        // It says one thing, and never another.
        let child = Command::new("sh")
            .args(["-c", "cat $0; kill -STOP $$"])
            .arg(said.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let process = std::path::PathBuf::from(format!("/proc/{}", child.id()));
        let task = Task {
            options: ExtractOptions::default(),
            limits: Limits::fitting(Duration::from_hours(1), 1, 1, 1).unwrap(),
            sandbox: SandboxPolicy::Required,
            document_bytes: 5,
        };
        let panic = std::panic::catch_unwind(|| {
            let mut sink = |event| panic!("it cannot take {event:?}");
            attend(child, &task, b"bytes", &Cancellation::default(), &mut sink)
        })
        .unwrap_err();
        let words = panic.downcast_ref::<String>().unwrap();
        assert_eq!(words, "it cannot take PagesTotal(7)");
        assert!(!process.exists());
    }
}
