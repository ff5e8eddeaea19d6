//! What a document consists of as it is written: paragraphs, tables and notes.

use super::styles::ListPlace;

/// Stands in a paragraph's text for a page break. No other can be there, as XML has no form feed.
pub(super) const PAGE_BREAK: char = '\u{c}';

/// A paragraph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Paragraph {
    /// With `\n` for a line break and [`PAGE_BREAK`] for a page break.
    pub(super) text: String,
    pub(super) style: Option<String>,
    pub(super) outline: Option<u8>,
    pub(super) place: ListPlace,
    /// Whether it begins a page; `None` where its style decides.
    pub(super) page_break_before: Option<bool>,
    pub(super) rendered_break: RenderedBreak,
    /// Whether it goes on with the next one, as its end was deleted or it is the first letter of that one.
    pub(super) is_joined: bool,
    /// Whether a section ends with it.
    pub(super) ends_section: bool,
    /// Paragraphs of the text boxes that hang on it.
    pub(super) boxed: Vec<Self>,
    /// Notes it refers to, in order.
    pub(super) notes: Vec<NoteReference>,
    /// Whether pictures stand in it.
    pub(super) has_pictures: bool,
}

impl Paragraph {
    /// Puts what the paragraph before says in front of this one, which goes on with it.
    pub(super) fn join_after(&mut self, mut first: Self) {
        let shift = first.text.len();
        for note in &mut self.notes {
            note.at += shift;
        }
        // What is joined may be very long already: this one is added to it, so that a chain of many takes no longer than it is.
        first.text.push_str(&self.text);
        first.notes.append(&mut self.notes);
        first.boxed.append(&mut self.boxed);
        (self.text, self.notes, self.boxed) = (first.text, first.notes, first.boxed);
        self.has_pictures |= first.has_pictures;
        self.rendered_break.before |= first.rendered_break.before;
        self.rendered_break.within |= first.rendered_break.within;
    }
}

/// Where pages began when a program last laid a paragraph out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RenderedBreak {
    /// Before its text.
    pub(super) before: bool,
    /// Within its text.
    pub(super) within: bool,
}

/// A reference to a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NoteReference {
    pub(super) kind: NoteKind,
    pub(super) id: String,
    /// Where the reference stands in the paragraph's text, in bytes.
    pub(super) at: usize,
    /// Whether the mark is written out in the text.
    pub(super) has_mark: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum NoteKind {
    Footnote,
    Endnote,
}

/// Takes what a part of a document consists of, in order.
pub(super) trait BlockSink {
    fn paragraph(&mut self, paragraph: Paragraph);
    fn begin_table(&mut self) {}
    fn end_table(&mut self) {}
    fn row(&mut self) {}
    fn cell(&mut self) {}
    /// A note begins; `is_text` is false for the lines that separate notes from a page's text.
    fn note(&mut self, _id: &str, _is_text: bool) {}
    /// Something was inserted from another file, which is not read.
    fn inserted_file(&mut self) {}
}
