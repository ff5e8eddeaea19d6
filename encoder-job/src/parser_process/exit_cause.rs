//! Why a parser's process ended without a word of its own. Pure.

use std::{os::unix::process::ExitStatusExt, process::ExitStatus};

use crate::failure::{Failure, FailureReason};

/// Signal numbers of Linux, the same on all its processors.
const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;
const SIGSEGV: i32 = 11;
const SIGXCPU: i32 = 24;
const SIGXFSZ: i32 = 25;
const SIGSYS: i32 = 31;

/// The exit status of a parser that panicked, which is that of Rust's programs.
pub(super) const PANICKED: i32 = 101;

/// What made the parent end the child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stopped {
    /// The time was up.
    Deadline,
    /// Nobody wants the document any more.
    Cancelled,
}

/// The failure of a document whose parser ended like this; `stderr_tail` is what it wrote on standard error.
pub(super) fn failure(
    status: ExitStatus,
    stopped: Option<Stopped>,
    stderr_tail: &str,
    limits: super::Limits,
) -> Failure {
    let deadline = || {
        let message = format!(
            "the document could not be read within {} seconds",
            limits.time.as_secs()
        );
        Failure::new(FailureReason::DeadlineExceeded, message)
    };
    let memory = || {
        let megabytes = limits.data_bytes >> 20;
        let message = format!(
            "reading the document needs more than {megabytes} MiB of memory; it may be a decompression bomb"
        );
        Failure::new(FailureReason::OutOfMemory, message)
    };
    let nesting = || {
        Failure::new(
            FailureReason::Malformed,
            "the document is nested too deeply to be read",
        )
    };
    match stopped {
        Some(Stopped::Deadline) => return deadline(),
        Some(Stopped::Cancelled) => return Failure::new(FailureReason::EncodingError, "reading was stopped"),
        None => {}
    }
    match status.signal() {
        Some(SIGXCPU) => Failure::new(
            FailureReason::DeadlineExceeded,
            format!(
                "the document took more processor time than {} seconds on each processor",
                limits.time.as_secs()
            ),
        ),
        Some(signal @ (SIGSYS | SIGXFSZ)) => Failure::new(
            FailureReason::Malformed,
            format!(
                "reading the document made the parser try what its sandbox forbids (signal {signal}), so it was ended: the file may be an attack on it"
            ),
        ),
        // Only the kernel kills a parser that the parent did not, and only for memory.
        Some(SIGKILL) => memory(),
        Some(SIGABRT) if stderr_tail.contains("memory allocation of") => memory(),
        Some(SIGABRT | SIGSEGV) if stderr_tail.contains("overflowed its stack") => nesting(),
        Some(signal) => {
            let message = format!(
                "the parser crashed on this document (signal {signal}): {}",
                first_line(stderr_tail)
            );
            Failure::new(FailureReason::Malformed, message)
        }
        // A thread that cannot be started has no room for its stack.
        None if status.code() == Some(PANICKED) && stderr_tail.contains("failed to spawn thread") => memory(),
        // As with a signal: that the parser cannot read this document does not change when it tries again.
        None if status.code() == Some(PANICKED) => {
            let message = format!(
                "the parser failed on this document by a bug of its own: {}",
                first_line(stderr_tail)
            );
            Failure::new(FailureReason::Malformed, message)
        }
        None => {
            let message = format!(
                "the parser ended without a result ({status}): {}",
                first_line(stderr_tail)
            );
            Failure::new(FailureReason::EncodingError, message)
        }
    }
}

fn first_line(text: &str) -> &str {
    text.lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or("it left no word")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn reason(raw_status: i32, stopped: Option<Stopped>, stderr_tail: &str) -> FailureReason {
        let limits = super::super::Limits {
            text_bytes: 1 << 20,
            data_bytes: 1 << 30,
            time: Duration::from_secs(5),
        };
        failure(ExitStatus::from_raw(raw_status), stopped, stderr_tail, limits).reason
    }

    #[test]
    fn every_ending_has_its_reason() {
        assert_eq!(
            reason(SIGKILL, Some(Stopped::Deadline), ""),
            FailureReason::DeadlineExceeded
        );
        assert_eq!(reason(SIGXCPU, None, ""), FailureReason::DeadlineExceeded);
        assert_eq!(reason(SIGKILL, None, ""), FailureReason::OutOfMemory);
        assert_eq!(reason(SIGSYS, None, ""), FailureReason::Malformed);
        assert_eq!(reason(SIGXFSZ, None, ""), FailureReason::Malformed);
        assert_eq!(
            reason(SIGABRT, None, "memory allocation of 9 bytes failed"),
            FailureReason::OutOfMemory
        );
        assert_eq!(
            reason(SIGABRT, None, "\nthread 'x' has overflowed its stack\n"),
            FailureReason::Malformed
        );
        assert_eq!(reason(SIGSEGV, None, ""), FailureReason::Malformed);
        assert_eq!(reason(1 << 8, None, "no task"), FailureReason::EncodingError);
        assert_eq!(
            reason(PANICKED << 8, None, "index out of bounds (reader.rs:7:9)"),
            FailureReason::Malformed
        );
        assert_eq!(
            reason(
                PANICKED << 8,
                None,
                "failed to spawn thread: WouldBlock (scoped.rs:1:1)"
            ),
            FailureReason::OutOfMemory
        );
        assert_eq!(
            reason(SIGKILL, Some(Stopped::Cancelled), ""),
            FailureReason::EncodingError
        );
    }
}
