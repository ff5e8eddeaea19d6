//! Footnotes and endnotes: their texts, and the marks by which a text refers to them.

use std::collections::HashMap;

use super::paragraph::{BlockSink, NoteKind, NoteReference, Paragraph};
use crate::extract::list_label::Counting;

/// The notes of a document.
#[derive(Debug, Default)]
pub(super) struct Footnotes {
    /// The texts, each until it is referred to.
    texts: HashMap<(NoteKind, String), String>,
    /// The marks of the notes that were referred to.
    marks: HashMap<(NoteKind, String), String>,
    count: u32,
    endnotes: u32,
    /// Footnotes that were referred to and not written yet.
    waiting: Vec<String>,
    waiting_endnotes: Vec<String>,
}

impl Footnotes {
    /// A text with the marks of the notes it refers to; the notes wait to be written.
    pub(super) fn mark(&mut self, text: &str, references: &[NoteReference]) -> String {
        let mut marked = String::with_capacity(text.len());
        let mut written = 0;
        for reference in references {
            marked.push_str(&text[written..reference.at]);
            written = reference.at;
            let mark = self.mark_of(reference);
            if !reference.has_mark {
                marked.push_str(&mark);
            }
        }
        marked.push_str(&text[written..]);
        marked
    }

    /// The notes of one kind that wait to be written.
    pub(super) fn take(&mut self, kind: NoteKind) -> Vec<String> {
        std::mem::take(match kind {
            NoteKind::Footnote => &mut self.waiting,
            NoteKind::Endnote => &mut self.waiting_endnotes,
        })
    }

    /// The mark of a note: footnotes have numbers, endnotes small Roman ones, as Word has it.
    fn mark_of(&mut self, reference: &NoteReference) -> String {
        let key = (reference.kind, reference.id.clone());
        if let Some(mark) = self.marks.get(&key) {
            return mark.clone();
        }
        let (count, counting, waiting) = match reference.kind {
            NoteKind::Footnote => (&mut self.count, Counting::Decimal, &mut self.waiting),
            NoteKind::Endnote => (
                &mut self.endnotes,
                Counting::LowerRoman,
                &mut self.waiting_endnotes,
            ),
        };
        let mut mark = String::new();
        if !reference.has_mark {
            *count += 1;
            mark = format!("[{}]", counting.write(*count));
        }
        if let Some(text) = self.texts.remove(&key) {
            waiting.push(format!("{mark} {}", text.trim()));
        }
        self.marks.insert(key, mark.clone());
        mark
    }
}

/// Collects the notes of one kind.
pub(super) struct NoteCollector<'a> {
    kind: NoteKind,
    notes: &'a mut Footnotes,
    /// The note being read; `None` for what is no note's text.
    current: Option<String>,
}

impl<'a> NoteCollector<'a> {
    pub(super) fn new(kind: NoteKind, notes: &'a mut Footnotes) -> Self {
        Self {
            kind,
            notes,
            current: None,
        }
    }

    fn add(&mut self, paragraph: &Paragraph) {
        if let Some(id) = &self.current {
            let text = self.notes.texts.entry((self.kind, id.clone())).or_default();
            text.push_str(paragraph.text.trim());
            text.push('\n');
            for boxed in &paragraph.boxed {
                self.add(boxed);
            }
        }
    }
}

impl BlockSink for NoteCollector<'_> {
    fn paragraph(&mut self, paragraph: Paragraph) {
        self.add(&paragraph);
    }

    fn note(&mut self, id: &str, is_text: bool) {
        self.current = is_text.then(|| id.to_owned());
    }
}
