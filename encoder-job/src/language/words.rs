//! Whether the letters of a text make words. A language is told by which letters follow each other, and some language is the most
//! likely for any letters at all: for those of genes, of encoded data and of one word again and again, too.

use unicode_normalization::UnicodeNormalization as _;

/// The longest word. German has some of forty letters.
const MAX_WORD: usize = 45;
/// What is longer than this, and has no other characters than encoded data, is such data.
const LEAST_DATA: usize = 24;
/// The fewest different letters, of an alphabet, and ideographs and syllables, of all that a text of any language has.
const LEAST_LETTERS: usize = 8;
const LEAST_IDEOGRAPHS: usize = 5;
/// So many words in all are more than a heading; then there are so many different ones, and else so many.
const MANY_WORDS: usize = 30;
const LEAST_OF_MANY: usize = 6;
const LEAST_OF_FEW: usize = 3;
/// Of hundred words that are long enough so many at the most, or few altogether, have no vowel, or so many consonants in a row: in Polish,
/// Czech, German, Croatian and English prose 1 to 6 have, of letters taken by chance 34 or more.
const MOST_UNSPEAKABLE: usize = 20;
const FEW_UNSPEAKABLE: usize = 3;
const LONG_ENOUGH: usize = 3;
const LEAST_CONSONANTS: usize = 4;

/// The text without what is no word, if there are enough words left to tell a language by.
pub(super) fn words_of(text: &str) -> Option<String> {
    let mut kept = String::with_capacity(text.len());
    for chunk in text.split_inclusive(char::is_whitespace) {
        if is_data(chunk.trim_end()) {
            kept.push(' ');
            continue;
        }
        let mut rest = chunk;
        while !rest.is_empty() {
            let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            kept.push_str(if is_word(word) { word } else { " " });
            let end = after.find(is_of_word).unwrap_or(after.len());
            kept.push_str(&after[..end]);
            rest = &after[end..];
        }
    }
    is_enough(&kept).then_some(kept)
}

/// Characters of which words consist, and digits, which are in no word.
fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '\'' | '’' | '\u{300}'..='\u{36f}')
}

/// Whether this is data that somebody wrote down in letters and digits (base 64, hexadecimal).
fn is_data(chunk: &str) -> bool {
    let bytes = chunk.as_bytes();
    let is_encoded =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-');
    bytes.len() >= LEAST_DATA
        && bytes.iter().all(is_encoded)
        && (bytes.iter().any(u8::is_ascii_digit) || changes_of_case(chunk) > 2)
}

/// How often a capital follows a small letter.
fn changes_of_case(text: &str) -> usize {
    let pairs = text.chars().zip(text.chars().skip(1));
    pairs
        .filter(|(first, second)| first.is_lowercase() && second.is_uppercase())
        .count()
}

fn is_word(word: &str) -> bool {
    // In scripts without spaces it is many words, and numbers stand among them.
    word.chars().any(is_unspaced)
        || (!word.chars().any(char::is_numeric)
            && changes_of_case(word) < 2
            && word.chars().count() <= MAX_WORD)
}

/// Characters of scripts that put no spaces between words: those of East and of South East Asia.
fn is_unspaced(character: char) -> bool {
    matches!(
        character,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{2e80}'..
    )
}

/// Whether there are enough different words, and of enough different letters.
fn is_enough(text: &str) -> bool {
    let letters = || text.chars().filter(|c| c.is_alphabetic());
    let unspaced = letters().filter(|&c| is_unspaced(c)).count();
    if unspaced * 2 > letters().count() {
        return different(letters(), LEAST_IDEOGRAPHS);
    }
    let words = || {
        text.split(|c| !is_of_word(c))
            .map(|word| word.trim_matches(['\'', '’']))
            .filter(|word| word.chars().any(char::is_alphabetic))
    };
    let count = words().count();
    let least = if count >= MANY_WORDS {
        LEAST_OF_MANY
    } else {
        LEAST_OF_FEW
    };
    let in_words: usize = words()
        .map(|word| word.chars().count())
        .filter(|&length| length > 1)
        .sum();
    different(letters().flat_map(char::to_lowercase), LEAST_LETTERS)
        && different(words().map(str::to_lowercase), least)
        // Letters by themselves are no words.
        && in_words * 2 > letters().count()
        && is_speakable(words())
}

/// Whether there are at least so many different ones.
fn different<T: PartialEq>(all: impl Iterator<Item = T>, least: usize) -> bool {
    let mut found: Vec<T> = Vec::with_capacity(least);
    for one in all {
        if !found.contains(&one) {
            found.push(one);
        }
        if found.len() >= least {
            return true;
        }
    }
    false
}

/// Whether words in Latin letters can be spoken, as most can.
fn is_speakable<'a>(words: impl Iterator<Item = &'a str>) -> bool {
    let (mut long, mut unspeakable) = (0_usize, 0_usize);
    for word in words {
        // Without their accents.
        let letters: Vec<char> = word
            .nfd()
            .filter(|c| c.is_alphabetic())
            .flat_map(char::to_lowercase)
            .collect();
        if letters.len() < LONG_ENOUGH || !letters.iter().any(char::is_ascii) {
            continue;
        }
        long += 1;
        let (mut run, mut longest, mut before) = (0, 0, ' ');
        for &letter in &letters {
            if is_vowel(letter) {
                run = 0;
            } else if !is_one_sound(before, letter) {
                run += 1;
            }
            longest = longest.max(run);
            before = letter;
        }
        let has_no_vowel = !letters.iter().any(|letter| is_vowel(*letter));
        unspeakable += usize::from(has_no_vowel || longest >= LEAST_CONSONANTS);
    }
    unspeakable <= FEW_UNSPEAKABLE || unspeakable * 100 <= long * MOST_UNSPEAKABLE
}

/// Whether two consonants are written for one.
fn is_one_sound(first: char, second: char) -> bool {
    matches!(
        (first, second),
        ('s', 'c' | 'h' | 'z') | ('c', 'h' | 'k' | 'z') | ('t' | 'p', 'h') | ('r', 'z')
    )
}

fn is_vowel(letter: char) -> bool {
    matches!(
        letter,
        'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'æ' | 'œ' | 'ø' | 'ı' | 'ə'
    )
}
