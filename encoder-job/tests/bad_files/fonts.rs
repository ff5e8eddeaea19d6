//! Fonts whose programs, widths and encodings are broken, endless or of giant sizes.

use super::{Collection, draft::Draft, pack::flate};

pub(super) fn add(collection: &mut Collection) {
    dictionaries(collection);
    widths(collection);
    encodings(collection);
    noise_as_programs(collection);
    true_type(collection);
    compact(collection);
    type_1(collection);
    very_many_fonts(collection);
}

const CONTENTS: &str = " BT /F1 12 Tf 72 700 Td (A sentence in a font.) Tj <00410042004300440045> Tj ET";

/// A page in this font, which is the object after these others.
fn in_font(mut draft: Draft, font: &str) -> Vec<u8> {
    let font = draft.object(font);
    draft.page_showing(CONTENTS, &format!("/Resources << /Font << /F1 {font} 0 R >> >>"))
}

fn show(collection: &mut Collection, kind: &'static str, font: &str) {
    collection.pdf(kind, in_font(Draft::default(), font));
}

fn dictionaries(collection: &mut Collection) {
    for font in [
        "<< >>",
        "null",
        "[]",
        "<< /Type /Font >>",
        "<< /Type /Font /Subtype /NoSuchType /BaseFont /Helvetica >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont (Helvetica) >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont 7 /FontDescriptor 7 >>",
        "<< /Type /Font /Subtype /Type0 >>",
        "<< /Type /Font /Subtype /Type0 /DescendantFonts [] /Encoding /Identity-H >>",
        "<< /Type /Font /Subtype /Type0 /DescendantFonts [null] /Encoding /NoSuchMap >>",
        "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<< /Subtype /CIDFontType0 /CIDSystemInfo 7 >>] >>",
        "<< /Type /Font /Subtype /Type0 /Encoding /UniGB-UCS2-H /DescendantFonts [<< /Subtype /CIDFontType2 \
         /CIDSystemInfo << /Registry (Adobe) /Ordering (NoSuch) /Supplement -1 >> >>] >>",
        "<< /Type /Font /Subtype /MMType1 /BaseFont /Some_100_200_MM >>",
        "<< /Type /Font /Subtype /Type3 >>",
        "<< /Type /Font /Subtype /Type3 /FontMatrix [0 0 0 0 0 0] /FontBBox [] /CharProcs << >> /Encoding << >> >>",
        "<< /Type /Font /Subtype /Type3 /FontMatrix [1e38 1e38] /FirstChar 300 /LastChar -1 /Widths [] /CharProcs 7 >>",
    ] {
        show(collection, "font-dictionary-wrong", font);
    }
    let name = format!(
        "<< /Type /Font /Subtype /Type1 /BaseFont /{} >>",
        "Helvetica-".repeat(50_000)
    );
    show(collection, "font-dictionary-wrong", &name);
}

fn widths(collection: &mut Collection) {
    for entries in [
        "/FirstChar -2147483648 /LastChar 2147483647 /Widths [500]",
        "/FirstChar 2147483647 /LastChar 0 /Widths [500 500]",
        "/FirstChar 32 /LastChar 126 /Widths 7",
        "/FirstChar 32 /LastChar 126 /Widths [1e38 -1e38 (a) null [500]]",
        "/FirstChar 0 /LastChar 0",
    ] {
        show(
            collection,
            "widths-wrong",
            &format!("<< /Type /Font /Subtype /TrueType /BaseFont /Arial {entries} >>"),
        );
    }
    let nested = format!("/W {}{}", "[".repeat(20_000), "]".repeat(20_000));
    let many = format!("/W [{}]", "0 65535 500 ".repeat(20_000));
    let list = format!("/W [0 [{}]]", "500 ".repeat(200_000));
    for entries in [
        "/W [0 2147483647 500]",
        "/W [-5 [500 500] 2147483647 [500] 4294967295 4294967296 5]",
        "/W [0]",
        "/W [0 1]",
        "/W [[[500]]]",
        "/W [0 2000000000 500 0 2000000000 600 0 2000000000 700]",
        "/W2 [0 2147483647 -1000 500 880] /DW2 [1e38 -1e38]",
        "/W2 [0 [1 2]] /DW -2147483648",
        &nested,
        &many,
        &list,
    ] {
        show(
            collection,
            "widths-wrong",
            &format!(
                "<< /Type /Font /Subtype /Type0 /BaseFont /A /Encoding /Identity-V /DescendantFonts [<< /Type /Font \
                 /Subtype /CIDFontType2 /BaseFont /A {entries} >>] >>"
            ),
        );
    }
}

fn encodings(collection: &mut Collection) {
    let many = format!("<< /Differences [{}] >>", "0 /A /B /C ".repeat(50_000));
    let long = format!("<< /Differences [0 /{}] >>", "A".repeat(500_000));
    for encoding in [
        "/NoSuchEncoding",
        "7",
        "<< /BaseEncoding /NoSuch /Differences 7 >>",
        "<< /Differences [2147483647 /A -1 /B 256 /C 255 /D /E /F] >>",
        "<< /Differences [/A /B (c) 1.5 null [65] << >>] >>",
        "<< /Differences [65 /uniD800 /uni /u110000 /uFFFFFFFF /g99999999999 /cid-5 /.notdef /#00] >>",
        &many,
        &long,
    ] {
        show(
            collection,
            "encoding-wrong",
            &format!("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding {encoding} >>"),
        );
    }
}

/// A page of four fonts whose program is this stream, once as each kind of program.
fn with_program(collection: &mut Collection, kind: &'static str, program: &[u8]) {
    let mut draft = Draft::default();
    draft.stream("/Subtype /Type1C /Length1 500 /Length2 500 /Length3 0", program);
    for (subtype, file) in [
        ("Type1", "FontFile"),
        ("TrueType", "FontFile2"),
        ("Type1", "FontFile3"),
    ] {
        draft.object(format!(
            "<< /Type /Font /Subtype /{subtype} /BaseFont /Broken /FirstChar 65 /LastChar 65 /Widths [500] \
             /FontDescriptor << /Type /FontDescriptor /FontName /Broken /Flags 4 /{file} 1 0 R >> >>"
        ));
    }
    draft.object(
        "<< /Type /Font /Subtype /Type0 /BaseFont /Broken /Encoding /Identity-H /DescendantFonts [<< /Type /Font \
         /Subtype /CIDFontType0 /BaseFont /Broken /FontDescriptor << /FontFile3 1 0 R /FontFile2 1 0 R >> \
         /CIDToGIDMap 1 0 R >>] >>",
    );
    let contents: String = (1..=4)
        .map(|number| CONTENTS.replace("/F1", &format!("/F{number} ")))
        .collect();
    let resources = "/Resources << /Font << /F1 2 0 R /F2 3 0 R /F3 4 0 R /F4 5 0 R >> >>";
    collection.pdf(kind, draft.page_showing(contents, resources));
}

fn noise_as_programs(collection: &mut Collection) {
    for length in [0, 4, 5000] {
        let noise = collection.random.bytes(length);
        with_program(collection, "font-of-noise", &noise);
        // Behind the first bytes of what it should be.
        for magic in [
            &b"\x00\x01\x00\x00\x00\x0a"[..],
            b"\x01\x00\x04\x01",
            b"%!PS-AdobeFont-1.0\n",
            b"OTTO\x00\x09",
        ] {
            if length == 5000 {
                with_program(collection, "font-of-noise", &[magic, &noise].concat());
            }
        }
    }
}

/// A TrueType program with these tables.
fn open_type(tables: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
    let mut file = b"\x00\x01\x00\x00".to_vec();
    file.extend_from_slice(&u16::try_from(tables.len()).unwrap().to_be_bytes());
    file.extend_from_slice(&[0; 6]);
    let mut offset = 12 + 16 * tables.len();
    for (name, table) in tables {
        file.extend_from_slice(*name);
        file.extend_from_slice(&[0; 4]);
        for number in [offset, table.len()] {
            file.extend_from_slice(&u32::try_from(number).unwrap().to_be_bytes());
        }
        offset += table.len();
    }
    file.extend(tables.iter().flat_map(|(_, table)| table.iter().copied()));
    file
}

fn true_type(collection: &mut Collection) {
    let most = [0, 1, 0, 0, 0xff, 0xff, 0, 0];
    // A map of one group, from the first character to the last there can be.
    let group = |first: u32, last: u32| {
        let mut table = vec![0, 0, 0, 1, 0, 3, 0, 10, 0, 0, 0, 12, 0, 12, 0, 0];
        for number in [28, 0, 1, first, last, 0] {
            table.extend_from_slice(&number.to_be_bytes());
        }
        table
    };
    // Segments of 16 bits: as many as can be said, and none of them there.
    let segments = [
        0, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 12, 0, 4, 0xff, 0xff, 0, 0, 0xff, 0xfe, 0, 0, 0, 0, 0, 0,
    ];
    // A glyph that is made of itself, at the beginning of the table of glyphs.
    let glyph = [0xff, 0xff, 0, 0, 0, 0, 0, 9, 0, 9, 0, 0x20, 0, 0, 0, 0];
    for tables in [
        &[(b"maxp", &most[..]), (b"cmap", &group(0, u32::MAX))][..],
        &[(b"maxp", &most[..]), (b"cmap", &group(65, 0x0011_0000))],
        &[(b"maxp", &most[..]), (b"cmap", &group(70, 65))],
        &[(b"maxp", &most[..]), (b"cmap", &segments)],
        &[
            (b"maxp", &most[..]),
            (b"head", &[0; 54]),
            (b"loca", &[0; 8]),
            (b"glyf", &glyph),
        ],
        &[
            (b"head", &[0xff; 54]),
            (b"hhea", &[0xff; 36]),
            (b"hmtx", &[0xff; 4]),
            (b"maxp", &most),
        ],
        &[(b"post", &[0, 2, 0, 0, 0, 0, 0, 0]), (b"name", &[0xff; 6])],
        &[],
    ] {
        with_program(collection, "true-type-wrong", &open_type(tables));
    }
    let mut many = open_type(&[]);
    many[4..6].fill(0xff);
    with_program(collection, "true-type-wrong", &many);
}

/// Compact font programs (CFF): indexes of very many things, and subroutines that call themselves.
fn compact(collection: &mut Collection) {
    let index = |items: &[&[u8]]| {
        let mut bytes = u16::try_from(items.len()).unwrap().to_be_bytes().to_vec();
        if items.is_empty() {
            return bytes;
        }
        bytes.push(2);
        let mut offset = 1_u16;
        bytes.extend_from_slice(&offset.to_be_bytes());
        for item in items {
            offset += u16::try_from(item.len()).unwrap();
            bytes.extend_from_slice(&offset.to_be_bytes());
        }
        bytes.extend(items.iter().flat_map(|item| item.iter().copied()));
        bytes
    };
    let program = |dictionary: &[u8], subroutines: &[&[u8]], glyphs: &[&[u8]]| {
        let head = [
            &[1, 0, 4, 2][..],
            &index(&[b"A"]),
            &index(&[dictionary]),
            &index(&[]),
            &index(subroutines),
        ];
        [head.concat(), index(glyphs)].concat()
    };
    // Where the glyphs' programs begin: a number of three bytes, and the operator for it.
    let glyphs_at = |place: u16| {
        let [high, low] = place.to_be_bytes();
        [28, high, low, 17]
    };
    // The number -107 calls the first subroutine (32, 29), 11 returns, 14 ends.
    let recursive: &[u8] = &[32, 29, 32, 29, 11];
    let place = |subroutines: &[&[u8]]| u16::try_from(program(&[0; 4], subroutines, &[]).len() - 2).unwrap();
    for subroutines in [&[recursive][..], &[&[11]], &[&[]], &[recursive; 200]] {
        let dictionary = glyphs_at(place(subroutines));
        with_program(
            collection,
            "compact-font-wrong",
            &program(
                &dictionary,
                subroutines,
                &[&[14], &[32, 29, 14], &[32, 10, 14], &[255; 300]],
            ),
        );
    }
    for place in [0, 1, 4, 0x7fff] {
        with_program(
            collection,
            "compact-font-wrong",
            &program(&glyphs_at(place), &[], &[&[14]]),
        );
    }
    with_program(
        collection,
        "compact-font-wrong",
        &[1, 0, 4, 4, 0xff, 0xff, 4, 0xff, 0xff, 0xff, 0xff],
    );
}

fn type_1(collection: &mut Collection) {
    let nested = format!(
        "%!PS-AdobeFont-1.0\n{}{}",
        "{ ".repeat(50_000),
        "} ".repeat(50_000)
    );
    let entries = format!(
        "%!PS-AdobeFont-1.0: A\n/Encoding 2147483647 array\n{}readonly def\n/FontMatrix [0 0 0 0 0 0] def\neexec\n",
        "dup 65 /A put\n".repeat(20_000)
    );
    for program in [
        "%!PS-AdobeFont-1.0",
        "%!PS-AdobeFont-1.0\n/Encoding",
        "%!PS-AdobeFont-1.0\n/Encoding StandardEncoding def currentfile eexec\n00",
        "%!PS-AdobeFont-1.0\n/CharStrings 2147483647 dict dup begin /A 2147483647 RD ",
        "%!PS-AdobeFont-1.0\n/Subrs -1 array dup 0 -5 RD  NP\n/lenIV 2147483647 def",
        &nested,
        &entries,
    ] {
        with_program(collection, "type-1-font-wrong", program.as_bytes());
    }
}

fn very_many_fonts(collection: &mut Collection) {
    let fonts: String = (0..20_000)
        .map(|number| format!("/F{number} << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> "))
        .collect();
    let contents: String = (0..20_000)
        .map(|number| format!("BT /F{number} 9 Tf (x) Tj ET "))
        .collect();
    let mut draft = Draft::default();
    draft.stream("/Filter /FlateDecode", flate(contents.as_bytes()));
    collection.pdf(
        "very-many-fonts",
        draft.page(&format!("/Contents 1 0 R /Resources << /Font << {fonts} >> >>")),
    );
    // A font drawn glyph by glyph, with more glyphs than an encoding can name.
    let procedures: String = (0..50_000).map(|number| format!("/g{number} 1 0 R ")).collect();
    let names: String = (0..50_000).map(|number| format!("/g{number} ")).collect();
    let mut draft = Draft::default();
    draft.stream("", "1000 0 d0 0 0 9 9 re f");
    let font = format!(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 0 \
         /LastChar 50000 /Widths [] /CharProcs << {procedures} >> /Encoding << /Differences [0 {names}] >> >>"
    );
    collection.pdf("very-many-glyphs-of-a-font", in_font(draft, &font));
}
