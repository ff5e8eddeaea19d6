//! Equations in `MathML` (W3C, `MathML` Core) as a line of text that keeps their structure: `(b^2-4ac)/(2a)`, `x_1^2`, `√(x+1)`, in the
//! linear format of Unicode Technical Note 28, as those of Word are written.

/// The longest equation whose structure is kept, in bytes, and how deep its elements may be. What is longer or deeper is none that anybody
/// reads, and comes out as its letters.
const MAX_LENGTH: usize = 1 << 14;
const MAX_DEPTH: usize = 256;

/// An equation that is open.
#[derive(Debug, Default)]
pub(super) struct MathLine {
    /// The elements that are open; the first is the equation itself.
    open: Vec<Element>,
    /// How many elements are open below the deepest one that is kept.
    too_deep: usize,
    length: usize,
    /// The text without its structure, where it is too long for that.
    flat: Option<String>,
    /// Whether it stands on a line of its own.
    pub(super) is_block: bool,
}

/// An element and what was read of its children.
#[derive(Debug, Default)]
struct Element {
    name: String,
    parts: Vec<Part>,
}

/// What one child says.
#[derive(Debug, Default)]
struct Part {
    text: String,
    /// Whether it needs brackets where it is one operand of several.
    is_compound: bool,
    /// Whether it is a name or words, which stand apart from letters.
    is_word: bool,
}

impl MathLine {
    pub(super) fn new(is_block: bool) -> Self {
        Self {
            open: vec![Element::default()],
            is_block,
            ..Self::default()
        }
    }

    /// An element in the equation begins.
    pub(super) fn start(&mut self, name: &str) {
        if self.open.len() >= MAX_DEPTH || self.too_deep > 0 {
            self.too_deep += 1;
            return;
        }
        self.open.push(Element {
            name: name.to_owned(),
            parts: Vec::new(),
        });
    }

    /// One ends; what was left open in it ends with it.
    pub(super) fn end(&mut self, name: &str) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            return;
        }
        if self.open.iter().skip(1).any(|element| element.name == name) {
            while let Some(element) = self.pop() {
                if element == name {
                    break;
                }
            }
        }
    }

    /// Text in the innermost element.
    pub(super) fn text(&mut self, text: &str) {
        // In words, and in what stands in no element, authors mean the spaces that they write.
        let is_words = self
            .open
            .last()
            .is_some_and(|element| matches!(&*element.name, "" | "mtext"));
        let text = &if is_words {
            collapsed(text)
        } else {
            text.trim().to_owned()
        };
        self.length += text.len();
        if self.length > MAX_LENGTH {
            let flat = self.flatten();
            flat.push_str(text);
            return;
        }
        if let Some(element) = self.open.last_mut()
            && !text.trim().is_empty()
        {
            let is_one = text.chars().count() == 1;
            let is_number = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
            element.parts.push(Part {
                text: text.to_owned(),
                is_compound: false,
                is_word: !is_one && !is_number && text.chars().all(|c| c.is_alphabetic() || c == ' '),
            });
        }
    }

    /// The whole equation.
    pub(super) fn finish(mut self) -> String {
        if let Some(flat) = self.flat {
            return flat;
        }
        while self.open.len() > 1 {
            self.pop();
        }
        let whole = self.open.pop().map(|element| in_a_row(element.parts).text);
        whole.unwrap_or_default().trim().to_owned()
    }

    /// Ends the innermost element, but for the equation itself, and returns its name.
    fn pop(&mut self) -> Option<String> {
        if self.open.len() < 2 {
            return None;
        }
        let Element { name, parts } = self.open.pop()?;
        let part = written(&name, parts);
        if let Some(outer) = self.open.last_mut()
            // An empty operand is one all the same.
            && (!part.text.is_empty() || operands(&outer.name) > 0)
        {
            outer.parts.push(part);
        }
        Some(name)
    }

    /// The text so far, without its structure from now on.
    fn flatten(&mut self) -> &mut String {
        let open = &mut self.open;
        self.flat.get_or_insert_with(|| {
            let parts = open.drain(..).flat_map(|element| element.parts);
            parts.map(|part| part.text).collect()
        })
    }
}

/// A text with one space for each stretch of whitespace, at its ends too.
fn collapsed(text: &str) -> String {
    let space = |is_there: bool| if is_there { " " } else { "" };
    let words: Vec<&str> = text.split_whitespace().collect();
    format!(
        "{}{}{}",
        space(text.starts_with(char::is_whitespace)),
        words.join(" "),
        space(!words.is_empty() && text.ends_with(char::is_whitespace))
    )
}

/// How many operands an element has whose place says what they mean; 0 where they only follow each other.
fn operands(name: &str) -> usize {
    match name {
        "mfrac" | "msup" | "msub" | "mroot" | "munder" | "mover" => 2,
        "msubsup" | "munderover" => 3,
        _ => 0,
    }
}

/// An element by its name and what its children say.
fn written(name: &str, mut parts: Vec<Part>) -> Part {
    if operands(name) == parts.len() && operands(name) > 0 {
        let last = parts.pop().unwrap_or_default();
        let second = (parts.len() == 2).then(|| parts.pop().unwrap_or_default());
        let first = parts.pop().unwrap_or_default();
        let is_accent = name == "mover" && last.text.chars().all(|c| !c.is_alphanumeric());
        let text = match (name, second) {
            ("mfrac", _) => format!("{}/{}", first.as_operand(), last.as_operand()),
            ("mroot", _) => format!("√({}&{})", last.text, first.text),
            ("msub" | "munder", _) => format!("{}_{}", first.as_operand(), last.as_operand()),
            (_, None) if is_accent => first.text + &last.text,
            (_, None) => format!("{}^{}", first.as_operand(), last.as_operand()),
            (_, Some(second)) => format!(
                "{}_{}^{}",
                first.as_operand(),
                second.as_operand(),
                last.as_operand()
            ),
        };
        return Part {
            text,
            is_compound: !is_accent,
            is_word: false,
        };
    }
    let joined = |parts: Vec<Part>, separator: &str| {
        let texts: Vec<String> = parts.into_iter().map(|part| part.text).collect();
        texts.join(separator)
    };
    match name {
        "msqrt" => Part {
            text: format!("√{}", in_a_row(parts).as_operand()),
            ..Part::default()
        },
        "mfenced" => Part {
            text: format!("({})", joined(parts, ",")),
            ..Part::default()
        },
        "mtr" | "mlabeledtr" => Part {
            text: joined(parts, ", "),
            is_compound: true,
            is_word: false,
        },
        "mtable" => Part {
            text: joined(parts, "; "),
            is_compound: true,
            is_word: false,
        },
        _ => in_a_row(parts),
    }
}

/// Children that follow each other. Words stand apart from what is beside them.
fn in_a_row(mut parts: Vec<Part>) -> Part {
    if parts.len() == 1 {
        return parts.pop().unwrap_or_default();
    }
    let (mut text, mut was_word) = (String::new(), false);
    for part in parts {
        let would_run_together =
            text.ends_with(char::is_alphanumeric) && part.text.starts_with(char::is_alphanumeric);
        if (was_word || part.is_word) && would_run_together {
            text.push(' ');
        }
        text.push_str(&part.text);
        was_word = part.is_word;
    }
    Part {
        text,
        is_compound: true,
        is_word: false,
    }
}

impl Part {
    /// As one of several operands.
    fn as_operand(&self) -> String {
        let is_in_brackets = self.text.starts_with('(') && self.text.find(')') == Some(self.text.len() - 1);
        if self.is_compound && !is_in_brackets {
            format!("({})", self.text)
        } else {
            self.text.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_the_spaces_around_them() {
        let mut line = MathLine::new(false);
        for (name, text) in [
            ("mtext", "for all x, y "),
            ("mi", " z "),
            ("mtext", " holds; "),
            ("mi", "q"),
        ] {
            line.start(name);
            line.text(text);
            line.end(name);
        }
        assert_eq!(line.finish(), "for all x, y z holds; q");
    }

    #[test]
    fn what_is_too_long_or_too_deep_comes_out_as_its_letters() {
        let mut line = MathLine::new(false);
        for _ in 0..1_000_000 {
            line.start("mfrac");
        }
        line.text("a");
        for _ in 0..1_000_000 {
            line.end("mfrac");
        }
        line.text("b");
        assert_eq!(line.finish(), "ab");
        let mut line = MathLine::new(false);
        line.start("mfrac");
        for _ in 0..MAX_LENGTH {
            line.start("mi");
            line.text("ab");
            line.end("mi");
        }
        line.end("mfrac");
        assert_eq!(line.finish(), "ab".repeat(MAX_LENGTH));
    }

    #[test]
    fn what_ends_without_having_begun_is_passed_over() {
        let mut line = MathLine::new(false);
        line.end("mfrac");
        line.start("mfrac");
        line.start("mi");
        line.text("a");
        line.start("mi");
        line.text("b");
        line.end("mfrac");
        line.end("mfrac");
        assert_eq!(line.finish(), "ab");
        assert_eq!(MathLine::new(false).finish(), "");
    }
}
