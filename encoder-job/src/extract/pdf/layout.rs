//! From placed glyphs to text: words, lines, columns, paragraphs. Pure.
//!
//! Glyphs come in the order they were drawn, which within a line is nearly always the order of reading. So glyphs
//! that follow each other on one baseline make *fragments*; fragments are put in reading order by where they stand
//! ([`columns`]); fragments on one baseline make a line; the distances of lines make paragraphs.

mod columns;
mod lines;

use super::glyph::{Direction, PlacedGlyph};

/// A gap of so much of the font's size separates words; inside words kerning stays below, and justified text stays above.
const WORD_GAP: f32 = 0.16;
/// A gap of so much of the font's size ends a fragment: the next may belong to another column.
const FRAGMENT_GAP: f32 = 1.2;
/// So far, in the font's size, a glyph may stand off the baseline and still be on it (sub- and superscripts are).
const BASELINE_TOLERANCE: f32 = 0.45;

/// Part of a line, in turned coordinates: text runs to the right and lines follow downwards.
#[derive(Clone, Debug, PartialEq)]
struct Fragment {
    text: String,
    left: f32,
    right: f32,
    baseline: f32,
    /// The largest size of a font in it.
    size: f32,
}

/// The text of a page.
pub(super) fn lay_out(glyphs: &[PlacedGlyph]) -> String {
    let mut text = String::new();
    // Text that runs another way than most of a page is apart from it: a stamp in the margin, a turned table.
    let mut directions =
        [Direction::Right, Direction::Down, Direction::Left, Direction::Up].map(|direction| {
            (
                glyphs.iter().filter(|glyph| glyph.direction == direction).count(),
                direction,
            )
        });
    directions.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
    for (count, direction) in directions {
        if count == 0 {
            continue;
        }
        let fragments = fragments(
            glyphs.iter().filter(|glyph| glyph.direction == direction),
            direction,
        );
        for block in columns::in_reading_order(fragments) {
            if !text.is_empty() {
                text.push_str("\n\n");
            }
            lines::write(block, &mut text);
        }
    }
    text
}

/// Glyphs that follow each other on one baseline, as text with blanks between words.
fn fragments<'a>(glyphs: impl Iterator<Item = &'a PlacedGlyph>, direction: Direction) -> Vec<Fragment> {
    let mut fragments: Vec<Fragment> = Vec::new();
    let mut current: Option<Fragment> = None;
    let mut blank_before = false;
    for glyph in glyphs {
        let (left, baseline) = direction.turn(glyph.x, glyph.y);
        if glyph.text.is_blank() {
            blank_before = true;
            continue;
        }
        let continues = current.as_ref().is_some_and(|fragment| {
            let size = fragment.size.max(glyph.size);
            let gap = left - fragment.right;
            (baseline - fragment.baseline).abs() < BASELINE_TOLERANCE * size
                && gap > -0.6 * size
                && gap < FRAGMENT_GAP * size
                && left > fragment.left - 0.1 * size
        });
        if !continues {
            fragments.extend(current.take());
        }
        let fragment = current.get_or_insert_with(|| Fragment {
            text: String::new(),
            left,
            right: left,
            baseline,
            size: glyph.size,
        });
        let gap = (left - fragment.right) / glyph.size.max(0.5 * fragment.size);
        if !fragment.text.is_empty() && (gap > WORD_GAP || (blank_before && gap > -0.3)) {
            fragment.text.push(' ');
        }
        blank_before = false;
        glyph.text.push_to(&mut fragment.text);
        fragment.right = fragment.right.max(left + glyph.advance);
        if glyph.size > fragment.size {
            // The baseline is that of the largest font: the others may be raised or lowered.
            fragment.size = glyph.size;
            fragment.baseline = baseline;
        }
    }
    fragments.extend(current);
    fragments
}

#[cfg(test)]
mod tests {
    use super::{super::glyph::GlyphText, *};

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
        assert_eq!(lay_out(&glyphs), "one line\nanother\n\nfar below");
    }

    #[test]
    fn a_word_cut_at_a_line_end_is_mended() {
        let glyphs = page(&[
            ("the ency-", 0.0, 100.0),
            ("clopedia", 0.0, 88.0),
            ("of A-", 0.0, 76.0),
            ("Z names", 0.0, 64.0),
        ]);
        assert_eq!(lay_out(&glyphs), "the encyclopedia\nof A-\nZ names");
    }

    #[test]
    fn columns_are_read_one_after_the_other_and_tables_row_by_row() {
        let mut lines = Vec::new();
        for row in 0_u8..6 {
            let y = 100.0 - 12.0 * f32::from(row);
            lines.push(("the left column has its text here", 0.0, y));
            lines.push(("the right column has other text", 200.0, y));
        }
        let text = lay_out(&page(&lines));
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
        assert!(lay_out(&page(&cells)).lines().all(|line| line == "name 12 34"));
    }

    #[test]
    fn lines_drawn_out_of_order_are_read_from_the_top() {
        let glyphs = page(&[("second", 0.0, 88.0), ("first", 0.0, 100.0)]);
        assert_eq!(lay_out(&glyphs), "first\nsecond");
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
        assert_eq!(lay_out(&glyphs), "the text\n\nup");
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
        assert_eq!(lay_out(&glyphs), "note1 goes on");
    }
}
