//! Bombs: a few bytes that become very many, by each filter that can, and by chains of them, in each place a reader unpacks.

use super::{
    Collection,
    draft::{CONTENTS, Draft, RESOURCES},
    pack::{ascii_85, ascii_hex, flate, flate_repeated, lzw_of_one_byte, run_length_of_one_byte},
};

/// A stream that is small and becomes large.
struct Bomb {
    /// The value of its `Filter`.
    filters: String,
    bytes: Vec<u8>,
}

pub(super) fn add(collection: &mut Collection) {
    let size = collection.bomb_bytes;
    for bomb in in_contents(size) {
        collection.pdf("bomb-in-contents", page_of_bomb(&bomb));
    }
    let [spaces, noughts] = [b' ', 0].map(|byte| twice_flate(byte, size));
    elsewhere(collection, &spaces, &noughts);
    in_pieces(collection, &flate_bomb(b' ', size / 64));
    unpacked_to_be_unpacked(collection);
    cut_bombs(collection, size);
    predictors(collection, size);
}

fn flate_bomb(byte: u8, size: usize) -> Vec<u8> {
    const PIECE: usize = 1 << 20;
    flate_repeated(&vec![byte; PIECE], size.div_ceil(PIECE).max(1))
}

fn twice_flate(byte: u8, size: usize) -> Bomb {
    Bomb {
        filters: "[/FlateDecode /FlateDecode]".to_owned(),
        bytes: flate(&flate_bomb(byte, size)),
    }
}

fn in_contents(size: usize) -> Vec<Bomb> {
    let operators = b"0 0 9 9 re f q Q BT ET ".repeat(10_000);
    let bomb = |filters: &str, bytes: Vec<u8>| Bomb {
        filters: filters.to_owned(),
        bytes,
    };
    vec![
        bomb("/FlateDecode", flate_bomb(b' ', size)),
        bomb("/FlateDecode", flate_bomb(b'(', size)),
        bomb("/FlateDecode", flate_bomb(b'1', size)),
        bomb("/FlateDecode", flate_bomb(b'[', size)),
        bomb(
            "/FlateDecode",
            flate_repeated(&operators, size / operators.len() / 8 + 1),
        ),
        bomb("/LZWDecode", lzw_of_one_byte(b' ', size)),
        bomb("/RunLengthDecode", run_length_of_one_byte(b' ', size / 16)),
        twice_flate(b' ', size),
        twice_flate(b'(', size),
        bomb(
            "[/FlateDecode /FlateDecode /FlateDecode]",
            flate(&flate(&flate_bomb(b' ', size))),
        ),
        bomb("[/FlateDecode /LZWDecode]", flate(&lzw_of_one_byte(b' ', size))),
        bomb(
            "[/FlateDecode /RunLengthDecode]",
            flate(&run_length_of_one_byte(b' ', size)),
        ),
        bomb(
            "[/LZWDecode /RunLengthDecode /RunLengthDecode]",
            // A run of the byte 129 says: 128 times the byte 129, which says it again.
            lzw_of_one_byte(129, size / 64),
        ),
        bomb("[/FlateDecode /ASCII85Decode]", flate_bomb(b'z', size / 4)),
        bomb("[/FlateDecode /ASCIIHexDecode]", flate_bomb(b'2', size)),
        bomb(
            "[/ASCIIHexDecode /FlateDecode]",
            ascii_hex(&flate_bomb(b' ', size / 4)),
        ),
        bomb(
            "[/ASCII85Decode /FlateDecode]",
            ascii_85(&flate_bomb(b' ', size / 4)),
        ),
        bomb(
            "[/ASCII85Decode /ASCIIHexDecode /LZWDecode]",
            ascii_85(&ascii_hex(&lzw_of_one_byte(b' ', size / 4))),
        ),
    ]
}

fn page_of_bomb(bomb: &Bomb) -> Vec<u8> {
    let mut draft = Draft::default();
    draft.stream(&format!("/Filter {}", bomb.filters), &bomb.bytes);
    draft.page(&format!("/Contents 1 0 R {RESOURCES}"))
}

/// The bomb as object 1, and a page that leads to it by these resources and contents.
fn behind(bomb: &Bomb, entries: &str, objects: &[&str], contents: &str, resources: &str) -> Vec<u8> {
    let mut draft = Draft::default();
    draft.stream(&format!("/Filter {} {entries}", bomb.filters), &bomb.bytes);
    for object in objects {
        draft.object(object);
    }
    draft.page_showing(contents, &format!("/Resources << {resources} >>"))
}

fn elsewhere(collection: &mut Collection, spaces: &Bomb, noughts: &Bomb) {
    let text = "BT /F1 12 Tf 72 700 Td (A sentence that can be read.) Tj ET";
    let kind = "bomb-elsewhere";
    let form = "/Type /XObject /Subtype /Form /BBox [0 0 9 9]";
    collection.pdf(
        kind,
        behind(spaces, form, &[], "/X Do", "/XObject << /X 1 0 R >>"),
    );
    let picture = "/Type /XObject /Subtype /Image /Width 20000 /Height 20000 /ColorSpace /DeviceRGB /BitsPerComponent 8";
    collection.pdf(
        kind,
        behind(noughts, picture, &[], "/X Do", "/XObject << /X 1 0 R >>"),
    );
    for font in [
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 1 0 R >>",
        "<< /Type /Font /Subtype /TrueType /BaseFont /Bomb /FontDescriptor << /FontFile2 1 0 R >> >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Bomb /FontDescriptor << /FontFile 1 0 R >> >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Bomb /FontDescriptor << /FontFile3 1 0 R >> >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /Bomb /Encoding 1 0 R /DescendantFonts [<< /Type /Font \
         /Subtype /CIDFontType2 /BaseFont /Bomb /FontDescriptor << >> >>] >>",
        "<< /Type /Font /Subtype /Type0 /BaseFont /Bomb /Encoding /Identity-H /DescendantFonts [<< /Type /Font \
         /Subtype /CIDFontType2 /BaseFont /Bomb /CIDToGIDMap 1 0 R /FontDescriptor << >> >>] >>",
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [1 0 0 1 0 0] /FirstChar 65 /LastChar 65 \
         /Widths [9] /Encoding << /Differences [65 /A] >> /CharProcs << /A 1 0 R >> >>",
    ] {
        for bomb in [spaces, noughts] {
            let entries = "/Subtype /Type1C";
            collection.pdf(
                kind,
                behind(bomb, entries, &[font], text, "/Font << /F1 2 0 R >>"),
            );
        }
    }
    let color_spaces = "/ColorSpace << /C [/ICCBased 1 0 R] /I [/Indexed /DeviceRGB 255 1 0 R] >>";
    let contents = format!("/C cs 0 0 0 sc 0 0 9 9 re f /I cs 0 sc 0 0 9 9 re f {CONTENTS}");
    collection.pdf(kind, behind(noughts, "/N 3", &[], &contents, color_spaces));
    let function = "/FunctionType 0 /Domain [0 1] /Range [0 1] /Size [99] /BitsPerSample 8";
    let shading =
        "/Shading << /S << /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 9 9] /Function 1 0 R >> >>";
    collection.pdf(kind, behind(noughts, function, &[], "/S sh", shading));
    for bomb in [spaces, noughts] {
        structures(collection, bomb);
    }
}

/// Where a file keeps its objects, and the references to them.
fn structures(collection: &mut Collection, bomb: &Bomb) {
    let mut draft = Draft::default();
    draft.stream(
        &format!("/Type /ObjStm /N 9 /First 99 /Filter {}", bomb.filters),
        &bomb.bytes,
    );
    let (mut file, _) = draft.body();
    let start = file.len();
    let rows: Vec<u8> = (0..5).flat_map(|index| [2, 0, 1, index]).collect();
    let head = b"2 0 obj\n<< /Type /XRef /W [1 2 1] /Size 5 /Root 3 0 R /Length 20 >>\nstream\n";
    let tail = format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n");
    file.extend_from_slice(&[&head[..], &rows, tail.as_bytes()].concat());
    collection.pdf("bomb-of-objects", file);
    let mut file = b"%PDF-1.7\n".to_vec();
    let start = file.len();
    let head = format!(
        "1 0 obj\n<< /Type /XRef /W [1 2 1] /Size 99999999 /Root 2 0 R /Filter {} /Length {} >>\nstream\n",
        bomb.filters,
        bomb.bytes.len()
    );
    let tail = format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n");
    file.extend_from_slice(&[head.as_bytes(), &bomb.bytes, tail.as_bytes()].concat());
    collection.pdf("bomb-of-references", file);
}

/// One small bomb in very many places, none of which alone is too large.
fn in_pieces(collection: &mut Collection, piece: &[u8]) {
    let mut draft = Draft::default();
    draft.stream("/Filter /FlateDecode", piece);
    let contents = "1 0 R ".repeat(64);
    collection.pdf(
        "bomb-in-pieces",
        draft.page(&format!("/Contents [{contents}] {RESOURCES}")),
    );
    let mut draft = Draft::default();
    let form = "/Type /XObject /Subtype /Form /BBox [0 0 9 9]";
    draft.stream(&format!("{form} /Filter /FlateDecode"), piece);
    let contents = "/X Do ".repeat(64);
    collection.pdf(
        "bomb-in-pieces",
        draft.page_showing(contents, "/Resources << /XObject << /X 1 0 R >> >>"),
    );
}

/// Filters named very often, and data that unpack into themselves as often.
fn unpacked_to_be_unpacked(collection: &mut Collection) {
    for times in [10, 100] {
        let bytes = (0..times).fold(CONTENTS.as_bytes().to_vec(), |bytes, _| flate(&bytes));
        let filters = format!("[{}]", "/FlateDecode ".repeat(times));
        collection.pdf("filters-in-a-long-chain", page_of_bomb(&Bomb { filters, bytes }));
    }
    for filter in [
        "/ASCIIHexDecode ",
        "/RunLengthDecode ",
        "/ASCII85Decode ",
        "/LZWDecode ",
        "/Crypt ",
    ] {
        let bomb = Bomb {
            filters: format!("[{}]", filter.repeat(100_000)),
            bytes: b"4142434445464748494a".repeat(1000),
        };
        collection.pdf("filters-in-a-long-chain", page_of_bomb(&bomb));
    }
}

/// Bombs that are cut short or damaged on their way.
fn cut_bombs(collection: &mut Collection, size: usize) {
    let bytes = flate_bomb(b' ', size / 4);
    for part in 1..4 {
        let filters = "/FlateDecode".to_owned();
        let bytes = bytes[..bytes.len() * part / 4].to_vec();
        collection.pdf("bomb-cut", page_of_bomb(&Bomb { filters, bytes }));
    }
    let mut bytes = bytes;
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8].fill(0xff);
    let filters = "/FlateDecode".to_owned();
    collection.pdf("bomb-cut", page_of_bomb(&Bomb { filters, bytes }));
}

/// Predictors, which rebuild rows of a stated size: of giant rows, and of rows of nothing.
fn predictors(collection: &mut Collection, size: usize) {
    let mut add = |parameters: &str, bytes: &[u8]| {
        let mut draft = Draft::default();
        draft.stream(
            &format!("/Filter /FlateDecode /DecodeParms << {parameters} >>"),
            bytes,
        );
        collection.pdf(
            "predictors-wrong",
            draft.page(&format!("/Contents 1 0 R {RESOURCES}")),
        );
    };
    let small = flate(CONTENTS.as_bytes());
    for parameters in [
        "/Predictor 15 /Columns 2147483647",
        "/Predictor 15 /Columns 0",
        "/Predictor 15 /Columns -1",
        "/Predictor 15 /Colors 2147483647 /BitsPerComponent 2147483647 /Columns 2147483647",
        "/Predictor 2 /Columns 2147483647 /Colors 32",
        "/Predictor 2 /Columns 4 /BitsPerComponent 0",
        "/Predictor 2 /Columns 4 /BitsPerComponent 7 /Colors 0",
        "/Predictor 99",
        "/Predictor -1 /EarlyChange 99",
    ] {
        add(parameters, &small);
    }
    add("/Predictor 15 /Columns 1", &flate_bomb(0, size / 4));
    add("/Predictor 12 /Columns 100000000", &flate_bomb(2, size / 4));
    add("/Predictor 2 /Columns 16 /Colors 3", &flate_bomb(1, size / 4));
}
