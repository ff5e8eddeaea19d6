//! From tags and texts to the text of a page: what each element means for it.

mod counting;
mod math;
mod open_ended;
mod visitor;

use std::collections::HashSet;

use super::{elements::Element, tokens::Attributes};
use crate::extract::{
    list_label::{Counting, indent},
    page_text::{FinishedText, PageText, TextHeading, title},
};
use counting::counting;
use math::MathLine;
use visitor::LeftOut;

/// The text of an HTML document.
#[derive(Debug, Default)]
pub(in super::super) struct HtmlPage {
    pub(in super::super) text: String,
    /// From `h1` to `h6`.
    pub(in super::super) headings: Vec<TextHeading>,
    /// Where the places asked for are, in characters.
    pub(in super::super) anchors: Vec<(String, usize)>,
    /// What `<title>` says; empty where it says nothing.
    pub(in super::super) title: String,
    /// Whether there are pictures.
    pub(in super::super) has_pictures: bool,
}

impl HtmlPage {
    /// The headings; the title comes first, at the page's beginning, where there is none of the first level.
    pub(in super::super) fn headings_with_title(&self) -> Vec<TextHeading> {
        let has_first_level = self.headings.iter().any(|heading| heading.level == 1);
        let title = (!has_first_level && !self.title.is_empty()).then(|| TextHeading {
            level: 1,
            title: self.title.clone(),
            offset: 0,
        });
        title.into_iter().chain(self.headings.iter().cloned()).collect()
    }
}

/// A list that is open.
struct List {
    /// The number of the last item; `None` where they have bullets.
    last: Option<u32>,
    counting: Counting,
}

/// How far the document's title was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TitleState {
    Expected,
    Reading,
    Read,
}

/// What tells that a text is the mark of a note.
#[derive(Clone, Copy, Debug, Default)]
struct MarkState {
    /// It is a link.
    is_link: bool,
    is_superscript: bool,
    /// The document says so.
    is_named: bool,
}

/// Takes a document's tags and texts.
pub(super) struct PageReader<'a> {
    wanted_anchors: &'a HashSet<String>,
    is_xml: bool,
    page: PageText,
    title: String,
    title_state: TitleState,
    left_out: Option<LeftOut>,
    /// How many roots of SVG or `MathML` are open.
    foreign: usize,
    /// The equation that is open.
    math: Option<MathLine>,
    /// How many elements are open whose spaces count.
    preformatted: usize,
    lists: Vec<List>,
    /// For each open table, how many lists were open where it began: they are none of its cells' business.
    tables: Vec<usize>,
    /// Whether a start tag was seen.
    has_begun: bool,
    marks: MarkState,
    /// Whether a paragraph (`p`) is open.
    is_in_paragraph: bool,
}

impl<'a> PageReader<'a> {
    pub(super) fn new(wanted_anchors: &'a HashSet<String>, is_xml: bool) -> Self {
        Self {
            wanted_anchors,
            is_xml,
            page: PageText::default(),
            title: String::new(),
            title_state: TitleState::Expected,
            left_out: None,
            foreign: 0,
            math: None,
            preformatted: 0,
            lists: Vec::new(),
            tables: Vec::new(),
            has_begun: false,
            marks: MarkState::default(),
            is_in_paragraph: false,
        }
    }

    pub(super) fn finish(mut self) -> HtmlPage {
        self.end_math();
        let FinishedText {
            text,
            headings,
            anchors,
            has_pictures,
        } = self.page.finish();
        let mut cleaned = PageText::default();
        cleaned.push(&self.title);
        HtmlPage {
            text,
            headings,
            anchors,
            title: title(&cleaned.finish().text),
            has_pictures,
        }
    }

    fn begin(&mut self, element: Element, attributes: &Attributes) {
        self.end_marks(element);
        match element {
            Element::Title => self.title_state = TitleState::Reading,
            Element::Inline | Element::Hidden(_) | Element::RubyText => {}
            Element::Line => self.page.line(),
            Element::Paragraph => self.page.paragraph(),
            Element::Heading(level) => self.page.begin_heading(level),
            Element::NumberedList | Element::BulletedList => {
                self.page.end_heading();
                self.between_lists();
                let is_numbered = element == Element::NumberedList;
                let first = attributes
                    .get("start")
                    .and_then(|start| start.trim().parse().ok());
                self.lists.push(List {
                    last: is_numbered.then(|| first.unwrap_or(1_u32).saturating_sub(1)),
                    counting: counting(attributes),
                });
            }
            Element::Item => self.item(attributes),
            Element::Table => {
                self.tables.push(self.lists.len());
                self.page.begin_table();
                if ["presentation", "none"]
                    .iter()
                    .any(|role| attributes.has_word("role", role))
                {
                    self.page.lay_out_table();
                }
            }
            Element::Row => {
                self.close_lists_of_cell();
                if self.tables.is_empty() {
                    self.page.line();
                } else {
                    self.page.row();
                }
            }
            Element::Cell => {
                self.close_lists_of_cell();
                if self.tables.is_empty() {
                    self.page.line();
                } else {
                    self.page.cell();
                }
            }
            Element::Preformatted => {
                self.page.paragraph();
                self.preformatted += 1;
            }
            Element::LineBreak => self.page.line_break(),
            Element::Image => {
                self.page.picture();
                if let Some(text) = attributes.get("alt").filter(|text| !text.trim().is_empty()) {
                    self.page.space();
                    self.page.push(text);
                    self.page.space();
                }
            }
            Element::Quotation => self.page.push("\u{201c}"),
            Element::Math => self.begin_math(attributes),
            Element::Foreign => {
                self.foreign += 1;
                self.page.space();
            }
        }
    }

    fn finish_element(&mut self, element: Element) {
        self.end_marks(element);
        match element {
            Element::Inline
            | Element::Hidden(_)
            | Element::RubyText
            | Element::LineBreak
            | Element::Image
            // Rows and cells end where the next begin.
            | Element::Row
            | Element::Cell => {}
            Element::Title if self.title.trim().is_empty() => self.title_state = TitleState::Expected,
            Element::Title => self.title_state = TitleState::Read,
            Element::Line => self.page.line(),
            Element::Paragraph => self.page.paragraph(),
            Element::Heading(_) => self.page.end_heading(),
            Element::NumberedList | Element::BulletedList => {
                let outside = self.tables.last().copied().unwrap_or_default();
                if self.lists.len() > outside {
                    self.lists.pop();
                }
                self.page.label(None);
                self.between_lists();
            }
            Element::Item => {
                self.page.label(None);
                self.page.line();
            }
            Element::Table => {
                self.close_lists_of_cell();
                if self.tables.pop().is_some() {
                    self.page.end_table();
                }
            }
            Element::Preformatted => {
                self.preformatted = self.preformatted.saturating_sub(1);
                self.page.paragraph();
            }
            Element::Quotation => self.page.push("\u{201d}"),
            Element::Math => self.foreign = self.foreign.saturating_sub(1),
            Element::Foreign => {
                self.foreign = self.foreign.saturating_sub(1);
                self.page.space();
            }
        }
    }

    /// An equation begins. It is written when it ends.
    fn begin_math(&mut self, attributes: &Attributes) {
        self.foreign += 1;
        match &mut self.math {
            Some(math) => math.start("math"),
            None => self.math = Some(MathLine::new(attributes.has_word("display", "block"))),
        }
    }

    /// Writes the equation that was open, if there was one.
    fn end_math(&mut self) {
        let Some(math) = self.math.take() else { return };
        let is_block = math.is_block;
        if is_block {
            self.page.line();
        }
        self.page.push(&math.finish());
        if is_block {
            self.page.line();
        }
    }

    /// The mark of a note that was left open ends with its block.
    fn end_marks(&mut self, element: Element) {
        if element != Element::Inline {
            self.marks = MarkState::default();
        }
    }

    /// A list inside another begins a line, any other a paragraph.
    fn between_lists(&mut self) {
        if self.lists.is_empty() {
            self.page.paragraph();
        } else {
            self.page.line();
        }
    }

    fn item(&mut self, attributes: &Attributes) {
        self.page.line();
        let level = self.lists.len().saturating_sub(1);
        let label = match self.lists.last_mut() {
            Some(List {
                last: Some(last),
                counting,
            }) => {
                let own = attributes
                    .get("value")
                    .and_then(|value| value.trim().parse().ok());
                *last = own.unwrap_or_else(|| last.saturating_add(1));
                format!("{}{}. ", indent(level), counting.write(*last))
            }
            _ => format!("{}- ", indent(level)),
        };
        self.page.label(Some(label));
    }

    /// What a cell left open ends with it.
    fn close_lists_of_cell(&mut self) {
        if let Some(&outside) = self.tables.last() {
            self.lists.truncate(outside);
        }
    }
}
