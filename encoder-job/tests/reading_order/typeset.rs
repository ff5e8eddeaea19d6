//! Breaks paragraphs into lines as a typesetter does.

use crate::metrics::Font;

/// Words may stand so much of a space closer in a justified line.
const SHRINK: f32 = 0.15;
/// A line whose spaces would be wider than so many times the font's size stays ragged.
const MAX_SPACE: f32 = 0.85;

/// How the spaces of a line are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Spaces {
    /// The line is one string, and `Tw` widens its spaces.
    Operator,
    /// Each word is a string of its own, and there are no spaces.
    Places,
    /// The line is one array for `TJ`, and numbers stand for its spaces.
    Numbers,
}

/// How text is set.
#[derive(Clone, Copy)]
pub struct Style {
    pub font: Font,
    /// In points, as all lengths here.
    pub size: f32,
    pub leading: f32,
    pub justified: bool,
    pub cuts_words: bool,
    /// How far the first line of a paragraph stands in.
    pub indent: f32,
    /// What stands between two paragraphs, besides the leading.
    pub gap: f32,
    pub spaces: Spaces,
}

impl Style {
    /// Justified prose whose paragraphs are parted by white space.
    pub fn prose(font: Font, size: f32, leading: f32) -> Self {
        Self {
            font,
            size,
            leading,
            justified: true,
            cuts_words: true,
            indent: 0.0,
            gap: 0.6 * leading,
            spaces: Spaces::Operator,
        }
    }

    /// A single line, such as a heading.
    pub fn plain(font: Font, size: f32) -> Self {
        Self::prose(font, size, 1.2 * size).ragged()
    }

    pub fn ragged(self) -> Self {
        Self {
            justified: false,
            cuts_words: false,
            ..self
        }
    }

    /// Paragraphs are parted by nothing but an indent, so that all lines stand on a grid.
    pub fn indented(self) -> Self {
        Self {
            indent: 1.3 * self.size,
            gap: 0.0,
            ..self
        }
    }

    pub fn with_spaces(self, spaces: Spaces) -> Self {
        Self { spaces, ..self }
    }

    pub fn with_gap(self, gap: f32) -> Self {
        Self { gap, ..self }
    }

    pub fn width(&self, text: &str) -> f32 {
        self.size * self.font.width(text)
    }
}

/// A line of a paragraph.
pub struct Line {
    /// As it is drawn, with the hyphen of a cut word.
    pub text: String,
    pub ends_in_cut_word: bool,
    /// What its spaces are wider than the font has them.
    pub extra: f32,
}

/// A paragraph whose lines are taken one after the other.
pub struct Paragraph {
    /// The words that are left, the next last, each in its syllables.
    words: Vec<Vec<&'static str>>,
    is_whole: bool,
}

impl Paragraph {
    pub fn new(text: &'static str) -> Self {
        let words = text.split_whitespace().rev();
        Self {
            words: words.map(|word| word.split('|').collect()).collect(),
            is_whole: true,
        }
    }

    /// Whether no line was taken.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    pub fn is_finished(&self) -> bool {
        self.words.is_empty()
    }

    /// The next line, which is so wide at most.
    pub fn take_line(&mut self, width: f32, style: &Style, may_cut: bool) -> Line {
        self.is_whole = false;
        let shrink = if style.justified { SHRINK } else { 0.0 };
        let fits = |text: &str| {
            let spaces = f32::from(u8::try_from(text.matches(' ').count()).unwrap_or(u8::MAX));
            style.width(text) - shrink * spaces * style.width(" ") <= width
        };
        let mut text = String::new();
        let mut ends_in_cut_word = false;
        while let Some(word) = self.words.pop() {
            let before = if text.is_empty() {
                String::new()
            } else {
                format!("{text} ")
            };
            let whole = format!("{before}{}", word.concat());
            if text.is_empty() && word.len() == 1 || fits(&whole) {
                text = whole;
                continue;
            }
            let parts = (1..word.len()).rev();
            let cut = parts
                .map(|count| (count, format!("{before}{}-", word[..count].concat())))
                .find(|(_, cut)| style.cuts_words && may_cut && fits(cut));
            if let Some((count, cut)) = cut {
                text = cut;
                ends_in_cut_word = true;
                self.words.push(word[count..].to_vec());
            } else if text.is_empty() {
                text = whole;
                continue;
            } else {
                self.words.push(word);
            }
            break;
        }
        let spaces = f32::from(u8::try_from(text.matches(' ').count()).unwrap_or(u8::MAX));
        let extra = if style.justified && !self.is_finished() && spaces > 0.0 {
            (width - style.width(&text)) / spaces
        } else {
            0.0
        };
        let extra = if extra + style.width(" ") > MAX_SPACE * style.size {
            0.0
        } else {
            extra
        };
        Line {
            text,
            ends_in_cut_word,
            extra,
        }
    }
}

/// The text of lines: one under the other, with words that were cut whole and before the line's end.
pub fn text_of(lines: &[Line]) -> String {
    let mut text = String::new();
    let mut cut = false;
    for line in lines {
        let mut rest = line.text.as_str();
        if cut {
            let end = rest.find(' ').unwrap_or(rest.len());
            text.push_str(&rest[..end]);
            rest = rest[end..].trim_start();
        }
        if !text.is_empty() && !rest.is_empty() {
            text.push('\n');
        }
        cut = line.ends_in_cut_word;
        text.push_str(if cut { rest.trim_end_matches('-') } else { rest });
    }
    text
}
