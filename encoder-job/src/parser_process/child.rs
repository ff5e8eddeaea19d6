//! What the parser's process does.

use std::{
    io::{self, BufWriter, Read, Write},
    process::ExitCode,
    sync::Arc,
};

use super::{
    limits::STACK_BYTES,
    protocol::{Message, Task, read_frame, write_frame},
    sandbox::{end_with_parent, enter_sandbox},
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

fn serve() -> io::Result<()> {
    // An engine that panics is answered by another engine; nobody needs its words.
    std::panic::set_hook(Box::new(|_| {}));
    let mut task: Task =
        read_frame(&mut io::stdin().lock())?.ok_or_else(|| io::Error::other("there is no task"))?;
    // The files that tell how many processors there are will be out of reach.
    let most = task.limits.threads();
    task.options.threads = match task.options.threads {
        0 => most,
        asked => asked.min(most),
    };
    let missing = end_with_parent().and_then(|()| enter_sandbox(task.limits, task.sandbox));
    // A thread of its own, as its stack then has a known size and an end at which it says so.
    std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(move || work(&task, missing))?
        .join()
        .unwrap_or_else(|_| Err(io::Error::other("the parser panicked")))
}

/// Parses the document, within the walls.
fn work(task: &Task, missing: Result<Vec<String>, Failure>) -> io::Result<()> {
    let mut output = BufWriter::new(io::stdout().lock());
    let mut send = |message: &Message| {
        // Each page goes out at once, so that its progress is seen while the next is read.
        write_frame(&mut output, message)
            .and_then(|()| output.flush())
            .map_err(|error| {
                Failure::new(
                    FailureReason::EncodingError,
                    format!("nobody takes the parser's pages: {error}"),
                )
            })
    };
    let parse = || {
        for sentence in missing? {
            let remark = format!("the parser's sandbox is not complete: {sentence}");
            send(&Message::Event(Event::Remark(remark)))?;
        }
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(|error| {
            Failure::new(
                FailureReason::EncodingError,
                format!("nobody gives the parser its document: {error}"),
            )
        })?;
        let mut sink = |event| send(&Message::Event(event));
        extract::extract(Arc::new(bytes), &task.options, &mut sink)
    };
    let end = match parse() {
        Ok(format) => Message::Done(format),
        Err(failure) => Message::Failed(failure),
    };
    send(&end).map_err(io::Error::other)
}
