//! Reading the document an assignment names.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use crds::{AssignedSource, Assignment};
use rustix::fs::{Mode, OFlags, ResolveFlags};

use super::store::Store;
use crate::failure::{Failure, FailureReason};

/// Reads the whole source, of at most the assignment's `max_source_bytes`.
pub(super) async fn read(assignment: &Assignment, store: &Store) -> Result<Vec<u8>, Failure> {
    let limit = assignment.max_source_bytes;
    match &assignment.source {
        AssignedSource::Object(key) => store.read(key, limit).await?.ok_or_else(|| {
            let message = format!("there is no object {key} in the store; upload the document again");
            Failure::new(FailureReason::SourceNotFound, message)
        }),
        AssignedSource::VolumeFile { mount_path, path } => {
            let (mount_path, path) = (mount_path.clone(), path.clone());
            blocking(move || read_file(open_below(&mount_path, &path), &path, limit)).await
        }
        AssignedSource::MountedFile(path) => {
            let path = path.clone();
            blocking(move || read_file(File::open(&path), &path, limit)).await
        }
    }
}

async fn blocking(
    read: impl FnOnce() -> Result<Vec<u8>, Failure> + Send + 'static,
) -> Result<Vec<u8>, Failure> {
    match tokio::task::spawn_blocking(read).await {
        Ok(result) => result,
        Err(error) => Err(Failure::new(
            FailureReason::EncodingError,
            format!("reading the source broke off: {error}"),
        )),
    }
}

/// Opens a file below a directory; no symbolic link is followed anywhere on the way, and none leads out (`openat2(2)`).
fn open_below(directory: &str, path: &str) -> io::Result<File> {
    let root = File::open(directory)?;
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    Ok(rustix::fs::openat2(&root, Path::new(path), flags, Mode::empty(), resolve)?.into())
}

fn read_file(opened: io::Result<File>, path: &str, limit: u64) -> Result<Vec<u8>, Failure> {
    let unreadable = |error: io::Error| match error.raw_os_error() {
        Some(code)
            if code == rustix::io::Errno::LOOP.raw_os_error()
                || code == rustix::io::Errno::XDEV.raw_os_error() =>
        {
            let message =
                format!("{path} is a symbolic link, or one is on the way to it, and none is followed");
            Failure::new(FailureReason::InvalidSpec, message)
        }
        _ if matches!(
            error.kind(),
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
        ) =>
        {
            Failure::new(
                FailureReason::SourceNotFound,
                format!("there is no file {path} in the volume"),
            )
        }
        _ => Failure::new(
            FailureReason::StoreUnavailable,
            format!("unable to read {path}: {error}"),
        ),
    };
    let file = opened.map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        let message = format!("{path} is not a file; name a file in the volume");
        return Err(Failure::new(FailureReason::InvalidSpec, message));
    }
    let mut bytes = Vec::new();
    // One byte more than is allowed, as a file may grow after it was looked at.
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        let message = format!("the source {path} has more than the {limit} bytes that are allowed");
        return Err(Failure::new(FailureReason::SourceTooLarge, message));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_below(directory: &Path, path: &str) -> Result<Vec<u8>, FailureReason> {
        read_file(open_below(directory.to_str().unwrap(), path), path, 10).map_err(|failure| failure.reason)
    }

    #[test]
    fn a_volume_gives_plain_files_below_it_and_nothing_else() {
        let volume = tempfile::tempdir().unwrap();
        let root = volume.path();
        std::fs::create_dir(root.join("inner")).unwrap();
        std::fs::write(root.join("inner/a.txt"), "text").unwrap();
        std::fs::write(root.join("large.txt"), "more than ten").unwrap();
        std::os::unix::fs::symlink("a.txt", root.join("inner/link.txt")).unwrap();
        std::os::unix::fs::symlink("inner", root.join("linked")).unwrap();
        std::os::unix::fs::symlink("/etc", root.join("etc")).unwrap();

        assert_eq!(read_below(root, "inner/a.txt"), Ok(b"text".to_vec()));
        for (path, reason) in [
            ("missing.txt", FailureReason::SourceNotFound),
            ("inner/a.txt/b", FailureReason::SourceNotFound),
            ("large.txt", FailureReason::SourceTooLarge),
            ("inner", FailureReason::InvalidSpec),
            ("inner/link.txt", FailureReason::InvalidSpec),
            ("linked/a.txt", FailureReason::InvalidSpec),
            ("etc/passwd", FailureReason::InvalidSpec),
            ("../etc/passwd", FailureReason::InvalidSpec),
            ("/etc/passwd", FailureReason::InvalidSpec),
        ] {
            assert_eq!(read_below(root, path), Err(reason), "{path}");
        }
    }
}
