//! Composite fonts without a program whose `ToUnicode` map is Identity-H, by name or as a copy of that map: the code is the character.
//! Maps that say something else are believed.

use std::fmt::Write as _;

use crate::{
    Case,
    draw::{Content, finish, hexadecimal},
    support::PdfBuilder,
};

const LINES: [&str; 4] = [
    "Der alte Leuchtturm steht am Hafen,",
    "l’olio brucia da novant’anni,",
    "příliš žluťoučký kůň úpěl ďábelské ódy",
    "Ο φάρος, маяк, № 17",
];
const CHINESE: [&str; 2] = ["老灯塔站在港口的尽头。", "守塔人每夜点灯。"];
const PLAIN: [&str; 2] = ["Justin keeps the lamp", "and counts the nights (1987)."];

/// The beginning of the map Identity-H as its maker publishes it.
const COPIED: &str = "\
%!PS-Adobe-3.0 Resource-CMap
%%BeginResource: CMap (Identity-H)

/CIDInit /ProcSet findresource begin

12 dict begin

begincmap

/CIDSystemInfo 3 dict dup begin
  /Registry (Adobe) def
  /Ordering (Identity) def
  /Supplement 0 def
end def

/CMapName /Identity-H def
/CMapVersion 1.000 def
/CMapType 1 def

/WMode 0 def

1 begincodespacerange
  <0000> <FFFF>
endcodespacerange

";
const COPIED_END: &str = "
endcmap
CMapName currentdict /CMap defineresource pop
end
end
%%EndResource
%%EOF
";

/// The map in the usual short form, with these entries.
pub fn map(entries: &str) -> String {
    format!(
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n\
         1 begincodespacerange <0000> <FFFF> endcodespacerange\n{entries}endcmap end end"
    )
}

/// Entries for single codes.
pub fn single_codes(codes: impl Iterator<Item = (u16, String)>) -> String {
    let mut entries = String::new();
    let codes: Vec<(u16, String)> = codes.collect();
    for part in codes.chunks(100) {
        writeln!(entries, "{} beginbfchar", part.len()).unwrap();
        for (code, text) in part {
            let text = hexadecimal(text.encode_utf16());
            writeln!(entries, "{} {text}", hexadecimal([*code])).unwrap();
        }
        entries.push_str("endbfchar\n");
    }
    entries
}

/// Identity-H with an entry for each of its 256 blocks of codes, as its maker publishes it.
fn copy() -> String {
    let mut entries = String::from(COPIED);
    for start in (0..256).step_by(100) {
        let part = start..256.min(start + 100);
        writeln!(entries, "{} begincidrange", part.len()).unwrap();
        for block in part {
            writeln!(entries, "<{block:02x}00> <{block:02x}ff> {}", block * 256).unwrap();
        }
        entries.push_str("endcidrange\n");
    }
    entries + COPIED_END
}

/// A map that says nothing of its own.
const USES_IDENTITY: &str = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /Identity-H usecmap
endcmap end end";
const ONE_RANGE: &str = "1 beginbfrange <0000> <FFFF> <0000> endbfrange\n";

/// A map with an entry for each character of the lines.
fn single_characters() -> String {
    let units = LINES.iter().flat_map(|line| line.encode_utf16());
    let codes = units.map(|unit| (unit, char::from_u32(unit.into()).unwrap().into()));
    map(&single_codes(codes))
}

/// A composite font without a program; `to_unicode` stands behind the key, unless it is empty.
pub fn composite_font(builder: &mut PdfBuilder, widths: &str, to_unicode: &str) -> usize {
    let descriptor = builder.object(
        "<< /Type /FontDescriptor /FontName /Unknown /Flags 4 /FontBBox [0 -250 1000 1000] /ItalicAngle 0 \
         /Ascent 900 /Descent -250 /CapHeight 700 /StemV 80 >>",
    );
    let descendant = builder.object(format!(
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Unknown /CIDToGIDMap /Identity \
         /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> \
         /FontDescriptor {descriptor} 0 R /DW 600 {widths} >>"
    ));
    let entry = if to_unicode.is_empty() {
        String::new()
    } else {
        format!("/ToUnicode {to_unicode}")
    };
    builder.object(format!(
        "<< /Type /Font /Subtype /Type0 /BaseFont /Unknown /Encoding /Identity-H \
         /DescendantFonts [{descendant} 0 R] {entry} >>"
    ))
}

/// A page whose codes are those of the characters.
fn page(builder: PdfBuilder, font: usize, drawn: &[&str], text: &[&str]) -> Case {
    let mut content = Content::default();
    let mut y = 690.0;
    for line in drawn {
        content.show_codes(60.0, y, 12.0, line.encode_utf16());
        y -= 18.0;
    }
    let resources = format!("/Font << /F0 {font} 0 R >>");
    Case::new(finish(builder, content.bytes(), &resources), text.join("\n"))
}

fn with_name(name: &str, lines: &[&str]) -> Case {
    let mut builder = PdfBuilder::default();
    let font = composite_font(&mut builder, "", name);
    page(builder, font, lines, lines)
}

fn with_map(map: &str, drawn: &[&str], text: &[&str]) -> Case {
    let mut builder = PdfBuilder::default();
    let map = builder.stream("", map.as_bytes());
    let font = composite_font(&mut builder, "", &format!("{map} 0 R"));
    page(builder, font, drawn, text)
}

/// A simple font, whose encoding says what the codes are.
fn simple_font(to_unicode: Option<&str>) -> Case {
    let mut builder = PdfBuilder::default();
    let entry = to_unicode.map_or_else(|| format!("{} 0 R", builder.stream("", b"")), ToOwned::to_owned);
    let font = builder.object(format!(
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode {entry} >>"
    ));
    let content = "BT /F0 12 Tf 60 690 Td (Ca va: 1987) Tj ET";
    let resources = format!("/Font << /F0 {font} 0 R >>");
    Case::new(finish(builder, content.as_bytes(), &resources), "Ca va: 1987")
}

/// Each code is that of the letter before.
fn codes_that_are_other_characters_page() -> Case {
    let codes = (0x21..0x7f_u8).map(|code| (code.into(), char::from(code + 1).into()));
    let map = map(&single_codes(codes.chain([(0x20, " ".to_owned())])));
    with_map(&map, &["Sgd k`lo hr nm-"], &["The lamp is on."])
}

fn codes_of_several_characters_page() -> Case {
    let codes = ["The ferry ", "ffi", "stays.", "O", "ce boat "].map(str::to_owned);
    let map = map(&single_codes((1..).zip(codes)));
    with_map(
        &map,
        &["\u{1}\u{4}\u{2}\u{5}\u{3}"],
        &["The ferry Office boat stays."],
    )
}

cases! {
    the_name => with_name("/Identity-H", &LINES);
    the_name_with_chinese => with_name("/Identity-H", &CHINESE);
    the_name_of_the_vertical_map => with_name("/Identity-V", &PLAIN);
    a_copy => with_map(&copy(), &LINES, &LINES);
    a_copy_with_carriage_returns => with_map(&copy().replace('\n', "\r\n"), &PLAIN, &PLAIN);
    a_map_that_uses_the_other => with_map(USES_IDENTITY, &PLAIN, &PLAIN);
    one_range_from_each_code_to_its_character => with_map(&map(ONE_RANGE), &LINES, &LINES);
    neighbour_a_map_of_single_codes => with_map(&single_characters(), &LINES, &LINES);
    neighbour_codes_that_are_other_characters => codes_that_are_other_characters_page();
    neighbour_codes_of_several_characters => codes_of_several_characters_page();
    neighbour_a_simple_font_with_the_name => simple_font(Some("/Identity-H"));
    neighbour_a_simple_font_with_an_empty_map => simple_font(None);
}
