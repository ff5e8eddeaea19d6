//! Encodings of simple fonts: from codes of one byte to names of glyphs, or to characters (ISO 32000-2, annex D).

use hayro_syntax::object::{Array, Dict, Name, Object};
use skrifa::raw::ps::PredefinedEncoding;

use super::unicode;
use crate::extract::pdf::glyph::GlyphText;

/// The upper half of `MacRomanEncoding`, from code 128 on.
const MAC_ROMAN: &str = "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü†°¢£§•¶ß®©™´¨≠ÆØ∞±≤≥¥µ∂∑∏π∫ªºΩæø\
                         ¿¡¬√ƒ≈∆«»…\u{a0}ÀÃÕŒœ–—“”‘’÷◊ÿŸ⁄¤‹›ﬁﬂ‡·‚„‰ÂÊÁËÈÍÎÏÌÓÔ\u{f8ff}ÒÚÛÙıˆ˜¯˘˙˚¸˝˛ˇ";
/// `WinAnsiEncoding` between 128 and 159; the rest of its upper half is Latin-1. Unused codes are bullets.
const WIN_ANSI: &str = "€•‚ƒ„…†‡ˆ‰Š‹Œ•Ž••‘’“”•–—˜™š›œ•žŸ";

/// What stands behind the differences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BaseEncoding {
    Standard,
    WinAnsi,
    MacRoman,
    MacExpert,
    /// That of the font's own program.
    BuiltIn,
}

/// The encoding of a simple font.
#[derive(Debug)]
pub(super) struct Encoding {
    pub(super) base: BaseEncoding,
    /// Names that differ from the base, by code; empty where none does.
    differences: Vec<Option<Box<str>>>,
}

impl Encoding {
    /// Reads the `Encoding` of a font.
    pub(super) fn read(font: &Dict<'_>) -> Self {
        match font.get::<Object<'_>>("Encoding") {
            Some(Object::Name(name)) => Self {
                base: base(Some(&name)),
                differences: Vec::new(),
            },
            Some(Object::Dict(dict)) => Self {
                base: base(dict.get::<Name<'_>>("BaseEncoding").as_ref()),
                differences: dict
                    .get::<Array<'_>>("Differences")
                    .map(|differences| read_differences(&differences))
                    .unwrap_or_default(),
            },
            _ => Self {
                base: BaseEncoding::BuiltIn,
                differences: Vec::new(),
            },
        }
    }

    /// An encoding of nothing but differences.
    #[cfg(test)]
    pub(super) fn of_differences(names: &[(u8, &str)]) -> Self {
        let mut differences = vec![None; 256];
        for &(code, name) in names {
            differences[usize::from(code)] = Some(name.into());
        }
        Self {
            base: BaseEncoding::BuiltIn,
            differences,
        }
    }

    /// The name that differs from the base.
    pub(super) fn difference(&self, code: u8) -> Option<&str> {
        self.differences.get(usize::from(code))?.as_deref()
    }

    /// What the base says a code means; `None` for [`BaseEncoding::BuiltIn`].
    pub(super) fn base_meaning(&self, code: u8) -> Option<GlyphText> {
        of_base(self.base, code)
    }
}

/// What a code means in a base encoding.
pub(super) fn of_base(base: BaseEncoding, code: u8) -> Option<GlyphText> {
    match base {
        BaseEncoding::BuiltIn => None,
        BaseEncoding::Standard => unicode::of_name(PredefinedEncoding::Standard.name(code)),
        BaseEncoding::MacExpert => unicode::of_name(PredefinedEncoding::Expert.name(code)),
        BaseEncoding::WinAnsi => match code {
            0..32 => None,
            127 => Some(GlyphText::One('•')),
            128..160 => nth(WIN_ANSI, code - 128),
            _ => Some(GlyphText::One(char::from(code))),
        },
        BaseEncoding::MacRoman => match code {
            0..32 | 127 => None,
            32..127 => Some(GlyphText::One(char::from(code))),
            _ => nth(MAC_ROMAN, code - 128),
        },
    }
}

fn nth(characters: &str, index: u8) -> Option<GlyphText> {
    characters
        .chars()
        .nth(usize::from(index))
        .and_then(unicode::meaning)
}

fn base(name: Option<&Name<'_>>) -> BaseEncoding {
    match name.map(AsRef::as_ref) {
        Some(b"WinAnsiEncoding") => BaseEncoding::WinAnsi,
        Some(b"MacRomanEncoding") => BaseEncoding::MacRoman,
        Some(b"MacExpertEncoding") => BaseEncoding::MacExpert,
        Some(b"StandardEncoding") => BaseEncoding::Standard,
        _ => BaseEncoding::BuiltIn,
    }
}

fn read_differences(differences: &Array<'_>) -> Vec<Option<Box<str>>> {
    let mut names = vec![None; 256];
    let mut code = 0_i64;
    for object in differences.iter::<Object<'_>>() {
        match object {
            Object::Number(number) => code = number.as_i64(),
            Object::Name(name) => {
                if let Some(slot) = usize::try_from(code).ok().and_then(|code| names.get_mut(code)) {
                    *slot = Some(name.as_str().into());
                }
                code = code.saturating_add(1);
            }
            _ => {}
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(base: BaseEncoding, code: u8) -> Option<char> {
        match of_base(base, code)? {
            GlyphText::One(character) => Some(character),
            GlyphText::Many(_) => None,
        }
    }

    #[test]
    fn tables_are_whole() {
        assert_eq!(MAC_ROMAN.chars().count(), 128);
        assert_eq!(WIN_ANSI.chars().count(), 32);
        assert_eq!(one(BaseEncoding::MacRoman, 0x8a), Some('ä'));
        assert_eq!(one(BaseEncoding::MacRoman, 0xde), Some('ﬁ'));
        assert_eq!(one(BaseEncoding::MacRoman, 0xff), Some('ˇ'));
        assert_eq!(one(BaseEncoding::WinAnsi, 0x80), Some('€'));
        assert_eq!(one(BaseEncoding::WinAnsi, 0x92), Some('’'));
        assert_eq!(one(BaseEncoding::WinAnsi, 0xe0), Some('à'));
        assert_eq!(one(BaseEncoding::Standard, 0x27), Some('’'));
        assert_eq!(one(BaseEncoding::Standard, 0xae), Some('ﬁ'));
        assert_eq!(one(BaseEncoding::BuiltIn, 65), None);
    }
}
