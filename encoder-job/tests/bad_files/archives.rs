//! ZIP archives that lie, and the DOCX and EPUB in them: bombs, archives in archives, and XML beyond sense.

use super::{
    Collection, Expected,
    markup::doctypes,
    zip::{Entry, Zip},
};

pub(super) fn add(collection: &mut Collection) {
    for format in [&DOCX, &EPUB] {
        damaged(collection, format);
        lying(collection, format);
        missing_parts(collection, format);
        bombs(collection, format);
        xml(collection, format);
    }
    docx_trees(collection);
    epub_spines(collection);
    other_archives(collection);
}

/// A format that is an archive: its parts, the last of which holds the text.
pub(crate) struct ArchiveFormat {
    extension: &'static str,
    parts: &'static [(&'static str, &'static str)],
    text_name: &'static str,
    /// What is before and after the text in the part that holds it.
    text_around: (&'static str, &'static str),
}

pub(crate) static DOCX: ArchiveFormat = ArchiveFormat {
    extension: "docx",
    parts: &[
        (
            "[Content_Types].xml",
            "<?xml version=\"1.0\"?><Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
             <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Override PartName=\"/word/document.xml\" ContentType=\
             \"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>",
        ),
        (
            "_rels/.rels",
            "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
             <Relationship Id=\"r1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
             Target=\"word/document.xml\"/></Relationships>",
        ),
    ],
    text_name: "word/document.xml",
    text_around: (
        "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body><w:p><w:r><w:t>",
        "</w:t></w:r></w:p></w:body></w:document>",
    ),
};

pub(crate) static EPUB: ArchiveFormat = ArchiveFormat {
    extension: "epub",
    parts: &[
        ("mimetype", "application/epub+zip"),
        (
            "META-INF/container.xml",
            "<?xml version=\"1.0\"?><container version=\"1.0\" xmlns=\"urn:oasis:names:tc:opendocument:xmlns:container\">\
             <rootfiles><rootfile full-path=\"book.opf\" media-type=\"application/oebps-package+xml\"/></rootfiles></container>",
        ),
        (
            "book.opf",
            "<?xml version=\"1.0\"?><package xmlns=\"http://www.idpf.org/2007/opf\" version=\"3.0\"><metadata/><manifest>\
             <item id=\"a\" href=\"text.xhtml\" media-type=\"application/xhtml+xml\"/></manifest>\
             <spine><itemref idref=\"a\"/></spine></package>",
        ),
    ],
    text_name: "text.xhtml",
    text_around: (
        "<html xmlns=\"http://www.w3.org/1999/xhtml\"><head><title>A book</title></head><body><p>",
        "</p></body></html>",
    ),
};

impl ArchiveFormat {
    /// What a good archive has in the part with this index; the text comes last.
    pub(crate) fn part(&self, index: usize) -> Option<(&str, String)> {
        let (before, after) = self.text_around;
        let text = || {
            (
                self.text_name,
                format!("{before}A sentence that can be read.{after}"),
            )
        };
        match self.parts.get(index) {
            Some((name, content)) => Some((name, (*content).to_owned())),
            None => (index == self.parts.len()).then(text),
        }
    }

    /// A good archive, but for the part with this index, which holds this or is not there.
    pub(crate) fn with_part(&self, index: usize, content: Option<&[u8]>) -> Vec<u8> {
        let parts = (0..).map_while(|number| Some((number, self.part(number)?)));
        let zip = parts.fold(Zip::default(), |zip, (number, (name, own))| match content {
            Some(content) if number == index => zip.with(&Entry::stored(name, content)),
            None if number == index => zip,
            _ => zip.with(&Entry::stored(name, own.as_bytes())),
        });
        zip.finish()
    }

    /// An archive with all parts but the one that holds the text.
    fn without_text(&self) -> Zip {
        self.parts.iter().fold(Zip::default(), |zip, (name, content)| {
            zip.with(&Entry::stored(name, content.as_bytes()))
        })
    }

    fn with_text(&self, head: &str, text: &str) -> Vec<u8> {
        let (before, after) = self.text_around;
        let content = format!("<?xml version=\"1.0\"?>{head}{before}{text}{after}");
        self.without_text()
            .with(&Entry::deflated(self.text_name, content.as_bytes()))
            .finish()
    }

    fn good(&self) -> Vec<u8> {
        self.with_text("", "A sentence that can be read.")
    }
}

fn damaged(collection: &mut Collection, format: &ArchiveFormat) {
    let good = format.good();
    for part in 1..8 {
        collection.add(
            "archive-truncated",
            format.extension,
            good[..good.len() * part / 8].to_vec(),
        );
    }
    for missing in [1, 22, 30] {
        collection.add(
            "archive-truncated",
            format.extension,
            good[..good.len() - missing].to_vec(),
        );
    }
    for _ in 0..12 {
        let mut file = good.clone();
        for _ in 0..1 << collection.random.below(6) {
            let at = collection.random.below(file.len());
            file[at] ^= 1 << collection.random.below(8);
        }
        collection.add("archive-flipped-bits", format.extension, file);
    }
    let noise = collection.random.bytes(1000);
    collection.add(
        "archive-and-noise",
        format.extension,
        [&noise[..], &good].concat(),
    );
    collection.add(
        "archive-and-noise",
        format.extension,
        [&good[..], &noise].concat(),
    );
    collection.add(
        "archive-and-noise",
        format.extension,
        [&b"PK\x03\x04"[..], &noise].concat(),
    );
}

fn lying(collection: &mut Collection, format: &ArchiveFormat) {
    let zip = || format.without_text();
    for (count, directory_at) in [
        (0, None),
        (u16::MAX, None),
        (1, None),
        (4, Some(0)),
        (4, Some(u32::MAX)),
        (4, Some(50)),
    ] {
        let file = zip().finish_saying(count, directory_at);
        collection.add("archive-directory-lies", format.extension, file);
    }
    let text = b"<p>text</p>";
    let change = |change: fn(&mut Entry<'_>)| {
        let mut entry = Entry::deflated(format.text_name, text);
        change(&mut entry);
        zip().with(&entry).finish()
    };
    for file in [
        change(|entry| entry.length = u32::MAX),
        change(|entry| entry.length = 0),
        change(|entry| entry.checksum = 0),
        change(|entry| entry.method = 99),
        change(|entry| entry.method = 14),
        change(|entry| entry.method = 0),
        change(|entry| entry.flags = 1),
        change(|entry| entry.flags = 8),
        change(|entry| entry.packed = vec![0xff; 100]),
        change(|entry| entry.packed.clear()),
        change(|entry| entry.name = "../../../../etc/passwd"),
        change(|entry| entry.name = "/etc/passwd"),
        change(|entry| entry.name = "C:\\windows\\a"),
        change(|entry| entry.name = ""),
        change(|entry| entry.name = "a\0b"),
    ] {
        collection.add("archive-entry-lies", format.extension, file);
    }
    let twice = Entry::deflated(format.text_name, text);
    collection.add(
        "archive-entry-twice",
        format.extension,
        zip().with(&twice).with(&twice).finish(),
    );
    let names: Vec<String> = (0..20_000).map(|number| format!("a{number}")).collect();
    let many = names
        .iter()
        .fold(zip(), |zip, name| zip.with(&Entry::stored(name, b"")));
    collection.add("archive-of-very-many", format.extension, many.finish());
}

fn missing_parts(collection: &mut Collection, format: &ArchiveFormat) {
    let zip = format.without_text().finish();
    collection.add_expecting(
        Expected::AnyRefusal,
        "archive-part-missing",
        format.extension,
        zip,
    );
    for index in 0..=format.parts.len() {
        for content in [
            None,
            Some(&b""[..]),
            Some(b"<?xml"),
            Some(b"\xff\xfe\0"),
            Some(b"<a/>"),
        ] {
            let file = format.with_part(index, content);
            collection.add("archive-part-missing", format.extension, file);
        }
    }
    let empty = Zip::default().finish();
    collection.add_expecting(
        Expected::AnyRefusal,
        "archive-of-nothing",
        format.extension,
        empty,
    );
}

fn bombs(collection: &mut Collection, format: &ArchiveFormat) {
    let size = collection.bomb_bytes.min(1 << 20);
    let times = collection.bomb_bytes / size;
    let (before, after) = format.text_around;
    for piece in [
        "a ".repeat(size / 2),
        "<a>".repeat(size / 3),
        "<a/>".repeat(size / 4),
        "&lt;".repeat(size / 4),
    ] {
        let text = Entry::repeated(
            format.text_name,
            before.as_bytes(),
            piece.as_bytes(),
            times,
            after.as_bytes(),
        );
        collection.add(
            "archive-bomb",
            format.extension,
            format.without_text().with(&text).finish(),
        );
    }
    // One that says it is small.
    let mut lie = Entry::repeated(
        format.text_name,
        before.as_bytes(),
        &vec![b' '; size],
        times,
        after.as_bytes(),
    );
    lie.length = 100;
    collection.add(
        "archive-bomb",
        format.extension,
        format.without_text().with(&lie).finish(),
    );
    // One in each part that says what the archive is.
    for (name, _) in format.parts {
        let bomb = Entry::repeated(
            name,
            b"<?xml version=\"1.0\"?>",
            &vec![b' '; size],
            times,
            b"<a/>",
        );
        collection.add(
            "archive-bomb",
            format.extension,
            Zip::default().with(&bomb).finish(),
        );
    }
    // Archives in archives, the innermost a bomb.
    let innermost = Zip::default()
        .with(&Entry::repeated("a", b"", &vec![0; size], times, b""))
        .finish();
    let nested = (0..5).fold(innermost, |inner, _| {
        let zip = (0..10).fold(format.without_text(), |zip, _| {
            zip.with(&Entry::deflated("inner.zip", &inner))
        });
        zip.with(&Entry::deflated(format.text_name, &inner)).finish()
    });
    collection.add("archive-in-archive", format.extension, nested);
}

fn xml(collection: &mut Collection, format: &ArchiveFormat) {
    for doctype in doctypes() {
        let text = "&a29;".repeat(1000);
        collection.add(
            "archive-of-entities",
            format.extension,
            format.with_text(&doctype, &text),
        );
    }
    for text in [
        "<a>".repeat(100_000),
        format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000)),
        "</a>".repeat(100_000),
        "<!-- ".repeat(100_000),
        "<![CDATA[".repeat(100_000),
        "<?a ".repeat(100_000),
        format!("<a {}/>", "b=\"c\" ".repeat(100_000)),
        format!("<{}/>", "a:".repeat(200_000)),
        "&undefined; &#xD800; &#0; & < >".to_owned(),
        "\u{1}\u{2}\u{fffe}".to_owned(),
        "text".repeat((collection.bomb_bytes / 4).min(500_000)),
    ] {
        collection.add(
            "archive-of-wrong-xml",
            format.extension,
            format.with_text("", &text),
        );
    }
}

/// Tables in tables, and paragraphs without number.
fn docx_trees(collection: &mut Collection) {
    let table = ("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>");
    let end = ("</w:t></w:r></w:p>", "<w:p><w:r><w:t>");
    for (open, close, times) in [
        (table.0, table.1, 10_000),
        ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>", 10_000),
        ("<w:p><w:r><w:t>x</w:t></w:r></w:p>", "", 100_000),
        (
            "<w:p><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr><w:r><w:t>x</w:t></w:r></w:p>",
            "",
            50_000,
        ),
        (
            "<w:p><w:r><w:tab/><w:br/><w:t xml:space=\"preserve\"> </w:t></w:r></w:p>",
            "",
            50_000,
        ),
    ] {
        let text = format!("{}{}{}{}", end.0, open.repeat(times), close.repeat(times), end.1);
        collection.add("docx-of-wrong-parts", "docx", DOCX.with_text("", &text));
    }
    let encrypted = [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 2000]].concat();
    collection.add_expecting(Expected::AnyRefusal, "docx-encrypted", "docx", encrypted);
}

/// Reading orders that go round, or on for ever.
fn epub_spines(collection: &mut Collection) {
    let package = |manifest: &str, spine: &str| {
        let opf = format!(
            "<?xml version=\"1.0\"?><package xmlns=\"http://www.idpf.org/2007/opf\" version=\"3.0\"><metadata/>\
             <manifest>{manifest}</manifest><spine>{spine}</spine></package>"
        );
        let (before, after) = EPUB.text_around;
        let text = format!("{before}{}{after}", "A sentence. ".repeat(2000));
        EPUB.parts[..2]
            .iter()
            .fold(Zip::default(), |zip, (name, content)| {
                zip.with(&Entry::stored(name, content.as_bytes()))
            })
            .with(&Entry::deflated("book.opf", opf.as_bytes()))
            .with(&Entry::deflated(EPUB.text_name, text.as_bytes()))
            .finish()
    };
    let item = |href: &str| format!("<item id=\"a\" href=\"{href}\" media-type=\"application/xhtml+xml\"/>");
    let reference = "<itemref idref=\"a\"/>";
    for (manifest, spine) in [
        (item("text.xhtml"), reference.repeat(20_000)),
        (item("book.opf"), reference.to_owned()),
        (item("../../../etc/passwd"), reference.to_owned()),
        (item("http://localhost/"), reference.to_owned()),
        (item("%2e%2e%2ftext.xhtml#%"), reference.to_owned()),
        (item(""), reference.to_owned()),
        (item("text.xhtml").repeat(50_000), reference.to_owned()),
        (String::new(), reference.repeat(50_000)),
        (item("text.xhtml"), String::new()),
    ] {
        collection.add("epub-of-wrong-parts", "epub", package(&manifest, &spine));
    }
    let rights = EPUB
        .without_text()
        .with(&Entry::stored(
            "META-INF/encryption.xml",
            b"<encryption><EncryptedData/></encryption>",
        ))
        .with(&Entry::stored(EPUB.text_name, &collection.random.bytes(500)));
    collection.add("epub-encrypted", "epub", rights.finish());
}

/// Archives of neither format.
fn other_archives(collection: &mut Collection) {
    let plain = Zip::default().with(&Entry::deflated("a.txt", b"text")).finish();
    for extension in ["zip", "pdf", "docx", "epub", "txt", "xlsx"] {
        collection.add_expecting(
            Expected::AnyRefusal,
            "archive-of-something-else",
            extension,
            plain.clone(),
        );
    }
    let both = EPUB
        .parts
        .iter()
        .chain(DOCX.parts)
        .fold(Zip::default(), |zip, (name, content)| {
            zip.with(&Entry::stored(name, content.as_bytes()))
        });
    collection.add("archive-of-something-else", "docx", both.finish());
}
