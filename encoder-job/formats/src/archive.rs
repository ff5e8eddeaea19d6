//! ZIP archives by the headers that stand before each of their entries, as a file's beginning has no directory: that is at the end.

use crate::{Format, Refusal, signatures};

/// What an entry's own header begins with.
pub const LOCAL_ENTRY: &[u8] = b"PK\x03\x04";
/// What an archive is that is nothing else.
pub const ARCHIVE: &str = "a ZIP archive";
/// The length of an entry's header without its name and extra fields (APPNOTE.TXT, 4.3.7).
const HEADER: usize = 30;
/// Flags of an entry.
const ENCRYPTED: u16 = 1;
const SIZE_COMES_AFTER: u16 = 1 << 3;
/// The method of entries that are stored as they are.
const STORED: u16 = 0;

/// Parts that no text document has, by the beginnings of their paths. Other parts may be in folders of any name.
const PARTS_OF_OTHERS: [(&str, &str); 13] = [
    ("xl/workbook", signatures::WORKBOOK),
    ("xl/worksheets/", signatures::WORKBOOK),
    ("xl/sharedstrings", signatures::WORKBOOK),
    ("xl/styles", signatures::WORKBOOK),
    ("xl/theme/", signatures::WORKBOOK),
    ("xl/_rels/", signatures::WORKBOOK),
    ("ppt/presentation", signatures::PRESENTATION),
    ("ppt/slides/", signatures::PRESENTATION),
    ("ppt/slidemasters/", signatures::PRESENTATION),
    ("ppt/_rels/", signatures::PRESENTATION),
    ("visio/document", signatures::DRAWING),
    ("visio/pages/", signatures::DRAWING),
    ("visio/_rels/", signatures::DRAWING),
];
/// Without one of these an archive is no document that is read.
const PARTS_OF_DOCUMENTS: [&str; 4] = [
    "mimetype",
    "meta-inf/container.xml",
    "[content_types].xml",
    "word/",
];

/// An entry, by its own header.
#[derive(Debug)]
pub struct LocalEntry<'a> {
    /// Its name as it is written.
    pub name: String,
    /// Whether it opens only with a password.
    pub is_encrypted: bool,
    /// How it is packed: 0 for not at all, 8 for DEFLATE.
    pub method: u16,
    /// Its data, packed; all that follows where its size is not known.
    pub data: &'a [u8],
}

/// The entries whose headers are there, in order.
pub fn entries(bytes: &[u8]) -> Vec<LocalEntry<'_>> {
    let mut entries = Vec::new();
    let mut at = 0;
    while let Some(found) = bytes
        .get(at..)
        .and_then(|rest| memchr::memmem::find(rest, LOCAL_ENTRY))
    {
        let start = at + found;
        match entry(bytes, start) {
            Some((entry, end)) => {
                entries.push(entry);
                at = end;
            }
            None => at = start + LOCAL_ENTRY.len(),
        }
    }
    entries
}

/// The entry whose header is at this place, and where to look for the next.
fn entry(bytes: &[u8], start: usize) -> Option<(LocalEntry<'_>, usize)> {
    let header = bytes.get(start..start + HEADER)?;
    let number = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let flags = number(6);
    let size = u32::from_le_bytes([header[18], header[19], header[20], header[21]]) as usize;
    let name_start = start + HEADER;
    let data_start = name_start + usize::from(number(26));
    let name = String::from_utf8_lossy(bytes.get(name_start..data_start)?).into_owned();
    let data_start = data_start + usize::from(number(28));
    let rest = bytes.get(data_start..)?;
    let method = number(8);
    let size_is_known = flags & SIZE_COMES_AFTER == 0;
    let data = if size_is_known {
        &rest[..size.min(rest.len())]
    } else if method == STORED {
        let end =
            memchr::memmem::find(rest, b"PK\x07\x08").or_else(|| memchr::memmem::find(rest, LOCAL_ENTRY));
        &rest[..end.unwrap_or(rest.len())]
    } else {
        rest
    };
    let next = if size_is_known {
        data_start + data.len()
    } else {
        data_start
    };
    let entry = LocalEntry {
        name,
        is_encrypted: flags & ENCRYPTED != 0,
        method,
        data,
    };
    Some((entry, next))
}

/// What an archive with this beginning is, most likely; `extension` is that of the file's name.
pub(crate) fn detect(head: &[u8], is_whole: bool, extension: &str) -> Result<Format, Refusal> {
    let entries = entries(head);
    let path = |entry: &LocalEntry<'_>| {
        let path = entry.name.replace('\\', "/").to_lowercase();
        path.trim_start_matches(['.', '/']).to_owned()
    };
    let paths: Vec<String> = entries.iter().map(path).collect();
    let has = |beginning: &str| paths.iter().any(|path| path.starts_with(beginning));
    let mut stored = entries.iter().zip(&paths);
    let kind = stored.find(|(entry, path)| entry.method == STORED && *path == "mimetype");
    match kind.map(|(entry, _)| entry.data.trim_ascii()) {
        Some(b"application/epub+zip") => return Ok(Format::Epub),
        Some(kind) => {
            if let Some(what) = signatures::open_document(kind) {
                return Err(Refusal::Unsupported(what));
            }
        }
        None => {}
    }
    if has("word/") {
        return Ok(Format::Docx);
    }
    // A book may have been packed with a program of Java's.
    let programs = signatures::OTHER_ARCHIVES
        .iter()
        .filter(|(path, _)| *path != signatures::JAVA_MANIFEST);
    let mut others = PARTS_OF_OTHERS.iter().chain(programs);
    if let Some((_, what)) = others.find(|(beginning, _)| has(beginning)) {
        return Err(Refusal::Unsupported(what));
    }
    // A path may be written as in a link, and an entry that is cut off may be any.
    let is_plain = !paths.iter().any(|path| path.contains('%'));
    let is_listed = !entries.is_empty() || !head.starts_with(LOCAL_ENTRY);
    let is_document = PARTS_OF_DOCUMENTS.into_iter().any(has);
    if is_whole && is_plain && is_listed && !is_document {
        return Err(Refusal::Unsupported(ARCHIVE));
    }
    let is_book = extension == "epub" || has("mimetype") || has("meta-inf/container.xml");
    Ok(if is_book { Format::Epub } else { Format::Docx })
}
