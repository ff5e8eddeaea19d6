//! What the parser's process does.

use std::{
    io::{self, BufWriter, Read, Write},
    process::ExitCode,
    sync::Arc,
};

use super::protocol::{Message, Task, read_frame, write_frame};
use crate::{
    extract,
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
    let mut input = io::stdin().lock();
    let task: Task = read_frame(&mut input)?.ok_or_else(|| io::Error::other("there is no task"))?;
    task.limits.apply()?;
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
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
    let mut sink = |event| send(&Message::Event(event));
    let end = match extract::extract(Arc::new(bytes), &task.options, &mut sink) {
        Ok(format) => Message::Done(format),
        Err(failure) => Message::Failed(failure),
    };
    send(&end).map_err(io::Error::other)
}
