//! Scripts that run to the left: glyphs are placed as the eye sees them, text is kept as it is read.
//!
//! A line arrives in visual order, from left to right. Where it has letters of Hebrew, Arabic or their kin, its pieces are put into
//! logical order: the inverse of what a display does with rules L1, L2 and L4 of the Unicode Bidirectional Algorithm (UAX 9), for lines
//! that hold no directional controls. Arabic letters that stand as presentation forms become the letters themselves.

use crate::extract::pdf::glyph::runs_left;

/// The line as it is read. Lines without letters that run to the left stay as they are.
pub(super) fn in_logical_order(line: String) -> String {
    if !line.chars().any(runs_left) {
        return line;
    }
    let characters: Vec<char> = line.chars().collect();
    let classes = classes(&characters);
    let left = classes.iter().filter(|class| **class == Class::Left).count();
    let right = classes.iter().filter(|class| **class == Class::Right).count();
    let mut ordered = String::with_capacity(line.len());
    if left >= right {
        // The line as a whole runs to the left: its runs follow from the right, those that run to the right stay whole.
        for run in runs(&classes).into_iter().rev() {
            write(
                &characters[run.clone()],
                classes[run.start] == Class::Left,
                &mut ordered,
            );
        }
    } else {
        for run in runs(&classes) {
            write(
                &characters[run.clone()],
                classes[run.start] == Class::Left,
                &mut ordered,
            );
        }
    }
    ordered
}

/// The line as the eye sees it, from left to right. Putting its pieces round twice is putting them back, so the way there is the way back.
pub(in crate::extract::pdf) fn in_visual_order(line: String) -> String {
    in_logical_order(line)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Runs to the left.
    Left,
    /// Runs to the right: letters of other scripts, and numbers.
    Right,
    /// Runs as what is around it does.
    Neutral,
}

/// The class of each character, none neutral.
fn classes(characters: &[char]) -> Vec<Class> {
    let mut classes: Vec<Class> = characters
        .iter()
        .map(|&character| {
            if runs_left(character) {
                Class::Left
            } else if character.is_alphanumeric() {
                Class::Right
            } else {
                Class::Neutral
            }
        })
        .collect();
    // What stands between two pieces that run to the right belongs to them: `1,234`, `two words`. All else goes with the line.
    let mut index = 0;
    while index < classes.len() {
        if classes[index] != Class::Neutral {
            index += 1;
            continue;
        }
        let end = (index..classes.len())
            .find(|&at| classes[at] != Class::Neutral)
            .unwrap_or(classes.len());
        let before = index.checked_sub(1).map(|at| classes[at]);
        let after = classes.get(end).copied();
        let inside = before == Some(Class::Right) && after == Some(Class::Right);
        classes[index..end].fill(if inside { Class::Right } else { Class::Left });
        index = end;
    }
    classes
}

/// The stretches of one class.
fn runs(classes: &[Class]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for (index, class) in classes.iter().enumerate() {
        match runs.last_mut() {
            Some(run) if classes[run.start] == *class => run.end = index + 1,
            _ => runs.push(index..index + 1),
        }
    }
    runs
}

fn write(run: &[char], reversed: bool, text: &mut String) {
    if !reversed {
        text.extend(run);
        return;
    }
    // A mark stands behind its letter in reading, and so before it in what is seen from the left.
    for &character in run.iter().rev() {
        match presentation_form(character) {
            Some(letters) => text.push_str(&letters),
            None => text.push(mirrored(character)),
        }
    }
}

/// Brackets are seen mirrored in text that runs to the left (UAX 9, L4).
fn mirrored(character: char) -> char {
    match character {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        '«' => '»',
        '»' => '«',
        other => other,
    }
}

/// The letters of a presentation form, in reading order.
fn presentation_form(character: char) -> Option<String> {
    use unicode_normalization::UnicodeNormalization as _;
    matches!(character, '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}').then(|| character.nfkc().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(line: &str) -> String {
        in_logical_order(line.to_owned())
    }

    #[test]
    fn other_scripts_stay_as_they_are() {
        assert_eq!(ordered("left (to) right 12"), "left (to) right 12");
    }

    #[test]
    fn a_line_is_read_from_the_right() {
        // "shalom olam" as seen.
        assert_eq!(ordered("םלוע םולש"), "שלום עולם");
        assert_eq!(ordered("!םולש"), "שלום!");
    }

    #[test]
    fn numbers_and_words_that_run_to_the_right_stay_whole() {
        assert_eq!(ordered("1,234 םולש"), "שלום 1,234");
        assert_eq!(ordered("ABC def םולש םלוע"), "עולם שלום ABC def");
    }

    #[test]
    fn a_word_in_a_line_that_runs_to_the_right_is_turned() {
        assert_eq!(ordered("the word םולש means peace"), "the word שלום means peace");
    }

    #[test]
    fn presentation_forms_become_letters_and_brackets_are_mirrored() {
        // Lam-alef, one glyph.
        assert_eq!(ordered("\u{fefb}"), "\u{644}\u{627}");
        assert_eq!(ordered("(ב) א"), "א (ב)");
    }
}
