use super::{
    super::glyph::{Direction, GlyphText, Quarter},
    *,
};

/// The text of a page of letter size.
fn page_text(glyphs: &[PlacedGlyph]) -> String {
    let layout = super::lay_out(glyphs, &[], 792.0);
    let edge = |line: &EdgeLine| line.text.clone();
    let paragraphs = layout.paragraphs.iter().map(|paragraph| paragraph.text.clone());
    let all: Vec<String> = layout
        .top
        .iter()
        .map(edge)
        .chain(paragraphs)
        .chain(layout.bottom.iter().map(edge))
        .collect();
    all.join("\n\n")
}

/// Text set in a font of size 10 whose glyphs are 5 wide, spaces left out as many producers do.
fn set(text: &str, x: f32, y: f32) -> Vec<PlacedGlyph> {
    (0_u8..)
        .zip(text.chars())
        .filter(|(_, c)| *c != ' ')
        .map(|(n, c)| PlacedGlyph {
            text: GlyphText::One(c),
            x: x + 5.0 * f32::from(n),
            y,
            direction: Direction::RIGHT,
            size: 10.0,
            advance: 5.0,
        })
        .collect()
}

fn page(lines: &[(&str, f32, f32)]) -> Vec<PlacedGlyph> {
    lines.iter().flat_map(|&(text, x, y)| set(text, x, y)).collect()
}

#[test]
fn gaps_make_words_and_distances_make_paragraphs() {
    let glyphs = page(&[
        ("one line", 0.0, 100.0),
        ("another", 0.0, 88.0),
        ("far below", 0.0, 60.0),
    ]);
    assert_eq!(page_text(&glyphs), "one line\nanother\n\nfar below");
}

#[test]
fn a_word_cut_at_a_line_end_is_mended() {
    let glyphs = page(&[
        ("the ency-", 0.0, 100.0),
        ("clopedia", 0.0, 88.0),
        ("of A-", 0.0, 76.0),
        ("Z names", 0.0, 64.0),
    ]);
    // What the document may know better is marked.
    let text = page_text(&glyphs).replace('\u{fdd0}', "");
    assert_eq!(text, "the encyclopedia\nof A-\nZ names");
}

#[test]
fn columns_are_read_one_after_the_other_and_tables_row_by_row() {
    let mut lines = Vec::new();
    for row in 0_u8..6 {
        let y = 100.0 - 12.0 * f32::from(row);
        lines.push(("the left column has its text here", 0.0, y));
        lines.push(("the right column has other text", 200.0, y));
    }
    let text = page_text(&page(&lines));
    let (left, right) = text.split_once("\n\n").expect("two columns");
    assert_eq!(left.lines().count(), 6);
    assert!(
        left.lines().all(|line| line.starts_with("the left"))
            && right.lines().all(|line| line.starts_with("the right"))
    );

    let mut cells = Vec::new();
    for row in 0_u8..6 {
        let y = 100.0 - 12.0 * f32::from(row);
        cells.extend([("name", 0.0, y), ("12", 200.0, y), ("34", 300.0, y)]);
    }
    assert!(
        page_text(&page(&cells))
            .lines()
            .all(|line| line == "name\t12\t34")
    );
}

#[test]
fn lines_drawn_out_of_order_are_read_from_the_top() {
    let glyphs = page(&[("second", 0.0, 88.0), ("first", 0.0, 100.0)]);
    assert_eq!(page_text(&glyphs), "first\nsecond");
}

#[test]
fn turned_text_is_apart() {
    let mut glyphs = page(&[("the text", 50.0, 100.0)]);
    glyphs.extend((0_u8..).zip("up".chars()).map(|(n, c)| PlacedGlyph {
        text: GlyphText::One(c),
        x: 10.0,
        y: 100.0 + 5.0 * f32::from(n),
        direction: Direction::straight(Quarter::Up),
        size: 10.0,
        advance: 5.0,
    }));
    assert_eq!(page_text(&glyphs), "the text\n\nup");
}

/// Glyphs turned about the lower left corner of the page, against the clock.
fn turned(glyphs: Vec<PlacedGlyph>, degrees: f32) -> Vec<PlacedGlyph> {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let turn = |glyph: PlacedGlyph| PlacedGlyph {
        x: glyph.x * cosine - glyph.y * sine,
        y: glyph.x * sine + glyph.y * cosine,
        direction: Direction::of(cosine, sine),
        ..glyph
    };
    glyphs.into_iter().map(turn).collect()
}

#[test]
fn text_at_an_angle_is_read_as_if_it_were_straight() {
    let table = page(&[
        ("one line that is rather long", 300.0, 100.0),
        ("right", 500.0, 100.0),
        ("another one below it", 300.0, 86.0),
        ("side", 500.0, 86.0),
    ]);
    let straight = page_text(&table);
    assert_eq!(
        straight,
        "one line that is rather long\tright\nanother one below it\tside"
    );
    for degrees in [-60.0, -30.0, 0.7, 4.0, 20.0, 45.0, 100.0, 170.0] {
        assert_eq!(page_text(&turned(table.clone(), degrees)), straight, "{degrees}");
    }
}

#[test]
fn a_mark_across_the_page_does_not_break_into_its_lines() {
    let mut glyphs = page(&[
        ("some lines of text", 100.0, 112.0),
        ("that go on and on", 100.0, 100.0),
        ("until they end", 100.0, 88.0),
    ]);
    glyphs.extend(turned(set("DRAFT", 140.0, 20.0), 30.0));
    assert_eq!(
        page_text(&glyphs),
        "some lines of text\nthat go on and on\nuntil they end\n\nDRAFT"
    );
}

#[test]
fn words_of_a_scanned_page_that_lie_aslant_each_in_its_own_way_are_one_group() {
    let mut glyphs = Vec::new();
    for (row, angles) in [[0.9, 1.4], [1.1, 0.6], [1.5, 1.2]].into_iter().enumerate() {
        for (text, x, degrees) in [("left word", 100.0, angles[0]), ("right one", 300.0, angles[1])] {
            let y = 700.0 - 14.0 * [0.0, 1.0, 2.0][row];
            let word = turned(set(text, x, y), 1.1);
            let direction = turned(set(text, x, y), degrees)[0].direction;
            glyphs.extend(word.into_iter().map(|glyph| PlacedGlyph { direction, ..glyph }));
        }
    }
    let row = "left word\tright one";
    assert_eq!(page_text(&glyphs), format!("{row}\n{row}\n{row}"));
}

#[test]
fn a_superscript_stays_in_its_line() {
    let mut glyphs = set("note", 0.0, 100.0);
    glyphs.push(PlacedGlyph {
        size: 6.0,
        advance: 3.0,
        ..set("1", 20.0, 103.5).remove(0)
    });
    glyphs.extend(set("goes on", 28.0, 100.0));
    assert_eq!(page_text(&glyphs), "note1 goes on");
}

#[test]
fn an_indented_line_after_a_sentence_begins_a_paragraph() {
    let glyphs = page(&[
        ("one sentence that is long and", 0.0, 100.0),
        ("ends here.", 0.0, 88.0),
        ("another paragraph that begins", 15.0, 76.0),
        ("and goes on", 0.0, 64.0),
        ("as lines do", 0.0, 52.0),
    ]);
    assert_eq!(
        page_text(&glyphs),
        "one sentence that is long and\nends here.\n\nanother paragraph that begins\nand goes on\nas lines do"
    );
}

#[test]
fn a_space_drawn_again_behind_the_next_letter_parts_no_word() {
    let mut glyphs = set("the end", 0.0, 100.0);
    let space = PlacedGlyph {
        text: GlyphText::One(' '),
        ..set("x", 15.0, 100.0).remove(0)
    };
    glyphs.insert(3, space.clone());
    glyphs.insert(5, space);
    assert_eq!(page_text(&glyphs), "the end");
}

#[test]
fn an_accent_over_a_letter_is_one_character_with_it() {
    let mut glyphs = set("perch", 0.0, 100.0);
    glyphs.extend(set("´", 25.0, 102.0));
    glyphs.extend(set("e no", 25.0, 100.0));
    assert_eq!(page_text(&glyphs), "perché no");
}

#[test]
fn code_beside_prose_is_a_column_of_its_own() {
    let mut lines = Vec::new();
    for row in 0_u8..12 {
        let y = 300.0 - 12.0 * f32::from(row);
        lines.push((
            "the left column is prose that fills its lines to the very end",
            0.0,
            y,
        ));
        lines.push((if row % 2 == 0 { "if (a) {" } else { "  b = c;" }, 330.0, y));
    }
    let text = page_text(&page(&lines));
    assert!(
        text.starts_with("the left column") && text.ends_with("if (a) {\nb = c;"),
        "{text}"
    );
    assert!(!text.contains("very end\tif"), "{text}");
}
