//! Rulings: the straight lines that tables are drawn with.

/// A straight line along a page's edges, in points; y grows upwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ruling {
    pub(super) from: (f32, f32),
    pub(super) to: (f32, f32),
}
