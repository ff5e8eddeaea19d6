//! How an encoding fails: a reason from the closed list, and a sentence for a person.

use std::fmt;

/// Why a document was not encoded. The names are those of the resource's `status.failure.reason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum FailureReason {
    /// There is no such file or object.
    SourceNotFound,
    /// The source is larger than is allowed.
    SourceTooLarge,
    /// The content is of a format the encoder does not read.
    UnsupportedFormat,
    /// The document opens only with a password.
    Encrypted,
    /// The document is broken beyond reading.
    Malformed,
    /// There is no text.
    NoText,
    /// The parameters make no sense.
    InvalidSpec,
    /// A bug of the encoder's own.
    EncodingError,
    /// The output is not there, or could not be written.
    OutputMissing,
    /// The output does not hold what it promises.
    MetadataInvalid,
    /// The parser needed more memory than it may have.
    OutOfMemory,
    /// The document took longer than it may.
    DeadlineExceeded,
    /// Reading or writing failed.
    StoreUnavailable,
    /// The configuration is wrong.
    Misconfigured,
}

/// The exit statuses of the program and what each means, 0 first.
pub const EXIT_STATUSES: [(u8, &str); 8] = [
    (0, "done"),
    (64, "bad parameters"),
    (65, "bad input; trying again is no use"),
    (66, "no input"),
    (70, "internal error"),
    (
        74,
        "reading or writing failed, or a result is not what it should be",
    ),
    (75, "try again"),
    (78, "bad configuration"),
];

impl FailureReason {
    /// All of them, in order.
    pub const ALL: [Self; 14] = [
        Self::SourceNotFound,
        Self::SourceTooLarge,
        Self::UnsupportedFormat,
        Self::Encrypted,
        Self::Malformed,
        Self::NoText,
        Self::InvalidSpec,
        Self::EncodingError,
        Self::OutputMissing,
        Self::MetadataInvalid,
        Self::OutOfMemory,
        Self::DeadlineExceeded,
        Self::StoreUnavailable,
        Self::Misconfigured,
    ];

    /// The exit status of a program that fails for this reason.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::InvalidSpec => 64,
            Self::SourceTooLarge
            | Self::UnsupportedFormat
            | Self::Encrypted
            | Self::Malformed
            | Self::NoText => 65,
            Self::SourceNotFound => 66,
            Self::EncodingError => 70,
            Self::OutputMissing | Self::MetadataInvalid | Self::StoreUnavailable => 74,
            Self::OutOfMemory | Self::DeadlineExceeded => 75,
            Self::Misconfigured => 78,
        }
    }
}

impl fmt::Display for FailureReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}

/// A document that was not encoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("{reason}: {message}")]
pub struct Failure {
    /// Why, from the closed list.
    pub reason: FailureReason,
    /// What happened, to what, and what to do, in one line that can be [printed](printable).
    // What comes from the parser's process is in a stranger's hands and goes the same way.
    #[serde(deserialize_with = "read_message")]
    pub message: String,
}

impl Failure {
    /// A failure; spaces and line ends in the message become single spaces, and the rest [printable].
    pub fn new(reason: FailureReason, message: impl AsRef<str>) -> Self {
        Self {
            reason,
            message: one_line(message.as_ref()),
        }
    }
}

fn read_message<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let message: String = serde::Deserialize::deserialize(deserializer)?;
    Ok(one_line(&message))
}

fn one_line(message: &str) -> String {
    printable(&message.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The most characters of a [printable] text.
pub const PRINTABLE_CHARACTERS: usize = 300;

/// A text from a stranger, as it may go to a terminal or a log: what would steer a terminal or turn the direction of writing is
/// escaped, and of a long text its beginning is left.
pub fn printable(text: &str) -> String {
    let mut printable = String::new();
    let mut length = 0;
    // Where the text is cut if it proves too long, which leaves room for the mark.
    let mut cut = 0;
    for character in text.chars() {
        if steers_terminal(character) {
            printable.extend(character.escape_default());
            length += character.escape_default().len();
        } else {
            printable.push(character);
            length += 1;
        }
        if length > PRINTABLE_CHARACTERS {
            printable.truncate(cut);
            printable.push('…');
            break;
        }
        if length < PRINTABLE_CHARACTERS {
            cut = printable.len();
        }
    }
    printable
}

/// Whether the character does something to a terminal, or to how the text around it is shown, in place of being shown: control characters,
/// separators of lines, and marks of direction (Unicode Standard Annex 9, 2.1 to 2.6).
pub fn steers_terminal(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_in_the_list_and_its_exit_status_has_a_meaning() {
        for (index, reason) in FailureReason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, index, "{reason}");
            assert!(
                EXIT_STATUSES
                    .iter()
                    .any(|&(status, _)| status == reason.exit_code())
            );
        }
        assert_eq!(
            FailureReason::Misconfigured as usize + 1,
            FailureReason::ALL.len()
        );
    }

    #[test]
    fn nothing_that_steers_a_terminal_is_printed() {
        for (text, expected) in [
            ("perché “no” 漢字", "perché “no” 漢字"),
            ("a\u{1b}[31mb", "a\\u{1b}[31mb"),
            ("a\nb\tc", "a\\nb\\tc"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("fdp.\u{202e}exe", "fdp.\\u{202e}exe"),
        ] {
            assert_eq!(printable(text), expected);
            assert_eq!(printable(&printable(text)), expected);
        }
    }

    #[test]
    fn a_long_text_is_cut_between_two_characters() {
        let long = |count| "é".repeat(count);
        assert_eq!(printable(&long(300)), long(300));
        assert_eq!(printable(&long(301)), format!("{}…", long(299)));
        assert_eq!(printable(&long(100_000)), format!("{}…", long(299)));
        // An escape is whole or not there.
        let text = format!("{}\u{1b}[0m", long(297));
        assert_eq!(printable(&text), format!("{}…", long(297)));
        assert_eq!(printable(&printable(&text)), printable(&text));
    }

    #[test]
    fn a_failure_is_one_line_wherever_it_comes_from() {
        let expected = Failure {
            reason: FailureReason::Malformed,
            message: "no font a\\u{1b}[1m b".to_owned(),
        };
        assert_eq!(
            Failure::new(FailureReason::Malformed, "no font\n  a\u{1b}[1m\r\nb"),
            expected
        );
        let json = r#"{"reason":"Malformed","message":"no font\n  a\u001b[1m\r\nb"}"#;
        assert_eq!(serde_json::from_str::<Failure>(json).unwrap(), expected);
    }
}
