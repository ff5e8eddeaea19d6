//! Marked content: layers that are off are not read, and text that is given for glyphs stands in their place
//! (ISO 32000-2, 8.11 and 14.9.4).

use std::collections::HashSet;

use hayro_syntax::{
    Pdf,
    object::{Array, Dict, Name, ObjRef, Object, String as PdfString},
};

use crate::extract::pdf::{bookmarks::decode_text, glyph::GlyphText};

/// The layers of a document that are off.
#[derive(Debug, Default)]
pub(in crate::extract::pdf) struct Layers {
    off: HashSet<ObjRef>,
}

impl Layers {
    pub(in crate::extract::pdf) fn read(pdf: &Pdf) -> Self {
        let catalog = pdf.xref().get::<Dict<'_>>(pdf.xref().root_id());
        let Some(properties) = catalog.and_then(|catalog| catalog.get::<Dict<'_>>("OCProperties")) else {
            return Self::default();
        };
        let configuration = properties.get::<Dict<'_>>("D").unwrap_or_default();
        let references = |array: Option<Array<'_>>| -> Vec<ObjRef> {
            let references = array.into_iter().flat_map(|array| array.raw_iter());
            references.filter_map(|item| item.as_obj_ref()).collect()
        };
        let mut off = HashSet::new();
        if configuration
            .get::<Name<'_>>("BaseState")
            .is_some_and(|state| state.as_ref() == b"OFF")
        {
            off.extend(references(properties.get("OCGs")));
            for on in references(configuration.get("ON")) {
                off.remove(&on);
            }
        }
        off.extend(references(configuration.get("OFF")));
        Self { off }
    }

    /// Whether what is marked with the entry `key` of a dictionary is shown.
    pub(super) fn shows(&self, dict: &Dict<'_>, key: &[u8]) -> bool {
        if self.off.is_empty() {
            return true;
        }
        if let Some(layer) = dict.get_ref(key)
            && self.off.contains(&layer)
        {
            return false;
        }
        dict.get::<Dict<'_>>(key)
            .is_none_or(|membership| self.shows_member(&membership))
    }

    /// A membership: shown by default if any of its layers is on (8.11.2.2).
    fn shows_member(&self, membership: &Dict<'_>) -> bool {
        let layers: Vec<ObjRef> = match membership.get::<Array<'_>>("OCGs") {
            Some(array) => array.raw_iter().filter_map(|item| item.as_obj_ref()).collect(),
            None => membership.get_ref("OCGs").into_iter().collect(),
        };
        if layers.is_empty() {
            return true;
        }
        let on = |layer: &ObjRef| !self.off.contains(layer);
        match membership.get::<Name<'_>>("P").as_deref() {
            Some(b"AllOn") => layers.iter().all(on),
            Some(b"AnyOff") => !layers.iter().all(on),
            Some(b"AllOff") => !layers.iter().any(on),
            _ => layers.iter().any(on),
        }
    }
}

/// The marks that enclose the instruction that is followed.
#[derive(Debug, Default)]
pub(super) struct MarkedContent {
    open: Vec<Mark>,
    /// How many of the open marks hide what they enclose.
    hiding: usize,
}

#[derive(Debug)]
struct Mark {
    hides: bool,
    /// Text that stands for the glyphs inside.
    replacement: Option<Replacement>,
}

#[derive(Debug)]
struct Replacement {
    text: Option<GlyphText>,
    used: bool,
}

/// What is to be noted of a glyph.
pub(super) enum Noted {
    /// What it means by itself.
    Itself,
    /// This text, for this and the glyphs that follow.
    Instead(GlyphText),
    /// Its place, as another one's text stands for it too.
    PlaceOnly,
}

/// The most marks that may be open.
const MAX_OPEN: usize = 4096;

impl MarkedContent {
    /// Begins a mark; `properties` are those given in place, or found by their name.
    pub(super) fn begin(&mut self, hides: bool, properties: Option<&Dict<'_>>) {
        if self.open.len() >= MAX_OPEN {
            return;
        }
        let replacement = properties
            .and_then(|properties| properties.get::<PdfString<'_>>("ActualText"))
            .map(|text| Replacement {
                text: text_of(&decode_text(text.as_bytes())),
                used: false,
            });
        self.hiding += usize::from(hides);
        self.open.push(Mark { hides, replacement });
    }

    pub(super) fn end(&mut self) {
        if let Some(mark) = self.open.pop() {
            self.hiding -= usize::from(mark.hides);
        }
    }

    pub(super) fn is_hidden(&self) -> bool {
        self.hiding > 0
    }

    /// What to note of the next glyph.
    pub(super) fn note(&mut self) -> Noted {
        let Some(replacement) = self.open.iter_mut().find_map(|mark| mark.replacement.as_mut()) else {
            return Noted::Itself;
        };
        if std::mem::replace(&mut replacement.used, true) {
            return Noted::PlaceOnly;
        }
        replacement.text.clone().map_or(Noted::PlaceOnly, Noted::Instead)
    }
}

fn text_of(text: &str) -> Option<GlyphText> {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (None, _) => None,
        (Some(character), None) => Some(GlyphText::One(character)),
        _ => Some(GlyphText::Many(text.into())),
    }
}

/// The properties an instruction names or gives.
pub(super) fn properties<'a>(operand: Option<&Object<'a>>) -> Option<Dict<'a>> {
    match operand {
        Some(Object::Dict(dict)) => Some(dict.clone()),
        _ => None,
    }
}
