use super::*;

fn encoded(text: &str, guess: Guess) -> Vec<u8> {
    let table = guess.table().unwrap();
    let byte = |character: char| match table.iter().position(|known| *known == character) {
        _ if character.is_ascii() => u8::try_from(character).unwrap(),
        Some(index) => 128 + u8::try_from(index).unwrap(),
        None => panic!("{character} is not in {}", guess.name()),
    };
    text.chars().map(byte).collect()
}

fn guessed(bytes: &[u8], origin: Origin) -> (String, &'static str) {
    let guess = guess(bytes, true, origin);
    (guess.decode(bytes).into_owned(), guess.name())
}

const WESTERN: Guess = Guess::Web(WINDOWS_1252);

#[test]
fn a_sign_alone_is_read_as_windows_1252() {
    for text in [
        "if rangers win i stand to lift £825. not bad for a £2 bet.",
        "The reading was 20 ±5 in the end",
        "It weighs 30 µg or less",
        "Add ½ of it, then wait",
        "See § 12 of the law",
        "It is 25° outside, or 25 °C",
        "“Well”, he said – and that’s it…",
        "Copyright © 1998 by somebody™",
        "Price: ¥500 or 20 ¢ each",
        "a · b • c",
        "¿Donde va? ¡Ya!",
        "Si dice «bene» e poi «male»",
        "the word¹ has a note² or two",
        "6 × 7 ÷ 2, 10 m³ of it",
        "¶ The next paragraph | ¦ ¬ ¯ ¨",
        "† died, ‡ also, 5 ‰",
    ] {
        for origin in [Origin::Unknown, Origin::Web] {
            let bytes = encoded(text, WESTERN);
            let expected = (text.to_owned(), "windows-1252");
            assert_eq!(guessed(&bytes, origin), expected, "{origin:?}");
            // Nor does it change in a long text.
            let long = format!("{}{text}", "plain words of a long text. ".repeat(800));
            let bytes = encoded(&long, WESTERN);
            assert_eq!(guessed(&bytes, origin), (long, "windows-1252"), "{origin:?}");
        }
    }
}

#[test]
fn a_letter_alone_is_still_one() {
    for (text, guess) in [
        ("We met at the café on Friday", WESTERN),
        ("It was naïve of her", WESTERN),
        ("The El Niño year", WESTERN),
        ("Ø 25 mm, from 5 à 10", WESTERN),
        ("Dvořák wrote it in the fall of the year", Guess::Web(ISO_8859_2)),
        ("V české zemi je hezky", Guess::Web(WINDOWS_1250)),
        (
            "Kot bawi sie na dywanie, a jej brat poszedł do lasu po grzyby",
            Guess::Web(ISO_8859_2),
        ),
        ("We met at the café on Friday", Guess::CodePage(CodePage::Ibm850)),
        ("We met at the café on Friday", Guess::Web(MACINTOSH)),
        ("Il a mangé un œuf de bon cœur", Guess::Web(ISO_8859_15)),
    ] {
        let bytes = encoded(text, guess);
        assert_eq!(guessed(&bytes, Origin::Unknown).0, text, "{}", guess.name());
    }
}

#[test]
fn the_sign_of_the_euro_is_told_from_the_one_before_it() {
    assert_eq!(
        guessed(b"It costs 100 \xa4 or so", Origin::Web),
        ("It costs 100 € or so".into(), "ISO-8859-15")
    );
    assert_eq!(
        guessed(b"The sign \xa4 is for any money", Origin::Web),
        ("The sign ¤ is for any money".into(), "windows-1252")
    );
}

#[test]
fn dos_needs_something_that_speaks_for_it() {
    for text in [
        "It costs £825 in all",
        "It is 25° outside",
        "10 ±5 of them",
        "┌──────┐\n│ one  │\n└──────┘",
        "Größe: 5 Äpfel",
    ] {
        let bytes = encoded(text, Guess::CodePage(CodePage::Ibm437));
        assert_eq!(guessed(&bytes, Origin::Unknown).0, text);
    }
    // A page of the web is hardly ever in it.
    let bytes = encoded("It costs £825 in all", Guess::CodePage(CodePage::Ibm850));
    assert_eq!(guessed(&bytes, Origin::Web).1, "windows-1252");
    let text = "Perché la città è più bella? Così dicono.";
    let bytes = encoded(text, Guess::CodePage(CodePage::Ibm850));
    assert_eq!(guessed(&bytes, Origin::Web).0, text);
}

#[test]
fn hungarian_is_known_by_its_strokes() {
    let text = "Árvíztűrő tükörfúrógép és öt szép szűzlány őrült írót nyúz";
    for encoding in [ISO_8859_2, WINDOWS_1250] {
        assert_eq!(
            guessed(&encoded(text, Guess::Web(encoding)), Origin::Unknown).0,
            text
        );
    }
    for text in [
        "Não há informações sobre a situação; põe aí",
        "Sõber sõidab öösel jõe ääres",
        "Où est-il? Sûr, c'est l'été là-bas",
    ] {
        assert_eq!(guessed(&encoded(text, WESTERN), Origin::Unknown).0, text);
    }
}

#[test]
fn signs_used_again_and_again_or_beside_each_other_stay_signs() {
    for text in [
        "In ten years—ten, perhaps eleven—before the war—or so—it stood.",
        "He didn’t stand there for years—long—and couldn’t—ten",
        "The boys’ room and the girls’ room",
        "§§ 12, 13 and §§ 14 to 20",
        "•milk\n•bread\n•butter\n•tea",
        "…and then …he went …away",
        "Well…then. And…so. But…no",
        "Lamb†, Beef†, Fish‡, Fowl†",
        "He wrote: “‘Never,’ she said.”",
        "A “” and “” are empty",
        "(“…”)",
        "£££ and €€€ and $$$",
        "The committee agreed³ on it, as it grew¹ and fell²",
        "©©© ®®® ±±±±±±±±",
    ] {
        for origin in [Origin::Unknown, Origin::Web] {
            let once = encoded(text, WESTERN);
            assert_eq!(guessed(&once, origin).0, text, "{origin:?}");
            let long = [text; 40].join("\n");
            assert_eq!(guessed(&encoded(&long, WESTERN), origin).0, long, "{origin:?}");
        }
    }
}

#[test]
fn frames_of_dos_are_no_words_of_another_script() {
    for (text, page) in [
        ("╔══════╗\n║ MENU ║\n╚══════╝\n", CodePage::Ibm437),
        ("░░▒▒▓▓██ PROGRESS ██▓▓▒▒░░\n", CodePage::Ibm437),
        (
            "C:\\\n├───DOS\n│   ├───BIN\n│   └───TMP\n└───GAMES\n",
            CodePage::Ibm437,
        ),
        ("╔═══════╗\n║ Größe ║\n╚═══════╝\n", CodePage::Ibm850),
        (
            "┌──────────┬──────┐\n│ Молоко   │ Цена │\n├──────────┼──────┤\n│ Сыр российский │ 120 │\n└──────────┴──────┘\n",
            CodePage::Ibm855,
        ),
    ] {
        let bytes = encoded(text, Guess::CodePage(page));
        assert_eq!(guessed(&bytes, Origin::Unknown).0, text);
    }
    let text = "┌────────┬──────┐\n│ Молоко │ Цена │\n└────────┴──────┘\n";
    let bytes = encoded(text, Guess::Web(encoding_rs::IBM866));
    assert_eq!(guessed(&bytes, Origin::Unknown), (text.into(), "IBM866"));
}

#[test]
fn signs_of_units_and_of_trade_tell_the_old_encodings() {
    for (text, guess) in [
        ("It is 18°C today", Guess::Web(MACINTOSH)),
        ("Lumitron® is a lamp", Guess::Web(MACINTOSH)),
        ("See §§ 4 to 6", Guess::Web(MACINTOSH)),
        ("A room of 25 m² or so", Guess::CodePage(CodePage::Ibm850)),
        ("A cable of 30 µm or so", Guess::CodePage(CodePage::Ibm437)),
        ("It costs 75¢ or so", Guess::CodePage(CodePage::Ibm437)),
        ("About 7½ of them", Guess::CodePage(CodePage::Ibm437)),
    ] {
        assert_eq!(
            guessed(&encoded(text, guess), Origin::Unknown).0,
            text,
            "{guess:?}"
        );
    }
}

#[test]
fn short_words_of_other_scripts_are_words() {
    for (text, encoding) in [
        ("ROM של Bandai", encoding_rs::WINDOWS_1255),
        ("да, го", encoding_rs::ISO_8859_5),
        ("на два", encoding_rs::IBM866),
    ] {
        assert_eq!(
            guessed(&encoded(text, Guess::Web(encoding)), Origin::Unknown).0,
            text
        );
    }
}

#[test]
fn languages_with_a_code_page_of_their_own_are_read_in_it() {
    for (text, page) in [
        (
            "Dün akşam eski bir arkadaşımızı karşılamak için istasyona gittik. Görevli, karın köprünün yanında olduğunu söyledi.",
            CodePage::Ibm857,
        ),
        (
            "Vakar vakare važiavome į stotį sutikti seno draugo. Budėtojas pasakė, kad sniegas užpustė bėgius ir reikės šiek tiek palaukti.",
            CodePage::Ibm775,
        ),
    ] {
        let bytes = encoded(text, Guess::CodePage(page));
        assert_eq!(guessed(&bytes, Origin::Unknown), (text.into(), page.name()));
    }
    // What is in none of these is text all the same, whatever it is read as.
    let bytes = b"\xd3\xe2\xde\xed \xee\xe9 \xd7\xeb\x9b\xdd\xf2 \xea\x9e\xd8\xd6\xe6\xde \xec\xee\xe9\xe7 \xec\xee\xd6\xe2\xe6\xa2";
    let (text, _) = guessed(bytes, Origin::Unknown);
    assert!(!text.contains(char::REPLACEMENT_CHARACTER), "{text}");
    // A few letters are those of a larger language.
    for text in ["Größe: 5 Äpfel", "naïve, café, señor, ça va"] {
        let bytes = encoded(text, Guess::CodePage(CodePage::Ibm850));
        assert_eq!(guessed(&bytes, Origin::Unknown).0, text);
    }
}
