//! Archives around a part that is fuzzed: what flips bits by itself would hardly ever hit a right checksum.

use crate::generator::archives::{ArchiveFormat, DOCX, EPUB};

/// The parts of an archive, counted in the first byte of what is fuzzed.
const MOST_PARTS: u8 = 8;

/// A DOCX of which a part is fuzzed, or all of it.
pub fn docx(data: &[u8]) -> Option<Vec<u8>> {
    around(&DOCX, data)
}

/// An EPUB of which a part is fuzzed, or all of it.
pub fn epub(data: &[u8]) -> Option<Vec<u8>> {
    around(&EPUB, data)
}

fn around(format: &ArchiveFormat, data: &[u8]) -> Option<Vec<u8>> {
    let (&index, content) = data.split_first()?;
    Some(if index < MOST_PARTS {
        format.with_part(usize::from(index), Some(content))
    } else {
        data.to_vec()
    })
}
