//! What files of other kinds begin with or hold, and what they are called.

/// What other things begin with.
const BEGINNINGS: [(&[u8], &str); 29] = [
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"II*\0", "a TIFF picture"),
    (b"MM\0*", "a TIFF picture"),
    (b"AT&TFORM", "a DjVu document"),
    (b"8BPS", "a Photoshop picture"),
    (COMPOUND_FILE, OLD_OFFICE_DOCUMENT),
    (b"%!PS", "PostScript"),
    (b"\xc5\xd0\xd3\xc6", "PostScript"),
    (b"{\\rtf", "Rich Text Format"),
    (b"ITSF", "a compiled help file (CHM)"),
    (b"\x1f\x8b", "a gzip file"),
    (b"BZh91AY&SY", "a bzip2 file"),
    (b"\xfd7zXZ\0", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"MSCF\0\0\0\0", "a cabinet archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90\0", "a program"),
    (b"\0asm", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"PAR1", "a Parquet table"),
    (b"OggS\0", "a sound or film"),
    (b"fLaC\0", "a sound"),
    (b"ID3\x03", "a sound"),
    (b"\x1a\x45\xdf\xa3", "a film"),
];

/// What other things have further on.
const FURTHER_ON: [(usize, &[u8], &str); 7] = [
    (4, b"ftypheic", "a HEIC picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyp", "a film"),
    (8, b"WEBPVP8", "a WebP picture"),
    (8, b"WAVEfmt ", "a sound"),
    (60, b"BOOKMOBI", "a Kindle book"),
    (257, b"ustar", "a tar archive"),
];

/// What a compound file is, and what it is where the stream that tells of a password may come later.
pub const OLD_OFFICE_DOCUMENT: &str = "a Microsoft Office document of the old format";
pub(crate) const OLD_OR_ENCRYPTED_OFFICE_DOCUMENT: &str =
    "a Microsoft Office document of the old format, or one with a password";

/// A workbook of the new format.
pub const WORKBOOK: &str = "an Excel workbook (XLSX)";
/// A presentation of the new format.
pub const PRESENTATION: &str = "a PowerPoint presentation (PPTX)";
/// A drawing of the new format.
pub const DRAWING: &str = "a Visio drawing";

/// Folders that tell which office document an archive is. DOCX is the one that is read.
pub const OFFICE_FOLDERS: [(&str, Option<&str>); 4] = [
    ("word/", None),
    ("xl/", Some(WORKBOOK)),
    ("ppt/", Some(PRESENTATION)),
    ("visio/", Some(DRAWING)),
];

/// What an archive has that was packed by a program of Java's.
pub(crate) const JAVA_MANIFEST: &str = "meta-inf/manifest.mf";

/// Entries that tell which other document or program an archive is.
pub const OTHER_ARCHIVES: [(&str, &str); 5] = [
    ("androidmanifest.xml", "an Android program"),
    (JAVA_MANIFEST, "a Java program (JAR)"),
    (
        "index/document.iwa",
        "an Apple Pages, Numbers or Keynote document",
    ),
    ("fixeddocumentsequence.fdseq", "an XPS document"),
    ("doc.kml", "a map (KMZ)"),
];

/// The length of the end of a ZIP archive's directory without its comment.
const DIRECTORY_END: usize = 22;

/// The beginning of an OLE compound file.
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Whether this is a ZIP archive, empty ones and parts of one included.
pub fn is_zip(bytes: &[u8]) -> bool {
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"]
        .iter()
        .any(|beginning| bytes.starts_with(*beginning))
}

/// Whether this ends with the end of a ZIP archive's directory, after which a comment may stand that has the length it says, and
/// line ends or zero bytes that something added on the way.
pub fn ends_as_zip(bytes: &[u8]) -> bool {
    let from = bytes.len().saturating_sub(DIRECTORY_END + usize::from(u16::MAX));
    memchr::memmem::rfind_iter(&bytes[from..], b"PK\x05\x06").any(|at| {
        let end = &bytes[from + at..];
        end.get(DIRECTORY_END - 2..DIRECTORY_END).is_some_and(|length| {
            let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
            end.get(DIRECTORY_END + length..)
                .is_some_and(|rest| rest.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace()))
        })
    })
}

/// Whether this is an Office document of the new format with a password: the encrypted archive lies in a compound file, as a
/// stream of that name in UTF-16.
pub fn is_encrypted_office_document(bytes: &[u8]) -> bool {
    let name: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    bytes.starts_with(COMPOUND_FILE) && memchr::memmem::find(bytes, &name).is_some()
}

/// What this is, if it is a thing of a kind that is not read.
pub fn other(bytes: &[u8]) -> Option<&'static str> {
    let beginnings = BEGINNINGS.iter().map(|&(signature, what)| (0, signature, what));
    beginnings
        .chain(FURTHER_ON)
        .find(|&(at, signature, _)| bytes.get(at..).is_some_and(|rest| rest.starts_with(signature)))
        .map(|(_, _, what)| what)
}

/// What an archive is whose first entry says so, as those of `OpenDocument` do.
pub fn open_document(kind: &[u8]) -> Option<&'static str> {
    let kind = kind.strip_prefix(b"application/vnd.oasis.opendocument.")?;
    Some(match kind {
        b"text" => "an OpenDocument text (ODT)",
        b"spreadsheet" => "an OpenDocument spreadsheet (ODS)",
        b"presentation" => "an OpenDocument presentation (ODP)",
        _ => "an OpenDocument file",
    })
}
