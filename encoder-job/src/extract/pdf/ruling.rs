//! Rulings: the straight lines that tables are drawn with.

/// A straight line along a page's edges, in points; y grows upwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ruling {
    pub(super) from: (f32, f32),
    pub(super) to: (f32, f32),
    /// Whether it is no line, but the edge of a coloured stripe.
    pub(super) is_edge: bool,
}
