//! Words that are parted by a gap of 0.12 to 0.18 of the font's size and by no glyph of a space.

use crate::{
    Case,
    draw::{Content, Type, pdf},
    metrics::Font,
};

const TEXT: [&str; 6] = [
    "the Federal Tort Claims Act of the river",
    "is read by those who live on its banks and",
    "by those who would like to do so one day,",
    "but never by the ferryman, who knows it all",
    "by heart and sings it on the way to the island",
    "when no member of the court is on board.",
];
const TIMES: Type = Type::new(Font::Times, 10.0);
const HELVETICA: Type = Type::new(Font::Helvetica, 10.0);

/// Lines whose words are gaps apart, a gap for each line by turns, in parts of the font's size; so is the space between letters.
fn page(style: Type, gaps: &[f32], letters: f32) -> Case {
    let mut content = Content::default();
    let mut y = 700.0;
    for (line, gap) in TEXT.iter().zip(gaps.iter().cycle()) {
        let words: Vec<(f32, &str)> = (0..)
            .zip(line.split(' '))
            .map(|(index, word)| (if index == 0 { 0.0 } else { *gap }, word))
            .collect();
        content.show_pieces(&format!("{:.3} Tc", letters * style.size), 60.0, y, &words, style);
        y -= 13.0;
    }
    Case::new(pdf(&content), TEXT.join("\n"))
}

fn words_shown_one_by_one_page() -> Case {
    let mut content = Content::default();
    let mut y = 700.0;
    for line in TEXT {
        let mut x = 60.0;
        for word in line.split(' ') {
            content.show(x, y, word, TIMES);
            x += TIMES.width(word) + 0.13 * TIMES.size;
        }
        y -= 13.0;
    }
    Case::new(pdf(&content), TEXT.join("\n"))
}

/// Letters of a word are moved by up to 0.045 of the size, words by 0.15.
fn letters_that_are_kerned_page() -> Case {
    let mut content = Content::default();
    let mut y = 700.0;
    for line in TEXT {
        let mut pieces = Vec::new();
        for (index, word) in line.split(' ').enumerate() {
            for (place, (start, letter)) in word.char_indices().enumerate() {
                let gap = match (index, place) {
                    (0, 0) => 0.0,
                    (_, 0) => 0.15,
                    _ if (place + index) % 3 == 0 => [-0.03, 0.02, -0.015, -0.045][(place + index) / 3 % 4],
                    _ => 0.0,
                };
                pieces.push((gap, &word[start..start + letter.len_utf8()]));
            }
        }
        content.show_pieces("", 60.0, y, &pieces, TIMES);
        y -= 13.0;
    }
    Case::new(pdf(&content), TEXT.join("\n"))
}

fn heads_whose_letters_are_spaced_out_page() -> Case {
    let heads = ["THE HARBOUR OFFICE", "NOTES ON LAMPS", "SILENCE"];
    let mut content = Content::default();
    let mut y = 700.0;
    for head in heads {
        content.show_with("1.44 Tc 3.6 Tw", 60.0, y, head, Type::new(Font::Helvetica, 12.0));
        y -= 30.0;
    }
    Case::new(pdf(&content), heads.join("\n"))
}

fn kerning_of_up_to_a_tenth_page() -> Case {
    let pieces = [
        (0.0, "A"),
        (-0.09, "V"),
        (-0.08, "ALON and T"),
        (-0.1, "o"),
        (-0.02, "kyo w"),
        (0.08, "ere n"),
        (0.09, "e"),
        (0.06, "v"),
        (0.1, "er f"),
        (0.07, "ar apart"),
    ];
    let mut content = Content::default();
    content.show_pieces("", 60.0, 700.0, &pieces, Type::new(Font::Helvetica, 12.0));
    Case::new(pdf(&content), "AVALON and Tokyo were never far apart")
}

fn code_page() -> Case {
    let code = ["let lamp=cellar.take(3);", "assert!(lamp.is_dry());"];
    let mut content = Content::default();
    content.lines(60.0, 700.0, 13.0, &code, Type::new(Font::Courier, 10.0));
    Case::new(pdf(&content), code.join("\n"))
}

cases! {
    times_0_12 => page(TIMES, &[0.12], 0.0);
    helvetica_0_12 => page(HELVETICA, &[0.12], 0.0);
    bold_0_16 => page(Type::new(Font::TimesBold, 10.0), &[0.16], 0.0);
    small_type_0_14 => page(Type::new(Font::Times, 6.5), &[0.14], 0.0);
    another_gap_in_each_line => page(TIMES, &[0.12, 0.13, 0.145, 0.155, 0.165, 0.18], 0.0);
    letters_closer_than_usual => page(TIMES, &[0.17], -0.03);
    words_shown_one_by_one => words_shown_one_by_one_page();
    letters_that_are_kerned => letters_that_are_kerned_page();
    neighbour_heads_whose_letters_are_spaced_out => heads_whose_letters_are_spaced_out_page();
    neighbour_kerning_of_up_to_a_tenth => kerning_of_up_to_a_tenth_page();
    neighbour_code => code_page();
}
