//! The network, memory, and what else the kernel offers.

use std::{
    io,
    net::{TcpListener, TcpStream, UdpSocket},
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram, UnixStream},
    },
};

use libc::{EACCES, EPERM};

use super::{Outside, Probe, ended};
use crate::raw::{call, value, zeros};

/// The abstract socket on which the process with this number listens.
pub fn socket(process: usize) -> io::Result<SocketAddr> {
    SocketAddr::from_abstract_name(format!("parser-sandbox-{process}"))
}

pub fn network() -> Vec<Probe> {
    use Outside::{Differs, Succeeds};
    const NOWHERE: &str = "127.0.0.1:9";
    vec![
        ended("listen on TCP", Succeeds, |_| {
            TcpListener::bind("127.0.0.1:0").map(drop)
        })
        .landlock(EACCES, 4),
        ended("connect by TCP", Differs, |_| {
            TcpStream::connect(NOWHERE).map(drop)
        })
        .landlock(EACCES, 4),
        ended("socket of UDP", Succeeds, |_| {
            UdpSocket::bind("127.0.0.1:0").map(drop)
        }),
        ended("socket of Unix", Succeeds, |_| UnixDatagram::unbound().map(drop)),
        ended("pair of sockets", Succeeds, |_| UnixDatagram::pair().map(drop)),
        ended("connect to an abstract socket", Succeeds, |place| {
            UnixStream::connect_addr(&socket(place.parent)?).map(drop)
        })
        .landlock(EPERM, 6),
        ended("socket of netlink", Succeeds, |_| call(libc::SYS_socket, [16, 3])),
        ended("socket of packets", Outside::SucceedsForRoot, |_| {
            call(libc::SYS_socket, [17, 3, 0x0300])
        }),
        ended("send without a socket", Differs, |_| {
            call(libc::SYS_sendto, [0, zeros(), 1])
        }),
    ]
}

pub fn memory() -> Vec<Probe> {
    use Outside::Succeeds;
    const PAGES: usize = 1 << 20;
    const WRITABLE: usize = (libc::PROT_READ | libc::PROT_WRITE) as usize;
    const EXECUTABLE: usize = WRITABLE | libc::PROT_EXEC as usize;
    const PRIVATE: usize = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as usize;
    const NO_FILE: usize = usize::MAX;
    vec![
        ended("map memory to be executed", Succeeds, |_| {
            call(libc::SYS_mmap, [0, PAGES, EXECUTABLE, PRIVATE, NO_FILE])
        }),
        ended("make memory executable", Succeeds, |_| {
            let page = value(libc::SYS_mmap, [0, PAGES, WRITABLE, PRIVATE, NO_FILE])?;
            call(libc::SYS_mprotect, [page, PAGES, EXECUTABLE])
        }),
        ended("map memory that no limit counts", Succeeds, |_| {
            let shared = (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as usize;
            call(libc::SYS_mmap, [0, PAGES, WRITABLE, shared, NO_FILE])
        }),
        ended("map a stack that no limit counts", Succeeds, |_| {
            let stack = PRIVATE | libc::MAP_GROWSDOWN as usize;
            call(libc::SYS_mmap, [0, PAGES, WRITABLE, stack, NO_FILE])
        }),
        ended("share memory by a key", Succeeds, |_| {
            call(libc::SYS_shmget, [0, PAGES, 0o1600])
        }),
        ended("hold memory in the machine", Outside::Differs, |_| {
            call(libc::SYS_mlockall, [1])
        }),
        ended("take a page from the machine", Outside::Differs, |_| {
            const OFFLINE: usize = 101;
            call(libc::SYS_madvise, [0, 0, OFFLINE])
        }),
        ended("handle page faults", Outside::Differs, |_| {
            call(libc::SYS_userfaultfd, [1])
        }),
    ]
}

pub fn kernel() -> Vec<Probe> {
    use Outside::{Differs, Succeeds};
    vec![
        ended("program in the kernel", Differs, |_| {
            call(libc::SYS_bpf, [0, zeros(), 72])
        }),
        ended("ring of calls", Differs, |_| {
            call(libc::SYS_io_uring_setup, [8, zeros()])
        }),
        ended("key of the session", Differs, |_| {
            call(libc::SYS_keyctl, [0, 0xffff_fffd, 1])
        }),
        ended("counters of the processor", Differs, |_| {
            call(libc::SYS_perf_event_open, [zeros(), 0, usize::MAX, usize::MAX])
        }),
        ended("mount", Differs, |place| {
            let folder = std::ffi::CString::new(place.folder.as_os_str().as_encoded_bytes())?;
            let folder = folder.as_ptr().expose_provenance();
            let name = c"tmpfs".as_ptr().expose_provenance();
            call(libc::SYS_mount, [name, folder, name])?;
            call(libc::SYS_umount2, [folder])
        }),
        ended("unmount", Differs, |_| {
            call(libc::SYS_umount2, [c"/nowhere".as_ptr().expose_provenance()])
        }),
        ended("further rules of Landlock", Differs, |_| {
            call(libc::SYS_landlock_create_ruleset, [0, 0, 1])
        }),
        ended("further filter", Differs, |_| {
            call(libc::SYS_seccomp, [1, 0, zeros()])
        }),
        ended("personality", Succeeds, |_| {
            call(libc::SYS_personality, [0xffff_ffff])
        }),
        ended("log of the kernel", Differs, |_| call(libc::SYS_syslog, [10])),
        ended("name of the machine", Differs, |_| {
            call(libc::SYS_sethostname, [zeros(), usize::MAX])
        }),
        ended("pipe", Succeeds, |_| io::pipe().map(drop)),
        ended("call of the future", Differs, |_| call(9_999, [])),
        #[cfg(target_arch = "x86_64")]
        ended("call of the other kind of program", Differs, |_| {
            const X32: libc::c_long = 0x4000_0000;
            call(X32 | libc::SYS_getpid, [])
        }),
        ended("counter of events", Succeeds, |_| call(libc::SYS_eventfd2, [])),
        ended("set of events", Succeeds, |_| call(libc::SYS_epoll_create1, [])),
        ended("timer", Succeeds, |_| call(libc::SYS_timerfd_create, [1])),
    ]
}
