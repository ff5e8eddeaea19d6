//! Lines that run to the left, with words, numbers, addresses and brackets in them that run to the right. Glyphs are drawn as they stand
//! on the page; the text is to come in the order in which it is read. A row of a page that runs to the left begins at the right.

mod brackets;
mod columns;
mod drawing_order;
mod numbers;
mod paragraphs;
mod sheet;
mod tables;

use crate::{Case, draw::Unit};
use sheet::Sheet;

const SIZE: f32 = 12.0;
const LEADING: f32 = 18.0;

/// Where lines begin.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// A run of characters that runs to the left, as it stands on the page.
fn turned(run: &str) -> String {
    let mirrored = run.chars().rev().map(|character| match character {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        '«' => '»',
        '»' => '«',
        other => other,
    });
    mirrored.collect()
}

/// The glyphs of a line from the left to the right; what runs against the rest of the line stands between `|`.
fn glyphs(side: Side, line: &str) -> String {
    let mut runs: Vec<String> = (0..)
        .zip(line.split('|'))
        .map(|(index, run)| {
            let against = index % 2 == 1;
            if (side == Side::Right) == against {
                run.to_owned()
            } else {
                turned(run)
            }
        })
        .collect();
    if side == Side::Right {
        runs.reverse();
    }
    runs.concat()
}

/// A page of paragraphs of lines, whose parts are drawn from one side on; `\t` stands between cells, which begin at these places.
fn page(side: Side, drawn: (Unit, Side), places: &[f32], paragraphs: &[&[&str]]) -> Case {
    let mut sheet = Sheet::default();
    let mut y = 690.0;
    for paragraph in paragraphs {
        for line in *paragraph {
            for (cell, place) in line.split('\t').zip(places) {
                let glyphs = glyphs(side, cell);
                let width_of = |glyphs: &str| sheet::width_of(glyphs, SIZE);
                let left = if side == Side::Right {
                    place - width_of(&glyphs)
                } else {
                    *place
                };
                let mut parts = drawn.0.parts(&glyphs, width_of);
                if drawn.1 == Side::Right {
                    parts.reverse();
                }
                for (x, part) in parts {
                    sheet.show(left + x, y, SIZE, part);
                }
            }
            y -= LEADING;
        }
        y -= LEADING;
    }
    let paragraphs: Vec<String> = paragraphs.iter().map(|lines| lines.join("\n")).collect();
    Case::new(sheet.file(), paragraphs.join("\n\n").replace('|', ""))
}

fn to_the_left(unit: Unit, from: Side, paragraphs: &[&[&str]]) -> Case {
    page(Side::Right, (unit, from), &[535.0], paragraphs)
}

fn to_the_right(paragraphs: &[&[&str]]) -> Case {
    page(Side::Left, (Unit::Line, Side::Left), &[60.0], paragraphs)
}

const HEBREW: &[&[&str]] = &[
    &[
        "הנמל הישן עומד בקצה העיר ליד הים.",
        "שם: |John Smith|",
        "גרסה |Windows Server 2019| לבית הספר",
        "ראה באתר |https://river.example/notes/2019| לפרטים",
        "סה\"כ |1,234,567.89| שקלים",
    ],
    &[
        "הדוח לשנת (|2024|) |2025| הוגש אתמול",
        "הפגישה ביום |12/03/2024| בשעה |18:30|",
        "דואר: |ada@bakery.example|",
        "המחיר הוא |15%| פחות (כולל משלוח)",
        "הוא אמר \"|good morning|\" והלך",
    ],
];
const ARABIC: &[&[&str]] = &[
    &[
        "المنارة القديمة تقف عند البحر.",
        "الاسم: |John Smith|",
        "تاريخ الاجتماع |١٤| إبريل |١٤٣٤|",
        "المجموع |١٢٬٥٠٠| دينار",
        "الإصدار |Windows Server 2019| للمدرسة",
    ],
    &[
        "التقرير (|٢٠٢٤|) |٢٠٢٥| جاهز",
        "راجع الموقع |https://river.example/notes| الآن",
        "السعر |١٥|٪ أقل (مع النقل)",
    ],
];
const PERSIAN: &[&[&str]] = &[
    &[
        "فانوس قدیمی کنار رود میماند.",
        "نام: |Ada Fontana|",
        "قیمت |۱۲٬۵۰۰| تومان",
        "نسخه |Python 3.11| برای دانشجویان",
    ],
    &["کتاب (چاپ دوم) سال |۱۳۹۸|", "نشانی |ada@bakery.example| است"],
];

const ALONE: [&str; 3] = [
    "הנמל הישן עומד בקצה העיר.",
    "המנורה דולקת כל הלילה,",
    "והשומר כותב בספר.",
];

/// The `ToUnicode` map has the forms of the letters within words, and one for two letters that are written as one.
fn arabic_whose_map_has_the_forms_of_letters_page() -> Case {
    let lines = [
        "ﺍﻟﻤﻨﺎﺭﺓ ﺍﻟﻘﺪﻳﻤﺔ ﺗﻘﻒ ﻋﻨﺪ ﺍﻟﺒﺤﺮ",
        "ﺍﻟﺴﻼﻡ ﻋﻠﻰ ﺃﻫﻞ ﺍﻟﺒﻼﺩ ﻛﻠﻬﺎ",
        "ﻻ ﺧﺒﺰ ﻓﻲ ﺍﻟﺒﻴﺖ ﺍﻟﻴﻮﻡ",
    ];
    let mut case = to_the_left(Unit::Line, Side::Left, &[&lines]);
    case.text = [
        "المنارة القديمة تقف عند البحر",
        "السلام على أهل البلاد كلها",
        "لا خبز في البيت اليوم",
    ]
    .join("\n");
    case
}

fn a_table_page() -> Case {
    let rows: &[&str] = &[
        "שם\tמחיר\tתאריך",
        "לחם שחור\t|12.50|\t|3/5/2024|",
        "מנורה ישנה\t|1,200.00|\t|12/11/2023|",
        "|Olive oil|\t|49.90|\t|1/1/2024|",
        "סה\"כ\t|1,262.40|\t(כולל)",
    ];
    page(
        Side::Right,
        (Unit::Line, Side::Left),
        &[535.0, 380.0, 260.0],
        &[rows],
    )
}

fn contents_with_numbers_at_the_left_page() -> Case {
    let rows: &[&str] = &[
        "פרק ראשון: הנמל\t|5|",
        "פרק שני: |Windows| ו-|Linux|\t|17|",
        "פרק שלישי (נספח)\t|123|",
        "מפתח\t|140|",
    ];
    page(Side::Right, (Unit::Line, Side::Left), &[535.0, 120.0], &[rows])
}

fn an_english_table_with_hebrew_cells_page() -> Case {
    let rows: &[&str] = &[
        "Word\tHebrew\tCount",
        "peace and quiet\t|שלום|\t12",
        "bread from here\t|לחם|\t1,200",
        "a lamp for all\t|מנורה|\t7",
    ];
    let places = [60.0, 200.0, 340.0];
    page(Side::Left, (Unit::Line, Side::Left), &places, &[rows])
}

cases! {
    hebrew_in_lines => to_the_left(Unit::Line, Side::Left, HEBREW);
    hebrew_in_words => to_the_left(Unit::Word, Side::Right, HEBREW);
    hebrew_in_glyphs_from_the_right => to_the_left(Unit::Glyph, Side::Right, HEBREW);
    arabic_in_lines => to_the_left(Unit::Line, Side::Left, ARABIC);
    arabic_in_glyphs_from_the_right => to_the_left(Unit::Glyph, Side::Right, ARABIC);
    persian_in_words => to_the_left(Unit::Word, Side::Right, PERSIAN);
    arabic_whose_map_has_the_forms_of_letters => arabic_whose_map_has_the_forms_of_letters_page();
    brackets => to_the_left(
        Unit::Glyph,
        Side::Left,
        &[&[
            "סעיף (א) וסעיף [ב] בחוק",
            "הנוסחה |f(x) = 2x + 1| ברורה",
            "שנה (|2023|) [עמוד |17|]",
            "הקובץ |notes(2).txt| נמחק",
            "ערכים < |5| או > |10| נדחו",
        ]],
    );
    a_table => a_table_page();
    contents_with_numbers_at_the_left => contents_with_numbers_at_the_left_page();
    neighbour_hebrew_alone => to_the_left(Unit::Line, Side::Left, &[&ALONE]);
    neighbour_english_with_a_hebrew_word => to_the_right(&[&[
        "The word |שלום| means peace (since 2024).",
        "They wrote |תודה רבה| on the door, and left.",
        "Price: 12.50 (|לחם|) and 3 more.",
    ]]);
    neighbour_an_english_table_with_hebrew_cells => an_english_table_with_hebrew_cells_page();
    neighbour_greek_and_cyrillic => to_the_right(&[&[
        "Ο φάρος (1987) μένει στο λιμάνι.",
        "Маяк (1987) стоит у моря, 12/03/2024.",
    ]]);
}
