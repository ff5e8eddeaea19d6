//! Letters that are spaced out: a gap of 0.2 to 0.3 of the font's size stands between all letters, and spaces are drawn between words.

use crate::{
    Case,
    draw::{Content, Type, pdf},
    metrics::Font,
};

const HEADS: [&str; 3] = ["AGENDA OF THE MEETING", "Notes on lamps, and on boats", "SILENCE"];
const HEADS_WITH_SIGNS: [&str; 3] = ["THE KEEPER’S REPORT", "REPORT OF 2024", "LAMPS – BOATS"];
const TYPE: Type = Type::new(Font::Helvetica, 12.0);
const PROSE: [&str; 3] = [
    "The members meet in the hall by the river,",
    "where the lamps are lit at six, and whoever",
    "comes late sits by the door.",
];

/// Prose, whose spaces are drawn, above lines by themselves.
fn page(lines: &[&str], draw: impl Fn(&mut Content, f32, &str)) -> Case {
    let mut content = Content::default();
    content.lines(60.0, 750.0, 14.0, &PROSE, TYPE);
    let mut y = 690.0;
    for line in lines {
        draw(&mut content, y, line);
        y -= 40.0;
    }
    Case::new(
        pdf(&content),
        format!("{}\n\n{}", PROSE.join("\n"), lines.join("\n\n")),
    )
}

/// Lines with this gap between all glyphs, in parts of the font's size.
fn by_operator(gap: f32, lines: &[&str]) -> Case {
    page(lines, |content, y, line| {
        content.show_with(&format!("{:.3} Tc", gap * TYPE.size), 60.0, y, line, TYPE);
    })
}

/// The same, each glyph moved by a number.
fn by_numbers(gap: f32, lines: &[&str]) -> Case {
    page(lines, |content, y, line| {
        let pieces: Vec<(f32, &str)> = line
            .split_inclusive(|_| true)
            .enumerate()
            .map(|(index, glyph)| (if index == 0 { 0.0 } else { gap }, glyph))
            .collect();
        content.show_pieces("", 60.0, y, &pieces, TYPE);
    })
}

/// Lines whose words stand this far apart, in parts of the font's size, and no space is drawn in them.
fn in_words(gap: f32, lines: &[&str]) -> Case {
    page(lines, |content, y, line| {
        let words: Vec<(f32, &str)> = line
            .split(' ')
            .enumerate()
            .map(|(index, word)| (if index == 0 { 0.0 } else { gap }, word))
            .collect();
        content.show_pieces("", 60.0, y, &words, TYPE);
    })
}

/// A head alone, which stands above the prose.
fn above_prose(head: &str) -> Case {
    let mut content = Content::default();
    content.show_with("3 Tc", 60.0, 790.0, head, TYPE);
    content.draw("0 Tc");
    content.lines(60.0, 750.0, 14.0, &PROSE, TYPE);
    Case::new(pdf(&content), format!("{head}\n\n{}", PROSE.join("\n")))
}

cases! {
    by_a_fifth => by_operator(0.2, &HEADS);
    by_a_quarter => by_operator(0.25, &HEADS);
    by_three_tenths => by_operator(0.3, &HEADS);
    numbers_between_letters => by_numbers(0.25, &HEADS);
    signs_and_digits_between_letters => by_operator(0.2, &HEADS_WITH_SIGNS);
    a_head_above_prose => above_prose("AGENDA OF THE MEETING");
    a_head_of_one_word_above_prose => above_prose("AGENDA");
    neighbour_letters_parted_by_drawn_spaces => page(&["A B C D E F", "x y z"], |content, y, line| {
        content.show(60.0, y, line, TYPE);
    });
    neighbour_digits_parted_by_drawn_spaces => page(&["1 2 3 4 5 6", "0 1 1 0"], |content, y, line| {
        content.show(60.0, y, line, TYPE);
    });
    neighbour_letters_parted_by_gaps_of_half_the_size => in_words(0.5, &["A B C D E F", "x y z u"]);
    neighbour_letters_parted_by_gaps_of_seven_tenths => in_words(0.7, &["A B C D E F", "x y z u"]);
    neighbour_letters_parted_by_gaps_as_wide_as_the_size => in_words(1.0, &["A B C D E F", "x y z u"]);
    neighbour_digits_parted_by_gaps => in_words(0.3, &["1 2 3 4 5 6", "0 1 1 0"]);
    neighbour_words_parted_by_gaps => in_words(0.28, &["a lamp and a boat", "I am of an age"]);
}
