//! How the items of a numbered list are counted.

use super::{super::tokens::Attributes, visitor::declared};
use crate::extract::list_label::Counting;

/// How a list's items are counted, as its style says, or else its attribute `type`.
pub(super) fn counting(attributes: &Attributes) -> Counting {
    let style = attributes.get("style").and_then(by_style);
    style
        .or_else(|| attributes.get("type").map(by_type))
        .unwrap_or(Counting::Decimal)
}

/// The same by its style (CSS Counter Styles, section 6).
fn by_style(style: &str) -> Option<Counting> {
    let declared = declared(style, "list-style-type").or_else(|| declared(style, "list-style"))?;
    declared.split_ascii_whitespace().find_map(|word| {
        Some(match word {
            "decimal" => Counting::Decimal,
            "decimal-leading-zero" => Counting::Padded(2),
            "lower-alpha" | "lower-latin" => Counting::LowerLetter,
            "upper-alpha" | "upper-latin" => Counting::UpperLetter,
            "lower-roman" => Counting::LowerRoman,
            "upper-roman" => Counting::UpperRoman,
            _ => return None,
        })
    })
}

/// The same by its attribute `type`.
fn by_type(kind: &str) -> Counting {
    match kind {
        "a" => Counting::LowerLetter,
        "A" => Counting::UpperLetter,
        "i" => Counting::LowerRoman,
        "I" => Counting::UpperRoman,
        _ => Counting::Decimal,
    }
}
