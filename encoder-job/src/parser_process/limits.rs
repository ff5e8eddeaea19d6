//! How much the parser's process may use. Set by the child itself, before it starts a thread or reads the document.

use std::{fs, io, time::Duration};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::{
    failure::{Failure, FailureReason},
    processors,
};

/// Memory of the parent besides the document: its vocabulary, connections, and the program itself.
const PARENT_BYTES: u64 = 64 << 20;
/// The text for which there must be room while the parser is at work, and the most where no control group sets a limit.
const LEAST_TEXT_BYTES: u64 = 1 << 20;
const DEFAULT_TEXT_BYTES: u64 = 512 << 20;
/// Memory for encoding where no control group sets a limit. With chunks of the usual size the most text fits into it; where an overlap repeats the text
/// very often, less does.
const DEFAULT_ENCODING_BYTES: u64 = 8 << 30;
/// Memory of a parser where no control group sets a limit.
const DEFAULT_DATA_BYTES: u64 = 1 << 30;
/// The least memory a parser works with, the document aside: two stacks, and as much again.
const LEAST_DATA_BYTES: u64 = 128 << 20;
/// Files a parser may hold open: its three pipes and what the runtime needs.
const OPEN_FILES: u64 = 16;
/// Stack of a thread that parses; documents nest, and their readers recurse.
pub(crate) const STACK_BYTES: usize = 32 << 20;
/// Stack of the first thread, which only starts the others; what it takes is not counted with the memory.
const FIRST_STACK_BYTES: u64 = 8 << 20;
/// Seconds of processor time between the signal that says the time is up and the one that nobody survives.
const GRACE_SECONDS: u64 = 5;

/// What one parser's process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory of its own, in bytes (`RLIMIT_DATA`; the address space is not limited, as idle threads map hundreds of megabytes).
    pub data_bytes: u64,
    /// How much text is taken from it, in bytes, titles and warnings included.
    pub text_bytes: u64,
    /// How long it may take, on the clock; and on each processor, in processor time.
    pub time: Duration,
}

impl Limits {
    /// Limits that fit this process's control group, this much time, and a document of so many bytes that is one of `at_a_time`, and of
    /// whose text each byte takes so many to encode.
    ///
    /// # Errors
    /// `OutOfMemory` where the control group's limit has no room for the document, its parser and this process.
    pub fn fitting(
        time: Duration,
        document_bytes: u64,
        at_a_time: u64,
        memory_of_a_byte: u64,
    ) -> Result<Self, Failure> {
        let memory = memory_of_control_group();
        Self::within(memory, time, document_bytes, at_a_time, memory_of_a_byte)
    }

    fn within(
        memory: Option<u64>,
        time: Duration,
        document_bytes: u64,
        at_a_time: u64,
        memory_of_a_byte: u64,
    ) -> Result<Self, Failure> {
        let Some(memory) = memory else {
            return Ok(Self {
                data_bytes: DEFAULT_DATA_BYTES,
                text_bytes: DEFAULT_TEXT_BYTES.min(DEFAULT_ENCODING_BYTES / memory_of_a_byte.max(1)),
                time,
            });
        };
        let at_a_time = at_a_time.max(1);
        let share = memory.saturating_sub(PARENT_BYTES) / at_a_time;
        // The parent and the parser each have the document.
        let least = LEAST_DATA_BYTES.saturating_add(document_bytes.saturating_mul(2));
        let Some(rest) = share
            .checked_sub(least)
            .filter(|&rest| rest >= 2 * LEAST_TEXT_BYTES)
        else {
            let needed = (least.saturating_add(2 * LEAST_TEXT_BYTES))
                .saturating_mul(at_a_time)
                .saturating_add(PARENT_BYTES);
            return Err(too_little(memory, needed, document_bytes, at_a_time));
        };
        // While the parser is at work the parent has, towards the end, the text and its tokens; the files follow when the parser has ended.
        let text_bytes = (share / memory_of_a_byte.max(1)).min(rest / 2);
        let data_bytes = (share - document_bytes - 2 * text_bytes).min(4 * DEFAULT_DATA_BYTES);
        Ok(Self {
            data_bytes,
            text_bytes,
            time,
        })
    }

    /// How many threads may parse at a time: one for each processor, as long as their stacks, which count as memory
    /// whether they are used or not, leave half of it.
    pub(super) fn threads(&self) -> usize {
        threads(self.data_bytes, processors::available())
    }

    /// Applies them to this process, for ever.
    ///
    /// # Errors
    /// Where the kernel refuses; then nothing must be parsed.
    pub(super) fn apply(&self) -> io::Result<()> {
        let processors = processors::available() as u64;
        let seconds = self.time.as_secs().saturating_add(1).saturating_mul(processors);
        for (resource, limit, last) in [
            (Resource::Data, self.data_bytes, self.data_bytes),
            (Resource::Stack, FIRST_STACK_BYTES, FIRST_STACK_BYTES),
            // At the first limit comes a signal that tells why; if both were one, it would be the one that also tells of memory.
            (Resource::Cpu, seconds, seconds.saturating_add(GRACE_SECONDS)),
            (Resource::Fsize, 0, 0),
            (Resource::Nofile, OPEN_FILES, OPEN_FILES),
            (Resource::Core, 0, 0),
        ] {
            // What this process was given is never widened, which only the superuser might.
            let given = getrlimit(resource).maximum.unwrap_or(u64::MAX);
            let limits = Rlimit {
                current: Some(limit.min(given)),
                maximum: Some(last.min(given)),
            };
            setrlimit(resource, limits)?;
        }
        Ok(())
    }
}

fn too_little(memory: u64, needed: u64, document_bytes: u64, at_a_time: u64) -> Failure {
    let mebibytes = |bytes: u64| bytes.div_ceil(1 << 20);
    let advice = if at_a_time > 1 {
        ", or read fewer at a time"
    } else {
        ""
    };
    let message = format!(
        "a document of {} MiB needs at least {} MiB of memory where {at_a_time} at a time are read, and there are {} MiB: give more{advice}",
        mebibytes(document_bytes),
        mebibytes(needed),
        memory >> 20
    );
    Failure::new(FailureReason::OutOfMemory, message)
}

/// Threads of which the stacks, with that of the one that hands on what they read, take at most half of this memory.
fn threads(data_bytes: u64, processors: usize) -> usize {
    let stacks = usize::try_from(data_bytes / 2 / STACK_BYTES as u64).unwrap_or(usize::MAX);
    processors.min(stacks.saturating_sub(1)).max(1)
}

/// The memory limit of this process's control group, of version 2 or 1, in bytes; `None` where there is none.
pub fn memory_of_control_group() -> Option<u64> {
    let paths = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ];
    let text = paths.iter().find_map(|path| fs::read_to_string(path).ok())?;
    // Version 1 writes a number near 2^63 for no limit.
    text.trim().parse().ok().filter(|&limit: &u64| limit < 1 << 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chunk::Parameters;

    fn within(
        memory: Option<u64>,
        document: u64,
        at_a_time: u64,
        memory_of_a_byte: u64,
    ) -> Result<Limits, Failure> {
        Limits::within(memory, Duration::ZERO, document, at_a_time, memory_of_a_byte)
    }

    #[test]
    fn a_parser_has_less_than_its_container() {
        let data_bytes = |memory, document| within(memory, document, 1, 9).unwrap().data_bytes;
        assert_eq!(data_bytes(None, 0), DEFAULT_DATA_BYTES);
        assert_eq!(data_bytes(Some(514 << 20), 0), (514 - 64 - 100) << 20);
        assert_eq!(data_bytes(Some(514 << 20), 70 << 20), (514 - 64 - 100 - 70) << 20);
        assert_eq!(data_bytes(Some(1 << 40), 0), 4 * DEFAULT_DATA_BYTES);
    }

    #[test]
    fn the_shares_of_all_processes_fit_into_the_container_or_the_document_is_refused() {
        let mut refused = 0;
        for mebibytes in [1, 64, 128, 193, 194, 256, 320, 512, 4096] {
            for document in [0, 1, 20, 63, 100, 512] {
                for at_a_time in [1, 2, 8] {
                    for memory_of_a_byte in [1, 9, 13, 181, 1220] {
                        let memory = mebibytes << 20;
                        let document = document << 20;
                        let Ok(limits) = within(Some(memory), document, at_a_time, memory_of_a_byte) else {
                            refused += 1;
                            continue;
                        };
                        let each = limits.data_bytes + document + 2 * limits.text_bytes;
                        assert!(PARENT_BYTES + at_a_time * each <= memory, "{limits:?}");
                        let encoding = limits.text_bytes * memory_of_a_byte;
                        assert!(PARENT_BYTES + at_a_time * encoding <= memory, "{limits:?}");
                        assert!(limits.data_bytes >= LEAST_DATA_BYTES + document, "{limits:?}");
                    }
                }
            }
        }
        assert!(refused > 0);
    }

    #[test]
    fn too_little_memory_for_a_document_is_said_with_what_is_needed() {
        for (memory, document, at_a_time, needed) in [
            (64, 0, 1, "at least 194 MiB"),
            (256, 63, 1, "at least 320 MiB"),
            (512, 20, 4, "read fewer at a time"),
        ] {
            let refused = within(Some(memory << 20), document << 20, at_a_time, 13).unwrap_err();
            assert_eq!(refused.reason, FailureReason::OutOfMemory);
            assert!(refused.message.contains(needed), "{refused}");
        }
        for (memory, document) in [(194, 0), (320, 63)] {
            assert!(within(Some(memory << 20), document << 20, 1, 13).is_ok());
        }
    }

    #[test]
    fn more_memory_takes_more_text() {
        let text_bytes = |memory| within(memory, 0, 1, 9).unwrap().text_bytes;
        assert_eq!(text_bytes(Some(514 << 20)), 50 << 20);
        assert_eq!(text_bytes(Some(1 << 30)), (960 << 20) / 9);
        assert_eq!(text_bytes(None), DEFAULT_TEXT_BYTES);
        let usual = Parameters::default();
        let repeated = Parameters {
            overlap: usual.size - 1,
            ..usual
        };
        let without_limit = |parameters: Parameters| {
            let limits = within(None, 0, 1, parameters.memory_of_a_byte()).unwrap();
            limits.text_bytes
        };
        assert_eq!(without_limit(usual), DEFAULT_TEXT_BYTES);
        assert!((1 << 20..2 << 20).contains(&without_limit(repeated)));
    }

    #[test]
    fn stacks_leave_half_of_the_memory() {
        assert_eq!(threads(1 << 30, 4), 4);
        assert_eq!(threads(1 << 30, 96), 15);
        assert_eq!(threads(LEAST_DATA_BYTES, 96), 1);
        assert_eq!(threads(1 << 20, 2), 1);
    }
}
