use super::{page_numbers::roman, *};
use crate::{document::PageStatus, extract::pdf::layout::PageLayout};

fn edge(text: &str, height: f32) -> EdgeLine {
    EdgeLine {
        text: text.into(),
        height,
        size: 10.0,
    }
}

fn page(number: u32, top: &[&str], paragraphs: &[&str], bottom: &[&str]) -> PageResult {
    PageResult {
        number,
        status: PageStatus::Ok,
        by_second_engine: false,
        layout: PageLayout {
            top: top.iter().map(|text| edge(text, 800.0)).collect(),
            paragraphs: paragraphs
                .iter()
                .filter_map(|text| Paragraph::new(text, 10.0, 1))
                .collect(),
            bottom: bottom.iter().map(|text| edge(text, 40.0)).collect(),
        },
    }
}

fn arranged(mode: RunningHeads, pages: Vec<PageResult>) -> Vec<Vec<String>> {
    let mut reorderer = PageReorderer::new(mode);
    let mut ordered: Vec<Ordered> = pages
        .into_iter()
        .filter_map(|page| reorderer.push(page))
        .collect();
    ordered.extend(std::iter::from_fn(|| reorderer.finish()));
    ordered
        .into_iter()
        .map(|page| {
            page.paragraphs
                .into_iter()
                .map(|paragraph| paragraph.text)
                .collect()
        })
        .collect()
}

fn book() -> Vec<PageResult> {
    vec![
        page(
            1,
            &["Of Studies 7"],
            &["A whole sentence.", "One that goes"],
            &["7"],
        ),
        page(
            2,
            &["Of Studies 8"],
            &["on here.", "And another whole one."],
            &["8"],
        ),
        page(3, &["Of Truth 9"], &["The last page."], &["9"]),
    ]
}

#[test]
fn running_heads_never_part_a_sentence() {
    let pages = arranged(RunningHeads::Aside, book());
    assert_eq!(
        pages[0],
        ["Of Studies 7", "A whole sentence.", "7", "One that goes"]
    );
    assert_eq!(
        pages[1],
        ["on here.", "Of Studies 8", "And another whole one.", "8"]
    );
    assert_eq!(pages[2], ["Of Truth 9", "The last page.", "9"]);
}

#[test]
fn they_can_go_or_stay() {
    let pages = arranged(RunningHeads::Drop, book());
    assert_eq!(pages[1], ["on here.", "And another whole one."]);
    assert_eq!(pages[2], ["The last page."]);
    let pages = arranged(RunningHeads::Keep, book());
    assert_eq!(
        pages[1],
        ["Of Studies 8", "on here.", "And another whole one.", "8"]
    );
}

#[test]
fn a_line_that_no_neighbour_has_is_text() {
    let pages = vec![
        page(1, &["The title"], &["Text."], &[]),
        page(2, &["Another line"], &["more text"], &[]),
    ];
    let pages = arranged(RunningHeads::Drop, pages);
    assert_eq!(
        pages,
        [vec!["The title", "Text."], vec!["Another line", "more text"]]
    );
}

#[test]
fn roman_numbers_count() {
    assert_eq!(roman("xiv"), Some(14));
    assert_eq!(roman("IX"), Some(9));
    assert_eq!(roman("word"), None);
    let pages = vec![page(1, &[], &["a."], &["iv"]), page(2, &[], &["b."], &["v"])];
    assert_eq!(arranged(RunningHeads::Drop, pages), [["a."], ["b."]]);
}

#[test]
fn pages_come_back_in_order() {
    let pages = (1..=9).map(|number| page(number, &[], &["x."], &[])).collect();
    let mut reorderer = PageReorderer::new(RunningHeads::Aside);
    let pages: Vec<PageResult> = pages;
    let mut numbers: Vec<u32> = pages
        .into_iter()
        .filter_map(|page| reorderer.push(page))
        .map(|page| page.number)
        .collect();
    numbers.extend(std::iter::from_fn(|| reorderer.finish()).map(|page| page.number));
    assert_eq!(numbers, (1..=9).collect::<Vec<_>>());
}
