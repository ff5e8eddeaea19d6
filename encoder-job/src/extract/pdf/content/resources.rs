//! What names in content stand for: fonts, forms, properties (ISO 32000-2, 7.8.3).

use std::{cell::RefCell, collections::HashMap, sync::Arc};

use hayro_syntax::{object::Dict, page};

use crate::extract::pdf::{
    copies::Places,
    font::{Font, FontGlyph, FontKey, Fonts},
};

/// The resources of a page or form. Names of fonts are looked up once.
pub(super) struct Resources<'a> {
    pub(super) given: page::Resources<'a>,
    fonts: RefCell<HashMap<Vec<u8>, usize, rustc_hash::FxBuildHasher>>,
}

impl<'a> Resources<'a> {
    pub(super) fn new(given: page::Resources<'a>) -> Self {
        Self {
            given,
            fonts: RefCell::default(),
        }
    }

    /// The number of the font of this name among those of the thread.
    pub(super) fn font(&self, name: &[u8], fonts: &mut ThreadFonts<'a, '_>) -> usize {
        if let Some(&number) = self.fonts.borrow().get(name) {
            return number;
        }
        let dict = || self.given.fonts.get::<Dict<'a>>(name);
        let number = match self.given.fonts.get_ref(name) {
            Some(reference) => fonts.number(FontKey::Object(reference.into()), dict),
            None => fonts.direct(dict()),
        };
        self.fonts.borrow_mut().insert(name.to_vec(), number);
        number
    }
}

/// The fonts a thread has met, with the glyphs it has asked for.
pub(in crate::extract::pdf) struct ThreadFonts<'a, 'f> {
    all: &'f Fonts<'a>,
    met: Vec<CachedFont<'a>>,
    by_key: HashMap<FontKey, usize, rustc_hash::FxBuildHasher>,
    /// Room for the places of a page's glyphs, kept from page to page.
    places: Places,
}

/// A font, and the glyphs of it that were asked for: the same few are asked for again and again.
pub(super) struct CachedFont<'a> {
    pub(super) font: Arc<Font<'a>>,
    /// Of codes with one byte.
    short: Vec<Option<FontGlyph>>,
    /// Of longer codes.
    long: HashMap<u32, FontGlyph, rustc_hash::FxBuildHasher>,
}

impl<'a, 'f> ThreadFonts<'a, 'f> {
    pub(in crate::extract::pdf) fn new(all: &'f Fonts<'a>) -> Self {
        Self {
            all,
            met: Vec::new(),
            by_key: HashMap::default(),
            places: Places::default(),
        }
    }

    /// The number of the font with this key.
    fn number(&mut self, key: FontKey, dict: impl FnOnce() -> Option<Dict<'a>>) -> usize {
        if let Some(&number) = self.by_key.get(&key) {
            return number;
        }
        self.met.push(CachedFont {
            font: self.all.get(key, dict),
            short: vec![None; 256],
            long: HashMap::default(),
        });
        self.by_key.insert(key, self.met.len() - 1);
        self.met.len() - 1
    }

    /// The number of the font with this dictionary; without one, of the font that stands for a missing one.
    pub(super) fn direct(&mut self, dict: Option<Dict<'a>>) -> usize {
        let key = dict.as_ref().map_or(FontKey::Missing, FontKey::direct);
        self.number(key, || dict)
    }

    pub(super) fn take_places(&mut self) -> Places {
        std::mem::take(&mut self.places)
    }

    pub(super) fn keep_places(&mut self, places: Places) {
        self.places = places;
    }

    pub(super) fn met(&mut self, number: usize) -> &mut CachedFont<'a> {
        &mut self.met[number]
    }
}

impl CachedFont<'_> {
    /// The glyph of a code of so many bytes.
    pub(super) fn glyph(&mut self, code: u32, length: usize) -> &FontGlyph {
        let new = || self.font.glyph(code, length);
        match usize::try_from(code)
            .ok()
            .filter(|&code| length == 1 && code < 256)
        {
            Some(code) => self.short[code].get_or_insert_with(new),
            None => self.long.entry(code).or_insert_with(new),
        }
    }
}
