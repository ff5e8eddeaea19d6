//! Listing what lies below a directory, without following a link.

use std::{
    fs::File,
    io,
    os::{fd::OwnedFd, unix::ffi::OsStrExt},
};

use jiff::Timestamp;
use rustix::fs::OFlags;

use super::{open_beneath, opened};
use crate::store::Listed;

/// Gives each file, and each link and whatever else is no directory, to `take` for as long as that wants more. What is in one directory comes one
/// after the other. A directory that goes while it is read has nothing in it.
pub(super) fn list(
    root: &OwnedFd,
    directory: &str,
    take: &mut dyn FnMut(Listed) -> bool,
) -> io::Result<bool> {
    let here: File = match open_beneath(root, directory, OFlags::RDONLY | OFlags::DIRECTORY) {
        Ok(here) => here,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let mut directories = Vec::new();
    for entry in std::fs::read_dir(opened(&here))? {
        let entry = entry?;
        let Ok(name) = std::str::from_utf8(entry.file_name().as_bytes()).map(ToOwned::to_owned) else {
            continue; // Nobody has a key for it; it goes with what is around it.
        };
        let key = format!("{directory}/{name}");
        let metadata = match entry.metadata() {
            Ok(metadata) => metadata, // Of a link itself.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if metadata.is_dir() {
            directories.push(key);
            continue;
        }
        let modified = Timestamp::try_from(metadata.modified()?).map_err(io::Error::other)?;
        let listed = Listed {
            key,
            size: metadata.len(),
            modified,
        };
        if !take(listed) {
            return Ok(false);
        }
    }
    drop(here); // However deep it goes, one is open.
    for directory in directories {
        if !list(root, &directory, take)? {
            return Ok(false);
        }
    }
    Ok(true)
}
