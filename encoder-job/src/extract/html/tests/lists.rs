//! How items are counted.

use super::*;

#[test]
fn a_style_says_how_items_are_counted() {
    for (attributes, expected) in [
        ("style='list-style-type: lower-alpha'", "a. x\nb. y"),
        (
            "style='color: red; LIST-STYLE-TYPE:Upper-Roman' type=a",
            "I. x\nII. y",
        ),
        ("style='list-style: lower-roman inside'", "i. x\nii. y"),
        (
            "style='list-style-type: decimal-leading-zero' start=9",
            "09. x\n10. y",
        ),
        ("style='list-style-type: decimal' type=a", "1. x\n2. y"),
        // What is not known is as if it was not said.
        ("style='list-style-type: thing' type=A", "A. x\nB. y"),
        ("style='margin: 0'", "1. x\n2. y"),
    ] {
        assert_eq!(
            text(&format!("<ol {attributes}><li>x<li>y</ol>")),
            expected,
            "{attributes}"
        );
    }
}
