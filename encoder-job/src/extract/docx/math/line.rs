//! A line of an equation while it grows: its text, and what must be known of it to tell where brackets and spaces are needed.

use unicode_normalization::char::is_combining_mark;

/// What a piece of an equation looks like, for what stands beside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Shape {
    #[default]
    Nothing,
    /// One character, one number, or something in brackets.
    Atom,
    /// A name or a word, which is one thing.
    Word,
    /// Something with what stands above, below or in front of it, or a root.
    Scripted,
    Fraction,
    /// A function and what it is of.
    Function,
    /// The end of an integral, which a space stands before.
    Differential,
    /// Anything else.
    Loose,
}

/// A line of an equation.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    text: String,
    shape: Shape,
    /// The shape of the last piece.
    last: Shape,
    /// Whether it ends with an upright run, whose letters another one may go on.
    ends_upright: bool,
}

impl Line {
    /// A line that is one piece.
    pub(super) fn new(text: String, shape: Shape) -> Self {
        Self {
            text,
            shape,
            last: shape,
            ends_upright: false,
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Adds a run of text; `is_upright` where it is a name or a word.
    pub(super) fn push_run(&mut self, text: &str, is_upright: bool) {
        if self.is_empty() {
            *self = Self::new(format!("{}{text}", self.text), shape_of(text, is_upright));
            self.ends_upright = is_upright;
            return;
        }
        // Digits of one number may come in several runs, and so may the letters of one name.
        let joined = match self.last {
            Shape::Atom | Shape::Word => {
                let together = format!("{}{text}", self.text);
                let shape = shape_of(&together, is_upright && self.last == Shape::Word);
                (self.shape == self.last && matches!(shape, Shape::Atom | Shape::Word))
                    .then_some((together, shape))
            }
            _ => None,
        };
        let is_in_name = is_upright && self.ends_upright && self.text.ends_with(char::is_alphabetic);
        if let Some((text, shape)) = joined {
            *self = Self::new(text, shape);
        } else if is_in_name && text.starts_with(char::is_alphabetic) {
            self.text.push_str(text);
            (self.shape, self.last) = (Shape::Loose, shape_of(text, true));
        } else {
            self.push(Self::new(text.to_owned(), shape_of(text, is_upright)));
        }
        self.ends_upright = is_upright;
    }

    /// Adds a piece, with a space before it where both would run into each other.
    pub(super) fn push(&mut self, piece: Self) {
        if piece.text.is_empty() {
            return;
        }
        if self.text.is_empty() {
            *self = piece;
            return;
        }
        if self.needs_space_before(&piece) {
            self.text.push(' ');
        }
        self.text.push_str(&piece.text);
        self.shape = Shape::Loose;
        (self.last, self.ends_upright) = (piece.last, false);
    }

    fn needs_space_before(&self, piece: &Self) -> bool {
        let (Some(before), Some(after)) = (self.text.chars().next_back(), piece.text.chars().next()) else {
            return false;
        };
        let is_after_word = before.is_alphanumeric() || is_combining_mark(before) || before == '′';
        let is_after_operand = is_after_word || matches!(before, ')' | ']' | '}');
        let is_before_operand = after.is_alphanumeric() || matches!(after, '(' | '[' | '{' | '√' | '∛' | '∜');
        match (self.last, piece.shape) {
            (_, Shape::Fraction | Shape::Differential) => is_after_operand,
            (Shape::Fraction, _) => is_before_operand,
            // Words that are operators or names stand apart, too.
            (_, Shape::Function | Shape::Word) => is_after_word,
            // What stands in front of it below or above must not be taken for the end of what is before.
            (_, Shape::Scripted) if matches!(after, '_' | '^') => is_after_operand,
            (Shape::Scripted | Shape::Function, _) | (Shape::Word, Shape::Atom | Shape::Loose) => {
                is_after_word && after.is_alphanumeric()
            }
            _ => false,
        }
    }

    /// The line as what stands above or below something, or under a root.
    pub(super) fn as_script(&self) -> String {
        match self.shape {
            Shape::Atom | Shape::Word => self.trimmed(),
            _ => self.in_brackets(),
        }
    }

    /// The line as what scripts stand at.
    pub(super) fn as_base(&self) -> String {
        match self.shape {
            Shape::Nothing | Shape::Atom | Shape::Word => self.trimmed(),
            _ => self.in_brackets(),
        }
    }

    /// The line as a part of a fraction.
    pub(super) fn as_operand(&self) -> String {
        match self.shape {
            Shape::Atom | Shape::Word | Shape::Scripted => self.trimmed(),
            _ => self.in_brackets(),
        }
    }

    fn trimmed(&self) -> String {
        self.text.trim().to_owned()
    }

    fn in_brackets(&self) -> String {
        format!("({})", self.text.trim())
    }

    /// Whether it is a sum, outside of its brackets.
    pub(super) fn is_sum(&self) -> bool {
        let mut depth = 0_usize;
        self.text.trim().chars().enumerate().any(|(at, character)| {
            match character {
                '(' | '[' | '{' => depth += 1,
                ')' | ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            at > 0 && depth == 0 && matches!(character, '+' | '-' | '−' | '±' | '∓' | '=')
        })
    }
}

/// What a run of text looks like.
fn shape_of(text: &str, is_upright: bool) -> Shape {
    let text = text.trim();
    let mut bases = text
        .chars()
        .filter(|character| !is_combining_mark(*character) && !matches!(character, '′' | '″'));
    match (bases.next(), bases.next()) {
        (None, _) if text.is_empty() => Shape::Nothing,
        (None | Some(_), None) => Shape::Atom,
        _ if text
            .chars()
            .all(|character| character.is_ascii_digit() || matches!(character, '.' | ',')) =>
        {
            Shape::Atom
        }
        _ if is_in_brackets(text) => Shape::Atom,
        _ if is_upright && text.chars().all(char::is_alphabetic) => Shape::Word,
        _ => Shape::Loose,
    }
}

/// Whether a bracket opens at the beginning of a text and closes at its end.
fn is_in_brackets(text: &str) -> bool {
    let mut depth = 0_usize;
    let last = text.chars().count().saturating_sub(1);
    for (at, character) in text.chars().enumerate() {
        match character {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at == last && text.starts_with('(');
                }
            }
            _ => {}
        }
    }
    false
}
