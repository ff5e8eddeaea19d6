//! Marks of notes, and the ways back from them.

use super::*;

#[test]
fn marks_of_notes_are_no_part_of_the_word_before() {
    assert_eq!(
        text(
            "<p>uno<a href='#a'><sup>1</sup></a> due<sup><a href='#b'>*</a></sup> tre<a href='#c' role='doc-noteref'>12</a>\
             quattro<sup><a href='#d'>[4]</a></sup> x<sup>2</sup> <a href='#'>7</a> <a>8</a> <p><a href='#e'>x<p>y<sup>2</sup>\
             <p>nota <a role='doc-backlink' href='#'>&#8617;</a>"
        ),
        "uno[1] due[*] tre[12]quattro[4] x2 7 8\n\nx\n\ny2\n\nnota"
    );
}

#[test]
fn marks_of_notes_are_known_by_the_classes_that_programs_give_them() {
    assert_eq!(
        text(
            "<p>uno<a href='#a' class='footnote-ref' id=x>1</a> due<a class='x footnoteRef' href='#b'>2</a> <a class='other' href=#>3</a>\
             <p>nota<a href='#x' class='footnote-back'>&#8617;&#xfe0e;</a><p>altra <a class='footnote-backref' href=#>back</a>\
             <div class='footnote-back'>text</div>"
        ),
        "uno[1] due[2] 3\n\nnota\n\naltra\ntext"
    );
}
