//! Indexes and dictionaries, whose short entries stand in columns.

use super::{Align, Font, Page, Style, a4, body, folio, set_title, small_body};
use crate::page::Kind;

const INDEX: [&str; 54] = [
    "abstract of the deed, 14",
    "acorns, 88",
    "alder, 12, 31",
    "apples, 40–43",
    "apples, nameless, 42",
    "archives, 7, 29",
    "army that never came, 66",
    "autumn, 5",
    "bakers, 21–36",
    "barges, 71",
    "basins for salt, 55",
    "beans, 93",
    "bees, 52–61",
    "bells, 18",
    "bread, see bakers",
    "bridges, 48, 73",
    "butter, 34",
    "cables, 2",
    "canal, 90–94",
    "carts, 64",
    "chains, 38",
    "cherries, 45",
    "clocks, 25",
    "clover, 53",
    "coffee, 80",
    "complaint, letters of, 67",
    "contours, 39",
    "cupboard, 30",
    "dance of bees, 54",
    "dough, 22",
    "driver of the bus, 74",
    "eels, 72",
    "engineers, 73",
    "ferries, 79–82",
    "fog, 74, 86",
    "furnace, 57",
    "gardens, 93",
    "glass, 57–60",
    "goats, 63",
    "grass, 56",
    "hail, 85",
    "harbour, 1–4",
    "hives, 52",
    "ink, recipe for, 30",
    "islands, 79",
    "keepers, 1, 9",
    "lamps, 1–6",
    "library, 44–47",
    "limestone, 70",
    "love, observer in, 87",
    "maps, 37–40",
    "marble, 71",
    "mills, 66–69",
    "mules, 26",
];

fn index<const COLUMNS: usize>(gutter: f32) -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0).between(70.0, 525.0);
    set_title(&mut page, &mut all, "Index");
    let style = Style::plain(Font::Times, 9.5);
    for (mut column, entries) in all
        .columns::<COLUMNS>(gutter)
        .into_iter()
        .zip(INDEX.chunks(54 / COLUMNS))
    {
        let rows: Vec<[&str; 1]> = entries.iter().map(|entry| [*entry]).collect();
        let rows: Vec<&[&str]> = rows.iter().map(|row| &row[..]).collect();
        page.table(&mut column, &[(0.0, Align::Left)], &rows, &style);
    }
    page
}

pub fn an_index_of_two_columns() -> Page {
    index::<2>(30.0)
}

pub fn an_index_of_three_columns() -> Page {
    index::<3>(18.0)
}

const ENTRIES: [&str; 14] = [
    "acorn, the fruit of the oak; in bad years ground to a flour that the bakers of the valley mix with their own.",
    "alder, a tree that stands in water and does not mind.",
    "anchor, what keeps a ship where it is, and more than one man too.",
    "apple, see orchard.",
    "archive, a house for paper; also the silence in it.",
    "axle, that part of the wheel which alone stays in its place while all the others go round.",
    "baker, one who gets up when others go to bed.",
    "barge, a flat boat for marble, later for geese.",
    "bean, the pride of August.",
    "bell, the voice of the fog.",
    "bridge, a road that has lost the ground; also the place where the driver of the bus thinks of something else.",
    "buoy, a lamp that has learned to swim.",
    "butter, what soup is good for.",
    "candle, a lamp for one night and one book.",
];

fn dictionary<const COLUMNS: usize>(gutter: f32, style: &Style) -> Page {
    let mut page = Page::a4();
    page.line_at(50.0, 805.0, Align::Left, "acorn", &folio());
    page.blocks.clear();
    page.put(545.0, 805.0, Align::Right, "candle", &folio());
    page.block(Kind::Text, "acorn\tcandle");
    let columns = a4(60.0).columns::<COLUMNS>(gutter);
    for (index, mut column) in columns.into_iter().enumerate() {
        for number in 0..ENTRIES.len() {
            if column.y < 300.0 {
                break;
            }
            page.paragraph(&mut column, ENTRIES[(number + 5 * index) % ENTRIES.len()], style);
            if number > 0 {
                page.is_close();
            }
        }
    }
    page.line_at(297.5, 60.0, Align::Centre, "2", &folio());
    page
}

pub fn a_dictionary_of_two_columns() -> Page {
    dictionary::<2>(16.0, &body().with_gap(4.5))
}

pub fn a_dictionary_of_three_columns() -> Page {
    dictionary::<3>(14.0, &small_body().with_gap(4.0))
}
