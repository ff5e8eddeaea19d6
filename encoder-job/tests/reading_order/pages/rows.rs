//! Pages with things side by side that are no columns: they are read row by row.

use super::{Align, Area, Font, Page, Style, a4, body, heading, set_title};
use crate::{
    prose::{Language, english, prose},
    typeset::Spaces,
};

fn cells() -> Style {
    Style::plain(Font::Helvetica, 10.0)
}

/// Cells under each other, each row of two lines' height.
fn spread_cells() -> Style {
    Style {
        leading: 20.0,
        ..cells()
    }
}

pub fn a_table_of_numbers() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    page.paragraph(&mut all, english(13), &body());
    all.skip(8.0);
    let places = [
        (0.0, Align::Left),
        (130.0, Align::Right),
        (220.0, Align::Right),
        (310.0, Align::Right),
        (400.0, Align::Right),
        (490.0, Align::Right),
    ];
    let rows: [&[&str]; 12] = [
        &["Basin", "April", "May", "June", "July", "August"],
        &["North 1", "12.4", "18.0", "31.7", "44.2", "39.9"],
        &["North 2", "11.0", "17.3", "29.8", "41.0", "38.1"],
        &["North 3", "9.8", "15.1", "27.5", "40.6", "36.4"],
        &["East 1", "14.9", "20.2", "33.0", "47.8", "42.5"],
        &["East 2", "13.3", "19.7", "32.6", "45.1", "40.0"],
        &["South 1", "8.7", "14.0", "25.9", "37.2", "33.8"],
        &["South 2", "7.9", "13.6", "24.1", "36.6", "32.0"],
        &["West 1", "10.1", "16.4", "28.3", "39.5", "35.7"],
        &["West 2", "10.6", "16.9", "29.0", "40.3", "36.2"],
        &["West 3", "6.2", "11.8", "20.4", "31.9", "28.6"],
        &["All", "104.9", "163.0", "282.3", "404.2", "363.2"],
    ];
    page.table(&mut all, &places, &rows, &cells().with_gap(14.0));
    page.paragraph(&mut all, english(14), &body());
    page
}

pub fn a_table_of_words() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    let places = [
        (0.0, Align::Left),
        (120.0, Align::Left),
        (260.0, Align::Left),
        (390.0, Align::Left),
    ];
    let rows: [&[&str]; 11] = [
        &["Name", "Trade", "Lives in", "Since"],
        &["Ada Fontana", "baker", "Upper Lane", "last spring"],
        &["Bruno Keller", "ropemaker", "the harbour", "his birth"],
        &["Carla Moro", "surveyor", "Mill Street", "two years"],
        &["Dieter Amsel", "keeper", "the lighthouse", "the storm"],
        &["Elsa Rinaldi", "glassblower", "Furnace Yard", "the strike"],
        &["Franz Huber", "ferryman", "the island", "always"],
        &["Gina Costa", "librarian", "Market Square", "the move"],
        &["Hans Lindner", "beekeeper", "Clover Field", "May"],
        &["Irma Galli", "teacher", "the orchard", "a long time"],
        &["Jakob Winter", "clockmaker", "the valley", "the snow"],
    ];
    page.table(&mut all, &places, &rows, &spread_cells());
    page
}

pub fn a_form() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    set_title(&mut page, &mut all, "Registration");
    let places = [(0.0, Align::Left), (170.0, Align::Left)];
    let rows: [&[&str]; 11] = [
        &["Family name:", "Fontana"],
        &["First name:", "Ada Maria"],
        &["Date of birth:", "14 March 1987"],
        &["Place of birth:", "Upper Valley"],
        &["Street and number:", "Upper Lane 5"],
        &["Postal code and town:", "3920 Riverside"],
        &["Telephone:", "027 555 01 44"],
        &["Electronic mail:", "ada@bakery.example"],
        &["Member since:", "1 May 2015"],
        &["Kind of membership:", "family, with two children"],
        &["Warnings:", "wants no newsletter"],
    ];
    page.table(&mut all, &places, &rows, &spread_cells());
    page
}

/// Labels and values in two halves of the page, which belong together by row.
pub fn a_form_of_four_fields_in_a_row() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    let places = [
        (0.0, Align::Left),
        (90.0, Align::Left),
        (260.0, Align::Left),
        (350.0, Align::Left),
    ];
    let rows: [&[&str]; 7] = [
        &["Invoice", "2041", "Date", "3 May 2023"],
        &["Customer", "Fontana", "Due", "2 June 2023"],
        &["Order", "A 77", "Terms", "30 days"],
        &["Clerk", "Moro", "Currency", "Euro"],
        &["Ship by", "ferry", "Weight", "14 kg"],
        &["Boxes", "3", "Insured", "no"],
        &["Port", "island", "Agent", "Huber"],
    ];
    page.table(&mut all, &places, &rows, &cells().with_gap(20.0));
    page.fill(&mut [all.down_to(480.0)], prose(Language::English, 10), &body());
    page
}

pub fn an_address_beside_a_date() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    let places = [(0.0, Align::Left), (495.0, Align::Right)];
    let rows: [&[&str]; 5] = [
        &["Ada Fontana", "Riverside, 3 May 2023"],
        &["The Bakery"],
        &["Upper Lane 5"],
        &["3920 Riverside"],
        &["Upper Valley"],
    ];
    page.table(&mut all, &places, &rows, &cells().with_gap(30.0));
    page.line(&mut all, Align::Left, "Dear Mr Huber,", &cells().with_gap(6.0));
    page.fill(
        &mut [all.down_to(420.0)],
        prose(Language::English, 1).take(4),
        &body(),
    );
    page
}

pub fn signatures_side_by_side() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    page.line(&mut all, Align::Left, "Agreement", &heading());
    page.fill(
        &mut [all.down_to(470.0)],
        prose(Language::English, 4).take(5),
        &body(),
    );
    let places = [(0.0, Align::Left), (280.0, Align::Left)];
    let rows: [&[&str]; 4] = [
        &["For the parish:", "For the ferry:"],
        &["Irma Galli", "Franz Huber"],
        &["Teacher", "Ferryman"],
        &["Riverside, 3 May", "The island, 4 May"],
    ];
    page.table(&mut Area { y: 400.0, ..all }, &places, &rows, &cells());
    page
}

pub fn long_labels_beside_two_columns_of_amounts() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    page.line(&mut all, Align::Left, "Statement of the year", &heading());
    let places = [(0.0, Align::Left), (400.0, Align::Right), (495.0, Align::Right)];
    let rows: [&[&str]; 12] = [
        &["In thousands", "2023", "2022"],
        &[
            "Income from the ferry and from the lease of the landing stage",
            "1,204",
            "1,180",
        ],
        &["Income from tolls on the road with the nine vehicles", "12", "11"],
        &["Gifts of members and of friends of the library", "310", "295"],
        &["Sale of apples without a name, less baskets returned", "48", "61"],
        &["Total income before the repair of the wheel", "1,574", "1,547"],
        &["Oil, wicks and matches for the lamp", "3", "3"],
        &["Wages of the keeper, the ferryman and the observer", "640", "622"],
        &[
            "Repair of the mill wheel and eleven answers to letters",
            "205",
            "0",
        ],
        &["Care for the poplars along the canal", "77", "80"],
        &["Total expenses, without those for the wedding", "925", "705"],
        &["What is left for the coming year", "649", "842"],
    ];
    page.table(&mut all, &places, &rows, &cells());
    page
}

pub fn prices_at_the_right() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0).between(100.0, 495.0);
    for (name, dishes) in [
        (
            "Soups",
            [
                ["Soup of beans from the gardens by the canal", "6.50"],
                ["Clear soup with small dumplings", "7.00"],
                ["Cold soup of cucumbers and yoghurt, in summer only", "6.00"],
                ["Soup of the day", "5.50"],
            ],
        ),
        (
            "From the sound",
            [
                ["Whole trout, fried in butter, with potatoes", "21.00"],
                ["Mussels in white wine, a pot for two people", "34.00"],
                ["Pike dumplings with a sauce of crayfish", "23.50"],
                ["What the ferryman caught", "18.00"],
            ],
        ),
        (
            "Sweets",
            [
                ["Apple cake with an apple that has no name", "5.00"],
                ["Cherries from the slope in their own juice", "6.00"],
                ["Pudding of yesterday's bread", "4.50"],
                ["Coffee, as short as the crossing", "2.80"],
            ],
        ),
    ] {
        page.line(&mut all, Align::Left, name, &heading());
        let rows: Vec<&[&str]> = dishes.iter().map(|dish| &dish[..]).collect();
        page.table(
            &mut all,
            &[(0.0, Align::Left), (395.0, Align::Right)],
            &rows,
            &cells().with_gap(20.0),
        );
    }
    page
}

/// Justified lines of a narrow column with few words have wide spaces, some under each other.
pub fn prose_with_wide_spaces() -> Page {
    let mut page = Page::a4();
    let style = Style {
        cuts_words: false,
        ..Style::prose(Font::Times, 11.0, 13.0).with_spaces(Spaces::Places)
    };
    page.fill(
        &mut [Area::new(200.0, 380.0, 780.0, 300.0)],
        prose(Language::German, 0),
        &style,
    );
    page
}

pub fn a_head_of_two_parts_above_prose() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    let places = [(0.0, Align::Left), (495.0, Align::Right)];
    let rows: [&[&str]; 2] = [
        &["Society for Small Rivers", "Circular no. 14"],
        &["Old Lock House, Lower Bridge", "To all members"],
    ];
    page.table(&mut all, &places, &rows, &cells().with_gap(30.0));
    page.fill(&mut [all.down_to(300.0)], prose(Language::English, 8), &body());
    page
}
