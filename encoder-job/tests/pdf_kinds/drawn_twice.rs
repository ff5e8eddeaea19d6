//! Text that is drawn two to four times with a small offset, as for bold or a shadow, comes once; repetitions that are meant stay.

use crate::{
    Case,
    draw::{Content, Type, Unit, pdf},
    metrics::Font,
};

const BEFORE: &str = "Normal text stands above the line that is drawn more than once.";
const AFTER: &str = "Normal text stands below it, too, so that the page has more than one line.";
const TITLE: &str = "Poor mans bold for the harbour office";
const HELVETICA: Type = Type::new(Font::Helvetica, 12.0);
const TIMES: Type = Type::new(Font::Times, 12.0);
const ITALIC: Type = Type::new(Font::TimesItalic, 13.0);
const LINES: [&str; 4] = [
    "A page whose lines are all drawn",
    "in two passes, the second of them",
    "a little to the right of the first,",
    "as some printers do it for bold",
];
const REPETITIONS: [&str; 5] = [
    "Bora Bora, no no, 1111, 22 22",
    "ha ha ha, bye bye, Baden Baden",
    "lll iii ||| ... ::: \"\" '' 11:11",
    "Illinois, will, fill, Willi, llama",
    "that that that is is",
];

/// A line each part of which is drawn at each offset (in parts of the size) before the next is.
fn again_and_again(
    content: &mut Content,
    at: (f32, f32),
    text: &str,
    style: Type,
    unit: Unit,
    offsets: &[(f32, f32)],
) {
    for (x, part) in unit.parts(text, |part| style.width(part)) {
        for (right, up) in offsets {
            content.show(at.0 + x + right * style.size, at.1 + up * style.size, part, style);
        }
    }
}

/// A page with a line between others.
fn between_lines(text: &str, draw: impl FnOnce(&mut Content)) -> Case {
    let style = Type::new(Font::Helvetica, 11.0);
    let mut content = Content::default();
    content.show(60.0, 720.0, BEFORE, style);
    draw(&mut content);
    content.show(60.0, 680.0, AFTER, style);
    Case::new(pdf(&content), [BEFORE, text, AFTER].join("\n"))
}

/// A title between other lines, at these offsets.
fn title(style: Type, unit: Unit, offsets: &[(f32, f32)]) -> Case {
    between_lines(TITLE, |content| {
        again_and_again(content, (60.0, 700.0), TITLE, style, unit, offsets);
    })
}

/// Repetitions that are drawn once each.
fn repetitions(style: Type, unit: Unit) -> Case {
    let mut content = Content::default();
    let mut y = 700.0;
    for line in REPETITIONS {
        again_and_again(&mut content, (60.0, y), line, style, unit, &[(0.0, 0.0)]);
        y -= 16.0;
    }
    Case::new(pdf(&content), REPETITIONS.join("\n"))
}

fn letters_that_are_double_anyway_page() -> Case {
    let text = "Balloon 1111 Mississippi committee";
    between_lines(text, |content| {
        let offsets = [(0.0, 0.0), (0.04, 0.0)];
        again_and_again(content, (60.0, 700.0), text, HELVETICA, Unit::Glyph, &offsets);
    })
}

fn a_page_in_two_passes_page() -> Case {
    let mut content = Content::default();
    for x in [60.0, 60.4] {
        content.lines(x, 700.0, 14.0, &LINES, Type::new(Font::Times, 11.0));
    }
    Case::new(pdf(&content), LINES.join("\n"))
}

fn words_in_two_passes_page() -> Case {
    between_lines(TITLE, |content| {
        for offset in [(0.0, 0.0), (0.2, 0.0)] {
            again_and_again(content, (60.0, 700.0), TITLE, HELVETICA, Unit::Word, &[offset]);
        }
    })
}

fn words_within_a_line_page() -> Case {
    let mut content = Content::default();
    let mut x = 60.0;
    for (text, unit, times) in [
        ("The word ", Unit::Line, 1),
        ("never ", Unit::Line, 2),
        ("is bold here, and ", Unit::Line, 1),
        ("always ", Unit::Glyph, 2),
        ("there.", Unit::Line, 1),
    ] {
        let offsets = &[(0.0, 0.0), (0.04, 0.0)][..times];
        again_and_again(&mut content, (x, 700.0), text, HELVETICA, unit, offsets);
        x += HELVETICA.width(text);
    }
    Case::new(pdf(&content), "The word never is bold here, and always there.")
}

fn the_same_number_in_close_cells_page() -> Case {
    let style = Type::new(Font::Helvetica, 7.0);
    let mut content = Content::default();
    let mut y = 700.0;
    for _ in 0..6 {
        for (x, cell) in [(60.0, "row"), (100.0, "11"), (120.0, "11"), (140.0, "11")] {
            content.show(x, y, cell, style);
        }
        y -= 8.0;
    }
    Case::new(pdf(&content), ["row\t11\t11\t11"; 6].join("\n"))
}

fn narrow_letters_set_tight_page() -> Case {
    let lines = ["till the bill fills all", "if it is still ill, tell Bill"];
    let mut content = Content::default();
    content.show_with("-0.4 Tc", 60.0, 700.0, lines[0], HELVETICA);
    content.show_with("-0.4 Tc", 60.0, 680.0, lines[1], HELVETICA);
    Case::new(pdf(&content), lines.join("\n"))
}

cases! {
    a_line_twice => title(HELVETICA, Unit::Line, &[(0.0, 0.0), (0.03, 0.0)]);
    a_line_twice_a_third_of_its_size_apart => title(HELVETICA, Unit::Line, &[(0.0, 0.0), (0.32, 0.0)]);
    a_line_four_times_in_a_square => title(HELVETICA, Unit::Line, &[(0.0, 0.0), (0.04, 0.0), (0.0, 0.04), (0.04, 0.04)]);
    a_line_four_times_in_a_row => title(ITALIC, Unit::Line, &[(0.0, 0.0), (0.05, 0.0), (0.1, 0.0), (0.15, 0.0)]);
    glyphs_twice => title(HELVETICA, Unit::Glyph, &[(0.0, 0.0), (0.03, 0.0)]);
    glyphs_three_times => title(TIMES, Unit::Glyph, &[(0.0, 0.0), (0.025, 0.0), (0.05, 0.0)]);
    letters_that_are_double_anyway => letters_that_are_double_anyway_page();
    a_page_in_two_passes => a_page_in_two_passes_page();
    words_in_two_passes => words_in_two_passes_page();
    words_within_a_line => words_within_a_line_page();
    neighbour_repetitions_in_lines => repetitions(HELVETICA, Unit::Line);
    neighbour_repetitions_in_words => repetitions(HELVETICA, Unit::Word);
    neighbour_repetitions_in_glyphs => repetitions(HELVETICA, Unit::Glyph);
    neighbour_the_same_number_in_close_cells => the_same_number_in_close_cells_page();
    neighbour_narrow_letters_set_tight => narrow_letters_set_tight_page();
}
