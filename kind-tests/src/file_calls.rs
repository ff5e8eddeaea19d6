//! A process's calls of the file system, of which a [`Trap`] is told.
//!
//! They pass no proxy. So the process runs under `strace`, which holds each of them back for a moment before it is made and once more before the
//! process hears of it, and writes it down at that moment.

use std::{
    collections::{HashMap, HashSet},
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Result, ensure};
use tokio::{io::AsyncReadExt, net::unix::pipe, process::Command, task::JoinHandle};

use crate::trap::{Passage, Trap};

/// What the API does with a directory, but for writing, which cannot be told from writing elsewhere: it stands between opening and `fsync`.
const CALLS: &str = "openat2,mkdirat,unlinkat,rmdir,renameat,renameat2,fsync,fdatasync,ftruncate";
/// Opening something for reading leaves nothing, and is no call of the trap.
const OPENED_FOR_READING: &str = "O_RDONLY";
/// What reads of the calls; it ends when it is dropped.
pub struct FileCalls(JoinHandle<()>);

impl Drop for FileCalls {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The command that runs a program whose calls are told to a trap, each held back on both sides for as long as it takes to read of it and to kill. The
/// process that is started is the program itself; `strace` is beside it.
///
/// # Errors
/// Where no pipe can be made in the folder.
pub async fn told(
    program: &Path,
    folder: &Path,
    held_back: Duration,
    trap: Arc<Trap>,
) -> Result<(Command, FileCalls)> {
    let path = folder.join("calls");
    let made = Command::new("mkfifo").arg(&path).status().await?;
    ensure!(made.success(), "unable to make the pipe {}", path.display());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666))?;
    // Opened for both, so that it has an end only when nobody reads any more.
    let mut pipe = pipe::OpenOptions::new().read_write(true).open_receiver(&path)?;
    let reader = tokio::spawn(async move {
        let (mut calls, mut bytes) = (Calls::default(), [0; 4096]);
        while let Ok(read) = pipe.read(&mut bytes).await {
            for told in calls.read(&bytes[..read]) {
                let _: Passage = match told {
                    Told::Before(thread, call) => {
                        let passage = trap.before(&call);
                        if let Passage::Call(number) = passage {
                            calls.open.insert(thread, (number, call));
                        }
                        passage
                    }
                    Told::After(thread) => match calls.open.remove(&thread) {
                        Some((number, call)) => trap.after(number, &call),
                        // The one before which it was killed was made all the same.
                        None if trap.sprung().is_some() => trap.came_late(),
                        None => continue,
                    },
                };
            }
        }
    });
    let micros = held_back.as_micros();
    let mut command = Command::new("strace");
    command
        .args([
            "--daemonize=grandchild",
            "--follow-forks",
            "--seccomp-bpf",
            "-qq",
            "--string-limit=200",
        ])
        .args(["-e", "signal=none", "-e", &format!("trace={CALLS}")])
        .args([
            "-e",
            &format!("inject={CALLS}:delay_enter={micros}:delay_exit={micros}"),
        ])
        .arg("--output")
        .arg(path)
        .arg(program);
    Ok((command, FileCalls(reader)))
}

#[derive(Debug, PartialEq, Eq)]
enum Told {
    Before(u32, String),
    After(u32),
}

/// Reads what `strace` writes. A line begins when a call is to be made and ends when it was made; where that of another thread comes between, it
/// is cut in two.
#[derive(Default)]
struct Calls {
    line: String,
    is_told: bool,
    /// The threads of whose calls it was told.
    told: HashSet<u32>,
    open: HashMap<u32, (usize, String)>,
}

impl Calls {
    fn read(&mut self, bytes: &[u8]) -> Vec<Told> {
        let mut told = Vec::new();
        for piece in String::from_utf8_lossy(bytes).split_inclusive('\n') {
            self.line.push_str(piece);
            let line = self.line.trim_end();
            let (thread, call) = line.split_once(' ').unwrap_or(("", ""));
            let (thread, call) = (thread.parse().unwrap_or(0), call.trim_start());
            let is_call = call.contains('(') && !call.starts_with('<') && !call.contains(OPENED_FOR_READING);
            if !self.is_told && is_call {
                let call = call.split(" <unfinished").next().unwrap_or(call);
                told.push(Told::Before(thread, call.to_owned()));
                self.told.insert(thread);
                self.is_told = true;
            }
            if piece.ends_with('\n') {
                // A call that ends with `= ?` ended with its process.
                let was_made = line
                    .rsplit_once("= ")
                    .is_some_and(|(_, result)| !result.starts_with('?'));
                let is_over = !line.ends_with("<unfinished ...>");
                if is_over && self.told.remove(&thread) && was_made {
                    told.push(Told::After(thread));
                }
                self.line.clear();
                self.is_told = false;
            }
        }
        told
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;
    use crate::trap::Side;

    #[test]
    fn a_call_is_told_before_and_after_also_where_another_comes_between() {
        let mut calls = Calls::default();
        assert_eq!(
            calls.read(b"12 mkdirat(5, \"a\", 0777"),
            [Told::Before(12, "mkdirat(5, \"a\", 0777".to_owned())]
        );
        assert_eq!(
            calls.read(b" <unfinished ...>\n13 fsync(4"),
            [Told::Before(13, "fsync(4".to_owned())]
        );
        assert_eq!(calls.read(b") = 0 (DELAYED)\n"), [Told::After(13)]);
        assert_eq!(calls.read(b"12 <... mkdirat resumed>) = 0\n"), [Told::After(12)]);
    }

    /// Long enough for the busiest machine.
    const HELD_BACK: Duration = Duration::from_millis(300);

    /// Runs `rmdir`, and kills it at its only call.
    async fn is_left(side: Side) -> Result<bool> {
        let folder = std::env::temp_dir().join(format!("file-calls-{}", uuid::Uuid::new_v4().simple()));
        let victim = folder.join("victim");
        std::fs::create_dir_all(&victim)?;
        let trap = Arc::new(Trap::default());
        let (mut command, _calls) = told(Path::new("rmdir"), &folder, HELD_BACK, trap.clone()).await?;
        let (kill, mut killed) = tokio::sync::mpsc::unbounded_channel();
        trap.arm(
            move || {
                let _ = kill.send(());
            },
            1,
            side,
        );
        let mut child = command.arg(&victim).kill_on_drop(true).spawn()?;
        killed.recv().await.context("the trap is gone")?;
        child.kill().await?;
        let is_left = victim.is_dir();
        std::fs::remove_dir_all(&folder)?;
        Ok(is_left)
    }

    #[tokio::test]
    async fn what_is_killed_before_its_call_has_not_made_it_and_after_it_has() {
        assert!(is_left(Side::Before).await.unwrap());
        assert!(!is_left(Side::After).await.unwrap());
    }
}
