use super::*;
use crate::extract::testing::zip;

/// What the whole decides; the beginning of the same file must agree that it is read, whatever follows it.
#[track_caller]
fn detect(bytes: &[u8], file_name: &str) -> Result<Format, Failure> {
    let whole = super::detect(bytes, file_name);
    let head = &bytes[..bytes.len().min(HEAD_BYTES)];
    for is_whole in [false, head.len() == bytes.len()] {
        let likely = formats::detect(head, is_whole, file_name);
        if whole.is_ok() {
            assert!(likely.is_ok(), "{likely:?}");
        }
    }
    whole
}

fn kind(bytes: &[u8]) -> Result<Format, Failure> {
    detect(bytes, "file")
}

#[track_caller]
fn refused(bytes: &[u8], what: &str) {
    let failure = detect(bytes, "book.pdf").unwrap_err();
    assert_eq!(failure.reason, FailureReason::UnsupportedFormat, "{failure}");
    assert!(failure.message.contains(what), "{failure}");
}

#[test]
fn content_counts_and_not_the_name() {
    assert_eq!(detect(b"%PDF-1.7", "a.txt"), Ok(Format::Pdf));
    assert_eq!(detect(b"junk %PDF-1.7\n1 0 obj", "a.txt"), Ok(Format::Pdf));
    assert_eq!(
        detect(b"junk %PDF-1.7\n%\xe2\0\x01\x02", "a.txt"),
        Ok(Format::Pdf)
    );
    assert_eq!(
        detect(b"The header of a PDF is %PDF-1.7", "a.txt"),
        Ok(Format::Text)
    );
    assert_eq!(detect("già".as_bytes(), "a.pdf"), Ok(Format::Text));
    assert_eq!(detect(b"\xef\xbb\xbftext", ""), Ok(Format::Text));
    assert_eq!(detect(b"# A\n\n- b\n", "notes"), Ok(Format::Markdown));
    assert_eq!(detect(b"# A\n\n- b\n", "notes.txt"), Ok(Format::Text));
    assert_eq!(detect(b"plain", "notes.MD"), Ok(Format::Markdown));
}

#[test]
fn what_is_not_read_is_named() {
    let failure = detect(b"\x89PNG\r\n\x1a\n", "book.pdf").unwrap_err();
    assert_eq!(failure.reason, FailureReason::UnsupportedFormat);
    assert!(failure.message.contains("a PNG picture"), "{failure}");
    for bytes in [&b"a\0b"[..], b"\xff\xfe\xfd"] {
        assert_eq!(
            detect(bytes, "").unwrap_err().reason,
            FailureReason::UnsupportedFormat
        );
    }
    assert_eq!(detect(b"", "a.pdf").unwrap_err().reason, FailureReason::Malformed);
}

#[test]
fn other_kinds_are_known_by_their_signatures() {
    refused(b"\xff\xd8\xff\xe0\0\x10JFIF", "JPEG");
    refused(b"\0\0\0\x18ftypheic\0\0", "HEIC");
    refused(b"RIFF\0\0\0\0WEBPVP8 ", "WebP");
    refused(b"{\\rtf1\\ansi Ciao}", "Rich Text Format");
    refused(b"%!PS-Adobe-3.0", "PostScript");
    refused(b"7z\xbc\xaf\x27\x1c\0\x04", "7-Zip");
    refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0", "old format");
    refused(&[&[b'x'; 60][..], b"BOOKMOBI"].concat(), "Kindle");
    refused(b"\x01\x02\x03\x04\x05", "binary data");
    refused(
        b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;",
        "MHTML",
    );
    refused(
        b"<?xml version='1.0'?><?mso-application progid='Word.Document'?><w:x/>",
        "single XML file",
    );
}

#[test]
fn text_that_begins_like_a_signature_is_text() {
    for text in [
        "BM is a bookmark",
        "MZ, the initials",
        "ID3 tags",
        "PKZIP is a program",
        "GIF",
        "BZh",
    ] {
        assert_eq!(kind(text.as_bytes()), Ok(Format::Text), "{text}");
    }
}

#[test]
fn html_is_known_by_its_beginning_or_its_tags() {
    for html in [
        "<!DOCTYPE html><p>x",
        "\u{feff}\n<!-- x -->\n<!doctype HTML PUBLIC '-//W3C//DTD HTML 4.01//EN'>",
        "<?xml version='1.0'?>\n<html xmlns='http://www.w3.org/1999/xhtml'/>",
        "<HTML><BODY>",
        "<body class='x'>",
        "<div><p>x</p><br></div>",
    ] {
        assert_eq!(kind(html.as_bytes()), Ok(Format::Html), "{html}");
    }
    let utf_16: Vec<u8> = "\u{feff}<html>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(kind(&utf_16), Ok(Format::Html));
    for text in [
        "In HTML <p>, <br> and <div> are tags. <html>",
        "<p>",
        "<?php echo '<p></p><br><div>';",
        "<?xml version='1.0'?><svg/>",
        "< 3 & > 2",
    ] {
        assert_eq!(kind(text.as_bytes()), Ok(Format::Text), "{text}");
    }
}

#[test]
fn a_name_helps_where_the_content_does_not_tell() {
    assert_eq!(detect(b"Ciao<br>mondo", "a.HTML"), Ok(Format::Html));
    assert_eq!(detect(b"no tag at all", "a.htm"), Ok(Format::Text));
    let readme = b"<p align=center><img src=x><br></p>\n\n# Title\n";
    assert_eq!(detect(readme, "README.md"), Ok(Format::Markdown));
    assert_eq!(detect(b"<html><p>x", "README.md"), Ok(Format::Html));
}

#[test]
fn archives_are_known_by_what_is_in_them() {
    let types = ("[Content_Types].xml", "<Types/>");
    assert_eq!(
        kind(&zip(&[types, ("word/document.xml", "<x/>")])),
        Ok(Format::Docx)
    );
    assert_eq!(
        kind(&zip(&[("mimetype", "application/epub+zip\n")])),
        Ok(Format::Epub)
    );
    let without_mimetype = zip(&[("META-INF/container.xml", "<x/>"), ("OEBPS/content.opf", "<x/>")]);
    assert_eq!(kind(&without_mimetype), Ok(Format::Epub));
    refused(&zip(&[types, ("xl/workbook.xml", "<x/>")]), "XLSX");
    refused(&zip(&[types, ("ppt/presentation.xml", "<x/>")]), "PPTX");
    refused(
        &zip(&[("mimetype", "application/vnd.oasis.opendocument.text")]),
        "ODT",
    );
    refused(&zip(&[("META-INF/MANIFEST.MF", ""), ("A.class", "")]), "JAR");
    refused(&zip(&[("Index/Document.iwa", "")]), "Pages");
    refused(&zip(&[("a.txt", "x"), ("b.pdf", "%PDF-1.7")]), "a ZIP archive");
    refused(&zip(&[]), "a ZIP archive");
    assert_eq!(kind(b"PK\x03\x04").unwrap_err().reason, FailureReason::Malformed);
}

const TRANSITIONAL: &str =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument";
const STRICT: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument";

/// An office document whose main part is elsewhere than usual.
fn office(relationship: &str, target: &str, part: &str, kind: &str) -> Vec<u8> {
    let relationships = format!(
        "<Relationships><Relationship Type='x/metadata/core-properties' Target='core.xml'/>\
         <Relationship Type='{relationship}' Target='{target}'/></Relationships>"
    );
    let types = format!(
        "<Types><Default Extension='xml' ContentType='application/xml'/><Override PartName='/{part}' ContentType='{kind}'/></Types>"
    );
    zip(&[
        ("[Content_Types].xml", &types),
        ("_rels/.rels", &relationships),
        (part, "<x/>"),
    ])
}

#[test]
fn an_office_document_is_known_wherever_its_main_part_is() {
    let main = |kind: &str| format!("application/vnd.openxmlformats-officedocument.{kind}.main+xml");
    let docx = main("wordprocessingml.document");
    for bytes in [
        office(TRANSITIONAL, "content/text.xml", "content/text.xml", &docx),
        office(STRICT, "/content/text.xml", "content/text.xml", &docx),
        office(TRANSITIONAL, "text.xml", "text.xml", &docx),
        office(TRANSITIONAL, "xl/text.xml", "xl/text.xml", &docx),
        office(TRANSITIONAL, "t.xml", "t.xml", &main("wordprocessingml.template")),
        office(
            TRANSITIONAL,
            "t.xml",
            "t.xml",
            "application/vnd.ms-word.document.macroEnabled.main+xml",
        ),
        // Nothing is related to it, or what is not there.
        office("x/other", "a.xml", "text.xml", &docx),
        office(TRANSITIONAL, "gone.xml", "text.xml", &docx),
    ] {
        assert_eq!(kind(&bytes), Ok(Format::Docx));
    }
    // Its kind may be that of all parts whose names end like this.
    let by_extension = |kind: &str, part: &str| {
        let types = format!("<Types><Default Extension='XML' ContentType='{kind}'/></Types>");
        let relationships =
            format!("<Relationships><Relationship Type='{STRICT}' Target='{part}'/></Relationships>");
        zip(&[
            ("[Content_Types].xml", &types),
            ("_rels/.rels", &relationships),
            ("b/c.xml", "<x/>"),
        ])
    };
    assert_eq!(kind(&by_extension(&docx, "b/c.xml")), Ok(Format::Docx));
    refused(&by_extension(&main("spreadsheetml.sheet"), "b/c.xml"), "XLSX");
    // Nothing says which of them is the main one.
    refused(&by_extension(&docx, "gone.xml"), "a ZIP archive");
    refused(
        &office(STRICT, "b/c.xml", "b/c.xml", &main("spreadsheetml.sheet")),
        "XLSX",
    );
    refused(
        &office(STRICT, "b/c.xml", "b/c.xml", &main("presentationml.presentation")),
        "PPTX",
    );
    refused(
        &office(TRANSITIONAL, "a.xml", "a.xml", "application/xml"),
        "a ZIP archive",
    );
}

#[test]
fn an_archive_may_have_something_before_it() {
    let document = zip(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<x/>")]);
    let book = zip(&[("mimetype", "application/epub+zip")]);
    for before in [
        &b"\r\n"[..],
        b"#!/bin/sh\nexit\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"\xef\xbb\xbf",
        b"MZ\x90\0",
        b"\0\0\0",
    ] {
        assert_eq!(
            kind(&[before, &document].concat()),
            Ok(Format::Docx),
            "{before:?}"
        );
        assert_eq!(kind(&[before, &book].concat()), Ok(Format::Epub), "{before:?}");
    }
    // And line ends after it.
    for around in [&b"\n"[..], b"\r\n", b"\0\0"] {
        let bytes = [b"\n", &document[..], around].concat();
        assert_eq!(kind(&bytes), Ok(Format::Docx), "{around:?}");
    }
    // Words about PDF before it make none of it.
    let bytes = [b"The header is %PDF-1.4\n", &document[..]].concat();
    assert_eq!(kind(&bytes), Ok(Format::Docx));
    // One of another kind is what it begins with, and what only speaks of archives is none.
    let other = zip(&[("a.txt", "x")]);
    refused(&[b"MZ\x90\0", &other[..]].concat(), "a program");
    let text = "It ends with PK\u{5}\u{6} and more than that, in words. ".to_owned() + &"Words. ".repeat(40);
    assert_eq!(kind(text.as_bytes()), Ok(Format::Text));
    assert_eq!(
        detect(&[b"%PDF-1.7\n", &document[..]].concat(), ""),
        Ok(Format::Pdf)
    );
}

#[test]
fn an_archive_cut_short_is_still_known() {
    let whole = zip(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<x/>")]);
    assert_eq!(kind(&whole[..whole.len() - 50]), Ok(Format::Docx));
}

#[test]
fn passwords_are_asked_of_nobody() {
    let mut office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    office.extend_from_slice(&[0; 512]);
    office.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    let failure = kind(&office).unwrap_err();
    assert_eq!(failure.reason, FailureReason::Encrypted);
    assert!(failure.message.contains("password"), "{failure}");
    let mut archive = zip(&[("secret.txt", "x")]);
    let directory = memchr::memmem::find(&archive, b"PK\x01\x02").unwrap();
    archive[directory + 8] |= 1;
    assert_eq!(kind(&archive).unwrap_err().reason, FailureReason::Encrypted);
}

/// Documents of each format, longer than what is looked at of an upload.
fn long_documents() -> Vec<(Vec<u8>, Format)> {
    let words = "La città è più bella di così, perché no? 漢字 и слова. ".repeat(400);
    let utf_16 = |order: fn(u16) -> [u8; 2]| words.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let utf_32 =
        |order: fn(u32) -> [u8; 4]| words.chars().map(u32::from).flat_map(order).collect::<Vec<u8>>();
    let encoded = |encoding: &'static encoding_rs::Encoding, text: &str| {
        encoding.encode(&text.repeat(900)).0.into_owned()
    };
    let chinese = "这本书讲的是城市，还有住在那里的人们。他们每天早晨都去河边看船。";
    let book = zip(&[("mimetype", "application/epub+zip"), ("a.xhtml", &words)]);
    let document = zip(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", &words)]);
    let mut documents: Vec<(Vec<u8>, Format)> = [
        words.clone().into_bytes(),
        utf_16(u16::to_le_bytes),
        utf_16(u16::to_be_bytes),
        utf_32(u32::to_le_bytes),
        utf_32(u32::to_be_bytes),
        [b"\xff\xfe".to_vec(), utf_16(u16::to_le_bytes)].concat(),
        [b"\xff\xfe\0\0".to_vec(), utf_32(u32::to_le_bytes)].concat(),
        encoded(encoding_rs::WINDOWS_1252, "Perché no? La città è più bella. "),
        encoded(encoding_rs::KOI8_R, "Старый город стоит на берегу реки. "),
        encoded(encoding_rs::SHIFT_JIS, "町は川のそばにあります。"),
        encoded(encoding_rs::ISO_2022_JP, "町は川のそばにあります。\n"),
        encoded(encoding_rs::GB18030, chinese),
        encoded(encoding_rs::BIG5, "這本書講的是城市，還有住在那裡的人們。"),
        encoded(encoding_rs::EUC_KR, "도시는 강가에 있습니다. "),
        chinese
            .repeat(300)
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect(),
        format!("\u{1b}[1m\0{words}").into_bytes(),
    ]
    .map(|bytes| (bytes, Format::Text))
    .into();
    documents.extend([
        (
            format!("# Title\n\n- item\n\n{words}").into_bytes(),
            Format::Markdown,
        ),
        (format!("<!doctype html><p>{words}").into_bytes(), Format::Html),
        (
            format!("<html><p>{words}")
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
            Format::Html,
        ),
        (format!("%PDF-1.7\n1 0 obj {words}").into_bytes(), Format::Pdf),
        (
            format!("\x1b%-12345X@PJL\r\n%PDF-1.7\n1 0 obj {words}").into_bytes(),
            Format::Pdf,
        ),
        (format!("{words}\u{1}").into_bytes(), Format::Text),
        ([b"HTTP/1.1 200 OK\r\n\r\n", &document[..]].concat(), Format::Docx),
        (document, Format::Docx),
        (book, Format::Epub),
    ]);
    documents
}

#[test]
fn what_is_read_is_known_by_its_beginning_wherever_that_is_cut() {
    for (bytes, format) in long_documents() {
        assert_eq!(detect(&bytes, "file"), Ok(format), "{:?}", &bytes[..20]);
        for length in [
            HEAD_BYTES,
            HEAD_BYTES - 1,
            HEAD_BYTES - 2,
            HEAD_BYTES - 3,
            2000,
            1500,
        ] {
            let likely = formats::detect(&bytes[..length.min(bytes.len())], false, "file");
            assert_eq!(likely, Ok(format), "{length} bytes of {:?}", &bytes[..20]);
        }
    }
}

#[test]
fn what_the_beginning_refuses_the_encoder_refuses_whatever_follows() {
    let document = zip(&[("[Content_Types].xml", "<Types/>"), ("word/document.xml", "<x/>")]);
    let noise: Vec<u8> = (0_u32..)
        .map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[1])
        .take(HEAD_BYTES)
        .collect();
    let mut program = b"MZ\x90\0".to_vec();
    program.resize(HEAD_BYTES, 0);
    for beginning in [noise, program] {
        let refusal = formats::detect(&beginning, false, "a.docx").unwrap_err();
        let refusal = Failure::from(refusal);
        assert_eq!(refusal.reason, FailureReason::UnsupportedFormat);
        for rest in [&document[..], "words ".repeat(200_000).as_bytes()] {
            let bytes = [&beginning, rest].concat();
            assert_eq!(detect(&bytes, "a.docx"), Err(refusal.clone()));
        }
    }
    let workbook = zip(&[("xl/workbook.xml", "<x/>"), ("xl/worksheets/sheet1.xml", "<x/>")]);
    refused(&workbook, "XLSX");
    let refusal = formats::detect(&workbook[..60], false, "a.docx").unwrap_err();
    assert!(refusal.to_string().contains("XLSX"), "{refusal}");
}
