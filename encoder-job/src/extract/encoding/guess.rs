//! Which legacy encoding a text is in that does not say so.
//!
//! `chardetng` knows the encodings of the web by the letters that follow each other in their languages. It needs letters for that: where
//! signs are all there is outside ASCII, it takes them for letters of some language. So what it says is held against
//! the encodings that such texts are in, by how well each puts its characters where people do; and against those that
//! it does not know. windows-1252 has the benefit of the doubt.

#[cfg(test)]
mod tests;
mod words;

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_8859_2, ISO_8859_15, MACINTOSH, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254};

use super::{
    code_page::CodePage,
    frames, johab,
    placement::{Reading, is_latin},
    scripts,
};
use words::is_written_in;

/// How much of a sample shows how characters are placed, in bytes.
const PLACED: usize = 1 << 17;
/// What has to speak for an encoding before it is taken in the place of windows-1252, as ratings of places count.
const FOR_ANOTHER_OF_THE_WEB: f64 = 1.5;
const FOR_LATIN_9: f64 = 0.6;
/// The same where neither the sign of the euro nor a ligature of French speaks for it, but letters with carons alone: texts
/// in the languages that have them are in other encodings.
const FOR_LATIN_9_BY_CARONS: f64 = 1.5;
const FOR_MACINTOSH: f64 = 1.4;
const FOR_IBM850: f64 = 1.5;
const FOR_IBM437: f64 = 1.6;
const FOR_IBM852: f64 = 2.0;
const FOR_IBM857: f64 = 2.1;
const FOR_IBM775: f64 = 2.5;
/// So many different characters outside ASCII it takes before a text is in a code page of one language.
const LEAST_OF_SMALL_LANGUAGE: usize = 3;
/// What words of a language speak for the encodings it is written in; how many different ones it takes, and how many are looked at.
const BY_WORDS: f64 = 1.5;
const LEAST_WORDS: usize = 2;
const MOST_WORDS: usize = 2_000;
/// Common words of Polish that are none of English, German, French, Spanish or Italian.
const POLISH: [&str; 12] = [
    "w", "na", "nie", "po", "jest", "jej", "jego", "oraz", "czy", "ale", "jak", "od",
];
/// What frames speak for one of DOS.
const BY_FRAMES: f64 = 4.0;
/// What has to speak for one of DOS besides where the text is a page of the web.
const FOR_DOS_ON_THE_WEB: f64 = 4.0;

/// The code of the letter i without a dot in IBM850.
const DOTLESS_I: u8 = 0xd5;

/// Where a text comes from, as far as that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    Unknown,
    /// A page of the web.
    Web,
}

/// An encoding that was guessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// One that browsers know.
    Web(&'static Encoding),
    /// One of DOS.
    CodePage(CodePage),
    /// That of Korean on DOS.
    Johab,
}

impl Guess {
    /// Its name, at the Encoding Standard or at IANA.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Web(encoding) => encoding.name(),
            Self::CodePage(page) => page.name(),
            Self::Johab => "Johab",
        }
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Self::Web(encoding) => encoding.decode_without_bom_handling(bytes).0,
            Self::CodePage(page) => page.decode(bytes),
            Self::Johab => johab::decode(bytes).into(),
        }
    }

    /// The characters of the bytes from 128 on, if each byte is one.
    fn table(self) -> Option<[char; 128]> {
        match self {
            Self::Johab => None,
            Self::CodePage(page) => Some(*page.table()),
            Self::Web(encoding) => encoding.is_single_byte().then(|| table_of(encoding)),
        }
    }
}

/// The characters of the bytes from 128 on, in an encoding of the web in which each byte is one.
fn table_of(encoding: &'static Encoding) -> [char; 128] {
    let bytes: [u8; 128] = std::array::from_fn(|index| 128 | u8::try_from(index).unwrap_or_default());
    let (text, _) = encoding.decode_without_bom_handling(&bytes);
    let mut table = [char::REPLACEMENT_CHARACTER; 128];
    for (slot, character) in table.iter_mut().zip(text.chars()) {
        *slot = character;
    }
    table
}

/// The encoding that a sample of a text is in; `is_whole` where it goes to the text's end.
pub(super) fn guess(sample: &[u8], is_whole: bool, origin: Origin) -> Guess {
    let words = frames::without(sample);
    let has_frames = matches!(words, Cow::Owned(_));
    let guessed = by_words(&words, is_whole);
    guessed.unwrap_or_else(|guessed| among_latin(guessed, sample, has_frames, origin))
}

/// The encoding of another script than Latin that a sample is in, or else what is most likely for it among the encodings of the web.
fn by_words(sample: &[u8], is_whole: bool) -> Result<Guess, &'static Encoding> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, is_whole);
    let guessed = detector.guess(None, Utf8Detection::Deny);
    if let Some(found) = scripts::better_than(guessed, sample) {
        return Ok(found);
    }
    if is_written_in(guessed, sample) {
        return Ok(Guess::Web(guessed));
    }
    if johab::is_in_it(sample) {
        return Ok(Guess::Johab);
    }
    Err(guessed)
}

/// The most likely encoding of a text in Latin letters.
fn among_latin(guessed: &'static Encoding, sample: &[u8], has_frames: bool, origin: Origin) -> Guess {
    let sample = &sample[..sample.len().min(PLACED)];
    let rating = |table: &[char; 128]| Reading { bytes: sample, table }.rating();
    let western = table_of(WINDOWS_1252);
    let mut best = (rating(&western), Guess::Web(WINDOWS_1252));
    let dos = match origin {
        Origin::Unknown if has_frames => -BY_FRAMES,
        Origin::Unknown => 0.0,
        Origin::Web => FOR_DOS_ON_THE_WEB,
    };
    let mut candidates = vec![
        (FOR_MACINTOSH, Guess::Web(MACINTOSH)),
        (FOR_IBM850 + dos, Guess::CodePage(CodePage::Ibm850)),
        (FOR_IBM437 + dos, Guess::CodePage(CodePage::Ibm437)),
        (FOR_IBM852 + dos, Guess::CodePage(CodePage::Ibm852)),
    ];
    if has_different(sample, LEAST_OF_SMALL_LANGUAGE) {
        // It has no characters at these codes.
        if !sample.iter().any(|byte| matches!(byte, 0xd5 | 0xe7 | 0xf2)) {
            candidates.push((FOR_IBM857 + dos, Guess::CodePage(CodePage::Ibm857)));
        }
        candidates.push((FOR_IBM775 + dos, Guess::CodePage(CodePage::Ibm775)));
    }
    // ISO 8859 has no characters at these codes.
    if !sample.iter().any(|byte| matches!(byte, 0x80..=0x9f)) {
        let has_sign = sample.iter().any(|byte| matches!(byte, 0xa4 | 0xbc..=0xbe));
        let needed = if has_sign {
            FOR_LATIN_9
        } else {
            FOR_LATIN_9_BY_CARONS
        };
        candidates.push((needed, Guess::Web(ISO_8859_15)));
    }
    if guessed != WINDOWS_1252 {
        if let Some(table) = Guess::Web(guessed).table() {
            let letters = Letters::of(sample, guessed, &table, &western);
            let words = if [WINDOWS_1250, ISO_8859_2].contains(&guessed) && has_polish_words(sample) {
                BY_WORDS
            } else {
                0.0
            };
            let needed = FOR_ANOTHER_OF_THE_WEB - letters.weight() - words;
            candidates.push((needed, Guess::Web(guessed)));
        }
    } else if is_hungarian(sample, &western) {
        let has_own_signs = sample.iter().any(|byte| matches!(byte, 0x80..=0x9f));
        return Guess::Web(if has_own_signs { WINDOWS_1250 } else { ISO_8859_2 });
    }
    for (needed, guess) in candidates {
        if let Some(mut table) = guess.table() {
            if guess == Guess::CodePage(CodePage::Ibm850) {
                // No language that this page is for has a letter i without its dot.
                table[usize::from(DOTLESS_I & 0x7f)] = char::REPLACEMENT_CHARACTER;
            }
            let rating = rating(&table) - needed;
            if rating > best.0 {
                best = (rating, guess);
            }
        }
    }
    best.1
}

/// Whether a text has at least so many different characters outside ASCII.
fn has_different(sample: &[u8], least: usize) -> bool {
    let mut is_used = [false; 128];
    for byte in sample.iter().filter(|byte| !byte.is_ascii()) {
        is_used[usize::from(byte & 0x7f)] = true;
    }
    is_used.iter().filter(|is_used| **is_used).count() >= least
}

/// Whether a text has words of Polish in it: its most common letter stands where windows-1252 has a raised figure, which stands well at the
/// ends of words.
fn has_polish_words(sample: &[u8]) -> bool {
    let words = sample.split(|byte| byte.is_ascii_whitespace() || byte.is_ascii_punctuation());
    let mut found: Vec<&str> = Vec::new();
    for word in words.take(MOST_WORDS) {
        let known = POLISH
            .iter()
            .find(|known| known.as_bytes().eq_ignore_ascii_case(word));
        if let Some(word) = known.filter(|word| !found.contains(*word)) {
            found.push(word);
        }
    }
    found.len() >= LEAST_WORDS
}

/// Letters that stand in words and would be another character in windows-1252, one that does not stand well there.
struct Letters {
    all: usize,
    /// Those that would be a letter there, too. Which of the two it is the letters around it tell, so that what was guessed counts.
    contested: usize,
    /// How many of those it takes.
    needed: usize,
}

impl Letters {
    fn of(sample: &[u8], guessed: &'static Encoding, table: &[char; 128], western: &[char; 128]) -> Self {
        let reading = Reading { bytes: sample, table };
        let other = Reading {
            bytes: sample,
            table: western,
        };
        // A single letter is more often one of a large language than one of a small one.
        let is_of_large_language = [WINDOWS_1250, ISO_8859_2, WINDOWS_1254].contains(&guessed);
        let mut letters = Self {
            all: 0,
            contested: 0,
            needed: if is_of_large_language { 1 } else { 2 },
        };
        for at in reading.places() {
            let index = usize::from(sample[at] & 0x7f);
            if table[index] != western[index] && reading.is_letter_of_word(at) {
                let is_contested = other.is_letter_of_word(at);
                letters.contested += usize::from(is_contested);
                letters.all += usize::from(is_contested || other.place(at) <= 0.0);
            }
        }
        letters
    }

    /// What they weigh beside the ratings of places.
    #[allow(clippy::cast_precision_loss, reason = "a count in a sample")]
    fn weight(&self) -> f64 {
        let uncontested = self.all - self.contested;
        if self.contested >= self.needed {
            (self.all + 1) as f64
        } else {
            uncontested as f64
        }
    }
}

/// Whether a text, as windows-1252 reads it, is in Hungarian: its two letters with two strokes stand where that has an o and a u which
/// no language has beside each other and without any other than these.
fn is_hungarian(sample: &[u8], western: &[char; 128]) -> bool {
    let (mut strokes, mut others) = (0_usize, 0_usize);
    let mut has_o = false;
    let places = sample.iter().enumerate().filter(|(_, byte)| !byte.is_ascii());
    for (at, byte) in places {
        match western[usize::from(byte - 128)] {
            // Before an e it is of Portuguese: "questões".
            'õ' | 'Õ'
                if sample
                    .get(at + 1)
                    .is_some_and(|next| next.eq_ignore_ascii_case(&b'e')) =>
            {
                return false;
            }
            'õ' | 'Õ' => (strokes, has_o) = (strokes + 1, true),
            'û' | 'Û' => strokes += 1,
            'á' | 'é' | 'í' | 'ó' | 'ö' | 'ú' | 'ü' | 'Á' | 'É' | 'Í' | 'Ó' | 'Ö' | 'Ú' | 'Ü' =>
            {
                others += 1;
            }
            character if is_latin(character) => return false,
            _ => {}
        }
    }
    // The u alone is of French: "août".
    has_o && others > strokes
}
