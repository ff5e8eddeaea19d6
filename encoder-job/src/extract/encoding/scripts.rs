//! Encodings of Cyrillic, Greek and Hebrew that the web does not use any more, told by which letters are how common.

use encoding_rs::{
    Encoding, IBM866, ISO_8859_5, ISO_8859_7, ISO_8859_8, ISO_8859_8_I, KOI8_U, WINDOWS_1251, WINDOWS_1252,
    WINDOWS_1253, WINDOWS_1255, X_MAC_CYRILLIC,
};

use super::{code_page::CodePage, guess::Guess};

/// How much of a sample is looked at, in bytes.
const LOOKED_AT: usize = 1 << 16;
/// The fewest letters beside others that tell an encoding; and where nothing speaks for any other than windows-1252.
const LEAST_LETTERS: usize = 12;
const LEAST_LETTERS_BY_THEMSELVES: usize = 10;
/// The least mean of what letters tell, and how much more they must tell, in sum, than in the encoding that was guessed.
const LEAST: f64 = 0.3;
const LEAST_OF_ONE_LANGUAGE: f64 = 0.2;
const BETTER: f64 = 3.5;
/// What a letter costs that is in the wrong case, or beside one of Latin, and what does a sign inside of a word.
const MISPLACED: f64 = -3.0;

/// What stands at the ends of words, and what does at their beginnings.
const AFTER_WORDS: &str = "»”“…–—’\u{a0}";
const BEFORE_WORDS: &str = "«„“‘–—•…\u{a0}";
/// Those that are told apart by the letters that follow each other.
const KNOWN: [&Encoding; 4] = [WINDOWS_1251, KOI8_U, IBM866, ISO_8859_5];

/// The letters of Slavic languages in groups, and how often each letter of a group occurs among a thousand, by and large.
const COMMON: [(&str, f64); 7] = [
    ("оаеи", 85.0),
    ("нтср", 58.0),
    ("влкмдпу", 36.0),
    ("яыьгзбчі", 18.0),
    ("йхжшюц", 9.0),
    ("щэфїєјљњћ", 4.0),
    ("ъёґўђџѓќѕѐѝ", 1.0),
];

/// The same of Greek, whose accents tell where a word's stress is.
const COMMON_IN_GREEK: [(&str, f64); 6] = [
    ("αοιετν", 80.0),
    ("σςρηπκ", 42.0),
    ("μλυόίάέήδγ", 20.0),
    ("ύώχθφωβ", 12.0),
    ("ξζ", 5.0),
    ("ψϊϋΐΰ", 1.0),
];
/// The same of Hebrew.
const COMMON_IN_HEBREW: [(&str, f64); 7] = [
    ("יוה", 100.0),
    ("ל", 75.0),
    ("אתמרבש", 53.0),
    ("נעםחדכ", 28.0),
    ("קפ", 19.0),
    ("גצסזןט", 13.0),
    ("ךףץ", 4.0),
];
/// Encodings of the two that the web uses.
const OF_GREEK_OR_HEBREW: [&Encoding; 5] = [ISO_8859_7, WINDOWS_1253, ISO_8859_8, ISO_8859_8_I, WINDOWS_1255];

/// A script, by its letters.
#[derive(Clone, Copy)]
struct Script {
    /// Its letters in groups, and how often each letter of a group occurs among a thousand.
    common: &'static [(&'static str, f64)],
    is_letter: fn(char) -> bool,
    /// The least mean of what letters tell; less where they are those of one language alone.
    least: f64,
}

const CYRILLIC: Script = Script {
    common: &COMMON,
    is_letter: is_cyrillic,
    least: LEAST,
};
const GREEK: Script = Script {
    common: &COMMON_IN_GREEK,
    is_letter: |character| matches!(character, '\u{386}'..='\u{3ce}'),
    least: LEAST_OF_ONE_LANGUAGE,
};
const HEBREW: Script = Script {
    common: &COMMON_IN_HEBREW,
    is_letter: |character| matches!(character, '\u{5d0}'..='\u{5ea}'),
    least: LEAST_OF_ONE_LANGUAGE,
};

/// One of these encodings, if a sample is more likely in it than in the one that was guessed.
pub(super) fn better_than(guessed: &'static Encoding, sample: &[u8]) -> Option<Guess> {
    let sample = &sample[..sample.len().min(LOOKED_AT)];
    let least_letters = if guessed == WINDOWS_1252 {
        LEAST_LETTERS_BY_THEMSELVES
    } else {
        LEAST_LETTERS
    };
    if !has_words(sample, least_letters) {
        return None;
    }
    let mut candidates = vec![
        (Guess::CodePage(CodePage::Ibm855), CYRILLIC),
        (Guess::Web(X_MAC_CYRILLIC), CYRILLIC),
    ];
    if !OF_GREEK_OR_HEBREW.contains(&guessed) {
        candidates.push((Guess::CodePage(CodePage::Ibm737), GREEK));
        candidates.push((Guess::CodePage(CodePage::Ibm862), HEBREW));
    }
    let mut least_sum = f64::MIN;
    if KNOWN.contains(&guessed) {
        let rating = Rating::of(&Guess::Web(guessed).decode(sample), CYRILLIC);
        least_sum = rating.sum + BETTER;
        // What is in none of the two may be in another one of those that are told apart.
        candidates.extend(KNOWN.map(|known| (Guess::Web(known), CYRILLIC)));
    }
    let mut best = None;
    for (guess, script) in candidates {
        let rating = Rating::of(&guess.decode(sample), script);
        if rating.mean >= script.least && rating.sum > best.map_or(least_sum, |(most, _)| most) {
            best = Some((rating.sum, guess));
        }
    }
    best.map(|(_, guess)| guess)
}

/// Whether most bytes outside ASCII stand beside others, as those of words do in another script than Latin.
fn has_words(sample: &[u8], least: usize) -> bool {
    let (mut all, mut pairs) = (0_usize, 0_usize);
    let mut before = 0_u8;
    for &byte in sample {
        all += usize::from(!byte.is_ascii());
        pairs += usize::from(!byte.is_ascii() && !before.is_ascii());
        before = byte;
    }
    pairs >= least && pairs * 2 > all
}

/// How much more likely the letters of a text in a script are than letters taken by chance.
#[derive(Clone, Copy, Debug)]
struct Rating {
    sum: f64,
    /// Over all characters outside ASCII: about 0.4 where the text is in a Slavic language, less than 0 where it is not.
    mean: f64,
}

impl Rating {
    #[allow(clippy::cast_precision_loss, reason = "counts in a sample")]
    fn of(
        text: &str,
        Script {
            common, is_letter, ..
        }: Script,
    ) -> Self {
        let letters: f64 = common.iter().map(|(group, _)| group.chars().count() as f64).sum();
        let total: f64 = common
            .iter()
            .map(|(group, weight)| group.chars().count() as f64 * weight)
            .sum();
        let (mut sum, mut count) = (0.0, 0_usize);
        let (mut before, mut second_before) = (' ', ' ');
        for character in text.chars() {
            count += usize::from(!character.is_ascii());
            if is_letter(character) {
                let lower = character.to_lowercase().next().unwrap_or(character);
                let found = common.iter().find(|(group, _)| group.contains(lower));
                let is_after_sign =
                    !before.is_ascii() && !is_letter(before) && !BEFORE_WORDS.contains(before);
                let is_misplaced = (character.is_uppercase() && before.is_lowercase())
                    || before.is_ascii_alphabetic()
                    || is_after_sign
                    // No word has a letter three times in a row.
                    || (character == before && before == second_before);
                let likelihood = found.map_or(MISPLACED, |(_, weight)| (weight / total * letters).ln());
                // However common a letter is, that says nothing where it does not belong.
                sum += if is_misplaced {
                    MISPLACED + likelihood.min(0.0)
                } else {
                    likelihood
                };
            } else if is_letter(before) && !character.is_ascii() && !AFTER_WORDS.contains(character) {
                sum += MISPLACED;
            }
            (second_before, before) = (before, character);
        }
        let mean = sum / count.max(1) as f64;
        Self { sum, mean }
    }
}

fn is_cyrillic(character: char) -> bool {
    matches!(character, '\u{400}'..='\u{45f}' | '\u{490}' | '\u{491}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 4] = [
        "Все счастливые семьи похожи друг на друга, каждая несчастливая семья несчастлива по-своему.",
        "Всички хора се раждат свободни и равни по достойнство и права.",
        "Сва људска бића рађају се слободна и једнака у достојанству и правима.",
        "Некогда Россия была далека. В Москве, на Тверской, стоял Дом. Он Был «Старый».",
    ];

    fn ibm_855(text: &str) -> Vec<u8> {
        in_page(text, CodePage::Ibm855)
    }

    fn in_page(text: &str, page: CodePage) -> Vec<u8> {
        let byte = |character: char| {
            let index = page.table().iter().position(|known| *known == character);
            index.map_or_else(
                || u8::try_from(character).unwrap(),
                |index| 128 + u8::try_from(index).unwrap(),
            )
        };
        text.chars().map(byte).collect()
    }

    #[test]
    fn the_encodings_that_are_gone_are_known_by_their_letters() {
        for text in TEXTS {
            let bytes = ibm_855(text);
            for guessed in [WINDOWS_1252, WINDOWS_1251, IBM866] {
                let found = better_than(guessed, &bytes);
                assert_eq!(found, Some(Guess::CodePage(CodePage::Ibm855)), "{text}");
            }
        }
        for text in [
            TEXTS[3],
            TEXTS[2],
            "Синоћ смо ишли на станицу да дочекамо старог пријатеља.",
        ] {
            let (bytes, _, has_errors) = X_MAC_CYRILLIC.encode(text);
            assert!(!has_errors);
            let found = better_than(WINDOWS_1251, &bytes);
            assert_eq!(found, Some(Guess::Web(X_MAC_CYRILLIC)), "{text}");
        }
    }

    #[test]
    fn a_short_text_tells_where_nothing_else_is_known() {
        let bytes = ibm_855("Добрый день, Анна!");
        let found = better_than(WINDOWS_1252, &bytes);
        assert_eq!(found, Some(Guess::CodePage(CodePage::Ibm855)));
        assert_eq!(better_than(WINDOWS_1252, &ibm_855("день")), None);
        // One letter again and again is none.
        assert_eq!(better_than(WINDOWS_1252, &b"\x80\x80\x80 and ".repeat(20)), None);
    }

    #[test]
    fn greek_and_hebrew_of_dos_are_known_by_their_letters() {
        for (text, page) in [
            (
                "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα.",
                CodePage::Ibm737,
            ),
            (
                "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
                CodePage::Ibm862,
            ),
        ] {
            let bytes = in_page(text, page);
            for guessed in [WINDOWS_1252, WINDOWS_1251, IBM866] {
                assert_eq!(
                    better_than(guessed, &bytes),
                    Some(Guess::CodePage(page)),
                    "{text}"
                );
            }
            for encoding in OF_GREEK_OR_HEBREW {
                let (bytes, _, has_errors) = encoding.encode(text);
                assert!(has_errors || better_than(encoding, &bytes).is_none(), "{text}");
            }
        }
    }

    #[test]
    fn what_was_guessed_right_stays() {
        for text in TEXTS {
            for encoding in KNOWN {
                let (bytes, _, has_errors) = encoding.encode(text);
                assert!(has_errors || better_than(encoding, &bytes).is_none(), "{text}");
            }
        }
        for (text, encoding) in [
            (
                "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια.",
                ISO_8859_7,
            ),
            (
                "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם.",
                WINDOWS_1255,
            ),
            (
                "Größere Äpfel wären schöner für die Mädchen, ähnlich süß.",
                WINDOWS_1252,
            ),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            assert_eq!(better_than(encoding, &bytes), None, "{text}");
        }
        assert_eq!(better_than(WINDOWS_1252, b"plain"), None);
    }
}
