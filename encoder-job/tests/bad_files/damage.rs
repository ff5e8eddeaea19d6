//! Good files, cut, bent and shuffled, as networks, disks and people do it.

use super::{
    Collection, Expected,
    draft::{CONTENTS, Draft, page_of},
    pack::flate,
    support::pdf,
};

pub(super) fn add(collection: &mut Collection) {
    let good = [plain(), packed()];
    for file in &good {
        cut(collection, file);
        for _ in 0..24 {
            flip(collection, file);
        }
        for _ in 0..8 {
            overwrite(collection, file);
            remove_or_repeat(collection, file);
        }
        for piece in [16, 128, 512] {
            shuffle(collection, file, piece);
        }
        surround(collection, file);
    }
    line_ends(collection, &good[0]);
    nothing_but_a_header(collection);
}

/// A file with a table of objects and nothing compressed.
pub(super) fn plain() -> Vec<u8> {
    let text = "The first line of a page.\nThe second line (with brackets).\nAnd a third one.";
    pdf(&[
        (Some("One"), text),
        (None, "A page without a bookmark."),
        (Some("Three"), text),
    ])
}

/// A file of which all that can be is compressed.
pub(super) fn packed() -> Vec<u8> {
    let mut draft = Draft::default();
    let font = draft.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    let contents = draft.stream("/Filter /FlateDecode", flate(CONTENTS.as_bytes()));
    let tree = draft.next() + 3;
    let kids: Vec<String> = (0..3)
        .map(|_| {
            let entries = format!("/Contents {contents} 0 R /Resources << /Font << /F1 {font} 0 R >> >>");
            format!("{} 0 R", draft.object(page_of(tree, &entries)))
        })
        .collect();
    draft.object(format!("<< /Type /Pages /Count 3 /Kids [{}] >>", kids.join(" ")));
    let catalog = draft.object(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    draft.finish_packed(catalog, "")
}

fn cut(collection: &mut Collection, file: &[u8]) {
    const PARTS: usize = 16;
    for part in 1..PARTS {
        collection.pdf("truncated", file[..file.len() * part / PARTS].to_vec());
    }
    for missing in [1, 6, 12, 40] {
        collection.pdf("truncated", file[..file.len() - missing].to_vec());
    }
}

fn flip(collection: &mut Collection, file: &[u8]) {
    let mut file = file.to_vec();
    // Now one bit, now many.
    for _ in 0..1 << collection.random.below(8) {
        let at = collection.random.below(file.len());
        file[at] ^= 1 << collection.random.below(8);
    }
    collection.pdf("flipped-bits", file);
}

fn overwrite(collection: &mut Collection, file: &[u8]) {
    let mut file = file.to_vec();
    let start = collection.random.below(file.len());
    let length = collection.random.below(file.len() - start).min(300);
    let filling = match collection.random.below(3) {
        0 => vec![0; length],
        1 => vec![b'9'; length],
        _ => collection.random.bytes(length),
    };
    file[start..start + length].copy_from_slice(&filling);
    collection.pdf("overwritten", file);
}

fn remove_or_repeat(collection: &mut Collection, file: &[u8]) {
    let start = collection.random.below(file.len());
    let end = start + collection.random.below(file.len() - start);
    let (head, part, tail) = (&file[..start], &file[start..end], &file[end..]);
    collection.pdf("part-removed", [head, tail].concat());
    collection.pdf("part-repeated", [head, part, part, tail].concat());
}

fn shuffle(collection: &mut Collection, file: &[u8], piece: usize) {
    let mut pieces: Vec<&[u8]> = file.chunks(piece).collect();
    // The header keeps its place, so that it is still taken for what it was.
    for index in (2..pieces.len()).rev() {
        pieces.swap(index, 1 + collection.random.below(index));
    }
    collection.pdf("shuffled", pieces.concat());
}

fn surround(collection: &mut Collection, file: &[u8]) {
    for before in [1, 500, 1019, 5000] {
        let noise = collection.random.bytes(before);
        collection.pdf("noise-before", [&noise, file].concat());
    }
    for after in [1, 2000, 200_000] {
        let noise = collection.random.bytes(after);
        collection.pdf("noise-after", [file, &noise].concat());
    }
    collection.pdf("twice-in-one-file", [file, file].concat());
}

/// A transfer in text mode changes line ends, and with them every offset.
fn line_ends(collection: &mut Collection, file: &[u8]) {
    let replaced = |with: &[u8]| {
        let lines: Vec<&[u8]> = file.split(|&byte| byte == b'\n').collect();
        lines.join(with)
    };
    for line_end in [&b"\r\n"[..], b"\r", b" ", b"\n\n\n", b""] {
        collection.pdf("line-ends-changed", replaced(line_end));
    }
}

fn nothing_but_a_header(collection: &mut Collection) {
    for file in [
        &b"%PDF-"[..],
        b"%PDF-1.7",
        b"%PDF-1.7\n%%EOF",
        b"%PDF-9.9\n1 0 obj",
        b"%PDF-1.7\nstartxref\n0\n%%EOF\n",
        b"%PDF-1.7\ntrailer\n<< >>\nstartxref\n9\n%%EOF\n",
        b"%PDF-1.7\nxref\n0 0\ntrailer\n<< /Size 0 >>\nstartxref\n9\n%%EOF\n",
    ] {
        collection.add_expecting(
            Expected::Refusal("Malformed"),
            "only-a-header",
            "pdf",
            file.to_vec(),
        );
    }
    for length in [1, 100, 10_000, 300_000] {
        let noise = collection.random.bytes(length);
        collection.pdf("noise-after-header", [&b"%PDF-1.7\n"[..], &noise].concat());
    }
    // What looks like very many objects, and is none.
    for piece in [
        "1 0 obj\n",
        "1 0 obj << /Length 9 >> stream\n",
        "<< ",
        "xref\n",
        "trailer <<\n",
    ] {
        let file = format!("%PDF-1.7\n{}", piece.repeat(20_000));
        collection.pdf("endless-beginnings", file.into_bytes());
    }
    collection.add_expecting(Expected::Refusal("Malformed"), "empty", "pdf", Vec::new());
}
