//! From bytes of text to characters: which encoding they are in, and whether they are text at all.
//!
//! In this order: a byte order mark; UTF-8, which hardly anything else is by chance; UTF-16, of which zero bytes tell;
//! the encoding the document itself declares; UTF-8 with a few errors; the legacy encoding its characters look most like, among those
//! of the web, of DOS and of the Macintosh.

mod code_page;
mod frames;
mod guess;
mod johab;
mod placement;
mod scripts;
mod seven_bit;
#[cfg(test)]
mod tests;
mod utf_16;

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8};
use formats::{
    text::{is_readable, looks_written},
    utf_32::ByteOrder,
};

use crate::failure::{Failure, FailureReason};
use guess::{Origin, guess};

/// How much of a text is looked at to guess its encoding, in bytes from its first byte that is not ASCII.
const SAMPLE: usize = 1 << 20;
/// Of so many characters outside ASCII one may be no UTF-8, in text that is UTF-8 all the same.
const LEAST_VALID: usize = 10;

/// In UTF-32 without a mark one of so many characters is in ASCII, at least.
const LEAST_ASCII: usize = 100;

/// Text that was decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decoded<'a> {
    /// Without a byte order mark.
    pub(super) text: Cow<'a, str>,
    /// The encoding's name in the Encoding Standard, or one of UTF-32.
    pub(super) encoding: &'static str,
    /// What a person should know of it.
    pub(super) warning: Option<String>,
}

/// The bytes are no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotText;

impl From<NotText> for Failure {
    fn from(NotText: NotText) -> Self {
        Self::new(
            FailureReason::UnsupportedFormat,
            "the file is binary data, not text in any encoding: upload the document it was made from",
        )
    }
}

/// Decodes text; `declared` is what the document says of its own encoding.
///
/// # Errors
/// Where it holds zero bytes or too many control characters to be text.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    declared: Option<&'static Encoding>,
) -> Result<Decoded<'a>, NotText> {
    decode_from(bytes, declared, Origin::Unknown)
}

/// Like [`decode`], of a page of the web, which has hardly ever been written on DOS.
///
/// # Errors
/// Like those of [`decode`].
pub(super) fn decode_page<'a>(
    bytes: &'a [u8],
    declared: Option<&'static Encoding>,
) -> Result<Decoded<'a>, NotText> {
    decode_from(bytes, declared, Origin::Web)
}

fn decode_from<'a>(
    bytes: &'a [u8],
    declared: Option<&'static Encoding>,
    origin: Origin,
) -> Result<Decoded<'a>, NotText> {
    // Before UTF-16, whose mark is the first half of one of these.
    let marked = ByteOrder::of_mark(bytes).map(|order| (order, &bytes[4..]));
    if let Some((order, bytes)) = marked.or_else(|| Some((utf_32_without_mark(bytes)?, bytes))) {
        let (text, has_errors) = order.decode(bytes);
        return readable(Decoded {
            text: text.into(),
            encoding: order.encoding(),
            warning: has_errors.then(|| unreadable_parts(order.encoding())),
        });
    }
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return readable(decode_as(encoding, &bytes[length..]));
    }
    let has_zeros = bytes.contains(&0);
    if let Ok(text) = std::str::from_utf8(bytes)
        && !has_zeros
    {
        if bytes.is_ascii()
            && let Some((text, encoding)) = seven_bit::decode(bytes)
        {
            return readable(Decoded {
                text,
                encoding,
                warning: None,
            });
        }
        return readable(decoded(Cow::Borrowed(text), UTF_8, None));
    }
    if let Some(encoding) = utf_16::of_east_asia(bytes) {
        return readable(decode_as(encoding, bytes));
    }
    if has_zeros {
        if let Some(encoding) = utf_16::without_mark(bytes) {
            return readable(decode_as(encoding, bytes));
        }
        // Stray ones, as other control characters: many a program ends its texts with one.
        return readable(decode_as(UTF_8, bytes)).or_else(|NotText| readable(guessed(bytes, origin)));
    }
    if let Some(encoding) = declared
        && encoding.is_ascii_compatible()
        && encoding != UTF_8
        && let Ok(text) = readable(decode_as(encoding, bytes))
    {
        return Ok(text);
    }
    if is_almost_utf_8(bytes) {
        return readable(decode_as(UTF_8, bytes));
    }
    readable(guessed(bytes, origin))
}

/// Decodes in the encoding that the characters look most like, and says so.
fn guessed(bytes: &[u8], origin: Origin) -> Decoded<'_> {
    let (sample, is_whole) = sample(bytes);
    let guess = guess(sample, is_whole, origin);
    let warning = format!(
        "the text was read as {}, which is a guess, as the file does not say what its encoding is",
        guess.name().to_ascii_lowercase()
    );
    Decoded {
        text: guess.decode(bytes),
        encoding: guess.name(),
        warning: Some(warning),
    }
}

fn decoded<'a>(text: Cow<'a, str>, encoding: &'static Encoding, warning: Option<String>) -> Decoded<'a> {
    Decoded {
        text,
        encoding: encoding.name(),
        warning,
    }
}

/// Decodes, and says where something was not readable.
fn decode_as<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> Decoded<'a> {
    let (text, has_errors) = encoding.decode_without_bom_handling(bytes);
    decoded(
        text,
        encoding,
        has_errors.then(|| unreadable_parts(encoding.name())),
    )
}

fn unreadable_parts(encoding: &str) -> String {
    format!("some of the text is no valid {encoding}; what could not be read is marked with \u{fffd}")
}

/// Refuses what is no text.
fn readable(decoded: Decoded<'_>) -> Result<Decoded<'_>, NotText> {
    if is_readable(decoded.text.chars()) {
        Ok(decoded)
    } else {
        Err(NotText)
    }
}

/// The byte order of UTF-32 without a mark, if this is such text.
fn utf_32_without_mark(bytes: &[u8]) -> Option<ByteOrder> {
    let sample = &bytes[..bytes.len().min(SAMPLE) & !3];
    ByteOrder::of_numbers(sample).filter(|order| {
        let text = order.decode(sample).0;
        // Numbers of other kinds may all be characters too, but hardly ever spaces, line ends or digits among them.
        let ascii = text.chars().filter(char::is_ascii).count();
        ascii * LEAST_ASCII >= sample.len() / 4 && looks_written(text.chars())
    })
}

/// Whether this is UTF-8 but for a few places: of a mixed file, or cut at its end.
fn is_almost_utf_8(bytes: &[u8]) -> bool {
    let (mut valid, mut invalid) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        valid += chunk
            .valid()
            .chars()
            .filter(|character| !character.is_ascii())
            .count();
        invalid += usize::from(!chunk.invalid().is_empty());
    }
    valid >= invalid.saturating_mul(LEAST_VALID) || (invalid == 1 && valid >= 3)
}

/// The part of a text that its encoding is guessed from, and whether that goes to the text's end.
fn sample(bytes: &[u8]) -> (&[u8], bool) {
    let start = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or_default();
    // A little of what comes before tells words of few foreign letters apart.
    let start = start.saturating_sub(1024);
    let end = bytes.len().min(start + SAMPLE);
    (&bytes[start..end], end == bytes.len())
}
