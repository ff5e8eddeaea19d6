use proptest::prelude::*;

use super::*;

fn written(write: impl FnOnce(&mut PageText)) -> FinishedText {
    let mut page = PageText::default();
    write(&mut page);
    let finished = page.finish();
    assert_eq!(finished.text, clean(&finished.text));
    finished
}

/// A table whose rows and cells these are.
fn table(page: &mut PageText, rows: &[&[&str]]) {
    page.begin_table();
    for row in rows {
        page.row();
        for cell in *row {
            page.cell();
            page.push(cell);
        }
    }
    page.end_table();
}

#[test]
fn white_space_is_one_space_and_none_beside_a_break() {
    let page = written(|page| {
        page.push("  uno\n\t due ");
        page.push(" tre");
        page.push("quattro\u{a0}cinque ");
        page.line();
        page.push(" sei ");
        page.paragraph();
        page.push("sette\u{3000}otto");
        page.line_break();
        page.line_break();
        page.line_break();
        page.push("nove ");
    });
    assert_eq!(page.text, "uno due trequattro cinque\nsei\n\nsette otto\n\nnove");
}

#[test]
fn preserved_spaces_stay_up_to_a_number_of_them() {
    let page = written(|page| {
        page.push_preserved("  if a:\r\n\tb  c\n\n\n\n    d  \n");
        page.push_preserved(&format!("e{}f", " ".repeat(1_000)));
    });
    let long = " ".repeat(MAX_SPACES);
    assert_eq!(page.text, format!("if a:\n\tb  c\n\n    d\ne{long}f"));
}

#[test]
fn words_are_cleaned_and_offsets_count_what_comes_out() {
    let page = written(|page| {
        page.push("o\u{fb03}ce \u{ad} co\u{ad}op\u{0}");
        page.begin_heading(2);
        page.push("  Ca\u{fb00}è \u{fb01}no ");
        page.end_heading();
        page.push("fine");
    });
    assert_eq!(page.text, "office coop\n\nCaffè fino\n\nfine");
    assert_eq!(
        page.headings,
        [TextHeading {
            level: 2,
            title: "Caffè fino".into(),
            offset: 13
        }]
    );
}

#[test]
fn a_heading_without_words_is_none_and_a_long_one_is_cut() {
    let page = written(|page| {
        page.begin_heading(1);
        page.push(" ");
        page.end_heading();
        page.begin_heading(1);
        page.push("Uno ");
        page.line_break();
        page.push("due");
        page.begin_heading(3);
        page.push(&"è".repeat(1_000));
    });
    let titles: Vec<_> = page
        .headings
        .iter()
        .map(|heading| heading.title.as_str())
        .collect();
    assert_eq!(titles, ["Uno due", &format!("{}…", "è".repeat(MAX_TITLE))]);
}

#[test]
fn labels_stand_before_the_next_word_or_nowhere() {
    let page = written(|page| {
        page.label(Some("  - ".into()));
        page.push("uno");
        page.line();
        page.label(Some("  2. ".into()));
        page.push(" due ");
        page.line();
        page.label(Some("- ".into()));
        page.label(None);
        page.push("tre");
    });
    assert_eq!(page.text, "- uno\n  2. due\ntre");
}

#[test]
fn rows_of_data_are_lines_with_bars() {
    let page = written(|page| {
        page.push("Prima");
        table(
            page,
            &[
                &["", "2023", "2024"],
                &["Nord", "", " 12 "],
                &["Sud", "3", ""],
                &[],
            ],
        );
        page.push("Dopo");
    });
    assert_eq!(page.text, "Prima\n\n| 2023 | 2024\nNord | | 12\nSud | 3\n\nDopo");
}

#[test]
fn a_break_in_a_cell_of_data_is_a_space() {
    let page = written(|page| {
        page.begin_table();
        page.row();
        page.cell();
        page.paragraph();
        page.push("a");
        page.paragraph();
        page.push("b");
        page.cell();
        page.push_preserved("c\n  d");
        page.paragraph();
        page.end_table();
    });
    assert_eq!(page.text, "a b | c d");
}

#[test]
fn tables_for_layout_are_paragraphs() {
    let one_column = written(|page| table(page, &[&["uno"], &["due"]]));
    assert_eq!(one_column.text, "uno\n\ndue");
    let prose = "parola ".repeat(200);
    let long_cell = written(|page| table(page, &[&["a", &prose], &["b", "c"]]));
    assert_eq!(long_cell.text, format!("a\n\n{}\n\nb\n\nc", prose.trim()));
    let many_breaks = written(|page| {
        page.begin_table();
        page.row();
        page.cell();
        for number in 1..=5 {
            page.push(&number.to_string());
            page.line();
        }
        page.cell();
        page.push("z");
        page.end_table();
    });
    assert_eq!(many_breaks.text, "1\n2\n3\n4\n5\n\nz");
}

#[test]
fn a_table_around_another_or_a_heading_is_for_layout() {
    let page = written(|page| {
        page.begin_table();
        page.row();
        page.cell();
        page.push("menu");
        page.cell();
        page.begin_heading(1);
        page.push("Titolo");
        page.end_heading();
        table(page, &[&["a", "b"], &["c", "d"]]);
        page.push("dopo");
        page.row();
        page.cell();
        page.push("piede");
        page.end_table();
    });
    assert_eq!(page.text, "menu\n\nTitolo\n\na | b\nc | d\n\ndopo\n\npiede");
    assert_eq!(page.headings[0].offset, 6);
}

#[test]
fn anchors_are_where_the_next_word_is_in_tables_too() {
    let page = written(|page| {
        page.anchor("start");
        page.push("uno");
        page.anchor("table");
        page.begin_table();
        page.row();
        page.cell();
        page.push("a");
        page.cell();
        page.push("b ");
        page.anchor("cell");
        page.push("c");
        page.end_table();
        page.begin_heading(1);
        page.push("Due");
        page.anchor("heading");
        page.end_heading();
        page.anchor("end");
    });
    assert_eq!(page.text, "uno\n\na | b c\n\nDue");
    let anchors: Vec<_> = page
        .anchors
        .iter()
        .map(|(name, at)| (name.as_str(), *at))
        .collect();
    assert_eq!(
        anchors,
        [
            ("start", 0),
            ("table", 5),
            ("cell", 11),
            ("heading", 14),
            ("end", 17)
        ]
    );
}

#[test]
fn tables_left_open_lose_nothing() {
    let page = written(|page| {
        for number in 0..3 {
            page.begin_table();
            page.row();
            page.cell();
            page.push(&number.to_string());
            page.cell();
            page.push("x");
        }
    });
    assert_eq!(page.text, "0\n\nx\n\n1\n\nx\n\n2 | x");
}

#[test]
fn a_table_of_very_many_rows_is_decided_on_the_way() {
    let page = written(|page| table(page, &vec![&["a", "b"][..]; 120_000]));
    assert_eq!(page.text.lines().count(), 120_000);
    assert!(page.text.lines().all(|line| line == "a | b"));
    let one_row = written(|page| table(page, &[&vec!["a"; 300_000][..]]));
    assert_eq!(one_row.text.split("\n\n").count(), 300_000);
}

#[derive(Clone, Debug)]
enum Step {
    Push(String),
    Preserved(String),
    Space,
    LineBreak,
    Line,
    Paragraph,
    Label,
    BeginHeading(u8),
    EndHeading,
    BeginTable,
    Row,
    Cell,
    EndTable,
    Anchor,
}

fn step() -> impl Strategy<Value = Step> {
    let text = "[a-cè\u{fb01}\u{ad}\u{a0}\u{3000}\u{200b}\u{feff} \t\r\n\u{c}\u{1}\u{2028}]{0,8}";
    prop_oneof![
        6 => text.prop_map(Step::Push),
        3 => text.prop_map(Step::Preserved),
        1 => Just(Step::Space),
        1 => Just(Step::LineBreak),
        1 => Just(Step::Line),
        1 => Just(Step::Paragraph),
        1 => Just(Step::Label),
        1 => (1_u8..4).prop_map(Step::BeginHeading),
        1 => Just(Step::EndHeading),
        2 => Just(Step::BeginTable),
        3 => Just(Step::Row),
        5 => Just(Step::Cell),
        2 => Just(Step::EndTable),
        2 => Just(Step::Anchor),
    ]
}

proptest! {
    #[test]
    fn cleaning_changes_nothing_and_no_letter_is_lost(steps in prop::collection::vec(step(), 0..60)) {
        let mut page = PageText::default();
        let mut letters = String::new();
        let mut anchors = 0;
        for step in steps {
            match step {
                Step::Push(text) => {
                    letters.push_str(&text);
                    page.push(&text);
                }
                Step::Preserved(text) => {
                    letters.push_str(&text);
                    page.push_preserved(&text);
                }
                Step::Space => page.space(),
                Step::LineBreak => page.line_break(),
                Step::Line => page.line(),
                Step::Paragraph => page.paragraph(),
                Step::Label => page.label(Some("  - ".into())),
                Step::BeginHeading(level) => page.begin_heading(level),
                Step::EndHeading => page.end_heading(),
                Step::BeginTable => page.begin_table(),
                Step::Row => page.row(),
                Step::Cell => page.cell(),
                Step::EndTable => page.end_table(),
                Step::Anchor => {
                    anchors += 1;
                    page.anchor("x");
                }
            }
        }
        let finished = page.finish();
        prop_assert_eq!(&finished.text, &clean(&finished.text));
        let only_letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        prop_assert_eq!(only_letters(&finished.text), only_letters(&clean(&letters)));
        let length = finished.text.chars().count();
        for heading in &finished.headings {
            let start: String = finished.text.chars().skip(heading.offset).take(1).collect();
            prop_assert!(heading.title.starts_with(&start));
        }
        prop_assert!(finished.headings.is_sorted_by_key(|heading| heading.offset));
        prop_assert_eq!(finished.anchors.len(), anchors);
        prop_assert!(finished.anchors.iter().all(|(_, offset)| *offset <= length));
    }
}
