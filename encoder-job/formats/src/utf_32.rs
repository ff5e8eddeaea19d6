//! UTF-32 (Unicode Standard, 3.10), which the Encoding Standard leaves out, as no browser reads it; programs write it all the same.

/// The order of a number's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteOrder {
    /// The lowest first.
    LittleEndian,
    /// The highest first.
    BigEndian,
}

impl ByteOrder {
    /// The order that a mark at the beginning says, of four bytes.
    pub fn of_mark(bytes: &[u8]) -> Option<Self> {
        match bytes.first_chunk()? {
            // UTF-16 with a zero for its first character would look the same, and no text has one.
            b"\xff\xfe\0\0" => Some(Self::LittleEndian),
            b"\0\0\xfe\xff" => Some(Self::BigEndian),
            _ => None,
        }
    }

    /// The order in which all of the numbers are characters, and none is zero, of at least two. The larger half of a character's number is nearly
    /// nothing, so that in the other order it would be none.
    pub fn of_numbers(bytes: &[u8]) -> Option<Self> {
        let (numbers, _) = bytes.as_chunks::<4>();
        let is_character = |number| char::from_u32(number).is_some_and(|character| character != '\0');
        let are_characters = |read: fn([u8; 4]) -> u32| {
            numbers.len() >= 2 && numbers.iter().all(|&number| is_character(read(number)))
        };
        if are_characters(u32::from_le_bytes) {
            Some(Self::LittleEndian)
        } else if are_characters(u32::from_be_bytes) {
            Some(Self::BigEndian)
        } else {
            None
        }
    }

    /// The encoding's name.
    pub fn encoding(self) -> &'static str {
        match self {
            Self::LittleEndian => "UTF-32LE",
            Self::BigEndian => "UTF-32BE",
        }
    }

    /// The text after the mark, with U+FFFD for what is none, and whether there was some.
    pub fn decode(self, bytes: &[u8]) -> (String, bool) {
        let (numbers, rest) = bytes.as_chunks::<4>();
        let mut has_errors = !rest.is_empty();
        let characters = numbers.iter().map(|&number| {
            let number = match self {
                Self::LittleEndian => u32::from_le_bytes(number),
                Self::BigEndian => u32::from_be_bytes(number),
            };
            char::from_u32(number).unwrap_or_else(|| {
                has_errors = true;
                char::REPLACEMENT_CHARACTER
            })
        });
        let mut text: String = characters.collect();
        if !rest.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
        (text, has_errors)
    }
}
