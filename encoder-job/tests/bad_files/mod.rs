//! Files made bad on purpose: what a decoder of documents must survive. The same in every run, and small on the disk.
//!
//! | file | makes |
//! |---|---|
//! | `damage.rs` | good files, cut, bent and shuffled |
//! | `references.rs` | tables of objects that lie, loop, or are missing |
//! | `lengths.rs` | streams whose lengths and object streams lie |
//! | `trees.rs` | trees of pages, bookmarks and names that are cyclic, deep or endless |
//! | `content.rs` | contents of pages: operators, numbers and nesting beyond sense |
//! | `recursion.rs` | forms, patterns and glyphs that draw themselves |
//! | `bombs.rs` | a few bytes that become very many, by each filter and by chains of them |
//! | `filters.rs` | filters that are broken, unknown, or set up nonsensically |
//! | `pictures.rs` | pictures of giant sizes, and pages that are nothing but a picture |
//! | `fonts.rs` | fonts with broken programs, widths and encodings |
//! | `cmaps.rs` | character maps that are broken, endless or huge |
//! | `encryption.rs` | files that open only with a password, or with none at all |
//! | `text.rs` | plain text and Markdown |
//! | `markup.rs` | HTML |
//! | `archives.rs` | ZIP archives, and the DOCX and EPUB in them |
//! | `disguised.rs` | files that are not what they say |
//!
//! and `draft.rs` (PDF), `pack.rs` (compression), `zip.rs` and `random.rs` are what they are made with.
#![allow(
    clippy::unwrap_used,
    reason = "what cannot be made here is a mistake of the tests"
)]

pub(crate) mod archives;
mod bombs;
mod cmaps;
mod content;
mod damage;
mod disguised;
mod draft;
mod encryption;
mod filters;
mod fonts;
mod lengths;
mod markup;
mod pack;
mod pictures;
mod random;
mod recursion;
mod references;
#[path = "../support/mod.rs"]
mod support;
mod text;
mod trees;
mod zip;

use random::Random;

/// A file that is bad in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadFile {
    /// In which way.
    pub(crate) kind: &'static str,
    /// A name of its own: the kind, a number, and what it says it is.
    pub(crate) name: String,
    /// The file.
    pub(crate) bytes: Vec<u8>,
    /// What must come of it.
    pub(crate) expected: Expected,
}

/// What must come of encoding a file. Whatever it is, it comes in time, in little memory, and in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// A result, or a refusal.
    Anything,
    /// A refusal for this reason.
    Refusal(&'static str),
    /// A result: it looks bad, and is not.
    Result,
    /// A refusal for any reason: there is nothing in it that could be read.
    AnyRefusal,
}

/// Takes files in and gives them names.
struct Collection {
    files: Vec<BadFile>,
    random: Random,
    /// How many bytes a bomb becomes.
    bomb_bytes: usize,
}

impl Collection {
    /// Takes a file of which anything may come.
    fn add(&mut self, kind: &'static str, extension: &str, bytes: Vec<u8>) {
        self.add_expecting(Expected::Anything, kind, extension, bytes);
    }

    /// Takes a PDF file of which anything may come.
    fn pdf(&mut self, kind: &'static str, bytes: Vec<u8>) {
        self.add(kind, "pdf", bytes);
    }

    fn add_expecting(&mut self, expected: Expected, kind: &'static str, extension: &str, bytes: Vec<u8>) {
        let number = self.files.iter().filter(|file| file.kind == kind).count() + 1;
        self.files.push(BadFile {
            kind,
            name: format!("{kind}-{number:02}.{extension}"),
            bytes,
            expected,
        });
    }
}

/// All of them; those that are bombs become so many bytes each, give or take a few.
pub(crate) fn all(bomb_bytes: usize) -> Vec<BadFile> {
    let mut collection = Collection {
        files: Vec::new(),
        random: Random::seeded(4),
        bomb_bytes,
    };
    for add_files in [
        damage::add,
        references::add,
        lengths::add,
        trees::add,
        content::add,
        recursion::add,
        bombs::add,
        filters::add,
        pictures::add,
        fonts::add,
        cmaps::add,
        encryption::add,
        text::add,
        markup::add,
        archives::add,
        disguised::add,
    ] {
        add_files(&mut collection);
    }
    collection.files
}
