//! Bookmarks: the document outline (ISO 32000-2, 12.3.3), as headings.

use std::collections::{HashMap, HashSet};

use hayro_syntax::{
    Pdf,
    object::{Array, Dict, MaybeRef, Name, ObjRef, Object, String as PdfString},
};

use crate::{
    document::{Heading, Page},
    extract::{clean::clean, page_text::title},
};

use super::array_items::{ArrayItem, array_items};

/// The most bookmarks that are read, and the most nodes of the tree of names.
const MAX_ENTRIES: usize = 20_000;
/// How deep bookmarks and names may nest.
const MAX_DEPTH: usize = 32;

/// The bookmarks of a document, by page.
#[derive(Default)]
pub(super) struct Bookmarks {
    by_page: HashMap<u32, Vec<(u8, String)>>,
}

impl Bookmarks {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.by_page.is_empty()
    }

    /// Reads them; a broken outline has those that can be read.
    pub(super) fn read(pdf: &Pdf) -> Self {
        let read = std::panic::AssertUnwindSafe(|| Reader::new(pdf).map(Reader::read).unwrap_or_default());
        Self {
            by_page: std::panic::catch_unwind(read).unwrap_or_default(),
        }
    }

    /// The headings on a page, each where its title stands in the text, or at the beginning of the page where it does not.
    pub(super) fn on_page(&mut self, page: &Page) -> Vec<Heading> {
        let entries = self.by_page.remove(&page.number).unwrap_or_default();
        let mut from = 0;
        let headings = entries.into_iter().map(|(level, title)| {
            let found = find(&page.text, &title, from);
            if let Some(byte) = found {
                from = byte;
            }
            let offset = found.map_or(0, |byte| page.text[..byte].chars().count());
            Heading {
                level,
                title,
                page: page.number,
                offset,
            }
        });
        headings.collect()
    }
}

/// Where a title stands at the beginning of a line, give or take its number; a byte position.
fn find(text: &str, title: &str, from: usize) -> Option<usize> {
    let wanted: Vec<char> = folded(title).collect();
    if wanted.is_empty() {
        return None;
    }
    let begins = |line: &mut dyn Iterator<Item = char>| wanted.iter().all(|c| line.next() == Some(*c));
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let is_number = |c: &char| c.is_ascii_digit() || matches!(c, '.' | ' ');
        if start >= from && (begins(&mut folded(line)) || begins(&mut folded(line).skip_while(is_number))) {
            return Some(start);
        }
        start += line.len();
    }
    None
}

/// The characters of a text in small letters, with one space for each stretch of whitespace.
fn folded(text: &str) -> impl Iterator<Item = char> {
    let spaced = text.split_whitespace().enumerate().flat_map(|(number, word)| {
        let space = (number > 0).then_some(' ');
        space.into_iter().chain(word.chars())
    });
    spaced.flat_map(char::to_lowercase)
}

struct Reader<'a> {
    catalog: Dict<'a>,
    pages: HashMap<ObjRef, u32>,
    /// Destinations by name.
    names: HashMap<Vec<u8>, u32>,
}

impl<'a> Reader<'a> {
    fn new(pdf: &'a Pdf) -> Option<Self> {
        let catalog = pdf.xref().get::<Dict<'a>>(pdf.xref().root_id())?;
        catalog.get::<Dict<'a>>("Outlines")?;
        let pages = (1..)
            .zip(pdf.pages().iter())
            .filter_map(|(number, page)| page.raw().obj_id().map(|id| (id.into(), number)))
            .collect();
        let mut reader = Self {
            catalog,
            pages,
            names: HashMap::new(),
        };
        reader.read_names();
        Some(reader)
    }

    /// Named destinations: a tree in the catalog's names, or in old documents a dictionary.
    fn read_names(&mut self) {
        let mut names = HashMap::new();
        if let Some(old) = self.catalog.get::<Dict<'a>>("Dests") {
            for key in old.keys().take(MAX_ENTRIES) {
                if let Some(page) = old
                    .get::<Object<'a>>(key.as_ref())
                    .and_then(|value| self.page_of(&value, &names))
                {
                    names.insert(key.as_ref().to_vec(), page);
                }
            }
        }
        let root = self
            .catalog
            .get::<Dict<'a>>("Names")
            .and_then(|names| names.get::<Dict<'a>>("Dests"));
        let mut waiting: Vec<(Dict<'a>, usize)> = root.into_iter().map(|root| (root, 0)).collect();
        let mut seen = 0;
        while let Some((node, depth)) = waiting.pop() {
            seen += 1;
            if depth > MAX_DEPTH || seen > MAX_ENTRIES {
                continue;
            }
            if let Some(kids) = node.get::<Array<'a>>("Kids") {
                let kids = array_items(&kids).filter_map(ArrayItem::object);
                waiting.extend(
                    kids.filter_map(Object::into_dict)
                        .take(MAX_ENTRIES)
                        .map(|kid| (kid, depth + 1)),
                );
            }
            if let Some(pairs) = node.get::<Array<'a>>("Names") {
                let mut pairs = array_items(&pairs);
                while let (Some(key), Some(value)) = (pairs.next(), pairs.next()) {
                    let (Some(key), Some(value)) = (key.object(), value.object()) else {
                        continue;
                    };
                    if let (Some(key), Some(page)) = (key.into_string(), self.page_of(&value, &names)) {
                        names.insert(key.as_bytes().to_vec(), page);
                    }
                }
            }
        }
        self.names = names;
    }

    /// The page a destination leads to: an array that begins with a page, a dictionary that holds such an array, or a name.
    fn page_of(&self, destination: &Object<'a>, names: &HashMap<Vec<u8>, u32>) -> Option<u32> {
        match destination {
            Object::Array(array) => match array.raw_iter().next()? {
                MaybeRef::Ref(reference) => self.pages.get(&reference).copied(),
                // The index of a page, from 0, which only destinations in other documents should have.
                MaybeRef::NotRef(object) => u32::try_from(object.into_i32()?).ok().map(|index| index + 1),
            },
            Object::Dict(dict) => self.page_of(&dict.get::<Object<'a>>("D")?, names),
            Object::String(name) => names.get(name.as_bytes()).copied(),
            Object::Name(name) => names.get(name.as_ref()).copied(),
            _ => None,
        }
    }

    fn read(self) -> HashMap<u32, Vec<(u8, String)>> {
        let mut by_page: HashMap<u32, Vec<(u8, String)>> = HashMap::new();
        let first = self
            .catalog
            .get::<Dict<'a>>("Outlines")
            .and_then(|outlines| outlines.get::<Dict<'a>>("First"));
        let mut waiting: Vec<(Dict<'a>, usize)> = first.into_iter().map(|first| (first, 1)).collect();
        let mut seen = HashSet::new();
        while let Some((entry, level)) = waiting.pop() {
            // A list that bites its tail, or one without end, ends here.
            if level > MAX_DEPTH
                || seen.len() >= MAX_ENTRIES
                || !entry.obj_id().is_none_or(|id| seen.insert(id))
            {
                continue;
            }
            waiting.extend(entry.get::<Dict<'a>>("Next").map(|next| (next, level)));
            waiting.extend(entry.get::<Dict<'a>>("First").map(|child| (child, level + 1)));
            let title = entry
                .get::<PdfString<'a>>("Title")
                .map(|title| title_of(title.as_bytes()))
                .unwrap_or_default();
            let destination = entry.get::<Object<'a>>("Dest").or_else(|| {
                let action = entry.get::<Dict<'a>>("A")?;
                let goes_to = action
                    .get::<Name<'a>>("S")
                    .is_some_and(|kind| kind.as_ref() == b"GoTo");
                goes_to.then(|| action.get::<Object<'a>>("D")).flatten()
            });
            let page = destination.and_then(|destination| self.page_of(&destination, &self.names));
            if let (Some(page), false) = (page, title.is_empty()) {
                by_page
                    .entry(page)
                    .or_default()
                    .push((u8::try_from(level).unwrap_or(u8::MAX), title));
            }
        }
        by_page
    }
}

/// A text string: UTF-16 or UTF-8 with a mark, else `PDFDocEncoding`, of which Latin-1 is the part that matters (7.9.2.2).
pub(super) fn decode_text(bytes: &[u8]) -> String {
    let utf_16 = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest
            .chunks_exact(2)
            .map(|pair| unit([pair[0], pair[1]]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    if let Some(rest) = bytes.strip_prefix(b"\xfe\xff") {
        utf_16(rest, u16::from_be_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        utf_16(rest, u16::from_le_bytes)
    } else if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        String::from_utf8_lossy(rest).into_owned()
    } else {
        bytes.iter().map(|&byte| char::from(byte)).collect()
    }
}

/// A bookmark's title, on one line.
fn title_of(bytes: &[u8]) -> String {
    title(&clean(&decode_text(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_in_every_encoding() {
        assert_eq!(decode_text(b"\xfe\xff\x00P\x00i\x00\xf9"), "Più");
        assert_eq!(decode_text(b"\xff\xfeP\x00i\x00\xf9\x00"), "Più");
        assert_eq!(decode_text(b"\xef\xbb\xbfPi\xc3\xb9"), "Più");
        assert_eq!(title_of(b"Pi\xf9\r\n due"), "Più due");
    }

    #[test]
    fn a_title_is_found_with_or_without_its_number() {
        let text = "running head\n\n2.1 Of Studies\nthey serve";
        assert_eq!(find(text, "Of  studies", 0), text.find("2.1"));
        assert_eq!(find(text, "2.1 Of Studies", 0), text.find("2.1"));
        assert_eq!(find(text, "Of Truth", 0), None);
    }
}
