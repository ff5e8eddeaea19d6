//! Notes in the margin beside prose.

use super::{Align, Area, Font, Page, Style, body, note, set_title};
use crate::{
    page::Kind,
    prose::{english, german, italian},
};

const NOTES: [&str; 4] = [
    "The cable was laid in the dry summer.",
    "See the book of the bakers, second part.",
    "Counted by the son of the surveyor.",
    "Clover, not heather, as many believe.",
];

/// Prose with a note beside every second paragraph.
fn page_with_notes(
    prose: (f32, f32),
    margin: (f32, f32),
    notes: &[&'static str],
    style: &Style,
    offset: f32,
) -> Page {
    let mut page = Page::a4();
    beside(
        &mut page,
        Area::new(prose.0, prose.1, 780.0, 60.0),
        margin,
        notes,
        style,
        offset,
    );
    page
}

fn beside(
    page: &mut Page,
    mut text: Area,
    margin: (f32, f32),
    notes: &[&'static str],
    style: &Style,
    offset: f32,
) {
    for (index, text_of_note) in notes.iter().enumerate() {
        let mut side = text.between(margin.0, margin.1);
        page.paragraph(&mut text, english(2 * index), &body());
        side.skip(offset);
        page.paragraph(&mut side, text_of_note, style);
        page.is_a(Kind::SideNote);
        page.paragraph(&mut text, english(2 * index + 1), &body());
    }
}

pub fn small_notes_on_the_right() -> Page {
    page_with_notes((60.0, 430.0), (450.0, 540.0), &NOTES, &note().ragged(), 3.0)
}

pub fn small_notes_on_the_left() -> Page {
    page_with_notes((170.0, 540.0), (60.0, 152.0), &NOTES, &note().ragged(), 3.0)
}

pub fn notes_whose_lines_are_at_the_height_of_the_text() -> Page {
    let style = Style::prose(Font::TimesItalic, 9.0, 12.0).ragged();
    page_with_notes((60.0, 420.0), (440.0, 540.0), &NOTES, &style, 0.0)
}

pub fn long_notes_on_the_right() -> Page {
    let notes = [italian(0), italian(1), italian(2)];
    page_with_notes((50.0, 390.0), (408.0, 545.0), &notes, &note(), 0.0)
}

pub fn long_notes_on_the_left_in_another_font() -> Page {
    let notes = [german(0), german(1), german(2)];
    let style = Style::prose(Font::Helvetica, 7.5, 9.0).ragged();
    page_with_notes((205.0, 545.0), (50.0, 188.0), &notes, &style, 2.0)
}

pub fn a_title_above_prose_with_notes() -> Page {
    let mut page = Page::a4();
    let mut all = Area::new(60.0, 540.0, 780.0, 60.0);
    set_title(&mut page, &mut all, "What Stands in the Margin");
    page.is_a(Kind::Apart);
    beside(
        &mut page,
        all.between(60.0, 430.0),
        (450.0, 540.0),
        &NOTES,
        &note().ragged(),
        0.0,
    );
    page
}

/// As in a textbook: a word that says what a paragraph is about, beside its first line.
pub fn a_keyword_beside_each_paragraph() -> Page {
    let mut page = Page::a4();
    let mut text = Area::new(170.0, 540.0, 780.0, 60.0);
    let bold = Style::plain(Font::HelveticaBold, 9.0);
    let words = [
        "The lamp",
        "Dough",
        "Contours",
        "The dance",
        "Silence",
        "Springs",
        "Goats",
        "Ink",
    ];
    for (index, word) in words.into_iter().enumerate() {
        page.put(60.0, text.y, Align::Left, word, &bold);
        page.paragraph(&mut text, english(index), &body());
        page.block(Kind::SideNote, word);
    }
    page
}

/// One note that goes on beside several paragraphs.
pub fn one_long_note_beside_all_paragraphs() -> Page {
    let mut page = Page::a4();
    let mut text = Area::new(50.0, 390.0, 780.0, 60.0);
    let mut side = Area::new(410.0, 545.0, 780.0, 60.0);
    page.paragraph(&mut text, german(0), &body());
    page.paragraph(
        &mut side,
        english(14),
        &Style::prose(Font::Helvetica, 8.0, 10.0).ragged(),
    );
    page.is_a(Kind::SideNote);
    for number in 1..7 {
        page.paragraph(&mut text, german(number), &body());
    }
    page
}
