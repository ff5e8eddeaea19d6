//! Forms, patterns, glyphs and masks that draw themselves, once, or many times over.

use super::{
    Collection,
    draft::{CONTENTS, Draft, RESOURCES},
    pack::flate,
};

pub(super) fn add(collection: &mut Collection) {
    forms(collection);
    multiplied_forms(collection);
    patterns(collection);
    glyphs(collection);
    states(collection);
    functions(collection);
    annotations(collection);
}

const FORM: &str = "/Type /XObject /Subtype /Form /BBox [0 0 595 842]";

/// A page that draws the form `F`, which is object 1.
fn drawing(draft: Draft) -> Vec<u8> {
    draft.page_showing("/F Do", "/Resources << /XObject << /F 1 0 R >> >>")
}

fn forms(collection: &mut Collection) {
    let text = CONTENTS;
    for (first, second) in [
        ("/F Do", ""),
        ("/F Do /F Do /F Do", ""),
        ("/G Do", "/F Do"),
        ("/G Do /G Do /F Do", "/F Do /F Do /G Do"),
        ("q 0.5 0 0 0.5 0 0 cm /F Do Q /G Do", "/F Do"),
    ] {
        let mut draft = Draft::default();
        let resources = "/Resources << /XObject << /F 1 0 R /G 2 0 R >> /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>";
        draft.stream(&format!("{FORM} {resources}"), format!("{text} {first}"));
        draft.stream(&format!("{FORM} {resources}"), format!("{text} {second}"));
        collection.pdf("forms-in-a-circle", drawing(draft));
    }
    // Without resources of their own, forms take those of the page: the circle is only there while drawing.
    let mut draft = Draft::default();
    draft.stream(FORM, "/F Do");
    collection.pdf("forms-in-a-circle", drawing(draft));
    for depth in [100, 1000, 10_000] {
        let mut draft = Draft::default();
        for number in 1..depth {
            let next = number + 1;
            draft.stream(
                &format!("{FORM} /Resources << /XObject << /F {next} 0 R >> >>"),
                "/F Do",
            );
        }
        draft.stream(&format!("{FORM} {RESOURCES}"), CONTENTS);
        collection.pdf("forms-deeply-nested", drawing(draft));
    }
}

/// Each form draws the next one several times: a few objects, and more drawing than anybody can wait for.
fn multiplied_forms(collection: &mut Collection) {
    for (depth, times, shows_text) in [(40, 2, true), (40, 2, false), (9, 10, true), (9, 10, false)] {
        let mut draft = Draft::default();
        for number in 1..depth {
            let resources = format!("/Resources << /XObject << /F {} 0 R >> >>", number + 1);
            draft.stream(&format!("{FORM} {resources}"), "/F Do ".repeat(times));
        }
        let contents = if shows_text { CONTENTS } else { "0 0 9 9 re f" };
        draft.stream(&format!("{FORM} {RESOURCES}"), contents);
        collection.pdf("forms-multiplied", drawing(draft));
    }
    // One long string, shown again and again: on the page, and where nobody sees it.
    for place in ["9 9", "9999 9999"] {
        let mut draft = Draft::default();
        let text = format!("BT /F1 1 Tf {place} Td ({}) Tj ET", "words ".repeat(50_000));
        draft.stream(
            &format!("{FORM} {RESOURCES} /Filter /FlateDecode"),
            flate(text.as_bytes()),
        );
        let contents = draft.stream("/Filter /FlateDecode", flate("/F Do ".repeat(10_000).as_bytes()));
        let entries = format!("/Contents {contents} 0 R /Resources << /XObject << /F 1 0 R >> >>");
        collection.pdf("forms-multiplied", draft.page(&entries));
    }
    let mut draft = Draft::default();
    draft.stream(&format!("{FORM} {RESOURCES}"), CONTENTS);
    let contents = draft.stream("/Filter /FlateDecode", flate("/F Do ".repeat(100_000).as_bytes()));
    collection.pdf(
        "forms-multiplied",
        draft.page(&format!(
            "/Contents {contents} 0 R /Resources << /XObject << /F 1 0 R >> >>"
        )),
    );
}

fn patterns(collection: &mut Collection) {
    let tiling = "/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1";
    for (entries, contents) in [
        (
            "/BBox [0 0 9 9] /XStep 9 /YStep 9",
            "/Pattern cs /P scn 0 0 9 9 re f",
        ),
        ("/BBox [0 0 9 9] /XStep 0 /YStep 0", "0 0 9 9 re f"),
        (
            "/BBox [0 0 9 9] /XStep 0.0000001 /YStep 0.0000001",
            "0 0 9 9 re f",
        ),
        ("/BBox [0 0 0 0] /XStep -1 /YStep 1e38", "0 0 9 9 re f"),
        (
            "/BBox [0 0 1e38 1e38] /XStep 1 /YStep 1 /Matrix [0 0 0 0 0 0]",
            "0 0 9 9 re f",
        ),
    ] {
        let mut draft = Draft::default();
        draft.stream(
            &format!("{tiling} {entries} /Resources << /Pattern << /P 1 0 R >> >>"),
            contents,
        );
        let page = format!("/Pattern cs /P scn 0 0 595 842 re f {CONTENTS}");
        let resources = RESOURCES.replace("/Font", "/Pattern << /P 1 0 R >> /Font");
        collection.pdf("patterns-of-themselves", draft.page_showing(page, &resources));
    }
}

fn glyphs(collection: &mut Collection) {
    let font = |entries: &str| {
        format!(
            "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 1000 1000] /FontMatrix [0.001 0 0 0.001 0 0] \
             /FirstChar 65 /LastChar 66 /Widths [1000 1000] \
             /Encoding << /Type /Encoding /Differences [65 /A /B] >> {entries} >>"
        )
    };
    for (first, second) in [
        ("1000 0 d0 BT /F1 1 Tf (A) Tj ET", ""),
        ("1000 0 d0 BT /F1 1 Tf (B) Tj ET", "BT /F1 1 Tf (AAAA) Tj ET"),
        (
            "1000 0 d0 BT /F1 1 Tf (BBBBBBBBBB) Tj ET",
            "BT /F1 1 Tf (BAB) Tj ET",
        ),
        ("BT /F1 0 Tf (A) Tj ET", "1e38 0 d0"),
        ("1000 0 0 0 1e38 1e38 d1 /X Do", ""),
    ] {
        let mut draft = Draft::default();
        draft.object(font(
            "/CharProcs << /A 2 0 R /B 3 0 R >> /Resources << /Font << /F1 1 0 R >> /XObject << /X 4 0 R >> >>",
        ));
        draft.stream("", first);
        draft.stream("", second);
        draft.stream(
            &format!("{FORM} /Resources << /Font << /F1 1 0 R >> >>"),
            "BT /F1 9 Tf (AB) Tj ET",
        );
        let contents = "BT /F1 12 Tf 72 700 Td (ABABABAB) Tj ET";
        collection.pdf(
            "glyphs-of-themselves",
            draft.page_showing(contents, "/Resources << /Font << /F1 1 0 R >> >>"),
        );
    }
    // Ten fonts, each glyph of which shows ten glyphs of the next.
    let mut draft = Draft::default();
    for number in 0..10 {
        let (this, next) = (2 * number + 1, 2 * number + 3);
        draft.object(font(&format!(
            "/CharProcs << /A {} 0 R >> /Resources << /Font << /F1 {next} 0 R >> >>",
            this + 1
        )));
        draft.stream("", "1000 0 d0 BT /F1 1 Tf (AAAAAAAAAA) Tj ET");
    }
    draft.object("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    let contents = "BT /F1 12 Tf 72 700 Td (AAAAAAAAAA) Tj ET";
    collection.pdf(
        "glyphs-multiplied",
        draft.page_showing(contents, "/Resources << /Font << /F1 1 0 R >> >>"),
    );
}

/// Masks of graphics states: groups that set the state that holds them.
fn states(collection: &mut Collection) {
    for contents in ["/S gs 0 0 9 9 re f", "/S gs /S gs /S gs /M Do"] {
        let mut draft = Draft::default();
        draft.object("<< /Type /ExtGState /SMask << /Type /Mask /S /Luminosity /G 2 0 R /TR 3 0 R >> /Font [4 0 R 12] >>");
        draft.stream(
            &format!(
                "{FORM} /Group << /S /Transparency /CS 3 0 R >> \
                 /Resources << /ExtGState << /S 1 0 R >> /XObject << /M 2 0 R >> >>"
            ),
            contents,
        );
        draft.object("[/ICCBased 2 0 R]");
        let page = format!("/S gs {CONTENTS}");
        let resources = RESOURCES.replace("/Font", "/ExtGState << /S 1 0 R >> /Font");
        collection.pdf("masks-of-themselves", draft.page_showing(page, &resources));
    }
}

/// Functions of colours and shadings: samples without number, programs without end, stitched from themselves.
fn functions(collection: &mut Collection) {
    let nested = format!("{}{}", "{ ".repeat(50_000), "} ".repeat(50_000));
    let long = format!("{{ {} }}", "dup mul 1 add sqrt ".repeat(50_000));
    for (dictionary, content) in [
        (
            "/FunctionType 0 /Size [2147483647] /BitsPerSample 32 /Range [0 1 0 1 0 1]",
            "x",
        ),
        (
            "/FunctionType 0 /Size [65535 65535] /BitsPerSample 8 /Range [0 1 0 1 0 1]",
            "x",
        ),
        ("/FunctionType 0 /Size [0] /BitsPerSample 0 /Range []", ""),
        (
            "/FunctionType 3 /Functions [1 0 R 1 0 R] /Bounds [0.5] /Encode [0 1 0 1]",
            "",
        ),
        ("/FunctionType 3 /Functions [] /Bounds [] /Encode []", ""),
        ("/FunctionType 2 /N 1e38 /C0 [] /C1 []", ""),
        ("/FunctionType 4 /Range [0 1 0 1 0 1]", &nested),
        ("/FunctionType 4 /Range [0 1 0 1 0 1]", &long),
        (
            "/FunctionType 4 /Range [0 1]",
            "{ 2147483647 copy 99999 1 roll -1 sqrt 0 div 0 mod }",
        ),
        (
            "/FunctionType 4 /Range [0 1]",
            "{ pop pop pop { } if { } { } ifelse }",
        ),
        ("/FunctionType 99", ""),
    ] {
        let mut draft = Draft::default();
        draft.stream(&format!("{dictionary} /Domain [0 1]"), content);
        let resources = RESOURCES.replace(
            "/Font",
            "/ColorSpace << /Cs [/Separation /A /DeviceRGB 1 0 R] >> /Shading << /Sh << /ShadingType 2 \
             /ColorSpace /DeviceRGB /Coords [0 0 595 842] /Function 1 0 R >> >> /Font",
        );
        let page = format!("/Cs cs 0.5 scn 0 0 9 9 re f /Sh sh {CONTENTS}");
        collection.pdf("functions-wrong", draft.page_showing(page, &resources));
    }
}

fn annotations(collection: &mut Collection) {
    for annotation in [
        "<< /Subtype /Widget /Rect [0 0 99 99] /AP << /N 1 0 R >> /Parent 2 0 R /Kids [2 0 R] >>",
        "<< /Subtype /FreeText /Rect [0 0 1e38 1e38] /AP << /N << /On 1 0 R >> >> /AS /On /Popup 2 0 R >>",
        "[2 0 R]",
    ] {
        let mut draft = Draft::default();
        draft.stream(
            &format!("{FORM} /Resources << /XObject << /F 1 0 R >> >>"),
            "/F Do",
        );
        draft.object(annotation);
        draft.catalog = "/AcroForm << /Fields [2 0 R] /DR 2 0 R >>".to_owned();
        let annotations = "2 0 R ".repeat(1000);
        let entries = format!("/Annots [{annotations}] {RESOURCES}");
        collection.pdf("annotations-in-a-circle", draft.page_showing(CONTENTS, &entries));
    }
}
