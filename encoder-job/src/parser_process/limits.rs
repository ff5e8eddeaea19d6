//! How much the parser's process may use. Set by the child itself, before it starts a thread or reads the document.

use std::{fs, io, time::Duration};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

use crate::processors;

/// Memory left to the parent, below the limit of the control group.
const PARENT_BYTES: u64 = 96 << 20;
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
    /// How long it may take, on the clock; and on each processor, in processor time.
    pub time: Duration,
}

impl Limits {
    /// Limits that fit this process's control group, and this much time.
    pub fn fitting(time: Duration) -> Self {
        Self {
            data_bytes: data_bytes(limit_of_control_group()),
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

/// Memory of a parser under a control group with this limit.
fn data_bytes(limit: Option<u64>) -> u64 {
    limit.map_or(DEFAULT_DATA_BYTES, |limit| {
        limit
            .saturating_sub(PARENT_BYTES)
            .clamp(LEAST_DATA_BYTES, 4 * DEFAULT_DATA_BYTES)
    })
}

/// The memory limit of the control group, of version 2 or 1; `None` where there is none.
fn limit_of_control_group() -> Option<u64> {
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
        assert_eq!(data_bytes(None), DEFAULT_DATA_BYTES);
        assert_eq!(data_bytes(Some(512 << 20)), (512 - 96) << 20);
        assert_eq!(data_bytes(Some(64 << 20)), LEAST_DATA_BYTES);
        assert_eq!(data_bytes(Some(1 << 40)), 4 * DEFAULT_DATA_BYTES);
    }

    #[test]
    fn stacks_leave_half_of_the_memory() {
        assert_eq!(threads(1 << 30, 4), 4);
        assert_eq!(threads(1 << 30, 96), 15);
        assert_eq!(threads(LEAST_DATA_BYTES, 96), 1);
        assert_eq!(threads(1 << 20, 2), 1);
    }
}
