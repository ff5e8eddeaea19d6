//! The ZIP archives that DOCX and EPUB are: only the entries asked for are unpacked, to memory, within limits on what really
//! comes out of them. Archives inside of them are never opened.

mod paths;
mod salvage;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    io::{self, Cursor, Read},
};

use zip::ZipArchive;

use crate::failure::{Failure, FailureReason};
pub(super) use paths::{has_extension, resolve};
use salvage::LocalEntry;

/// What an archive may hold.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// The most entries.
    entries: usize,
    /// The most bytes that one entry may unpack to.
    entry_bytes: u64,
    /// The most bytes that all entries that are read may unpack to.
    total_bytes: u64,
}

const LIMITS: Limits = Limits {
    // More need an extension of ZIP that no document has use for.
    entries: 65_535,
    // The text of a book of 5,000 pages takes a third of it as DOCX.
    entry_bytes: 128 << 20,
    total_bytes: 256 << 20,
};
/// The longest entry that says in a few words what an archive is.
const MAX_SMALL_BYTES: u64 = 256;
/// The most bytes that one byte of DEFLATE can unpack to.
const MOST_PER_BYTE: u64 = 1_032;

/// An archive.
pub(super) struct Archive<'a> {
    source: Source<'a>,
    /// The numbers of entries by their paths.
    numbers: HashMap<String, usize>,
    /// Bytes that one entry may unpack to, and that all may yet.
    entry_bytes: u64,
    left: u64,
    is_damaged: bool,
}

enum Source<'a> {
    /// By the directory at the archive's end.
    Directory(ZipArchive<Cursor<&'a [u8]>>),
    /// By what stands before each entry, as the directory is lost.
    Entries(Vec<LocalEntry<'a>>),
}

/// An entry that was unpacked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) bytes: Vec<u8>,
    /// What is wrong with it; then the bytes end too early, or some of them are wrong.
    pub(super) damage: Option<String>,
}

impl<'a> Archive<'a> {
    /// Opens an archive. If it is damaged, what is left of it is found.
    ///
    /// # Errors
    /// `Malformed` where nothing is found, or too many entries.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, Failure> {
        Self::open_within(bytes, LIMITS)
    }

    fn open_within(bytes: &'a [u8], limits: Limits) -> Result<Self, Failure> {
        let signatures: [&[u8]; 2] = [salvage::DIRECTORY_ENTRY, salvage::LOCAL_ENTRY];
        if signatures.iter().any(|signature| {
            memchr::memmem::find_iter(bytes, signature)
                .nth(limits.entries)
                .is_some()
        }) {
            return Err(malformed(&format!("it has more than {} entries", limits.entries)));
        }
        let (source, is_damaged) = match ZipArchive::new(Cursor::new(bytes)) {
            Ok(archive) => (Source::Directory(archive), false),
            Err(error) => {
                let entries = salvage::entries(bytes);
                if entries.is_empty() {
                    return Err(malformed(&error.to_string()));
                }
                (Source::Entries(entries), true)
            }
        };
        let mut archive = Self {
            source,
            numbers: HashMap::new(),
            entry_bytes: limits.entry_bytes,
            left: limits.total_bytes,
            is_damaged,
        };
        archive.numbers = archive.names();
        Ok(archive)
    }

    fn names(&self) -> HashMap<String, usize> {
        let mut numbers = HashMap::new();
        let mut add = |name: &str, number| {
            // A folder is an entry too.
            if !name.ends_with(['/', '\\'])
                && let Some(path) = paths::normalise(name)
            {
                numbers.entry(path).or_insert(number);
            }
        };
        match &self.source {
            Source::Directory(archive) => {
                for number in 0..archive.len() {
                    if let Some(Ok(name)) = archive.name_for_index(number) {
                        add(&name, number);
                    }
                }
            }
            Source::Entries(entries) => {
                for (number, entry) in entries.iter().enumerate() {
                    add(&entry.name, number);
                }
            }
        }
        // Names may be written as in links (ISO/IEC 29500-2, annex A), which lead to what they mean.
        let mut written_as_link: Vec<(String, usize)> = numbers
            .iter()
            .filter(|(path, _)| path.contains('%'))
            .filter_map(|(path, number)| Some((resolve("", path)?.path, *number)))
            .collect();
        written_as_link.sort_by_key(|(_, number)| *number);
        for (path, number) in written_as_link {
            numbers.entry(path).or_insert(number);
        }
        numbers
    }

    /// What to say if the archive itself is damaged.
    pub(super) fn warning(&self) -> Option<String> {
        self.is_damaged
            .then(|| "the file is damaged or was cut short; what is left of it was read".to_owned())
    }

    /// Whether there is an entry with this path, in whatever case its letters are.
    pub(super) fn contains(&self, path: &str) -> bool {
        self.number(path).is_some()
    }

    /// The paths of all entries, in lower case and in no order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.numbers.keys().map(String::as_str)
    }

    fn number(&self, path: &str) -> Option<usize> {
        self.numbers.get(&paths::normalise(path)?).copied()
    }

    /// Whether an entry opens only with a password.
    pub(super) fn is_encrypted(&self) -> bool {
        match &self.source {
            Source::Directory(archive) => (0..archive.len())
                .any(|number| archive.by_index_data(number).is_ok_and(|entry| entry.encrypted())),
            Source::Entries(entries) => entries.iter().any(|entry| entry.is_encrypted),
        }
    }

    /// Unpacks an entry; `None` where there is none with this path. One that is damaged is unpacked as far as it goes.
    ///
    /// # Errors
    /// `Encrypted` where it opens only with a password; `Malformed` where it is larger than is allowed; `OutOfMemory` where there is
    /// no memory for it.
    pub(super) fn read(&mut self, path: &str) -> Result<Option<Part>, Failure> {
        let Some(number) = self.number(path) else {
            return Ok(None);
        };
        let limit = self.left.min(self.entry_bytes);
        let part = self.unpack(number, limit)?;
        let unpacked = part.bytes.len() as u64;
        if unpacked > limit {
            let limit = limit >> 20;
            let message = format!(
                "the file is a decompression bomb: its text unpacks to more than {limit} MiB; split the document and upload its parts"
            );
            return Err(Failure::new(FailureReason::Malformed, message));
        }
        self.left -= unpacked;
        Ok(Some(part))
    }

    /// The beginning of an entry, if there is one that can be read.
    pub(super) fn read_small(&mut self, path: &str) -> Option<Vec<u8>> {
        let number = self.number(path)?;
        let part = self.unpack(number, MAX_SMALL_BYTES).ok()?;
        Some(part.bytes)
    }

    /// Unpacks an entry, or one byte more than `limit` of it.
    fn unpack(&mut self, number: usize, limit: u64) -> Result<Part, Failure> {
        let mut bytes = Vec::new();
        let result = match &mut self.source {
            Source::Directory(archive) => {
                if archive.by_index_data(number).is_ok_and(|entry| entry.encrypted()) {
                    return Err(encrypted());
                }
                match archive.by_index(number) {
                    Ok(entry) => {
                        // The directory may claim any size; what is packed tells how much it can be.
                        let most = entry.compressed_size().saturating_mul(MOST_PER_BYTE);
                        reserve(&mut bytes, entry.size().min(most).min(limit))
                            .and_then(|()| entry.take(limit + 1).read_to_end(&mut bytes))
                    }
                    Err(error) => Err(error.into()),
                }
            }
            Source::Entries(entries) => match entries.get(number) {
                Some(entry) if entry.is_encrypted => return Err(encrypted()),
                Some(entry) => salvage::unpack(entry, limit, &mut bytes),
                None => Ok(0),
            },
        };
        unpacked(bytes, result)
    }
}

/// Sets memory aside for what an entry unpacks to, and one byte more, so that it is not copied while it grows.
fn reserve(bytes: &mut Vec<u8>, size: u64) -> io::Result<()> {
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    bytes
        .try_reserve_exact(size.saturating_add(1))
        .map_err(|_| io::ErrorKind::OutOfMemory.into())
}

/// What an entry unpacked to, and how that ended. Where the memory ended, the entry itself is whole.
fn unpacked(bytes: Vec<u8>, result: io::Result<usize>) -> Result<Part, Failure> {
    match result {
        Ok(_) => Ok(Part { bytes, damage: None }),
        Err(error) if error.kind() == io::ErrorKind::OutOfMemory => {
            let megabytes = bytes.len() >> 20;
            let message = format!(
                "unpacking the document needs more memory than there is: it ended after {megabytes} MiB of one of its parts; give it more memory or split the document"
            );
            Err(Failure::new(FailureReason::OutOfMemory, message))
        }
        Err(error) => Ok(Part {
            bytes,
            damage: Some(format!("unpacking it failed: {error}")),
        }),
    }
}

fn malformed(what: &str) -> Failure {
    let message = format!(
        "the file is a ZIP archive that cannot be read: {what}; save the document again and upload that"
    );
    Failure::new(FailureReason::Malformed, message)
}

fn encrypted() -> Failure {
    Failure::new(
        FailureReason::Encrypted,
        "the document's archive opens only with a password: save it without one and upload that",
    )
}
