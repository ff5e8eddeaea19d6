use super::{super::glyph::Direction, *};

/// Text in a font of size 10 whose letters are as wide as here, drawn so often and each time so much farther on.
fn drawn(text: &[(char, f32)], times: u8, step: f32) -> Vec<PlacedGlyph> {
    let mut glyphs = Vec::new();
    for time in 0..times {
        let mut x = 100.0 + step * f32::from(time);
        for &(character, advance) in text {
            glyphs.push(glyph(character, x, advance));
            x += advance;
        }
    }
    glyphs
}

fn glyph(character: char, x: f32, advance: f32) -> PlacedGlyph {
    PlacedGlyph {
        text: GlyphText::One(character),
        x,
        y: 500.0,
        direction: Direction::RIGHT,
        size: 10.0,
        advance,
    }
}

fn once(all: Vec<PlacedGlyph>) -> String {
    let mut places = Places::default();
    places.clear((0.0, 0.0), 600.0, 800.0);
    let mut glyphs = all;
    places.remove_copies(&mut glyphs);
    let mut text = String::new();
    for glyph in &glyphs {
        glyph.text.push_to(&mut text);
    }
    text
}

const LETTER: [(char, f32); 6] = [
    ('L', 5.6),
    ('e', 5.6),
    ('t', 2.8),
    ('t', 2.8),
    ('e', 5.6),
    ('r', 3.3),
];

#[test]
fn a_line_drawn_again_a_little_apart_counts_once() {
    for step in [0.0, 0.2, 0.3, 0.7, 1.5, 2.8, 3.3] {
        for times in 1..=4 {
            // Only as far as the last copy is from the one before it.
            assert_eq!(
                once(drawn(&LETTER, times, step)),
                "Letter",
                "{times} times {step}"
            );
        }
    }
}

#[test]
fn letters_each_drawn_twice_count_once() {
    for step in [0.4, 1.0] {
        let twice = drawn(&LETTER, 1, 0.0).into_iter().flat_map(|glyph| {
            [
                glyph.clone(),
                PlacedGlyph {
                    x: glyph.x + step,
                    ..glyph
                },
            ]
        });
        assert_eq!(once(twice.collect()), "Letter", "{step}");
    }
}

#[test]
fn letters_that_stand_twice_stay() {
    let narrow = [('i', 2.2), ('l', 2.2), ('l', 2.2), ('i', 2.2), ('i', 2.2)];
    assert_eq!(once(drawn(&narrow, 1, 0.0)), "illii");
    let double = [
        ('a', 5.6),
        ('f', 2.8),
        ('f', 2.8),
        ('i', 2.2),
        ('t', 2.8),
        ('t', 2.8),
        ('i', 2.2),
    ];
    assert_eq!(once(drawn(&double, 1, 0.0)), "affitti");
    let word = [('n', 5.6), ('o', 5.6), (' ', 2.8), ('n', 5.6), ('o', 5.6)];
    assert_eq!(once(drawn(&word, 1, 0.0)), "no no");
    let rows = [
        ('l', 2.2),
        ('l', 2.2),
        ('l', 2.2),
        ('i', 2.2),
        ('i', 2.2),
        ('i', 2.2),
    ];
    assert_eq!(once(drawn(&rows, 1, 0.0)), "llliii");
    // Set tight, and condensed.
    let tight = [
        ('a', 4.4),
        ('t', 1.6),
        ('t', 1.6),
        ('i', 1.1),
        ('i', 1.1),
        ('l', 1.1),
        ('l', 1.1),
    ];
    let tight: Vec<PlacedGlyph> = drawn(&tight, 1, 0.0)
        .into_iter()
        .map(|glyph| PlacedGlyph {
            advance: glyph.advance + 1.1,
            ..glyph
        })
        .collect();
    assert_eq!(once(tight), "attiill");
    let condensed = [('v', 2.0), ('i', 0.9), ('l', 0.9), ('l', 0.9), ('a', 2.2)];
    assert_eq!(once(drawn(&condensed, 1, 0.0)), "villa");
}
