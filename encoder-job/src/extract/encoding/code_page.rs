//! Encodings of DOS. Browsers do not know them, and no page on the web is in any of them; old files are in them all the same.

use std::borrow::Cow;

use oem_cp::code_table::{
    DECODING_TABLE_CP437, DECODING_TABLE_CP737, DECODING_TABLE_CP775, DECODING_TABLE_CP850,
    DECODING_TABLE_CP852, DECODING_TABLE_CP855, DECODING_TABLE_CP857, DECODING_TABLE_CP862,
};

/// That of Turkey, which has three codes without a character.
static TURKISH: [char; 128] = whole(&DECODING_TABLE_CP857);

const fn whole(table: &[Option<char>; 128]) -> [char; 128] {
    let mut characters = [char::REPLACEMENT_CHARACTER; 128];
    let mut at = 0;
    while at < characters.len() {
        if let Some(character) = table[at] {
            characters[at] = character;
        }
        at += 1;
    }
    characters
}

/// A code page of DOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CodePage {
    /// Of the first machines, and of the United States.
    Ibm437,
    /// Of Greece.
    Ibm737,
    /// Of the Baltic countries.
    Ibm775,
    /// Of western Europe; the letters of 437 stand at the same codes.
    Ibm850,
    /// Of Central Europe.
    Ibm852,
    /// Of eastern Europe, with the letters of Cyrillic.
    Ibm855,
    /// Of Turkey.
    Ibm857,
    /// Of Israel.
    Ibm862,
}

/// All of them.
#[cfg(test)]
const ALL: [CodePage; 8] = [
    CodePage::Ibm437,
    CodePage::Ibm737,
    CodePage::Ibm775,
    CodePage::Ibm850,
    CodePage::Ibm852,
    CodePage::Ibm855,
    CodePage::Ibm857,
    CodePage::Ibm862,
];

impl CodePage {
    /// Its name at IANA.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Ibm437 => "IBM437",
            Self::Ibm737 => "IBM737",
            Self::Ibm775 => "IBM775",
            Self::Ibm850 => "IBM850",
            Self::Ibm852 => "IBM852",
            Self::Ibm855 => "IBM855",
            Self::Ibm857 => "IBM857",
            Self::Ibm862 => "IBM862",
        }
    }

    /// The characters of the bytes from 128 on.
    pub(super) fn table(self) -> &'static [char; 128] {
        match self {
            Self::Ibm437 => &DECODING_TABLE_CP437,
            Self::Ibm737 => &DECODING_TABLE_CP737,
            Self::Ibm775 => &DECODING_TABLE_CP775,
            Self::Ibm850 => &DECODING_TABLE_CP850,
            Self::Ibm852 => &DECODING_TABLE_CP852,
            Self::Ibm855 => &DECODING_TABLE_CP855,
            Self::Ibm857 => &TURKISH,
            Self::Ibm862 => &DECODING_TABLE_CP862,
        }
    }

    /// The text; every byte is a character in these encodings but for three of IBM857, which are marked.
    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        let character = |&byte: &u8| match byte.checked_sub(128) {
            Some(index) => self.table()[usize::from(index)],
            None => char::from(byte),
        };
        Cow::Owned(bytes.iter().map(character).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_a_character() {
        let bytes: Vec<u8> = (0..=u8::MAX).collect();
        for page in ALL {
            let text = page.decode(&bytes);
            assert_eq!(text.chars().count(), 256, "{page:?}");
            let missing = if page == CodePage::Ibm857 { 3 } else { 0 };
            assert!(text.starts_with("\0\u{1}"), "{page:?}");
            assert_eq!(text.matches('\u{fffd}').count(), missing, "{page:?}");
        }
    }
}
