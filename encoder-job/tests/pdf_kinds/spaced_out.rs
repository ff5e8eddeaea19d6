//! Letters that are spaced out: a gap of 0.2 to 0.3 of the font's size stands between all letters, and spaces are drawn between words.

use crate::{
    Case,
    draw::{Content, Type, pdf},
    metrics::Font,
};

const HEADS: [&str; 3] = ["AGENDA OF THE MEETING", "Notes on lamps, and on boats", "SILENCE"];
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

cases! {
    by_a_fifth => by_operator(0.2, &HEADS);
    neighbour_letters_parted_by_drawn_spaces => page(&["A B C D E F", "x y z"], |content, y, line| {
        content.show(60.0, y, line, TYPE);
    });
    neighbour_digits_parted_by_drawn_spaces => page(&["1 2 3 4 5 6", "0 1 1 0"], |content, y, line| {
        content.show(60.0, y, line, TYPE);
    });
    neighbour_letters_parted_by_gaps_as_wide_as_the_size => in_words(1.0, &["A B C D E F", "x y z u"]);
    neighbour_digits_parted_by_gaps => in_words(0.3, &["1 2 3 4 5 6", "0 1 1 0"]);
    neighbour_words_parted_by_gaps => in_words(0.28, &["a lamp and a boat", "I am of an age"]);
}
