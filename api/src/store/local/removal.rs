//! Removing what lies below a directory, without following a link.

use std::{
    ffi::OsStr,
    fs::File,
    io,
    os::fd::{AsRawFd, OwnedFd},
    path::PathBuf,
};

use rustix::fs::OFlags;

use super::open_beneath;

/// Removes a directory, or whatever is in its place, and everything below it.
pub(super) fn remove(root: &OwnedFd, path: &str) -> io::Result<()> {
    let (above, name) = path.rsplit_once('/').unwrap_or((".", path));
    let parent = match open_beneath(root, above, OFlags::RDONLY | OFlags::DIRECTORY) {
        Ok(parent) => parent,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    remove_entry(&parent, OsStr::new(name))?;
    // The directories above stay, as an encoder may have mounted the tenant's; the last but one goes when it is empty.
    if let Some((above, name)) = above.rsplit_once('/')
        && let Ok(parent) = open_beneath(root, above, OFlags::RDONLY | OFlags::DIRECTORY)
    {
        let _ = rustix::fs::unlinkat(&parent, name, rustix::fs::AtFlags::REMOVEDIR);
    }
    Ok(())
}

/// Removes what a directory has under a name, and everything below it.
fn remove_entry(parent: &File, name: &OsStr) -> io::Result<()> {
    // From the directory that is open on, the standard library follows no link either.
    let path = opened(parent).join(name);
    match std::fs::remove_dir_all(&path) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        // A file, or a link: it goes, and where it leads nothing does.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => std::fs::remove_file(&path)?,
        Err(error) => return Err(error),
    }
    parent.sync_all()
}

/// Removes what lies below a directory, but what is on the way to another below it, and what is below that.
pub(super) fn remove_beside(root: &OwnedFd, directory: &str, kept: &str) -> io::Result<()> {
    let way = kept
        .strip_prefix(directory)
        .and_then(|way| way.strip_prefix('/'))
        .ok_or_else(|| io::Error::other("what is kept does not lie below what is removed"))?;
    let mut at = directory.to_owned();
    for next in way.split('/') {
        let here = match open_beneath(root, &at, OFlags::RDONLY | OFlags::DIRECTORY) {
            Ok(here) => here,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        for entry in std::fs::read_dir(opened(&here))? {
            let name = entry?.file_name();
            if name != next {
                remove_entry(&here, &name)?;
            }
        }
        at = format!("{at}/{next}");
    }
    Ok(())
}

/// A path by which the standard library finds a directory that is open.
fn opened(directory: &File) -> PathBuf {
    PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()))
}
