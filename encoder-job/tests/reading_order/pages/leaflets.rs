//! Leaflets, dictionaries, sidebars, questionnaires: columns that are not of justified prose alone.

use super::{Align, Area, Font, Page, Style, a4, body, heading, set_title};
use crate::{
    page::Kind,
    prose::{Language, english, prose},
};

fn short() -> Style {
    Style::plain(Font::Helvetica, 9.0)
}

fn list(page: &mut Page, area: &mut Area, lines: &[&str], style: &Style) {
    let rows: Vec<[&str; 1]> = lines.iter().map(|line| [*line]).collect();
    let rows: Vec<&[&str]> = rows.iter().map(|row| &row[..]).collect();
    page.table(area, &[(0.0, Align::Left)], &rows, style);
}

/// As in a curriculum vitae.
pub fn a_sidebar_of_short_lines_on_the_left() -> Page {
    let mut page = Page::a4();
    let mut side = Area::new(50.0, 170.0, 770.0, 60.0);
    for (name, lines) in [
        (
            "Contact",
            &[
                "Upper Lane 5",
                "3920 Riverside",
                "ada@bakery.example",
                "027 555 01 44",
            ][..],
        ),
        ("Languages", &["Italian", "German", "English, some"]),
        (
            "Skills",
            &[
                "Sourdough",
                "Patience",
                "Bookkeeping",
                "Ovens of all kinds",
                "Driving, not in fog",
            ],
        ),
        (
            "Member of",
            &["Society for Small Rivers", "Friends of the Library", "Choir"],
        ),
    ] {
        page.line(&mut side, Align::Left, name, &heading().with_gap(4.0));
        list(&mut page, &mut side, lines, &short().with_gap(18.0));
    }
    let mut main = Area::new(195.0, 545.0, 768.0, 60.0);
    for (name, from) in [
        ("Profile", 1),
        ("Work", 7),
        ("Training", 9),
        ("Voluntary work", 11),
    ] {
        page.line(&mut main, Align::Left, name, &heading().with_gap(6.0));
        page.fill(
            &mut [main.down_to(main.y - 130.0)],
            prose(Language::English, from).take(2),
            &body(),
        );
        main.skip(150.0);
    }
    page
}

pub fn a_sidebar_of_short_lines_on_the_right() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    set_title(&mut page, &mut all, "A Walk along the Canal");
    let mut main = all.between(50.0, 400.0);
    for number in 0..7 {
        page.paragraph(&mut main, english(2 * number + 1), &body());
    }
    let mut side = all.between(425.0, 545.0);
    side.skip(4.0);
    for (name, lines) in [
        ("Length", &["9 kilometres", "no hills"][..]),
        ("Start", &["Lower Bridge, by the", "old lock house"]),
        ("Bring", &["water", "bread", "a hat from June on", "this leaflet"]),
        ("See also", &["The Road of the Goats", "Round the Sound"]),
    ] {
        page.line(&mut side, Align::Left, name, &heading().with_gap(3.0));
        page.is_a(Kind::SideNote);
        list(&mut page, &mut side, lines, &short().with_gap(16.0));
        page.is_a(Kind::SideNote);
    }
    page
}

/// Three panels of a sheet that is folded twice.
pub fn a_leaflet_of_three_panels() -> Page {
    let mut page = Page::landscape();
    let columns = Area::new(30.0, 812.0, 545.0, 60.0).columns::<3>(44.0);
    let [mut first, mut second, mut third] = columns;
    page.line(&mut first, Align::Left, "The Ferry", &super::title());
    page.fill(
        &mut [first.down_to(300.0)],
        prose(Language::English, 10).take(4),
        &body(),
    );
    second.skip(20.0);
    page.line(&mut second, Align::Left, "When it runs", &heading());
    let rows: [&[&str]; 6] = [
        &["From", "April", "October"],
        &["First boat", "6:30", "7:00"],
        &["Every", "30 min", "30 min"],
        &["At noon", "60 min", "none"],
        &["Last boat", "21:00", "18:30"],
        &["On Sundays", "from 8:00", "from 9:00"],
    ];
    page.table(
        &mut second,
        &[(0.0, Align::Left), (110.0, Align::Left), (170.0, Align::Left)],
        &rows,
        &short().with_gap(20.0),
    );
    page.fill(&mut [second], prose(Language::English, 5).take(3), &body());
    third.skip(60.0);
    page.line(&mut third, Align::Left, "Good to know", &heading());
    for point in [
        "Dogs travel free if they are quiet.",
        "Bicycles stand in the bow, and only there.",
        "The ferryman does not change large notes.",
        "In fog the bell rings twice before the boat leaves, and those who hear it only once have missed it.",
        "Coffee is sold on board.",
    ] {
        page.item(&mut third, "•", 12.0, point, &body().ragged());
    }
    page.fill(&mut [third], prose(Language::English, 14).take(2), &body());
    page
}

pub fn four_columns() -> Page {
    let mut page = Page::a4();
    let mut all = a4(330.0);
    set_title(&mut page, &mut all, "Short News from the Valley");
    let style = Style::prose(Font::Times, 8.5, 10.0).indented();
    page.fill(&mut all.columns::<4>(11.0), prose(Language::English, 0), &style);
    page
}

pub fn five_columns_on_a_wide_page() -> Page {
    let mut page = Page::landscape();
    let all = Area::new(40.0, 802.0, 545.0, 160.0);
    let style = Style::prose(Font::Times, 8.5, 10.0).ragged();
    page.fill(&mut all.columns::<5>(14.0), prose(Language::English, 3), &style);
    page
}

const QUESTIONS: [(&str, &[&str]); 6] = [
    (
        "If your harbour has a keeper, how many nights does he watch in a row before another takes his place?",
        &[
            "one night",
            "two nights, or three in winter",
            "as many as he wants",
            "There is no other.",
        ],
    ),
    (
        "If your harbour has a keeper, does he write a book, and who may read what he has written into it?",
        &[
            "Yes, and all may read it.",
            "Yes, but it lies under the lamp.",
            "Yes, and the students of the town may read it on Sundays",
            "No",
        ],
    ),
    (
        "How is the lamp fed?",
        &["by oil from the cellar", "by cable", "by both", "Don't know"],
    ),
    (
        "Does the ferry wait for those who come late, and for how long does it wait if the weather is bad?",
        &[
            "It waits for those who read.",
            "It waits for nobody, and leaves when the bell has rung twice",
            "Don't know",
        ],
    ),
    (
        "What do people say about the bridge?",
        &[
            "nothing any more",
            "that it is new",
            "that it will not bear the weight of all who talk about it",
        ],
    ),
    (
        "Which parts of the mill were changed in the last ten years, and which of them were missed afterwards?",
        &[
            "the boards of the wheel",
            "the axle",
            "the stones",
            "the dog",
            "none of these parts",
        ],
    ),
];

/// An examination: numbered questions of different lengths in two columns.
pub fn questions_in_two_columns() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    set_title(&mut page, &mut all, "Test for Keepers");
    let [left, right] = all.columns(24.0);
    for ((mut column, questions), labels) in [left, right]
        .into_iter()
        .zip(QUESTIONS.chunks(3))
        .zip([["1.", "2.", "3."], ["4.", "5.", "6."]])
    {
        for (label, (question, answers)) in labels.into_iter().zip(questions) {
            page.item(&mut column, label, 16.0, question, &body().ragged().with_gap(6.0));
            let mut inner = column.between(column.left + 16.0, column.right);
            list(&mut page, &mut inner, answers, &body().ragged().with_gap(16.0));
            column.y = inner.y;
        }
    }
    page
}
