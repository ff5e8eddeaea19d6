//! Which styles make a paragraph a heading or a list's item.
//!
//! The names of the built-in styles are English in every document, whatever language Word speaks; their identifiers are not. A style
//! that says nothing itself is like the one it is based on.

use std::collections::HashMap;

use super::on;
use crate::extract::xml::{Attributes, Handler};

/// The longest way from a style to what it is based on. Word allows 10; a circle has no end.
const MAX_DEPTH: usize = 32;
/// The outline level of body text.
const BODY_TEXT: u8 = 9;

/// A list, and a level of it, from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ListPlace {
    pub(super) list: Option<String>,
    pub(super) level: Option<usize>,
}

impl ListPlace {
    /// What this says, and where it says nothing, what `other` says.
    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            list: self.list.clone().or_else(|| other.list.clone()),
            level: self.level.or(other.level),
        }
    }
}

/// What a style means for a paragraph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// The rank of the heading it makes, from 1.
    pub(super) heading: Option<u8>,
    pub(super) place: ListPlace,
    pub(super) page_break_before: bool,
}

/// The styles of a document.
#[derive(Debug, Default)]
pub(super) struct Styles {
    written: HashMap<String, WrittenStyle>,
    /// The style of paragraphs that name none.
    default: Option<String>,
    /// The style being read.
    current: Option<(String, WrittenStyle)>,
    /// How many elements deep what was changed, and counts no more, is being read.
    changed: usize,
}

/// A style as it is written.
#[derive(Debug, Default)]
struct WrittenStyle {
    name: String,
    based_on: Option<String>,
    outline: Option<u8>,
    place: ListPlace,
    page_break_before: Option<bool>,
}

impl Styles {
    /// What a style means. One that the document does not describe is known by its identifier, if that is the English one.
    pub(super) fn get(&self, id: Option<&str>) -> Style {
        let Some(mut id) = id.or(self.default.as_deref()) else {
            return Style::default();
        };
        let mut style = Style::default();
        let mut outline = None;
        let mut page_break_before = None;
        for _ in 0..MAX_DEPTH {
            let Some(written) = self.written.get(id) else {
                outline = outline.or_else(|| outline_by_name(id));
                break;
            };
            outline = outline
                .or(written.outline)
                .or_else(|| outline_by_name(&written.name));
            style.place = style.place.or(&written.place);
            page_break_before = page_break_before.or(written.page_break_before);
            match &written.based_on {
                Some(based_on) => id = based_on,
                None => break,
            }
        }
        style.heading = heading(outline);
        style.page_break_before = page_break_before.unwrap_or_default();
        style
    }
}

/// The rank of a heading with this outline level, which counts from 0.
pub(super) fn heading(outline: Option<u8>) -> Option<u8> {
    outline.filter(|&level| level < BODY_TEXT).map(|level| level + 1)
}

/// The outline level that goes with the name of a built-in style, or with its English identifier.
fn outline_by_name(name: &str) -> Option<u8> {
    let name = name.trim().to_ascii_lowercase();
    if name == "title" {
        return Some(0);
    }
    let level: u8 = name.strip_prefix("heading")?.trim_start().parse().ok()?;
    (1..=BODY_TEXT).contains(&level).then(|| level - 1)
}

impl Handler for Styles {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        if self.changed > 0 || name == "pPrChange" {
            self.changed += 1;
            return;
        }
        let value = || attributes.owned("val");
        if name == "style" {
            let id = attributes.owned("styleId").unwrap_or_default();
            if attributes.get("type").is_none_or(|kind| kind == "paragraph") {
                if attributes.get("default").is_some_and(|value| on(Some(&value))) {
                    self.default = Some(id.clone());
                }
                self.current = Some((id, WrittenStyle::default()));
            }
            return;
        }
        let Some((_, style)) = &mut self.current else {
            return;
        };
        match name {
            "name" => style.name = value().unwrap_or_default(),
            "basedOn" => style.based_on = value(),
            "outlineLvl" => style.outline = value().and_then(|level| level.parse().ok()),
            "numId" => style.place.list = value(),
            "ilvl" => style.place.level = value().and_then(|level| level.parse().ok()),
            "pageBreakBefore" => style.page_break_before = Some(on(value().as_deref())),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if self.changed > 0 {
            self.changed -= 1;
        } else if name == "style"
            && let Some((id, style)) = self.current.take()
        {
            self.written.insert(id, style);
        }
    }
}
