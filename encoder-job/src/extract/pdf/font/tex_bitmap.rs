//! Bitmap fonts of TeX (Type 3 fonts with names like `a65`): their names only repeat the codes, so that what a code means has to be told
//! from the codes that the font has.

use super::{encoding::Encoding, unicode};
use crate::extract::pdf::glyph::GlyphText;

/// The text encoding OT1 of the LaTeX fonts guide, code 0 to 32, of Computer Modern's roman fonts.
const OT1_LOW: &str = "ΓΔΘΛΞΠΣΥΦΨΩﬀﬁﬂﬃﬄıȷ`´ˇ˘¯˚¸ßæœøÆŒØ ";
/// T1, the Cork encoding, code 0 to 32; those of no meaning of their own are blank.
const T1_LOW: &str = "`´ˆ˜¨˝˚ˇ˘¯˙¸˛‚‹›“”„«»–—  ıȷﬀﬁﬂﬃﬄ␣";
/// T1, code 128 to 191. What follows is Latin-1 but for four codes.
const T1_HIGH: &str = "ĂĄĆČĎĚĘĞĹĽŁŃŇŊŐŔŘŚŠŞŤŢŰŮŸŹŽŻĲİđ§ăąćčďěęğĺľłńňŋőŕřśšşťţűůÿźžżĳ¡¿£";
/// TS1, the companion of symbols, code 128 to 191.
const TS1_HIGH: &str = "˘ˇ˝\u{fffd}†‡‖‰•℃$¢ƒ₡₩₦₲₱₤℞‽⸘₫™‱¶฿№⁒℮◦℠⁅⁆¢£¤¥¦§¨©ª🄯¬℗®¯°±²³´µ¶·※¹º√¼½¾€";
/// OML, of Computer Modern's math italic, code 11 to 34.
const MATH_GREEK: &str = "αβγδϵζηθικλμνξπρστυϕχψωε";

/// What the codes of such a font mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TexEncoding {
    /// The old text encoding, of 128 codes.
    Ot1,
    /// The Cork encoding, of 256 codes.
    T1,
    /// The symbols that go with T1.
    Ts1,
    /// Letters of formulas.
    MathItalic,
}

impl TexEncoding {
    /// The encoding of a Type 3 font, if its names only repeat its codes.
    pub(super) fn of(encoding: &Encoding) -> Option<Self> {
        let mut has = [false; 256];
        let mut count = 0;
        for code in 0..=u8::MAX {
            if let Some(name) = encoding.difference(code)
                && name != ".notdef"
            {
                if name.strip_prefix('a') != Some(code.to_string().as_str()) {
                    return None;
                }
                has[usize::from(code)] = true;
                count += 1;
            }
        }
        let any = |mut codes: std::ops::RangeInclusive<usize>| codes.any(|code| has[code]);
        // In formulas these are marks of punctuation, and text has its own at others.
        let is_math = any(58..=62) && !any(40..=41) && !has[44] && !has[46];
        let is_t1 = any(128..=255) || (any(27..=31) && !any(11..=15));
        let is_of_symbols = any(128..=255) && !any(65..=90) && !any(97..=122);
        match (count, is_math, is_t1) {
            (0, ..) => None,
            _ if is_of_symbols => Some(Self::Ts1),
            (_, true, false) => Some(Self::MathItalic),
            (_, _, true) => Some(Self::T1),
            _ => Some(Self::Ot1),
        }
    }

    /// What a code means.
    pub(super) fn meaning(self, code: u8) -> Option<GlyphText> {
        let nth = |characters: &str, index: u8| characters.chars().nth(usize::from(index));
        let character = match (self, code) {
            (Self::Ot1, 0..=32) => nth(OT1_LOW, code),
            (Self::T1, 0..=32) => nth(T1_LOW, code),
            (Self::MathItalic, 11..=34) => nth(MATH_GREEK, code - 11),
            (Self::MathItalic, 58..=62) => nth(".,</>", code - 58),
            (Self::MathItalic, 0..=31) | (Self::Ts1, 0..=32) => None,
            (Self::Ot1 | Self::T1 | Self::MathItalic, b'\'') => Some('’'),
            (Self::Ot1 | Self::T1 | Self::MathItalic, b'`') => Some('‘'),
            (Self::Ot1, b'"') => Some('”'),
            (Self::Ot1, b'<') => Some('¡'),
            (Self::Ot1, b'>') => Some('¿'),
            (Self::Ot1, b'\\') => Some('“'),
            (Self::Ot1, b'^') => Some('ˆ'),
            (Self::Ot1, b'_') => Some('˙'),
            (Self::Ot1, 123..=127) => nth("–—˝˜¨", code - 123),
            (Self::T1, 127) => Some('-'),
            (Self::T1, 128..=191) => nth(T1_HIGH, code - 128),
            (Self::Ts1, 128..=191) => nth(TS1_HIGH, code - 128),
            (Self::Ts1, 214) => Some('×'),
            (Self::Ts1, 246) => Some('÷'),
            (Self::T1, 215) => Some('Œ'),
            (Self::T1, 223) => Some('ẞ'),
            (Self::T1, 247) => Some('œ'),
            (Self::T1, 255) => Some('ß'),
            _ => Some(char::from(code)),
        };
        character.and_then(unicode::meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(names: &[(u8, &str)]) -> Encoding {
        Encoding::of_differences(names)
    }

    fn text(encoding: TexEncoding, codes: &[u8]) -> String {
        codes
            .iter()
            .map(|&code| match encoding.meaning(code) {
                Some(GlyphText::One(character)) => character,
                other => panic!("{code}: {other:?}"),
            })
            .collect()
    }

    #[test]
    fn the_encoding_is_told_from_the_codes() {
        let of = |codes: &[u8]| {
            let names: Vec<(u8, String)> = codes.iter().map(|&code| (code, format!("a{code}"))).collect();
            let names: Vec<(u8, &str)> = names.iter().map(|(code, name)| (*code, name.as_str())).collect();
            TexEncoding::of(&encoding(&names))
        };
        assert_eq!(of(b"abc,.\x0c"), Some(TexEncoding::Ot1));
        assert_eq!(of(b"abc,.\x1c"), Some(TexEncoding::T1));
        assert_eq!(of(b"abc\xe4"), Some(TexEncoding::T1));
        assert_eq!(of(b"$\x88\xa9"), Some(TexEncoding::Ts1));
        assert_eq!(of(b"BER\xdc"), Some(TexEncoding::T1));
        assert_eq!(of(b"xyn;"), Some(TexEncoding::MathItalic));
        assert_eq!(of(b"xyn:(;)."), Some(TexEncoding::Ot1));
        assert_eq!(of(b""), None);
        // Real names, and names of other programs that only look like these.
        assert_eq!(TexEncoding::of(&encoding(&[(97, "a")])), None);
        assert_eq!(TexEncoding::of(&encoding(&[(97, "a97"), (98, "a1")])), None);
    }

    #[test]
    fn codes_mean_what_the_encodings_say() {
        assert_eq!(text(TexEncoding::Ot1, b"Of\x0cx \x19\\x\"{'`|"), "Ofﬁx ß“x”–’‘—");
        assert_eq!(
            text(TexEncoding::T1, b"H\xe4u\x1cg\xff\x15\x12\x10'\x80\xbf\xf7\\{"),
            "Häuﬁgß–„“’Ă£œ\\{"
        );
        assert_eq!(text(TexEncoding::Ts1, b"$\x88\x97\xa2\xa9\xbf\xd6'"), "$•™¢©€×'");
        assert_eq!(text(TexEncoding::MathItalic, b"x\x0b\x22:;<=>"), "xαε.,</>");
        assert_eq!(TexEncoding::MathItalic.meaning(5), None);
    }

    #[test]
    fn tables_are_whole() {
        assert_eq!(OT1_LOW.chars().count(), 33);
        assert_eq!(T1_LOW.chars().count(), 33);
        assert_eq!(T1_HIGH.chars().count(), 64);
        assert_eq!(TS1_HIGH.chars().count(), 64);
        assert_eq!(MATH_GREEK.chars().count(), 24);
    }
}
