//! What extraction hands on: pages of text, and the headings found on the way.

pub use formats::Format;
use serde::{Deserialize, Serialize};

/// The character that follows each page in the extracted text.
pub const PAGE_END: char = '\u{c}';

/// How a page came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PageStatus {
    /// It has text.
    Ok,
    /// It has nothing on it that could be text.
    Empty,
    /// It has no text but pictures: it looks scanned.
    Scanned,
    /// It could not be read, or not wholly.
    Damaged,
    /// It could not be decrypted.
    Encrypted,
}

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its number, from 1.
    pub number: u32,
    /// Its text, clean: lines end with `\n`, nothing but `\n` and `\t` is a control character, and there is no whitespace
    /// at either end. It never holds a [`PAGE_END`].
    pub text: String,
    /// How it came out.
    pub status: PageStatus,
}

/// A heading or bookmark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// Its rank: 1 is a top-level bookmark or a heading of the first level.
    pub level: u8,
    /// Its text, on one line.
    pub title: String,
    /// The number of its page, from 1.
    pub page: u32,
    /// Where it stands in its page's text, in characters; 0 where only the page is known.
    pub offset: usize,
}

/// A document whose text is extracted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExtractedDocument {
    /// What it is.
    pub format: Format,
    /// Its pages, in order, numbered without gaps. A format without pages has one.
    pub pages: Vec<Page>,
    /// Its headings, in order of their positions.
    pub headings: Vec<Heading>,
    /// What a person should know about how it was read, a sentence each: a salvaged ending, a page read by the second engine.
    pub warnings: Vec<String>,
}

impl ExtractedDocument {
    /// The whole extracted text: every page followed by a [`PAGE_END`]. All positions count in it.
    pub fn text(&self) -> String {
        let length = self.pages.iter().map(|page| page.text.len() + 1).sum();
        let mut text = String::with_capacity(length);
        for page in &self.pages {
            text.push_str(&page.text);
            text.push(PAGE_END);
        }
        text
    }
}
