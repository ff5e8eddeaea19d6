//! What stands on a page besides its content: filled-in forms, stamps, notes that show their text (ISO 32000-2, 12.5).

use hayro_syntax::{
    object::{Array, Dict, Name, Object, Rect, Stream},
    page::{Page, Resources as PageResources},
};

use super::{
    fields,
    inflate::{Decoded, decoded},
    reader::Reader,
    resources::Resources,
    state::{Matrix, State},
};
use crate::extract::pdf::array_items::array_items;

/// Flags of annotations that are not shown: hidden, and not on the screen.
const NOT_SHOWN: u32 = 1 << 1 | 1 << 5;
/// The most annotations of a page.
const MAX_ANNOTATIONS: usize = 10_000;

/// Reads the appearances of a page's annotations.
pub(super) fn read<'a>(page: &Page<'a>, reader: &mut Reader<'a, '_, '_>) {
    let Some(annotations) = page.raw().get::<Array<'a>>("Annots") else {
        return;
    };
    for item in array_items(&annotations).take(MAX_ANNOTATIONS) {
        if reader.is_at_its_end() {
            return;
        }
        let Some(Object::Dict(annotation)) = item.object() else {
            continue;
        };
        if annotation.get::<u32>("F").unwrap_or(0) & NOT_SHOWN != 0 || !reader.shows(&annotation) {
            continue;
        }
        // A window that opens beside the page, not on it.
        let kind = annotation.get::<Name<'_>>("Subtype");
        if kind.as_ref().is_some_and(|kind| kind.as_ref() == b"Popup") {
            continue;
        }
        let glyphs_before = reader.glyphs();
        if let Some(appearance) = appearance(&annotation) {
            draw(&annotation, &appearance, page, reader);
        }
        // A viewer draws what was filled in where the form does not show it; a form that was filled in by a program has
        // at most the appearance of the empty field.
        if kind.is_some_and(|kind| kind.as_ref() == b"Widget")
            && reader.glyphs() == glyphs_before
            && let Some(value) = fields::filled_in(&annotation)
        {
            reader.fill_in(&value);
        }
    }
}

/// The normal appearance, in the state the annotation is in.
fn appearance<'a>(annotation: &Dict<'a>) -> Option<Stream<'a>> {
    match annotation.get::<Dict<'a>>("AP")?.get::<Object<'a>>("N")? {
        Object::Stream(stream) => Some(stream),
        Object::Dict(states) => states.get::<Stream<'a>>(annotation.get::<Name<'_>>("AS")?),
        _ => None,
    }
}

fn draw<'a>(
    annotation: &Dict<'a>,
    appearance: &Stream<'a>,
    page: &Page<'a>,
    reader: &mut Reader<'a, '_, '_>,
) {
    let Some(place) = annotation.get::<Rect>("Rect") else {
        return;
    };
    let dict = appearance.dict();
    let matrix = dict
        .get::<[f64; 6]>("Matrix")
        .map_or(Matrix::IDENTITY, Matrix::new);
    let Some(bounds) = dict.get::<Rect>("BBox") else {
        return;
    };
    let Some(Decoded { bytes, is_whole, .. }) = decoded(appearance) else {
        reader.lose();
        return;
    };
    if !is_whole {
        reader.lose();
    }
    let state = State {
        is_unclipped: true,
        ..State::new(fit(&matrix, bounds, place).after(&matrix))
    };
    let resources = dict
        .get::<Dict<'a>>("Resources")
        .map_or_else(|| page.resources().clone(), PageResources::new);
    reader.run(&bytes, &Resources::new(resources), state, 1);
}

/// Maps the bounds of an appearance, turned by its matrix, onto its annotation's place (12.5.5).
fn fit(matrix: &Matrix, bounds: Rect, place: Rect) -> Matrix {
    let corners = [
        matrix.apply(bounds.x0, bounds.y0),
        matrix.apply(bounds.x1, bounds.y0),
        matrix.apply(bounds.x0, bounds.y1),
        matrix.apply(bounds.x1, bounds.y1),
    ];
    let least = |of: fn(&(f64, f64)) -> f64| corners.iter().map(of).fold(f64::INFINITY, f64::min);
    let most = |of: fn(&(f64, f64)) -> f64| corners.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
    let (left, right) = (least(|corner| corner.0), most(|corner| corner.0));
    let (bottom, top) = (least(|corner| corner.1), most(|corner| corner.1));
    let scale = |to: f64, from: f64| if from.abs() < 1e-9 { 1.0 } else { to / from };
    let x = scale(place.x1 - place.x0, right - left);
    let y = scale(place.y1 - place.y0, top - bottom);
    Matrix::new([x, 0.0, 0.0, y, place.x0 - x * left, place.y0 - y * bottom])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_appearance_fills_its_place() {
        let bounds = Rect {
            x0: 0.0,
            y0: 0.0,
            x1: 10.0,
            y1: 20.0,
        };
        let place = Rect {
            x0: 100.0,
            y0: 200.0,
            x1: 120.0,
            y1: 220.0,
        };
        let map = fit(&Matrix::IDENTITY, bounds, place);
        assert_eq!(map.apply(0.0, 0.0), (100.0, 200.0));
        assert_eq!(map.apply(10.0, 20.0), (120.0, 220.0));
    }
}
