//! Files by their names, and what was left open.

use std::fs;

use libc::EACCES;

use super::{Outside, Probe, ended, not_there};
use crate::raw::{call, zeros};

pub fn files() -> Vec<Probe> {
    use Outside::{Differs, Succeeds};
    vec![
        not_there("open a file to read", Succeeds, |place| {
            fs::File::open(&place.file).map(drop)
        })
        .landlock(EACCES, 1),
        not_there("open /etc/passwd", Succeeds, |_| {
            fs::File::open("/etc/passwd").map(drop)
        })
        .landlock(EACCES, 1),
        not_there("create a file", Succeeds, |place| {
            fs::File::create(place.folder.join("new")).map(drop)
        })
        .landlock(EACCES, 1),
        not_there("open through /proc/self/fd", Succeeds, |place| {
            fs::File::open(format!("/proc/self/fd/{}", place.descriptor)).map(drop)
        })
        .landlock(EACCES, 1),
        not_there("list a folder", Succeeds, |place| {
            fs::read_dir(&place.folder).map(drop)
        })
        .landlock(EACCES, 1),
        not_there("look at a file", Succeeds, |place| {
            fs::metadata(&place.file).map(drop)
        }),
        not_there("read a link", Succeeds, |_| {
            fs::read_link("/proc/self/exe").map(drop)
        }),
        not_there("open by openat2", Differs, |_| {
            call(libc::SYS_openat2, [0, zeros(), zeros(), 24])
        }),
        #[cfg(target_arch = "x86_64")]
        not_there("open by the old call", Succeeds, |_| {
            let path = c"/";
            call(libc::SYS_open, [path.as_ptr().expose_provenance()])
        })
        .landlock(EACCES, 1),
        ended("open by a handle", Differs, |_| {
            call(libc::SYS_open_by_handle_at, [0, zeros()])
        }),
        ended("make a folder", Succeeds, |place| {
            fs::create_dir(place.folder.join("folder"))
        })
        .landlock(EACCES, 1),
        ended("make a link", Succeeds, |place| {
            std::os::unix::fs::symlink("/", place.folder.join("link"))
        })
        .landlock(EACCES, 1),
        ended("remove a file", Succeeds, |place| {
            fs::remove_file(place.folder.join("old"))
        })
        .landlock(EACCES, 1),
        ended("rename a file", Succeeds, |place| {
            fs::rename(place.folder.join("old"), place.folder.join("renamed"))
        })
        .landlock(EACCES, 1),
        ended("change a mode", Differs, |place| {
            let path = std::ffi::CString::new(place.folder.as_os_str().as_encoded_bytes())?;
            let here = (libc::AT_FDCWD as isize).cast_unsigned();
            call(
                libc::SYS_fchmodat,
                [here, path.as_ptr().expose_provenance(), 0o777],
            )
        }),
        ended("change the folder", Succeeds, |_| std::env::set_current_dir("/")),
        ended("change the root", Outside::SucceedsForRoot, |_| {
            std::os::unix::fs::chroot("/")
        }),
        ended("watch files", Succeeds, |_| call(libc::SYS_inotify_init1, [])),
        ended("file in memory", Succeeds, |_| {
            call(libc::SYS_memfd_create, [c"memory".as_ptr().expose_provenance()])
        }),
    ]
}

pub fn descriptors() -> Vec<Probe> {
    use Outside::{Differs, Succeeds};
    vec![
        ended("read what was left open", Succeeds, |place| {
            call(libc::SYS_read, [place.descriptor, zeros(), 8])
        }),
        ended("read what was left open, at a place", Succeeds, |place| {
            call(libc::SYS_pread64, [place.descriptor, zeros(), 8])
        }),
        ended("write what was left open", Differs, |place| {
            call(libc::SYS_write, [place.descriptor, zeros(), 8])
        }),
        ended("map what was left open", Succeeds, |place| {
            let (read, private) = (libc::PROT_READ as usize, libc::MAP_PRIVATE as usize);
            call(libc::SYS_mmap, [0, 4096, read, private, place.descriptor])
        }),
        ended("double a descriptor", Succeeds, |place| {
            call(libc::SYS_dup, [place.descriptor])
        }),
        ended("copy between descriptors", Succeeds, |place| {
            call(libc::SYS_sendfile, [1, place.descriptor, 0, 8])
        }),
        ended("read from standard output", Differs, |_| {
            call(libc::SYS_read, [1, zeros(), 8])
        }),
        ended("change a descriptor", Succeeds, |_| {
            call(libc::SYS_fcntl, [0, libc::F_SETFD as usize])
        }),
        not_there("type into a terminal", Differs, |_| {
            call(libc::SYS_ioctl, [0, 0x5412, zeros()])
        }),
    ]
}
