//! What the parser's process does.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    os::fd::AsFd,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
};

use super::{
    exit_cause::PANICKED,
    limits::STACK_BYTES,
    protocol::{MOST_TASK_BYTES, Message, Task, read_frame, write_frame},
    sandbox::{close_inherited_files, end_with_parent, enter_sandbox},
};
use crate::{
    extract::{self, Event},
    failure::{Failure, FailureReason},
};

/// The argument that asks the binary to be a parser.
pub(super) const ARGUMENT: &str = "--socrate-parser-process";

/// Is a parser, if this process was started as one. A binary that parses must call it first in `main`, before it starts a
/// thread.
pub fn serve_if_asked() -> Option<ExitCode> {
    let mut arguments = std::env::args_os().skip(1);
    let asked = arguments.next().is_some_and(|argument| argument == ARGUMENT);
    asked.then(|| match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    })
}

/// What the last panic of this process said, and where it was.
static LAST_PANIC: Mutex<String> = Mutex::new(String::new());

/// Keeps the words and the place of each panic: most are an engine's, which is answered by another engine, so that nobody needs them.
fn keep_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let words = panic.payload_as_str().unwrap_or("it said nothing");
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        let text = in_short(words, &place);
        *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }));
}

/// A panic in so few characters that its place survives where a message is cut: words may quote the document.
fn in_short(words: &str, place: &str) -> String {
    const WORDS: usize = 100;
    const PLACE: usize = 80;
    let words: String = words.chars().take(WORDS).collect();
    // Of a path its end says more.
    let skipped = place.chars().count().saturating_sub(PLACE);
    let place: String = place.chars().skip(skipped).collect();
    format!("{} ({place})", words.replace(['\n', '\r'], " "))
}

fn serve() -> io::Result<()> {
    keep_panics();
    let closed = close_inherited_files();
    let mut task: Task = read_frame(&mut unbuffered_input()?, MOST_TASK_BYTES)
        .map_err(io::Error::other)?
        .ok_or_else(|| io::Error::other("there is no task"))?;
    // The files that tell how many processors there are will be out of reach.
    let most = task.limits.threads();
    task.options.threads = match task.options.threads {
        0 => most,
        asked => asked.min(most),
    };
    let missing = closed
        .and_then(|()| end_with_parent())
        .and_then(|()| enter_sandbox(task.limits, task.sandbox));
    // A thread of its own, as its stack then has a known size and an end at which it says so.
    std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || work(&task, missing))?
        .join()
        .unwrap_or_else(|_| {
            let words = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner);
            eprintln!("{words}");
            std::process::exit(PANICKED)
        })
}

/// Standard input, of which no byte is read that is not asked for: the document follows the task, and is not touched before the walls stand.
fn unbuffered_input() -> io::Result<File> {
    Ok(File::from(io::stdin().as_fd().try_clone_to_owned()?))
}

/// Parses the document, within the walls.
fn work(task: &Task, missing: Result<Vec<String>, Failure>) -> io::Result<()> {
    let mut output = BufWriter::new(io::stdout().lock());
    let mut send = |message: &Message| {
        // Each page goes out at once, so that its progress is seen while the next is read; its headings can wait.
        let can_wait = matches!(message, Message::Event(Event::Heading(_)));
        write_frame(&mut output, message)
            .and_then(|()| if can_wait { Ok(()) } else { output.flush() })
            .map_err(|error| {
                let reason = match error.kind() {
                    io::ErrorKind::FileTooLarge | io::ErrorKind::OutOfMemory => FailureReason::OutOfMemory,
                    _ => FailureReason::EncodingError,
                };
                Failure::new(reason, format!("nobody takes the parser's pages: {error}"))
            })
    };
    let parse = || {
        for sentence in missing? {
            let warning = format!("the parser's sandbox is not complete: {sentence}");
            send(&Message::Event(Event::Warning(warning)))?;
        }
        let bytes = read_document(&mut io::stdin().lock(), task.document_bytes)?;
        let mut sink = |event| send(&Message::Event(event));
        extract::extract(Arc::new(bytes), &task.options, &mut sink)
    };
    let end = match parse() {
        Ok(format) => Message::Done(format),
        Err(failure) => Message::Failed(failure),
    };
    send(&end).map_err(io::Error::other)
}

/// Reads the document, of so many bytes.
///
/// # Errors
/// `OutOfMemory` where there is no room for it; `EncodingError` where it does not come, or not whole.
fn read_document(input: &mut impl Read, length: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = bytes
        .try_reserve_exact(length)
        .map_err(|_| io::ErrorKind::OutOfMemory.into())
        .and_then(|()| input.take(length as u64).read_to_end(&mut bytes));
    match read {
        Ok(read) if read == length => Ok(bytes),
        Ok(read) => {
            let message = format!("nobody gives the parser its document: only {read} of {length} bytes came");
            Err(Failure::new(FailureReason::EncodingError, message))
        }
        Err(error) if error.kind() == io::ErrorKind::OutOfMemory => {
            let message = format!(
                "the parser has no memory for the document of {} MiB: give more",
                length.div_ceil(1 << 20)
            );
            Err(Failure::new(FailureReason::OutOfMemory, message))
        }
        Err(error) => {
            let message = format!("nobody gives the parser its document: {error}");
            Err(Failure::new(FailureReason::EncodingError, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Input that cannot be read for this reason.
    struct Unreadable(io::ErrorKind);

    impl Read for Unreadable {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
    }

    #[test]
    fn the_place_of_a_panic_is_kept_whatever_was_said() {
        let short = in_short(
            &"said\n".repeat(1000),
            &format!("{}/src/reader.rs:7:9", "d".repeat(1000)),
        );
        assert!(short.ends_with("/src/reader.rs:7:9)"), "{short}");
        assert!(short.chars().count() < 200 && !short.contains('\n'), "{short}");
    }

    #[test]
    fn a_document_without_room_is_out_of_memory_and_one_that_does_not_come_is_an_error_of_the_encoder() {
        let reason = |input: &mut dyn Read, length| {
            let mut input = input;
            read_document(&mut input, length).unwrap_err().reason
        };
        let most = usize::try_from(isize::MAX).unwrap();
        assert_eq!(reason(&mut &b"bytes"[..], most), FailureReason::OutOfMemory);
        let mut unreadable = Unreadable(io::ErrorKind::OutOfMemory);
        assert_eq!(reason(&mut unreadable, 5), FailureReason::OutOfMemory);
        let mut unreadable = Unreadable(io::ErrorKind::BrokenPipe);
        assert_eq!(reason(&mut unreadable, 5), FailureReason::EncodingError);
        assert_eq!(reason(&mut &b"byte"[..], 5), FailureReason::EncodingError);
        assert_eq!(read_document(&mut &b"bytes"[..], 5).unwrap(), b"bytes");
    }
}
