//! From placed glyphs to paragraphs in reading order: words, lines, columns, paragraphs. Pure.
//!
//! Glyphs come in the order they were drawn, which within a line is nearly always the order of reading.
//!
//! | step | file |
//! |---|---|
//! | glyphs that run in one direction make a group | `direction_groups.rs` |
//! | those of a group that follow each other on one baseline make fragments | `fragments.rs`, `tight.rs`, `spaced_out.rs`, `accents.rs` |
//! | fragments in the cells of rulings make tables | `grid.rs`, `tables.rs` |
//! | lines at a page's upper and lower edge are apart, as only those of other pages tell whether they are running heads | `edges.rs` |
//! | where the drawing goes back up, a column may have ended | `drawing_order.rs` |
//! | white strips part columns | `columns.rs`, `strips.rs`, `bands.rs`, `sides.rs` |
//! | fragments on one baseline make a line, in which scripts that run to the left are put in logical order | `lines.rs`, `direction.rs` |
//! | lines whose cells stand below each other make tables | `unruled.rs`, `wrapped.rs` |
//! | the distances of lines make paragraphs | `paragraphs.rs` |

mod accents;
mod bands;
mod columns;
mod direction;
mod direction_groups;
mod drawing_order;
mod edges;
mod fragments;
mod grid;
mod lines;
mod paragraphs;
mod sides;
mod spaced_out;
mod strips;
mod tables;
mod tight;
mod unruled;
mod wrapped;

#[cfg(test)]
mod tests;

use super::{glyph::PlacedGlyph, ruling::Ruling};
pub(super) use direction::{Base, in_visual_order};
pub(super) use edges::EdgeLine;
use fragments::Fragment;
pub(super) use lines::Line;
pub(super) use paragraphs::{Paragraph, write};

/// The text of a page, in pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PageLayout {
    /// Lines apart at the upper edge, from the top.
    pub(super) top: Vec<EdgeLine>,
    /// All between the edges, in reading order.
    pub(super) paragraphs: Vec<Paragraph>,
    /// Lines apart at the lower edge, from the top.
    pub(super) bottom: Vec<EdgeLine>,
}

impl PageLayout {
    /// The layout of a text that is laid out already, with blank lines between paragraphs.
    pub(super) fn of_text(text: &str) -> Self {
        let paragraphs = text
            .split("\n\n")
            .filter_map(|paragraph| Paragraph::new(paragraph, 0.0, paragraph.lines().count()));
        Self {
            paragraphs: paragraphs.collect(),
            ..Self::default()
        }
    }

    /// How many characters say something: letters and digits.
    pub(super) fn readable(&self) -> usize {
        let edges = self.top.iter().chain(&self.bottom).map(|line| line.text.as_str());
        let all = edges.chain(self.paragraphs.iter().map(|paragraph| paragraph.text.as_str()));
        all.flat_map(str::chars).filter(|c| c.is_alphanumeric()).count()
    }
}

/// Lays out a page that is `height` points high.
pub(super) fn lay_out(glyphs: &[PlacedGlyph], rulings: &[Ruling], height: f32) -> PageLayout {
    let mut layout = PageLayout::default();
    // Text that runs another way than most of a page is apart from it: a stamp in the margin, a turned table.
    for (index, mut group) in direction_groups::groups(glyphs).into_iter().enumerate() {
        direction_groups::put_lines_in_order(&mut group);
        let rulings = if index == 0 { rulings } else { &[] };
        let rulings = grid::Lines::new(rulings, group.direction);
        let mut fragments = fragments::fragments(group.glyphs.iter().copied(), group.direction, &rulings);
        let base = Base::of(&fragments);
        tables::take_ruled(&mut fragments, &rulings, base);
        fragments.sort_by(|one, other| one.baseline.total_cmp(&other.baseline));
        let mut pages = vec![fragments];
        if index == 0 && group.is_upright() {
            if let Some(spine) = strips::between_pages(&pages[0], height) {
                let (left, right) = pages
                    .remove(0)
                    .into_iter()
                    .partition(|fragment| fragment.right <= spine);
                pages = vec![left, right];
            } else {
                (layout.top, layout.bottom) = edges::take(&mut pages[0], height, base);
            }
        }
        let blocks: Vec<_> = pages
            .into_iter()
            .flat_map(|page| columns::in_reading_order(drawing_order::parts(page, base), base))
            .map(|block| unruled::lines(lines::rows(block), &rulings, base))
            .collect();
        let spacing = paragraphs::spacing(&blocks);
        for block in &blocks {
            paragraphs::write(block, spacing, base, &mut layout.paragraphs);
        }
    }
    layout
}

/// The value in the middle; 0 where there is none.
fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    let middle = values.len() / 2;
    if middle >= values.len() {
        return 0.0;
    }
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}
