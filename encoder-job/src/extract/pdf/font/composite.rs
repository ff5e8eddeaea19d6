//! Fonts whose codes have several bytes: Type 0, most of them of Chinese, Japanese or Korean, or of a writer that sets everything in Unicode
//! (ISO 32000-2, 9.7).

use std::{collections::HashMap, sync::OnceLock};

use hayro_cmap::{CMap, CMapName, CidFamily, WritingMode};
use hayro_font::GlyphId;
use hayro_syntax::object::{Array, Dict, Name, Number, Object, Stream, String as PdfString};

use super::{
    program::Names,
    unicode::{self, ToUnicode},
};
use crate::extract::pdf::glyph::GlyphText;

/// The usual Chinese fonts in code page 936: Song, Kai, Hei, Fang Song, Li Shu, new Song.
const CHINESE_NAMES: [&[u8]; 6] = [
    b"\xcb\xce\xcc\xe5",
    b"\xbf\xac\xcc\xe5",
    b"\xba\xda\xcc\xe5",
    b"\xb7\xc2\xcb\xce",
    b"\xc1\xa5\xca\xe9",
    b"\xd0\xc2\xcb\xce",
];
/// The most widths that are read.
const MAX_WIDTHS: usize = 1 << 17;

pub(in crate::extract::pdf) struct CompositeFont<'a> {
    descendant: Dict<'a>,
    encoding: Encoding,
    to_unicode: Option<ToUnicode>,
    /// From character identifiers to Unicode, where the collection is one of Adobe's.
    collection: OnceLock<Option<CMap>>,
    family: Option<CidFamily>,
    vertical: bool,
    /// By character identifier, in the font's size.
    widths: HashMap<u32, f32>,
    usual_width: f32,
    /// How far one glyph stands below the last in vertical writing, in the font's size.
    vertical_advance: f32,
    /// What the embedded program knows; opened when first asked.
    names: OnceLock<Option<Names>>,
    /// From character identifiers to glyphs of a TrueType program, two bytes each.
    glyphs: OnceLock<Option<Vec<u8>>>,
}

/// How strings are cut into codes, and codes are turned into character identifiers.
enum Encoding {
    /// Two bytes each, which are the identifier.
    Identity,
    Map(Box<CMap>, CodeIs),
}

/// What the codes of an encoding are besides.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CodeIs {
    /// Nothing.
    Opaque,
    /// A code unit of UTF-16, or two: the character itself.
    Utf16,
}

impl<'a> CompositeFont<'a> {
    pub(super) fn new(dict: &Dict<'a>) -> Option<Self> {
        let descendant = dict
            .get::<Array<'a>>("DescendantFonts")?
            .iter::<Dict<'a>>()
            .next()?;
        let (encoding, vertical, map_family) = read_encoding(dict);
        let family = map_family
            .filter(|family| *family != CidFamily::AdobeIdentity)
            .or_else(|| collection_of(&descendant));
        let widths = descendant
            .get::<Array<'_>>("W")
            .map(|widths| read_widths(&widths))
            .unwrap_or_default();
        let vertical_metrics = descendant.get::<[f32; 2]>("DW2");
        Some(Self {
            to_unicode: ToUnicode::read(dict),
            encoding,
            collection: OnceLock::new(),
            family,
            vertical,
            widths,
            usual_width: descendant.get::<f32>("DW").unwrap_or(1000.0) / 1000.0,
            vertical_advance: vertical_metrics.map_or(1.0, |metrics| -metrics[1] / 1000.0),
            names: OnceLock::new(),
            glyphs: OnceLock::new(),
            descendant,
        })
    }

    /// A font that calls itself simple, is not embedded and has a Chinese name in the old code of Windows: its strings are in that code.
    pub(super) fn of_chinese_name(dict: &Dict<'a>) -> Option<Self> {
        let name = dict.get::<Name<'_>>("BaseFont")?;
        let descriptor = dict.get::<Dict<'_>>("FontDescriptor").unwrap_or_default();
        let embedded = ["FontFile", "FontFile2", "FontFile3"]
            .iter()
            .any(|key| descriptor.contains_key(key));
        if embedded || !CHINESE_NAMES.iter().any(|known| name.starts_with(known)) {
            return None;
        }
        let map = unicode::predefined(CMapName::GbkEucH)?;
        Some(Self {
            descendant: Dict::empty(),
            encoding: Encoding::Map(Box::new(map), CodeIs::Opaque),
            to_unicode: ToUnicode::read(dict),
            collection: OnceLock::new(),
            family: Some(CidFamily::AdobeGB1),
            vertical: false,
            widths: HashMap::new(),
            usual_width: 1.0,
            vertical_advance: 1.0,
            names: OnceLock::new(),
            glyphs: OnceLock::new(),
        })
    }

    pub(super) fn is_vertical(&self) -> bool {
        self.vertical
    }

    /// The code that begins a string, and its length.
    pub(super) fn next_code(&self, bytes: &[u8]) -> (u32, usize) {
        match &self.encoding {
            Encoding::Identity => match bytes {
                [high, low, ..] => (u32::from(u16::from_be_bytes([*high, *low])), 2),
                _ => (bytes.first().copied().map_or(0, u32::from), 1),
            },
            Encoding::Map(map, _) => {
                let mut code = 0;
                for (length, &byte) in (1_u8..=4).zip(bytes) {
                    code = code << 8 | u32::from(byte);
                    if map.lookup_cid_code(code, length).is_some() {
                        return (code, usize::from(length));
                    }
                }
                // A code that no range has: most such fonts have codes of two bytes.
                match bytes {
                    [high, low, ..] => (u32::from(u16::from_be_bytes([*high, *low])), 2),
                    _ => (bytes.first().copied().map_or(0, u32::from), 1),
                }
            }
        }
    }

    /// What a code means, and how far the next glyph stands, in the font's size.
    pub(super) fn glyph(&self, code: u32) -> (Option<GlyphText>, f32) {
        let cid = self.cid(code);
        let advance = if self.vertical {
            self.vertical_advance
        } else {
            self.widths.get(&cid).copied().unwrap_or(self.usual_width)
        };
        (self.meaning(code, cid), advance)
    }

    fn cid(&self, code: u32) -> u32 {
        match &self.encoding {
            Encoding::Identity => code,
            Encoding::Map(map, _) => (1..=4)
                .find_map(|length| map.lookup_cid_code(code, length))
                .unwrap_or(0),
        }
    }

    fn meaning(&self, code: u32, cid: u32) -> Option<GlyphText> {
        self.to_unicode
            .as_ref()
            .and_then(|map| map.lookup(code))
            .or_else(|| self.of_code(code))
            .or_else(|| self.of_collection(cid))
            .or_else(|| self.of_program(cid))
            .or_else(|| self.to_unicode.as_ref()?.identity(code))
    }

    fn of_code(&self, code: u32) -> Option<GlyphText> {
        let Encoding::Map(_, CodeIs::Utf16) = self.encoding else {
            return None;
        };
        unicode::utf_16(code)
    }

    fn of_collection(&self, cid: u32) -> Option<GlyphText> {
        let map = self.collection.get_or_init(|| {
            let name = self.family.as_ref()?.ucs2_cmap()?;
            unicode::predefined(name)
        });
        unicode::lookup(map.as_ref()?, cid)
    }

    fn of_program(&self, cid: u32) -> Option<GlyphText> {
        let names = self
            .names
            .get_or_init(|| Names::of_descriptor(&self.descendant.get::<Dict<'_>>("FontDescriptor")?));
        let names = names.as_ref()?;
        let glyph = if names.is_cid_keyed() {
            names.glyph_of_cid(cid)?
        } else {
            self.glyph_of(cid)
        };
        names.meaning(glyph)
    }

    /// The glyph of a character identifier in a program that is not keyed by them.
    fn glyph_of(&self, cid: u32) -> GlyphId {
        let map = self.glyphs.get_or_init(|| {
            let stream = self.descendant.get::<Stream<'_>>("CIDToGIDMap")?;
            stream.decoded_data().ok().map(std::borrow::Cow::into_owned)
        });
        let mapped = map.as_ref().and_then(|map| {
            let at = usize::try_from(cid).ok()?.checked_mul(2)?;
            let pair = map.get(at..at + 2)?;
            Some(u32::from(u16::from_be_bytes([pair[0], pair[1]])))
        });
        GlyphId::new(if map.is_some() { mapped.unwrap_or(0) } else { cid })
    }
}

/// The encoding, whether it is one of vertical writing, and the collection its identifiers are of.
fn read_encoding(dict: &Dict<'_>) -> (Encoding, bool, Option<CidFamily>) {
    let map = match dict.get::<Object<'_>>("Encoding") {
        Some(Object::Name(name)) => match CMapName::from_bytes(name.as_ref()) {
            CMapName::IdentityH => return (Encoding::Identity, false, None),
            CMapName::IdentityV => return (Encoding::Identity, true, None),
            name => unicode::predefined(name),
        },
        Some(Object::Stream(stream)) => stream
            .decoded_data()
            .ok()
            .and_then(|bytes| CMap::parse(&bytes, hayro_cmap::load_embedded)),
        _ => None,
    };
    let Some(map) = map else {
        return (Encoding::Identity, false, None);
    };
    let metadata = map.metadata();
    let vertical = metadata.writing_mode == Some(WritingMode::Vertical);
    let family = metadata
        .character_collection
        .as_ref()
        .map(|collection| collection.family.clone());
    let is_utf16 = metadata.name.as_deref().is_some_and(|name| {
        let has = |part: &[u8]| name.windows(part.len()).any(|window| window == part);
        name.starts_with(b"Uni") && (has(b"UCS2") || has(b"UTF16"))
    });
    let code_is = if is_utf16 { CodeIs::Utf16 } else { CodeIs::Opaque };
    (Encoding::Map(Box::new(map), code_is), vertical, family)
}

/// The collection a descendant font says its identifiers are of.
fn collection_of(descendant: &Dict<'_>) -> Option<CidFamily> {
    let info = descendant.get::<Dict<'_>>("CIDSystemInfo")?;
    let registry = info.get::<PdfString<'_>>("Registry")?;
    let ordering = info.get::<PdfString<'_>>("Ordering")?;
    Some(CidFamily::from_registry_ordering(
        registry.as_bytes(),
        ordering.as_bytes(),
    ))
}

/// Widths by identifier: `first [w1 w2 …]` or `first last w`.
fn read_widths(array: &Array<'_>) -> HashMap<u32, f32> {
    let mut widths = HashMap::new();
    let mut objects = array.iter::<Object<'_>>();
    while let Some(first) = objects.next().as_ref().and_then(number) {
        match objects.next() {
            Some(Object::Array(list)) => {
                for (cid, width) in (first..).zip(list.iter::<Number>()) {
                    if widths.len() >= MAX_WIDTHS {
                        return widths;
                    }
                    widths.insert(cid, width.as_f32() / 1000.0);
                }
            }
            Some(last) => {
                let (Some(last), Some(Object::Number(width))) = (number(&last), objects.next()) else {
                    return widths;
                };
                for cid in first..=last.min(first.saturating_add(u32::from(u16::MAX))) {
                    if widths.len() >= MAX_WIDTHS {
                        return widths;
                    }
                    widths.insert(cid, width.as_f32() / 1000.0);
                }
            }
            None => return widths,
        }
    }
    widths
}

fn number(object: &Object<'_>) -> Option<u32> {
    match object {
        Object::Number(number) => u32::try_from(number.as_i64()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use hayro_syntax::object::FromBytes;

    use super::*;

    #[test]
    fn widths_of_both_kinds() {
        let array = Array::from_bytes(b"[1 [500 600] 10 12 250 20 [700]]").unwrap();
        let mut widths: Vec<_> = read_widths(&array).into_iter().collect();
        widths.sort_by_key(|&(cid, _)| cid);
        assert_eq!(
            widths,
            [(1, 0.5), (2, 0.6), (10, 0.25), (11, 0.25), (12, 0.25), (20, 0.7)]
        );
    }

    #[test]
    fn a_range_without_end_is_cut() {
        let array = Array::from_bytes(b"[0 4294967295 500 5]").unwrap();
        assert!(read_widths(&array).len() <= MAX_WIDTHS);
    }
}
