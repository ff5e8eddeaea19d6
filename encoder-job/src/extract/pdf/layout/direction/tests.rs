use super::*;

const LEFT: Base = Base {
    is_left: true,
    brackets: Brackets::Unknown,
};

fn ordered(line: &str) -> String {
    let cells: Vec<String> = line.split('\t').map(str::to_owned).collect();
    let page = Base {
        is_left: line.chars().any(runs_left),
        ..Base::RIGHT
    };
    in_logical_order(cells, page)
}

fn in_english(line: &str) -> String {
    in_logical_order(vec![line.to_owned()], Base::RIGHT)
}

#[test]
fn other_scripts_stay_as_they_are() {
    assert_eq!(ordered("left (to) right 12"), "left (to) right 12");
    assert_eq!(in_english("one\ttwo"), "one\ttwo");
}

#[test]
fn a_line_is_read_from_the_right() {
    // "shalom olam" as seen.
    assert_eq!(ordered("םלוע םולש"), "שלום עולם");
    assert_eq!(ordered("!םולש"), "שלום!");
}

#[test]
fn numbers_and_words_that_run_to_the_right_stay_whole() {
    assert_eq!(ordered("1,234 םולש"), "שלום 1,234");
    assert_eq!(ordered("1,234,567.89 כ\"הס"), "סה\"כ 1,234,567.89");
    assert_eq!(ordered("ABC def םולש םלוע"), "עולם שלום ABC def");
    assert_eq!(ordered("Windows Server 2019 הסרג"), "גרסה Windows Server 2019");
    assert_eq!(ordered("John Smith :םש"), "שם: John Smith");
    assert_eq!(
        ordered("רתאב https://a.org/b-c?d=1 האר"),
        "ראה https://a.org/b-c?d=1 באתר"
    );
    assert_eq!(ordered("03-1234567 ןופלט"), "טלפון 03-1234567");
}

#[test]
fn numbers_beside_each_other_are_read_from_the_right() {
    assert_eq!(ordered("31 12 םימי"), "ימים 12 31");
    assert_eq!(ordered("١٤٣٤ ليربإ ١٤"), "١٤ إبريل ١٤٣٤");
    assert_eq!(ordered("١٢٬٥٠٠ ددع"), "عدد ١٢٬٥٠٠");
    assert_eq!(ordered("٪١٥ رعسلا"), "السعر ١٥٪");
    assert_eq!(ordered("555-0199 فتاه"), "هاتف 0199-555");
}

#[test]
fn brackets_are_mirrored_once() {
    assert_eq!(ordered("(ב) א"), "א (ב)");
    assert_eq!(ordered("(2024) 2025 הנש"), "שנה 2025 (2024)");
    assert_eq!(ordered("(2019) Windows הסרג"), "גרסה Windows (2019)");
    assert_eq!(ordered("Server (x64) הסרג"), "גרסה Server (x64)");
    assert_eq!(ordered("(Windows) הסרג"), "גרסה (Windows)");
    assert_eq!(ordered("רכמנ Dune (1965) רפסה"), "הספר Dune (1965) נמכר");
    assert_eq!(ordered("קחמנ notes(2).txt ץבוקה"), "הקובץ notes(2).txt נמחק");
    // A writer that says what the brackets were.
    assert_eq!(ordered(")ב( א"), "א (ב)");
}

#[test]
fn brackets_that_are_closed_on_another_line_stand_at_the_words_within_them() {
    // As seen, and as written.
    assert_eq!(ordered("םהבו) ןשיה"), "הישן (ובהם");
    assert_eq!(ordered("םהבו( ןשיה"), "הישן (ובהם");
    assert_eq!(ordered("הנושאר העצה (א"), "א) הצעה ראשונה");
    assert_eq!(ordered("הנושאר העצה )א"), "א) הצעה ראשונה");
    assert_eq!(ordered("«ادغ يقتلنس» لاق"), "قال «سنلتقي غدا»");
    assert_eq!(ordered("»ادغ يقتلنس« لاق"), "قال «سنلتقي غدا»");
}

#[test]
fn persian_numbers_behind_letters_are_read_as_arabic_ones() {
    assert_eq!(ordered("۵۵۵۱۲۳۴-۰۲۱ نفلت"), "تلفن ۰۲۱-۵۵۵۱۲۳۴");
    assert_eq!(ordered("٪۵ تمیق"), "قیمت ۵٪");
}

#[test]
fn cells_are_read_from_the_right_each_by_itself() {
    assert_eq!(ordered("2.6\t-4.3\tלכה ךס"), "סך הכל\t-4.3\t2.6");
    assert_eq!(
        in_logical_order(["2014", "2013"].map(str::to_owned).into(), LEFT),
        "2013\t2014"
    );
}

#[test]
fn a_word_in_a_line_that_runs_to_the_right_is_turned() {
    assert_eq!(
        in_english("the word םולש means peace"),
        "the word שלום means peace"
    );
    assert_eq!(
        in_english("the words םלוע םולש (2024)"),
        "the words שלום עולם (2024)"
    );
    assert_eq!(
        in_logical_order(vec!["A line with the word םולש in it.".to_owned()], LEFT),
        "A line with the word שלום in it."
    );
}

#[test]
fn presentation_forms_become_letters() {
    // Lam-alef, one glyph.
    assert_eq!(ordered("\u{fefb}"), "\u{644}\u{627}");
}
