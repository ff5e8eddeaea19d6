//! A paragraph while it is read.

use super::{
    fields::Field,
    paragraph::{PAGE_BREAK, Paragraph},
};

/// What stands right behind a word.
const AFTER_NO_SPACE: [char; 8] = ['.', ',', ';', ':', '!', '?', ')', ']'];

/// What separates a thing that is no text from the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    Space,
    Line,
}

/// A paragraph that is open.
#[derive(Debug, Default)]
pub(super) struct OpenParagraph {
    pub(super) paragraph: Paragraph,
    /// Whether it says itself what frame it is in, whatever its style says.
    pub(super) has_frame: bool,
    fields: Vec<Field>,
    /// What comes between what was read and the next text, if that does not begin with it.
    gap: Option<Gap>,
}

impl OpenParagraph {
    /// Whether no instruction of a field is being read.
    pub(super) fn is_visible(&self) -> bool {
        self.fields.iter().all(Field::shows_result)
    }

    /// Adds text.
    pub(super) fn push(&mut self, text: &str) {
        self.end_gap(text);
        self.paragraph.text.push_str(text);
    }

    /// Adds what stands for a thing that is no text, with these gaps before and after it.
    pub(super) fn push_apart(&mut self, text: &str, before: Option<Gap>, after: Option<Gap>) {
        self.gap = before.or(self.gap);
        self.push(text);
        self.gap = after;
    }

    /// Writes the gap before a text, unless there is one already or none is needed.
    fn end_gap(&mut self, text: &str) {
        let Some(gap) = self.gap.take() else { return };
        let written = &mut self.paragraph.text;
        if written.is_empty() {
            return;
        }
        match gap {
            Gap::Space => {
                let is_apart =
                    written.ends_with(char::is_whitespace) || text.starts_with(char::is_whitespace);
                if !is_apart && !text.starts_with(AFTER_NO_SPACE) {
                    written.push(' ');
                }
            }
            Gap::Line => {
                if !written.ends_with('\n') && !text.starts_with(['\n', PAGE_BREAK]) {
                    written.push('\n');
                }
            }
        }
    }

    /// Takes note of a part of the innermost field's instruction.
    pub(super) fn instruct(&mut self, text: &str) {
        if let Some(field) = self.fields.last_mut() {
            field.instruct(text);
        }
    }

    /// Takes note of a field's mark. It begins with its instruction and may go on with its result; one that goes on in the next
    /// paragraph does so with its result. Returns what is shown of a field that ends without one.
    pub(super) fn field(&mut self, kind: Option<&str>) -> Option<char> {
        match kind {
            Some("begin") => self.fields.push(Field::default()),
            Some("separate") => {
                if let Some(field) = self.fields.last_mut() {
                    field.separate();
                }
            }
            Some("end") => return self.fields.pop()?.shown_without_result(),
            _ => {}
        }
        None
    }
}
