//! What codes and names mean in Unicode.

use hayro_cmap::{BfString, CMap, CMapName, load_embedded};
use hayro_syntax::object::{Dict, Name, Stream};
use skrifa::raw::ps::agl;

use crate::extract::pdf::glyph::GlyphText;

/// The most bytes of a `ToUnicode` map: some ten times what one of all characters has.
const MAX_MAP_BYTES: usize = 16 << 20;

/// What a font says its codes mean (ISO 32000-2, 9.10.3).
pub(super) enum ToUnicode {
    /// What its map says.
    Map(Box<CMap>),
    /// Some writers give the identity where such a map should be: codes are UTF-16.
    Identity,
}

impl ToUnicode {
    /// Reads what a font says.
    pub(super) fn read(font: &Dict<'_>) -> Option<Self> {
        if let Some(stream) = font.get::<Stream<'_>>("ToUnicode") {
            let bytes = stream.decoded_data().ok()?;
            if bytes.len() > MAX_MAP_BYTES {
                return None;
            }
            if is_identity(&bytes) {
                return Some(Self::Identity);
            }
            let map = CMap::parse(&bytes, load_embedded)?;
            return Some(Self::Map(Box::new(map)));
        }
        match CMapName::from_bytes(font.get::<Name<'_>>("ToUnicode")?.as_ref()) {
            CMapName::IdentityH | CMapName::IdentityV => Some(Self::Identity),
            name => predefined(name).map(|map| Self::Map(Box::new(map))),
        }
    }

    /// What a code means, if a map says it.
    pub(super) fn lookup(&self, code: u32) -> Option<GlyphText> {
        match self {
            Self::Map(map) => lookup(map, code),
            Self::Identity => None,
        }
    }

    /// What a code means by itself, where the font says that it does.
    pub(super) fn identity(&self, code: u32) -> Option<GlyphText> {
        match self {
            Self::Map(_) => None,
            Self::Identity => utf_16(code),
        }
    }
}

/// What a code of UTF-16 means: a code unit, or two.
pub(super) fn utf_16(code: u32) -> Option<GlyphText> {
    let [a, b, c, d] = code.to_be_bytes();
    let units = [u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])];
    let units = if units[0] == 0 { &units[1..] } else { &units[..] };
    let character = char::decode_utf16(units.iter().copied()).next()?.ok()?;
    meaning(character)
}

/// Whether a map is a copy of the predefined identity, or uses it: such a map says nothing of characters.
fn is_identity(map: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(map, word).is_some();
    !has(b"beginbf") && (has(b"Identity") || has(b"begincidrange"))
}

/// One of the maps that every reader has (9.7.5.2).
pub(super) fn predefined(name: CMapName<'_>) -> Option<CMap> {
    CMap::parse(load_embedded(name)?, load_embedded)
}

/// What a map says of a code, if that means something.
pub(super) fn lookup(map: &CMap, code: u32) -> Option<GlyphText> {
    match map.lookup_bf_string(code)? {
        BfString::Char(character) => meaning(character),
        BfString::String(text) => text_of(text.chars()),
    }
}

/// What a glyph's name means (Adobe Glyph List Specification).
pub(super) fn of_name(name: &str) -> Option<GlyphText> {
    text_of(agl::name_to_chars(name)).or_else(|| tex_name(name).and_then(meaning))
}

/// Names of TeX's fonts that the list does not know.
fn tex_name(name: &str) -> Option<char> {
    Some(match name {
        "visiblespace" => ' ',
        "dotlessj" => 'ȷ',
        "compwordmark" | "cwm" | "ascendercompwordmark" | "capitalcompwordmark" => '\u{200c}',
        "perthousandzero" => '‰',
        "rangedash" => '–',
        "punctdash" => '—',
        "hyphenchar" => '-',
        "quotesinglbase" => '‚',
        "S_S" | "Germandbls" => 'ẞ',
        "vector" => '⃗',
        "tie" => '⁀',
        "owner" => '⊙',
        "follows" => '≻',
        "precedes" => '≺',
        "nabla" => '∇',
        "turnstileleft" => '⊢',
        "turnstileright" => '⊣',
        "floorleft" => '⌊',
        "floorright" => '⌋',
        "ceilingleft" => '⌈',
        "ceilingright" => '⌉',
        "lscript" => 'ℓ',
        "arrowsouthwest" => '↙',
        "arrownortheast" => '↗',
        "arrowsoutheast" => '↘',
        "arrownorthwest" => '↖',
        _ => return None,
    })
}

/// A character, unless it says nothing: a control character, one of private use, or the mark of a lost one.
pub(super) fn meaning(character: char) -> Option<GlyphText> {
    let meaningless = (character.is_control() && !character.is_whitespace())
        || matches!(character, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}' | '\u{fffd}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    (!meaningless).then_some(GlyphText::One(character))
}

/// Several characters, without those that say nothing.
fn text_of(characters: impl Iterator<Item = char>) -> Option<GlyphText> {
    let text: String = characters
        .filter(|&character| meaning(character).is_some())
        .collect();
    let mut rest = text.chars();
    match (rest.next(), rest.next()) {
        (None, _) => None,
        (Some(character), None) => Some(GlyphText::One(character)),
        _ => Some(GlyphText::Many(text.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mean_what_the_list_says() {
        assert_eq!(of_name("Agrave"), Some(GlyphText::One('À')));
        assert_eq!(of_name("uni0041"), Some(GlyphText::One('A')));
        assert_eq!(of_name("f_f_i"), Some(GlyphText::Many("ffi".into())));
        assert_eq!(of_name("a.alt"), Some(GlyphText::One('a')));
        assert_eq!(of_name("visiblespace"), Some(GlyphText::One(' ')));
        assert_eq!(of_name("g17"), None);
        assert_eq!(of_name(".notdef"), None);
    }

    #[test]
    fn what_says_nothing_means_nothing() {
        for character in ['\u{1}', '\u{e001}', '\u{fffd}', '\u{10fffd}', '\u{0}'] {
            assert_eq!(meaning(character), None, "{character:?}");
        }
        assert_eq!(text_of("\u{0}x\u{fffd}".chars()), Some(GlyphText::One('x')));
    }
}
