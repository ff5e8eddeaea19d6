//! From XML to paragraphs: what of it a reader sees.

use super::{
    drawings::Drawings,
    math::Equation,
    on,
    open_paragraph::{Gap, OpenParagraph},
    paragraph::{BlockSink, NoteKind, NoteReference, Paragraph},
    styles::{Styles, is_drop_cap},
    symbols::{RunFonts, sign},
    table_parts::{Meaning, Part, TableParts},
};
use crate::extract::xml::{Attributes, Handler};

/// What the characters are that are being read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Characters {
    /// Whitespace between elements.
    #[default]
    Nothing,
    Text,
    /// The instruction of a field.
    Instruction,
}

/// Reads the XML of a part into a story.
pub(super) struct Reader<'a, S> {
    story: &'a mut S,
    styles: &'a Styles,
    /// The open paragraphs: a text box inside of one holds others.
    open: Vec<OpenParagraph>,
    /// How many elements deep something that nobody sees is being read.
    left_out: usize,
    /// How many properties of paragraphs, of runs, and of rows and cells are open.
    paragraph_properties: usize,
    run_properties: usize,
    part_properties: usize,
    /// Whether the current run is hidden, and its fonts.
    is_hidden: bool,
    fonts: RunFonts,
    run_style: Option<String>,
    characters: Characters,
    /// For each open choice between contents of one meaning, whether one was taken.
    choices: Vec<bool>,
    table_parts: TableParts,
    drawings: Drawings,
    /// The equation being read, and whether it stands on lines of its own.
    equation: Option<Equation>,
    is_display: bool,
}

impl<'a, S: BlockSink> Reader<'a, S> {
    pub(super) fn new(story: &'a mut S, styles: &'a Styles) -> Self {
        Self {
            story,
            styles,
            open: Vec::new(),
            left_out: 0,
            paragraph_properties: 0,
            run_properties: 0,
            part_properties: 0,
            is_hidden: false,
            fonts: RunFonts::default(),
            run_style: None,
            characters: Characters::default(),
            choices: Vec::new(),
            table_parts: TableParts::default(),
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

    /// Takes note of what an element means for the row or cell it stands in. Returns whether that was deleted.
    fn is_deleted(&mut self, meaning: Meaning) -> bool {
        match meaning {
            Meaning::Begins(Part::Row) => self.story.row(),
            Meaning::Begins(Part::Cell) => self.story.cell(),
            Meaning::Nothing | Meaning::Deleted => {}
        }
        meaning == Meaning::Deleted
    }

    /// Hands on what is still open where the XML ended too early.
    pub(super) fn finish(mut self) {
        self.end_equation();
        while !self.open.is_empty() {
            self.end_paragraph();
        }
    }

    /// What a run says of itself ends with it.
    fn begin_run(&mut self) {
        (self.is_hidden, self.fonts, self.run_style) = (false, RunFonts::default(), None);
    }

    fn end_paragraph(&mut self) {
        let Some(mut open) = self.open.pop() else { return };
        if !open.has_frame {
            let style = self.styles.get(open.paragraph.style.as_deref());
            open.paragraph.is_joined |= style.is_drop_cap;
        }
        match self.open.last_mut() {
            Some(outer) => outer.paragraph.boxed.push(open.paragraph),
            None => self.story.paragraph(open.paragraph),
        }
    }

    /// The current paragraph, if a reader sees what is added to it.
    fn visible(&mut self) -> Option<&mut OpenParagraph> {
        let is_hidden = self.is_hidden;
        self.open
            .last_mut()
            .filter(|open| !is_hidden && open.is_visible())
    }

    /// Adds to the current paragraph what a reader sees.
    fn push(&mut self, text: &str) {
        if let Some(open) = self.visible() {
            open.push(text);
        }
    }

    fn push_apart(&mut self, text: &str, before: Option<Gap>, after: Option<Gap>) {
        if let Some(open) = self.visible() {
            open.push_apart(text, before, after);
        }
    }

    fn start_in_paragraph_properties(&mut self, name: &str, attributes: &Attributes<'_>) {
        let value = || attributes.owned("val");
        let Some(OpenParagraph {
            paragraph, has_frame, ..
        }) = self.open.last_mut()
        else {
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
            "framePr" => {
                *has_frame = true;
                paragraph.is_joined |= is_drop_cap(attributes);
            }
            _ => {}
        }
    }

    fn start_in_run(&mut self, name: &str, attributes: &Attributes<'_>) {
        match name {
            "t" => self.characters = Characters::Text,
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
                if let Some(OpenParagraph { paragraph, .. }) = self.open.last_mut() {
                    let is_before = paragraph.text.trim().is_empty();
                    paragraph.rendered_break.before |= is_before;
                    paragraph.rendered_break.within |= !is_before;
                }
            }
            // A drawing of today's Word, and of its predecessors.
            "blip" | "imagedata" => {
                if let Some(OpenParagraph { paragraph, .. }) = self.open.last_mut() {
                    paragraph.has_pictures = true;
                }
            }
            "footnoteReference" => self.note(NoteKind::Footnote, attributes),
            "endnoteReference" => self.note(NoteKind::Endnote, attributes),
            "instrText" => self.characters = Characters::Instruction,
            "fldChar" => {
                let kind = attributes.get("fldCharType");
                let open = self.open.last_mut();
                let sign = open.and_then(|open| open.field(kind.as_deref()));
                if let Some(sign) = sign {
                    self.push(sign.encode_utf8(&mut [0; 4]));
                }
            }
            _ => {}
        }
    }

    fn note(&mut self, kind: NoteKind, attributes: &Attributes<'_>) {
        if let Some(open) = self.visible()
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
}

/// Whether nobody sees what an element of this name holds.
fn is_left_out(name: &str) -> bool {
    matches!(
        name,
        "del"
            | "moveFrom"
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

impl<S: BlockSink> Handler for Reader<'_, S> {
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
        if self.part_properties == 0 && self.open.is_empty() {
            let meaning = self.table_parts.meet(name);
            if self.is_deleted(meaning) {
                self.left_out = 1;
                return;
            }
        }
        match name {
            "trPr" | "tcPr" => self.part_properties += 1,
            _ if self.part_properties > 0 => self.table_parts.property(name),
            "pPr" => self.paragraph_properties += 1,
            "rPr" => self.run_properties += 1,
            _ if in_properties => self.start_in_paragraph_properties(name, attributes),
            "vanish" if self.run_properties > 0 => self.is_hidden = on(attributes.get("val").as_deref()),
            "rStyle" if self.run_properties > 0 => self.run_style = attributes.owned("val"),
            "rFonts" if self.run_properties > 0 => self.fonts = RunFonts::of(attributes),
            _ if self.run_properties > 0 => {}
            "p" => self.open.push(OpenParagraph::default()),
            "r" => self.begin_run(),
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
            "tr" if self.open.is_empty() => self.table_parts.begin(Part::Row),
            "tc" if self.open.is_empty() => self.table_parts.begin(Part::Cell),
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
            "tr" | "tc" if self.open.is_empty() => {
                let meaning = self.table_parts.end();
                self.is_deleted(meaning);
            }
            "pPr" => self.paragraph_properties = self.paragraph_properties.saturating_sub(1),
            "rPr" => self.run_properties = self.run_properties.saturating_sub(1),
            _ if self.paragraph_properties > 0 => {}
            "p" => self.end_paragraph(),
            "r" => self.begin_run(),
            "t" | "instrText" => self.characters = Characters::Nothing,
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
            return;
        }
        match self.characters {
            Characters::Nothing => {}
            Characters::Text => {
                let style = self.open.last().and_then(|open| open.paragraph.style.as_deref());
                let of_styles = self.styles.fonts(self.run_style.as_deref(), style);
                self.push(&self.fonts.or(of_styles).shown(text));
            }
            Characters::Instruction => {
                if let Some(open) = self.open.last_mut() {
                    open.instruct(text);
                }
            }
        }
    }
}
