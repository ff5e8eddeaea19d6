//! Lines and paragraphs of one block.

use super::Fragment;

/// Lines farther apart than so many times the usual distance belong to different paragraphs.
const PARAGRAPH_DISTANCE: f32 = 1.35;
/// Fragments whose baselines differ by less than so much of their size stand on one line.
const SAME_LINE: f32 = 0.4;

/// A line: fragments on one baseline.
struct Line {
    text: String,
    baseline: f32,
    size: f32,
}

/// Writes a block line by line, a blank line between paragraphs.
///
/// A word cut at a line's end is mended: where a line ends with a letter and a hyphen and the next begins with a small letter, the
/// hyphen goes and the word is whole, with the line's end after it. A compound that happens to be cut at its own hyphen loses it; that
/// is rarer than a word cut by the typesetter, and costs less.
pub(super) fn write(block: Vec<Fragment>, text: &mut String) {
    let lines = lines(block);
    let usual = usual_distance(&lines);
    let mut previous: Option<&Line> = None;
    for line in &lines {
        let mut rest = line.text.as_str();
        if let Some(above) = previous {
            let size = above.size.max(line.size);
            let distance = line.baseline - above.baseline;
            let new_size = (above.size - line.size).abs() > 0.2 * size;
            if distance > (PARAGRAPH_DISTANCE * usual).max(0.8 * size) || (new_size && distance > 1.1 * size)
            {
                text.push_str("\n\n");
            } else if let Some(end) = mended_word(text, rest) {
                text.pop();
                text.push_str(&rest[..end]);
                rest = rest[end..].trim_start();
                if !rest.is_empty() {
                    text.push('\n');
                }
            } else {
                text.push('\n');
            }
        }
        text.push_str(rest);
        previous = Some(line);
    }
}

/// Where the rest of a word that the text's end begins ends in the next line; `None` where no word is cut.
fn mended_word(text: &str, next: &str) -> Option<usize> {
    let before = text.strip_suffix(['-', '\u{2010}', '\u{ad}'])?;
    let cut = before.chars().next_back().is_some_and(char::is_alphabetic)
        && next.chars().next().is_some_and(char::is_lowercase);
    cut.then(|| next.find(char::is_whitespace).unwrap_or(next.len()))
}

/// Fragments joined to lines, from top to bottom.
fn lines(mut fragments: Vec<Fragment>) -> Vec<Line> {
    fragments.sort_by(|one, other| one.baseline.total_cmp(&other.baseline));
    let mut rows: Vec<Vec<Fragment>> = Vec::new();
    for fragment in fragments {
        match rows.last_mut() {
            Some(row)
                if fragment.baseline - row[0].baseline < SAME_LINE * fragment.size.min(row[0].size)
                    || (fragment.baseline - row[0].baseline < SAME_LINE * fragment.size.max(row[0].size)
                        && row.iter().all(|other| {
                            fragment.left >= other.right - 1.0 || fragment.right <= other.left + 1.0
                        })) =>
            {
                row.push(fragment);
            }
            _ => rows.push(vec![fragment]),
        }
    }
    rows.into_iter()
        .map(|mut row| {
            row.sort_by(|one, other| one.left.total_cmp(&other.left));
            let size = row.iter().map(|fragment| fragment.size).fold(0.0, f32::max);
            let baseline = row[0].baseline;
            let mut text = String::new();
            let mut right = f32::MIN;
            for fragment in row {
                if !text.is_empty() && fragment.left - right > -0.3 * size {
                    let joined = fragment.left - right < super::WORD_GAP * size;
                    if !joined {
                        text.push(' ');
                    }
                } else if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(&fragment.text);
                right = fragment.right;
            }
            Line { text, baseline, size }
        })
        .collect()
}

/// The usual distance of two lines: the one in the middle of those that are no more than twice the font's size.
fn usual_distance(lines: &[Line]) -> f32 {
    let mut distances: Vec<f32> = lines
        .windows(2)
        .map(|pair| pair[1].baseline - pair[0].baseline)
        .zip(lines)
        .filter(|(distance, line)| *distance < 2.0 * line.size)
        .map(|(distance, _)| distance)
        .collect();
    distances.sort_by(f32::total_cmp);
    distances.get(distances.len() / 2).copied().unwrap_or(f32::MAX)
}
