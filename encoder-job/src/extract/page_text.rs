//! Puts the text of one page together from words, breaks, list labels and tables.
//!
//! What it holds is at every moment what [`clean`] would make of it, so that the offsets of headings and anchors, counted
//! while it grows, are those of the page's final text.

mod table;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use super::clean::clean;
use crate::document::{Page, PageStatus};
use table::UndecidedTable;

/// The most spaces kept of a run of them, in text whose spaces count. Cleaning allows more.
const MAX_SPACES: usize = 100;
/// The longest title of a heading, in characters: one that was never closed would take in the whole page.
const MAX_TITLE: usize = 200;

/// A heading, and where it begins in its page's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextHeading {
    pub(super) level: u8,
    pub(super) title: String,
    /// In characters.
    pub(super) offset: usize,
}

/// A finished page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FinishedText {
    pub(super) text: String,
    /// In order of their offsets.
    pub(super) headings: Vec<TextHeading>,
    /// Names of places, and where they are, in characters.
    pub(super) anchors: Vec<(String, usize)>,
    /// Whether there are pictures.
    pub(super) has_pictures: bool,
}

/// A heading whose end was not seen yet.
struct OpenHeading {
    level: u8,
    /// Where it begins, in characters and in bytes; `None` as long as it has no word.
    start: Option<(usize, usize)>,
}

/// A page's text while it grows.
#[derive(Default)]
pub(super) struct PageText {
    text: String,
    /// How many characters `text` has.
    characters: usize,
    /// Line ends to write before the next word: 0, 1, or 2 for a new paragraph.
    line_ends: u8,
    /// Spaces to write before the next word, after the line ends.
    spaces: String,
    /// The label of a list's item, to write before the next word.
    label: Option<String>,
    heading: Option<OpenHeading>,
    headings: Vec<TextHeading>,
    /// Places that the next word will be.
    waiting_anchors: Vec<String>,
    anchors: Vec<(String, usize)>,
    /// How many tables are open.
    tables: usize,
    /// The innermost table, as long as it may turn out to be one of data. Those around it are for layout.
    undecided: Option<UndecidedTable>,
    has_pictures: bool,
}

impl PageText {
    /// Whether nothing was written yet.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Adds running text: white space of any kind and length is one space, or none beside a break.
    pub(super) fn push(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let word = rest.trim_start();
            if word.len() < rest.len() {
                self.space();
            }
            if word.is_empty() {
                return;
            }
            let end = word.find(char::is_whitespace).unwrap_or(word.len());
            self.word(&word[..end]);
            rest = &word[end..];
        }
    }

    /// Adds text whose spaces and line ends count.
    pub(super) fn push_preserved(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let word = rest.trim_start();
            for character in rest[..rest.len() - word.len()].chars() {
                match character {
                    '\n' => self.line_break(),
                    '\r' => {}
                    _ if self.spaces.len() >= MAX_SPACES => {}
                    '\t' => self.spaces.push('\t'),
                    _ => self.spaces.push(' '),
                }
            }
            if word.is_empty() {
                return;
            }
            let end = word.find(char::is_whitespace).unwrap_or(word.len());
            self.word(&word[..end]);
            rest = &word[end..];
        }
    }

    /// A space before the next word, unless a break comes between.
    pub(super) fn space(&mut self) {
        if self.spaces.is_empty() && self.line_ends == 0 {
            self.spaces.push(' ');
        }
    }

    /// One line end more; the third in a row does nothing.
    pub(super) fn line_break(&mut self) {
        self.end_line(self.line_ends + 1);
    }

    /// The next word begins a line.
    pub(super) fn line(&mut self) {
        self.end_line(1);
    }

    /// The next word begins a paragraph.
    pub(super) fn paragraph(&mut self) {
        self.end_line(2);
    }

    fn end_line(&mut self, line_ends: u8) {
        self.line_ends = self.line_ends.max(line_ends).min(2);
        self.spaces.clear();
    }

    /// What to write before the next word: a list's bullet or number with the spaces around it. `None` takes it back.
    pub(super) fn label(&mut self, label: Option<String>) {
        self.label = label;
    }

    /// Notes that there is a picture.
    pub(super) fn picture(&mut self) {
        self.has_pictures = true;
    }

    /// Gives the place of the next word a name; within a heading, the place where that begins.
    pub(super) fn anchor(&mut self, name: &str) {
        match self.heading {
            Some(OpenHeading {
                start: Some((offset, _)),
                ..
            }) => self.anchors.push((name.to_owned(), offset)),
            _ => self.waiting_anchors.push(name.to_owned()),
        }
    }

    /// Begins a heading; it ends at [`Self::end_heading`], or where the next begins.
    pub(super) fn begin_heading(&mut self, level: u8) {
        self.end_heading();
        self.lay_out_table();
        self.paragraph();
        self.heading = Some(OpenHeading { level, start: None });
    }

    /// Ends the heading, if one is open. One without a word never was.
    pub(super) fn end_heading(&mut self) {
        let Some(OpenHeading { level, start }) = self.heading.take() else {
            return;
        };
        self.paragraph();
        let Some((offset, byte)) = start else {
            return;
        };
        let title = title(&self.text[byte..]);
        self.headings.push(TextHeading { level, title, offset });
    }

    /// The page as it is now.
    pub(super) fn finish(mut self) -> FinishedText {
        self.end_heading();
        self.decide_table();
        let end = self.characters;
        let waiting = self.waiting_anchors.into_iter().map(|name| (name, end));
        self.anchors.extend(waiting);
        FinishedText {
            text: self.text,
            headings: self.headings,
            anchors: self.anchors,
            has_pictures: self.has_pictures,
        }
    }

    /// Adds a word, which has no space in it.
    fn word(&mut self, word: &str) {
        let word = if word.bytes().all(|byte| byte.is_ascii_graphic()) {
            Cow::Borrowed(word)
        } else {
            Cow::Owned(clean(word))
        };
        if word.is_empty() {
            return;
        }
        self.write_gap();
        self.note_anchors();
        if let Some(label) = self.label.take() {
            let indented = if self.is_empty() {
                label.trim_start()
            } else {
                label.as_str()
            };
            self.write(indented);
        }
        if let Some(OpenHeading {
            start: start @ None, ..
        }) = &mut self.heading
        {
            *start = Some((self.characters, self.text.len()));
        }
        self.write(&word);
    }

    /// Writes the breaks and spaces that were asked for before this word.
    fn write_gap(&mut self) {
        let line_ends = std::mem::take(&mut self.line_ends);
        let spaces = std::mem::take(&mut self.spaces);
        if line_ends > 0 && self.undecided.is_some() {
            self.note_break(line_ends);
        } else if !self.is_empty() {
            self.write(&"\n\n"[..usize::from(line_ends)]);
        }
        if !self.is_empty() {
            self.write(&spaces);
        }
        // Its capacity is kept for the next run of spaces.
        self.spaces = spaces;
        self.spaces.clear();
    }

    /// Writes what is clean already.
    fn write(&mut self, text: &str) {
        self.text.push_str(text);
        self.characters += if text.is_ascii() {
            text.len()
        } else {
            text.chars().count()
        };
    }

    fn note_anchors(&mut self) {
        if self.waiting_anchors.is_empty() {
            return;
        }
        let names = std::mem::take(&mut self.waiting_anchors);
        if self.undecided.is_some() {
            self.note_anchors_in_table(names);
        } else {
            let offset = self.characters;
            self.anchors.extend(names.into_iter().map(|name| (name, offset)));
        }
    }
}

/// A title on one line, cut where it is too long.
pub(crate) fn title(text: &str) -> String {
    let mut title = String::new();
    for word in text.split_whitespace() {
        if !title.is_empty() {
            title.push(' ');
        }
        title.push_str(word);
        // No character takes more than four bytes.
        if title.len() > 4 * MAX_TITLE {
            break;
        }
    }
    if let Some((cut, _)) = title.char_indices().nth(MAX_TITLE) {
        title.truncate(cut);
        title.push('…');
    }
    title
}

/// A page with this text, which is clean; one without any but with pictures looks scanned.
pub(super) fn page(number: u32, text: String, has_pictures: bool) -> Page {
    let status = match (text.is_empty(), has_pictures) {
        (false, _) => PageStatus::Ok,
        (true, true) => PageStatus::Scanned,
        (true, false) => PageStatus::Empty,
    };
    Page { number, text, status }
}
