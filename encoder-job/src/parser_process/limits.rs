//! What the parser's process may not do. Set by the child itself, before it starts a thread or reads the document.
//!
//! This is the place of further walls around it: Landlock and a filter of system calls.

use std::{fs, io, time::Duration};

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use serde::{Deserialize, Serialize};

/// Memory left to the parent, below the limit of the control group.
const PARENT_BYTES: u64 = 96 << 20;
/// Memory of a parser where no control group sets a limit.
const DEFAULT_DATA_BYTES: u64 = 1 << 30;
/// The least memory a parser is given.
const LEAST_DATA_BYTES: u64 = 128 << 20;
/// Files a parser may hold open: its three pipes and what the runtime needs.
const OPEN_FILES: u64 = 16;

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

    /// Applies them to this process, for ever.
    ///
    /// # Errors
    /// Where the kernel refuses; then nothing must be parsed.
    pub(super) fn apply(&self) -> io::Result<()> {
        // Without the parent nobody wants the text.
        set_parent_process_death_signal(Some(Signal::KILL))?;
        rustix::thread::set_no_new_privs(true)?;
        let processors = crate::processors::available() as u64;
        let seconds = (self.time.as_secs() + 1).saturating_mul(processors);
        for (resource, limit) in [
            (Resource::Data, self.data_bytes),
            (Resource::Cpu, seconds),
            (Resource::Fsize, 0),
            (Resource::Nofile, OPEN_FILES),
            (Resource::Core, 0),
        ] {
            setrlimit(
                resource,
                Rlimit {
                    current: Some(limit),
                    maximum: Some(limit),
                },
            )?;
        }
        Ok(())
    }
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
}
