//! Markdown: its text as it stands, one page; its headings are those of `CommonMark`.

use pulldown_cmark::{Event as Mark, Options, Parser, Tag, TagEnd};

use super::{
    Event, Sink,
    clean::clean,
    encoding::decode,
    page_text::{page, title},
};
use crate::{document::Heading, failure::Failure};

pub(super) fn extract(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Failure> {
    let decoded = decode(bytes, None)?;
    let text = clean(&decoded.text);
    sink(Event::PagesTotal(1))?;
    let headings = headings(&text);
    sink(Event::Page(page(1, text, false)))?;
    headings
        .into_iter()
        .try_for_each(|heading| sink(Event::Heading(heading)))?;
    decoded
        .warning
        .map_or(Ok(()), |warning| sink(Event::Warning(warning)))
}

/// The headings with a number sign (ATX) and those underlined (setext), without the marks of emphasis, code and links in them.
fn headings(text: &str) -> Vec<Heading> {
    let mut headings = Vec::new();
    let mut open: Option<(u8, usize, String)> = None;
    let (mut byte, mut offset) = (0, 0);
    // What stands at the head of many files is no text of theirs, and would be taken for an underlined heading.
    let options = Options::ENABLE_YAML_STYLE_METADATA_BLOCKS;
    for (mark, range) in Parser::new_ext(text, options).into_offset_iter() {
        match mark {
            Mark::Start(Tag::Heading { level, .. }) => {
                offset += text[byte..range.start].chars().count();
                byte = range.start;
                open = Some((level as u8, offset, String::new()));
            }
            Mark::End(TagEnd::Heading(_)) => {
                let found = open
                    .take()
                    .map(|(level, offset, text)| (level, offset, title(&text)));
                if let Some((level, offset, title)) = found.filter(|(_, _, title)| !title.is_empty()) {
                    headings.push(Heading {
                        level,
                        title,
                        page: 1,
                        offset,
                    });
                }
            }
            Mark::Text(piece) | Mark::Code(piece) => {
                if let Some((_, _, text)) = &mut open {
                    text.push_str(&piece);
                }
            }
            Mark::SoftBreak | Mark::HardBreak => {
                if let Some((_, _, text)) = &mut open {
                    text.push(' ');
                }
            }
            _ => {}
        }
    }
    headings
}

#[cfg(test)]
mod tests {
    use super::super::testing::collect;
    use super::*;

    fn found(text: &str) -> Vec<(u8, String, usize)> {
        let headings = headings(text).into_iter();
        headings.map(|h| (h.level, h.title, h.offset)).collect()
    }

    #[test]
    fn offsets_count_characters_whatever_the_encoding() {
        let bytes = b"Citt\xe0 e virt\xf9, perch\xe9 no.\r\n\r\n## Pi\xf9\r\n";
        let document = collect(bytes, extract).unwrap();
        let heading = &document.headings[0];
        assert_eq!((heading.title.as_str(), heading.offset), ("Più", 27));
        assert!(
            document.warnings[0].contains("windows-1252"),
            "{:?}",
            document.warnings
        );
    }

    #[test]
    fn headings_of_both_kinds_and_none_in_code() {
        let text = "# Uno #\n\ntesto\n```\n# no\n```\nDue\n===\nTre\n---\n\n---\n#no\n####### no\n\n## Più";
        let at = |needle: &str| {
            text.find(needle)
                .map(|byte| text[..byte].chars().count())
                .unwrap()
        };
        assert_eq!(
            found(text),
            [
                (1, "Uno".into(), 0),
                (1, "Due".into(), at("Due")),
                (2, "Tre".into(), at("Tre")),
                (2, "Più".into(), at("## Più"))
            ]
        );
    }

    #[test]
    fn what_only_looks_like_a_heading_is_none() {
        assert_eq!(found("    # indented code\n\n- an item\n---\n"), []);
        assert_eq!(found("````\n```\n# in a longer fence\n````\n"), []);
        assert_eq!(found("---\ntitle: Essays\n---\n\nText.\n"), []);
        assert_eq!(found("#\n"), []);
    }

    #[test]
    fn a_title_is_plain_text_of_a_bearable_length() {
        assert_eq!(
            found("# The *new* `core` of [it](a.html)\n")[0].1,
            "The new core of it"
        );
        let long = found(&format!("# {}\n", "word ".repeat(10_000)));
        assert!(long[0].1.chars().count() <= 201, "{}", long[0].1.len());
    }
}
