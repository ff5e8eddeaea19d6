//! Filters that are broken, unknown, or set up nonsensically, on contents that should have been text.

use super::{
    Collection,
    draft::{CONTENTS, Draft, RESOURCES},
    pack::{Bits, ascii_85, ascii_hex, flate, run_length_of_one_byte},
};

pub(super) fn add(collection: &mut Collection) {
    unknown(collection);
    noise_in_each(collection);
    ends_missing(collection);
    flate_streams(collection);
    lzw_streams(collection);
}

/// A page whose contents are this stream.
fn page(dictionary: &str, bytes: impl AsRef<[u8]>) -> Vec<u8> {
    let mut draft = Draft::default();
    draft.stream(dictionary, bytes);
    draft.page(&format!("/Contents 1 0 R {RESOURCES}"))
}

fn unknown(collection: &mut Collection) {
    for dictionary in [
        "/Filter /NoSuchDecode",
        "/Filter /Crypt",
        "/Filter [/Crypt /FlateDecode] /DecodeParms [<< /Name /NoSuch >> null]",
        "/Filter []",
        "/Filter [null null]",
        "/Filter (FlateDecode)",
        "/Filter 7",
        "/Filter 1 0 R",
        "/Filter [1 0 R]",
        "/Filter [[/FlateDecode]]",
        "/Filter /FlateDecode /DecodeParms 1 0 R",
        "/Filter /FlateDecode /DecodeParms [null null null null]",
        "/F (/etc/passwd)",
        "/F << /Type /Filespec /F (/etc/passwd) >> /FFilter /FlateDecode",
        "/F << /FS /URL /F (http://localhost/) >>",
    ] {
        collection.pdf("filter-unknown", page(dictionary, flate(CONTENTS.as_bytes())));
    }
}

const FILTERS: [&str; 9] = [
    "ASCIIHexDecode",
    "ASCII85Decode",
    "LZWDecode",
    "FlateDecode",
    "RunLengthDecode",
    "CCITTFaxDecode",
    "JBIG2Decode",
    "DCTDecode",
    "JPXDecode",
];

fn noise_in_each(collection: &mut Collection) {
    for filter in FILTERS {
        for length in [0, 1, 2000] {
            let noise = collection.random.bytes(length);
            collection.pdf("filter-over-noise", page(&format!("/Filter /{filter}"), noise));
        }
        // And as a link of a chain, before and after one that works.
        let packed = flate(&collection.random.bytes(500));
        collection.pdf(
            "filter-over-noise",
            page(&format!("/Filter [/FlateDecode /{filter}]"), packed),
        );
    }
}

fn ends_missing(collection: &mut Collection) {
    let text = CONTENTS.repeat(20);
    for (filter, bytes) in [
        ("ASCIIHexDecode", ascii_hex(text.as_bytes())),
        ("ASCII85Decode", ascii_85(text.as_bytes())),
        ("FlateDecode", flate(text.as_bytes())),
        ("RunLengthDecode", run_length_of_one_byte(b' ', 10_000)),
    ] {
        let dictionary = format!("/Filter /{filter}");
        for end in [bytes.len() - 1, bytes.len() / 2, 3] {
            collection.pdf("filter-cut", page(&dictionary, &bytes[..end]));
        }
        let mut bent = bytes;
        for _ in 0..5 {
            let at = collection.random.below(bent.len());
            bent[at] = collection.random.byte();
        }
        collection.pdf("filter-bent", page(&dictionary, bent));
    }
    for bytes in [
        &b"zzzz<~"[..],
        b"zzz~",
        b"~>",
        b"uuuuu~>",
        b"!z!z!z~>",
        b"\xff\xfe~>",
    ] {
        collection.pdf("filter-bent", page("/Filter /ASCII85Decode", bytes));
    }
}

fn flate_streams(collection: &mut Collection) {
    let stored = |length: u16, complement: u16| {
        let [a, b] = length.to_le_bytes();
        let [c, d] = complement.to_le_bytes();
        vec![0x78, 0x01, 0x01, a, b, c, d, b'B', b'T']
    };
    for bytes in [
        // A block of the kind that does not exist; a stored one whose length lies; a preset dictionary; a wrong checksum.
        vec![0x78, 0x9c, 0x07, 0x00],
        stored(2, 0),
        stored(65_535, 0),
        vec![0x78, 0xbb, 0x01, 0x02, 0x03, 0x04, 0x03, 0x00],
        vec![0x78, 0x9c, 0x03, 0x00, 0xff, 0xff, 0xff, 0xff],
        // Codes that say nothing but how long codes are.
        [&[0x78, 0x9c, 0x05][..], &[0xff; 500]].concat(),
        // Stored blocks without anything in them.
        [&[0x78, 0x9c][..], &[0x00, 0x00, 0x00, 0xff, 0xff].repeat(200_000)].concat(),
        // A copy from before the beginning.
        vec![0x78, 0x9c, 0x03, 0x7e, 0x00, 0x00],
    ] {
        collection.pdf("flate-stream-wrong", page("/Filter /FlateDecode", bytes));
    }
}

fn lzw_streams(collection: &mut Collection) {
    let codes = |codes: &[u32]| {
        let mut bits = Bits::default();
        for &code in codes {
            bits.push(code, 9);
        }
        bits.finish()
    };
    for bytes in [
        // Codes not yet known; nothing but clearings; no clearing and no end; a full table that is never cleared.
        codes(&[256, 300, 511, 257]),
        codes(&[258, 259, 260]),
        codes(&[256].repeat(100_000)),
        codes(&[65].repeat(5000)),
        vec![0xff; 5000],
        vec![0x80],
    ] {
        collection.pdf("lzw-stream-wrong", page("/Filter /LZWDecode", &bytes));
        collection.pdf(
            "lzw-stream-wrong",
            page("/Filter /LZWDecode /DecodeParms << /EarlyChange 0 >>", &bytes),
        );
    }
}
