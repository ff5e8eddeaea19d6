//! Settling what only the document tells of hyphens.

use std::collections::{HashSet, VecDeque};

use rustc_hash::FxBuildHasher;

use super::{BEFORE_CONJUNCTION, CONJUNCTIONS_OF, FIRST_PARTS, IN_DOUBT};
use crate::{extract::pdf::running_heads::Ordered, language};

/// How many pages before and after one are looked at.
const PAGES: usize = 32;
/// What the marks begin with in UTF-8.
const MARKERS: &[u8] = b"\xef\xb7";
/// The most words with hyphens that are remembered.
const MAX_COMPOUNDS: usize = 100_000;
/// The most bytes that are searched for words; later hyphens are settled as where nothing is found.
const MAX_SEARCHED: usize = 256 << 20;
/// A word has no more characters.
const MAX_WORD: usize = 200;
/// How much text tells a language, in bytes.
const LANGUAGE_SAMPLE: usize = 8192;

/// Takes pages in order and hands them back in order, each when those around it are known, with its hyphens settled.
#[derive(Default)]
pub(in crate::extract::pdf) struct Compounds {
    /// Words that the document has with hyphens, in small letters.
    known: HashSet<Box<str>, FxBuildHasher>,
    /// Pages that wait.
    ahead: VecDeque<Ordered>,
    /// The text of pages that were handed back.
    behind: VecDeque<String>,
    language: Option<&'static str>,
    /// How many bytes were searched for words.
    searched: usize,
}

impl Compounds {
    /// Takes the next page, and hands back the one whose surroundings are known now.
    pub(in crate::extract::pdf) fn push(&mut self, page: Ordered) -> Option<Ordered> {
        for paragraph in &page.paragraphs {
            self.remember(&paragraph.text);
        }
        self.ahead.push_back(page);
        (self.ahead.len() > PAGES).then(|| self.next()).flatten()
    }

    /// Hands back a page that waits, when no more come.
    pub(in crate::extract::pdf) fn finish(&mut self) -> Option<Ordered> {
        self.next()
    }

    fn next(&mut self) -> Option<Ordered> {
        let mut page = self.ahead.pop_front()?;
        // The page itself is part of its surroundings.
        self.behind.push_back(text_of(&page));
        for paragraph in &mut page.paragraphs {
            if memchr::memmem::find(paragraph.text.as_bytes(), MARKERS).is_some() {
                // A document may have such characters of its own, which mean nothing: what is left is clean again.
                let settled = self.settle(&paragraph.text);
                settled.trim().clone_into(&mut paragraph.text);
            }
        }
        page.paragraphs.retain(|paragraph| !paragraph.text.is_empty());
        if self.behind.len() > PAGES {
            self.behind.pop_front();
        }
        Some(page)
    }

    /// Remembers the words with hyphens in a text.
    fn remember(&mut self, text: &str) {
        let mut seen = 0;
        for at in memchr::memchr_iter(b'-', text.as_bytes()) {
            if at < seen || self.known.len() >= MAX_COMPOUNDS {
                continue;
            }
            let (before, after) = (&text[..at], &text[at + 1..]);
            if before.ends_with(char::is_alphabetic) && after.starts_with(char::is_alphabetic) {
                let (start, end) = (word_start(before), at + 1 + word_end(after));
                seen = end;
                self.known.insert(text[start..end].to_lowercase().into());
            }
        }
    }

    /// A text without marks.
    fn settle(&mut self, text: &str) -> String {
        let mut settled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find([IN_DOUBT, BEFORE_CONJUNCTION]) {
            settled.push_str(&rest[..at]);
            let marker = rest[at..].chars().next().unwrap_or(IN_DOUBT);
            rest = &rest[at + marker.len_utf8()..];
            let first = settled[word_start(&settled)..].to_owned();
            let second = &rest[..word_end(rest)];
            if marker == IN_DOUBT {
                if self.is_compound(&first, second) {
                    settled.push('-');
                }
            } else if self.is_conjunction(&first, second) {
                // The line ended before this word and not behind it; in a cell of a table lines do not end.
                let end = rest.find('\n').filter(|&end| !rest[..end].contains(' '));
                settled.push('-');
                settled.push(if end.is_some() { '\n' } else { ' ' });
                if let Some(end) = end {
                    settled.push_str(&rest[..end]);
                    settled.push(' ');
                    rest = &rest[end + 1..];
                }
            }
        }
        settled.push_str(rest);
        settled
    }

    /// Whether the document writes a word with its hyphen, and not oftener without.
    fn is_compound(&mut self, first: &str, second: &str) -> bool {
        let compound = format!("{first}-{second}");
        if !self.known.contains(compound.to_lowercase().as_str()) {
            return false;
        }
        let joined = self.count(&format!("{first}{second}"));
        joined == 0 || joined < self.count(&compound)
    }

    /// Whether a word is a conjunction, and not the end of one that the document has elsewhere.
    fn is_conjunction(&mut self, first: &str, second: &str) -> bool {
        if first.is_empty() || second.is_empty() || self.count(&format!("{first}{second}")) > 0 {
            return false;
        }
        if !CONJUNCTIONS_OF.iter().any(|(known, _)| *known == second) {
            return true;
        }
        let language = self.language();
        // Words of which a part is left out are mostly nouns: `dazu`, `dennoch` and `sowie` are not.
        let is_first_part = || match (language, second) {
            ("de", "bis") => {
                first.starts_with(char::is_uppercase) && !matches!(first, "Kür" | "Kana" | "Canna")
            }
            ("de", _) => first.starts_with(char::is_uppercase),
            ("en", "or" | "nor" | "through") | ("fr", _) => {
                let last = first.rsplit(['-', '\'', '’']).next().unwrap_or(first);
                FIRST_PARTS.contains(&last.to_lowercase().as_str())
            }
            _ => true,
        };
        CONJUNCTIONS_OF.contains(&(second, language)) && is_first_part()
    }

    /// How often the pages around have this word.
    fn count(&mut self, word: &str) -> usize {
        let ahead = self.ahead.iter().flat_map(|page| &page.paragraphs);
        let texts = self.behind.iter().chain(ahead.map(|paragraph| &paragraph.text));
        let mut found = 0;
        for text in texts {
            if self.searched > MAX_SEARCHED {
                break;
            }
            self.searched += text.len();
            found += count(text, word);
        }
        found
    }

    fn language(&mut self) -> &'static str {
        if let Some(language) = self.language {
            return language;
        }
        let mut sample = String::new();
        let ahead = self.ahead.iter().flat_map(|page| &page.paragraphs);
        for text in self.behind.iter().chain(ahead.map(|paragraph| &paragraph.text)) {
            sample.push_str(text);
            sample.push('\n');
            if sample.len() > LANGUAGE_SAMPLE {
                break;
            }
        }
        self.language.insert(language::detect(&sample).code)
    }
}

/// The text of a page.
fn text_of(page: &Ordered) -> String {
    let length: usize = page
        .paragraphs
        .iter()
        .map(|paragraph| paragraph.text.len() + 1)
        .sum();
    let mut text = String::with_capacity(length);
    for paragraph in &page.paragraphs {
        text.push_str(&paragraph.text);
        text.push('\n');
    }
    text
}

/// How often a text has a word by itself.
fn count(text: &str, word: &str) -> usize {
    if word.is_empty() {
        return 0;
    }
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | IN_DOUBT | BEFORE_CONJUNCTION);
    memchr::memmem::find_iter(text.as_bytes(), word.as_bytes())
        .filter(|&at| !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part))
        .count()
}

/// Where the word begins that a text ends with.
fn word_start(text: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    text.char_indices()
        .rev()
        .take(MAX_WORD)
        .take_while(|&(_, c)| is_part(c))
        .last()
        .map_or(text.len(), |(at, _)| at)
}

/// Where the word ends that a text begins with.
fn word_end(text: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || c == '-';
    text.find(|c: char| !is_part(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        document::PageStatus,
        extract::pdf::{hyphens::add_line, layout::Paragraph},
    };

    /// Pages of one paragraph each, whose lines end at bars, settled.
    fn settled(pages: &[&str]) -> Vec<String> {
        let mut compounds = Compounds::default();
        let pages = pages.iter().map(|lines| {
            let mut lines = lines.split('|');
            let mut text = lines.next().unwrap().to_owned();
            lines.for_each(|line| add_line(&mut text, line));
            Ordered {
                number: 1,
                status: PageStatus::Ok,
                by_second_engine: false,
                paragraphs: Paragraph::new(&text, 10.0, 1).into_iter().collect(),
            }
        });
        let mut done: Vec<Ordered> = pages.filter_map(|page| compounds.push(page)).collect();
        done.extend(std::iter::from_fn(|| compounds.finish()));
        done.into_iter()
            .map(|page| page.paragraphs[0].text.clone())
            .collect()
    }

    #[test]
    fn a_compound_that_stands_elsewhere_keeps_its_hyphen() {
        let pages = [
            "a well-|known man",
            "Well-known men, and a data-|base",
            "is a database and no data-base, a database",
        ];
        assert_eq!(
            settled(&pages),
            [
                "a well-known\nman",
                "Well-known men, and a database",
                "is a database and no data-base, a database"
            ]
        );
        assert_eq!(settled(&["the ency-|clopedia of"]), ["the encyclopedia\nof"]);
    }

    #[test]
    fn marks_that_a_document_has_of_its_own_leave_nothing() {
        let mut compounds = Compounds::default();
        let page = Ordered {
            number: 1,
            status: PageStatus::Ok,
            by_second_engine: false,
            paragraphs: ["text \u{fdd0}", "\u{fdd1}"]
                .into_iter()
                .filter_map(|text| Paragraph::new(text, 10.0, 1))
                .collect(),
        };
        assert!(compounds.push(page).is_none());
        let page = compounds.finish().expect("the page that waits");
        let texts: Vec<&str> = page
            .paragraphs
            .iter()
            .map(|paragraph| paragraph.text.as_str())
            .collect();
        assert_eq!(texts, ["text"]);
    }

    #[test]
    fn in_a_cell_of_a_table_no_line_ends() {
        let mut compounds = Compounds::default();
        let mut cell = "Ein-".to_owned();
        add_line(&mut cell, "und Ausfahrt");
        assert_eq!(compounds.settle(&cell.replace('\n', " ")), "Ein- und Ausfahrt");
        let mut cell = "the gover-".to_owned();
        add_line(&mut cell, "nor of it");
        assert_eq!(compounds.settle(&cell.replace('\n', " ")), "the governor of it");
    }

    #[test]
    fn before_conjunctions_the_line_ends() {
        assert_eq!(settled(&["eine Ein-|und Ausfahrt"]), ["eine Ein-\nund Ausfahrt"]);
        assert_eq!(
            settled(&["it was broth-|and more; no brothand|else", "brothand"])[0],
            "it was brothand\nmore; no brothand\nelse"
        );
    }

    #[test]
    fn ends_of_words_are_conjunctions_in_their_language_alone() {
        let english = "The plan of the harbour office covers all the needs of the ferry and its keeper in mid-|to long-term years.";
        assert!(settled(&[english])[0].contains("mid-\nto long-term"));
        let italian = "Il piano del porto dice che tutti i lavori della nave sono finiti e che il custode ne ha senti-|to parlare.";
        assert!(settled(&[italian])[0].contains("sentito\nparlare"));
    }

    #[test]
    fn every_page_comes_back_in_order() {
        let pages: Vec<String> = (0..100).map(|number| format!("page {number}")).collect();
        let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
        assert_eq!(settled(&pages), pages);
    }
}
