//! Pages of entries: contents, references, definitions, code. None of them is in columns.

use super::{Align, Font, Page, Style, a4, body, heading, set_title};
use crate::{
    page::Kind,
    prose::{english, german, italian},
};

fn entries() -> Style {
    Style::plain(Font::Times, 11.0)
}

const CHAPTERS: [[&str; 2]; 18] = [
    ["Preface", "vii"],
    ["1 The Light and the Cable", "1"],
    ["1.1 Ninety years of oil", "3"],
    ["1.2 Two nights in winter", "9"],
    ["1.3 What the keeper wrote into his book", "14"],
    ["2 Bread", "21"],
    ["2.1 The evening before", "22"],
    ["2.2 On patience", "30"],
    ["3 Maps and Those Who Made Them", "37"],
    ["3.1 Chains, poles and steps in the snow", "38"],
    ["3.2 The library's small books", "45"],
    ["4 Bees", "52"],
    ["4.1 The dance", "53"],
    ["4.2 Rain", "60"],
    ["5 Silence of a Wheel", "66"],
    ["5.1 Eleven letters", "67"],
    ["Notes", "81"],
    ["Index", "97"],
];

pub fn contents_with_numbers_at_the_right() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0).between(90.0, 505.0);
    set_title(&mut page, &mut all, "Contents");
    let rows: Vec<&[&str]> = CHAPTERS.iter().map(|row| &row[..]).collect();
    page.table(
        &mut all,
        &[(0.0, Align::Left), (415.0, Align::Right)],
        &rows,
        &entries(),
    );
    page
}

pub fn contents_with_dots() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0).between(90.0, 505.0);
    set_title(&mut page, &mut all, "Contents");
    let style = entries();
    let mut lines = Vec::new();
    for [name, number] in CHAPTERS {
        let room = all.right - all.left - style.width(name) - style.width(number) - 2.0 * style.width(" ");
        let mut dots = String::new();
        while style.width(&dots) + style.width(".") < room {
            dots.push('.');
        }
        let line = format!("{name} {dots} {number}");
        page.put(all.right, all.y, Align::Right, &line, &style);
        all.skip(style.leading);
        lines.push(line);
    }
    page.block(Kind::Text, lines.join("\n"));
    page
}

pub fn references_with_labels() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0).between(80.0, 515.0);
    page.line(&mut all, Align::Left, "References", &heading());
    let works = [
        "A. Fontana. On the patience of dough: observations of a baker over nineteen winters. Proceedings of the Society \
         for Small Rivers, 4(2), pages 11 to 29, 2009.",
        "B. Keller and F. Huber. Ropes and ferries. Harbour Press, Riverside, 1998.",
        "C. Moro. Why contours are tired: the notebooks of the county surveyors, with a list of all hills that were \
         counted twice. County Library, 2014.",
        "D. Amsel. Nights with the old lamp. In I. Galli (editor), What the Harbour Remembers, pages 1 to 9. Harbour \
         Press, Riverside, 2001.",
        "E. Rinaldi. A furnace is never cold. Journal of Slow Crafts, 17, pages 203 to 221, 2011.",
        "G. Costa. Four hundred pairs of hands: how a library moved on a Sunday, told by those who stood in the line. \
         Market Square Books, 2017.",
        "H. Lindner. The exactness of a dance, measured with string. Letters on Bees, 2(1), pages 5 to 8, 1995.",
        "J. Winter. Springs and pinions of the valley and the mule that carried them. Harbour Press, Riverside, 1989.",
        "K. Vento. Eleven letters of complaint about silence. Archive of the Council, shelf nine, 2021.",
    ];
    let labels = ["[1]", "[2]", "[3]", "[4]", "[5]", "[6]", "[7]", "[8]", "[9]"];
    for (label, work) in labels.into_iter().zip(works) {
        page.item(&mut all, label, 22.0, work, &body());
        if label != "[1]" {
            page.is_close();
        }
    }
    page
}

/// As a law has it: each paragraph's number hangs far before it.
pub fn paragraphs_with_hanging_numbers() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0).between(80.0, 515.0);
    for (number, label) in ["§ 1", "§ 2", "§ 3", "§ 4", "§ 5", "§ 6", "§ 7", "§ 8"]
        .into_iter()
        .enumerate()
    {
        page.item(&mut all, label, 45.0, german(number), &body());
    }
    page
}

/// Each word stands at the left, what it means at the right.
pub fn definitions() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0).between(70.0, 525.0);
    let words = [
        "Basin", "Contour", "Dough", "Foragers", "Keeper", "Pinion", "Poplar", "Wick",
    ];
    let meanings = [
        "a hollow that was cut into the rock above the beach, in which sea water dries until nothing but its salt is left",
        "a line on a map that joins what is equally high; see also hills",
        "flour, water and time, mixed by hand in the evening and left alone until the morning, when it has grown",
        "bees that leave the hive to look for flowers, and come back to tell the others where they are",
        "a man or woman who stays awake so that others may sleep on their ships, paid by the harbour",
        "a small wheel with few teeth",
        "a tree that grows fast and straight, planted in rows where the wind comes from a plain",
        "what burns in a lamp, or rather what lets the oil burn and itself burns as little as it can",
    ];
    for (word, meaning) in words.into_iter().zip(meanings) {
        page.item(&mut all, word, 110.0, meaning, &body());
        page.is_close();
    }
    page
}

pub fn speakers_beside_what_they_say() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0).between(80.0, 515.0);
    let speakers = [
        "Keeper:", "Student:", "Keeper:", "Student:", "Keeper:", "Student:", "Keeper:",
    ];
    let lines = [
        "You want to see the book? It lies where it always lay, under the lamp, and nobody but me has ever turned its pages.",
        "I only want to see the two nights.",
        "Then you must read all the others too, because without them the two are nothing but two nights on which a man \
         carried a lamp up a flight of stairs.",
        "How many are there?",
        "Thirty-two thousand and some. I counted once, in a winter with little fog, and lost the number in the spring.",
        "I have time until the last ferry, and the ferryman says that he waits for those who read.",
        "He says so every year.",
    ];
    for (speaker, line) in speakers.into_iter().zip(lines) {
        page.item(&mut all, speaker, 70.0, line, &body());
        page.is_close();
    }
    page
}

pub fn code_with_comments() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0);
    page.paragraph(&mut all, english(5), &body());
    all.skip(6.0);
    let places = [(0.0, Align::Left), (290.0, Align::Left)];
    let rows: [&[&str]; 16] = [
        &["fn light(night: &Night) -> Lamp {", "// once for each night"],
        &["let mut lamp = Lamp::trimmed();", "// never by its own flame"],
        &["let oil = cellar().take(3);", "// litres"],
        &["if night.is_stormy() {", "// more than nine"],
        &["lamp.add_wick();", "// the thick one"],
        &["lamp.fill(oil.double());", "// until the morning"],
        &["}"],
        &["for ship in night.ships() {", "// in order of arrival"],
        &["book().write(ship.name());", "// with a pencil"],
        &["lamp.turn();", "// a third of the circle"],
        &["}"],
        &["let cable = Cable::test();", "// since the new law"],
        &["assert!(cable.is_dead());", "// as the keeper said"],
        &["lamp.shade(night.moon());", "// full moon: half"],
        &["lamp", "// handed on at dawn"],
        &["}"],
    ];
    page.table(
        &mut all,
        &places,
        &rows,
        &Style::plain(Font::Courier, 9.0).with_gap(14.0),
    );
    page.paragraph(&mut all, english(6), &body());
    page
}

pub fn verse_with_numbers_of_lines() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0).between(140.0, 455.0);
    set_title(&mut page, &mut all, "The Wheel");
    let rows: [&[&str]; 15] = [
        &["The wheel stood still, the river ran"],
        &["beneath the frozen sky,"],
        &["and from the mill there came a man"],
        &["who could not tell us why"],
        &["the stones lay idle in the dark", "5"],
        &["with flour on their face,"],
        &["and why the dog had ceased to bark"],
        &["and left his usual place."],
        &["The council met, the council wrote,"],
        &["the council went to bed,", "10"],
        &["and one forgotten, empty boat"],
        &["drove down the stream instead."],
        &["It touched the wheel, the wheel went round,"],
        &["the village fell asleep,"],
        &["and silence is another sound", "15"],
    ];
    page.table(
        &mut all,
        &[(0.0, Align::Left), (315.0, Align::Right)],
        &rows,
        &entries(),
    );
    page
}

/// Three paragraphs of prose as wide as the page with lists of short points between.
pub fn points_between_paragraphs() -> Page {
    let mut page = Page::a4();
    let mut all = a4(60.0).between(80.0, 515.0);
    for number in 0..3 {
        page.paragraph(&mut all, italian(number), &body());
        for (label, point) in [
            ("a)", "remi, timone e una corda di riserva"),
            ("b)", "pane per due giorni, acqua per tre"),
            ("c)", "il libro delle maree"),
            ("d)", "una coperta asciutta"),
        ] {
            let mut inner = all.between(100.0, 515.0);
            page.item(&mut inner, label, 18.0, point, &body().with_gap(0.0));
            if label != "a)" {
                page.is_close();
            }
            all.y = inner.y;
        }
        all.skip(body().gap);
    }
    page.paragraph(&mut all, italian(4), &body());
    page
}
