//! Equations in `MathML`.

use super::*;

#[test]
fn their_structure_is_written_in_a_line() {
    let (a, b) = ("<mi>a</mi>", "<mi>b</mi>");
    let sum = "<mrow><mi>x</mi><mo>+</mo><mn>1</mn></mrow>";
    for (content, expected) in [
        (format!("<mfrac>{a}{b}</mfrac>"), "a/b"),
        (format!("<mfrac>{sum}{b}</mfrac>"), "(x+1)/b"),
        (
            format!("<mfrac>\n  {sum}\n  <mrow>{b}</mrow>\n</mfrac>"),
            "(x+1)/b",
        ),
        (format!("<msup>{a}<mn>2</mn></msup>"), "a^2"),
        (format!("<msub>{a}{sum}</msub>"), "a_(x+1)"),
        (format!("<msubsup>{a}<mn>1</mn><mn>2</mn></msubsup>"), "a_1^2"),
        (format!("<msqrt>{a}<mo>+</mo>{b}</msqrt>"), "√(a+b)"),
        (format!("<msqrt>{a}</msqrt>"), "√a"),
        (format!("<mroot>{a}<mn>3</mn></mroot>"), "√(3&a)"),
        (
            format!("<munderover><mo>∑</mo>{a}{b}</munderover>{sum}"),
            "∑_a^bx+1",
        ),
        (format!("<mover>{a}<mo>¯</mo></mover>"), "a¯"),
        (
            format!("<mi>sin</mi>{a}<mo>+</mo><mn>2</mn><mi>cos</mi>{b}"),
            "sin a+2 cos b",
        ),
        (
            format!(
                "<mo>(</mo><mtable><mtr><mtd>{a}</mtd><mtd>{b}</mtd></mtr><mtr><mtd>{b}</mtd><mtd>{a}</mtd></mtr></mtable><mo>)</mo>"
            ),
            "(a, b; b, a)",
        ),
        (format!("<mfenced>{a}{b}</mfenced>"), "(a,b)"),
        // One operand is missing.
        (format!("<mfrac>{a}</mfrac>"), "a"),
        ("<mtext>if</mtext><mspace/><mi>x</mi>".into(), "if x"),
    ] {
        let html = format!("<p>Let <math>{content}</math>.");
        assert_eq!(text(&html), format!("Let {expected}."), "{content}");
    }
}

#[test]
fn they_stand_where_they_are_and_end_where_they_must() {
    for (html, expected) in [
        ("<p>a<math display='block'><mi>x</mi></math>b", "a\nx\nb"),
        ("<p>a <math><mfrac><mi>x</mi><mi>y</mi></mfrac><p>b", "a x/y\n\nb"),
        ("<p>a <math><mi>x</mi>", "a x"),
        ("<p>a <math/> b", "a b"),
        (
            "<p>a <math><semantics><mi>x</mi><annotation>no</annotation></semantics></math>, b",
            "a x, b",
        ),
        (
            "<table><tr><td>a<td><math><msup><mi>x</mi><mn>2</mn></msup></math></table>",
            "a | x^2",
        ),
        ("<h2>On <math><mi>x</mi></math></h2>b", "On x\n\nb"),
    ] {
        assert_eq!(text(html), expected, "{html}");
    }
}
