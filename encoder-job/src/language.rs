//! Which language a document is in.

mod words;

use whatlang::Lang;

/// How many samples of a text are taken, evenly over all of it, and how many bytes each has; more changes nothing.
const SAMPLES: usize = 12;
const SAMPLE_BYTES: usize = 1024;
/// The weight of an ideograph, kana or syllable beside a letter: a word has two of them, or five letters.
const IDEOGRAPH_WEIGHT: usize = 5;
const LETTER_WEIGHT: usize = 2;
/// A document of which so much is in another script than Latin is in a language of that script: names, commands and formulas in Latin
/// letters stand in documents of all languages, but hardly the reverse.
const OTHER_SCRIPT_SHARE: f64 = 0.25;
/// Letters a text must have for an answer.
const MIN_LETTERS: usize = 24;
/// Least confidence for an answer. Measured on passages of 200 characters of ordinary prose in Italian, English, German, French and
/// Spanish, which stay above, and on lists of numbers and random letters, which stay below.
const MIN_CONFIDENCE: f64 = 0.2;

/// A language, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Language {
    /// ISO 639-1 code, `und` when unsure.
    pub code: &'static str,
    /// 0 to 1, in steps of a thousandth.
    pub confidence: f64,
}

impl Language {
    /// The answer where there is none.
    pub const UNDETERMINED: Self = Self {
        code: "und",
        confidence: 0.0,
    };
}

/// The language of the whole text, from samples of all its parts.
pub fn detect(text: &str) -> Language {
    let Some(sample) = words::words_of(&sample(text)) else {
        return Language::UNDETERMINED;
    };
    if sample
        .chars()
        .filter(|c| c.is_alphabetic())
        .take(MIN_LETTERS)
        .count()
        < MIN_LETTERS
    {
        return Language::UNDETERMINED;
    }
    match whatlang::detect(&sample) {
        Some(info) if info.confidence() >= MIN_CONFIDENCE => Language {
            code: iso_639_1(info.lang()),
            confidence: (info.confidence() * 1000.0).round() / 1000.0,
        },
        _ => Language::UNDETERMINED,
    }
}

/// Samples of a text; of one in another script than Latin without the Latin words in it.
fn sample(text: &str) -> String {
    let sample = if text.len() <= SAMPLES * SAMPLE_BYTES {
        text.to_owned()
    } else {
        let step = (text.len() - SAMPLE_BYTES) / (SAMPLES - 1);
        let parts: Vec<&str> = (0..SAMPLES).map(|number| part(text, number * step)).collect();
        parts.join("\n")
    };
    let (mut latin, mut other) = (0, 0);
    for character in sample.chars().filter(|c| c.is_alphabetic()) {
        if is_latin(character) {
            latin += LETTER_WEIGHT;
        } else if character >= '\u{2e80}' {
            other += IDEOGRAPH_WEIGHT;
        } else {
            other += LETTER_WEIGHT;
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "counts of a few thousand characters")]
    let share = other as f64 / (latin + other).max(1) as f64;
    if share < OTHER_SCRIPT_SHARE {
        return sample;
    }
    sample
        .chars()
        .map(|c| if is_latin(c) { ' ' } else { c })
        .collect()
}

/// The sample that begins at this byte, or at the next character.
fn part(text: &str, from: usize) -> &str {
    let boundary = |from: usize| {
        (from..text.len())
            .find(|&at| text.is_char_boundary(at))
            .unwrap_or(text.len())
    };
    &text[boundary(from)..boundary(from + SAMPLE_BYTES)]
}

fn is_latin(character: char) -> bool {
    matches!(character, 'A'..='Z' | 'a'..='z' | '\u{aa}' | '\u{ba}' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{ff21}'..='\u{ff5a}')
}

/// The two-letter code of ISO 639-1; all languages known here have one.
fn iso_639_1(language: Lang) -> &'static str {
    match language {
        Lang::Epo => "eo",
        Lang::Eng => "en",
        Lang::Rus => "ru",
        Lang::Cmn => "zh",
        Lang::Spa => "es",
        Lang::Por => "pt",
        Lang::Ita => "it",
        Lang::Ben => "bn",
        Lang::Fra => "fr",
        Lang::Deu => "de",
        Lang::Ukr => "uk",
        Lang::Kat => "ka",
        Lang::Ara => "ar",
        Lang::Hin => "hi",
        Lang::Jpn => "ja",
        Lang::Heb => "he",
        Lang::Yid => "yi",
        Lang::Pol => "pl",
        Lang::Amh => "am",
        Lang::Jav => "jv",
        Lang::Kor => "ko",
        Lang::Nob => "nb",
        Lang::Dan => "da",
        Lang::Swe => "sv",
        Lang::Fin => "fi",
        Lang::Tur => "tr",
        Lang::Nld => "nl",
        Lang::Hun => "hu",
        Lang::Ces => "cs",
        Lang::Ell => "el",
        Lang::Bul => "bg",
        Lang::Bel => "be",
        Lang::Mar => "mr",
        Lang::Kan => "kn",
        Lang::Ron => "ro",
        Lang::Slv => "sl",
        Lang::Hrv => "hr",
        Lang::Srp => "sr",
        Lang::Mkd => "mk",
        Lang::Lit => "lt",
        Lang::Lav => "lv",
        Lang::Est => "et",
        Lang::Tam => "ta",
        Lang::Vie => "vi",
        Lang::Urd => "ur",
        Lang::Tha => "th",
        Lang::Guj => "gu",
        Lang::Uzb => "uz",
        Lang::Pan => "pa",
        Lang::Aze => "az",
        Lang::Ind => "id",
        Lang::Tel => "te",
        Lang::Pes => "fa",
        Lang::Mal => "ml",
        Lang::Ori => "or",
        Lang::Mya => "my",
        Lang::Nep => "ne",
        Lang::Sin => "si",
        Lang::Khm => "km",
        Lang::Tuk => "tk",
        Lang::Aka => "ak",
        Lang::Zul => "zu",
        Lang::Sna => "sn",
        Lang::Afr => "af",
        Lang::Lat => "la",
        Lang::Slk => "sk",
        Lang::Cat => "ca",
        Lang::Tgl => "tl",
        Lang::Hye => "hy",
        Lang::Cym => "cy",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Passages of about 200 characters: Manzoni, Bacon, Kafka, Verne, Cervantes.
    const PASSAGES: [(&str, &str); 5] = [
        (
            "it",
            "Quel ramo del lago di Como, che volge a mezzogiorno, tra due catene non interrotte di monti, tutto a seni e a golfi, a seconda dello sporgere e del rientrare di quelli, vien quasi a un tratto a ristringersi",
        ),
        (
            "en",
            "Read not to contradict and confute, nor to believe and take for granted, nor to find talk and discourse, but to weigh and consider. Some books are to be tasted, others to be swallowed, and some few chewed",
        ),
        (
            "de",
            "Als Gregor Samsa eines Morgens aus unruhigen Träumen erwachte, fand er sich in seinem Bett zu einem ungeheueren Ungeziefer verwandelt. Er lag auf seinem panzerartig harten Rücken und sah, wenn er den Kopf",
        ),
        (
            "fr",
            "L'année 1866 fut marquée par un événement bizarre, un phénomène inexpliqué et inexplicable que personne n'a sans doute oublié. Sans parler des rumeurs qui agitaient les populations des ports et surexcitaient",
        ),
        (
            "es",
            "En un lugar de la Mancha, de cuyo nombre no quiero acordarme, no ha mucho tiempo que vivía un hidalgo de los de lanza en astillero, adarga antigua, rocín flaco y galgo corredor. Una olla de algo más vaca",
        ),
    ];

    #[test]
    fn two_hundred_characters_are_enough() {
        for (code, passage) in PASSAGES {
            let language = detect(passage);
            assert_eq!(language.code, code, "{language:?}: {passage}");
        }
    }

    #[test]
    fn noise_has_no_language() {
        for noise in [
            "",
            "12 34 56 78 90 11 12 13 14",
            "abc",
            "%%% ### @@@ !!!",
            &"0 1 2 3 4 5 6 7 8 9 ".repeat(50),
        ] {
            assert_eq!(detect(noise), Language::UNDETERMINED, "{noise}");
        }
        // Letters drawn evenly, by a linear congruential generator.
        let mut state = 7_u64;
        let random: String = (0..400)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                char::from(b"abcdefghijklmnopqrstuvwxyz    "[usize::try_from(state >> 33).unwrap() % 30])
            })
            .collect();
        assert_eq!(detect(&random).code, "und", "{:?}", detect(&random));
    }

    /// Bytes that look random and are the same at each run.
    fn random(length: usize) -> impl Iterator<Item = u8> {
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        std::iter::repeat_with(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[3]
        })
        .take(length)
    }

    /// Random letters of these, in groups of so many, so many groups a line.
    fn drawn(letters: &str, length: usize, group: usize, line: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        let mut text = String::new();
        for (number, byte) in random(length).enumerate() {
            if number > 0 && number % (group * line) == 0 {
                text.push('\n');
            } else if number > 0 && number % group == 0 {
                text.push(' ');
            }
            text.push(letters[usize::from(byte) % letters.len()]);
        }
        text
    }

    #[test]
    fn letters_that_make_no_words_have_no_language() {
        let base_64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (noise, what) in [
            ("a".repeat(1_000_000), "one letter"),
            ("я".repeat(10_000), "one letter of Cyrillic"),
            ("一".repeat(10_000), "one ideograph"),
            ("ab ".repeat(1000), "one pair"),
            ("' ' 's ' '' 's ".repeat(100), "apostrophes"),
            ("\u{2bc}".repeat(1000), "apostrophes that are letters"),
            ("it's ".repeat(500), "a word with an apostrophe"),
            (drawn(base_64, 50_000, 76, 1), "base 64 in lines"),
            (drawn(base_64, 50_000, 50_000, 1), "base 64 in one line"),
            (drawn(base_64, 3_000, 64, 1), "a short key"),
            (drawn("ACGT", 20_000, 60, 1), "genes in lines"),
            (drawn("acgt", 20_000, 10, 6), "genes in groups"),
            (drawn("ACGT", 20_000, 20_000, 1), "genes in one line"),
            (drawn("ACDEFGHIKLMNPQRSTVWY", 20_000, 10, 6), "proteins in groups"),
            (drawn("0123456789abcdef", 20_000, 2, 16), "a hexadecimal dump"),
            (drawn("0123456789abcdef", 20_000, 40, 1), "digests"),
            ("word ".repeat(300), "one word"),
            ("foo bar baz ".repeat(100), "three words"),
            ("Lorem ipsum dolor sit amet. ".repeat(100), "five words"),
            (
                "a b c d e f g h i j k l m n o p q r s t u v w x y z ".repeat(50),
                "an alphabet",
            ),
            (
                "qwrtz sdfgh xcvbn plkj mnbv trwq hgfds bvcx ".repeat(3),
                "keys in rows",
            ),
            ("ha ha ha ha ha ha ha ha ha ha ha ha ha ha".to_owned(), "laughter"),
        ] {
            assert_eq!(detect(&noise), Language::UNDETERMINED, "{what}");
        }
    }

    #[test]
    fn short_prose_keeps_its_language() {
        for (code, prose) in [
            (
                "en",
                "The quick brown fox jumps over the lazy dog and runs away from it.",
            ),
            (
                "en",
                "Please don't forget to bring the keys with you tomorrow morning.",
            ),
            (
                "de",
                "Ich möchte gern ein Zimmer für zwei Personen und drei Nächte buchen.",
            ),
            (
                "de",
                "Die Donaudampfschifffahrtsgesellschaft hat ihren Sitz nicht mehr in Wien.",
            ),
            (
                "fr",
                "Je voudrais savoir si vous pouvez m'envoyer la facture avant vendredi.",
            ),
            (
                "it",
                "Vorrei sapere se la camera è libera per le prossime due settimane.",
            ),
            (
                "es",
                "Me gustaría saber cuándo llega el próximo tren a la ciudad.",
            ),
            (
                "cs",
                "Chtěl bych vědět, kdy ve čtvrtek odjíždí první vlak do Brna.",
            ),
            (
                "pl",
                "Chciałbym wiedzieć, kiedy odjeżdża następny pociąg do Krakowa.",
            ),
            ("ru", "Я хотел бы знать, когда отправляется следующий поезд."),
            ("ja", "次の電車はいつ出発しますか。教えてください。お願いします。"),
            (
                "zh",
                "请问下一班火车什么时候开？我想知道时间。谢谢你的帮助，再见。",
            ),
            (
                "ko",
                "다음 기차가 언제 출발하는지 알고 싶습니다. 도와주셔서 정말 감사합니다.",
            ),
            ("th", "ผมอยากทราบว่ารถไฟขบวนต่อไปจะออกเมื่อไหร่ครับ"),
        ] {
            assert_eq!(detect(prose).code, code, "{prose}: {:?}", detect(prose));
        }
        // Whatever stands beside it, and however often it is repeated.
        let data = drawn(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
            2_000,
            76,
            1,
        );
        for (code, passage) in PASSAGES {
            assert_eq!(detect(&format!("{passage}\n{data}\n{passage}")).code, code);
            assert_eq!(detect(&format!("{passage}\n").repeat(1000)).code, code);
        }
    }

    #[test]
    fn latin_commands_do_not_hide_the_language() {
        let text = "この章では、インストールの方法について説明します。\n$ apt-get install texlive-full && tlmgr update --self\n".repeat(300);
        assert_eq!(detect(&text).code, "ja");
        let text = "В этой главе описана установка системы на компьютер.\nrun install-tl --profile=full.profile --repository ctan\n".repeat(300);
        assert_eq!(detect(&text).code, "ru");
        let text =
            "The Greek letters α, β and γ stand for angles in this text about nothing much.\n".repeat(300);
        assert_eq!(detect(&text).code, "en");
    }

    #[test]
    fn the_sample_keeps_to_characters() {
        let text = "漢字仮名交じり文。".repeat(5000);
        assert_eq!(detect(&text).code, "ja");
    }
}
