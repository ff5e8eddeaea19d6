//! What a parser must still be able to do, and how it must end where it cannot go on.

use std::{
    collections::HashMap,
    hint::black_box,
    io::{self, Read as _, Write as _},
    sync::{Condvar, Mutex},
    thread,
    time::{Duration, Instant, SystemTime},
};

use crate::raw::{call, value, zeros};

/// How a process ends.
#[derive(Clone, Copy, PartialEq)]
pub enum End {
    /// It says that it could.
    Could,
    /// By this signal, and with these words among its last.
    Signal(i32, &'static str),
}

/// What is tried, and how the process must end.
pub struct Work {
    pub name: &'static str,
    pub attempt: fn() -> io::Result<()>,
    pub end: End,
    /// Whether it is possible without the walls, so that it is seen that they make the difference.
    pub possible_outside: bool,
}

fn works(name: &'static str, attempt: fn() -> io::Result<()>) -> Work {
    Work {
        name,
        attempt,
        end: End::Could,
        possible_outside: true,
    }
}

fn ends(name: &'static str, signal: i32, words: &'static str, attempt: fn() -> io::Result<()>) -> Work {
    Work {
        name,
        attempt,
        end: End::Signal(signal, words),
        possible_outside: false,
    }
}

impl Work {
    fn but_not_outside(mut self) -> Self {
        self.possible_outside = true;
        self
    }
}

#[allow(clippy::too_many_lines, reason = "a list, one piece of work after the other")]
pub fn all() -> Vec<Work> {
    vec![
        works("threads, with and without names", || {
            let named = thread::Builder::new().name("named".into()).stack_size(1 << 20);
            let threads = [named.spawn(|| 1)?, thread::spawn(|| 2), thread::spawn(|| 3)];
            let sum: i32 = threads.into_iter().filter_map(|thread| thread.join().ok()).sum();
            assert_eq!(sum, 6);
            thread::scope(|scope| scope.spawn(thread::yield_now).join())
                .map_err(|_| io::Error::other("a thread panicked"))
        }),
        works("64 MiB, grown, shrunk and given back, in two threads", || {
            let work = || {
                let mut bytes: Vec<u8> = Vec::new();
                for _ in 0..64 {
                    bytes.extend_from_slice(&[1; 1 << 20]);
                }
                bytes.truncate(1 << 20);
                bytes.shrink_to_fit();
                black_box(bytes.len())
            };
            let other = thread::spawn(work);
            assert_eq!(work(), 1 << 20);
            assert!(other.join().is_ok());
            Ok(())
        }),
        works("hash tables in a new thread, which ask for chance", || {
            let table = thread::spawn(|| HashMap::from([(1, 2)]));
            assert!(table.join().is_ok_and(|table| table[&1] == 2));
            Ok(())
        }),
        works("what other C libraries and allocators call", || {
            const MAP_DROPPABLE: usize = 0x08;
            const MADV_GUARD_INSTALL: usize = 102;
            let writable = (libc::PROT_READ | libc::PROT_WRITE) as usize;
            let anonymous = libc::MAP_ANONYMOUS as usize;
            let private = anonymous | libc::MAP_PRIVATE as usize;
            let page = value(libc::SYS_mmap, [0, 4096, writable, private, usize::MAX])?;
            // An older kernel refuses some of them, which is as good: none may end the process.
            let _ = call(
                libc::SYS_mmap,
                [0, 4096, writable, anonymous | MAP_DROPPABLE, usize::MAX],
            );
            let _ = call(libc::SYS_madvise, [page, 4096, MADV_GUARD_INSTALL]);
            let _ = call(libc::SYS_madvise, [page, 4096, libc::MADV_DONTNEED as usize]);
            let _ = call(libc::SYS_prctl, [libc::PR_SET_VMA as usize, 0, page, 4096]);
            let _ = call(libc::SYS_getcpu, []);
            let _ = call(libc::SYS_sysinfo, [zeros()]);
            call(libc::SYS_munmap, [page, 4096])
        }),
        works("time and waiting", || {
            assert!(SystemTime::now() > SystemTime::UNIX_EPOCH);
            let (started, pause) = (Instant::now(), Duration::from_millis(2));
            let (lock, changed) = (Mutex::new(()), Condvar::new());
            if let Ok(guard) = lock.lock() {
                drop(changed.wait_timeout(guard, pause));
            }
            while started.elapsed() < pause {
                thread::park_timeout(pause);
            }
            Ok(())
        }),
        works("the number of processors", || {
            assert!(encoder_job::processors::available() >= 1);
            Ok(())
        }),
        works("a panic in a thread, and one that is caught", || {
            assert!(thread::spawn(|| panic!("told on standard error")).join().is_err());
            assert!(std::panic::catch_unwind(|| panic!("caught")).is_err());
            Ok(())
        }),
        works("the three pipes", || {
            let mut input = String::new();
            io::stdin().read_to_string(&mut input)?;
            assert_eq!(input, "input");
            io::stdout().write_all(b"output")?;
            io::stdout().flush()?;
            io::stderr().write_all(b"errors")
        }),
        ends("abort", libc::SIGABRT, "", || std::process::abort()),
        ends(
            "10 GiB",
            libc::SIGABRT,
            "memory allocation of 10737418240 bytes",
            || {
                black_box(vec![1_u8; 10 << 30]);
                Ok(())
            },
        ),
        ends(
            "memory beyond the limit",
            libc::SIGABRT,
            "memory allocation of",
            || {
                black_box(vec![0_u8; 600 << 20]);
                Ok(())
            },
        )
        .but_not_outside(),
        ends(
            "10 GiB, piece by piece",
            libc::SIGABRT,
            "memory allocation of",
            || {
                let pieces: Vec<Vec<u8>> = (0..10_240).map(|_| vec![1; 1 << 20]).collect();
                black_box(pieces);
                Ok(())
            },
        ),
        ends(
            "a stack that overflows",
            libc::SIGABRT,
            "overflowed its stack",
            || {
                let deep = thread::Builder::new().stack_size(1 << 20).spawn(|| deeper(1));
                deep.map(|deep| drop(black_box(deep.join())))
            },
        ),
        ends("a file as standard output", libc::SIGXFSZ, "", || {
            io::stdout().write_all(b"output")?;
            io::stdout().flush()
        })
        .but_not_outside(),
        ends("computing without end", libc::SIGXCPU, "", || {
            for _ in 0..encoder_job::processors::available() {
                thread::spawn(|| {
                    while black_box(true) {
                        std::hint::spin_loop();
                    }
                });
            }
            loop {
                thread::park();
            }
        }),
    ]
}

/// Name of the one whose standard output is a file.
pub const INTO_A_FILE: &str = "a file as standard output";

#[allow(unconditional_recursion, reason = "that is what is tried")]
fn deeper(level: u64) -> u64 {
    let here = black_box([level; 64]);
    deeper(here[0] + 1) + black_box(here)[1]
}
