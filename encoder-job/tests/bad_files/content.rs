//! Contents of pages: operators, numbers and nesting beyond sense.

use super::{
    Collection,
    draft::{CONTENTS, Draft, RESOURCES},
    pack::flate,
};

/// Numbers that are hard to compute with, or are none.
const NUMBERS: [&str; 12] = [
    "0",
    "-0",
    "1e38",
    "99999999999999999999999999999999999999999999999999",
    "-99999999999999999999999999999999999999999999999999",
    "0.000000000000000000000000000000000000000000000001",
    "2147483648",
    "--5",
    "+-.",
    "4.5.6",
    "NaN",
    ".",
];

pub(super) fn add(collection: &mut Collection) {
    for number in NUMBERS {
        numbers(collection, number);
    }
    boxes(collection);
    nesting(collection);
    unbalanced(collection);
    inline_pictures(collection);
    very_many(collection);
    replacements(collection);
    for _ in 0..8 {
        noise(collection);
    }
}

fn show(collection: &mut Collection, kind: &'static str, contents: &str) {
    collection.pdf(kind, Draft::default().page_showing(contents, RESOURCES));
}

/// As [`show`], compressed.
fn show_compressed(collection: &mut Collection, kind: &'static str, contents: &str) {
    let mut draft = Draft::default();
    draft.stream("/Filter /FlateDecode", flate(contents.as_bytes()));
    collection.pdf(kind, draft.page(&format!("/Contents 1 0 R {RESOURCES}")));
}

fn numbers(collection: &mut Collection, number: &str) {
    let contents = format!(
        "{number} 0 0 {number} {number} {number} cm\n\
         BT /F1 {number} Tf {number} Tc {number} Tw {number} Tz {number} TL {number} Ts\n\
         {number} {number} Td (some text) Tj T* [(a) {number} (b) -{number} (c)] TJ\n\
         {number} {number} {number} {number} {number} {number} Tm (more text) Tj\n\
         {number} {number} (words) \" {number} Tr (and more) Tj ET\n\
         {number} w [{number}] {number} d {number} {number} m {number} {number} l S\n\
         {number} {number} {number} {number} re W n"
    );
    show(collection, "numbers-beyond-sense", &contents);
}

fn boxes(collection: &mut Collection) {
    for entries in [
        "/MediaBox [0 0 0 0]",
        "/MediaBox [0 0 1e38 1e38]",
        "/MediaBox [-99999999999 -99999999999 99999999999 99999999999]",
        "/MediaBox [595 842 0 0]",
        "/MediaBox [0 0]",
        "/MediaBox (box)",
        "/MediaBox [0 0 595 842] /CropBox [9999 9999 9999 9999]",
        "/MediaBox [0 0 595 842] /UserUnit 1e38",
        "/MediaBox [0 0 595 842] /UserUnit 0",
        "/MediaBox [0 0 595 842] /Rotate 45",
        "/MediaBox [0 0 595 842] /Rotate -2147483648",
        "/MediaBox [0 0 595 842] /Rotate 1e30",
    ] {
        let mut draft = Draft::default();
        draft.stream("", CONTENTS);
        collection.pdf(
            "boxes-beyond-sense",
            draft.page(&format!("{entries} /Contents 1 0 R {RESOURCES}")),
        );
    }
}

fn nesting(collection: &mut Collection) {
    let around = |open: &str, close: &str, times: usize| {
        format!("{}{CONTENTS}{}", open.repeat(times), close.repeat(times))
    };
    for (open, close, times) in [
        ("[", "]", 200_000),
        ("<< /A ", ">>", 100_000),
        ("[ << /A ", ">> ]", 50_000),
        ("(", ")", 200_000),
        ("q ", "Q ", 200_000),
        ("q 0 0 9 9 re W n ", "Q ", 50_000),
        ("BT ", "ET ", 200_000),
        ("/P BMC ", "EMC ", 200_000),
        ("/P << /A << /B [ << /C 1 >> ] >> >> BDC ", "EMC ", 20_000),
        ("BX ", "EX ", 100_000),
    ] {
        show_compressed(collection, "contents-deeply-nested", &around(open, close, times));
        show_compressed(collection, "contents-never-closed", &around(open, "", times));
        show_compressed(
            collection,
            "contents-closed-too-often",
            &around(close, open, times),
        );
    }
    // The same in dictionaries of the page itself.
    for (open, close) in [("[", "]"), ("<< /A ", ">>")] {
        let nested = format!("/PieceInfo {}{}", open.repeat(100_000), close.repeat(100_000));
        let draft = Draft::default();
        collection.pdf(
            "page-deeply-nested",
            draft.page_showing(CONTENTS, &format!("{nested} {RESOURCES}")),
        );
    }
}

fn unbalanced(collection: &mut Collection) {
    for contents in [
        "BT /F1 12 Tf (never ended",
        "BT /F1 12 Tf <48656c6c6f",
        "BT /F1 12 Tf <4x8g6h> Tj",
        "BT /F1 12 Tf [(a) (b) Tj ET",
        "Tj Tj Tj ' \" TJ Tf Td TD Tm T* Do cm re W n d gs sc scn sh",
        "BT /F9 12 Tf (a font that is not there) Tj ET",
        "BT (no font at all) Tj ET",
        "ET ET Q Q Q EMC",
        "BT /F1 12 Tf (a) Tj (b) (c) (d) Tj 1 2 3 4 5 6 7 8 9 Td ET",
        "\u{0}\u{0}\u{0}BT /F1 12 Tf (a) Tj ET",
        "% only a comment that never ends",
        "BT /F1 12 Tf (\\777\\8\\\r\n\\) Tj ET",
        "/Name#GG#0 /#00 /F1 12 Tf",
        "true false null R 1 0 R obj endobj stream",
    ] {
        show(collection, "operators-wrong", contents);
    }
}

fn inline_pictures(collection: &mut Collection) {
    for picture in [
        "BI /W 2147483647 /H 2147483647 /BPC 8 /CS /RGB ID x EI",
        "BI /W 65535 /H 65535 /BPC 1 /CS /G ID x EI",
        "BI /W -1 /H -1 /BPC 0 ID EI",
        "BI /W 4 /H 4 /F /Fl ID xxxx EI",
        "BI /W 4 /H 4 /F [/A85 /LZW /Fl /RL /CCF /DCT /AHx] ID xxxx EI",
        "BI /W 30000 /H 30000 /F /CCF /DP << /K -1 /Columns 30000 /Rows 30000 >> ID \u{7f}\u{7f} EI",
        "BI /W 4 /H 4 ID xxxx",
        "BI BI BI BI ID ID EI EI",
        "BI /W 4 /H 4 /BPC 8 /CS [/I [/I [/I /RGB 1 <00>] 1 <00>] 1 <00>] ID xxxx EI",
        "BI ID EI BI ID EI",
    ] {
        show(
            collection,
            "inline-pictures-wrong",
            &format!("{picture} {CONTENTS}"),
        );
    }
    let many = "BI /W 1 /H 1 /BPC 8 /CS /G ID x EI ".repeat(20_000);
    show_compressed(collection, "very-many-inline-pictures", &many);
    // Where the end of each may be has to be looked for, and it is not there.
    let endless = "BI /W 9 /H 9 /F /Fl ID x ".repeat(20_000);
    show_compressed(collection, "inline-pictures-without-end", &endless);
}

fn very_many(collection: &mut Collection) {
    let text =
        |operators: &str, times: usize| format!("BT /F1 9 Tf 9 TL 40 800 Td {} ET", operators.repeat(times));
    for contents in [
        // All in one place, all far apart, all on one line, all letters by themselves, all turned.
        text("(all work and no play) Tj -9 0 Td ", 20_000),
        text("(x) Tj 999999 99999 Td ", 50_000),
        format!("BT /F1 9 Tf ({}) Tj ET", "x ".repeat(400_000)),
        text("(x) Tj 0.01 0.01 Td ", 100_000),
        text(
            "0.7 0.7 -0.7 0.7 9 9 Tm (x) Tj 0.5 0.8 -0.8 0.5 9 9 Tm (y) Tj ",
            30_000,
        ),
        text("(\\000\\001\\002) Tj ", 100_000),
        text("/F1 9 Tf /F9 8 Tf ", 100_000),
        text("[1 2 3 (a) 4 5 6] TJ ", 50_000),
    ] {
        show_compressed(collection, "very-many-glyphs", &contents);
    }
    for contents in [
        "0 0 m 9 9 l 1 2 3 4 5 6 c h ".repeat(100_000),
        format!("[{}] 0 d 0 0 m 999999 999999 l S", "0.001 ".repeat(200_000)),
        "0.000001 w [0.0000001 0.0000001] 0 d 0 0 m 99999999 99999999 l S ".repeat(1000),
        "0 0 9 9 re W n ".repeat(100_000),
        "0 0 9 9 re f* 0 0 9 9 re B ".repeat(100_000),
        "1 ".repeat(1_000_000),
        format!("{} cm", "(operand) ".repeat(200_000)),
        "unknown-operator ".repeat(200_000),
    ] {
        show_compressed(
            collection,
            "very-many-operators",
            &format!("{contents} {CONTENTS}"),
        );
    }
    // One stream, named so often that it is read so often.
    let mut draft = Draft::default();
    draft.stream("", CONTENTS);
    let contents = format!("/Contents [{}] {RESOURCES}", "1 0 R ".repeat(100_000));
    collection.pdf("contents-in-very-many-pieces", draft.page(&contents));
}

/// Text that stands for what is shown: endless, broken, or of dictionaries that hold themselves.
fn replacements(collection: &mut Collection) {
    let mark = |text: &str| format!("/Span << /ActualText {text} >> BDC {CONTENTS} EMC ");
    let long = format!("({})", "long ".repeat(50_000));
    for contents in [
        mark("<FEFFD800>"),
        mark("<FEFF00>"),
        mark("7"),
        mark("()"),
        mark(&long),
        // The same very often, by a name.
        format!("/Span /P BDC {CONTENTS} EMC ").repeat(20_000),
    ] {
        let mut draft = Draft::default();
        draft.stream("/Filter /FlateDecode", flate(contents.as_bytes()));
        draft.object(format!(
            "<< /ActualText {long} /Parent 2 0 R /MCID 2 0 R /OCGs [2 0 R] >>"
        ));
        draft.catalog =
            "/OCProperties << /OCGs [2 0 R] /D << /OFF [2 0 R 3 0 R] /Order [2 0 R] >> >>".to_owned();
        let resources = RESOURCES.replace("/Font", "/Properties << /P 2 0 R >> /Font");
        collection.pdf(
            "replacements-wrong",
            draft.page(&format!("/Contents 1 0 R {resources}")),
        );
    }
}

fn noise(collection: &mut Collection) {
    const WORDS: [&str; 24] = [
        "BT", "ET", "q", "Q", "Tj", "TJ", "Tf", "Tm", "Td", "cm", "Do", "re", "/F1", "12", "-3.5", "(text)",
        "<41>", "[", "]", "<<", ">>", "BI", "ID", "EI",
    ];
    let words: Vec<&str> = (0..3000).map(|_| collection.random.choose(&WORDS)).collect();
    show(collection, "operators-at-random", &words.join(" "));
    let bytes = collection.random.bytes(3000);
    collection.pdf(
        "contents-of-noise",
        Draft::default().page_showing(bytes, RESOURCES),
    );
}
