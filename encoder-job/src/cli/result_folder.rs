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
pub(super) enum Occupant {
    /// No result.
    Nothing,
    /// A result.
    Result(Box<Manifest>),
    /// A manifest of some other program, or a damaged one.
    Stranger,
}

impl Occupant {
    pub(super) fn of(directory: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        match fs::File::open(directory.join(MANIFEST_NAME)) {
            Ok(file) => file.take(MAX_MANIFEST_BYTES).read_to_end(&mut bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::Nothing),
            Err(error) => return Err(error),
        };
        Ok(Manifest::parse(&bytes).map_or(Self::Stranger, |manifest| Self::Result(Box::new(manifest))))
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
    let occupant = Occupant::of(directory).map_err(unable)?;
    let replaced = match occupant {
        Occupant::Nothing => None,
        Occupant::Result(before) => (before.source_sha256 != encoded.manifest.source_sha256).then(|| {
            format!(
                "it replaces the result of another document, or of this one before it changed, in {}",
                directory.display()
            )
        }),
        Occupant::Stranger => {
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

/// Files that are not known by their names yet: where each is, and where it goes.
#[derive(Default)]
struct Unfinished(Vec<(PathBuf, PathBuf)>);

impl Unfinished {
    fn write(&mut self, directory: &Path, encoded: &Encoded) -> io::Result<()> {
        let files = &encoded.files;
        let manifest = encoded.manifest.to_bytes();
        for (name, bytes) in [
            (files.metadata.name.as_str(), &files.metadata.bytes),
            (files.index.name.as_str(), &files.index.bytes),
            (MANIFEST_NAME, &manifest),
        ] {
            // Of another process at the same work the files have other names.
            let path = directory.join(format!("{name}.{}.part", std::process::id()));
            self.0.push((path.clone(), directory.join(name)));
            let mut file = fs::File::create(path)?;
            file.write_all(bytes)?;
            // Before it has its name: after a power cut a manifest must not name what was never written.
            file.sync_all()?;
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
        if let Some((_, name)) = self.0.iter().find(|(_, name)| name.is_dir()) {
            let message = format!("{} is a folder", name.display());
            return Err(io::Error::new(io::ErrorKind::IsADirectory, message));
        }
        match fs::remove_file(directory.join(MANIFEST_NAME)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        self.0
            .iter()
            .try_for_each(|(path, name)| fs::rename(path, name))?;
        folder.sync_all()
    }

    fn remove(&self) {
        for (path, _) in &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}
