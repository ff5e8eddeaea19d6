//! Characters of fonts that have signs in the place of letters.
//!
//! Word writes them as codes from F020 in the private area of Unicode, or as the codes of the letters whose place they take. The tables
//! are those of the fonts' makers and of the Unicode Standard, which took most of the signs up; where it has several that look alike,
//! the common one is taken, so that an arrow is found as an arrow.

use std::borrow::Cow;

use crate::extract::xml::Attributes;

/// Stands for a sign of which no table says what it is.
pub(super) const UNKNOWN: char = char::REPLACEMENT_CHARACTER;
/// Where fonts of signs have theirs in the private area.
const PRIVATE: u32 = 0xf000;
/// The first code that has a sign, and the codes after the last.
const FIRST: u32 = 0x20;
const END: u32 = 0x100;

/// A font of signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SymbolFont {
    Symbol,
    Wingdings,
    Wingdings2,
    Wingdings3,
    Webdings,
}

impl SymbolFont {
    /// The font of this name, if it is one.
    pub(super) fn named(name: &str) -> Option<Self> {
        let name: String = name
            .chars()
            .filter(|character| !matches!(character, ' ' | '-'))
            .collect();
        Some(match name.to_ascii_lowercase().as_str() {
            "symbol" | "symbolmt" => Self::Symbol,
            "wingdings" | "wingdingsregular" => Self::Wingdings,
            "wingdings2" => Self::Wingdings2,
            "wingdings3" => Self::Wingdings3,
            "webdings" => Self::Webdings,
            _ => return None,
        })
    }

    /// What the font shows for a character: one of the private area, or one whose place a sign takes. Any other stays as it is.
    pub(super) fn shown(self, character: char) -> char {
        let code = u32::from(character);
        let code = if (PRIVATE + FIRST..PRIVATE + END).contains(&code) {
            code - PRIVATE
        } else {
            code
        };
        match code {
            FIRST..END => self
                .table()
                .chars()
                .nth((code - FIRST) as usize)
                .unwrap_or(UNKNOWN),
            _ => character,
        }
    }

    /// Its signs from [`FIRST`] on.
    fn table(self) -> &'static str {
        match self {
            Self::Symbol => SYMBOL,
            Self::Wingdings => WINGDINGS,
            Self::Wingdings2 => WINGDINGS_2,
            Self::Wingdings3 => WINGDINGS_3,
            Self::Webdings => WEBDINGS,
        }
    }
}

/// A font, as far as it matters which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Font {
    /// Nothing says which.
    #[default]
    Unknown,
    /// One of letters.
    OfLetters,
    OfSigns(SymbolFont),
}

impl Font {
    fn or(self, other: Self) -> Self {
        if self == Self::Unknown { other } else { self }
    }

    fn of_signs(self) -> Option<SymbolFont> {
        match self {
            Self::OfSigns(font) => Some(font),
            Self::Unknown | Self::OfLetters => None,
        }
    }
}

/// The fonts of a run, as it or a style says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RunFonts {
    /// For the characters of ASCII.
    ascii: Font,
    /// For all others.
    other: Font,
}

impl RunFonts {
    /// The fonts that a run's properties name.
    pub(super) fn of(attributes: &Attributes<'_>) -> Self {
        let font = |name: &str, theme: &str| {
            // That of a theme comes before the one that is named, and is one of letters.
            if attributes.get(theme).is_some() {
                return Font::OfLetters;
            }
            match attributes.get(name) {
                Some(name) => SymbolFont::named(&name).map_or(Font::OfLetters, Font::OfSigns),
                None => Font::Unknown,
            }
        };
        Self {
            ascii: font("ascii", "asciiTheme"),
            other: font("hAnsi", "hAnsiTheme"),
        }
    }

    /// These fonts, and where they say nothing, the other ones.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            ascii: self.ascii.or(other.ascii),
            other: self.other.or(other.other),
        }
    }

    /// Whether one of them is a font of signs.
    pub(super) fn have_signs(self) -> bool {
        self.ascii.of_signs().or(self.other.of_signs()).is_some()
    }

    /// What the run shows for a text.
    pub(super) fn shown(self, text: &str) -> Cow<'_, str> {
        let (ascii, other) = (self.ascii.of_signs(), self.other.of_signs());
        if !self.have_signs() && !text.contains(is_code_of_sign) {
            return Cow::Borrowed(text);
        }
        let shown = |character: char| {
            let font = if character.is_ascii() {
                ascii
            } else if is_private(character) {
                other.or(ascii)
            } else {
                other
            };
            match font {
                Some(font) => font.shown(character),
                // It means something in a font of signs alone.
                None if is_code_of_sign(character) => UNKNOWN,
                None => character,
            }
        };
        Cow::Owned(text.chars().map(shown).collect())
    }
}

/// The character that a font shows for a code, as a document names it.
pub(super) fn sign(font: Option<&str>, code: u32) -> char {
    let character = char::from_u32(code).unwrap_or(UNKNOWN);
    match font.and_then(SymbolFont::named) {
        Some(font) => font.shown(character),
        // What lies in the private area means something in one font only.
        None if is_private(character) => UNKNOWN,
        None => character,
    }
}

/// Whether a character is the code of a font's sign.
fn is_code_of_sign(character: char) -> bool {
    matches!(character, '\u{f020}'..='\u{f0ff}')
}

/// Whether a character lies in the private area that fonts of signs use.
fn is_private(character: char) -> bool {
    matches!(character, '\u{e000}'..='\u{f8ff}')
}

/// The signs of Symbol.
#[rustfmt::skip]
const SYMBOL: &str = "\
    \u{20}!∀#∃%&∋()∗+,−./0123456789:;<=>?\
    ≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_\
    ‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼\u{fffd}\
    \u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\
    €ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵\
    ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓\
    ◊⟨®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪\u{fffd}⟩∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭\u{fffd}\
";

/// The signs of Wingdings.
#[rustfmt::skip]
const WINGDINGS: &str = "\
    \u{20}🖉✂✁👓🕭🕮🕯🕿✆🖂🖃📪📫📬📭🗀🗁🗎🗏🗐🗄⌛🖮🖰🖲🖳🖴🖫🖬✇✍\
    🖎✌👌👍👎☜☞☝☟🖐☺😐☹💣☠🏳🏱✈☼💧❄🕆✞🕈✠✡☪☯🕉☸♈♉\
    ♊♋♌♍♎♏♐♑♒♓🙰🙵●❍■□🞐❑❒⬧⧫◆❖⬥⌧⮹⌘🏵🏶🙶🙷▯\
    ⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿🙢🙠🙡🙣🙞🙜🙝🙟·•\
    ⬝○🞆🞈◉◎🔿▪◻🟁✦★✶✴✹✵⯐⌖⟡⌑⯑✪✰🕐🕑🕒🕓🕔🕕🕖🕗🕘\
    🕙🕚🕛⮰⮱⮲⮳⮴⮵⮶⮷🙪🙫🙕🙔🙗🙖🙐🙑🙒🙓⌫⌦⮘➢⮙⮛⮈⮊⮉⮋←\
    →↑↓↖↗↙↘🡸🡺🡹🡻🡼🡽🡿🡾⇦⇨⇧⇩⬄⇳⬁⬀⬃⬂🢬🢭🗶✓🗷🗹\u{fffd}\
";

/// The signs of Wingdings 2.
#[rustfmt::skip]
const WINGDINGS_2: &str = "\
    \u{20}🖊🖋🖌🖍✄✀🕾🕽🗅🗆🗇🗈🗉🗊🗋🗌🗍📋🗑🗔🖵🖶🖷🖸🖭🖯🖱🖒🖓🖘🖙\
    🖚🖛👈👉🖜🖝🖞🖟🖠🖡👆👇🖢🖣🖑🗴🗸🗵☑⮽☒⮾⮿🛇⦸🙱🙴🙲🙳‽🙹🙺\
    🙻🙦🙤🙥🙧🙚🙘🙙🙛⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿\u{fffd}\
    ☉🌕☽☾⸿✝🕇🕜🕝🕞🕟🕠🕡🕢🕣🕤🕥🕦🕧🙨🙩⋅🞄⦁●○🞅🞇🞉⊙⦿🞌\
    🞍◾■□🞑🞒🞓🞔▣🞕🞖🞗🞘⬩⬥◇🞚◈🞛🞜🞝🞞⬪⬧◊🞠◖◗⯊⯋⯀⯁\
    ⬟⯂⬣⬢⯃⯄🞡🞢🞣🞤🞥🞦🞧🞨🞩🞪🞫🞬🞭🞮🞯🞰🞱🞲🞳🞴🞵🞶🞷🞸🞹🞺\
    🞻🞼🞽🞾🞿🟀🟂🟄🟆🟉🟊✶🟌🟎🟐🟒✹🟃🟇✯🟍🟔⯌⯍※⁂\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\
";

/// The signs of Wingdings 3.
#[rustfmt::skip]
const WINGDINGS_3: &str = "\
    \u{20}⭠⭢⭡⭣⭦⭧⭩⭨⭰⭲⭱⭳⭶⭸⭻⭽⭤⭥⭪⭬⭫⭭⭍⮠⮡⮢⮣⮤⮥⮦⮧\
    ⮐⮑⮒⮓⮀⮃⭾⭿⮄⮆⮅⮇⮏⮍⮎⮌⭮⭯⎋⌤⌃⌥␣⍽⇪⮸🢠🢡🢢🢣🢤🢥\
    🢦🢧🢨🢩🢪🢫🡐🡒🡑🡓🡔🡕🡗🡖🡘🡙▲▼△▽◀▶◁▷◣◢◤◥🞀🞂🞁\u{fffd}\
    🞃⯅⯆⯇⯈⮜⮞⮝⮟🠐🠒🠑🠓🠔🠖🠕🠗🠘🠚🠙🠛🠜🠞🠝🠟🠀🠂🠁🠃🠄🠆🠅\
    🠇🠈🠊🠉🠋🠠🠢🠤🠦🠨🠪🠬🢜🢝🢞🢟🠮🠰🠲🠴🠶🠸🠺🠹🠻🢘🢚🢙🢛🠼🠾🠽\
    🠿🡀🡂🡁🡃🡄🡆🡅🡇⮨⮩⮪⮫⮬⮭⮮⮯🡠🡢🡡🡣🡤🡥🡧🡦🡰🡲🡱🡳🡴🡵🡷\
    🡶🢀🢂🢁🢃🢄🢅🢇🢆🢐🢒🢑🢓🢔🢖🢕🢗\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\
";

/// The signs of Webdings.
#[rustfmt::skip]
const WEBDINGS: &str = "\
    \u{20}🕷🕸🕲🕶🏆🎖🖇🗨🗩🗰🗱🌶🎗🙾🙼🗕🗖🗗⏴⏵⏶⏷⏪⏩⏮⏭⏸⏹⏺🗚🗳\
    🛠🏗🏘🏙🏚🏜🏭🏛🏠🏖🏝🛣🔍🏔👁👂🏞🏕🛤🏟🛳🕬🕫🕨🔈🎔🎕🗬🙽🗭🗪🗫\
    ⮔✔🚲⬜🛡📦🛱⬛🚑🛈🛩🛰🟈🕴⬤🛥🚔🗘🗙❓🛲🚇🚍⛳⦸⊖🚭🗮⏐🗯🗲\u{fffd}\
    🚹🚺🛉🛊🚼👽🏋⛷🏂🏌🏊🏄🏍🏎🚘🗠🛢💰🏷💳👪🗡🗢🗣✯🖄🖅🖃🖆🖹🖺🖻\
    🕵🕰🖽🖾📋🗒🗓🕮📚🗞🗟🗃🗂🖼🎭🎜🎘🎙🎧💿🎞📷🎟🎬📽📹📾📻🎚🎛📺💻\
    🖥🖦🖧🕹🎮🕻🕼📟🖁🖀🖨🖩🖿🖪🗜🔒🔓🗝📥📤🕳🌣🌤🌥🌦☁🌨🌧🌩🌪🌬🌫\
    🌜🌡🛋🛏🍽🍸🛎🛍Ⓟ♿🛆🖈🎓🗤🗥🗦🗧🛪🐿🐦🐟🐕🐈🙬🙮🙭🙯🗺🌍🌏🌎🕊\
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_has_a_character_for_each_code() {
        for font in [
            SymbolFont::Symbol,
            SymbolFont::Wingdings,
            SymbolFont::Wingdings2,
            SymbolFont::Wingdings3,
            SymbolFont::Webdings,
        ] {
            assert_eq!(font.table().chars().count(), (END - FIRST) as usize, "{font:?}");
            assert!(
                font.table().chars().all(|c| !is_private(c) && !c.is_control()),
                "{font:?}"
            );
            assert_eq!(font.shown(' '), ' ', "{font:?}");
        }
    }

    #[test]
    fn signs_are_what_the_fonts_show() {
        for (font, code, expected) in [
            ("Symbol", 0x61, 'α'),
            ("Symbol", 0xf0da, '∨'),
            ("Symbol", 0xda, '∨'),
            ("Symbol", 0xf0b7, '•'),
            ("symbol", 0xf0a3, '≤'),
            ("SymbolMT", 0xf0de, '⇒'),
            ("Symbol", 0xf0f0, UNKNOWN),
            ("Wingdings", 0xf0fc, '✓'),
            ("Wingdings", 0xf04a, '☺'),
            ("Wingdings", 0xf0e0, '→'),
            ("Wingdings", 0xf0a7, '▪'),
            ("Wingdings", 0x81, '①'),
            ("Wingdings 2", 0xf052, '☑'),
            ("Wingdings 3", 0xf07d, '🞂'),
            ("Webdings", 0xf061, '✔'),
            ("Webdings", 0xf07f, UNKNOWN),
            ("Marlett", 0xf061, UNKNOWN),
            ("Calibri", 0x2192, '→'),
            ("Symbol", 0x2192, '→'),
            ("Symbol", 0xd800, UNKNOWN),
        ] {
            assert_eq!(sign(Some(font), code), expected, "{font} {code:x}");
        }
        assert_eq!(sign(None, 0xf0b7), UNKNOWN);
        assert_eq!(sign(None, 0x2192), '→');
    }
}
