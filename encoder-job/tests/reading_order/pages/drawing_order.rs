//! Pages whose content streams draw the lines in another order than that of reading.

use super::{Page, bands, full_width, in_columns, leaflets, spreads, three_columns, tight, two_columns};
use crate::draw::Order;

pub fn two_columns_row_by_row() -> Page {
    two_columns::lines_at_the_same_height().in_order(Order::RowByRow)
}

pub fn two_columns_row_by_row_with_words_drawn_one_by_one() -> Page {
    two_columns::a_gutter_of_fourteen_points_and_words_drawn_one_by_one().in_order(Order::RowByRow)
}

pub fn two_columns_from_the_last_line_to_the_first() -> Page {
    two_columns::paragraphs_parted_by_half_a_line().in_order(Order::Reversed)
}

pub fn two_columns_from_the_foot_of_the_page() -> Page {
    two_columns::lines_at_different_heights().in_order(Order::Upwards)
}

pub fn two_columns_in_any_order() -> Page {
    two_columns::a_gutter_of_ten_points().in_order(Order::Shuffled(11))
}

pub fn the_right_column_first() -> Page {
    two_columns::a_page_number_in_the_middle_of_the_foot().in_order(Order::RightFirst)
}

pub fn three_columns_row_by_row() -> Page {
    three_columns::lines_at_the_same_height().in_order(Order::RowByRow)
}

pub fn three_columns_in_any_order() -> Page {
    three_columns::lines_at_different_heights().in_order(Order::Shuffled(5))
}

pub fn a_box_row_by_row() -> Page {
    three_columns::a_box_across_the_two_right_columns_at_the_top().in_order(Order::RowByRow)
}

pub fn an_article_row_by_row() -> Page {
    full_width::an_article_whose_lines_are_at_the_same_height().in_order(Order::RowByRow)
}

pub fn an_article_from_the_foot_of_the_page() -> Page {
    full_width::an_article_whose_lines_are_at_different_heights().in_order(Order::Upwards)
}

pub fn an_article_in_any_order() -> Page {
    full_width::an_article_in_ragged_lines().in_order(Order::Shuffled(3))
}

pub fn headings_row_by_row() -> Page {
    in_columns::headings_at_the_same_height().in_order(Order::RowByRow)
}

pub fn a_spread_row_by_row() -> Page {
    spreads::two_pages_of_one_column().in_order(Order::RowByRow)
}

pub fn a_spread_of_columns_in_any_order() -> Page {
    spreads::two_pages_of_two_columns().in_order(Order::Shuffled(8))
}

pub fn a_gutter_of_ten_points_row_by_row() -> Page {
    two_columns::a_gutter_of_ten_points().in_order(Order::RowByRow)
}

pub fn gutters_of_eleven_points_row_by_row() -> Page {
    three_columns::gutters_of_eleven_points().in_order(Order::RowByRow)
}

pub fn four_columns_row_by_row() -> Page {
    leaflets::four_columns().in_order(Order::RowByRow)
}

pub fn a_title_and_a_page_number_row_by_row() -> Page {
    tight::a_title_that_is_low_and_a_page_number_close_below().in_order(Order::RowByRow)
}

pub fn bands_row_by_row() -> Page {
    bands::two_three_and_two_columns().in_order(Order::RowByRow)
}

pub fn a_drop_cap_drawn_last() -> Page {
    in_columns::a_drop_cap().in_order(Order::Reversed)
}
