//! The numbers and bullets of list items, which a document does not write out.

use std::collections::{HashMap, HashSet};

use super::styles::ListPlace;
use crate::extract::{
    clean::clean,
    list_label::{Counting, indent},
    xml::{Attributes, Handler},
};

/// Levels of a list.
const LEVELS: usize = 9;
/// The longest pattern of a label, in characters.
const MAX_PATTERN: usize = 64;
/// The list that says: none.
const NO_LIST: &str = "0";

/// One level of a list.
#[derive(Clone, Debug, Default)]
struct Level {
    counting: Counting,
    /// The label, with `%1` for the number of the first level and so on.
    pattern: String,
    start: Option<u32>,
}

/// What several lists have in common: how they look, and how far they have counted.
#[derive(Clone, Debug, Default)]
struct Kind {
    levels: [Option<Level>; LEVELS],
    numbers: [Option<u32>; LEVELS],
}

/// A list: its kind, and where it counts from anew.
#[derive(Clone, Debug, Default)]
struct List {
    kind: String,
    restarts: [Option<u32>; LEVELS],
}

/// The lists of a document, and how far they have counted.
#[derive(Debug, Default)]
pub(super) struct Lists {
    kinds: HashMap<String, Kind>,
    by_id: HashMap<String, List>,
    /// Lists and levels that have counted from anew.
    restarted: HashSet<(String, usize)>,
    reading: Reading,
}

/// What is being read.
#[derive(Debug, Default)]
struct Reading {
    kind: Option<String>,
    list: Option<String>,
    level: Option<usize>,
}

impl Lists {
    /// Counts one item, and says what stands before it; `None` for a paragraph that is no item.
    pub(super) fn count(&mut self, place: &ListPlace) -> Option<Label> {
        let id = place.list.as_deref().filter(|&id| id != NO_LIST)?;
        let level = place.level.unwrap_or_default().min(LEVELS - 1);
        let bullet = || Label::bullet(level);
        let Some(list) = self.by_id.get(id) else {
            return Some(bullet());
        };
        let Some(kind) = self.kinds.get_mut(&list.kind) else {
            return Some(bullet());
        };
        let restart = list.restarts[level].filter(|_| self.restarted.insert((id.to_owned(), level)));
        let starts = |at: usize| {
            kind.levels[at]
                .as_ref()
                .and_then(|level| level.start)
                .unwrap_or(1)
        };
        let number = match (restart, kind.numbers[level]) {
            (Some(restart), _) => restart,
            (None, Some(number)) => number.saturating_add(1),
            (None, None) => starts(level),
        };
        // A level above that has no item yet counts as if it had its first.
        let above: Vec<u32> = (0..level)
            .map(|at| kind.numbers[at].unwrap_or_else(|| starts(at)))
            .collect();
        for (slot, number) in kind.numbers.iter_mut().zip(above) {
            *slot = Some(number);
        }
        kind.numbers[level] = Some(number);
        kind.numbers[level + 1..].fill(None);
        let Some(shape) = &kind.levels[level] else {
            return Some(bullet());
        };
        // A blank bullet is one that nobody sees: such paragraphs go on with the item before.
        if shape.counting == Counting::Bullet && !shape.pattern.trim().is_empty() {
            return Some(bullet());
        }
        Some(Label {
            indent: indent(level),
            text: kind.write(&shape.pattern),
        })
    }
}

impl Kind {
    /// A label by its pattern, with the numbers of now.
    fn write(&self, pattern: &str) -> String {
        let mut label = String::new();
        let mut characters = pattern.chars().take(MAX_PATTERN).peekable();
        while let Some(character) = characters.next() {
            let at = (character == '%')
                .then(|| characters.peek().and_then(|digit| digit.to_digit(10)))
                .flatten()
                .and_then(|digit| (digit as usize).checked_sub(1))
                .filter(|&at| at < LEVELS);
            if let Some(at) = at {
                characters.next();
                let counting = self.levels[at]
                    .as_ref()
                    .map(|level| level.counting)
                    .unwrap_or_default();
                if let Some(number) = self.numbers[at] {
                    label.push_str(&counting.write(number));
                }
            } else {
                label.push(character);
            }
        }
        clean(&label)
    }
}

/// What stands before a list's item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Label {
    /// Blanks before it.
    pub(super) indent: &'static str,
    /// The bullet or number; may be empty.
    pub(super) text: String,
}

impl Label {
    fn bullet(level: usize) -> Self {
        Self {
            indent: indent(level),
            text: "-".to_owned(),
        }
    }
}

impl Handler for Lists {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        let value = || attributes.owned("val");
        let id = |name| attributes.owned(name).unwrap_or_default();
        match name {
            "abstractNum" => self.reading.kind = Some(id("abstractNumId")),
            "num" => self.reading.list = Some(id("numId")),
            "lvl" | "lvlOverride" => {
                self.reading.level = id("ilvl").parse().ok().filter(|&level: &usize| level < LEVELS);
            }
            "abstractNumId" => {
                if let Some(list) = &self.reading.list {
                    self.by_id.entry(list.clone()).or_default().kind = value().unwrap_or_default();
                }
            }
            "startOverride" => {
                if let (Some(list), Some(level)) = (&self.reading.list, self.reading.level) {
                    self.by_id.entry(list.clone()).or_default().restarts[level] =
                        value().and_then(|start| start.parse().ok());
                }
            }
            "numFmt" | "lvlText" | "start" => {
                let Some((kind, at)) = self.reading.kind.clone().zip(self.reading.level) else {
                    return;
                };
                let kind = self.kinds.entry(kind).or_default();
                let level = kind.levels[at].get_or_insert_default();
                match name {
                    "numFmt" => level.counting = counting(&value().unwrap_or_default()),
                    "lvlText" => level.pattern = value().unwrap_or_default(),
                    _ => level.start = value().and_then(|start| start.parse().ok()),
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            "abstractNum" => self.reading.kind = None,
            "num" => self.reading.list = None,
            "lvl" | "lvlOverride" => self.reading.level = None,
            _ => {}
        }
    }
}

fn counting(format: &str) -> Counting {
    match format {
        "bullet" => Counting::Bullet,
        "none" => Counting::None,
        "decimalZero" => Counting::DecimalZero,
        "lowerLetter" => Counting::LowerLetter,
        "upperLetter" => Counting::UpperLetter,
        "lowerRoman" => Counting::LowerRoman,
        "upperRoman" => Counting::UpperRoman,
        _ => Counting::Decimal,
    }
}
