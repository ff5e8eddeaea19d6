//! The numbers of lists, as Word writes them.

use super::*;

/// A level that counts like this.
fn level(at: u8, format: &str, pattern: &str, more: &str) -> String {
    format!("<w:lvl w:ilvl='{at}'>{more}<w:numFmt w:val='{format}'/><w:lvlText w:val='{pattern}'/></w:lvl>")
}

/// A level that begins with 1.
fn from_one(at: u8, format: &str, pattern: &str) -> String {
    level(at, format, pattern, "<w:start w:val='1'/>")
}

fn kind(id: u8, levels: &[String]) -> String {
    format!(
        "<w:abstractNum w:abstractNumId='{id}'>{}</w:abstractNum>",
        levels.concat()
    )
}

fn list(id: u8, kind: u8, more: &str) -> String {
    format!("<w:num w:numId='{id}'><w:abstractNumId w:val='{kind}'/>{more}</w:num>")
}

/// The labels of these items, each a list and a level, where its lists look like this.
fn labels(numbering: &[String], items: &[(u8, u8)]) -> String {
    let numbering = format!("<w:numbering>{}</w:numbering>", numbering.concat());
    let body: String = items
        .iter()
        .map(|(list, level)| item(*list, *level, "x"))
        .collect();
    let document = format!("<w:document><w:body>{body}</w:body></w:document>");
    let bytes = zip(&[
        ("word/document.xml", &document),
        ("word/numbering.xml", &numbering),
    ]);
    let text = collect(&bytes, extract).unwrap().pages.remove(0).text;
    let labels = text.lines().filter(|line| !line.is_empty());
    let labels: Vec<&str> = labels
        .map(|line| line.trim_start().trim_end_matches('x').trim_end())
        .collect();
    labels.join(" ")
}

#[test]
fn a_level_begins_where_it_says_and_else_with_zero() {
    for (start, expected) in [
        ("<w:start w:val='1'/>", "1. 2."),
        ("<w:start w:val='7'/>", "7. 8."),
        ("<w:start w:val='0'/>", "0. 1."),
        ("", "0. 1."),
        ("<w:start w:val='x'/>", "0. 1."),
    ] {
        let kind = kind(0, &[level(0, "decimal", "%1.", start)]);
        assert_eq!(
            labels(&[kind, list(1, 0, "")], &[(1, 0), (1, 0)]),
            expected,
            "{start}"
        );
    }
    // One above that has no item yet counts as if it had its first.
    let kind = kind(
        0,
        &[level(0, "decimal", "%1", ""), from_one(1, "decimal", "%1.%2")],
    );
    assert_eq!(
        labels(&[kind, list(1, 0, "")], &[(1, 1), (1, 0), (1, 1)]),
        "0.1 1 1.1"
    );
}

#[test]
fn a_level_begins_anew_below_the_levels_it_says() {
    let kind_of = |restart: &str| {
        let third = format!("<w:start w:val='1'/>{restart}");
        kind(
            0,
            &[
                from_one(0, "decimal", "%1"),
                from_one(1, "decimal", "%1.%2"),
                level(2, "decimal", "%3", &third),
            ],
        )
    };
    let items = [
        (1, 0),
        (1, 1),
        (1, 2),
        (1, 2),
        (1, 1),
        (1, 2),
        (1, 0),
        (1, 1),
        (1, 2),
    ];
    for (restart, expected) in [
        ("", "1 1.1 1 2 1.2 1 2 2.1 1"),
        ("<w:lvlRestart w:val='0'/>", "1 1.1 1 2 1.2 3 2 2.1 4"),
        ("<w:lvlRestart w:val='1'/>", "1 1.1 1 2 1.2 3 2 2.1 1"),
        ("<w:lvlRestart w:val='2'/>", "1 1.1 1 2 1.2 1 2 2.1 1"),
    ] {
        assert_eq!(
            labels(&[kind_of(restart), list(1, 0, "")], &items),
            expected,
            "{restart}"
        );
    }
}

#[test]
fn a_legal_label_is_in_digits() {
    let legal = |value: &str| {
        let more = format!("<w:start w:val='1'/>{value}");
        kind(
            0,
            &[
                from_one(0, "upperRoman", "Article %1."),
                from_one(1, "decimalZero", "%1.%2"),
                level(2, "lowerLetter", "%1.%2.%3", &more),
            ],
        )
    };
    let items = [(1, 0), (1, 0), (1, 1), (1, 2)];
    for (value, expected) in [
        ("<w:isLgl/>", "Article I. Article II. II.01 2.01.1"),
        ("<w:isLgl w:val='1'/>", "Article I. Article II. II.01 2.01.1"),
        ("<w:isLgl w:val='0'/>", "Article I. Article II. II.01 II.01.a"),
        ("", "Article I. Article II. II.01 II.01.a"),
    ] {
        assert_eq!(
            labels(&[legal(value), list(1, 0, "")], &items),
            expected,
            "{value}"
        );
    }
}

#[test]
fn a_list_may_look_otherwise_than_its_kind_and_goes_on_counting() {
    let kinds = kind(
        0,
        &[from_one(0, "decimal", "%1"), from_one(1, "decimal", "%1.%2")],
    );
    let override_of =
        |at: u8, content: &str| format!("<w:lvlOverride w:ilvl='{at}'>{content}</w:lvlOverride>");
    let start = "<w:startOverride w:val='5'/>";
    for (more, items, expected) in [
        (
            override_of(0, &from_one(0, "upperLetter", "%1")),
            vec![(1, 0), (2, 0), (2, 0), (1, 0)],
            "1 B C 4",
        ),
        (
            override_of(0, &from_one(0, "upperLetter", "%1"))
                + &override_of(1, &from_one(1, "lowerRoman", "%1-%2")),
            vec![(2, 0), (2, 1), (2, 1), (1, 1)],
            "A A-i A-ii 1.3",
        ),
        (
            override_of(0, start),
            vec![(1, 0), (2, 0), (2, 0), (1, 0)],
            "1 5 6 7",
        ),
        (
            override_of(0, &(start.to_owned() + &from_one(0, "lowerRoman", "(%1)"))),
            vec![(1, 0), (2, 0), (2, 0)],
            "1 (v) (vi)",
        ),
        // Where it begins anew below another item it begins there again.
        (
            override_of(1, start),
            vec![(2, 0), (2, 1), (2, 1), (2, 0), (2, 1)],
            "1 1.5 1.6 2 2.5",
        ),
        (
            override_of(0, &level(0, "decimal", "%1)", "")),
            vec![(2, 0), (2, 0)],
            "0) 1)",
        ),
    ] {
        let numbering = [kinds.clone(), list(1, 0, ""), list(2, 0, &more)];
        assert_eq!(labels(&numbering, &items), expected, "{more}");
    }
}

#[test]
fn numbers_are_written_as_the_format_says() {
    for (format, expected) in [
        ("ordinal", "1st 2nd 3rd"),
        ("cardinalText", "One Two Three"),
        ("ordinalText", "First Second Third"),
        ("decimalZero", "01 02 03"),
        ("lowerLetter", "a b c"),
        ("upperRoman", "I II III"),
        ("decimalEnclosedCircle", "① ② ③"),
        ("numberInDash", "- 1 - - 2 - - 3 -"),
        ("chicago", "* † ‡"),
        ("russianUpper", "А Б В"),
        ("chineseCounting", "一 二 三"),
        ("decimal", "1 2 3"),
        ("klingon", "1 2 3"),
    ] {
        let kind = kind(0, &[from_one(0, format, "%1")]);
        assert_eq!(
            labels(&[kind, list(1, 0, "")], &[(1, 0); 3]),
            expected,
            "{format}"
        );
    }
    let kind_of = |start: u32| {
        kind(
            0,
            &[level(
                0,
                "lowerLetter",
                "%1)",
                &format!("<w:start w:val='{start}'/>"),
            )],
        )
    };
    assert_eq!(labels(&[kind_of(26), list(1, 0, "")], &[(1, 0); 3]), "z) aa) bb)");
    // A way of counting that newer programs know, and what older ones take in its place.
    let choice = |format: &str| {
        let more = format!(
            "<w:start w:val='1'/><mc:AlternateContent><mc:Choice Requires='w14'><w:numFmt w:val='custom' w:format='{format}'/>\
             </mc:Choice><mc:Fallback><w:numFmt w:val='decimal'/></mc:Fallback></mc:AlternateContent>"
        );
        kind(
            0,
            &[format!(
                "<w:lvl w:ilvl='0'>{more}<w:lvlText w:val='%1.'/></w:lvl>"
            )],
        )
    };
    assert_eq!(
        labels(&[choice("001, 002, 003, ..."), list(1, 0, "")], &[(1, 0); 2]),
        "001. 002."
    );
    assert_eq!(
        labels(&[choice("x, y, z"), list(1, 0, "")], &[(1, 0); 2]),
        "1. 2."
    );
}

#[test]
fn a_style_of_lists_says_how_others_look() {
    let link = |name: &str| format!("<w:{name} w:val='Legal'/>");
    let levels = [link("styleLink"), from_one(0, "upperRoman", "%1.")];
    let numbering = [
        kind(0, &levels),
        kind(1, &[link("numStyleLink")]),
        list(1, 0, ""),
        list(2, 1, ""),
    ];
    assert_eq!(labels(&numbering, &[(2, 0), (2, 0), (1, 0)]), "I. II. III.");
    // One that is not there says nothing.
    let numbering = [kind(1, &[link("numStyleLink")]), list(2, 1, "")];
    assert_eq!(labels(&numbering, &[(2, 0)]), "-");
}
