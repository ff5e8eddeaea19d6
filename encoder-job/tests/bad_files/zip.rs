//! ZIP archives, right and wrong.

use flate2::Crc;

use super::pack::{deflate, deflate_repeated};

/// An archive being made.
#[derive(Default)]
pub(crate) struct Zip {
    local: Vec<u8>,
    directory: Vec<u8>,
    count: u16,
}

/// A file to be put into an archive, already compressed.
pub(crate) struct Entry<'a> {
    pub(crate) name: &'a str,
    /// 0 stored, 8 deflated.
    pub(crate) method: u16,
    pub(crate) flags: u16,
    pub(crate) checksum: u32,
    /// How long it says to be.
    pub(crate) length: u32,
    pub(crate) packed: Vec<u8>,
}

impl<'a> Entry<'a> {
    /// A file that is stored as it is.
    pub(crate) fn stored(name: &'a str, content: &[u8]) -> Self {
        Self {
            method: 0,
            packed: content.to_vec(),
            ..Self::deflated(name, content)
        }
    }

    /// A file that is compressed.
    pub(crate) fn deflated(name: &'a str, content: &[u8]) -> Self {
        let mut checksum = Crc::new();
        checksum.update(content);
        Self {
            name,
            method: 8,
            flags: 0,
            checksum: checksum.sum(),
            length: u32::try_from(content.len()).unwrap(),
            packed: deflate(content),
        }
    }

    /// A file of `piece` so many times, with `head` before and `tail` after.
    pub(crate) fn repeated(name: &'a str, head: &[u8], piece: &[u8], times: usize, tail: &[u8]) -> Self {
        let mut checksum = Crc::new();
        checksum.update(head);
        let mut one = Crc::new();
        one.update(piece);
        for _ in 0..times {
            checksum.combine(&one);
        }
        checksum.update(tail);
        // Blocks of deflated data may follow each other, if none but the last says it is the last.
        let mut packed = open_blocks(head);
        packed.extend_from_slice(&open_blocks(piece).repeat(times));
        packed.extend_from_slice(&deflate(tail));
        let length = head.len() + piece.len() * times + tail.len();
        Self {
            name,
            method: 8,
            flags: 0,
            checksum: checksum.sum(),
            length: u32::try_from(length).unwrap_or(u32::MAX),
            packed,
        }
    }
}

/// Deflated, up to a whole byte, to be followed by more.
fn open_blocks(content: &[u8]) -> Vec<u8> {
    let mut packed = deflate_repeated(content, 1);
    let end = deflate_repeated(b"", 0).len();
    packed.truncate(packed.len() - end);
    packed
}

impl Zip {
    /// Puts a file in.
    pub(crate) fn with(mut self, entry: &Entry<'_>) -> Self {
        let offset = u32::try_from(self.local.len()).unwrap();
        let mut common = Vec::new();
        for number in [20, entry.flags, entry.method, 0, 0x21] {
            common.extend_from_slice(&number.to_le_bytes());
        }
        for number in [
            entry.checksum,
            u32::try_from(entry.packed.len()).unwrap(),
            entry.length,
        ] {
            common.extend_from_slice(&number.to_le_bytes());
        }
        common.extend_from_slice(&u16::try_from(entry.name.len()).unwrap().to_le_bytes());
        common.extend_from_slice(&[0, 0]);
        self.local.extend_from_slice(b"PK\x03\x04");
        self.local.extend_from_slice(&common);
        self.local.extend_from_slice(entry.name.as_bytes());
        self.local.extend_from_slice(&entry.packed);
        self.directory.extend_from_slice(b"PK\x01\x02\x14\x00");
        self.directory.extend_from_slice(&common);
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend_from_slice(&offset.to_le_bytes());
        self.directory.extend_from_slice(entry.name.as_bytes());
        self.count = self.count.wrapping_add(1);
        self
    }

    /// The archive.
    pub(crate) fn finish(self) -> Vec<u8> {
        let count = self.count;
        self.finish_saying(count, None)
    }

    /// The archive, whose end says there are so many files in it, and that its directory begins there.
    pub(crate) fn finish_saying(self, count: u16, directory_at: Option<u32>) -> Vec<u8> {
        let start = u32::try_from(self.local.len()).unwrap();
        let length = u32::try_from(self.directory.len()).unwrap();
        let mut file = self.local;
        file.extend_from_slice(&self.directory);
        file.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        for number in [count, count] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        for number in [length, directory_at.unwrap_or(start)] {
            file.extend_from_slice(&number.to_le_bytes());
        }
        file.extend_from_slice(&[0, 0]);
        file
    }
}
