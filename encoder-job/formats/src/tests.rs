use super::*;

fn whole(bytes: &[u8], file_name: &str) -> Result<Format, Refusal> {
    detect(bytes, true, file_name)
}

fn cut(bytes: &[u8]) -> Result<Format, Refusal> {
    detect(bytes, false, "file")
}

/// An entry of an archive, stored as it is, or as if it were packed.
fn entry(name: &str, data: &[u8], method: u16) -> Vec<u8> {
    let mut bytes = archive::LOCAL_ENTRY.to_vec();
    bytes.extend([20, 0, 0, 0]);
    bytes.extend(method.to_le_bytes());
    bytes.extend([0; 8]);
    let size = u32::try_from(data.len()).unwrap().to_le_bytes();
    bytes.extend([size, size].concat());
    bytes.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    bytes.extend([0; 2]);
    bytes.extend(name.as_bytes());
    bytes.extend(data);
    bytes
}

#[test]
fn people_are_told_of_every_format_once() {
    assert_eq!(Format::names(), "PDF, DOCX, EPUB, HTML, Markdown or text");
    assert_eq!(
        whole(b"GIF89a", "a.pdf").unwrap_err().to_string(),
        "the file is a GIF picture, whatever it is called; upload PDF, DOCX, EPUB, HTML, Markdown or text"
    );
    for (index, format) in Format::ALL.into_iter().enumerate() {
        assert_eq!(format as usize, index, "{format}");
        assert!(format.media_type().contains('/'), "{format}");
    }
    assert_eq!(Format::Text as usize + 1, Format::ALL.len());
}

#[test]
fn names_tell_markdown_from_text_and_nothing_else() {
    assert_eq!(whole(b"words", "a.MD"), Ok(Format::Markdown));
    assert_eq!(whole(b"words", "a.pdf"), Ok(Format::Text));
    assert_eq!(whole(b"%PDF-1.7", "a.md"), Ok(Format::Pdf));
    assert_eq!(whole(b"", "a.pdf"), Err(Refusal::Empty));
}

#[test]
fn a_character_may_be_cut_at_the_end_of_the_beginning_and_of_no_whole() {
    let text = "città 漢字 ".repeat(50);
    for length in 100..130 {
        assert_eq!(cut(&text.as_bytes()[..length]), Ok(Format::Text), "{length}");
        let utf_16: Vec<u8> = "😀 città "
            .repeat(40)
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(cut(&utf_16[..length]), Ok(Format::Text), "{length}");
    }
    assert_eq!(whole(b"\xff\xfe\xfd", ""), Err(NOT_TEXT));
    assert_eq!(whole(b"\x01\x02\x03\x04", ""), Err(NOT_TEXT));
}

#[test]
fn what_no_encoding_could_make_text_of_is_binary() {
    // What a generator of random numbers gives (xorshift), which is what packed data looks like.
    let mut state = 88_172_645_463_325_252_u64;
    let noise: Vec<u8> = (0..HEAD_BYTES)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .collect();
    assert_eq!(cut(&noise), Err(NOT_TEXT));
    assert_eq!(cut(&[0; HEAD_BYTES]), Err(NOT_TEXT));
    let numbers: Vec<u8> = (0..2048_u32)
        .flat_map(|number| (number * 977).to_le_bytes())
        .collect();
    assert_eq!(cut(&numbers), Err(NOT_TEXT));
}

#[test]
fn no_more_than_the_beginning_is_looked_at() {
    let mut bytes = b"words ".repeat(HEAD_BYTES);
    bytes.resize(HEAD_BYTES * 9, 0);
    assert_eq!(whole(&bytes, "a"), Ok(Format::Text));
}

#[test]
fn archives_are_known_by_the_names_in_their_beginning() {
    let types = entry("[Content_Types].xml", b"packed", 8);
    let with = |name: &str| [types.clone(), entry(name, b"packed", 8)].concat();
    assert_eq!(cut(&with("word/document.xml")), Ok(Format::Docx));
    assert_eq!(cut(&with("Word\\Document.xml")), Ok(Format::Docx));
    assert_eq!(
        cut(&entry("mimetype", b"application/epub+zip\n", 0)),
        Ok(Format::Epub)
    );
    for (bytes, what) in [
        (with("xl/workbook.xml"), signatures::WORKBOOK),
        (with("xl/worksheets/sheet1.xml"), signatures::WORKBOOK),
        (with("ppt/presentation.xml"), signatures::PRESENTATION),
        (with("visio/document.xml"), signatures::DRAWING),
        (entry("AndroidManifest.xml", b"packed", 8), "an Android program"),
        (
            entry("mimetype", b"application/vnd.oasis.opendocument.spreadsheet", 0),
            "an OpenDocument spreadsheet (ODS)",
        ),
    ] {
        assert_eq!(cut(&bytes), Err(Refusal::Unsupported(what)), "{what}");
    }
}

#[test]
fn an_archive_that_may_yet_be_a_document_is_taken() {
    let types = entry("[Content_Types].xml", b"packed", 8);
    let photograph = entry("photographs/1.jpg", b"packed", 0);
    let book = entry("META-INF/container.xml", b"packed", 8);
    assert_eq!(cut(&types), Ok(Format::Docx));
    assert_eq!(
        cut(&[types.clone(), entry("xl/text.xml", b"packed", 8)].concat()),
        Ok(Format::Docx)
    );
    assert_eq!(cut(&photograph), Ok(Format::Docx));
    assert_eq!(detect(&photograph, false, "book.EPUB"), Ok(Format::Epub));
    assert_eq!(cut(&book), Ok(Format::Epub));
    // Books are packed with the programs of Java, too.
    assert_eq!(
        cut(&entry("META-INF/MANIFEST.MF", b"packed", 8)),
        Ok(Format::Docx)
    );
    // Where nothing follows, it is what it is.
    assert_eq!(
        whole(&photograph, "a.docx"),
        Err(Refusal::Unsupported(archive::ARCHIVE))
    );
    assert_eq!(
        whole(b"PK\x05\x06", "a.docx"),
        Err(Refusal::Unsupported(archive::ARCHIVE))
    );
    assert_eq!(whole(&types, "a.docx"), Ok(Format::Docx));
}

#[test]
fn an_office_document_with_a_password_is_told_apart_where_the_beginning_shows_it() {
    let mut document = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    document.resize(512, 0);
    assert_eq!(
        whole(&document, "a.doc"),
        Err(Refusal::Unsupported(signatures::OLD_OFFICE_DOCUMENT))
    );
    let refusal = cut(&document).unwrap_err().to_string();
    assert!(refusal.contains("password"), "{refusal}");
    document.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(cut(&document), Err(Refusal::Encrypted));
}
