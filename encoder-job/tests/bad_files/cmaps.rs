//! Character maps that are broken, endless or huge: of codes to Unicode, and of codes to glyphs.

use super::{Collection, draft::Draft, pack::flate};

pub(super) fn add(collection: &mut Collection) {
    for map in broken() {
        to_unicode(collection, "to-unicode-broken", map.as_bytes());
        as_encoding(collection, "encoding-map-broken", map.as_bytes());
    }
    for map in huge() {
        to_unicode(collection, "to-unicode-huge", map.as_bytes());
        as_encoding(collection, "encoding-map-huge", map.as_bytes());
    }
    cut_and_bent(collection);
    uses_itself(collection);
    long_meanings(collection);
}

const CONTENTS: &str = "BT /F1 12 Tf 72 700 Td <00410042004300440045> Tj (ABCDE) Tj ET";
const GOOD: &str = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def /CMapType 2 def\n\
                    1 begincodespacerange <0000> <ffff> endcodespacerange\n\
                    1 beginbfrange <0041> <0045> <0061> endbfrange\n\
                    1 begincidrange <0041> <0045> 1 endcidrange\n\
                    endcmap CMapName currentdict /CMap defineresource pop end end";

fn composite(map: &str, entries: &str) -> String {
    format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding {map} {entries} /DescendantFonts [<< /Type /Font \
         /Subtype /CIDFontType2 /BaseFont /A /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> \
         >>] >>"
    )
}

/// A page of two fonts with this map, one of codes with two bytes, one of codes with one.
fn to_unicode(collection: &mut Collection, kind: &'static str, map: &[u8]) {
    let mut draft = Draft::default();
    draft.stream("/Filter /FlateDecode", flate(map));
    draft.object(composite("/Identity-H", "/ToUnicode 1 0 R"));
    draft.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 1 0 R >>");
    let contents = format!("{CONTENTS} {}", CONTENTS.replace("/F1", "/F2"));
    let resources = "/Resources << /Font << /F1 2 0 R /F2 3 0 R >> >>";
    collection.pdf(kind, draft.page_showing(contents, resources));
}

fn as_encoding(collection: &mut Collection, kind: &'static str, map: &[u8]) {
    let mut draft = Draft::default();
    draft.stream("/Type /CMap /CMapName /A /Filter /FlateDecode", flate(map));
    draft.object(composite("1 0 R", ""));
    collection.pdf(
        kind,
        draft.page_showing(CONTENTS, "/Resources << /Font << /F1 2 0 R >> >>"),
    );
}

/// A map with this between its beginning and its end.
fn map(body: &str) -> String {
    format!("begincmap 1 begincodespacerange <0000> <ffff> endcodespacerange\n{body}\nendcmap")
}

fn broken() -> Vec<String> {
    let mut maps: Vec<String> = [
        "1 beginbfchar <0041> endbfchar",
        "1 beginbfchar <004> <D800> <0042> <DC00D800> <0043> <> endbfchar",
        "1 beginbfchar <00410042004300440045> <0061> endbfchar",
        "1 beginbfrange <0045> <0041> <0061> endbfrange",
        "1 beginbfrange <0041> <0045> [<0061> <0062>] endbfrange",
        "1 beginbfrange <0041> <0045> [] <0041> <0045> 7 endbfrange",
        "1 beginbfrange <0041> <0045> <DBFFDFFF> <0041> <0045> <FFFF> endbfrange",
        "1 begincidrange <0041> <0045> 2147483647 <0041> <0045> -1 endcidrange",
        "1 begincidchar <0041> 99999999999999999999 endcidchar",
        "2147483647 beginbfchar <0041> <0061>",
        "-1 beginbfrange <0041> <0045> <0061> endbfrange",
        "1 begincodespacerange <ffff> <0000> <00> <0000> <> <> endcodespacerange",
        "beginbfchar beginbfrange begincidrange endbfchar endbfrange endcidrange",
        "/A /B usecmap (unclosed",
        "1 beginnotdefrange <0000> <ffffffff> 0 endnotdefrange",
    ]
    .map(map)
    .into();
    maps.extend(["", "begincmap", "endcmap", "\u{0}\u{1}\u{2}", "<< << <<"].map(str::to_owned));
    maps
}

fn huge() -> Vec<String> {
    let many = |piece: &str, times: usize| piece.repeat(times);
    vec![
        map("1 beginbfrange <0000> <ffff> <0000> endbfrange"),
        map("1 beginbfrange <00000000> <ffffffff> <0000> endbfrange"),
        map("1 begincidrange <00000000> <ffffffff> 0 endcidrange"),
        map(
            "1 begincodespacerange <00000000> <ffffffff> endcodespacerange 1 beginbfrange <00000000> <7fffffff> <00000000> endbfrange",
        ),
        map(&many("1 beginbfrange <0000> <ffff> <0000> endbfrange\n", 300)),
        map(&many("1 begincidrange <0000> <ffff> 0 endcidrange\n", 300)),
        map(&many("1 beginbfchar <0041> <0061> endbfchar\n", 50_000)),
        map(&many(
            "1 begincodespacerange <0000> <ffff> endcodespacerange\n",
            50_000,
        )),
        map(&format!(
            "1 beginbfrange <0000> <ffff> [{}] endbfrange",
            many("<0061> ", 65_536)
        )),
        map(&format!("1 beginbfrange {} endbfrange", many("[", 100_000))),
        map(&many("<< ", 100_000)),
        map(&format!(
            "1 beginbfchar <{}> <0061> endbfchar",
            many("0041", 100_000)
        )),
    ]
}

fn cut_and_bent(collection: &mut Collection) {
    for part in 1..8 {
        to_unicode(
            collection,
            "to-unicode-cut",
            &GOOD.as_bytes()[..GOOD.len() * part / 8],
        );
    }
    for _ in 0..8 {
        let mut map = GOOD.as_bytes().to_vec();
        for _ in 0..6 {
            let at = collection.random.below(map.len());
            map[at] = collection.random.byte();
        }
        to_unicode(collection, "to-unicode-bent", &map);
    }
    let noise = collection.random.bytes(5000);
    to_unicode(collection, "to-unicode-bent", &noise);
}

fn uses_itself(collection: &mut Collection) {
    for (first, second) in [
        ("1 0 R", "1 0 R"),
        ("2 0 R", "1 0 R"),
        ("/A", "/A"),
        ("/NoSuchMap", "7"),
    ] {
        let mut draft = Draft::default();
        draft.stream(
            &format!("/Type /CMap /CMapName /A /UseCMap {first}"),
            format!("/A usecmap {GOOD}"),
        );
        draft.stream(
            &format!("/Type /CMap /CMapName /B /UseCMap {second}"),
            format!("/B usecmap {GOOD}"),
        );
        draft.object(composite("1 0 R", "/ToUnicode 2 0 R"));
        collection.pdf(
            "map-uses-itself",
            draft.page_showing(CONTENTS, "/Resources << /Font << /F1 3 0 R >> >>"),
        );
    }
    // A long chain of maps, each built on the next.
    let mut draft = Draft::default();
    for next in 2..=5000 {
        draft.stream(&format!("/Type /CMap /CMapName /A /UseCMap {next} 0 R"), GOOD);
    }
    draft.stream("/Type /CMap /CMapName /A", GOOD);
    let font = draft.object(composite("1 0 R", ""));
    let resources = format!("/Resources << /Font << /F1 {font} 0 R >> >>");
    collection.pdf("map-uses-very-many", draft.page_showing(CONTENTS, &resources));
}

/// One code that means a whole book, shown again and again.
fn long_meanings(collection: &mut Collection) {
    for (letters, times) in [(1000, 1000), (20_000, 50_000)] {
        let meaning = "0061".repeat(letters);
        let map = map(&format!("1 beginbfchar <0041> <{meaning}> endbfchar"));
        let mut draft = Draft::default();
        draft.stream("/Filter /FlateDecode", flate(map.as_bytes()));
        draft.object(composite("/Identity-H", "/ToUnicode 1 0 R"));
        let contents = format!("BT /F1 1 Tf {} ET", "9 9 Td <0041> Tj ".repeat(times));
        let contents = draft.stream("/Filter /FlateDecode", flate(contents.as_bytes()));
        let entries = format!("/Contents {contents} 0 R /Resources << /Font << /F1 2 0 R >> >>");
        collection.pdf("code-of-long-meaning", draft.page(&entries));
    }
}
