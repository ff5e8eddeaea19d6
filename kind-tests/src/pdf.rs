//! Small real PDF files, written here so that each test says what is in its document.
//!
//! Source: ISO 32000-1, sections 7.5 (file structure) and 9.4 (text).

use std::fmt::Write as _;

/// Sentences the pages are made of: Francis Bacon, "Of Studies" (1625), in the public domain.
const SENTENCES: [&str; 12] = [
    "Studies serve for delight, for ornament, and for ability.",
    "Their chief use for delight is in privateness and retiring.",
    "For ornament, it is in discourse, and for ability, it is in the judgment and disposition of business.",
    "Expert men can execute, and perhaps judge of particulars, one by one.",
    "The general counsels, and the plots and marshalling of affairs, come best from those that are learned.",
    "To spend too much time in studies is sloth.",
    "To use them too much for ornament is affectation.",
    "They perfect nature, and are perfected by experience.",
    "Crafty men contemn studies, simple men admire them, and wise men use them.",
    "Read not to contradict and confute, nor to believe and take for granted, but to weigh and consider.",
    "Some books are to be tasted, others to be swallowed, and some few to be chewed and digested.",
    "Reading maketh a full man, conference a ready man, and writing an exact man.",
];

/// Lines of text on a page of [`prose`].
const LINES: usize = 40;

/// A document of English prose; every page begins with its own number, and no two pages are alike.
pub fn prose(pages: usize) -> Vec<u8> {
    let contents: Vec<String> = (1..=pages)
        .map(|number| {
            let mut lines = vec![format!("This is page {number} of {pages}.")];
            lines.extend((0..LINES).map(|line| SENTENCES[(number * 7 + line) % SENTENCES.len()].to_owned()));
            page_content(&lines)
        })
        .collect();
    document(pages, &contents)
}

/// A document whose pages all show the same `lines` lines: many pages in a small file, as they share one content.
pub fn repeated(pages: usize, lines: usize) -> Vec<u8> {
    let lines: Vec<String> = (0..lines)
        .map(|line| SENTENCES[line % SENTENCES.len()].to_owned())
        .collect();
    document(pages, &[page_content(&lines)])
}

/// A document whose pages have no text, as after scanning.
pub fn without_text(pages: usize) -> Vec<u8> {
    document(pages, &["0.9 g 72 72 468 648 re f".to_owned()])
}

/// What begins like a PDF and is none: no object can be read, and no trailer leads anywhere.
pub fn broken() -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    // A multiplicative sequence: noise, and the same in every run.
    let noise = std::iter::successors(Some(1_u32), |last| {
        Some(last.wrapping_mul(1_664_525).wrapping_add(1_013_904_223))
    });
    bytes.extend(noise.take(4096).map(|number| 0x80 | number.to_be_bytes()[0]));
    bytes
}

/// A whole PNG file: one pixel.
pub fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.extend(b"\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89");
    bytes.extend(b"\x00\x00\x00\x0aIDATx\x9cc\x00\x01\x00\x00\x05\x00\x01\x0d\x0a\x2d\xb4");
    bytes.extend(b"\x00\x00\x00\x00IEND\xaeB`\x82");
    bytes
}

/// The operators that show lines of text, one below the other.
fn page_content(lines: &[String]) -> String {
    let mut content = String::from("BT /F1 9 Tf 12 TL 50 800 Td\n");
    for line in lines {
        let escaped = line.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        let _ = writeln!(content, "({escaped}) Tj T*"); // Writing to a String cannot fail.
    }
    content.push_str("ET");
    content
}

/// A document whose pages have the contents in turn. What all pages have in common stands in the page tree's root.
fn document(pages: usize, contents: &[String]) -> Vec<u8> {
    let first_content = 4;
    let first_page = first_content + contents.len();
    let kids: Vec<String> = (0..pages)
        .map(|page| format!("{} 0 R", first_page + page))
        .collect();
    let mut objects = vec![
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        format!(
            "<</Type/Pages/Count {pages}/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Kids[{}]>>",
            kids.join(" ")
        ),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>".to_owned(),
    ];
    objects.extend(
        contents
            .iter()
            .map(|content| format!("<</Length {}>>stream\n{content}\nendstream", content.len())),
    );
    objects.extend((0..pages).map(|page| {
        format!(
            "<</Type/Page/Parent 2 0 R/Contents {} 0 R>>",
            first_content + page % contents.len()
        )
    }));
    file(&objects)
}

/// The objects, numbered from 1, with the table of their places and the trailer.
fn file(objects: &[String]) -> Vec<u8> {
    let mut file = String::from("%PDF-1.4\n");
    let mut places = Vec::with_capacity(objects.len());
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        let _ = writeln!(file, "{} 0 obj{object}endobj", index + 1);
    }
    let table = file.len();
    let _ = write!(file, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        let _ = writeln!(file, "{place:010} 00000 n ");
    }
    let _ = write!(
        file,
        "trailer<</Size {}/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n",
        objects.len() + 1
    );
    file.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_the_place_of_every_object() {
        let bytes = prose(3);
        let text = String::from_utf8(bytes).unwrap();
        let table = text.find("xref\n0 ").unwrap();
        assert!(text.ends_with(&format!("startxref\n{table}\n%%EOF\n")));
        let places: Vec<usize> = text[table..]
            .lines()
            .filter_map(|line| line.strip_suffix(" 00000 n "))
            .map(|place| place.parse().unwrap())
            .collect();
        assert_eq!(places.len(), 3 + 3 + 3);
        for (index, place) in places.into_iter().enumerate() {
            assert!(
                text[place..].starts_with(&format!("{} 0 obj<<", index + 1)),
                "object {}",
                index + 1
            );
        }
    }

    #[test]
    fn a_stream_is_as_long_as_it_says() {
        let text = String::from_utf8(repeated(2, 5)).unwrap();
        let (_, after) = text.split_once("<</Length ").unwrap();
        let (length, after) = after.split_once(">>stream\n").unwrap();
        let (content, _) = after.split_once("\nendstream").unwrap();
        assert_eq!(content.len(), length.parse::<usize>().unwrap());
    }

    #[test]
    fn thousands_of_pages_fit_into_a_config_map() {
        assert!(repeated(8_000, 40).len() < 1_000_000);
    }

    #[test]
    fn what_is_broken_still_begins_like_a_pdf() {
        assert!(broken().starts_with(b"%PDF-"));
        assert_eq!(broken(), broken());
    }
}
