//! Streams whose lengths lie, and streams of objects that lie about what is in them.

use super::{
    Collection,
    draft::{CONTENTS, Draft, RESOURCES, page_of},
    pack::flate,
};

pub(super) fn add(collection: &mut Collection) {
    for length in [
        "0",
        "-1",
        "1",
        "2147483647",
        "99999999999999999999",
        "1 0 R",
        "2 0 R",
        "99 0 R",
        "(17)",
        "17.5",
        "null",
        "[17]",
    ] {
        let mut draft = Draft::default();
        draft.stream_without_length(&format!("/Length {length}"), CONTENTS.as_bytes());
        collection.pdf("length-lies", draft.page(&format!("/Contents 1 0 R {RESOURCES}")));
    }
    // Each length is told by the next stream.
    let mut draft = Draft::default();
    for number in 2..=200 {
        draft.stream_without_length(&format!("/Length {number} 0 R"), CONTENTS.as_bytes());
    }
    draft.stream_without_length("/Length 1 0 R", CONTENTS.as_bytes());
    collection.pdf(
        "lengths-in-a-circle",
        draft.page(&format!("/Contents 1 0 R {RESOURCES}")),
    );
    without_an_end(collection);
    objects_in_streams(collection);
    packed_into_each_other(collection);
}

fn without_an_end(collection: &mut Collection) {
    for object in [
        "<< /Length 10 >>\nstream\n",
        "<< /Length 10 >>\nstream",
        "<< /Length 10 >>\nstream\nBT ET endstream endstream",
        "<< /Length 10 stream\nBT ET\nendstream",
        "<< /Length 10 >> << /Length 10 >>\nstream\nBT ET\nendstream",
        "<< /Length 10 /Length 0 /Length 2147483647 >>\nstream\nBT ET\nendstream",
    ] {
        let mut draft = Draft::default();
        draft.object(object);
        collection.pdf(
            "stream-without-end",
            draft.page(&format!("/Contents 1 0 R {RESOURCES}")),
        );
    }
}

/// Object streams that say about themselves what is not so.
fn objects_in_streams(collection: &mut Collection) {
    for entries in [
        "/N 2147483647",
        "/N -1",
        "/N 0",
        "/First 2147483647",
        "/First -1",
        "/First 1",
        "/Extends 1 0 R",
        "/Extends 5 0 R",
        "/Length 2 0 R",
        "/Filter 2 0 R",
        "/DecodeParms 3 0 R",
        "/Filter [/FlateDecode /FlateDecode]",
    ] {
        collection.pdf("object-stream-lies", packed(|_| {}, entries));
    }
}

/// A page of which all but its contents is in an object stream with these entries.
fn packed(change: impl FnOnce(&mut Draft), entries: &str) -> Vec<u8> {
    let mut draft = Draft::default();
    draft.stream("", CONTENTS);
    change(&mut draft);
    let page = draft.next();
    draft.object(page_of(page + 1, &format!("/Contents 1 0 R {RESOURCES}")));
    draft.object(format!("<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>"));
    let catalog = draft.object(format!("<< /Type /Catalog /Pages {} 0 R >>", page + 1));
    draft.finish_packed(catalog, entries)
}

/// Object streams with other streams, and with themselves, in them; the offsets inside of them beyond all bounds.
fn packed_into_each_other(collection: &mut Collection) {
    let inner = b"1 0 << /Type /ObjStm /N 1 /First 4 /Length 4 >> stream\n1 0 \nendstream";
    for (head, body) in [
        ("1 0 2 0 3 0 4 0 ", &b"<< /Type /Catalog /Pages 2 0 R >>"[..]),
        ("1 4294967295 2 4294967295 ", b"null"),
        ("4294967295 0 1 0 ", b"null"),
        ("-1 -1 1 -1 ", b"null"),
        ("1 0 ", inner),
        ("1 0 1 0 1 0 1 0 ", b"1 0 R"),
        ("a b c d ", b"null"),
        ("1 ", b"1 0 R 1 0 R 1 0 R"),
    ] {
        let content = flate(&[head.as_bytes(), body].concat());
        let mut draft = Draft::default();
        draft.stream(
            &format!("/Type /ObjStm /N 4 /First {} /Filter /FlateDecode", head.len()),
            content,
        );
        // Objects 1 to 4 are all said to be in object 1.
        let (mut file, _) = draft.body();
        let start = file.len();
        let rows: Vec<u8> = (0..5).flat_map(|index| [2, 0, 1, index]).collect();
        let tail = [
            b"2 0 obj\n<< /Type /XRef /W [1 2 1] /Size 5 /Root 1 0 R /Length 20 >>\nstream\n",
            &rows[..],
            format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").as_bytes(),
        ]
        .concat();
        file.extend_from_slice(&tail);
        collection.pdf("object-stream-in-itself", file);
    }
}
