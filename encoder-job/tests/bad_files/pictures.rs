//! Pictures of giant sizes, in each place a picture's filter can stand, and pages that are nothing but a picture.

use super::{
    Collection, Expected,
    draft::{CONTENTS, Draft, RESOURCES, page_of},
    pack::flate,
};

pub(super) fn add(collection: &mut Collection) {
    for (filter, bytes) in giants() {
        as_picture(collection, &filter, &bytes);
        as_contents(collection, &filter, &bytes);
    }
    raw_giants(collection);
    only_pictures(collection);
    nothing_to_see(collection);
}

/// Pictures that say they are giants, in a few bytes; each with its `Filter` and what belongs to it.
fn giants() -> Vec<(String, Vec<u8>)> {
    let fax = |parameters: &str| format!("/Filter /CCITTFaxDecode /DecodeParms << {parameters} >>");
    // In the fax coding of group 4 a bit that is set says: this row is as the one above.
    let rows = vec![0xff; 20_000];
    vec![
        (fax("/K -1 /Columns 60000 /Rows 2147483647"), rows.clone()),
        (
            fax("/K -1 /Columns 2147483647 /Rows 2147483647 /EndOfBlock false"),
            vec![0xff; 64],
        ),
        (fax("/K 0 /Columns 60000 /Rows 60000"), vec![0; 20_000]),
        (
            fax("/K 4 /Columns 60000 /Rows 60000 /EncodedByteAlign true"),
            vec![0; 20_000],
        ),
        (fax("/K -1 /Columns 0 /Rows 0"), rows.clone()),
        (fax("/K -1 /Columns -1 /Rows -1"), rows),
        ("/Filter /DCTDecode".to_owned(), jpeg(65_500, 65_500)),
        ("/Filter /DCTDecode".to_owned(), jpeg(0, 0)),
        (
            "/Filter /JPXDecode".to_owned(),
            jpeg_2000(u32::MAX, u32::MAX, u32::MAX),
        ),
        ("/Filter /JPXDecode".to_owned(), jpeg_2000(60_000, 60_000, 60_000)),
        ("/Filter /JPXDecode".to_owned(), jpeg_2000(60_000, 60_000, 1)),
        ("/Filter /JPXDecode".to_owned(), jpeg_2000(0, 0, 0)),
        ("/Filter /JBIG2Decode".to_owned(), jbig2(u32::MAX, u32::MAX)),
        ("/Filter /JBIG2Decode".to_owned(), jbig2(60_000, 60_000)),
        ("/Filter /JBIG2Decode".to_owned(), jbig2(0, 0)),
        (
            "/Filter [/FlateDecode /DCTDecode]".to_owned(),
            flate(&jpeg(65_500, 65_500)),
        ),
    ]
}

/// A JPEG of this size up to where its data begin.
pub(super) fn jpeg(width: u16, height: u16) -> Vec<u8> {
    let [[w0, w1], [h0, h1]] = [width, height].map(u16::to_be_bytes);
    let mut bytes = vec![0xff, 0xd8, 0xff, 0xdb, 0, 67, 0];
    bytes.extend_from_slice(&[1; 64]);
    bytes.extend_from_slice(&[0xff, 0xc2, 0, 17, 8, h0, h1, w0, w1, 3]);
    bytes.extend_from_slice(&[1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
    // One code of one bit, for the symbol 0.
    for table in [0x00, 0x10] {
        bytes.extend_from_slice(&[0xff, 0xc4, 0, 20, table, 1]);
        bytes.extend_from_slice(&[0; 16]);
    }
    bytes.extend_from_slice(&[0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0]);
    bytes.extend_from_slice(&[0; 200]);
    bytes.extend_from_slice(&[0xff, 0xd9]);
    bytes
}

/// A JPEG 2000 codestream of this size in tiles of that.
fn jpeg_2000(width: u32, height: u32, tile: u32) -> Vec<u8> {
    let mut bytes = vec![0xff, 0x4f, 0xff, 0x51, 0, 47, 0, 0];
    for number in [width, height, 0, 0, tile, tile, 0, 0] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    bytes.extend_from_slice(&[0, 3, 7, 1, 1, 7, 1, 1, 7, 1, 1]);
    // How it is coded, how it is quantised, the first tile, and its data.
    bytes.extend_from_slice(&[0xff, 0x52, 0, 12, 0, 0, 0, 1, 1, 5, 4, 4, 0, 1]);
    bytes.extend_from_slice(&[0xff, 0x5c, 0, 19, 0x40]);
    bytes.extend_from_slice(&[0x48; 16]);
    bytes.extend_from_slice(&[0xff, 0x90, 0, 10, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0x93]);
    bytes.extend_from_slice(&[0; 100]);
    bytes.extend_from_slice(&[0xff, 0xd9]);
    bytes
}

/// Segments of JBIG2: a page of this size with one region as large.
fn jbig2(width: u32, height: u32) -> Vec<u8> {
    let segment = |number: u8, kind: u8, data: &[u8]| {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&[0, 0, 0, number, kind, 0, 1][..], &length, data].concat()
    };
    let [width, height] = [width, height].map(u32::to_be_bytes);
    let page = [&width[..], &height, &[0; 11]].concat();
    let region = [
        &width[..],
        &height,
        &[0; 9],
        &[0, 3, 255, 253, 255, 2, 254, 254, 254],
        &[0x55; 100],
    ]
    .concat();
    [segment(0, 48, &page), segment(1, 38, &region)].concat()
}

fn as_picture(collection: &mut Collection, filter: &str, bytes: &[u8]) {
    let mut draft = Draft::default();
    let entries = "/Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceGray /BitsPerComponent 8";
    draft.stream(&format!("{entries} {filter}"), bytes);
    let contents = format!("q 500 0 0 700 0 0 cm /I Do Q {CONTENTS}");
    let resources = RESOURCES.replace("/Font", "/XObject << /I 1 0 R >> /Font");
    collection.pdf("giant-picture", draft.page_showing(contents, &resources));
}

/// The filter of a picture, where text is expected.
fn as_contents(collection: &mut Collection, filter: &str, bytes: &[u8]) {
    let mut draft = Draft::default();
    draft.stream(filter, bytes);
    collection.pdf(
        "giant-picture-as-contents",
        draft.page(&format!("/Contents 1 0 R {RESOURCES}")),
    );
}

fn raw_giants(collection: &mut Collection) {
    for entries in [
        "/Width 2147483647 /Height 2147483647 /BitsPerComponent 32",
        "/Width -1 /Height -1 /BitsPerComponent 8",
        "/Width 0 /Height 0 /BitsPerComponent 0",
        "/Width 60000 /Height 60000 /BitsPerComponent 16 /SMask 1 0 R /Mask 1 0 R",
        "/Width 60000 /Height 60000 /BitsPerComponent 8 /Decode [0 1 0 1 0 1 0 1] /Alternates 1 0 R",
        "/ImageMask true /Width 2147483647 /Height 1 /BitsPerComponent 1",
    ] {
        let mut draft = Draft::default();
        draft.stream(
            &format!("/Type /XObject /Subtype /Image /ColorSpace /DeviceCMYK {entries}"),
            b"x",
        );
        let contents = format!("/I Do {CONTENTS}");
        let resources = RESOURCES.replace("/Font", "/XObject << /I 1 0 R >> /Font");
        collection.pdf("giant-picture", draft.page_showing(contents, &resources));
    }
}

/// Pages as a scanner makes them.
fn only_pictures(collection: &mut Collection) {
    let pictures = [
        ("/ColorSpace /DeviceGray /BitsPerComponent 8", vec![0x80; 64]),
        (
            "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode",
            flate(&[0x80; 64]),
        ),
        (
            "/ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode",
            jpeg(8, 8),
        ),
        ("/ImageMask true /BitsPerComponent 1", vec![0x55; 8]),
        (
            "/ColorSpace /DeviceGray /BitsPerComponent 1 /Filter /CCITTFaxDecode /DecodeParms << /K -1 /Columns 8 /Rows 8 >>",
            vec![0xff, 0x00, 0x10, 0x01],
        ),
    ];
    for (entries, bytes) in pictures {
        for pages in [1, 40] {
            let mut draft = Draft::default();
            draft.stream(
                &format!("/Type /XObject /Subtype /Image /Width 8 /Height 8 {entries}"),
                &bytes,
            );
            draft.stream("", "q 500 0 0 700 0 0 cm /I Do Q");
            draft.object(page_of(
                4,
                "/Contents 2 0 R /Resources << /XObject << /I 1 0 R >> >>",
            ));
            let kids = "3 0 R ".repeat(pages);
            let file = draft.tree(&format!("/Count {pages} /Kids [{kids}]"));
            collection.add_expecting(Expected::Refusal("NoText"), "only-pictures", "pdf", file);
        }
    }
    let contents = "q 500 0 0 700 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID x EI Q";
    let file = Draft::default().page_showing(contents, "");
    collection.add_expecting(Expected::Refusal("NoText"), "only-pictures", "pdf", file);
}

/// Pages with nothing, or nothing that is text.
fn nothing_to_see(collection: &mut Collection) {
    for contents in [
        "",
        " \n ",
        "0 0 9 9 re f 0 0 m 99 99 l S",
        "BT /F1 12 Tf () Tj ET",
        "BT /F1 12 Tf (     ) Tj ET",
        "BT /F1 12 Tf (\\000\\001\\002\\003) Tj ET",
    ] {
        let file = Draft::default().page_showing(contents, RESOURCES);
        collection.add_expecting(Expected::AnyRefusal, "nothing-to-read", "pdf", file);
    }
    let file = Draft::default().page("");
    collection.add_expecting(Expected::AnyRefusal, "nothing-to-read", "pdf", file);
}
