//! In which order the text of a page is read: pages of many layouts, set here, whose pieces are set in the order of reading.
//!
//! With `READING_ORDER_FOLDER` each page is written there as `NAME.pdf`, and the texts that are right as `NAME.txt` (the first) and
//! `NAME.2.txt` and so on.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "nothing outside uses this, and a test that cannot go on has failed"
)]

#[path = "../support/difference.rs"]
mod difference;
mod draw;
mod expected;
mod metrics;
mod page;
mod pages;
mod prose;
#[allow(dead_code, reason = "other tests make their files with the rest of it")]
#[path = "../support/mod.rs"]
mod support;
mod typeset;

use std::{env, fs, path::Path, process::Command};

use page::Page;

/// Holds what the encoder reads on a page to what is right.
#[track_caller]
fn check(name: &str, page: &Page) {
    let file = page.pdf();
    let mut texts = expected::texts(page);
    if let Some(folder) = env::var_os("READING_ORDER_FOLDER") {
        write(Path::new(&folder), name, &file, &texts);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.pdf");
    fs::write(&path, file).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_encoder-job"))
        .arg("text")
        .arg(&path)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let text = String::from_utf8(output.stdout).unwrap();
    let text = text.trim_end_matches('\u{c}');
    if !texts.iter().any(|right| right == text) {
        let right = texts.swap_remove(0);
        panic!(
            "{name}: - is what is right, + is what came\n{}",
            difference::difference(&right, text)
        );
    }
}

fn write(folder: &Path, name: &str, file: &[u8], texts: &[String]) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join(name).with_extension("pdf"), file).unwrap();
    for (number, text) in (1..).zip(texts) {
        let extension = if number == 1 {
            "txt".to_owned()
        } else {
            format!("{number}.txt")
        };
        fs::write(folder.join(name).with_extension(extension), text).unwrap();
    }
}

/// A test for each page of a module.
macro_rules! pages {
    ($($module:ident: $($page:ident)*;)*) => {
        $(mod $module {
            $(#[test]
            fn $page() {
                crate::check(concat!(stringify!($module), "-", stringify!($page)), &crate::pages::$module::$page());
            })*
        })*
    };
}

pages! {
    two_columns:
        lines_at_the_same_height
        lines_at_different_heights
        paragraphs_parted_by_half_a_line
        ragged_lines
        a_gutter_of_ten_points
        a_gutter_of_ten_points_and_lines_at_different_heights
        a_gutter_of_twelve_points_between_ragged_lines
        a_gutter_of_fourteen_points_and_words_drawn_one_by_one
        spaces_that_are_numbers
        a_narrow_and_a_wide_column
        a_wide_and_a_narrow_column
        a_short_right_column
        a_short_left_column
        columns_that_begin_at_different_heights
        a_page_number_in_the_middle_of_the_foot
        a_running_head_and_a_page_number
        many_words_cut_at_the_ends_of_lines
        two_languages_side_by_side;
    three_columns:
        lines_at_the_same_height
        lines_at_different_heights
        gutters_of_eleven_points
        ragged_lines
        a_short_last_column
        three_columns_of_different_lengths
        a_title_across_all_and_a_page_number
        a_wide_column_beside_two_narrow_ones
        an_article_in_each_column
        a_box_across_the_two_right_columns_at_the_top
        a_box_across_the_two_right_columns_at_the_foot
        a_box_across_the_two_left_columns_at_the_top
        a_caption_across_the_two_right_columns;
    full_width:
        a_title_above
        a_title_and_an_abstract_above
        a_caption_below
        a_line_above_and_a_line_below
        an_article_whose_lines_are_at_the_same_height
        an_article_whose_lines_are_at_different_heights
        an_article_in_ragged_lines
        three_chapters_each_of_two_columns
        wide_prose_and_columns_by_turns
        three_columns_above_and_two_below
        two_columns_above_and_three_below
        a_quotation_in_large_letters_between;
    drawn_in_turn:
        two_addresses
        a_table_drawn_column_by_column
        three_teasers
        short_columns_with_headings_between
        notes_below_columns_that_are_drawn_last;
    headings:
        two_lines_over_the_left_column
        two_lines_over_each_column
        two_lines_in_very_large_type
        two_lines_over_prose_as_wide_as_the_page
        a_line_in_small_type_above_two_lines;
    wide_tables:
        a_table_below
        a_table_between
        a_table_above_and_a_table_below
        a_picture_and_caption_above_and_a_table_below;
    tight:
        a_page_number_close_below
        a_title_that_is_low_and_a_page_number_close_below
        a_heading_a_line_away_from_columns_above_and_below
        a_centred_heading_over_the_gutter_between
        an_ornament_over_the_gutter_between
        a_foot_note_across_both_that_is_close_to_them
        prose_above_notes_of_two_columns
        two_columns_above_prose
        lines_that_stick_out_into_the_gutter;
    bands:
        five_bands_of_ten_lines
        five_bands_of_six_lines
        five_bands_of_four_lines
        seven_bands_by_turns
        two_three_and_two_columns
        gutters_at_different_places
        two_columns_above_three_without_a_heading
        two_captions_side_by_side
        a_front_page
        a_summary_in_two_languages_above_columns;
    in_columns:
        headings
        headings_at_the_same_height
        a_foot_note_under_the_left_column
        foot_notes_under_both_columns
        a_foot_note_across_both_columns
        quotations_that_stand_in
        bullets
        numbered_points
        a_drop_cap
        a_picture_and_its_caption_in_a_column
        a_table_in_a_column
        formulas_with_numbers
        verse_beside_prose
        a_page_number_far_below_short_columns;
    side_notes:
        small_notes_on_the_right
        small_notes_on_the_left
        notes_whose_lines_are_at_the_height_of_the_text
        long_notes_on_the_right
        long_notes_on_the_left_in_another_font
        a_title_above_prose_with_notes
        a_keyword_beside_each_paragraph
        one_long_note_beside_all_paragraphs;
    spreads:
        two_pages_of_one_column
        two_pages_of_one_column_whose_lines_are_at_different_heights
        two_pages_with_running_heads
        two_pages_with_a_narrow_spine_and_numbers_in_the_middle
        a_chapter_ends_and_another_begins
        two_pages_of_two_columns
        two_pages_of_two_columns_with_something_as_wide_as_each
        a_page_of_one_column_and_one_of_two
        a_title_across_both_pages;
    leaflets:
        a_sidebar_of_short_lines_on_the_left
        a_sidebar_of_short_lines_on_the_right
        a_leaflet_of_three_panels
        four_columns
        five_columns_on_a_wide_page
        questions_in_two_columns;
    drawing_order:
        two_columns_row_by_row
        two_columns_row_by_row_with_words_drawn_one_by_one
        two_columns_from_the_last_line_to_the_first
        two_columns_from_the_foot_of_the_page
        two_columns_in_any_order
        the_right_column_first
        three_columns_row_by_row
        three_columns_in_any_order
        a_box_row_by_row
        an_article_row_by_row
        an_article_from_the_foot_of_the_page
        an_article_in_any_order
        headings_row_by_row
        a_spread_row_by_row
        a_spread_of_columns_in_any_order
        a_gutter_of_ten_points_row_by_row
        gutters_of_eleven_points_row_by_row
        four_columns_row_by_row
        a_title_and_a_page_number_row_by_row
        bands_row_by_row
        a_drop_cap_drawn_last;
    rows:
        a_table_of_numbers
        a_table_of_words
        a_form
        a_form_of_four_fields_in_a_row
        an_address_beside_a_date
        signatures_side_by_side
        long_labels_beside_two_columns_of_amounts
        prices_at_the_right
        prose_with_wide_spaces
        a_head_of_two_parts_above_prose;
    lists:
        contents_with_numbers_at_the_right
        contents_with_dots
        references_with_labels
        paragraphs_with_hanging_numbers
        definitions
        speakers_beside_what_they_say
        code_with_comments
        verse_with_numbers_of_lines
        points_between_paragraphs;
    indexes:
        an_index_of_two_columns
        an_index_of_three_columns
        a_dictionary_of_two_columns
        a_dictionary_of_three_columns;
}
