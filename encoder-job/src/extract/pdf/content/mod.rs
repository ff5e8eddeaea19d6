//! Reading a page's content: its instructions are followed as far as they say which glyph stands where, and no further.
//!
//! Nothing is drawn, so colours, shadings and pictures cost nothing but being read over (ISO 32000-2, 8 and 9).
//!
//! | file | does |
//! |---|---|
//! | `reader.rs` | follows the instructions |
//! | `operands.rs` | what instructions are given |
//! | `recorder.rs` | what is recorded meanwhile |
//! | `annotations.rs` | what stands on the page besides: filled-in forms, stamps, notes |
//! | `fields.rs` | what is filled into forms and has no appearance |
//! | `inflate.rs` | the bytes of a stream, and whether they are all there |
//! | `tokens.rs` | content as a row of tokens |
//! | `paths.rs` | paths: the lines of tables, and clips |
//! | `inline_images.rs` | content without the pictures that stand in it |
//! | `show.rs` | shows strings: from codes to placed glyphs |
//! | `state.rs` | the state text is shown in |
//! | `marked.rs` | marked content: layers that are off, text that stands for glyphs |
//! | `resources.rs` | what names in the content stand for |

mod annotations;
mod fields;
mod inflate;
mod inline_images;
mod marked;
mod operands;
mod paths;
mod reader;
mod recorder;
mod resources;
mod show;
mod state;
mod text_array;
mod tokens;

use hayro_syntax::{
    object::{Array, Object, Rect, Stream},
    page::{Page, Rotation},
};

use super::{
    array_items::{ArrayItem, array_items},
    glyph::PlacedGlyph,
    ruling::Ruling,
};
pub(super) use marked::Layers;
use reader::Reader;
use resources::Resources;
pub(super) use resources::ThreadFonts;
use state::{Matrix, State};
pub(super) use tokens::drawn_names;

/// What a page shows.
#[derive(Debug, Default)]
pub(super) struct PageContent {
    /// In the order they were drawn.
    pub(super) glyphs: Vec<PlacedGlyph>,
    /// The lines that tables may be ruled with.
    pub(super) rulings: Vec<Ruling>,
    /// Glyphs of which nobody knows what they mean.
    pub(super) unknown: usize,
    /// Whether there are pictures.
    pub(super) pictures: bool,
    /// Whether the content could not be read, or not to its end.
    pub(super) broken: bool,
    /// Whether it was not read to its end because it has more in it than a page can have.
    pub(super) over_limit: bool,
}

/// Reads a page, turned as it is shown.
pub(super) fn read<'a>(page: &Page<'a>, fonts: &mut ThreadFonts<'a, '_>, layers: &Layers) -> PageContent {
    let ContentBytes {
        bytes,
        broken,
        over_limit,
    } = content_bytes(page);
    let mut reader = Reader::new(fonts, layers, page.intersected_crop_box());
    let state = State::new(Matrix::IDENTITY);
    reader.run(&bytes, &Resources::new(page.resources().clone()), state, 0);
    annotations::read(page, &mut reader);
    let mut content = reader.finish();
    turn(&mut content, page.rotation(), page.intersected_crop_box());
    content.broken |= broken;
    content.over_limit |= over_limit;
    content
}

/// Turns glyphs and rulings as their page is shown, clockwise, and counts their places from the lower left corner of what is seen.
fn turn(content: &mut PageContent, rotation: Rotation, seen: Rect) {
    let turn: fn(f32, f32) -> (f32, f32) = match rotation {
        Rotation::None => |x, y| (x, y),
        Rotation::Horizontal => |x, y| (y, -x),
        Rotation::Flipped => |x, y| (-x, -y),
        Rotation::FlippedHorizontal => |x, y| (-y, x),
    };
    #[allow(clippy::cast_possible_truncation, reason = "points on a page fit")]
    let corners = [
        turn(seen.x0 as f32, seen.y0 as f32),
        turn(seen.x1 as f32, seen.y1 as f32),
    ];
    let corner = (corners[0].0.min(corners[1].0), corners[0].1.min(corners[1].1));
    let turn = |x: f32, y: f32| {
        let (x, y) = turn(x, y);
        (x - corner.0, y - corner.1)
    };
    for ruling in &mut content.rulings {
        ruling.from = turn(ruling.from.0, ruling.from.1);
        ruling.to = turn(ruling.to.0, ruling.to.1);
    }
    for glyph in &mut content.glyphs {
        (glyph.x, glyph.y) = turn(glyph.x, glyph.y);
        glyph.direction = match rotation {
            Rotation::None => glyph.direction,
            Rotation::Horizontal => glyph.direction.clockwise(),
            Rotation::Flipped => glyph.direction.clockwise().clockwise(),
            Rotation::FlippedHorizontal => glyph.direction.clockwise().clockwise().clockwise(),
        };
    }
}

/// The bytes of all of a page's content streams.
#[derive(Default)]
struct ContentBytes {
    bytes: Vec<u8>,
    /// Whether one of them is not there, or not to its end.
    broken: bool,
    /// Whether they have more than is read of a page; the rest is missing.
    over_limit: bool,
}

fn content_bytes(page: &Page<'_>) -> ContentBytes {
    let mut content = ContentBytes::default();
    let mut add = |stream: Option<&Stream<'_>>| {
        if content.over_limit {
            return;
        }
        let left = inflate::MAX_BYTES.saturating_sub(content.bytes.len());
        let decoded = stream.and_then(|stream| inflate::decoded_within(stream, left));
        let Some(decoded) = decoded else {
            content.broken = true;
            return;
        };
        content
            .bytes
            .extend_from_slice(&decoded.bytes[..decoded.bytes.len().min(left)]);
        content.broken |= !decoded.is_whole;
        content.over_limit |= decoded.is_over_limit;
        // Instructions never run on into the next stream.
        content.bytes.push(b'\n');
    };
    match page.raw().get::<Object<'_>>("Contents") {
        Some(Object::Stream(stream)) => add(Some(&stream)),
        Some(Object::Array(streams)) => add_all(&streams, &mut add),
        // What the page says it has is nowhere; a page without contents says nothing.
        Some(Object::Null(_)) | None if page.raw().contains_key("Contents") => add(None),
        _ => {}
    }
    content
}

fn add_all(streams: &Array<'_>, add: &mut impl FnMut(Option<&Stream<'_>>)) {
    for item in array_items(streams) {
        match item {
            ArrayItem::Object(Object::Stream(stream)) => add(Some(&stream)),
            ArrayItem::Missing => add(None),
            ArrayItem::Object(_) => {}
        }
    }
}
