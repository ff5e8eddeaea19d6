//! Hostile files: each must end soon, in bounded memory, with text or with a refusal that says why. None may panic.

mod markup;

use flate2::{Compression, write::DeflateEncoder};

use super::{
    ExtractOptions, docx, epub, extract, html, markdown,
    testing::{Extract, collect, zip, zip_of},
    text,
};
use crate::failure::{Failure, FailureReason};

fn outcome(bytes: &[u8], name: &str) -> Result<usize, Failure> {
    let options = ExtractOptions {
        file_name: name.to_owned(),
        ..ExtractOptions::default()
    };
    let mut length = 0;
    extract(std::sync::Arc::new(bytes.to_vec()), &options, &mut |event| {
        if let super::Event::Page(page) = event {
            length += page.text.len();
        }
        Ok(())
    })?;
    Ok(length)
}

#[track_caller]
fn malformed(bytes: &[u8], why: &str) {
    let failure = outcome(bytes, "file").unwrap_err();
    assert_eq!(failure.reason, FailureReason::Malformed, "{failure}");
    assert!(failure.message.contains(why), "{failure}");
}

fn docx_of(body: &str) -> Vec<u8> {
    let document = format!("<w:document><w:body>{body}</w:body></w:document>");
    zip(&[
        ("[Content_Types].xml", "<Types/>"),
        ("word/document.xml", &document),
    ])
}

fn epub_of(page: &str) -> Vec<u8> {
    zip(&[
        ("mimetype", "application/epub+zip"),
        (
            "META-INF/container.xml",
            "<container><rootfile full-path='b.opf'/></container>",
        ),
        (
            "b.opf",
            "<package><manifest><item id='a' href='a.xhtml' media-type='application/xhtml+xml'/></manifest>\
             <spine><itemref idref='a'/></spine></package>",
        ),
        ("a.xhtml", page),
    ])
}

/// An archive whose one entry unpacks to so many megabytes of spaces after what it begins with, made without packing them all.
fn bomb(name: &str, beginning: &str, megabytes: usize) -> Vec<u8> {
    use std::io::Write as _;
    let packed = |content: &[u8], is_last: bool| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        if is_last {
            return encoder.finish().unwrap();
        }
        encoder.flush().unwrap();
        std::mem::take(encoder.get_mut())
    };
    let spaces = packed(&vec![b' '; 1 << 20], false);
    let data = [
        packed(beginning.as_bytes(), false),
        spaces.repeat(megabytes),
        packed(b" ", true),
    ]
    .concat();
    let mut local = vec![0; 26];
    local[4] = 8;
    local[14..18].copy_from_slice(&u32::try_from(data.len()).unwrap().to_le_bytes());
    local[18..22].copy_from_slice(&u32::MAX.to_le_bytes());
    local[22] = u8::try_from(name.len()).unwrap();
    [b"PK\x03\x04", local.as_slice(), name.as_bytes(), &data].concat()
}

#[test]
fn bombs_do_not_go_off() {
    malformed(
        &bomb("word/document.xml", "<w:document>", 300),
        "decompression bomb",
    );
    // The first entry of a book, and after it a page; neither has a place in a directory.
    let kind =
        b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\x14\0\0\0\x14\0\0\0\x08\0\0\0mimetypeapplication/epub+zip";
    malformed(
        &[&kind[..], &bomb("a.xhtml", "<p>", 300)].concat(),
        "decompression bomb",
    );
}

#[test]
fn an_archive_may_not_have_a_hundred_thousand_entries() {
    let mut bytes = Vec::new();
    for number in 0..100_000_u32 {
        bytes.extend_from_slice(b"PK\x03\x04");
        bytes.extend_from_slice(&[0; 22]);
        bytes.extend_from_slice(&[4, 0, 0, 0]);
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    malformed(&bytes, "entries");
}

#[test]
fn what_repeats_itself_does_not_multiply() {
    // One long label or note, asked for again and again.
    let pattern = "9".repeat(100_000);
    let numbering = format!(
        "<w:numbering><w:abstractNum w:abstractNumId='0'><w:lvl w:ilvl='0'><w:numFmt w:val='decimal'/>\
         <w:lvlText w:val='{pattern}'/></w:lvl></w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num></w:numbering>"
    );
    let footnotes = format!(
        "<w:footnotes><w:footnote w:id='1'><w:p><w:r><w:t>{pattern}</w:t></w:r></w:p></w:footnote></w:footnotes>"
    );
    let paragraph = "<w:p><w:pPr><w:numPr><w:ilvl w:val='0'/><w:numId w:val='1'/></w:numPr></w:pPr>\
        <w:r><w:t>a</w:t><w:footnoteReference w:id='1'/></w:r></w:p>";
    let document = format!("<w:document>{}</w:document>", paragraph.repeat(10_000));
    let bytes = zip(&[
        ("word/document.xml", &document),
        ("word/numbering.xml", &numbering),
        ("word/footnotes.xml", &footnotes),
    ]);
    assert!(outcome(&bytes, "").unwrap() < 1_000_000);
    // One page, a hundred thousand times in the spine.
    let package = format!(
        "<package><manifest><item id='a' href='a.xhtml'/></manifest><spine>{}</spine></package>",
        "<itemref idref='a'/>".repeat(100_000)
    );
    let page = "x ".repeat(10_000);
    let bytes = zip(&[
        ("mimetype", "application/epub+zip"),
        ("b.opf", &package),
        ("a.xhtml", &page),
    ]);
    assert_eq!(outcome(&bytes, ""), Ok(page.len() - 1));
}

#[test]
fn circles_have_an_end() {
    let styles = "<w:styles><w:style w:type='paragraph' w:styleId='a'><w:basedOn w:val='b'/></w:style>\
        <w:style w:type='paragraph' w:styleId='b'><w:basedOn w:val='a'/></w:style></w:styles>";
    let document =
        "<w:document><w:p><w:pPr><w:pStyle w:val='a'/></w:pPr><w:r><w:t>x</w:t></w:r></w:p></w:document>";
    let bytes = zip(&[("word/document.xml", document), ("word/styles.xml", styles)]);
    assert_eq!(outcome(&bytes, ""), Ok(1));
    let package = "<package><manifest><item id='a' href='a' media-type='x/y' fallback='b'/><item id='b' href='b' fallback='a'/>\
        </manifest><spine><itemref idref='a'/></spine></package>";
    let bytes = zip(&[
        ("mimetype", "application/epub+zip"),
        ("b.opf", package),
        ("a", "x"),
        ("b", "y"),
    ]);
    assert_eq!(outcome(&bytes, ""), Ok(1));
}

#[test]
fn paths_lead_nowhere_else() {
    let package = "<package><manifest><item id='a' href='../../../etc/passwd'/><item id='b' href='file:///etc/passwd'/>\
        <item id='c' href='/a.xhtml'/></manifest><spine><itemref idref='a'/><itemref idref='b'/><itemref idref='c'/></spine></package>";
    let bytes = zip(&[
        ("mimetype", "application/epub+zip"),
        ("b.opf", package),
        ("../../../etc/passwd", "no"),
        ("a.xhtml", "x"),
    ]);
    assert_eq!(outcome(&bytes, ""), Ok(1));
}

/// Changes a file in one way out of many.
fn spoiled(bytes: &[u8], seed: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let at = seed.wrapping_mul(7_919) % bytes.len();
    match seed % 4 {
        0 => bytes.truncate(at),
        1 => bytes[at] ^= 1 << (seed % 8),
        2 => bytes[at] = 0,
        _ => {
            let end = (at + seed % 50).min(bytes.len());
            bytes.drain(at..end);
        }
    }
    bytes
}

#[test]
fn whatever_is_broken_in_a_file_nothing_panics() {
    let rich = "<w:p><w:pPr><w:pStyle w:val='Heading1'/></w:pPr><w:r><w:t>Uno</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t>\
        <w:br w:type='page'/></w:r></w:p></w:tc><w:tc><w:p/></w:tc></w:tr></w:tbl><w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r></w:p>";
    let page = "<html><h1 id='a'>Uno</h1><ul><li>a<li>b</ul><table><tr><td>c<td>d</table><pre> e\n f</pre>";
    let stored = {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        writer.start_file("word/document.xml", options).unwrap();
        std::io::Write::write_all(&mut writer, format!("<w:document>{rich}</w:document>").as_bytes())
            .unwrap();
        writer.finish().unwrap().into_inner()
    };
    let files: [(Extract, Vec<u8>); 6] = [
        (docx::extract, docx_of(rich)),
        (docx::extract, stored),
        (epub::extract, epub_of(page)),
        (html::extract, page.as_bytes().to_vec()),
        (markdown::extract, b"# Uno\n\n- a\n- b\n\nDue\n===\n".to_vec()),
        (
            text::extract,
            "uno\u{c}perché"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
        ),
    ];
    for (extract, file) in files {
        collect(&file, extract).unwrap();
        for seed in 0..400 {
            let bytes = spoiled(&file, seed);
            // What it hands on is held to the rules in any case.
            let _either = collect(&bytes, extract);
            let _either = outcome(&bytes, "file");
        }
    }
}

#[test]
fn noise_in_an_archive_is_no_text() {
    let noise: Vec<u8> = (0..5_000_u32)
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
        .collect();
    let bytes = zip_of([("mimetype", &b"application/epub+zip"[..]), ("a.xhtml", &noise)]);
    let document = collect(&bytes, epub::extract).unwrap();
    assert_eq!(document.pages[0].status, crate::document::PageStatus::Damaged);
    let failure = outcome(&zip_of([("word/document.xml", noise.as_slice())]), "").unwrap_err();
    assert_eq!(failure.reason, FailureReason::Malformed);
}
