//! Other programs, processes and users.

use std::{os::unix::process::CommandExt as _, process::Command};

use libc::{EACCES, EPERM};

use super::{Outside, Probe, ended, not_there};
use crate::raw::{call, forking, zeros};

#[allow(clippy::too_many_lines, reason = "a list, one probe after the other")]
pub fn processes() -> Vec<Probe> {
    use Outside::{Differs, Succeeds, SucceedsForRoot, Untried};
    vec![
        ended("replace the program", Succeeds, |_| {
            Err(Command::new("/proc/self/exe").arg("--could").exec())
        })
        .landlock(EACCES, 1),
        ended("replace the program from a descriptor", Differs, |place| {
            let none = zeros();
            call(
                libc::SYS_execveat,
                [
                    place.descriptor,
                    zeros(),
                    none,
                    none,
                    libc::AT_EMPTY_PATH as usize,
                ],
            )
        }),
        ended("start a program", Succeeds, |_| {
            Command::new("/proc/self/exe").arg("--could").status().map(drop)
        })
        .landlock(EACCES, 1),
        ended("fork", Succeeds, |_| {
            forking(libc::SYS_clone, [libc::SIGCHLD as usize, 0])
        }),
        not_there("fork by clone3", Succeeds, |_| {
            let mut arguments = [0_u64; 8];
            arguments[4] = libc::SIGCHLD as u64;
            forking(
                libc::SYS_clone3,
                [
                    arguments.as_mut_ptr().expose_provenance(),
                    size_of_val(&arguments),
                ],
            )
        }),
        #[cfg(target_arch = "x86_64")]
        ended("fork by the old call", Succeeds, |_| {
            forking(libc::SYS_fork, [0, 0])
        }),
        #[cfg(target_arch = "x86_64")]
        ended("fork and share the memory", Untried, |_| {
            call(libc::SYS_vfork, [])
        }),
        ended("process that shares the memory", Untried, |_| {
            call(libc::SYS_clone, [(libc::CLONE_VM | libc::SIGCHLD) as usize])
        }),
        ended("thread in a namespace of its own", Untried, |_| {
            let thread = libc::CLONE_VM
                | libc::CLONE_FS
                | libc::CLONE_FILES
                | libc::CLONE_SIGHAND
                | libc::CLONE_THREAD
                | libc::CLONE_SYSVSEM;
            call(
                libc::SYS_clone,
                [(thread | libc::CLONE_NEWNET).cast_unsigned() as usize],
            )
        }),
        ended("namespace of users", Differs, |_| {
            call(libc::SYS_unshare, [libc::CLONE_NEWUSER as usize])
        }),
        ended("namespace of mounts", Differs, |_| {
            call(libc::SYS_unshare, [libc::CLONE_NEWNS as usize])
        }),
        ended("enter a namespace", Differs, |place| {
            call(libc::SYS_setns, [place.descriptor])
        }),
        ended("be traced", Succeeds, |_| call(libc::SYS_ptrace, [0])),
        ended("trace the parent", SucceedsForRoot, |place| {
            const SEIZE: usize = 0x4206;
            call(libc::SYS_ptrace, [SEIZE, place.parent])
        }),
        ended("read another's memory", Differs, |place| {
            call(libc::SYS_process_vm_readv, [place.parent, zeros(), 1, zeros(), 1])
        }),
        ended("hold another process", Succeeds, |place| {
            call(libc::SYS_pidfd_open, [place.parent])
        }),
        ended("signal the parent", SucceedsForRoot, |place| {
            call(libc::SYS_kill, [place.parent])
        })
        .landlock(EPERM, 6),
        ended("signal the first process", SucceedsForRoot, |_| {
            call(libc::SYS_kill, [1])
        })
        .landlock(EPERM, 6),
        ended("signal a thread of the parent", SucceedsForRoot, |place| {
            call(libc::SYS_tgkill, [place.parent, place.parent])
        })
        .landlock(EPERM, 6),
        ended("signal all processes", Differs, |_| {
            call(libc::SYS_kill, [usize::MAX])
        }),
        ended("become another user", Succeeds, |_| {
            call(libc::SYS_setuid, [65_532])
        }),
        ended("become the superuser", SucceedsForRoot, |_| {
            call(libc::SYS_setuid, [0])
        }),
        ended("become another group", SucceedsForRoot, |_| {
            call(libc::SYS_setgid, [0])
        }),
        ended("be dumpable again", Succeeds, |_| {
            call(libc::SYS_prctl, [libc::PR_SET_DUMPABLE as usize, 1])
        }),
        ended("outlive the parent", Succeeds, |_| {
            call(libc::SYS_prctl, [libc::PR_SET_PDEATHSIG as usize, 0])
        }),
        ended("be nicer to itself", Differs, |_| {
            call(libc::SYS_setpriority, [0, 0, (-5_isize).cast_unsigned()])
        }),
        not_there("raise a limit", Succeeds, |_| {
            let unlimited = [u64::MAX; 2];
            let pointer = unlimited.as_ptr().expose_provenance();
            call(libc::SYS_prlimit64, [0, libc::RLIMIT_CPU as usize, pointer])
        }),
    ]
}
