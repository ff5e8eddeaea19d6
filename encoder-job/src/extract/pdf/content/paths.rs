//! Paths: lines that rule tables, and clips that hide text (ISO 32000-2, 8.5).

use hayro_syntax::content::Instruction;

use super::{
    operands::numbers,
    state::{Matrix, State},
};
use crate::extract::pdf::{clip::Polygon, ruling::Ruling};

/// The most points of a path that is followed; a drawing has more, a table or a clip never.
const MAX_POINTS: usize = 512;
/// The most rulings of a page.
const MAX_RULINGS: usize = 20_000;
/// A filled rectangle no thicker than so many points is a line.
const MAX_THICKNESS: f64 = 3.0;
/// A coloured stripe is so many times as wide as high.
const MIN_STRIPE: f64 = 3.0;
/// A ruling is at least so many points long.
const MIN_LENGTH: f64 = 4.0;
/// A line off the horizontal or the vertical by no more than so many points is straight.
const STRAIGHT: f64 = 0.5;

/// The path that is being made, on the page.
#[derive(Debug, Default)]
pub(super) struct Path {
    /// One after the other.
    points: Vec<(f64, f64)>,
    /// Where in the points each subpath begins.
    starts: Vec<usize>,
    /// Whether there are curves in it, or more points than are followed.
    is_vague: bool,
    /// Whether it becomes part of the clip when it is painted.
    clips: bool,
}

/// What an instruction does to the current path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum PathStep {
    /// The path goes on, or it is none of paths.
    GoesOn,
    /// The path ends.
    Ends { stroked: bool, filled: bool },
}

impl Path {
    /// Follows an instruction.
    pub(super) fn follow(&mut self, instruction: &Instruction<'_, '_>, state: &State) -> PathStep {
        let operator: &[u8] = instruction.operator;
        let to_page = &state.to_page;
        match operator {
            b"m" => {
                if let Some([x, y]) = numbers(instruction) {
                    self.begin(to_page, x, y);
                }
            }
            b"l" => {
                if let Some([x, y]) = numbers(instruction) {
                    self.add(to_page, x, y);
                }
            }
            b"c" => {
                if let Some([x1, y1, x2, y2, x3, y3]) = numbers(instruction) {
                    self.curve(to_page, &[(x1, y1), (x2, y2), (x3, y3)]);
                }
            }
            b"v" | b"y" => {
                if let Some([x1, y1, x2, y2]) = numbers(instruction) {
                    self.curve(to_page, &[(x1, y1), (x2, y2)]);
                }
            }
            b"h" => self.close(),
            b"re" => {
                if let Some([x, y, width, height]) = numbers(instruction) {
                    self.begin(to_page, x, y);
                    self.add(to_page, x + width, y);
                    self.add(to_page, x + width, y + height);
                    self.add(to_page, x, y + height);
                    self.close();
                }
            }
            b"W" | b"W*" => self.clips = true,
            b"S" => {
                return PathStep::Ends {
                    stroked: true,
                    filled: false,
                };
            }
            b"s" => {
                self.close();
                return PathStep::Ends {
                    stroked: true,
                    filled: false,
                };
            }
            b"f" | b"F" | b"f*" => {
                return PathStep::Ends {
                    stroked: false,
                    filled: true,
                };
            }
            b"B" | b"B*" | b"b" | b"b*" => {
                self.close();
                return PathStep::Ends {
                    stroked: true,
                    filled: true,
                };
            }
            b"n" => {
                return PathStep::Ends {
                    stroked: false,
                    filled: false,
                };
            }
            _ => {}
        }
        PathStep::GoesOn
    }

    /// The clip that the path is, if it is one.
    pub(super) fn clip(&self) -> Option<Polygon> {
        // A clip without a path is a mistake, of which readers make different things.
        (self.clips && !self.points.is_empty()).then(|| Polygon::new(self.subpaths(), self.is_vague))
    }

    /// Adds the straight lines along the page's edges that are drawn with the path.
    pub(super) fn add_rulings(&self, stroked: bool, filled: bool, rulings: &mut Vec<Ruling>) {
        if self.is_vague {
            return;
        }
        for points in self.subpaths() {
            if rulings.len() >= MAX_RULINGS {
                return;
            }
            if filled && let Some(line) = thin_box(points) {
                rulings.extend(ruling(line.0, line.1));
            } else if filled && !stroked {
                rulings.extend(stripe(points).into_iter().flatten());
            } else if stroked {
                rulings.extend(points.windows(2).filter_map(|pair| ruling(pair[0], pair[1])));
            }
        }
    }

    /// Ends the path, so that another may begin.
    pub(super) fn clear(&mut self) {
        self.points.clear();
        self.starts.clear();
        (self.is_vague, self.clips) = (false, false);
    }

    fn subpaths(&self) -> impl Iterator<Item = &[(f64, f64)]> {
        self.starts.iter().enumerate().map(|(number, &start)| {
            let end = self.starts.get(number + 1).copied().unwrap_or(self.points.len());
            &self.points[start..end]
        })
    }

    fn begin(&mut self, to_page: &Matrix, x: f64, y: f64) {
        self.starts.push(self.points.len());
        self.push(to_page.apply(x, y));
    }

    fn add(&mut self, to_page: &Matrix, x: f64, y: f64) {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        self.push(to_page.apply(x, y));
    }

    fn curve(&mut self, to_page: &Matrix, points: &[(f64, f64)]) {
        self.is_vague = true;
        for &(x, y) in points {
            self.add(to_page, x, y);
        }
    }

    fn close(&mut self) {
        if let Some(&start) = self.starts.last()
            && let Some(&first) = self.points.get(start)
            && self.points.last() != Some(&first)
        {
            self.push(first);
        }
    }

    fn push(&mut self, point: (f64, f64)) {
        if self.points.len() < MAX_POINTS {
            self.points.push(point);
        } else {
            // Where it lies matters still: the last point takes the place of those that are left out.
            self.is_vague = true;
            let first = &mut self.points[0];
            *first = (first.0.min(point.0), first.1.min(point.1));
            let second = &mut self.points[1];
            *second = (second.0.max(point.0), second.1.max(point.1));
        }
    }
}

/// Left, bottom, right and top of a rectangle along the page's edges.
fn bounds(points: &[(f64, f64)]) -> Option<(f64, f64, f64, f64)> {
    if !(4..=5).contains(&points.len()) {
        return None;
    }
    let x = points.iter().map(|point| point.0);
    let y = points.iter().map(|point| point.1);
    let (left, right) = (x.clone().fold(f64::MAX, f64::min), x.fold(f64::MIN, f64::max));
    let (bottom, top) = (y.clone().fold(f64::MAX, f64::min), y.fold(f64::MIN, f64::max));
    let is_at_a_corner = |point: &(f64, f64)| {
        let near = |one: f64, other: f64| (one - other).abs() < STRAIGHT;
        (near(point.0, left) || near(point.0, right)) && (near(point.1, bottom) || near(point.1, top))
    };
    points
        .iter()
        .all(is_at_a_corner)
        .then_some((left, bottom, right, top))
}

/// The line that a filled rectangle is, if it is thin.
fn thin_box(points: &[(f64, f64)]) -> Option<((f64, f64), (f64, f64))> {
    let (left, bottom, right, top) = bounds(points)?;
    if top - bottom <= MAX_THICKNESS {
        let middle = f64::midpoint(bottom, top);
        Some(((left, middle), (right, middle)))
    } else if right - left <= MAX_THICKNESS {
        let middle = f64::midpoint(left, right);
        Some(((middle, bottom), (middle, top)))
    } else {
        None
    }
}

/// The edges along a coloured stripe.
fn stripe(points: &[(f64, f64)]) -> Option<[Ruling; 2]> {
    let bounds = bounds(points)?;
    let (width, height) = (bounds.2 - bounds.0, bounds.3 - bounds.1);
    let edge = |y: f64| {
        let line = ruling((bounds.0, y), (bounds.2, y))?;
        Some(Ruling {
            is_edge: true,
            ..line
        })
    };
    if width < MIN_STRIPE * height {
        return None;
    }
    Some([edge(bounds.1)?, edge(bounds.3)?])
}

fn ruling(from: (f64, f64), to: (f64, f64)) -> Option<Ruling> {
    let (x, y) = ((from.0 - to.0).abs(), (from.1 - to.1).abs());
    let is_line = (x < STRAIGHT && y >= MIN_LENGTH) || (y < STRAIGHT && x >= MIN_LENGTH);
    #[allow(clippy::cast_possible_truncation, reason = "points on a page fit")]
    let point = |point: (f64, f64)| (point.0 as f32, point.1 as f32);
    is_line.then(|| Ruling {
        from: point(from),
        to: point(to),
        is_edge: false,
    })
}
