//! Hyphens at the ends of lines: of words that are cut, which are read whole before the line's end, of compounds, which are read whole
//! with their hyphen, and of words that leave out what follows, which stay. Before a capital or a digit, or behind a digit, hyphen and
//! line end stay, too.

use crate::{
    Case,
    draw::{Content, Type, pdf},
    metrics::Font,
};

/// For a paragraph that is to be read as it is drawn.
const AS_DRAWN: &str = "";

/// A page of paragraphs, each as it is drawn and as it is to be read, both with `|` where a line ends.
fn page(paragraphs: &[(&str, &str)]) -> Case {
    let mut content = Content::default();
    let mut y = 690.0;
    let mut texts = Vec::new();
    for (drawn, text) in paragraphs {
        for line in drawn.split('|') {
            content.show(60.0, y, line, Type::new(Font::Times, 11.0));
            y -= 13.0;
        }
        y -= 12.0;
        let text = if *text == AS_DRAWN { drawn } else { text };
        texts.push(text.replace('|', "\n"));
    }
    Case::new(pdf(&content), texts.join("\n\n"))
}

cases! {
    german_words_that_leave_out_what_follows => page(&[
        ("Am Hafen gibt es eine Ein-|und Ausfahrt, die man kaum verfehlen kann.", AS_DRAWN),
        ("Der Verein sammelt Kinder-|sowie Jugendbücher für das neue Haus.", AS_DRAWN),
        ("Man fragt nach Gas-|oder Wasserleitungen, ehe man gräbt.", AS_DRAWN),
        ("Gemeint sind Vor-|bzw. Nachteile, die jeder kennt.", AS_DRAWN),
        ("Das gilt im Früh-|wie im Spätjahr, also weder Haupt-|noch Nebensaison.", AS_DRAWN),
        ("Sie reisen von Haupt-|zu Nebenbahnhof und in Zweier-|bis Vierergruppen.", AS_DRAWN),
    ]);
    english_words_that_leave_out_what_follows => page(&[
        ("The plan covers mid-|to long-term needs of the ferry.", AS_DRAWN),
        ("Both short-|and long-distance swimmers met at the pier.", AS_DRAWN),
        ("There are two-|or three-roomed huts along the canal.", AS_DRAWN),
        ("From pre-|through post-war years the mill stood still.", AS_DRAWN),
        ("The twelve-|versus twenty-minute crossing was disputed.", AS_DRAWN),
    ]);
    german_compounds => page(&[
        ("Das Amt schreibt E-Mail-|Adressen auf, und jede E-Mail-Adresse zählt.", AS_DRAWN),
        ("Aus Baden-|Württemberg kam ein Brief; Baden-Württemberg ist weit.", AS_DRAWN),
        (
            "Die deutsch-|italienische Gesellschaft lädt ein. Wer deutsch-italienische Bücher mag, kommt.",
            "Die deutsch-italienische|Gesellschaft lädt ein. Wer deutsch-italienische Bücher mag, kommt.",
        ),
        (
            "Im Archiv liegt das Proto-|koll der Sitzung, ein langes Protokoll.",
            "Im Archiv liegt das Protokoll|der Sitzung, ein langes Protokoll.",
        ),
        ("Der Leucht-|turm steht noch.", "Der Leuchtturm|steht noch."),
    ]);
    english_compounds => page(&[
        ("He was a well-|known man. A well-known man needs no lamp.", "He was a well-known|man. A well-known man needs no lamp."),
        (
            "The brother-in-|law of the keeper, his only brother-in-law, came.",
            "The brother-in-law|of the keeper, his only brother-in-law, came.",
        ),
        (
            "It was a state-|of-the-art furnace; the state-of-the-art was low.",
            "It was a state-of-the-art|furnace; the state-of-the-art was low.",
        ),
        ("The ency-|clopedia has no entry on patience.", "The encyclopedia|has no entry on patience."),
        ("We sail on the Anglo-|Italian boat with non-|European flags.", AS_DRAWN),
        ("They re-|signed and left; all of them resigned.", "They resigned|and left; all of them resigned."),
    ]);
    addresses_paths_and_options => page(&[
        (
            "Read it at https://river.example/notes/a-path-|with-many-parts.html and tell us.",
            "Read it at https://river.example/notes/a-path-with-many-parts.html|and tell us.",
        ),
        ("Commit with git commit --no-|verify if you must.", "Commit with git commit --no-verify|if you must."),
        ("The file is /srv/lamps/old-|lamps/book.txt on the disk.", "The file is /srv/lamps/old-lamps/book.txt|on the disk."),
        ("Write to the-|keeper@river.example for the key.", "Write to the-keeper@river.example|for the key."),
        ("The option --dry-|run-first=true shows what would happen.", "The option --dry-run-first=true|shows what would happen."),
    ]);
    numbers => page(&[
        ("The number of the office is 0171-|555-0199 all day.", AS_DRAWN),
        ("In the years 1990-|1995 the mill was closed.", AS_DRAWN),
        ("Part number A-|17 fits.", AS_DRAWN),
        ("A COVID-|19 test was in the box.", AS_DRAWN),
        ("The 20-|year-old boat and its 12-|volt lamp sank.", AS_DRAWN),
    ]);
    french_words => page(&[
        ("Après la pluie un arc-|en-ciel se leva sur la mer.", "Après la pluie un arc-en-ciel|se leva sur la mer."),
        ("Il pleut, c'est-à-|dire que la fête est remise.", "Il pleut, c'est-à-dire|que la fête est remise."),
        ("Il viendra peut-|être demain, peut-être jamais.", "Il viendra peut-être|demain, peut-être jamais."),
        ("Les soins pré-|et postnatals sont gratuits.", AS_DRAWN),
        ("Les frais d'avant-|ou d'après-vente sont à part.", AS_DRAWN),
        ("La biblio-|thèque ouvre à neuf heures.", "La bibliothèque|ouvre à neuf heures."),
        ("Où va-|t-il avec cette lampe?", "Où va-t-il|avec cette lampe?"),
    ]);
    italian_words => page(&[
        ("Le cure pre-|e postnatali sono gratuite.", AS_DRAWN),
        ("Gli aspetti micro-|o macroeconomici non contano.", AS_DRAWN),
        (
            "I corsi teorico-|pratici costano; quelli teorico-pratici valgono.",
            "I corsi teorico-pratici|costano; quelli teorico-pratici valgono.",
        ),
        ("I sistemi intra-|ed extraurbani si incontrano.", AS_DRAWN),
        ("La biblio-|teca apre alle nove.", "La biblioteca|apre alle nove."),
        ("Il treno va da Reggio-|Emilia al mare.", AS_DRAWN),
    ]);
    neighbour_words_that_are_cut => page(&[
        (
            "The keeper of the light-|house wrote his obser-|vations into a book.",
            "The keeper of the lighthouse|wrote his observations|into a book.",
        ),
        ("Die Werk-|statt liegt hinter dem Markt-|platz.", "Die Werkstatt|liegt hinter dem Marktplatz."),
        ("I pesca-|tori riparano le reti nella pale-|stra.", "I pescatori|riparano le reti nella palestra."),
        ("Le cata-|logue de la biblio-|thèque est long.", "Le catalogue|de la bibliothèque|est long."),
    ]);
    neighbour_second_parts_like_conjunctions => page(&[
        (
            "It was hither-|to unknown; what was hitherto unknown is known.",
            "It was hitherto|unknown; what was hitherto unknown is known.",
        ),
        ("The key was un-|der the mat, under the door.", "The key was under|the mat, under the door."),
    ]);
    neighbour_dashes => page(&[
        ("The lamp -|the old one -|went out.", AS_DRAWN),
        ("He said: no, no –|and left –|for good.", AS_DRAWN),
        ("Items:|- oil|- wick", AS_DRAWN),
    ]);
}
