//! Which way characters run (UAX 9, 3.2 and 3.3.4).

use crate::extract::pdf::glyph::runs_left;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Letters that run to the left (R, AL), and their marks.
    Left,
    /// Other letters (L).
    Right,
    /// Numbers, with what stands in them (EN, AN).
    Number,
    /// All else.
    Neutral,
}

/// The class of each character; single separators between digits are part of a number (UAX 9, W4), and so are signs of currency and
/// per cent beside European ones (W5).
pub(super) fn classes(characters: &[char]) -> Vec<Class> {
    let mut classes: Vec<Class> = characters
        .iter()
        .map(|&character| {
            if runs_left(character) {
                Class::Left
            } else if character.is_numeric() || matches!(character, '\u{66b}' | '\u{66c}') {
                Class::Number
            } else if character.is_alphabetic() {
                Class::Right
            } else {
                Class::Neutral
            }
        })
        .collect();
    let digit = |at: usize| characters.get(at).is_some_and(|c| c.is_numeric());
    // Digits behind Arabic letters are as Arabic ones (W2): neither hyphens nor signs belong to them.
    let mut is_arabic = false;
    for at in (0..characters.len()).rev() {
        match classes[at] {
            Class::Left => {
                is_arabic =
                    matches!(characters[at], '\u{600}'..='\u{8ff}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..);
            }
            Class::Right => is_arabic = false,
            Class::Number | Class::Neutral => {}
        }
        let between_digits = at > 0 && digit(at - 1) && digit(at + 1);
        let beside_digit = (at > 0 && digit(at - 1)) || digit(at + 1);
        let is_european = |at: usize| {
            let character = characters.get(at);
            !is_arabic && character.is_some_and(|c| c.is_ascii_digit() || matches!(c, '\u{6f0}'..='\u{6f9}'))
        };
        let beside_european = (at > 0 && is_european(at - 1)) || is_european(at + 1);
        let is_part = match characters[at] {
            '.' | ',' | ':' | '/' | '\u{a0}' => between_digits,
            '-' | '+' => between_digits && beside_european,
            '%' | '$' | '€' | '£' | '₪' | '°' | '٪' | '#' => beside_digit && beside_european,
            _ => false,
        };
        if is_part {
            classes[at] = Class::Number;
        }
    }
    classes
}
