//! Unpacking the entries of an archive that has lost its directory, which stands at its end: each entry has a header of its own.

use std::io::{self, Read};

use flate2::bufread::DeflateDecoder;
pub(super) use formats::archive::{LOCAL_ENTRY, LocalEntry, entries};

/// What an entry's place in the directory begins with.
pub(super) const DIRECTORY_ENTRY: &[u8] = b"PK\x01\x02";

/// Unpacks an entry, or one byte more than `limit` of it, as far as it goes.
pub(super) fn unpack(entry: &LocalEntry<'_>, limit: u64, bytes: &mut Vec<u8>) -> io::Result<usize> {
    match entry.method {
        0 => entry.data.take(limit + 1).read_to_end(bytes),
        // It says by itself where it ends.
        8 => DeflateDecoder::new(entry.data).take(limit + 1).read_to_end(bytes),
        method => Err(io::Error::other(format!(
            "it is packed in a way that is not known ({method})"
        ))),
    }
}
