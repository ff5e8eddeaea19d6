//! Frames drawn with the signs of DOS. Their codes are letters in most other encodings, in which a frame looks like words.

use std::borrow::Cow;

/// The codes of pieces of frames and of shades, which are the same in all code pages of DOS but for a few in the later ones.
const PIECES: std::ops::RangeInclusive<u8> = 0xb0..=0xdf;
/// Those of the shades.
const SHADES: std::ops::RangeInclusive<u8> = 0xb0..=0xb2;
/// The fewest pieces in a row that are a frame by themselves.
const LEAST_PIECES: usize = 4;

/// The sample without the frames in it, so that its words are left.
pub(super) fn without(sample: &[u8]) -> Cow<'_, [u8]> {
    if !runs(sample).any(|(start, end)| is_line(&sample[start..end])) {
        return Cow::Borrowed(sample);
    }
    let mut words = sample.to_vec();
    for (start, end) in runs(sample) {
        let run = &sample[start..end];
        // The sides of the frame.
        let is_side = run.len() <= 2 && run.iter().all(|byte| PIECES.contains(byte));
        if is_side || is_line(run) {
            words[start..end].fill(b' ');
        }
    }
    Cow::Owned(words)
}

/// Where bytes outside ASCII follow each other.
fn runs(sample: &[u8]) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + sample.get(at..)?.iter().position(|byte| !byte.is_ascii())?;
        let length = sample[start..].iter().position(u8::is_ascii);
        at = length.map_or(sample.len(), |length| start + length);
        Some((start, at))
    })
}

/// Whether these bytes are a line of a frame: one piece again and again for the most part, which no word has.
fn is_line(run: &[u8]) -> bool {
    let repeated = run.windows(2).filter(|pair| pair[0] == pair[1]).count();
    // The shades' codes are °, ± and ² in the encodings of the web, by which somebody may draw a line.
    let is_of_one_shade = repeated + 1 == run.len() && SHADES.contains(&run[0]);
    let is_long = run.len() >= 2 * LEAST_PIECES
        || run
            .windows(3)
            .any(|three| three[0] == three[1] && three[1] == three[2]);
    is_long
        && !is_of_one_shade
        && run.len() >= LEAST_PIECES
        && repeated * 2 >= run.len() - 1
        && run.iter().all(|byte| PIECES.contains(byte))
}
