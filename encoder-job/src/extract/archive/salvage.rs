//! Finding the entries of an archive that has lost its directory, which stands at its end: each entry has a header of its own.

use std::io::{self, Read};

use flate2::bufread::DeflateDecoder;

/// What an entry's own header begins with, and what its place in the directory does.
pub(super) const LOCAL_ENTRY: &[u8] = b"PK\x03\x04";
pub(super) const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";
/// The length of an entry's header without its name and extra fields.
const HEADER: usize = 30;
/// Flags of an entry.
const ENCRYPTED: u16 = 1;
const SIZE_COMES_AFTER: u16 = 1 << 3;

/// An entry, by its own header.
#[derive(Debug)]
pub(super) struct LocalEntry<'a> {
    pub(super) name: String,
    pub(super) is_encrypted: bool,
    method: u16,
    /// Its data, packed; all that follows where its size is not known.
    data: &'a [u8],
}

impl LocalEntry<'_> {
    /// Unpacks the entry, or one byte more than `limit` of it, as far as it goes.
    pub(super) fn unpack(&self, limit: u64, bytes: &mut Vec<u8>) -> io::Result<usize> {
        match self.method {
            0 => self.data.take(limit + 1).read_to_end(bytes),
            // It says by itself where it ends.
            8 => DeflateDecoder::new(self.data).take(limit + 1).read_to_end(bytes),
            method => Err(io::Error::other(format!(
                "it is packed in a way that is not known ({method})"
            ))),
        }
    }
}

/// The entries whose headers are there, in order.
pub(super) fn entries(bytes: &[u8]) -> Vec<LocalEntry<'_>> {
    let mut entries = Vec::new();
    let mut at = 0;
    while let Some(found) = bytes
        .get(at..)
        .and_then(|rest| memchr::memmem::find(rest, LOCAL_ENTRY))
    {
        let start = at + found;
        match entry(bytes, start) {
            Some((entry, end)) => {
                entries.push(entry);
                at = end;
            }
            None => at = start + LOCAL_ENTRY.len(),
        }
    }
    entries
}

/// The entry whose header is at this place, and where to look for the next.
fn entry(bytes: &[u8], start: usize) -> Option<(LocalEntry<'_>, usize)> {
    let header = bytes.get(start..start + HEADER)?;
    let number = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let flags = number(6);
    let size = u32::from_le_bytes([header[18], header[19], header[20], header[21]]) as usize;
    let name_start = start + HEADER;
    let data_start = name_start + usize::from(number(26));
    let name = String::from_utf8_lossy(bytes.get(name_start..data_start)?).into_owned();
    let data_start = data_start + usize::from(number(28));
    let rest = bytes.get(data_start..)?;
    let method = number(8);
    let size_is_known = flags & SIZE_COMES_AFTER == 0;
    let data = if size_is_known {
        &rest[..size.min(rest.len())]
    } else if method == 0 {
        let end =
            memchr::memmem::find(rest, b"PK\x07\x08").or_else(|| memchr::memmem::find(rest, LOCAL_ENTRY));
        &rest[..end.unwrap_or(rest.len())]
    } else {
        rest
    };
    let next = if size_is_known {
        data_start + data.len()
    } else {
        data_start
    };
    let entry = LocalEntry {
        name,
        is_encrypted: flags & ENCRYPTED != 0,
        method,
        data,
    };
    Some((entry, next))
}
