//! From byte positions to positions in Unicode characters, without counting from the beginning each time.

/// Bytes between two remembered counts.
const STRIDE: usize = 512;

/// The number of characters before every [`STRIDE`]th byte of a text.
pub(super) struct CharacterPositions {
    counts: Vec<usize>,
}

impl CharacterPositions {
    pub(super) fn new(text: &str) -> Self {
        let mut counts = Vec::with_capacity(text.len() / STRIDE + 1);
        let mut count = 0;
        for block in text.as_bytes().chunks(STRIDE) {
            counts.push(count);
            count += starts(block);
        }
        if text.len().is_multiple_of(STRIDE) {
            counts.push(count);
        }
        Self { counts }
    }

    /// The number of characters before the byte position.
    pub(super) fn at(&self, text: &str, byte: usize) -> usize {
        let block = byte / STRIDE;
        self.counts[block] + starts(&text.as_bytes()[block * STRIDE..byte])
    }

    /// The byte position of the character with this number; `None` where there are not so many.
    pub(super) fn byte_of(&self, text: &str, character: usize) -> Option<usize> {
        let block = self
            .counts
            .partition_point(|&count| count <= character)
            .checked_sub(1)?;
        let mut left = character - self.counts[block];
        let rest = &text.as_bytes()[block * STRIDE..];
        let begins = rest.iter().position(|&byte| {
            let is_start = starts(&[byte]) == 1;
            let is_found = is_start && left == 0;
            left -= usize::from(is_start && left > 0);
            is_found
        })?;
        Some(block * STRIDE + begins)
    }
}

/// How many characters begin in these bytes of UTF-8: continuation bytes are those that look like `0b10xx_xxxx` (RFC 3629).
fn starts(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .filter(|&&byte| byte & 0b1100_0000 != 0b1000_0000)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_counting_from_the_beginning() {
        for length in [0, 1, 511, 512, 513, 3000] {
            let text: String = "aé漢🙂\n".chars().cycle().take(length).collect();
            let positions = CharacterPositions::new(&text);
            for (count, (byte, _)) in text.char_indices().enumerate() {
                assert_eq!(positions.at(&text, byte), count);
                assert_eq!(positions.byte_of(&text, count), Some(byte));
            }
            assert_eq!(positions.at(&text, text.len()), length);
            assert_eq!(positions.byte_of(&text, length), None);
        }
    }
}
