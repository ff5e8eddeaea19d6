//! Running a program and watching what it takes: its time, and the memory of it and of the processes it starts.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// How often it is looked at.
const LOOK_INTERVAL: Duration = Duration::from_millis(4);

/// How a program ended, and what it took.
#[derive(Debug)]
pub(crate) struct Watched {
    /// How it ended; `None` where it was still running when the time was up, and was ended.
    pub(crate) status: Option<ExitStatus>,
    /// What it said on standard error.
    pub(crate) errors: String,
    /// How long it took.
    pub(crate) time: Duration,
    /// The most memory, in bytes, that one of its processes had at any time, as far as could be seen.
    pub(crate) memory: u64,
}

/// Runs a program to its end, or for so long. What it says on standard error goes through a file at `errors`, which is gone
/// afterwards; what it says on standard output is not kept.
pub(crate) fn watch(command: &mut Command, time: Duration, errors: &Path) -> Watched {
    let started = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(errors).unwrap())
        .spawn()
        .unwrap();
    let mut memory = 0;
    let status = loop {
        memory = memory.max(memory_of(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break Some(status);
        }
        if started.elapsed() > time {
            child.kill().unwrap();
            child.wait().unwrap();
            break None;
        }
        std::thread::park_timeout(LOOK_INTERVAL);
    };
    let said = String::from_utf8_lossy(&fs::read(errors).unwrap()).into_owned();
    fs::remove_file(errors).unwrap();
    Watched {
        status,
        errors: said,
        time: started.elapsed(),
        memory,
    }
}

/// The most memory this process ever had, or one of those it started; 0 once it is gone.
fn memory_of(process: u32) -> u64 {
    let folder = Path::new("/proc").join(process.to_string());
    let status = fs::read_to_string(folder.join("status")).unwrap_or_default();
    let own = status.lines().find_map(|line| {
        let kibibytes = line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?;
        kibibytes.parse::<u64>().ok().map(|kibibytes| kibibytes << 10)
    });
    let threads = fs::read_dir(folder.join("task")).into_iter().flatten().flatten();
    let children = threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let of_children = children
        .flat_map(|list| {
            list.split_whitespace()
                .filter_map(|number| number.parse().ok())
                .collect::<Vec<u32>>()
        })
        .map(memory_of);
    of_children.chain(own).max().unwrap_or(0)
}
