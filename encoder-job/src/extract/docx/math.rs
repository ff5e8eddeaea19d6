//! Equations (Office `MathML`, ISO/IEC 29500-1, part 22.1) as a line of text that keeps their structure: `(b^2-4ac)/(2a)`, `x_1^2`,
//! `√(x+1)`, `∑_(k=0)^n a_k`. It is the linear format that Word itself writes and takes (Unicode Technical Note 28), with brackets
//! wherever something would be read otherwise.

mod line;
mod objects;
#[cfg(test)]
mod tests;

use crate::extract::xml::Attributes;
use line::Line;
use objects::{Kind, Object};

/// The longest equation whose structure is kept, in bytes. What is longer is none that anybody reads, and comes out as its letters.
const MAX_LENGTH: usize = 1 << 14;
/// Characters that tell programs how to read a formula and show nothing.
const INVISIBLE: [char; 5] = ['\u{2061}', '\u{2062}', '\u{2063}', '\u{2064}', '\u{200b}'];

/// An equation that is being read.
#[derive(Debug, Default)]
pub(super) struct Equation {
    /// What is open: lines of text, the first of which is the equation itself, and objects, whose parts are lines.
    line: Line,
    open: Vec<Open>,
    run: Run,
    /// How many elements deep are properties that mean nothing here.
    skipped: usize,
    is_text: bool,
    /// Bytes of text so far.
    length: usize,
    /// The text without its structure, where it is too long for that.
    flat: Option<String>,
}

/// An object that is open, and the line that stood before it; with the part of it that is open.
#[derive(Debug)]
struct Open {
    object: Object,
    before: Line,
}

/// How the characters of a run are meant.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    /// As a word or a name, not as letters that are multiplied.
    is_upright: bool,
    is_double_struck: bool,
}

impl Equation {
    /// An element of the equation begins.
    pub(super) fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        if self.skipped > 0 || name == "ctrlPr" {
            self.skipped += 1;
            return;
        }
        let value = || attributes.get("val");
        if let Some(kind) = Kind::named(name) {
            let before = std::mem::take(&mut self.line);
            self.open.push(Open {
                object: Object::new(kind),
                before,
            });
            return;
        }
        match name {
            "r" => self.run = Run::default(),
            "t" => self.is_text = true,
            "br" | "tab" => self.push(" "),
            "nor" => self.run.is_upright = super::on(value().as_deref()),
            "sty" => self.run.is_upright |= value().is_some_and(|style| style == "p"),
            "scr" => self.run.is_double_struck = value().is_some_and(|script| script == "double-struck"),
            _ => {
                if let Some(open) = self.open.last_mut() {
                    open.object.property(name, value().as_deref());
                }
            }
        }
    }

    /// An element of the equation ends.
    pub(super) fn end(&mut self, name: &str) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        match name {
            "t" => self.is_text = false,
            "mr" => {
                if let Some(open) = self.open.last_mut() {
                    open.object.end_row();
                }
            }
            _ if Kind::named(name).is_some() => self.end_object(),
            _ => {
                if let Some(open) = self.open.last_mut() {
                    open.object.part(name, &mut self.line);
                }
            }
        }
    }

    /// Text of the equation.
    pub(super) fn text(&mut self, text: &str) {
        if self.is_text && self.skipped == 0 {
            self.push(text);
        }
    }

    fn push(&mut self, text: &str) {
        self.length += text.len();
        if self.length > MAX_LENGTH && self.flat.is_none() {
            self.flat = Some(self.flatten());
        }
        if let Some(flat) = &mut self.flat {
            flat.push_str(text);
            return;
        }
        let text: String = text
            .chars()
            .filter(|character| !INVISIBLE.contains(character))
            .map(|character| {
                if self.run.is_double_struck {
                    double_struck(character)
                } else {
                    character
                }
            })
            .collect();
        self.line.push_run(&text, self.run.is_upright);
    }

    fn end_object(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let within = self.open.last().map(|outer| outer.object.kind());
        let mut line = open.before;
        if self.flat.is_none() {
            line.push(open.object.write(within));
        }
        self.line = line;
    }

    /// All that was read so far, as its letters.
    fn flatten(&mut self) -> String {
        let mut flat = String::new();
        for open in self.open.drain(..) {
            flat.push_str(open.before.text());
            open.object.write_flat(&mut flat);
        }
        flat.push_str(std::mem::take(&mut self.line).text());
        flat
    }

    /// The equation as text; with a line for each of several below each other. A space at its ends is kept, as people put it there to part it
    /// from the words around.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.end_object();
        }
        let text = self.flat.as_deref().unwrap_or(self.line.text());
        let lines = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        let lines: Vec<String> = lines.filter(|line| !line.is_empty()).collect();
        let space = |is_there: bool| if is_there && !lines.is_empty() { " " } else { "" };
        let (before, after) = (
            space(text.starts_with(char::is_whitespace)),
            space(text.ends_with(char::is_whitespace)),
        );
        format!("{before}{}{after}", lines.join("\n"))
    }
}

/// A letter as those of sets of numbers are written (Unicode blocks Letterlike Symbols and Mathematical Alphanumeric Symbols).
fn double_struck(character: char) -> char {
    let code = u32::from(character);
    let shifted = match character {
        'C' => return 'ℂ',
        'H' => return 'ℍ',
        'N' => return 'ℕ',
        'P' => return 'ℙ',
        'Q' => return 'ℚ',
        'R' => return 'ℝ',
        'Z' => return 'ℤ',
        'A'..='Z' => 0x1_d538 + code - u32::from('A'),
        'a'..='z' => 0x1_d552 + code - u32::from('a'),
        '0'..='9' => 0x1_d7d8 + code - u32::from('0'),
        _ => return character,
    };
    char::from_u32(shifted).unwrap_or(character)
}
