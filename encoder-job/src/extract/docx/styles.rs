//! Which styles make a paragraph a heading or a list's item.
//!
//! The names of the built-in styles are English in every document, whatever language Word speaks; their identifiers are not. A style
//! that says nothing itself is like the one it is based on.

use std::collections::HashMap;

use super::{on, symbols::RunFonts};
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
    /// The style that says which list without a level: it stands at the level that names it (ISO/IEC 29500-1, 17.9.23).
    pub(super) style: Option<String>,
}

impl ListPlace {
    /// What this says, and where it says nothing, what `other` says.
    pub(super) fn or(&self, other: &Self) -> Self {
        let is_of_other = self.list.is_none() && self.level.is_none();
        Self {
            list: self.list.clone().or_else(|| other.list.clone()),
            level: self.level.or(other.level),
            style: self
                .style
                .clone()
                .or_else(|| other.style.clone().filter(|_| is_of_other)),
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
    /// Whether its paragraphs are the letters that begin the next one, larger and in a frame of their own.
    pub(super) is_drop_cap: bool,
}

/// The styles of a document.
#[derive(Debug, Default)]
pub(super) struct Styles {
    written: HashMap<String, WrittenStyle>,
    /// The style of paragraphs that name none.
    default: Option<String>,
    /// The styles of runs.
    of_runs: HashMap<String, WrittenStyle>,
    /// Whether a style has a font of signs.
    have_signs: bool,
    /// The style being read, and whether it is one of runs.
    current: Option<(String, WrittenStyle)>,
    is_of_runs: bool,
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
    fonts: RunFonts,
    is_drop_cap: Option<bool>,
}

impl Styles {
    /// The fonts of a run with these styles, its own and that of its paragraph.
    pub(super) fn fonts(&self, of_run: Option<&str>, of_paragraph: Option<&str>) -> RunFonts {
        if !self.have_signs {
            return RunFonts::default();
        }
        let of_paragraph = of_paragraph.or(self.default.as_deref());
        fonts_in(&self.of_runs, of_run).or(fonts_in(&self.written, of_paragraph))
    }

    /// What a style means. One that the document does not describe is known by its identifier, if that is the English one.
    pub(super) fn get(&self, id: Option<&str>) -> Style {
        let Some(mut id) = id.or(self.default.as_deref()) else {
            return Style::default();
        };
        let mut style = Style::default();
        let mut outline = None;
        let (mut page_break_before, mut drop_cap) = (None, None);
        for _ in 0..MAX_DEPTH {
            let Some(written) = self.written.get(id) else {
                outline = outline.or_else(|| outline_by_name(id));
                break;
            };
            outline = outline
                .or(written.outline)
                .or_else(|| outline_by_name(&written.name));
            let mut place = written.place.clone();
            let has_list_alone = place.list.is_some() && place.level.is_none();
            place.style = has_list_alone.then(|| id.to_owned());
            style.place = style.place.or(&place);
            page_break_before = page_break_before.or(written.page_break_before);
            drop_cap = drop_cap.or(written.is_drop_cap);
            match &written.based_on {
                Some(based_on) => id = based_on,
                None => break,
            }
        }
        style.heading = heading(outline);
        style.page_break_before = page_break_before.unwrap_or_default();
        style.is_drop_cap = drop_cap.unwrap_or_default();
        style
    }
}

/// The fonts that a style says, or those it is based on.
fn fonts_in(styles: &HashMap<String, WrittenStyle>, id: Option<&str>) -> RunFonts {
    let mut fonts = RunFonts::default();
    let mut next = id.and_then(|id| styles.get(id));
    for _ in 0..MAX_DEPTH {
        let Some(style) = next else { break };
        fonts = fonts.or(style.fonts);
        next = style.based_on.as_ref().and_then(|id| styles.get(id));
    }
    fonts
}

/// Whether a frame holds the letters that begin the next paragraph.
pub(super) fn is_drop_cap(frame: &Attributes<'_>) -> bool {
    frame.get("dropCap").is_some_and(|kind| kind != "none")
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
            self.is_of_runs = attributes.get("type").is_some_and(|kind| kind == "character");
            if self.is_of_runs {
                self.current = Some((id, WrittenStyle::default()));
            } else if attributes.get("type").is_none_or(|kind| kind == "paragraph") {
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
            "rFonts" => {
                style.fonts = RunFonts::of(attributes);
                self.have_signs |= style.fonts.have_signs();
            }
            "framePr" => style.is_drop_cap = Some(is_drop_cap(attributes)),
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
            if self.is_of_runs {
                self.of_runs.insert(id, style);
            } else {
                self.written.insert(id, style);
            }
        }
    }
}
