//! Wrapped cells: a line of a cell ends where the next word would not have fitted.

use super::lines::Line;

/// Of lines that follow each other in cells so many go on, of a hundred; else they are rows.
const MIN_WRAPPED: usize = 60;

/// Whether the first word of a line would not have fitted behind another that ends here, in a column that ends there.
pub(super) fn is_full(right: f32, limit: f32, next: &Line) -> bool {
    let characters = next.text.chars().count().max(1);
    let word = next.text.split(' ').next().map_or(0, |word| word.chars().count());
    #[allow(clippy::cast_precision_loss, reason = "words are short")]
    let share = word as f32 / characters as f32;
    right + 0.25 * next.size + share * (next.right - next.left) > limit
}

/// Whether lines that follow each other in cells are wrapped, each cell with the end of its column: most are full, or items of a list.
pub(super) fn are_wrapped<'a>(cells: impl Iterator<Item = (&'a [Line], f32)>) -> bool {
    let (mut pairs, mut wrapped) = (0, 0);
    for (lines, limit) in cells {
        for pair in lines.windows(2) {
            // Numbers below each other are of rows, each by itself.
            if pair.iter().all(|line| is_number(&line.text)) {
                pairs += 1;
                continue;
            }
            // Single words below each other say nothing.
            if !pair.iter().any(|line| line.text.contains(' ')) {
                continue;
            }
            pairs += 1;
            let is_item = pair[1].text.starts_with(['•', '–', '▪', '◦']);
            wrapped += usize::from(is_item || is_full(pair[0].right, limit, &pair[1]));
        }
    }
    pairs > 0 && wrapped * 100 >= pairs * MIN_WRAPPED
}

fn is_number(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_digit()) && !text.contains(char::is_alphabetic)
}
