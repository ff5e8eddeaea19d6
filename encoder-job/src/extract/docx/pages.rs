//! From a document's paragraphs and tables to pages of text.
//!
//! A page begins at a page break that somebody set and, where Word wrote the file, where Word had begun one when it last
//! laid the document out; then with the next paragraph or row, so that no sentence is cut in two. A file of another program
//! has only the breaks that somebody set.

use super::{
    footnotes::Footnotes,
    lists::{Label, Lists},
    paragraph::{BlockSink, NoteKind, PAGE_BREAK, Paragraph},
    styles::{Styles, heading},
};
use crate::extract::page_text::{FinishedText, PageText};

/// The pages of a document while it is read.
pub(super) struct Pages<'a> {
    styles: &'a Styles,
    lists: Lists,
    notes: Footnotes,
    /// Whether each section begins a page, in order.
    sections: Vec<bool>,
    /// How many sections have begun.
    sections_begun: usize,
    done: Vec<FinishedText>,
    page: PageText,
    /// Whether the next paragraph or row begins a page.
    break_waits: bool,
    tables: usize,
    /// A paragraph that goes on with the next.
    joined: Option<Paragraph>,
    /// The list that the last paragraph was an item of.
    last_list: Option<String>,
    has_inserted_file: bool,
}

impl<'a> Pages<'a> {
    pub(super) fn new(styles: &'a Styles, lists: Lists, notes: Footnotes, sections: Vec<bool>) -> Self {
        Self {
            styles,
            lists,
            notes,
            sections,
            sections_begun: 1,
            done: Vec::new(),
            page: PageText::default(),
            break_waits: false,
            tables: 0,
            joined: None,
            last_list: None,
            has_inserted_file: false,
        }
    }

    /// The pages, at least one, and whether something was inserted from another file.
    pub(super) fn finish(mut self) -> (Vec<FinishedText>, bool) {
        self.flush();
        while self.tables > 0 {
            self.end_table();
        }
        self.write_footnotes();
        let endnotes = self.notes.take(NoteKind::Endnote);
        self.write_notes(endnotes);
        if self.done.is_empty() || !self.page.is_empty() {
            self.end_page();
        }
        (self.done, self.has_inserted_file)
    }

    fn end_page(&mut self) {
        let page = std::mem::take(&mut self.page);
        self.done.push(page.finish());
        self.last_list = None;
    }

    /// Begins a page, unless this one has no text yet.
    fn begin_page(&mut self) {
        if !self.page.is_empty() {
            self.end_page();
        }
    }

    /// Writes the paragraph that waited for the next one.
    fn flush(&mut self) {
        if let Some(paragraph) = self.joined.take() {
            self.write(paragraph);
        }
    }

    fn write(&mut self, paragraph: Paragraph) {
        let style = self.styles.get(paragraph.style.as_deref());
        let page_break_before = paragraph.page_break_before.unwrap_or(style.page_break_before);
        if self.tables > 0 {
            self.break_waits |= paragraph.rendered_break.before;
        } else if std::mem::take(&mut self.break_waits)
            || page_break_before
            || paragraph.rendered_break.before
        {
            self.begin_page();
        }
        let place = paragraph.place.or(&style.place);
        let label = self.lists.count(&place);
        let outline = match paragraph.outline {
            Some(outline) => heading(Some(outline)),
            None => style.heading,
        };
        // A heading in a table's cell would tear the row apart.
        let level = outline.filter(|_| self.tables == 0);
        let text = self.notes.mark(&paragraph.text, &paragraph.notes);
        if paragraph.has_pictures {
            self.page.picture();
        }
        for (number, piece) in text.split(PAGE_BREAK).enumerate() {
            if number > 0 && self.tables == 0 {
                self.end_page();
            }
            self.break_waits |= number > 0 && self.tables > 0;
            let list = label.as_ref().zip(place.list.as_deref()).filter(|_| number == 0);
            self.write_piece(piece.trim(), list, level);
        }
        self.write_boxed(paragraph.boxed);
        if self.tables == 0 {
            self.write_footnotes();
        }
        self.break_waits |= paragraph.rendered_break.within;
        if paragraph.ends_section {
            self.break_waits |= self
                .sections
                .get(self.sections_begun)
                .copied()
                .unwrap_or_default();
            self.sections_begun += 1;
        }
    }

    /// Writes what stands between two page breaks of a paragraph.
    fn write_piece(&mut self, text: &str, list: Option<(&Label, &str)>, level: Option<u8>) {
        if text.is_empty() {
            // Rows are counted by items without text in their first cells.
            let number = list.filter(|(label, _)| self.tables > 0 && label.text != "-");
            if let Some((label, _)) = number.filter(|(label, _)| !label.text.is_empty()) {
                self.page.paragraph();
                self.page.push(&label.text);
            }
            return;
        }
        if let Some(level) = level {
            self.page.begin_heading(level);
            if let Some((label, _)) = list.filter(|(label, _)| label.text != "-") {
                self.page.push(&label.text);
                self.page.space();
            }
            self.page.push_preserved(text);
            self.page.end_heading();
            self.last_list = None;
            return;
        }
        match list {
            Some((label, _)) if label.text.is_empty() && self.last_list.is_some() => self.page.line(),
            Some((label, list)) => {
                // Another list at the same margin is another paragraph.
                if self
                    .last_list
                    .as_ref()
                    .is_some_and(|last| last == list || !label.indent.is_empty())
                {
                    self.page.line();
                } else {
                    self.page.paragraph();
                }
                if !label.text.is_empty() {
                    self.page.label(Some(format!("{}{} ", label.indent, label.text)));
                }
                self.last_list = Some(list.to_owned());
            }
            None => {
                self.page.paragraph();
                self.last_list = None;
            }
        }
        self.page.push_preserved(text);
        self.page.label(None);
    }

    /// Writes the text boxes that hang on a paragraph below it.
    fn write_boxed(&mut self, boxed: Vec<Paragraph>) {
        let mut joined: Option<Paragraph> = None;
        for mut paragraph in boxed {
            if let Some(first) = joined.take() {
                paragraph.join_after(first);
            }
            if paragraph.is_joined {
                joined = Some(paragraph);
            } else {
                self.write_in_box(paragraph);
            }
        }
        if let Some(last) = joined {
            self.write_in_box(last);
        }
    }

    fn write_in_box(&mut self, paragraph: Paragraph) {
        let place = paragraph
            .place
            .or(&self.styles.get(paragraph.style.as_deref()).place);
        let label = self.lists.count(&place);
        let text = self.notes.mark(&paragraph.text, &paragraph.notes);
        self.write_piece(text.trim(), label.as_ref().zip(place.list.as_deref()), None);
        self.write_boxed(paragraph.boxed);
    }

    /// Writes the footnotes that wait.
    fn write_footnotes(&mut self) {
        let notes = self.notes.take(NoteKind::Footnote);
        self.write_notes(notes);
    }

    fn write_notes(&mut self, notes: Vec<String>) {
        for note in notes {
            self.page.paragraph();
            self.page.push_preserved(note.trim());
            self.last_list = None;
        }
    }
}

impl BlockSink for Pages<'_> {
    fn paragraph(&mut self, mut paragraph: Paragraph) {
        if let Some(first) = self.joined.take() {
            paragraph.join_after(first);
        }
        if paragraph.is_joined {
            self.joined = Some(paragraph);
        } else {
            self.write(paragraph);
        }
    }

    fn begin_table(&mut self) {
        self.flush();
        if self.tables == 0 && std::mem::take(&mut self.break_waits) {
            self.begin_page();
        }
        self.tables += 1;
        self.page.begin_table();
    }

    fn end_table(&mut self) {
        self.flush();
        self.tables = self.tables.saturating_sub(1);
        self.page.end_table();
        self.last_list = None;
        if self.tables == 0 {
            self.write_footnotes();
        }
    }

    fn row(&mut self) {
        self.flush();
        if self.tables == 1 && std::mem::take(&mut self.break_waits) && !self.page.is_empty() {
            self.page.end_table();
            self.write_footnotes();
            self.end_page();
            self.page.begin_table();
        }
        self.page.row();
    }

    fn cell(&mut self) {
        self.flush();
        self.last_list = None;
        self.page.cell();
    }

    fn inserted_file(&mut self) {
        self.has_inserted_file = true;
    }
}
