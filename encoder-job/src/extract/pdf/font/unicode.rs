//! What codes and names mean in Unicode.

use hayro_cmap::{BfString, CMap, CMapName, load_embedded};
use hayro_syntax::object::{Dict, Name, Stream};
use skrifa::raw::ps::agl;

use crate::extract::pdf::glyph::GlyphText;

/// The most bytes of a `ToUnicode` map: some ten times what one of all characters has.
const MAX_MAP_BYTES: usize = 16 << 20;

/// Reads the map from codes to characters that a font carries (ISO 32000-2, 9.10.3).
pub(super) fn to_unicode(font: &Dict<'_>) -> Option<CMap> {
    if let Some(stream) = font.get::<Stream<'_>>("ToUnicode") {
        let bytes = stream.decoded_data().ok()?;
        return (bytes.len() <= MAX_MAP_BYTES)
            .then(|| CMap::parse(&bytes, load_embedded))
            .flatten();
    }
    // Some writers name a predefined map where a stream should be.
    let name = font.get::<Name<'_>>("ToUnicode")?;
    predefined(CMapName::from_bytes(name.as_ref()))
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
