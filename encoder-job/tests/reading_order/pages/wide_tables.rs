//! Tables as wide as the page, above, below and between columns.

use super::{Align, Area, Font, Page, Style, a4, body, folio, heading, note};
use crate::prose::{Language, english, prose};

const MILLS: [&[&str]; 6] = [
    &["Mill", "Built", "Wheels", "Output", "Closed"],
    &["Upper mill", "1702", "2", "340", "1961"],
    &["Lower mill", "1745", "1", "180", "1958"],
    &["Saw mill", "1810", "3", "95", "1990"],
    &["Paper mill", "1833", "4", "1,260", "1974"],
    &["Oil mill", "1851", "1", "72", "1949"],
];

fn mills(page: &mut Page, area: &mut Area) {
    let places = [
        (0.0, Align::Left),
        (190.0, Align::Right),
        (290.0, Align::Right),
        (390.0, Align::Right),
        (495.0, Align::Right),
    ];
    page.table(
        area,
        &places,
        &MILLS,
        &Style::plain(Font::Helvetica, 9.0).with_gap(6.0),
    );
}

pub fn a_table_below() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(380.0).columns::<2>(18.0),
        prose(Language::English, 4),
        &body().indented(),
    );
    mills(&mut page, &mut Area::new(50.0, 545.0, 340.0, 200.0));
    page
}

pub fn a_table_between() -> Page {
    let mut page = Page::a4();
    page.fill(
        &mut a4(560.0).columns::<2>(18.0),
        prose(Language::English, 4),
        &body().indented(),
    );
    let mut table = Area::new(50.0, 545.0, 520.0, 400.0);
    mills(&mut page, &mut table);
    let below = Area::new(50.0, 545.0, 420.0, 200.0);
    page.fill(
        &mut below.columns::<2>(18.0),
        prose(Language::English, 11),
        &body().indented(),
    );
    page
}

const BASINS: [&[&str]; 9] = [
    &["Basin", "10", "20", "30", "40", "50", "60", "70"],
    &["North", "0.82", "0.85", "0.81", "0.80", "0.83", "0.78", "0.65"],
    &[
        "North by east",
        "0.90",
        "0.95",
        "0.82",
        "0.77",
        "0.92",
        "0.88",
        "0.42",
    ],
    &["East", "0.56", "0.76", "0.88", "0.99", "0.99", "0.71", "none"],
    &["South", "0.82", "0.81", "0.85", "0.88", "0.87", "0.88", "none"],
    &[
        "South by west",
        "0.76",
        "0.77",
        "0.82",
        "0.84",
        "none",
        "0.87",
        "0.86",
    ],
    &["West", "0.83", "0.91", "0.93", "0.92", "0.81", "0.73", "0.95"],
    &[
        "Upper beach",
        "0.68",
        "0.75",
        "0.78",
        "0.91",
        "0.96",
        "0.95",
        "0.84",
    ],
    &[
        "Lower beach",
        "0.71",
        "0.60",
        "0.57",
        "0.47",
        "0.47",
        "0.47",
        "0.51",
    ],
];

fn basins(page: &mut Page, area: &mut Area, name: &'static str) {
    page.line(area, Align::Left, name, &note().ragged().with_gap(9.0));
    let places: [_; 8] = std::array::from_fn(|index| {
        let index = f32::from(u8::try_from(index).unwrap());
        if index < 1.0 {
            (0.0, Align::Left)
        } else {
            (75.0 + 60.0 * index, Align::Right)
        }
    });
    page.table(area, &places, &BASINS, &note().ragged().with_gap(8.0));
}

pub fn a_table_above_and_a_table_below() -> Page {
    let mut page = Page::a4();
    page.line_at(50.0, 812.0, Align::Left, "258", &folio());
    page.line_at(
        297.5,
        790.0,
        Align::Centre,
        "F. Huber and others / Journal of Salt 31 (2005) 253–265",
        &folio(),
    );
    let mut all = a4(60.0);
    all.y = 760.0;
    basins(
        &mut page,
        &mut all,
        "Table 2. What each basin gave, in parts of what the tide had brought to it.",
    );
    all.skip(14.0);
    let [left, mut right] = all.down_to(all.y - 190.0).columns(18.0);
    page.fill(&mut [left], prose(Language::English, 13).take(3), &body());
    page.paragraph(&mut right, english(2), &body());
    right.skip(14.0);
    page.line(&mut right, Align::Left, "4 Results", &heading());
    page.line(&mut right, Align::Left, "4.1 The spring tides", &heading());
    page.paragraph(&mut right, english(3), &body());
    all.y -= 240.0;
    basins(
        &mut page,
        &mut all,
        "Table 3. The same a year later, when the grass had been cut and the frogs were gone.",
    );
    page
}

pub fn a_picture_and_caption_above_and_a_table_below() -> Page {
    let mut page = Page::a4();
    page.line_at(545.0, 790.0, Align::Right, "261", &folio());
    let mut all = a4(60.0);
    all.y = 620.0;
    page.paragraph(
        &mut all.between(150.0, 445.0),
        "Fig. 4. What was left of the salt, for all basins.",
        &note(),
    );
    all.skip(36.0);
    let [left, mut right] = all.down_to(all.y - 150.0).columns(18.0);
    page.fill(&mut [left], prose(Language::English, 7).take(3), &body());
    page.line(&mut right, Align::Left, "4.3 Grass", &heading());
    page.fill(&mut [right], prose(Language::English, 4).take(2), &body());
    all.y -= 200.0;
    basins(&mut page, &mut all, "Table 4. Weeks until the grass came back.");
    page
}
