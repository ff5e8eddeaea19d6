//! Markdown: its text as it stands, one page; its headings are those of `CommonMark`, outside of fenced code.

use super::{Event, Sink, clean::clean, encoding::decode, page_text::page};
use crate::{document::Heading, failure::Failure};

pub(super) fn extract(bytes: &[u8], sink: &mut Sink<'_>) -> Result<(), Failure> {
    let decoded = decode(bytes, None)?;
    let text = clean(&decoded.text);
    sink(Event::PagesTotal(1))?;
    let headings = headings(&text);
    sink(Event::Page(page(1, text)))?;
    headings
        .into_iter()
        .try_for_each(|heading| sink(Event::Heading(heading)))?;
    decoded
        .remark
        .map_or(Ok(()), |remark| sink(Event::Remark(remark)))
}

/// The headings with a number sign (ATX) and those underlined (setext).
fn headings(text: &str) -> Vec<Heading> {
    let mut headings = Vec::new();
    let mut fence: Option<&str> = None;
    let mut offset = 0;
    let mut previous: Option<(usize, &str)> = None;
    for line in text.split('\n') {
        let trimmed = line.trim_start();
        if let Some(mark) = fence {
            if trimmed.starts_with(mark) {
                fence = None;
            }
        } else if let Some(mark) = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark)) {
            fence = Some(mark);
            previous = None;
        } else {
            let found = atx(trimmed)
                .map(|(level, title)| (level, title, offset))
                .or_else(|| {
                    let (start, title) = previous?;
                    Some((underline(trimmed)?, title, start))
                });
            previous = match found {
                Some((level, title, offset)) => {
                    headings.push(Heading {
                        level,
                        title: title.trim().to_owned(),
                        page: 1,
                        offset,
                    });
                    None
                }
                None if trimmed.is_empty() => None,
                None => Some((offset, line)),
            };
        }
        offset += line.chars().count() + 1;
    }
    headings
}

fn atx(line: &str) -> Option<(u8, &str)> {
    let rest = line.trim_start_matches('#');
    let level = line.len() - rest.len();
    if !(1..=6).contains(&level) || !rest.starts_with([' ', '\t']) {
        return None;
    }
    let title = rest.trim().trim_end_matches('#').trim_end();
    (!title.is_empty()).then(|| (u8::try_from(level).unwrap_or(6), title))
}

fn underline(line: &str) -> Option<u8> {
    let line = line.trim_end();
    if line.len() < 2 {
        return None;
    }
    if line.bytes().all(|byte| byte == b'=') {
        return Some(1);
    }
    line.bytes().all(|byte| byte == b'-').then_some(2)
}

#[cfg(test)]
mod tests {
    use super::super::testing::collect;
    use super::*;

    #[test]
    fn offsets_count_characters_whatever_the_encoding() {
        let bytes = b"Citt\xe0 e virt\xf9, perch\xe9 no.\r\n\r\n## Pi\xf9\r\n";
        let document = collect(bytes, extract).unwrap();
        let heading = &document.headings[0];
        assert_eq!((heading.title.as_str(), heading.offset), ("Più", 27));
        assert!(
            document.remarks[0].contains("windows-1252"),
            "{:?}",
            document.remarks
        );
    }

    #[test]
    fn headings_of_both_kinds_and_none_in_code() {
        let text = "# Uno #\n\ntesto\n```\n# no\n```\nDue\n===\nTre\n---\n\n---\n#no\n####### no\n## Più";
        let found: Vec<_> = headings(text)
            .into_iter()
            .map(|h| (h.level, h.title, h.offset))
            .collect();
        let at = |needle: &str| {
            text.find(needle)
                .map(|byte| text[..byte].chars().count())
                .unwrap()
        };
        assert_eq!(
            found,
            [
                (1, "Uno".into(), 0),
                (1, "Due".into(), at("Due")),
                (2, "Tre".into(), at("Tre")),
                (2, "Più".into(), at("## Più"))
            ]
        );
    }
}
