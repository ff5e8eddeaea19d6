//! From XML to paragraphs: what of it a reader sees.

use super::{
    drawings::Drawings,
    math::Equation,
    on,
    paragraph::{NoteKind, NoteReference, PAGE_BREAK, Paragraph, Story},
    symbols::{RunFonts, sign},
};
use crate::extract::xml::{Attributes, Handler};

/// What stands right behind a word.
const AFTER_NO_SPACE: [char; 8] = ['.', ',', ';', ':', '!', '?', ')', ']'];

/// What an open field shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    /// Its instruction, which nobody sees.
    Instruction,
    Result,
}

/// A paragraph that is open.
#[derive(Default)]
struct Open {
    paragraph: Paragraph,
    fields: Vec<Field>,
    /// What comes between what was read and the next text, if that does not begin with it.
    gap: Option<Gap>,
}

/// What separates a thing that is no text from the text around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gap {
    Space,
    Line,
}

impl Open {
    fn is_visible(&self) -> bool {
        !self.fields.contains(&Field::Instruction)
    }

    /// Writes the gap before a text, unless there is one already or none is needed.
    fn end_gap(&mut self, text: &str) {
        let Some(gap) = self.gap.take() else { return };
        let written = &mut self.paragraph.text;
        let is_apart = written.is_empty()
            || written.ends_with(char::is_whitespace)
            || text.starts_with(char::is_whitespace);
        match gap {
            Gap::Space if !is_apart && !text.starts_with(AFTER_NO_SPACE) => written.push(' '),
            Gap::Line
                if !written.is_empty()
                    && !written.ends_with('\n')
                    && !text.starts_with(['\n', PAGE_BREAK]) =>
            {
                written.push('\n');
            }
            Gap::Space | Gap::Line => {}
        }
    }
}

/// Reads the XML of a part into a story.
pub(super) struct Reader<'a, S> {
    story: &'a mut S,
    /// The open paragraphs: a text box inside of one holds others.
    open: Vec<Open>,
    /// How many elements deep something that nobody sees is being read.
    left_out: usize,
    /// How many properties of paragraphs, of runs, and of rows and cells are open.
    paragraph_properties: usize,
    run_properties: usize,
    part_properties: usize,
    /// Whether the current run is hidden, and its fonts.
    is_hidden: bool,
    fonts: RunFonts,
    is_text: bool,
    /// For each open choice between contents of one meaning, whether one was taken.
    choices: Vec<bool>,
    /// The open rows and cells of tables, outside of text boxes. What they are like stands in them, before what they hold.
    table_parts: Vec<TablePart>,
    drawings: Drawings,
    /// The equation being read, and whether it stands on lines of its own.
    equation: Option<Equation>,
    is_display: bool,
}

/// A row or a cell.
struct TablePart {
    is_row: bool,
    /// Whether the story has been told of it.
    has_begun: bool,
    /// Whether it was deleted, and the deletion is only tracked.
    is_deleted: bool,
}

impl<'a, S: Story> Reader<'a, S> {
    pub(super) fn new(story: &'a mut S) -> Self {
        Self {
            story,
            open: Vec::new(),
            left_out: 0,
            paragraph_properties: 0,
            run_properties: 0,
            part_properties: 0,
            is_hidden: false,
            fonts: RunFonts::default(),
            is_text: false,
            choices: Vec::new(),
            table_parts: Vec::new(),
            drawings: Drawings::default(),
            equation: None,
            is_display: false,
        }
    }

    fn end_equation(&mut self) {
        let Some(equation) = self.equation.take() else {
            return;
        };
        let written = equation.finish();
        let text = written.trim().to_owned();
        if text.is_empty() {
            return;
        }
        if self.open.is_empty() {
            self.story.paragraph(Paragraph {
                text,
                ..Paragraph::default()
            });
        } else if self.is_display || text.contains('\n') {
            self.push_apart(&text, Some(Gap::Line), Some(Gap::Line));
        } else {
            let space = |is_there: bool| is_there.then_some(Gap::Space);
            let (before, after) = (written.starts_with(' '), written.ends_with(' '));
            self.push_apart(&text, space(before), space(after));
        }
    }

    /// Takes note of what an element says of the row or cell it stands in. Returns whether it is part of one that was deleted.
    fn is_in_deleted_part(&mut self, name: &str) -> bool {
        if !self.open.is_empty() {
            return false;
        }
        let Some(part) = self.table_parts.last_mut() else {
            return false;
        };
        match name {
            "trPr" | "tblPrEx" | "tcPr" => false,
            _ if part.is_deleted => true,
            _ => {
                if !std::mem::replace(&mut part.has_begun, true) {
                    if part.is_row {
                        self.story.row();
                    } else {
                        self.story.cell();
                    }
                }
                false
            }
        }
    }

    fn begin_table_part(&mut self, is_row: bool) {
        self.table_parts.push(TablePart {
            is_row,
            has_begun: false,
            is_deleted: false,
        });
    }

    /// Ends a row or a cell; one that held nothing begins first.
    fn end_table_part(&mut self) {
        self.is_in_deleted_part("");
        self.table_parts.pop();
    }

    /// Hands on what is still open where the XML ended too early.
    pub(super) fn finish(mut self) {
        self.end_equation();
        while !self.open.is_empty() {
            self.end_paragraph();
        }
    }

    fn end_paragraph(&mut self) {
        let Some(open) = self.open.pop() else { return };
        match self.open.last_mut() {
            Some(outer) => outer.paragraph.boxed.push(open.paragraph),
            None => self.story.paragraph(open.paragraph),
        }
    }

    /// Adds to the current paragraph what a reader sees.
    fn push(&mut self, text: &str) {
        if let Some(open) = self.open.last_mut()
            && !self.is_hidden
            && open.is_visible()
        {
            open.end_gap(text);
            open.paragraph.text.push_str(text);
        }
    }

    /// Adds what stands for a thing that is no text, with these gaps before and after it.
    fn push_apart(&mut self, text: &str, before: Option<Gap>, after: Option<Gap>) {
        if let Some(open) = self.open.last_mut()
            && !self.is_hidden
            && open.is_visible()
        {
            open.gap = before.or(open.gap);
            open.end_gap(text);
            open.paragraph.text.push_str(text);
            open.gap = after;
        }
    }

    fn start_in_paragraph_properties(&mut self, name: &str, attributes: &Attributes<'_>) {
        let value = || attributes.owned("val");
        let Some(Open { paragraph, .. }) = self.open.last_mut() else {
            return;
        };
        match name {
            "pStyle" => paragraph.style = value(),
            "numId" => paragraph.place.list = value(),
            "ilvl" => paragraph.place.level = value().and_then(|level| level.parse().ok()),
            "outlineLvl" => paragraph.outline = value().and_then(|level| level.parse().ok()),
            "pageBreakBefore" => paragraph.page_break_before = Some(on(value().as_deref())),
            "sectPr" => paragraph.ends_section = true,
            "del" | "moveFrom" => paragraph.is_joined = true,
            // The letters that begin the next paragraph, larger and in a frame of their own.
            "framePr" if attributes.get("dropCap").is_some_and(|kind| kind != "none") => {
                paragraph.is_joined = true;
            }
            _ => {}
        }
    }

    fn start_in_run(&mut self, name: &str, attributes: &Attributes<'_>) {
        match name {
            "t" => self.is_text = true,
            "tab" | "ptab" => self.push("\t"),
            "br" if attributes.get("type").is_some_and(|kind| kind == "page") => {
                // In a text box it means nothing.
                let is_outermost = self.open.len() == 1;
                self.push(if is_outermost { "\u{c}" } else { "\n" });
            }
            "br" | "cr" => self.push("\n"),
            "noBreakHyphen" => self.push("-"),
            "sym" => {
                let code = attributes
                    .get("char")
                    .and_then(|code| u32::from_str_radix(&code, 16).ok());
                if let Some(code) = code {
                    let sign = sign(attributes.get("font").as_deref(), code);
                    self.push(sign.encode_utf8(&mut [0; 4]));
                }
            }
            "lastRenderedPageBreak" => {
                if let Some(Open { paragraph, .. }) = self.open.last_mut() {
                    let is_before = paragraph.text.trim().is_empty();
                    paragraph.rendered_break.before |= is_before;
                    paragraph.rendered_break.within |= !is_before;
                }
            }
            // A drawing of today's Word, and of its predecessors.
            "blip" | "imagedata" => {
                if let Some(Open { paragraph, .. }) = self.open.last_mut() {
                    paragraph.has_pictures = true;
                }
            }
            "footnoteReference" => self.note(NoteKind::Footnote, attributes),
            "endnoteReference" => self.note(NoteKind::Endnote, attributes),
            "fldChar" => self.field(attributes.get("fldCharType").as_deref()),
            _ => {}
        }
    }

    fn note(&mut self, kind: NoteKind, attributes: &Attributes<'_>) {
        if let Some(open) = self.open.last_mut()
            && !self.is_hidden
            && open.is_visible()
            && let Some(id) = attributes.get("id")
        {
            let at = open.paragraph.text.len();
            open.paragraph.notes.push(NoteReference {
                kind,
                id: id.into_owned(),
                at,
                has_mark: attributes
                    .get("customMarkFollows")
                    .is_some_and(|value| on(Some(&value))),
            });
        }
    }

    /// A field begins with its instruction and may go on with its result. One that goes on in the next paragraph does so with its result.
    fn field(&mut self, kind: Option<&str>) {
        let Some(Open { fields, .. }) = self.open.last_mut() else {
            return;
        };
        match kind {
            Some("begin") => fields.push(Field::Instruction),
            Some("separate") => {
                if let Some(field) = fields.last_mut() {
                    *field = Field::Result;
                }
            }
            Some("end") => {
                fields.pop();
            }
            _ => {}
        }
    }
}

/// Whether nobody sees what an element of this name holds.
fn is_left_out(name: &str) -> bool {
    matches!(
        name,
        "del"
            | "moveFrom"
            | "instrText"
            | "delText"
            | "delInstrText"
            | "rt"
            | "tabs"
            | "sdtPr"
            | "tblPr"
            | "tblGrid"
            | "tblPrEx"
            | "trPrChange"
            | "tcPrChange"
            | "pPrChange"
            | "rPrChange"
            | "sectPrChange"
            | "numberingChange"
    )
}

impl<S: Story> Handler for Reader<'_, S> {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        if self.left_out > 0 {
            self.left_out += 1;
            return;
        }
        if let Some(equation) = &mut self.equation
            && !is_left_out(name)
        {
            equation.start(name, attributes);
            return;
        }
        let in_properties = self.paragraph_properties > 0;
        let is_property = in_properties || self.part_properties > 0;
        if is_left_out(name) && !(is_property && matches!(name, "del" | "moveFrom")) {
            self.left_out = 1;
            return;
        }
        if self.part_properties == 0 && self.is_in_deleted_part(name) {
            self.left_out = 1;
            return;
        }
        match name {
            "trPr" | "tcPr" => self.part_properties += 1,
            _ if self.part_properties > 0 => {
                if let Some(part) = self.table_parts.last_mut() {
                    part.is_deleted |= matches!((name, part.is_row), ("del", true) | ("cellDel", false));
                }
            }
            "pPr" => self.paragraph_properties += 1,
            "rPr" => self.run_properties += 1,
            _ if in_properties => self.start_in_paragraph_properties(name, attributes),
            "vanish" if self.run_properties > 0 => self.is_hidden = on(attributes.get("val").as_deref()),
            "rFonts" if self.run_properties > 0 => self.fonts = RunFonts::of(attributes),
            _ if self.run_properties > 0 => {}
            "p" => self.open.push(Open::default()),
            "r" => (self.is_hidden, self.fonts) = (false, RunFonts::default()),
            "AlternateContent" => self.choices.push(false),
            "Choice" | "Fallback" => match self.choices.last_mut() {
                Some(is_taken @ false) => *is_taken = true,
                Some(true) => self.left_out = 1,
                None => {}
            },
            "oMathPara" => self.is_display = true,
            "oMath" => self.equation = Some(Equation::default()),
            "altChunk" => self.story.inserted_file(),
            "footnote" | "endnote" if self.open.is_empty() => {
                let is_text = attributes.get("type").is_none_or(|kind| kind == "normal");
                self.story
                    .note(&attributes.get("id").unwrap_or_default(), is_text);
            }
            "tbl" if self.open.is_empty() => self.story.begin_table(),
            "tr" if self.open.is_empty() => self.begin_table_part(true),
            "tc" if self.open.is_empty() => self.begin_table_part(false),
            _ if self.drawings.start(name, attributes) => {}
            _ => self.start_in_run(name, attributes),
        }
    }

    fn end(&mut self, name: &str) {
        if self.left_out > 0 {
            self.left_out -= 1;
            return;
        }
        if name == "oMath" {
            self.end_equation();
            return;
        }
        if let Some(equation) = &mut self.equation {
            equation.end(name);
            return;
        }
        match name {
            "oMathPara" => self.is_display = false,
            "trPr" | "tcPr" => self.part_properties = self.part_properties.saturating_sub(1),
            _ if self.part_properties > 0 => {}
            "tr" | "tc" if self.open.is_empty() => self.end_table_part(),
            "pPr" => self.paragraph_properties = self.paragraph_properties.saturating_sub(1),
            "rPr" => self.run_properties = self.run_properties.saturating_sub(1),
            _ if self.paragraph_properties > 0 => {}
            "p" => self.end_paragraph(),
            "r" => (self.is_hidden, self.fonts) = (false, RunFonts::default()),
            "t" => self.is_text = false,
            "AlternateContent" => {
                self.choices.pop();
            }
            "tbl" if self.open.is_empty() => self.story.end_table(),
            _ => {
                if let Some(text) = self.drawings.end(name) {
                    self.push_apart(&text, Some(Gap::Space), Some(Gap::Space));
                }
            }
        }
    }

    fn text(&mut self, text: &str) {
        if self.left_out > 0 {
            return;
        }
        if let Some(equation) = &mut self.equation {
            equation.text(text);
        } else if self.is_text {
            self.push(&self.fonts.shown(text));
        }
    }
}
