//! Compression, as the filters of PDF know it, and bombs made of it without ever being large themselves.

use std::io::Write as _;

use flate2::{Compress, Compression, FlushCompress, Status, write::ZlibEncoder};

/// Compressed for `FlateDecode`.
pub(crate) fn flate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Compressed as in a ZIP archive, without a frame around.
pub(crate) fn deflate(bytes: &[u8]) -> Vec<u8> {
    deflate_with(bytes, FlushCompress::Finish)
}

/// Compressed without a frame: `piece` so many times over. Only one `piece` is ever held or compressed.
pub(crate) fn deflate_repeated(piece: &[u8], times: usize) -> Vec<u8> {
    // After a full flush the stream stands at a whole byte and looks back at nothing, so that it can be said again.
    let mut stream = deflate_with(piece, FlushCompress::Full).repeat(times);
    stream.extend_from_slice(&deflate_with(b"", FlushCompress::Finish));
    stream
}

/// Compressed for `FlateDecode`: `piece` so many times over.
pub(crate) fn flate_repeated(piece: &[u8], times: usize) -> Vec<u8> {
    let mut stream = b"\x78\xda".to_vec();
    stream.extend_from_slice(&deflate_repeated(piece, times));
    let one = Adler::of(piece);
    let sum = (1..times).fold(one, |sum, _| sum.then(one));
    stream.extend_from_slice(&sum.value().to_be_bytes());
    stream
}

fn deflate_with(bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut compress = Compress::new(Compression::best(), false);
    let mut output = Vec::with_capacity(bytes.len() / 64 + 4096);
    loop {
        let rest = &bytes[usize::try_from(compress.total_in()).unwrap()..];
        let status = compress.compress_vec(rest, &mut output, flush).unwrap();
        let is_all_taken = compress.total_in() == u64::try_from(bytes.len()).unwrap();
        if status == Status::StreamEnd || (is_all_taken && output.len() < output.capacity()) {
            return output;
        }
        output.reserve(4096);
    }
}

/// The checksum at the end of a zlib stream (RFC 1950).
#[derive(Clone, Copy)]
struct Adler {
    a: u32,
    b: u32,
    length: u32,
}

impl Adler {
    const MODULUS: u32 = 65_521;

    fn of(bytes: &[u8]) -> Self {
        let (mut a, mut b) = (1, 0);
        for &byte in bytes {
            a = (a + u32::from(byte)) % Self::MODULUS;
            b = (b + a) % Self::MODULUS;
        }
        let length = u32::try_from(bytes.len()).unwrap() % Self::MODULUS;
        Self { a, b, length }
    }

    /// That of what was summed here, followed by what was summed there.
    fn then(self, next: Self) -> Self {
        let modulus = u64::from(Self::MODULUS);
        let reduced = |sum: u64| u32::try_from(sum % modulus).unwrap();
        let [a, b, next_a, next_b, next_length] =
            [self.a, self.b, next.a, next.b, next.length].map(u64::from);
        Self {
            a: reduced(a + next_a + modulus - 1),
            b: reduced(b + next_b + next_length * (a + modulus - 1)),
            length: reduced(u64::from(self.length) + next_length),
        }
    }

    fn value(self) -> u32 {
        self.b << 16 | self.a
    }
}

/// Compressed for `LZWDecode`: one byte, at least so many times over.
pub(crate) fn lzw_of_one_byte(byte: u8, times: usize) -> Vec<u8> {
    const CLEAR: u32 = 256;
    const END: u32 = 257;
    /// Codes between two clearings: those the table has room for.
    const CODES: usize = 3837;
    let mut bits = Bits::default();
    let mut written = 0;
    let mut width = 9;
    while written < times {
        bits.push(CLEAR, width);
        for code in 1..=CODES {
            // One code more is known after each, and they grow a step before they must ("early change").
            width = match code {
                0..=254 => 9,
                255..=766 => 10,
                767..=1790 => 11,
                _ => 12,
            };
            let value = if code == 1 {
                u32::from(byte)
            } else {
                256 + u32::try_from(code).unwrap()
            };
            bits.push(value, width);
            written += code;
            if written >= times {
                break;
            }
        }
    }
    bits.push(END, width);
    bits.finish()
}

/// Bits, the highest first.
#[derive(Default)]
pub(crate) struct Bits {
    bytes: Vec<u8>,
    waiting: u32,
    count: u32,
}

impl Bits {
    /// The lowest `width` bits, at most 16, of a value.
    pub(crate) fn push(&mut self, value: u32, width: u32) {
        self.waiting = self.waiting << width | value;
        self.count += width;
        while self.count >= 8 {
            self.count -= 8;
            self.bytes.push((self.waiting >> self.count).to_le_bytes()[0]);
            self.waiting &= (1 << self.count) - 1;
        }
    }

    /// The bytes, the last of them filled up with zeros.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if self.count > 0 {
            self.push(0, 8 - self.count);
        }
        self.bytes
    }
}

/// Compressed for `RunLengthDecode`: one byte, at least so many times over.
pub(crate) fn run_length_of_one_byte(byte: u8, times: usize) -> Vec<u8> {
    // 129 stands for 128 times the byte that follows, 128 for the end.
    let mut bytes = [129, byte].repeat(times.div_ceil(128));
    bytes.push(128);
    bytes
}

/// Written for `ASCIIHexDecode`.
pub(crate) fn ascii_hex(bytes: &[u8]) -> Vec<u8> {
    let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text.push('>');
    text.into_bytes()
}

/// Written for `ASCII85Decode`.
pub(crate) fn ascii_85(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for group in bytes.chunks(4) {
        let mut four = [0; 4];
        four[..group.len()].copy_from_slice(group);
        let mut value = u32::from_be_bytes(four);
        let mut five = [0; 5];
        for digit in five.iter_mut().rev() {
            *digit = b'!' + u8::try_from(value % 85).unwrap();
            value /= 85;
        }
        if group == [0; 4] {
            text.push(b'z');
        } else {
            text.extend_from_slice(&five[..=group.len()]);
        }
    }
    text.extend_from_slice(b"~>");
    text
}
