//! Starts the probes and judges what became of them.

use std::{
    fs::{self, File, Permissions},
    io::Write as _,
    os::{
        fd::AsRawFd as _,
        unix::{
            fs::PermissionsExt as _,
            net::UnixListener,
            process::{CommandExt as _, ExitStatusExt as _},
        },
    },
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output, Stdio},
};

use rustix::io::{FdFlags, fcntl_setfd};
use tempfile::TempDir;

use crate::{
    COULD, COULD_NOT, NOT_ENTERED,
    probes::{self, Inside, Outside, Place, Probe},
    raw,
    walls::Walls,
    works::{self, End, Work},
};

/// An ordinary user, the one the encoder is in a Pod.
const USER: u32 = 65_532;

/// What became of a process.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Became {
    Could,
    Refused(i32),
    NotEntered,
    Exited(i32),
    Signal(i32),
}

impl Became {
    fn of(output: &Output) -> Self {
        let code = |code: u8| Some(i32::from(code));
        match (output.status.code(), output.status.signal()) {
            (found, _) if found == code(COULD) => Self::Could,
            (found, _) if found == code(COULD_NOT) => {
                Self::Refused(errors(output).trim().parse().unwrap_or(-1))
            }
            (found, _) if found == code(NOT_ENTERED) => Self::NotEntered,
            (Some(found), _) => Self::Exited(found),
            (None, signal) => Self::Signal(signal.unwrap_or(-1)),
        }
    }
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What the probes of all users share.
struct Site {
    temporary: TempDir,
    /// This program and the encoder, where every user may read them.
    program: PathBuf,
    encoder: PathBuf,
    file: PathBuf,
    left_open: File,
    landlock_version: usize,
    passed: u32,
    failed: u32,
}

/// Tries everything as every user this process can be.
pub fn try_all() -> ExitCode {
    let mut site = Site::new();
    let listener = UnixListener::bind_addr(&probes::socket(site.place().parent).unwrap()).unwrap();
    let users: &[Option<u32>] = if rustix::process::getuid().is_root() {
        &[None, Some(USER)]
    } else {
        &[None]
    };
    for &user in users {
        for walls in Walls::EACH {
            for probe in probes::all() {
                site.try_probe(&probe, walls, user);
            }
        }
        for work in works::all() {
            site.try_work(&work, Walls::All, user);
            if work.possible_outside {
                site.try_work(&work, Walls::None, user);
            }
        }
        site.try_policies(user);
        site.try_encoder(user);
    }
    drop(listener);
    println!("{} passed, {} failed", site.passed, site.failed);
    ExitCode::from(u8::from(site.failed > 0))
}

impl Site {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        open_to_all(temporary.path());
        let copy = |from: &Path, name: &str| {
            let to = temporary.path().join(name);
            fs::copy(from, &to).unwrap();
            open_to_all(&to);
            to
        };
        let program = copy(&std::env::current_exe().unwrap(), "probe");
        let encoder = copy(Path::new(env!("CARGO_BIN_EXE_encoder-job")), "encoder-job");
        let file = temporary.path().join("a.txt");
        fs::write(&file, "A text of some length, which everybody may read.").unwrap();
        let left_open = File::open(&file).unwrap();
        fcntl_setfd(&left_open, FdFlags::empty()).unwrap();
        Self {
            temporary,
            program,
            encoder,
            file,
            left_open,
            landlock_version: landlock_version(),
            passed: 0,
            failed: 0,
        }
    }

    fn place(&self) -> Place {
        Place {
            file: self.file.clone(),
            folder: self.temporary.path().to_owned(),
            descriptor: usize::try_from(self.left_open.as_raw_fd()).unwrap(),
            parent: std::process::id() as usize,
        }
    }

    /// Runs a program as this user and waits for its end.
    fn run(&self, program: &Path, arguments: &[&str], user: Option<u32>, output: Stdio) -> Output {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env_clear()
            .current_dir(self.temporary.path());
        command
            .stdin(Stdio::piped())
            .stdout(output)
            .stderr(Stdio::piped());
        if let Some(user) = user {
            command.uid(user).gid(user);
        }
        let mut child = command.spawn().unwrap();
        // It may have ended before.
        let _ = child.stdin.take().unwrap().write_all(b"input");
        child.wait_with_output().unwrap()
    }

    fn run_probe(&self, name: &str, walls: Walls, user: Option<u32>) -> Output {
        let place = self.place();
        let folder = tempfile::tempdir_in(&place.folder).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
        fs::write(folder.path().join("old"), "").unwrap();
        let output = if name == works::INTO_A_FILE {
            File::create(folder.path().join("output")).unwrap().into()
        } else {
            Stdio::piped()
        };
        let arguments = [
            "--probe",
            walls.as_str(),
            name,
            &place.descriptor.to_string(),
            place.file.to_str().unwrap(),
            folder.path().to_str().unwrap(),
        ];
        self.run(&self.program, &arguments, user, output)
    }

    fn try_probe(&mut self, probe: &Probe, walls: Walls, user: Option<u32>) {
        let superuser = user.is_none() && rustix::process::getuid().is_root();
        let inside = match probe.inside {
            Inside::Ended => Became::Signal(libc::SIGSYS),
            Inside::NotThere => Became::Refused(libc::ENOSYS),
        };
        let expected = match (walls, probe.outside, probe.landlock) {
            (Walls::All | Walls::FilterAlone, _, _) => Some(inside),
            (Walls::LandlockAlone, _, Some((error, version))) if version <= self.landlock_version => {
                Some(Became::Refused(error))
            }
            (Walls::LandlockAlone, _, _) | (Walls::None, Outside::Untried, _) => return,
            (Walls::None, Outside::Differs, _) => None,
            (Walls::None, Outside::SucceedsForRoot, _) if !superuser => None,
            (Walls::None, Outside::Succeeds | Outside::SucceedsForRoot, _) => Some(Became::Could),
        };
        let output = self.run_probe(probe.name, walls, user);
        let became = Became::of(&output);
        let good = match expected {
            Some(expected) => became == expected,
            None => matches!(became, Became::Could | Became::Refused(1..)) && became != inside,
        };
        self.tell(good, user, walls, probe.name, &output);
    }

    fn try_work(&mut self, work: &Work, walls: Walls, user: Option<u32>) {
        let output = self.run_probe(work.name, walls, user);
        let became = Became::of(&output);
        let good = match work.end {
            End::Signal(signal, words) if walls == Walls::All => {
                became == Became::Signal(signal) && errors(&output).contains(words)
            }
            _ => became == Became::Could,
        };
        self.tell(good, user, walls, work.name, &output);
    }

    /// Where a wall is missing, the sandbox is not entered unless that was allowed.
    fn try_policies(&mut self, user: Option<u32>) {
        for (walls, policy, word) in [
            (Walls::All, "required", None),
            (Walls::All, "best-effort", None),
            (Walls::FilterAlone, "required", Some("Landlock")),
            (Walls::FilterAlone, "best-effort", None),
            (Walls::LandlockAlone, "required", Some("filter of system calls")),
            (Walls::LandlockAlone, "best-effort", None),
        ] {
            let output = self.run(
                &self.program,
                &["--enter", walls.as_str(), policy],
                user,
                Stdio::piped(),
            );
            let good = match word {
                None => Became::of(&output) == Became::Could,
                Some(word) => {
                    Became::of(&output) == Became::NotEntered
                        && errors(&output).starts_with("Misconfigured: ")
                        && errors(&output).contains(word)
                        && errors(&output).contains("--sandbox best-effort")
                }
            };
            self.tell(good, user, walls, &format!("policy {policy}"), &output);
        }
    }

    /// The same through the program that people use, which reads nothing where it may not.
    fn try_encoder(&mut self, user: Option<u32>) {
        let (note, text) = (
            "note: the parser's sandbox is not complete",
            "A text of some length",
        );
        for (walls, policy, code, word) in [
            (Walls::None, "required", 0, ""),
            (Walls::None, "off", 0, ""),
            (Walls::FilterAlone, "required", 78, "Misconfigured"),
            (Walls::FilterAlone, "best-effort", 0, note),
            (Walls::FilterAlone, "off", 0, ""),
            (Walls::LandlockAlone, "required", 78, "Misconfigured"),
            (Walls::LandlockAlone, "best-effort", 0, note),
        ] {
            let [encoder, file] = [&self.encoder, &self.file].map(|path| path.to_str().unwrap());
            let arguments = [
                "--exec",
                walls.as_str(),
                encoder,
                "text",
                file,
                "--sandbox",
                policy,
            ];
            let output = self.run(&self.program, &arguments, user, Stdio::piped());
            let read = String::from_utf8_lossy(&output.stdout).contains(text);
            let good = output.status.code() == Some(code)
                && read == (code == 0)
                && errors(&output).contains(word)
                && errors(&output).is_empty() == word.is_empty();
            self.tell(good, user, walls, &format!("encoder, sandbox {policy}"), &output);
        }
    }

    fn tell(&mut self, good: bool, user: Option<u32>, walls: Walls, name: &str, output: &Output) {
        let user = user.map_or_else(|| "this user".to_owned(), |user| format!("user {user}"));
        let became = Became::of(output);
        let line = format!("{user}, {}: {name}: {became:?}", walls.as_str());
        if good {
            self.passed += 1;
            println!("ok     {line}");
        } else {
            self.failed += 1;
            println!("FAILED {line}: {}", errors(output).trim());
        }
    }
}

fn open_to_all(path: &Path) {
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
}

/// The version of this kernel's Landlock, 0 where there is none.
fn landlock_version() -> usize {
    const VERSION: usize = 1;
    raw::value(libc::SYS_landlock_create_ruleset, [0, 0, VERSION]).unwrap_or(0)
}
