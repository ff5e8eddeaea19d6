//! Text that a clipping path or the bounding box of a form hides is left out; what shows at least in part, and a layer of OCR, stay.

use std::fmt::Write as _;

use crate::{
    Case,
    draw::{Content, Type, finish, standard_fonts},
    metrics::Font,
    support::PdfBuilder,
};

const STYLE: Type = Type::new(Font::Helvetica, 11.0);
const FIRST: [&str; 3] = [
    "What can be seen on this page comes first,",
    "in three lines of prose about the harbour,",
    "which nothing covers and nothing cuts.",
];
const LAST: [&str; 3] = [
    "Then comes a paragraph of three lines more,",
    "in which the keeper goes down to the cellar",
    "and ends what can be seen.",
];
const HIDDEN: &str = "Words that nobody sees";
const CIRCLE: &str = "350 200 m 378 200 400 178 400 150 c 400 122 378 100 350 100 c 322 100 300 122 300 150 c \
                      300 178 322 200 350 200 c h W n";
const SEEN: &str = "A line within its clip";

/// A form: what stands in its dictionary, and what it draws.
type Form<'d> = (&'d str, Content);

/// One line at a place.
fn line(x: f32, y: f32, text: &str) -> Content {
    let mut content = Content::default();
    content.show(x, y, text, STYLE);
    content
}

/// What is drawn after an operator that begins, and before one that ends.
fn within(before: &str, inner: &Content, after: &str) -> Content {
    let mut content = Content::default();
    content.draw(before);
    content.append(inner);
    content.draw(after);
    content
}

/// Two paragraphs with something between them, of which the text is to be read, if there is any. Forms are called `/X0`, `/X1` and so
/// on; each may use those before it.
fn page(between: &Content, text: &str, forms: &[Form]) -> Case {
    let mut builder = PdfBuilder::default();
    let fonts = standard_fonts(&mut builder);
    let mut entries = String::new();
    for (index, (dictionary, content)) in forms.iter().enumerate() {
        let dictionary = format!(
            "/Type /XObject /Subtype /Form {dictionary} /Resources << {fonts} /XObject << {entries}>> >>"
        );
        let number = builder.stream(&dictionary, content.bytes());
        write!(entries, "/X{index} {number} 0 R ").unwrap();
    }
    let mut content = Content::default();
    content.lines(60.0, 786.0, 13.0, &FIRST, STYLE);
    content.append(between);
    content.lines(60.0, 600.0, 13.0, &LAST, STYLE);
    let resources = format!("{fonts} /XObject << {entries}>>");
    let file = finish(builder, content.bytes(), &resources);
    let texts = [&FIRST.join("\n"), text, &LAST.join("\n")];
    let texts: Vec<&str> = texts.into_iter().filter(|text| !text.is_empty()).collect();
    Case::new(file, texts.join("\n\n"))
}

/// A line that is drawn after these operators and does not show.
fn hidden_by(clip: &str) -> Case {
    let content = within(&format!("q {clip}"), &line(60.0, 700.0, HIDDEN), "Q");
    page(&content, "", &[])
}

/// A line that is drawn after these operators and shows.
fn seen_through(clip: &str) -> Case {
    let content = within(&format!("q {clip}"), &line(60.0, 680.0, SEEN), "Q");
    page(&content, SEEN, &[])
}

fn draw(operators: &str) -> Content {
    let mut content = Content::default();
    content.draw(operators);
    content
}

fn a_form_whose_box_is_elsewhere_page() -> Case {
    let form = ("/BBox [300 100 400 150]", line(60.0, 700.0, HIDDEN));
    page(&draw("/X0 Do"), "", &[form])
}

fn a_form_of_which_one_line_is_in_the_box_page() -> Case {
    let mut form = line(0.0, 10.0, "A form has a line that is seen");
    form.append(&line(0.0, 80.0, HIDDEN));
    form.append(&line(0.0, -40.0, "cut off below"));
    page(
        &draw("q 1 0 0 1 60 660 cm /X0 Do Q"),
        "A form has a line that is seen",
        &[("/BBox [0 0 300 40]", form)],
    )
}

fn a_form_in_a_form_that_hides_it_page() -> Case {
    let inner = ("/BBox [0 0 595 842]", line(60.0, 700.0, HIDDEN));
    let outer = ("/BBox [300 100 400 150]", draw("/X0 Do"));
    page(&draw("/X1 Do"), "", &[inner, outer])
}

fn a_form_with_its_text_inside_page() -> Case {
    let form = ("/BBox [0 -4 200 12]", line(0.0, 0.0, SEEN));
    page(&draw("q 1 0 0 1 60 680 cm /X0 Do Q"), SEEN, &[form])
}

fn text_that_is_filled_with_a_picture_page() -> Case {
    let mut content = Content::default();
    content.draw("q");
    let large = Type::new(Font::HelveticaBold, 30.0);
    content.show_with("7 Tr", 60.0, 670.0, "PICTURED", large);
    content.draw("0.5 g 50 660 300 50 re f Q");
    page(&content, "PICTURED", &[])
}

fn a_clip_around_each_cell_page() -> Case {
    let mut content = Content::default();
    let mut rows = Vec::new();
    for (row, y) in [(1, 700.0), (2, 684.0), (3, 668.0), (4, 652.0)] {
        let mut cells = Vec::new();
        for (column, x) in [(1, 60.0), (2, 180.0), (3, 300.0)] {
            let cell = format!("cell {row}.{column}");
            let clip = format!("q {} {} 112 15 re W n", x - 4.0, y - 5.0);
            content.append(&within(&clip, &line(x, y, &cell), "Q"));
            cells.push(cell);
        }
        rows.push(cells.join("\t"));
    }
    page(&content, &rows.join("\n"), &[])
}

/// Text that is not painted, under a picture as large as the page.
fn a_layer_of_ocr_within_a_clip_page() -> Case {
    let lines = [
        "Words that OCR read in a picture,",
        "which stand under it and are not seen,",
        "but are found by those who look for them.",
    ];
    let mut builder = PdfBuilder::default();
    let fonts = standard_fonts(&mut builder);
    let picture = builder.stream(
        "/Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace /DeviceGray /BitsPerComponent 8",
        &[0x80; 64],
    );
    let mut text = Content::default();
    text.draw("3 Tr");
    text.lines(60.0, 700.0, 14.0, &lines, STYLE);
    let mut content = within("q 0 0 595 842 re W n", &text, "Q");
    content.draw("q 595 0 0 842 0 0 cm /X0 Do Q");
    let resources = format!("{fonts} /XObject << /X0 {picture} 0 R >>");
    Case::new(finish(builder, content.bytes(), &resources), lines.join("\n"))
}

cases! {
    a_rectangle_without_a_size => hidden_by("60 700 0 0 re W n");
    a_rectangle_elsewhere => hidden_by("300 100 200 50 re W n");
    a_rectangle_of_negative_size => hidden_by("500 150 -200 -50 re W n");
    a_triangle_whose_bounding_box_holds_the_text => hidden_by("40 860 m 400 860 l 400 540 l h W n");
    a_circle_elsewhere => hidden_by(CIRCLE);
    two_rectangles_that_do_not_meet => hidden_by("50 690 200 40 re W n 300 690 200 40 re W n");
    a_clip_that_a_matrix_moves => hidden_by("1 0 0 1 400 0 cm 0 690 100 40 re W n 1 0 0 1 -400 0 cm");
    a_form_whose_box_is_elsewhere => a_form_whose_box_is_elsewhere_page();
    a_form_of_which_one_line_is_in_the_box => a_form_of_which_one_line_is_in_the_box_page();
    a_form_in_a_form_that_hides_it => a_form_in_a_form_that_hides_it_page();
    neighbour_a_clip_of_the_whole_page => seen_through("0 0 595 842 re W n");
    neighbour_glyphs_cut_in_half => seen_through("50 683 300 40 re W n");
    neighbour_a_clip_that_has_ended => seen_through("q 300 100 20 20 re W n Q");
    neighbour_a_polygon_around_the_text => seen_through("40 660 m 400 660 l 420 720 l 40 720 l h W* n");
    neighbour_a_form_with_its_text_inside => a_form_with_its_text_inside_page();
    neighbour_text_that_is_filled_with_a_picture => text_that_is_filled_with_a_picture_page();
    neighbour_a_clip_around_each_cell => a_clip_around_each_cell_page();
    neighbour_a_layer_of_ocr_within_a_clip => a_layer_of_ocr_within_a_clip_page();
}
