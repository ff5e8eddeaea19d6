use super::{super::glyph::GlyphText, *};

/// The text of a page of letter size.
fn page_text(glyphs: &[PlacedGlyph]) -> String {
    let layout = super::lay_out(glyphs, 792.0);
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

/// Text set in a font of size 10 whose glyphs are 5 wide, blanks left out as many producers do.
fn set(text: &str, x: f32, y: f32) -> Vec<PlacedGlyph> {
    (0_u8..)
        .zip(text.chars())
        .filter(|(_, c)| *c != ' ')
        .map(|(n, c)| PlacedGlyph {
            text: GlyphText::One(c),
            x: x + 5.0 * f32::from(n),
            y,
            direction: Direction::Right,
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
    assert_eq!(page_text(&glyphs), "the encyclopedia\nof A-\nZ names");
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
        direction: Direction::Up,
        size: 10.0,
        advance: 5.0,
    }));
    assert_eq!(page_text(&glyphs), "the text\n\nup");
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
