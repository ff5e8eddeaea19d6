//! The numbers and bullets of list items, which a document does not write out.

mod definitions;

use std::collections::{HashMap, HashSet};

use super::styles::ListPlace;
use crate::extract::{
    clean::clean,
    list_label::{Counting, indent},
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
    /// The first number; it is 0 where the document does not say (ISO/IEC 29500-1, 17.9.25).
    start: u32,
    /// Below which levels it begins anew, as many as are above it; `None` below all.
    restarts_below: Option<usize>,
    /// Whether the numbers of all levels in its label are digits.
    is_legal: bool,
    /// The style whose paragraphs stand at this level.
    style: Option<String>,
}

impl Level {
    /// Whether it begins anew after an item of a level above.
    fn restarts_after(&self, level: usize) -> bool {
        self.restarts_below.is_none_or(|levels| level < levels)
    }
}

/// What several lists have in common: how they look, and how far they have counted.
#[derive(Clone, Debug, Default)]
struct Kind {
    levels: [Option<Level>; LEVELS],
    numbers: [Option<u32>; LEVELS],
    /// The style of lists that says how this looks.
    looks_like: Option<String>,
}

/// A list: its kind, and what is different about it.
#[derive(Clone, Debug, Default)]
struct List {
    kind: String,
    levels: [Option<Level>; LEVELS],
    /// Where it counts from anew.
    starts: [Option<u32>; LEVELS],
}

/// The lists of a document, and how far they have counted.
#[derive(Debug, Default)]
pub(super) struct Lists {
    kinds: HashMap<String, Kind>,
    by_id: HashMap<String, List>,
    /// The kinds that styles of lists are.
    by_style: HashMap<String, String>,
    /// Lists and levels that have counted from anew.
    restarted: HashSet<(String, usize)>,
    reading: definitions::Reading,
}

impl Lists {
    /// Counts one item, and says what stands before it; `None` for a paragraph that is no item.
    pub(super) fn count(&mut self, place: &ListPlace) -> Option<Label> {
        let id = place.list.as_deref().filter(|&id| id != NO_LIST)?;
        let mut level = place.level.unwrap_or_default().min(LEVELS - 1);
        let Some(list) = self.by_id.get(id) else {
            return Some(Label::bullet(level));
        };
        let named = self
            .kinds
            .get(&list.kind)
            .and_then(|kind| self.by_style.get(kind.looks_like.as_ref()?))
            .unwrap_or(&list.kind);
        let Some(kind) = self.kinds.get_mut(named) else {
            return Some(Label::bullet(level));
        };
        if let Some(style) = &place.style {
            level = kind.level_of_style(list, style).unwrap_or(level);
        }
        let bullet = || Label::bullet(level);
        let is_restart = list.starts[level].is_some() && self.restarted.insert((id.to_owned(), level));
        kind.count(list, level, is_restart);
        let Some(shape) = kind.level(list, level) else {
            return Some(bullet());
        };
        // An empty bullet is one that nobody sees: such paragraphs go on with the item before.
        if shape.counting == Counting::Bullet && !shape.pattern.trim().is_empty() {
            return Some(bullet());
        }
        Some(Label {
            indent: indent(level),
            text: kind.write(list, shape),
        })
    }
}

impl Kind {
    /// How a level looks in a list of this kind.
    fn level<'a>(&'a self, list: &'a List, at: usize) -> Option<&'a Level> {
        list.levels[at].as_ref().or(self.levels[at].as_ref())
    }

    /// The level that paragraphs of a style stand at, if one names it.
    fn level_of_style(&self, list: &List, style: &str) -> Option<usize> {
        (0..LEVELS).find(|&at| {
            let level = self.level(list, at);
            level.is_some_and(|level| level.style.as_deref() == Some(style))
        })
    }

    /// The first number of a level.
    fn start(&self, list: &List, at: usize) -> u32 {
        list.starts[at]
            .or_else(|| self.level(list, at).map(|level| level.start))
            .unwrap_or(1)
    }

    /// Counts an item.
    fn count(&mut self, list: &List, level: usize, is_restart: bool) {
        let number = match self.numbers[level] {
            Some(number) if !is_restart => number.saturating_add(1),
            _ => self.start(list, level),
        };
        // A level above that has no item yet counts as if it had its first.
        for at in 0..level {
            if self.numbers[at].is_none() {
                self.numbers[at] = Some(self.start(list, at));
            }
        }
        self.numbers[level] = Some(number);
        for at in level + 1..LEVELS {
            if self
                .level(list, at)
                .is_none_or(|below| below.restarts_after(level))
            {
                self.numbers[at] = None;
            }
        }
    }

    /// A label by its pattern, with the numbers of now.
    fn write(&self, list: &List, shape: &Level) -> String {
        let mut label = String::new();
        let mut characters = shape.pattern.chars().take(MAX_PATTERN).peekable();
        while let Some(character) = characters.next() {
            let at = (character == '%')
                .then(|| characters.peek().and_then(|digit| digit.to_digit(10)))
                .flatten()
                .and_then(|digit| (digit as usize).checked_sub(1))
                .filter(|&at| at < LEVELS);
            if let Some(at) = at {
                characters.next();
                let counting = self
                    .level(list, at)
                    .map(|level| level.counting)
                    .unwrap_or_default();
                let counting = if shape.is_legal {
                    counting.legal()
                } else {
                    counting
                };
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
    /// Spaces before it.
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
