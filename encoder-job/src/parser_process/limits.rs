//! How much the parser's process may use. Set by the child itself, before it starts a thread or reads the document.

use std::{fs, io, time::Duration};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::processors;

/// Memory of the parent besides the document: its vocabulary, connections, and the program itself.
const PARENT_BYTES: u64 = 64 << 20;
/// The least text that is taken, and the most where no control group sets a limit.
const LEAST_TEXT_BYTES: u64 = 4 << 20;
const DEFAULT_TEXT_BYTES: u64 = 512 << 20;
/// Memory of a parser where no control group sets a limit.
const DEFAULT_DATA_BYTES: u64 = 1 << 30;
/// The least memory a parser is given.
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
    /// How much text is taken from it, in bytes, titles and remarks included.
    pub text_bytes: u64,
    /// How long it may take, on the clock; and on each processor, in processor time.
    pub time: Duration,
}

impl Limits {
    /// Limits that fit this process's control group, this much time, and a document of so many bytes that is one of `at_a_time`, and of
    /// whose text each byte takes so many to encode.
    pub fn fitting(time: Duration, document_bytes: u64, at_a_time: u64, memory_of_a_byte: u64) -> Self {
        let share = memory_of_control_group().map(|limit| limit / at_a_time.max(1));
        Self::within(share, time, document_bytes, memory_of_a_byte)
    }

    fn within(memory: Option<u64>, time: Duration, document_bytes: u64, memory_of_a_byte: u64) -> Self {
        let Some(memory) = memory else {
            return Self {
                data_bytes: DEFAULT_DATA_BYTES,
                text_bytes: DEFAULT_TEXT_BYTES,
                time,
            };
        };
        let text_bytes =
            (memory.saturating_sub(PARENT_BYTES) / memory_of_a_byte.max(1)).max(LEAST_TEXT_BYTES);
        // While the parser is at work the parent has the document and, towards the end, its text and tokens.
        let parent = PARENT_BYTES + document_bytes + 2 * text_bytes;
        let data_bytes = memory
            .saturating_sub(parent)
            .clamp(LEAST_DATA_BYTES, 4 * DEFAULT_DATA_BYTES);
        Self {
            data_bytes,
            text_bytes,
            time,
        }
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

    #[test]
    fn a_parser_has_less_than_its_container() {
        let data_bytes = |memory, document| Limits::within(memory, Duration::ZERO, document, 9).data_bytes;
        assert_eq!(data_bytes(None, 0), DEFAULT_DATA_BYTES);
        assert_eq!(data_bytes(Some(514 << 20), 0), (514 - 64 - 100) << 20);
        assert_eq!(data_bytes(Some(514 << 20), 70 << 20), (514 - 64 - 100 - 70) << 20);
        assert_eq!(data_bytes(Some(64 << 20), 0), LEAST_DATA_BYTES);
        assert_eq!(data_bytes(Some(1 << 40), 0), 4 * DEFAULT_DATA_BYTES);
    }

    #[test]
    fn more_memory_takes_more_text() {
        let text_bytes = |memory| Limits::within(memory, Duration::ZERO, 0, 9).text_bytes;
        assert_eq!(text_bytes(Some(514 << 20)), 50 << 20);
        assert_eq!(text_bytes(Some(1 << 20)), LEAST_TEXT_BYTES);
        assert_eq!(text_bytes(None), DEFAULT_TEXT_BYTES);
    }

    #[test]
    fn stacks_leave_half_of_the_memory() {
        assert_eq!(threads(1 << 30, 4), 4);
        assert_eq!(threads(1 << 30, 96), 15);
        assert_eq!(threads(LEAST_DATA_BYTES, 96), 1);
        assert_eq!(threads(1 << 20, 2), 1);
    }
}
