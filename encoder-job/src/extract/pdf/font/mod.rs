//! Fonts: from the bytes of a string to what its glyphs mean and how far they reach.
//!
//! Nothing is drawn here, so a font's program is only opened where nothing else says what a code means. What a code means is,
//! in this order: what the document's `ToUnicode` map says, the glyph's name, the character collection's map, and last what the
//! embedded program itself knows.
//!
//! | file | does |
//! |---|---|
//! | `simple.rs` | fonts with codes of one byte: Type 1, TrueType, Type 3 |
//! | `tex_bitmap.rs` | bitmap fonts of TeX, whose names only repeat the codes |
//! | `composite.rs` | fonts with codes of several bytes: Type 0 |
//! | `encoding.rs` | names of glyphs by code |
//! | `unicode.rs` | characters: of maps, of names, of which some mean nothing |
//! | `program.rs` | what an embedded program knows |

mod composite;
mod encoding;
mod program;
mod simple;
mod tex_bitmap;
mod unicode;

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use hayro_syntax::object::{Dict, Name, ObjectIdentifier};

use super::glyph::GlyphText;
use composite::CompositeFont;
use simple::SimpleFont;

/// A glyph of a font.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FontGlyph {
    /// What it means; `None` where nobody knows.
    pub(super) text: Option<GlyphText>,
    /// How far the next glyph stands, along the writing direction, in the font's size.
    pub(super) advance: f32,
    /// Whether its code is the single byte 32, to which word spacing is added.
    pub(super) is_word_space: bool,
}

/// A font of a document.
pub(super) enum Font<'a> {
    Simple(Box<SimpleFont<'a>>),
    Composite(Box<CompositeFont<'a>>),
}

impl<'a> Font<'a> {
    fn new(dict: &Dict<'a>) -> Self {
        let composite = match dict.get::<Name<'_>>("Subtype").as_deref() {
            Some(b"Type0") => CompositeFont::new(dict),
            _ => CompositeFont::of_chinese_name(dict),
        };
        match composite {
            Some(font) => Self::Composite(Box::new(font)),
            None => Self::Simple(Box::new(SimpleFont::new(dict))),
        }
    }

    /// The font that is shown where a document names none: Helvetica.
    fn helvetica() -> Self {
        Self::Simple(Box::new(SimpleFont::new(&Dict::empty())))
    }

    /// The code that begins a string, and how many bytes it has, at least 1 and at most all.
    pub(super) fn next_code(&self, bytes: &[u8]) -> (u32, usize) {
        match self {
            Self::Simple(_) => (bytes.first().copied().map_or(0, u32::from), 1),
            Self::Composite(font) => font.next_code(bytes),
        }
    }

    /// The glyph of a code of so many bytes.
    pub(super) fn glyph(&self, code: u32, length: usize) -> FontGlyph {
        let (text, advance) = match self {
            Self::Simple(font) => font.glyph(u8::try_from(code).unwrap_or(0)),
            Self::Composite(font) => font.glyph(code),
        };
        FontGlyph {
            text,
            advance,
            is_word_space: code == 32 && length == 1,
        }
    }

    /// Whether the text runs downwards.
    pub(super) fn is_vertical(&self) -> bool {
        matches!(self, Self::Composite(font) if font.is_vertical())
    }
}

/// The fonts of a document, each read once, for all threads.
pub(super) struct Fonts<'a> {
    fonts: Mutex<HashMap<FontKey, Arc<OnceLock<Arc<Font<'a>>>>>>,
}

/// What tells fonts apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum FontKey {
    /// An object of its own.
    Object(ObjectIdentifier),
    /// The hash of a dictionary that stands inside another object.
    Direct(u64),
    /// The font that stands for one that is missing.
    Missing,
}

impl FontKey {
    /// The key of a dictionary that no reference led to.
    pub(super) fn direct(dict: &Dict<'_>) -> Self {
        let mut hasher = DefaultHasher::new();
        dict.data().hash(&mut hasher);
        Self::Direct(hasher.finish())
    }
}

impl<'a> Fonts<'a> {
    pub(super) fn new() -> Self {
        Self {
            fonts: Mutex::default(),
        }
    }

    /// The font with this key, whose dictionary is asked for if it is new; without one, the font that stands for a missing one.
    pub(super) fn get(&self, key: FontKey, dict: impl FnOnce() -> Option<Dict<'a>>) -> Arc<Font<'a>> {
        let slot = {
            let mut fonts = self.fonts.lock().unwrap_or_else(PoisonError::into_inner);
            fonts.entry(key).or_default().clone()
        };
        slot.get_or_init(|| Arc::new(dict().as_ref().map_or_else(Font::helvetica, Font::new)))
            .clone()
    }
}
