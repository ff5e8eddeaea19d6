//! Removing what lies below a directory, without following a link.

use std::{ffi::OsStr, fs::File, io, os::fd::OwnedFd};

use rustix::fs::OFlags;

use super::{open_beneath, opened};

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

/// Removes what lies below a directory, but what is on the way to others below it, and what is below those.
pub(super) fn remove_beside(root: &OwnedFd, directory: &str, kept: &[String]) -> io::Result<()> {
    let ways: Option<Vec<&str>> = kept
        .iter()
        .map(|kept| kept.strip_prefix(directory)?.strip_prefix('/'))
        .collect();
    let ways = ways.ok_or_else(|| io::Error::other("what is kept does not lie below what is removed"))?;
    remove_off(root, directory, &ways)
}

/// Removes what a directory has off these ways, which begin in it.
fn remove_off(root: &OwnedFd, directory: &str, ways: &[&str]) -> io::Result<()> {
    let here = match open_beneath(root, directory, OFlags::RDONLY | OFlags::DIRECTORY) {
        Ok(here) => here,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in std::fs::read_dir(opened(&here))? {
        let name = entry?.file_name();
        let on: Vec<(&str, Option<&str>)> = ways
            .iter()
            .map(|way| {
                way.split_once('/')
                    .map_or((*way, None), |(next, rest)| (next, Some(rest)))
            })
            .filter(|(next, _)| name == *next)
            .collect();
        let Some((next, _)) = on.first() else {
            remove_entry(&here, &name)?;
            continue;
        };
        // Where one of them ends here, everything below is kept.
        let rest: Option<Vec<&str>> = on.iter().map(|(_, rest)| *rest).collect();
        if let Some(rest) = rest {
            remove_off(root, &format!("{directory}/{next}"), &rest)?;
        }
    }
    Ok(())
}
