//! Writing a result into a folder.

use std::{
    fs,
    io::{self, Read, Write as _},
    path::{Path, PathBuf},
};

use encoder_job::{
    encode::Encoded,
    failure::{Failure, FailureReason},
    output::{MANIFEST_NAME, Manifest},
};

/// No manifest of ours has more bytes; other programs have files of that name too.
const MAX_MANIFEST_BYTES: u64 = 1 << 20;

/// What is in a folder that a result is to be written to.
#[derive(Debug, PartialEq)]
pub(super) enum ExistingOutput {
    /// No result.
    Nothing,
    /// A result.
    Result(Box<Manifest>),
    /// A manifest of some other program, or a damaged one.
    Foreign,
}

impl ExistingOutput {
    pub(super) fn of(directory: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        match fs::File::open(directory.join(MANIFEST_NAME)) {
            Ok(file) => file.take(MAX_MANIFEST_BYTES).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Nothing),
            Err(error) => return Err(error),
        };
        Ok(Manifest::parse(&bytes).map_or(Self::Foreign, |manifest| Self::Result(Box::new(manifest))))
    }
}

/// Writes a result; one that was there before stays until this one is written whole. Returns a sentence where it was that of another document.
///
/// # Errors
/// `StoreUnavailable`, where it cannot be written, or a manifest lies there that is none of ours.
pub(super) fn write(directory: &Path, encoded: &Encoded) -> Result<Option<String>, Failure> {
    let unable = |error: io::Error| {
        let message = format!("unable to write the result to {}: {error}", directory.display());
        Failure::new(FailureReason::StoreUnavailable, message)
    };
    let occupant = ExistingOutput::of(directory).map_err(unable)?;
    let replaced = match occupant {
        ExistingOutput::Nothing => None,
        ExistingOutput::Result(before) => {
            (before.source_sha256 != encoded.manifest.source_sha256).then(|| {
                format!(
                    "it replaces the result of another document, or of this one before it changed, in {}",
                    directory.display()
                )
            })
        }
        ExistingOutput::Foreign => {
            let message = format!(
                "{} is no result of this version of the program, or a damaged one, and would be replaced: remove it, or choose another folder with --out",
                directory.join(MANIFEST_NAME).display()
            );
            return Err(Failure::new(FailureReason::StoreUnavailable, message));
        }
    };
    fs::create_dir_all(directory).map_err(unable)?;
    let mut unfinished = Unfinished::default();
    let written = unfinished.write(directory, encoded);
    let committed = written.and_then(|()| unfinished.commit(directory));
    committed.map_err(|error| {
        unfinished.remove();
        // Where nothing else is in it, it was made for this.
        let _ = fs::remove_dir(directory);
        unable(error)
    })?;
    Ok(replaced)
}

/// Files that are not known by their names yet.
#[derive(Default)]
struct Unfinished(Vec<Part>);

/// A file that is being written. It is locked as long as somebody writes it.
struct Part {
    file: fs::File,
    path: PathBuf,
    /// Where it goes.
    name: PathBuf,
}

/// How the name of a file ends that is being written.
const PART: &str = ".part";

impl Unfinished {
    fn write(&mut self, directory: &Path, encoded: &Encoded) -> io::Result<()> {
        let files = &encoded.files;
        let manifest = encoded.manifest.to_bytes();
        let contents = [
            (files.metadata.name.as_str(), &files.metadata.bytes),
            (files.index.name.as_str(), &files.index.bytes),
            (MANIFEST_NAME, &manifest),
        ];
        self.create(directory, contents.map(|(name, _)| name))?;
        for (part, (_, bytes)) in self.0.iter_mut().zip(contents) {
            part.file.write_all(bytes)?;
            // Before it has its name: after a power cut a manifest must not name what was never written.
            part.file.sync_all()?;
        }
        Ok(())
    }

    /// Begins the files, and removes what others left that were ended while they wrote. Nobody else does so meanwhile.
    fn create(&mut self, directory: &Path, names: [&str; 3]) -> io::Result<()> {
        let folder = fs::File::open(directory)?;
        let _ = folder.lock();
        remove_abandoned(directory, names)?;
        for name in names {
            // Of another process at the same work the files have other names.
            let path = directory.join(format!("{name}.{}{PART}", std::process::id()));
            let file = fs::File::create(&path)?;
            // Where a file system knows no locks, what is left behind stays.
            let _ = file.lock();
            self.0.push(Part {
                file,
                path,
                name: directory.join(name),
            });
        }
        Ok(())
    }

    /// Gives the files their names, the manifest last: whoever sees a manifest sees what it names. Others that write to the same folder wait
    /// meanwhile, so that a manifest and its files are of one of them.
    fn commit(&self, directory: &Path) -> io::Result<()> {
        let folder = fs::File::open(directory)?;
        // Where a file system knows no locks, the last one wins file by file.
        let _ = folder.lock();
        // Before anything of the earlier result goes.
        if let Some(part) = self.0.iter().find(|part| part.name.is_dir()) {
            let message = format!("{} is a folder", part.name.display());
            return Err(io::Error::new(io::ErrorKind::IsADirectory, message));
        }
        match fs::remove_file(directory.join(MANIFEST_NAME)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.0
            .iter()
            .try_for_each(|part| fs::rename(&part.path, &part.name))?;
        folder.sync_all()
    }

    fn remove(&self) {
        for part in &self.0 {
            let _ = fs::remove_file(&part.path);
        }
    }
}

/// Removes files of these names that somebody began to write and did not end: a process that ends, however it does, holds no lock any more.
fn remove_abandoned(directory: &Path, names: [&str; 3]) -> io::Result<()> {
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let file_name = entry.file_name();
        let is_part = file_name.to_str().is_some_and(|file| {
            names.iter().any(|name| {
                let process = file
                    .strip_prefix(name)
                    .and_then(|rest| rest.strip_prefix('.')?.strip_suffix(PART));
                process.is_some_and(|process| {
                    !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit())
                })
            })
        });
        if is_part && fs::File::open(entry.path())?.try_lock().is_ok() {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_by_a_process_that_has_ended_is_removed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let names = ["a_metadata.json", "a_index.json", MANIFEST_NAME];
        let file = |name: &str| {
            let path = folder.path().join(name);
            fs::write(&path, "begun").unwrap();
            path
        };
        let abandoned = [
            file("a_metadata.json.17.part"),
            file("manifest.json.4000000.part"),
        ];
        let written = file("a_index.json.18.part");
        let writer = fs::File::open(&written).unwrap();
        writer.lock().unwrap();
        let others = [
            file("a_index.json"),
            file("b_index.json.17.part"),
            file("a_index.json.part"),
            file("a_index.json.x.part"),
        ];
        remove_abandoned(folder.path(), names).unwrap();
        assert!(abandoned.iter().all(|path| !path.exists()));
        assert!(written.exists(), "somebody writes it");
        assert!(others.iter().all(|path| path.exists()));
        drop(writer);
        remove_abandoned(folder.path(), names).unwrap();
        assert!(!written.exists());
    }
}
