//! Tries from inside the parser's sandbox what a parser must not do, each thing in a process of its own, as the superuser and as
//! an ordinary user: with all walls, with each of the two great ones alone, and with none, where it must be possible.
//!
//! The program starts itself again for each probe, so that it has no harness of the usual kind.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(unreachable_pub, reason = "a test is a crate of its own")]

mod outside;
mod probes;
mod raw;
mod walls;
mod works;

use std::{os::unix::process::CommandExt as _, process::Command, process::ExitCode};

use encoder_job::parser_process::SandboxPolicy;
use probes::Place;
use walls::Walls;

/// Exit status of a probe that could.
const COULD: u8 = 40;
/// Exit status of a probe that could not; the number of the error is on standard error.
const COULD_NOT: u8 = 41;
/// Exit status of a process that was not let into the sandbox; why is on standard error.
const NOT_ENTERED: u8 = 42;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--could"] => ExitCode::from(COULD),
        ["--probe", walls, name, descriptor, file, folder] => {
            let place = Place {
                file: file.into(),
                folder: folder.into(),
                descriptor: descriptor.parse().unwrap(),
                parent: std::os::unix::process::parent_id() as usize,
            };
            probe(Walls::parse(walls).unwrap(), name, &place)
        }
        ["--enter", walls, policy] => {
            let entered = Walls::parse(walls).unwrap().enter(policy.parse().unwrap());
            ExitCode::from(said(entered, NOT_ENTERED))
        }
        ["--exec", walls, program, ref rest @ ..] => {
            Walls::parse(walls).unwrap().prepare();
            let error = Command::new(program).args(rest).exec();
            ExitCode::from(said(Err(error.to_string()), COULD_NOT))
        }
        _ => outside::try_all(),
    }
}

/// Tries what has this name behind these walls.
fn probe(walls: Walls, name: &str, place: &Place) -> ExitCode {
    let probes = probes::all();
    let works = works::all();
    walls.enter(SandboxPolicy::BestEffort).unwrap();
    let attempt = probes.iter().find(|probe| probe.name == name);
    let work = works.iter().find(|work| work.name == name);
    let result = match (attempt, work) {
        (Some(probe), _) => (probe.attempt)(place),
        (None, Some(work)) => (work.attempt)(),
        (None, None) => panic!("there is no probe {name}"),
    };
    let result = result.map_err(|error| error.raw_os_error().unwrap_or_default().to_string());
    ExitCode::from(said(result, COULD_NOT))
}

/// The exit status of this result, which is told on standard error if it is a bad one.
fn said(result: Result<(), String>, bad: u8) -> u8 {
    match result {
        Ok(()) => COULD,
        Err(error) => {
            eprint!("{error}");
            bad
        }
    }
}
