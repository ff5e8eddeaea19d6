//! Files that are not what they say, and files that are two things at once.

use super::{
    Collection, Expected,
    damage::plain,
    pictures::jpeg,
    zip::{Entry, Zip},
};

/// What a document may be called.
const EXTENSIONS: [&str; 6] = ["pdf", "txt", "md", "html", "docx", "epub"];

pub(super) fn add(collection: &mut Collection) {
    other_things(collection);
    by_another_name(collection);
    two_things_at_once(collection);
}

/// What is no document at all, under the name of one.
fn other_things(collection: &mut Collection) {
    let picture = jpeg(8, 8);
    let things = [
        &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0"[..],
        &picture,
        b"GIF89a\x01\0\x01\0\x80\0\0",
        b"II*\0\x08\0\0\0\0\0",
        b"MM\0*\0\0\0\x08\0\0",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03",
        b"7z\xbc\xaf\x27\x1c\0\x04",
        b"Rar!\x1a\x07\x01\0\xf3",
        b"\xfd7zXZ\0\0\x04",
        b"BZh91AY&SY\0\0",
        b"\x7fELF\x02\x01\x01\0\0\0\0\0",
        b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff",
        b"\xca\xfe\xba\xbe\0\0\0\x34",
        b"ID3\x04\0\0\0\0\0\0\xff\xfb\x90\0",
        b"\0\0\0\x18ftypmp42\0\0\0\0",
        b"RIFF\xff\xff\xff\x7fWAVEfmt \0",
        b"OggS\0\x02\0\0\0\0\0\0",
        b"SQLite format 3\0\x10\0\x01\x01",
        b"\0asm\x01\0\0\0",
    ];
    for (index, beginning) in things.into_iter().enumerate() {
        for extension in ["pdf", EXTENSIONS[1 + index % 5]] {
            let file = [beginning, &collection.random.bytes(300)].concat();
            collection.add_expecting(Expected::AnyRefusal, "no-document", extension, file);
        }
    }
    for beginning in [
        "%!PS-Adobe-3.0\nshowpage\n",
        "{\\rtf1\\ansi A sentence.}",
        "{\"json\": true}",
        "<?xml version=\"1.0\"?><svg/>",
    ] {
        for extension in EXTENSIONS {
            collection.add("no-document-but-text", extension, beginning.as_bytes().to_vec());
        }
    }
}

/// Documents, each under the name of another kind. What they are counts.
fn by_another_name(collection: &mut Collection) {
    let html =
        b"<!DOCTYPE html><html><head><title>A page</title></head><body><p>A sentence.</p></body></html>"
            .to_vec();
    for extension in ["txt", "md", "html", "docx", "epub", "exe"] {
        collection.add_expecting(Expected::Result, "by-another-name", extension, plain());
    }
    for extension in EXTENSIONS {
        let text = b"Plain text, whatever it is called, is text.".to_vec();
        collection.add_expecting(Expected::Result, "by-another-name", extension, text);
        collection.add_expecting(Expected::Result, "by-another-name", extension, html.clone());
    }
}

/// A document within the first bytes of something else, or after them.
fn two_things_at_once(collection: &mut Collection) {
    let document = plain();
    let picture = jpeg(8, 8);
    let zip = Zip::default().with(&Entry::stored("a.pdf", &document)).finish();
    for (name, before) in [
        ("pdf", &b"\x89PNG\r\n\x1a\n"[..]),
        ("jpg", &picture),
        ("html", b"<!DOCTYPE html><html><body><p>text</p>\n"),
        ("txt", b"An introduction of plain text comes before.\n"),
        ("ps", b"%!PS-Adobe-3.0 PDF-1.7\n"),
        ("exe", b"MZ\x90\0\x03\0\0\0"),
        ("pdf", b"%PDF-1.4\n%PDF-1.5\n%PDF-\n"),
    ] {
        collection.add("two-things-at-once", name, [before, &document].concat());
    }
    collection.add("two-things-at-once", "zip", zip.clone());
    collection.add("two-things-at-once", "pdf", [&document[..], &zip].concat());
    // A document in a document, as an attachment is.
    let attachment = format!(
        "%PDF-1.7\n1 0 obj\n<< /Type /EmbeddedFile /Length {} >>\nstream\n",
        document.len()
    );
    let file = [attachment.as_bytes(), &document, b"\nendstream\nendobj\n"].concat();
    collection.add("two-things-at-once", "pdf", file);
    collection.add(
        "two-things-at-once",
        "txt",
        b"What begins with the text %PDF-1.7 is often only about it.".to_vec(),
    );
}
