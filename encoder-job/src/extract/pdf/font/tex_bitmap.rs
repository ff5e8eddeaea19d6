//! Bitmap fonts of TeX (Type 3 fonts with names like `a65`): their names only repeat the codes, so that what a code means has to be told
//! from the codes that the font has.

use std::ops::RangeInclusive;

use super::{encoding::Encoding, unicode};
use crate::extract::pdf::glyph::GlyphText;

/// The text encoding OT1 of the LaTeX fonts guide, code 0 to 32, of Computer Modern's roman fonts.
const OT1_LOW: &str = "ΓΔΘΛΞΠΣΥΦΨΩﬀﬁﬂﬃﬄıȷ`´ˇ˘¯˚¸ßæœøÆŒØ ";
/// T1, the Cork encoding, code 0 to 32; those of no meaning of their own are spaces.
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
    /// That of typewriter faces: ASCII, and above it the Cork encoding.
    Typewriter,
    /// None that could be told.
    Unknown,
}

/// The codes that a font has.
struct Codes(Vec<u8>);

impl Codes {
    fn any(&self, range: RangeInclusive<u8>) -> bool {
        self.0.iter().any(|code| range.contains(code))
    }

    fn count(&self, is_one: impl Fn(&u8) -> bool) -> usize {
        self.0.iter().copied().filter(is_one).count()
    }

    fn letters(&self) -> usize {
        self.count(u8::is_ascii_alphabetic)
    }

    /// Words have vowels, and seldom fewer letters; so do fonts for numbers, or for capitals, have nothing else. The symbols of
    /// formulas stand at the same codes, but not so many of them.
    fn are_text(&self) -> bool {
        let is_vowel = |code: &u8| b"aeiouyAEIOUY".contains(code);
        let are_words = self.letters() >= 3 && self.count(is_vowel) > 0;
        are_words || self.are_capitals() || self.are_numbers() || self.are_letters()
    }

    /// Capitals, with numbers perhaps, or with a colon after them.
    fn are_capitals(&self) -> bool {
        let others = |code: &u8| matches!(code, b'('..=b':' | 192..);
        self.any(b'A'..=b'Z') && self.count(|code| code.is_ascii_uppercase() || others(code)) == self.0.len()
    }

    /// Of what stands where digits do, formulas have but the first few: a prime, infinity, membership.
    fn are_numbers(&self) -> bool {
        let digits = self.count(u8::is_ascii_digit);
        let has_rare = digits >= 3 && self.any(b'3'..=b'5');
        let has_marks = self.count(|code| b"(),-.".contains(code)) > 0
            || digits >= 2 && self.count(|code| b"%:".contains(code)) > 0;
        self.count(|code| matches!(code, b'%' | b'('..=b':')) == self.0.len()
            && (digits >= 4 || has_rare || has_marks)
    }

    /// Of letters, with a mark after them perhaps, some are no usual symbols of formulas; and of the brackets that stand at `b` to `i` there both are used,
    /// the left and the right.
    fn are_letters(&self) -> bool {
        let is_alone = |pair: &[u8; 2]| self.0.contains(&pair[0]) != self.0.contains(&pair[1]);
        let has_unpaired = self.letters() >= 2 && [b"bc", b"de", b"fg", b"hi"].into_iter().any(is_alone);
        let marks = self.count(|code| b"!?".contains(code));
        self.letters() + marks == self.0.len()
            && (marks == 0 || self.letters() >= 2)
            && (has_unpaired || self.count(|code| b"almnoqtuvwxyz".contains(code)) > 0)
    }

    /// Greek letters, marks of comparison and the comma of formulas stand where text has others; marks that formulas have in another font are
    /// a sign of text, and so are words.
    fn are_of_formulas(&self) -> bool {
        let has_marks_of_text = self.count(|code| b"'(),-.".contains(code)) > 0;
        let has_comparison = self.count(|code| b"<>".contains(code)) > 0;
        // The last two of the Greek letters stand where text has an exclamation mark and a quotation mark.
        let has_greek = self.any(16..=32) || self.any(11..=15) && self.letters() <= 2;
        let has_comma = self.any(b':'..=b';');
        let is_spanish = has_comparison && self.0.contains(&b'!');
        let are_few = self.letters() < 4 || !self.are_text();
        !has_marks_of_text
            && !is_spanish
            && !self.are_capitals()
            && !self.any(128..=255)
            && self.letters() > 0
            && (has_comparison || has_comma && (has_greek || are_few) || has_greek && self.letters() <= 2)
    }

    /// No letters, but symbols where only their font has some; or the dollar alone, which the text takes from there.
    fn are_symbols_of_text(&self) -> bool {
        self.0 == [b'$']
            || self.letters() == 0
                && self.any(128..=191)
                && self.count(|code| matches!(code, 192..=213 | 215..=245 | 247..=255)) == 0
    }

    /// So many different letters have one width only in a typewriter's face.
    fn are_equally_wide(&self, widths: &[Option<f32>; 256]) -> bool {
        let mut letters = self.0.iter().filter(|code| code.is_ascii_alphabetic());
        let first = letters.next().and_then(|code| widths[usize::from(*code)]);
        let is_the_same = |code: &u8| matches!((first, widths[usize::from(*code)]), (Some(a), Some(b)) if (a - b).abs() < 0.002);
        // Ligatures have no place in such a face. Brackets of formulas are equally wide too.
        let has_others = self.count(|code| code.is_ascii_alphabetic() && !(b'b'..=b'i').contains(code)) > 0;
        let is_face = !self.any(11..=15) && self.letters() >= 3 && has_others;
        first.is_some() && is_face && letters.all(is_the_same)
    }
}

impl TexEncoding {
    /// The encoding of a Type 3 font, if its names only repeat its codes. A font has only the codes that are used, and of a few symbols
    /// nobody can tell what they are.
    pub(super) fn of(encoding: &Encoding, widths: &[Option<f32>; 256]) -> Option<Self> {
        let mut codes = Vec::new();
        for code in 0..=u8::MAX {
            if let Some(name) = encoding.difference(code)
                && name != ".notdef"
            {
                if name.strip_prefix('a') != Some(code.to_string().as_str()) {
                    return None;
                }
                codes.push(code);
            }
        }
        if codes.is_empty() {
            return None;
        }
        // Other programs number the glyphs they use from 0 on.
        let are_counted = codes.iter().zip(0..).all(|(code, number)| *code == number);
        let codes = Codes(codes);
        if are_counted {
            Some(Self::Unknown)
        } else if codes.are_symbols_of_text() {
            Some(Self::Ts1)
        } else if codes.are_equally_wide(widths) {
            Some(Self::Typewriter)
        } else if codes.are_of_formulas() {
            Some(Self::MathItalic)
        } else if !codes.are_text() {
            Some(Self::Unknown)
        } else if codes.any(128..=255) || (codes.any(27..=31) && !codes.any(11..=15)) {
            Some(Self::T1)
        } else {
            Some(Self::Ot1)
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
            (Self::Unknown, _)
            | (Self::MathItalic, 0..=31)
            | (Self::Ts1, 0..=32)
            | (Self::Typewriter, 0..=32 | 127) => None,
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
            (Self::T1 | Self::Typewriter, 128..=191) => nth(T1_HIGH, code - 128),
            (Self::Ts1, 128..=191) => nth(TS1_HIGH, code - 128),
            (Self::Ts1, 214) => Some('×'),
            (Self::Ts1, 246) => Some('÷'),
            (Self::T1 | Self::Typewriter, 215) => Some('Œ'),
            (Self::T1 | Self::Typewriter, 223) => Some('ẞ'),
            (Self::T1 | Self::Typewriter, 247) => Some('œ'),
            (Self::T1 | Self::Typewriter, 255) => Some('ß'),
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

    fn of(codes: &[u8], width: impl Fn(u8) -> f32) -> Option<TexEncoding> {
        let names: Vec<(u8, String)> = codes.iter().map(|&code| (code, format!("a{code}"))).collect();
        let names: Vec<(u8, &str)> = names.iter().map(|(code, name)| (*code, name.as_str())).collect();
        let mut widths = [None; 256];
        for &code in codes {
            widths[usize::from(code)] = Some(width(code));
        }
        TexEncoding::of(&encoding(&names), &widths)
    }

    #[test]
    fn a_typewriter_has_ascii() {
        let encoding = of(b"if(a_b<c){x}.", |_| 0.525).unwrap();
        assert_eq!(encoding, TexEncoding::Typewriter);
        assert_eq!(text(encoding, b"if(a_b<c){x}.'\xe4\xff"), "if(a_b<c){x}.'äß");
        assert_eq!(encoding.meaning(12), None);
        for code in [&b"std::vector<int>"[..], b"x=1;y=2;z", b"abc"] {
            assert_eq!(of(code, |_| 0.525), Some(TexEncoding::Typewriter), "{code:?}");
        }
        // Floors, ceilings and braces.
        assert_ne!(of(b"bcdefg", |_| 0.444), Some(TexEncoding::Typewriter));
    }

    #[test]
    fn the_encoding_is_told_from_the_codes() {
        let of = |codes: &[u8]| of(codes, |code| 0.3 + f32::from(code % 7) / 20.0);
        assert_eq!(of(b"abc,.\x0c"), Some(TexEncoding::Ot1));
        assert_eq!(of(b"abc,.\x1c"), Some(TexEncoding::T1));
        assert_eq!(of(b"abc\xe4"), Some(TexEncoding::T1));
        assert_eq!(of(b"$\x88\xa9"), Some(TexEncoding::Ts1));
        assert_eq!(of(b"$"), Some(TexEncoding::Ts1));
        assert_eq!(of(b"BER\xdc"), Some(TexEncoding::T1));
        assert_eq!(of(b"xkn;"), Some(TexEncoding::MathItalic));
        assert_eq!(of(b"abcdefghi\x19;"), Some(TexEncoding::MathItalic));
        assert_eq!(of(b"xkn:(;)."), Some(TexEncoding::Unknown));
        assert_eq!(of(b"aeiou:(;)."), Some(TexEncoding::Ot1));
        assert_eq!(of(b""), None);
        assert_eq!(of(b"\x0bin"), Some(TexEncoding::MathItalic));
        assert_eq!(of(b"kn"), Some(TexEncoding::Ot1));
        // Headings have colons, and formulas have few letters.
        assert_eq!(of(b"De\x0cnito:"), Some(TexEncoding::Ot1));
        assert_eq!(of(b"Note:"), Some(TexEncoding::Ot1));
        assert_eq!(of(b"<!Hola"), Some(TexEncoding::Ot1));
        assert_eq!(of(b"0123456789"), Some(TexEncoding::Ot1));
        assert_eq!(of(b"1."), Some(TexEncoding::Ot1));
        for text in [
            "USA", "Q:", "A:", "Go!", "No!", "Why?", "Hi", "pdf", "10%", "123", "1:23", "2010:", "if", "cd",
        ] {
            assert_eq!(of(text.as_bytes()), Some(TexEncoding::Ot1), "{text}");
        }
        // A bullet, a minus, an arrow and a sign of membership: symbols that stand where text has others.
        for symbols in [
            &b"\x0f"[..],
            b"\0\x0f\x03",
            b"!2",
            b"fg",
            b"\xe9",
            b":",
            b"%",
            b"\0\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a",
        ] {
            assert_eq!(of(symbols), Some(TexEncoding::Unknown), "{symbols:?}");
        }
        // Real names, and names of other programs that only look like these.
        assert_eq!(TexEncoding::of(&encoding(&[(97, "a")]), &[None; 256]), None);
        assert_eq!(
            TexEncoding::of(&encoding(&[(97, "a97"), (98, "a1")]), &[None; 256]),
            None
        );
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
