//! What single pages show: odd fonts, forms, text at an angle.

use super::{support::PdfBuilder, text};

/// A document of one page with this content.
pub(super) fn one_page(builder: PdfBuilder, content: usize, resources: &str) -> Vec<u8> {
    page_with(builder, content, &format!("/Resources << {resources} >>"))
}

/// A document of one page with this content, which is the last object so far, and of which more is said.
fn page_with(mut builder: PdfBuilder, content: usize, more: &str) -> Vec<u8> {
    let page = content + 1;
    let tree = page + 1;
    builder.object(format!(
        "<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R {more} >>"
    ));
    builder.object(format!("<< /Type /Pages /Count 1 /Kids [{page} 0 R] >>"));
    let catalog = builder.object(format!("<< /Type /Catalog /Pages {tree} 0 R >>"));
    builder.finish(catalog)
}

const HELVETICA: &str = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";

#[track_caller]
fn shows(file: &[u8], expected: &str) {
    let output = text(file, "page.pdf");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        expected,
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Whatever its glyphs are called, a bitmap font of TeX says nothing of what they mean but by the codes that it has.
#[test]
fn a_bitmap_font_of_tex_is_read_by_the_encoding_that_its_codes_show() {
    // OT1 has ff at 11, fi at 12, and an opening quotation mark at 92.
    let content = b"BT /F1 10 Tf 72 760 Td (\\\\Di\\013erent \\014gures\") Tj ET";
    let mut codes: Vec<u8> = content.to_vec();
    codes.extend([11, 12]);
    codes.sort_unstable();
    codes.dedup();
    let mut builder = PdfBuilder::default();
    let glyph = builder.stream(
        "",
        b"500 0 0 0 400 700 d1 400 0 0 700 0 0 cm BI /W 1 /H 1 /IM true /BPC 1 ID \x00 EI",
    );
    let for_each = |entry: &dyn Fn(u8) -> String| codes.iter().map(|code| entry(*code)).collect::<String>();
    let differences = for_each(&|code| format!("{code} /a{code} "));
    let glyphs = for_each(&|code| format!("/a{code} {glyph} 0 R "));
    let font = builder.object(format!(
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 500 700] /FontMatrix [0.001 0 0 0.001 0 0] \
         /FirstChar 0 /LastChar 127 /Widths [{}] /Encoding << /Differences [{differences}] >> /CharProcs << {glyphs} >> >>",
        "500 ".repeat(128),
    ));
    let content = builder.stream("", content);
    let file = one_page(builder, content, &format!("/Font << /F1 {font} 0 R >>"));
    let output = text(&file, "bitmap.pdf");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "“Different figures”\u{c}",
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn text_at_an_angle_is_read_line_by_line() {
    let mut builder = PdfBuilder::default();
    let font = builder.object(HELVETICA);
    let content = builder.stream(
        "",
        b"BT /F1 12 Tf 14 TL .866 .5 -.5 .866 200 300 Tm (a line that runs uphill) Tj T* (and the next below it) Tj ET \
          BT /F1 12 Tf 72 760 Td (straight) Tj 0 -14 Td (text of several lines stands above the rest,) Tj ET",
    );
    shows(
        &one_page(builder, content, &format!("/Font << /F1 {font} 0 R >>")),
        "straight\ntext of several lines stands above the rest,\n\na line that runs uphill\nand the next below it\u{c}",
    );
}

/// Programs that fill in forms often leave it to the viewer to show what they filled in.
#[test]
fn what_is_filled_into_a_form_is_read_even_where_no_appearance_shows_it() {
    let mut builder = PdfBuilder::default();
    let font = builder.object(HELVETICA);
    let empty = builder.stream("/Type /XObject /Subtype /Form /BBox [0 0 100 14]", b"/Tx BMC EMC");
    let shown = builder.stream(
        &format!(
            "/Type /XObject /Subtype /Form /BBox [0 0 100 14] /Resources << /Font << /F1 {font} 0 R >> >>"
        ),
        b"/Tx BMC BT /F1 11 Tf 2 3 Td (as it is shown) Tj ET EMC",
    );
    let parent = builder.object("<< /FT /Tx /T (name) /V (Ada Lovelace) /DA (/Helv 11 Tf 0 g) >>");
    let widget = |top: u32, height: u32, entries: &str| {
        format!(
            "<< /Type /Annot /Subtype /Widget /Rect [150 {} 350 {top}] {entries} >>",
            top - height
        )
    };
    let widgets = [
        widget(711, 16, &format!("/Parent {parent} 0 R /AP << /N {empty} 0 R >>")),
        widget(681, 16, "/FT /Ch /Opt [[(it) (Italia)] [(fr) (France)]] /V (it)"),
        widget(640, 50, "/FT /Tx /Ff 4096 /V (first line\\nsecond line)"),
        widget(
            500,
            16,
            &format!("/FT /Tx /V (another value) /AP << /N {shown} 0 R >>"),
        ),
        widget(450, 16, "/FT /Tx /Ff 8192 /V (secret)"),
        widget(400, 16, "/F 2 /FT /Tx /V (hidden)"),
        widget(350, 16, "/FT /Btn /V /Yes"),
        // It was written into the page, too.
        widget(300, 16, "/FT /Tx /V (made fast)"),
    ];
    let more = format!(
        "/Resources << /Font << /F1 {font} 0 R >> >> /Annots [{}]",
        widgets.join(" ")
    );
    let content = builder.stream(
        "",
        b"BT /F1 11 Tf 72 700 Td (Name:) Tj 0 -30 Td (Country:) Tj 0 -60 Td (Warnings:) Tj 80 -321 Td (made fast) Tj ET",
    );
    shows(
        &page_with(builder, content, &more),
        "Name:\tAda Lovelace\n\nCountry:\tItalia\n\nfirst line\nWarnings:\nsecond line\n\nas it is shown\n\nmade fast\u{c}",
    );
}
