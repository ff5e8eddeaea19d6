//! Clips: the parts of a page that are shown (ISO 32000-2, 8.5.4). Text wholly outside of them is not.

use super::glyph::PlacedGlyph;

/// The most clips of a page that are kept apart; later ones hide nothing.
const MAX_CLIPS: usize = 50_000;
/// Of how many clips around each other the exact outlines count; of the others their bounds do.
const MAX_PARENTS: usize = 8;
/// An outline of more points counts as its bounds.
const MAX_POINTS: usize = 64;
/// How far a glyph reaches above its baseline and below it, in the font's size.
const ASCENT: f32 = 0.75;
const DESCENT: f32 = 0.2;
/// A clip no wider or higher than so many points shows nothing.
const NOTHING: f32 = 0.01;

/// Points of a page, each x and y.
type Points = Vec<(f32, f32)>;

/// What a path encloses.
#[derive(Clone, Debug)]
pub(super) struct Polygon {
    subpaths: Vec<Points>,
    bounds: Bounds,
    /// Whether only its bounds are known.
    is_vague: bool,
}

/// Left, bottom, right, and top.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bounds(f32, f32, f32, f32);

impl Bounds {
    const EVERYTHING: Self = Self(f32::MIN, f32::MIN, f32::MAX, f32::MAX);

    fn of(points: impl Iterator<Item = (f32, f32)>) -> Self {
        points.fold(Self(f32::MAX, f32::MAX, f32::MIN, f32::MIN), |bounds, (x, y)| {
            Self(bounds.0.min(x), bounds.1.min(y), bounds.2.max(x), bounds.3.max(y))
        })
    }

    fn and(self, other: Self) -> Self {
        Self(
            self.0.max(other.0),
            self.1.max(other.1),
            self.2.min(other.2),
            self.3.min(other.3),
        )
    }

    fn touches(self, other: Self) -> bool {
        let both = self.and(other);
        both.0 <= both.2 && both.1 <= both.3
    }

    fn is_empty(self) -> bool {
        self.2 - self.0 < NOTHING || self.3 - self.1 < NOTHING
    }

    fn contains(self, (x, y): (f32, f32)) -> bool {
        (self.0..=self.2).contains(&x) && (self.1..=self.3).contains(&y)
    }

    fn corners(self) -> [(f32, f32); 4] {
        [
            (self.0, self.1),
            (self.2, self.1),
            (self.2, self.3),
            (self.0, self.3),
        ]
    }
}

impl Polygon {
    /// What these subpaths enclose. Of a vague one only the bounds count.
    pub(super) fn new<'p>(subpaths: impl Iterator<Item = &'p [(f64, f64)]>, is_vague: bool) -> Self {
        #[allow(clippy::cast_possible_truncation, reason = "points on a page fit")]
        let point = |&(x, y): &(f64, f64)| (x as f32, y as f32);
        let subpaths: Vec<Points> = subpaths
            .map(|points| points.iter().map(point).collect())
            .collect();
        let bounds = Bounds::of(subpaths.iter().flatten().copied());
        let is_box = matches!(&*subpaths, [points] if is_box(points));
        Self {
            is_vague: is_vague || is_box || subpaths.iter().map(Vec::len).sum::<usize>() > MAX_POINTS,
            bounds,
            subpaths,
        }
    }

    /// Whether it has something of a box; in doubt it has.
    fn touches(&self, area: Bounds) -> bool {
        if self.is_vague {
            return self.bounds.touches(area);
        }
        let middle = (f32::midpoint(area.0, area.2), f32::midpoint(area.1, area.3));
        self.subpaths.iter().flatten().any(|&point| area.contains(point))
            || area
                .corners()
                .iter()
                .chain([&middle])
                .any(|&point| self.contains(point))
            || self.edges().any(|(from, to)| crosses(from, to, area))
    }

    fn edges(&self) -> impl Iterator<Item = ((f32, f32), (f32, f32))> {
        self.subpaths.iter().flat_map(|points| {
            let next = points.iter().cycle().skip(1);
            points.iter().copied().zip(next.copied())
        })
    }

    /// Whether a point is inside by the even-odd rule or by that of winding numbers.
    fn contains(&self, (x, y): (f32, f32)) -> bool {
        let (mut crossings, mut winding) = (0, 0);
        for (from, to) in self.edges() {
            if (from.1 > y) != (to.1 > y) {
                let at = from.0 + (y - from.1) / (to.1 - from.1) * (to.0 - from.0);
                if at > x {
                    crossings += 1;
                    winding += if to.1 > from.1 { 1 } else { -1 };
                }
            }
        }
        crossings % 2 == 1 || winding != 0
    }
}

/// Whether points are the corners of a rectangle along the page's edges.
fn is_box(points: &[(f32, f32)]) -> bool {
    let bounds = Bounds::of(points.iter().copied());
    let is_corner = |point: &(f32, f32)| {
        bounds
            .corners()
            .iter()
            .any(|corner| (corner.0 - point.0).abs() < 0.1 && (corner.1 - point.1).abs() < 0.1)
    };
    let is_there = |corner: &(f32, f32)| {
        points
            .iter()
            .any(|point| (corner.0 - point.0).abs() < 0.1 && (corner.1 - point.1).abs() < 0.1)
    };
    (4..=5).contains(&points.len()) && points.iter().all(is_corner) && bounds.corners().iter().all(is_there)
}

/// Whether a line goes through a box (Liang and Barsky, 1984).
fn crosses(from: (f32, f32), to: (f32, f32), area: Bounds) -> bool {
    let (x, y) = (to.0 - from.0, to.1 - from.1);
    let (mut enters, mut leaves) = (0.0_f32, 1.0_f32);
    for (step, room) in [
        (-x, from.0 - area.0),
        (x, area.2 - from.0),
        (-y, from.1 - area.1),
        (y, area.3 - from.1),
    ] {
        if step == 0.0 {
            if room < 0.0 {
                return false;
            }
        } else if step < 0.0 {
            enters = enters.max(room / step);
        } else {
            leaves = leaves.min(room / step);
        }
    }
    enters <= leaves
}

/// The number of a clip among those of its page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ClipNumber(usize);

/// The clips of a page, each of them part of another.
#[derive(Debug)]
pub(super) struct Clips {
    all: Vec<Clip>,
}

#[derive(Debug)]
struct Clip {
    /// Of it and of all that it is part of.
    bounds: Bounds,
    polygon: Option<Polygon>,
    /// Whether it and all that it is part of are rectangles.
    is_box: bool,
    parent: Option<ClipNumber>,
}

impl Clips {
    pub(super) fn new() -> Self {
        Self {
            all: vec![Clip {
                bounds: Bounds::EVERYTHING,
                polygon: None,
                is_box: true,
                parent: None,
            }],
        }
    }

    /// What both a clip and a path enclose.
    pub(super) fn and(&mut self, clip: ClipNumber, polygon: Polygon) -> ClipNumber {
        if self.all.len() >= MAX_CLIPS {
            return clip;
        }
        let outer = &self.all[clip.0];
        self.all.push(Clip {
            bounds: outer.bounds.and(polygon.bounds),
            // Of a rectangle the bounds say everything.
            is_box: outer.is_box && polygon.is_vague,
            polygon: (!polygon.is_vague).then_some(polygon),
            parent: Some(clip),
        });
        ClipNumber(self.all.len() - 1)
    }

    /// Whether something of a glyph may be seen in a clip.
    pub(super) fn shows(&self, clip: ClipNumber, glyph: &PlacedGlyph) -> bool {
        let mut clip = &self.all[clip.0];
        if clip.parent.is_none()
            || (clip.is_box && clip.bounds.contains((glyph.x, glyph.y)) && !clip.bounds.is_empty())
        {
            return true;
        }
        let area = area(glyph);
        if clip.bounds.is_empty() || !clip.bounds.touches(area) {
            return false;
        }
        for _ in 0..MAX_PARENTS {
            let Some(parent) = clip.parent else { break };
            if clip
                .polygon
                .as_ref()
                .is_some_and(|polygon| !polygon.touches(area))
            {
                return false;
            }
            clip = &self.all[parent.0];
        }
        true
    }
}

/// The box a glyph is drawn in.
fn area(glyph: &PlacedGlyph) -> Bounds {
    let (along, up) = glyph.direction.axes();
    let at = |forward: f32, upward: f32| {
        (
            glyph.x + along.0 * forward + up.0 * upward,
            glyph.y + along.1 * forward + up.1 * upward,
        )
    };
    let (below, above) = (-DESCENT * glyph.size, ASCENT * glyph.size);
    Bounds::of(
        [
            at(0.0, below),
            at(glyph.advance, below),
            at(glyph.advance, above),
            at(0.0, above),
        ]
        .into_iter(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::pdf::glyph::{Direction, GlyphText};

    fn glyph(x: f32, y: f32) -> PlacedGlyph {
        PlacedGlyph {
            text: GlyphText::One('x'),
            x,
            y,
            direction: Direction::RIGHT,
            size: 10.0,
            advance: 5.0,
        }
    }

    fn clip(points: &[(f64, f64)]) -> (Clips, ClipNumber) {
        let mut clips = Clips::new();
        let clip = clips.and(ClipNumber::default(), Polygon::new([points].into_iter(), false));
        (clips, clip)
    }

    #[test]
    fn what_is_partly_in_a_rectangle_is_shown() {
        let (clips, clip) = clip(&[(0.0, 0.0), (100.0, 0.0), (100.0, 20.0), (0.0, 20.0)]);
        assert!(clips.shows(clip, &glyph(97.0, 5.0)));
        assert!(clips.shows(clip, &glyph(50.0, -5.0)));
        assert!(!clips.shows(clip, &glyph(101.0, 5.0)));
        assert!(!clips.shows(clip, &glyph(50.0, 30.0)));
    }

    #[test]
    fn nothing_is_shown_in_an_empty_clip() {
        let (clips, clip) = clip(&[(0.0, 5.0), (100.0, 5.0), (100.0, 5.0), (0.0, 5.0)]);
        assert!(!clips.shows(clip, &glyph(50.0, 5.0)));
    }

    #[test]
    fn a_corner_of_the_bounds_is_outside_of_a_triangle() {
        let (clips, clip) = clip(&[(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)]);
        assert!(clips.shows(clip, &glyph(10.0, 10.0)));
        assert!(clips.shows(clip, &glyph(48.0, 48.0)));
        assert!(!clips.shows(clip, &glyph(90.0, 80.0)));
    }

    #[test]
    fn a_clip_is_part_of_the_one_around_it() {
        let (mut clips, outer) = clip(&[(0.0, 0.0), (100.0, 0.0), (0.0, 100.0)]);
        let all = [(0.0, 0.0), (100.0, 0.0), (100.0, 100.0), (0.0, 100.0)];
        let inner = clips.and(outer, Polygon::new([&all[..]].into_iter(), false));
        assert!(clips.shows(inner, &glyph(10.0, 10.0)));
        assert!(!clips.shows(inner, &glyph(90.0, 80.0)));
        assert!(clips.shows(ClipNumber::default(), &glyph(90.0, 80.0)));
    }
}
