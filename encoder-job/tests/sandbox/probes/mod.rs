//! What is tried from inside, and what must come of it.

mod files;
mod machine;
mod processes;

use std::{io, path::PathBuf};

pub use machine::socket;

/// What a probe finds around it.
pub struct Place {
    /// A file everybody may read.
    pub file: PathBuf,
    /// A folder everybody may write.
    pub folder: PathBuf,
    /// A descriptor of that file that was left open by mistake.
    pub descriptor: usize,
    /// The process that started the probe.
    pub parent: usize,
}

/// What becomes of a probe behind all walls, and behind the filter of system calls alone.
#[derive(Clone, Copy, PartialEq)]
pub enum Inside {
    /// The kernel ends it for the call (`SIGSYS`).
    Ended,
    /// The call is said not to exist (`ENOSYS`).
    NotThere,
}

/// What becomes of it without any wall.
#[derive(Clone, Copy, PartialEq)]
pub enum Outside {
    /// It succeeds.
    Succeeds,
    /// It succeeds for the superuser.
    SucceedsForRoot,
    /// It depends on the machine, but it is not what it is inside.
    Differs,
    /// It would harm the probe itself.
    Untried,
}

/// What is tried.
pub struct Probe {
    pub name: &'static str,
    pub attempt: fn(&Place) -> io::Result<()>,
    pub inside: Inside,
    pub outside: Outside,
    /// The error behind Landlock alone, and the version of it that is needed; `None` where Landlock does not care.
    pub landlock: Option<(i32, usize)>,
}

impl Probe {
    const fn landlock(mut self, error: i32, version: usize) -> Self {
        self.landlock = Some((error, version));
        self
    }
}

const fn ended(name: &'static str, outside: Outside, attempt: fn(&Place) -> io::Result<()>) -> Probe {
    Probe {
        name,
        attempt,
        inside: Inside::Ended,
        outside,
        landlock: None,
    }
}

const fn not_there(name: &'static str, outside: Outside, attempt: fn(&Place) -> io::Result<()>) -> Probe {
    Probe {
        inside: Inside::NotThere,
        ..ended(name, outside, attempt)
    }
}

/// All that must be denied.
pub fn all() -> Vec<Probe> {
    let rooms = [
        files::files(),
        files::descriptors(),
        processes::processes(),
        machine::network(),
        machine::memory(),
        machine::kernel(),
    ];
    rooms.into_iter().flatten().collect()
}
