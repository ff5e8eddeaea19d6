//! The objects of equations: what their parts are, and how each is written in a line.

use unicode_normalization::UnicodeNormalization;

use super::line::{Line, Shape};
use crate::extract::docx::on;

/// What kind of object it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Accent,
    Bar,
    Box,
    Delimiters,
    Equations,
    Fraction,
    Function,
    Grouped,
    LimitBelow,
    LimitAbove,
    Matrix,
    /// A sum, a product, an integral.
    Nary,
    Phantom,
    Root,
    ScriptsBefore,
    Scripts,
}

impl Kind {
    /// The kind whose element has this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "acc" => Self::Accent,
            "bar" => Self::Bar,
            "box" | "borderBox" => Self::Box,
            "d" => Self::Delimiters,
            "eqArr" => Self::Equations,
            "f" => Self::Fraction,
            "func" => Self::Function,
            "groupChr" => Self::Grouped,
            "limLow" => Self::LimitBelow,
            "limUpp" => Self::LimitAbove,
            "m" => Self::Matrix,
            "nary" => Self::Nary,
            "phant" => Self::Phantom,
            "rad" => Self::Root,
            "sPre" => Self::ScriptsBefore,
            "sSub" | "sSubSup" | "sSup" => Self::Scripts,
            _ => return None,
        })
    }
}

/// An object and what was read of it.
#[allow(
    clippy::struct_excessive_bools,
    reason = "properties that documents switch on and off"
)]
#[derive(Debug)]
pub(super) struct Object {
    kind: Kind,
    /// Its elements, bases or cells.
    elements: Vec<Line>,
    /// How many cells each row of a matrix has.
    rows: Vec<usize>,
    /// What stands below and above, over and under the line of a fraction, before a function, at a root.
    below: Line,
    above: Line,
    /// The sign of what has one.
    character: Option<String>,
    opening: Option<String>,
    closing: Option<String>,
    separator: Option<String>,
    is_below_hidden: bool,
    is_above_hidden: bool,
    /// Whether a fraction has no line.
    has_no_line: bool,
    is_on_top: Option<bool>,
    is_invisible: bool,
    is_differential: bool,
}

impl Object {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            elements: Vec::new(),
            rows: Vec::new(),
            below: Line::default(),
            above: Line::default(),
            character: None,
            opening: None,
            closing: None,
            separator: None,
            is_below_hidden: false,
            is_above_hidden: false,
            has_no_line: false,
            is_on_top: None,
            is_invisible: false,
            is_differential: false,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Takes note of one of its properties.
    pub(super) fn property(&mut self, name: &str, value: Option<&str>) {
        let owned = || Some(value.unwrap_or_default().to_owned());
        match name {
            "chr" => self.character = owned(),
            "begChr" => self.opening = owned(),
            "endChr" => self.closing = owned(),
            "sepChr" => self.separator = owned(),
            "subHide" => self.is_below_hidden = on(value),
            "supHide" | "degHide" => self.is_above_hidden = on(value),
            "type" => self.has_no_line = value == Some("noBar"),
            "pos" => self.is_on_top = Some(value == Some("top")),
            "show" => self.is_invisible = !on(value),
            "diff" => self.is_differential = on(value),
            _ => {}
        }
    }

    /// Takes a part of it that ends: the line read so far.
    pub(super) fn part(&mut self, name: &str, line: &mut Line) {
        let slot = match name {
            "e" => {
                self.elements.push(std::mem::take(line));
                return;
            }
            "sub" | "den" => &mut self.below,
            "lim" if self.kind == Kind::LimitBelow => &mut self.below,
            "sup" | "num" | "fName" | "deg" | "lim" => &mut self.above,
            _ => return,
        };
        *slot = std::mem::take(line);
    }

    pub(super) fn end_row(&mut self) {
        let cells: usize = self.rows.iter().sum();
        self.rows.push(self.elements.len() - cells);
    }

    /// Its letters alone.
    pub(super) fn write_flat(&self, flat: &mut String) {
        for line in [&self.above, &self.below].into_iter().chain(&self.elements) {
            flat.push_str(line.text());
        }
    }

    /// The object as a piece of the line it stands in, which is the equation itself or a part of another object.
    pub(super) fn write(self, within: Option<Kind>) -> Line {
        match self.kind {
            Kind::Box => self.boxed(),
            Kind::Phantom if self.is_invisible => Line::default(),
            Kind::Phantom => self.only(),
            Kind::Accent => self.accent(),
            Kind::Bar => self.bar(),
            Kind::Delimiters => self.delimiters(),
            Kind::Equations => self.equations(within),
            Kind::Fraction => self.fraction(),
            Kind::Function => self.function(),
            Kind::Grouped => self.grouped(),
            Kind::LimitBelow | Kind::LimitAbove | Kind::Scripts => {
                let text = format!("{}{}", self.base().as_base(), self.scripts());
                Line::new(text, Shape::Scripted)
            }
            Kind::ScriptsBefore => {
                let text = format!("{} {}", self.scripts(), self.base().as_base());
                Line::new(text, Shape::Scripted)
            }
            Kind::Matrix => self.matrix(within),
            Kind::Nary => self.nary(),
            Kind::Root => self.root(),
        }
    }

    /// Its first element.
    fn base(&self) -> Line {
        self.elements.first().cloned().unwrap_or_default()
    }

    fn only(mut self) -> Line {
        if self.elements.is_empty() {
            Line::default()
        } else {
            self.elements.swap_remove(0)
        }
    }

    /// What stands below and above.
    fn scripts(&self) -> String {
        let mut scripts = String::new();
        if !self.below.is_empty() && !self.is_below_hidden {
            scripts.push('_');
            scripts.push_str(&self.below.as_script());
        }
        if !self.above.is_empty() && !self.is_above_hidden {
            // A prime stands above by itself.
            let text = self.above.text().trim();
            if !text
                .chars()
                .all(|character| matches!(character, '′' | '″' | '‴' | '\''))
            {
                scripts.push('^');
            }
            scripts.push_str(&self.above.as_script());
        }
        scripts
    }

    fn boxed(self) -> Line {
        if self.is_differential {
            let line = self.only();
            return Line::new(line.text().trim().to_owned(), Shape::Differential);
        }
        self.only()
    }

    /// With a mark above, which joins a letter and stands behind anything else.
    fn accent(&self) -> Line {
        let mark = match self.character.as_deref() {
            // What some programs write in the place of marks that join letters.
            None | Some("^" | "ˆ") => "\u{302}",
            Some("~" | "˜") => "\u{303}",
            Some("‾" | "¯" | "ˉ") => "\u{305}",
            Some("→" | "⃗") => "\u{20d7}",
            Some("˙") => "\u{307}",
            Some("¨") => "\u{308}",
            Some(mark) => mark,
        };
        let text = format!("{}{mark}", self.base().as_script());
        Line::new(text.nfc().collect(), Shape::Atom)
    }

    fn bar(&self) -> Line {
        let base = self.base();
        let is_on_top = self.is_on_top.unwrap_or_default();
        let text = base.text().trim();
        let text = if text.chars().count() == 1 {
            format!("{text}{}", if is_on_top { '\u{305}' } else { '\u{332}' })
        } else {
            format!("{}({text})", if is_on_top { '¯' } else { '▁' })
        };
        Line::new(text, Shape::Atom)
    }

    fn delimiters(&self) -> Line {
        let sign = |sign: &Option<String>, usual: &str| sign.as_deref().unwrap_or(usual).to_owned();
        let (opening, closing) = (sign(&self.opening, "("), sign(&self.closing, ")"));
        let separator = sign(&self.separator, "|");
        let elements: Vec<&str> = self
            .elements
            .iter()
            .map(|element| element.text().trim())
            .collect();
        let shape = if opening.is_empty() || closing.is_empty() {
            Shape::Loose
        } else {
            Shape::Atom
        };
        Line::new(format!("{opening}{}{closing}", elements.join(&separator)), shape)
    }

    /// Equations below each other: lines where they are all there is, else one after the other.
    fn equations(&self, within: Option<Kind>) -> Line {
        let elements = self.elements.iter().map(|element| {
            // These say where they are aligned, and part an equation from its number.
            element
                .text()
                .replace('&', "")
                .replace('#', " ")
                .trim()
                .to_owned()
        });
        let between = if within.is_none() { "\n" } else { "; " };
        let text = elements.collect::<Vec<_>>().join(between);
        let shape = match self.elements.as_slice() {
            [only] => only.shape(),
            _ => Shape::Loose,
        };
        Line::new(text, shape)
    }

    fn fraction(&self) -> Line {
        let line = if self.has_no_line { '¦' } else { '/' };
        let text = format!("{}{line}{}", self.above.as_operand(), self.below.as_operand());
        Line::new(text, Shape::Fraction)
    }

    fn function(&self) -> Line {
        let (name, argument) = (self.above.text().trim(), self.base());
        let of = argument.text().trim();
        let text = match argument.shape() {
            _ if of.is_empty() => name.to_owned(),
            Shape::Atom if of.starts_with('(') => format!("{name}{of}"),
            Shape::Atom | Shape::Word | Shape::Scripted => format!("{name} {of}"),
            _ => format!("{name}({of})"),
        };
        Line::new(text, Shape::Function)
    }

    /// With a brace over or under it; or an arrow, with words over or under that.
    fn grouped(&self) -> Line {
        let sign = self.character.as_deref().unwrap_or("⏟");
        let base = self.base();
        let is_arrow = sign
            .chars()
            .all(|sign| matches!(sign, '\u{2190}'..='\u{21ff}' | '\u{27f0}'..='\u{27ff}'));
        let text = if is_arrow && !base.is_empty() {
            let side = if self.is_on_top.unwrap_or_default() {
                '_'
            } else {
                '^'
            };
            format!("{sign}{side}({})", base.text().trim())
        } else if base.is_empty() {
            sign.to_owned()
        } else {
            format!("{sign}({})", base.text().trim())
        };
        Line::new(text, Shape::Atom)
    }

    /// Cells with commas between them and rows with semicolons, in brackets if nothing else is around them.
    fn matrix(&self, within: Option<Kind>) -> Line {
        let mut cells = self.elements.iter().map(|cell| cell.text().trim());
        let rows = self
            .rows
            .iter()
            .map(|&count| cells.by_ref().take(count).collect::<Vec<_>>().join(", "));
        let text = rows.collect::<Vec<_>>().join("; ");
        if within == Some(Kind::Delimiters) {
            Line::new(text, Shape::Loose)
        } else {
            Line::new(format!("[{text}]"), Shape::Atom)
        }
    }

    fn nary(&self) -> Line {
        let sign = self.character.as_deref().unwrap_or("∫");
        let (scripts, body) = (self.scripts(), self.base());
        let of = body.text().trim();
        let space = if scripts.is_empty() || of.is_empty() {
            ""
        } else {
            " "
        };
        let text = if body.is_sum() {
            format!("{sign}{scripts}{space}({of})")
        } else {
            format!("{sign}{scripts}{space}{of}")
        };
        Line::new(text, Shape::Function)
    }

    fn root(&self) -> Line {
        let degree = if self.is_above_hidden {
            ""
        } else {
            self.above.text().trim()
        };
        let of = self.base().as_script();
        let text = match degree {
            "" | "2" => format!("√{of}"),
            "3" => format!("∛{of}"),
            "4" => format!("∜{of}"),
            degree => format!("√[{degree}]{of}"),
        };
        Line::new(text, Shape::Scripted)
    }
}
