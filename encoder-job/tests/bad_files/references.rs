//! Tables of objects that lie, loop, or are missing, and references that lead nowhere or back.

use super::{
    Collection,
    draft::{CONTENTS, Draft, RESOURCES, page_of, table},
};

pub(super) fn add(collection: &mut Collection) {
    tables(collection);
    earlier_tables(collection);
    streams_of_references(collection);
    trailers(collection);
    cycles(collection);
    cyclic_entries(collection);
}

/// A page with its tree and catalog, not yet a file: the objects 1 to 4.
fn draft() -> Draft {
    let mut draft = Draft::default();
    draft.stream("", CONTENTS);
    draft.object(page_of(3, &format!("/Contents 1 0 R {RESOURCES}")));
    draft.object("<< /Type /Pages /Count 1 /Kids [2 0 R] >>");
    draft.object("<< /Type /Catalog /Pages 3 0 R >>");
    draft
}

/// The file, with this in place of all that follows its objects; `{table}` stands for its table, `{start}` for where that is.
fn ending(pattern: &str) -> Vec<u8> {
    let (mut file, offsets) = draft().body();
    let end = pattern
        .replace("{start}", &file.len().to_string())
        .replace("{table}", &table(&offsets));
    file.extend_from_slice(end.as_bytes());
    file
}

const TRAILER: &str = "trailer\n<< /Size 5 /Root 4 0 R >>\nstartxref\n{start}\n%%EOF\n";

fn tables(collection: &mut Collection) {
    let row = |offset: &str| format!("{offset} 00000 n \n");
    for offset in [
        "0000000000",
        "9999999999",
        "0000000009",
        "-000000001",
        "0000000300",
        "abcdefghij",
        "1",
    ] {
        let rows = row(offset).repeat(4);
        collection.pdf(
            "table-of-wrong-offsets",
            ending(&format!("xref\n0 5\n0000000000 65535 f \n{rows}{TRAILER}")),
        );
    }
    for count in [
        "0 0",
        "0 4294967295",
        "0 -1",
        "4294967290 10",
        "0 99999999999999999999",
        "5 5",
        "0 1000000",
    ] {
        let text = format!("{{table}}{TRAILER}").replace("{table}", &table(&draft().body().1));
        collection.pdf("table-of-wrong-counts", ending(&text.replacen("0 5", count, 1)));
    }
    // Every object is said to be free, or to be of another generation.
    for state in ["00000 f", "65535 n", "99999 n", "00000 x"] {
        let text = format!("{{table}}{TRAILER}").replace("{table}", &table(&draft().body().1));
        collection.pdf("table-of-free-objects", ending(&text.replace("00000 n", state)));
    }
    for start in [
        "0",
        "-1",
        "99999999",
        "99999999999999999999999",
        "",
        "5",
        "{start} {start}",
    ] {
        let trailer = TRAILER.replace("{start}", start);
        collection.pdf("start-of-table-wrong", ending(&format!("{{table}}{trailer}")));
    }
    let sections = "0 1\n0000000000 65535 f \n".repeat(30_000);
    collection.pdf(
        "table-of-very-many-sections",
        ending(&format!("xref\n{sections}{TRAILER}")),
    );
    collection.pdf("no-table", ending(""));
    collection.pdf("no-table", ending("trailer\n<< /Root 4 0 R >>\n"));
}

fn earlier_tables(collection: &mut Collection) {
    let mut trailer = |entries: &str| {
        let text =
            format!("{{table}}trailer\n<< /Size 5 /Root 4 0 R {entries} >>\nstartxref\n{{start}}\n%%EOF\n");
        collection.pdf("earlier-table-loops", ending(&text));
    };
    trailer("/Prev {start}");
    trailer("/XRefStm {start}");
    trailer("/Prev {start} /XRefStm {start}");
    trailer("/Prev 0");
    trailer("/Prev -5");
    trailer("/Prev 9223372036854775807");
    trailer("/Prev 1 0 R");
    // Two tables that name each other; the second begins where the first, of known length, ends.
    let (body, offsets) = draft().body();
    let (first, table) = (body.len(), table(&offsets));
    let with_previous =
        |previous: usize| format!("{table}trailer\n<< /Size 5 /Root 4 0 R /Prev {previous:010} >>\n");
    let second = first + with_previous(0).len();
    let end = format!(
        "{}{}startxref\n{second}\n%%EOF\n",
        with_previous(second),
        with_previous(first)
    );
    collection.pdf("earlier-table-loops", [&body, end.as_bytes()].concat());
    // A chain of very many tables, each naming the one before.
    let mut file = body;
    let mut previous = file.len();
    for _ in 0..5000 {
        let start = file.len();
        let table =
            format!("xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 5 /Root 4 0 R /Prev {previous} >>\n");
        file.extend_from_slice(table.as_bytes());
        previous = start;
    }
    file.extend_from_slice(format!("startxref\n{previous}\n%%EOF\n").as_bytes());
    collection.pdf("very-many-earlier-tables", file);
}

fn streams_of_references(collection: &mut Collection) {
    let (body, offsets) = draft().body();
    let start = body.len();
    let good: Vec<u8> = offsets
        .iter()
        .flat_map(|&offset| {
            [
                1,
                u8::try_from(offset / 256).unwrap(),
                u8::try_from(offset % 256).unwrap(),
                0,
            ]
        })
        .collect();
    let mut add = |entries: &str, rows: &[u8]| {
        let length = rows.len();
        let head = format!("5 0 obj\n<< /Type /XRef /Root 4 0 R {entries} /Length {length} >>\nstream\n");
        let tail = format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n");
        let file = [&body[..], head.as_bytes(), rows, tail.as_bytes()].concat();
        collection.pdf("stream-of-references-lies", file);
    };
    let index = "/Size 5 /Index [1 4]";
    for widths in [
        "[0 0 0]",
        "[1 2000000000 1]",
        "[8 8 8]",
        "[-1 2 1]",
        "[1 2]",
        "[]",
        "null",
        "[1 2 9223372036854775807]",
        "[255 255 255]",
    ] {
        add(&format!("/W {widths} {index}"), &good);
    }
    for counts in [
        "/Size 2147483647",
        "/Size -1",
        "/Size 5 /Index [0 2147483647]",
        "/Size 5 /Index [2147483647 2147483647]",
        "/Size 5 /Index [-5 10]",
        "/Size 5 /Index [1]",
        "/Size 5 /Index 5 0 R",
        "",
    ] {
        add(&format!("/W [1 2 1] {counts}"), &good);
    }
    // Nothing of a row is written down, so that there may be any number of them.
    add("/W [0 0 0] /Size 2147483647 /Index [0 2147483647]", b"");
    // All objects are within object 5, which is this very stream.
    add(&format!("/W [1 2 1] {index}"), &[2, 0, 5, 0].repeat(4));
    add(&format!("/W [1 2 1] {index} /Prev {start}"), &good);
    add(&format!("/W [1 2 1] {index} /Length 5 0 R"), &good);
}

fn trailers(collection: &mut Collection) {
    for trailer in [
        "<< /Size 5 >>",
        "<< /Size 5 /Root 1 0 R >>",
        "<< /Size 5 /Root 99 0 R >>",
        "<< /Size 5 /Root null >>",
        "<< /Size 5 /Root [4 0 R] >>",
        "<< /Size 5 /Root << /Pages 3 0 R >> >>",
        "<< /Size -5 /Root 4 65535 R >>",
        "<< /Size 5 /Root 4 0 R",
        "4 0 R",
        "",
    ] {
        let text = format!("{{table}}trailer\n{trailer}\nstartxref\n{{start}}\n%%EOF\n");
        collection.pdf("trailer-wrong", ending(&text));
    }
    let nested = format!("{}{}", "<< /A ".repeat(100_000), ">>".repeat(100_000));
    let text =
        format!("{{table}}trailer\n<< /Size 5 /Root 4 0 R /B {nested} >>\nstartxref\n{{start}}\n%%EOF\n");
    collection.pdf("trailer-deeply-nested", ending(&text));
}

/// Objects that are nothing but references to each other, in every place where something else is wanted.
fn cycles(collection: &mut Collection) {
    for place in [
        "/Contents {cycle}",
        "/Contents [{cycle} {cycle}]",
        "/Resources {cycle}",
        "/Resources << /Font {cycle} >>",
        "/Resources << /Font << /F1 {cycle} >> >>",
        "/Resources << /XObject << /F1 {cycle} >> >>",
        "/MediaBox {cycle}",
        "/MediaBox [0 0 {cycle} {cycle}]",
        "/Rotate {cycle}",
        "/Parent {cycle}",
        "/Annots {cycle}",
    ] {
        let mut draft = Draft::default();
        draft.object("2 0 R");
        draft.object("3 0 R");
        draft.object("1 0 R");
        draft.stream("", CONTENTS);
        let mut entries = place.replace("{cycle}", "1 0 R");
        for (name, rest) in [("/Contents", "/Contents 4 0 R"), ("/Resources", RESOURCES)] {
            if !place.contains(name) {
                entries = format!("{entries} {rest}");
            }
        }
        collection.pdf("references-in-a-circle", draft.page(&entries));
    }
    let mut draft = Draft::default();
    for number in 2..20_000 {
        draft.object(format!("{number} 0 R"));
    }
    draft.object(RESOURCES.trim_start_matches("/Resources "));
    collection.pdf(
        "references-in-a-long-chain",
        draft.page_showing(CONTENTS, "/Resources 1 0 R"),
    );
}

/// Dictionaries and arrays that hold themselves.
fn cyclic_entries(collection: &mut Collection) {
    for object in [
        "<< /Font 1 0 R /F1 1 0 R /Type /Font /Subtype /Type0 /DescendantFonts [1 0 R] >>",
        "<< /Font 1 0 R /F1 1 0 R /Encoding 1 0 R /Subtype /Type1 /FontDescriptor 1 0 R >>",
        "<< /Font 1 0 R /F1 1 0 R /Subtype /Type3 /CharProcs 1 0 R /Resources 1 0 R /Encoding 1 0 R >>",
        "<< /ColorSpace 1 0 R /Cs 1 0 R /Pattern 1 0 R /ExtGState 1 0 R /Gs 1 0 R /SMask 1 0 R /G 1 0 R >>",
        "[1 0 R 1 0 R]",
    ] {
        let mut draft = Draft::default();
        draft.object(object);
        let contents = "/Cs cs /Gs gs /P scn BT /F1 12 Tf 72 700 Td (A) Tj ET";
        collection.pdf("holds-itself", draft.page_showing(contents, "/Resources 1 0 R"));
    }
    for space in [
        "[/Indexed 1 0 R 255 <00>]",
        "[/ICCBased 1 0 R]",
        "[/Separation /A 1 0 R 1 0 R]",
        "[/Pattern 1 0 R]",
    ] {
        let mut draft = Draft::default();
        draft.object(space);
        let contents = format!("/Cs cs 0 sc 0 0 9 9 re f {CONTENTS}");
        let resources = RESOURCES.replace("/Font", "/ColorSpace << /Cs 1 0 R >> /Font");
        collection.pdf("colours-of-themselves", draft.page_showing(contents, &resources));
    }
}
