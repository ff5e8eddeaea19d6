use super::*;

/// How well the characters of a text stand that has at most 128 different ones outside ASCII.
fn rating(text: &str) -> f64 {
    let mut table = [char::REPLACEMENT_CHARACTER; 128];
    let mut used = 0;
    let mut bytes = Vec::new();
    for character in text.chars() {
        if character.is_ascii() {
            bytes.push(u8::try_from(character).unwrap());
            continue;
        }
        let index = table[..used]
            .iter()
            .position(|known| *known == character)
            .unwrap_or(used);
        table[index] = character;
        used = used.max(index + 1);
        bytes.push(128 + u8::try_from(index).unwrap());
    }
    let reading = Reading {
        bytes: &bytes,
        table: &table,
    };
    let places = reading.places().count();
    let sum: f64 = reading.places().map(|at| reading.place(at)).sum();
    #[allow(clippy::cast_precision_loss, reason = "a short text")]
    let mean = sum / places.max(1) as f64;
    mean
}

#[test]
fn letters_belong_into_words_and_signs_around_them() {
    for right in [
        "perché",
        "Überall",
        "CITTÀ",
        "l’été",
        "„So“, sagt er",
        "12 €",
        "tiê\u{301}ng",
        "10 m³",
        "¿Qué?",
        "5 µm",
        "│ x │",
        "└───dos",
        "ten—before",
        "Lamb†",
        "yearly, he agreed³ to",
        "“‘Never’, she”",
        "the boys’ room",
    ] {
        assert!(rating(right) > 0.2, "{right}: {}", rating(right));
    }
    for wrong in [
        "perch‚",
        "perchÇ",
        "citt‡a",
        "слоvо",
        "CITTéS",
        "na\u{8f}ve",
        "œ825",
        "825ø",
        "the®re",
        "D©j",
        "a│b",
        "ÄÄÄÄÄÄÄ",
        "DØkuji",
        "50¡",
        "18¡C",
        "ßß 12",
        "ñññ",
        "25 mı",
        "30 æm",
        "acci—n",
        "¾36",
    ] {
        assert!(rating(wrong) < 0.0, "{wrong}: {}", rating(wrong));
    }
}

#[test]
fn one_sign_again_and_again_says_no_more_than_once() {
    let table = std::array::from_fn(|index| {
        if index == 0 {
            '—'
        } else {
            char::REPLACEMENT_CHARACTER
        }
    });
    let rating = |bytes: &[u8]| Reading { bytes, table: &table }.rating();
    let once = rating(b"ten\x80before");
    assert!((once - rating(&b"ten\x80before ".repeat(100))).abs() < 1e-9);
}
