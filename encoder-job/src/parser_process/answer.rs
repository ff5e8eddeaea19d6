//! What the parser's process may say: it may be in a stranger's hands, so that its answer is held to the rules that every document keeps.

use crate::{
    document::{PAGE_END, Page},
    extract::Event,
    failure::{Failure, FailureReason},
};

/// Each piece of a document counts with so many bytes besides its text.
const PIECE_BYTES: usize = 64;
/// The most bytes of a frame besides the text in it: what is around it, or a failure.
const FRAME_BYTES: usize = 64 << 10;
/// In JSON a character of clean text takes twice its bytes at most: a line end, a tab, a quotation mark or a backslash.
const JSON_BYTES: usize = 2;

/// What has come of a document so far.
pub(super) struct Answer {
    text_bytes: u64,
    /// Bytes of text that may still come.
    left: usize,
    /// How many pages were announced.
    total: Option<u32>,
    /// How many characters each page has.
    pages: Vec<usize>,
}

impl Answer {
    /// Nothing yet, of a document that may have so many bytes of text.
    pub(super) fn new(text_bytes: u64) -> Self {
        Self {
            text_bytes,
            left: usize::try_from(text_bytes).unwrap_or(usize::MAX),
            total: None,
            pages: Vec::new(),
        }
    }

    /// The most bytes that the next frame may have. A longer one has more text than may still come.
    pub(super) fn most_frame_bytes(&self) -> usize {
        self.left.saturating_mul(JSON_BYTES).saturating_add(FRAME_BYTES)
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// `OutOfMemory` where it has more text than may come; `Malformed` where it breaks a rule.
    pub(super) fn take(&mut self, event: &Event) -> Result<(), Failure> {
        let text = match event {
            Event::PagesTotal(_) => 0,
            Event::Page(page) => page.text.len(),
            Event::Heading(heading) => heading.title.len(),
            Event::Warning(warning) => warning.len(),
        };
        self.left = self
            .left
            .checked_sub(text.saturating_add(PIECE_BYTES))
            .ok_or_else(|| self.too_much_text())?;
        self.judge(event).map_err(|what| breach(&what))
    }

    /// # Errors
    /// `Malformed` where the document is not whole.
    pub(super) fn end(&self) -> Result<(), Failure> {
        match self.total {
            Some(total) if total as usize == self.pages.len() => Ok(()),
            Some(total) => Err(breach(&format!("{} of {total} pages came", self.pages.len()))),
            None => Err(breach("it did not say how many pages there are")),
        }
    }

    fn judge(&mut self, event: &Event) -> Result<(), String> {
        match event {
            Event::PagesTotal(total) => {
                if self.total.replace(*total).is_some() {
                    return Err("it said twice how many pages there are".to_owned());
                }
            }
            Event::Page(page) => {
                let total = self.total.unwrap_or(0);
                let expected = self.pages.len() + 1;
                if page.number as usize != expected || page.number > total {
                    let number = page.number;
                    return Err(format!(
                        "page {number} of {total} came where page {expected} should"
                    ));
                }
                judge_text(page)?;
                self.pages.push(page.text.chars().count());
            }
            Event::Heading(heading) => {
                let page = (heading.page as usize).checked_sub(1);
                let length = page.and_then(|index| self.pages.get(index));
                let stands = length.is_some_and(|&length| heading.offset <= length);
                if !stands {
                    return Err(format!(
                        "a heading stands on page {} at character {}, where no text is",
                        heading.page, heading.offset
                    ));
                }
                if heading.level == 0 || heading.title.contains('\n') {
                    return Err("a heading has no level, or more than one line".to_owned());
                }
            }
            Event::Warning(_) => {}
        }
        Ok(())
    }

    /// The failure of a document with more text than may come.
    pub(super) fn too_much_text(&self) -> Failure {
        let message = format!(
            "the document has more than {} KiB of text, more than can be encoded in this memory; it may be a decompression bomb",
            self.text_bytes >> 10
        );
        Failure::new(FailureReason::OutOfMemory, message)
    }
}

/// A page's text is clean: positions and pages of all chunks count on it.
fn judge_text(page: &Page) -> Result<(), String> {
    let number = page.number;
    if page.text.trim().len() != page.text.len() {
        return Err(format!("page {number} begins or ends with whitespace"));
    }
    // Control characters of two bytes begin with C2: where no byte may be of one, no character need be looked at.
    let may_be_wrong =
        |byte: u8| (byte < b' ' && byte != b'\n' && byte != b'\t') || matches!(byte, 0x7f | 0xc2);
    if !page.text.bytes().any(may_be_wrong) {
        return Ok(());
    }
    let wrong = page.text.chars().find(|&character| {
        character == PAGE_END || (character.is_control() && !matches!(character, '\n' | '\t'))
    });
    wrong.map_or(Ok(()), |wrong| {
        Err(format!("page {number} has the control character {wrong:?}"))
    })
}

/// The failure of a document whose parser breaks a rule.
pub(super) fn breach(what: &str) -> Failure {
    let message = format!(
        "the parser's answer is not what a parser says: {what}; the file may be an attack on it, or show a bug in it"
    );
    Failure::new(FailureReason::Malformed, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Heading, PageStatus};

    fn page(number: u32, text: &str) -> Event {
        Event::Page(Page {
            number,
            text: text.into(),
            status: PageStatus::Ok,
        })
    }

    fn heading(page: u32, offset: usize, level: u8, title: &str) -> Event {
        Event::Heading(Heading {
            level,
            title: title.into(),
            page,
            offset,
        })
    }

    fn taken(text_bytes: u64, events: &[Event]) -> Result<(), Failure> {
        let mut answer = Answer::new(text_bytes);
        events.iter().try_for_each(|event| answer.take(event))?;
        answer.end()
    }

    #[test]
    fn an_answer_that_keeps_the_rules_is_taken() {
        let events = [
            Event::PagesTotal(2),
            page(1, "one\n\ttwo"),
            Event::Warning("said".into()),
            page(2, ""),
            heading(1, 8, 1, "two"),
            heading(2, 0, 2, ""),
        ];
        assert_eq!(taken(1 << 20, &events), Ok(()));
    }

    #[test]
    fn each_breach_is_a_malformed_document_and_is_said() {
        for (expected, events) in [
            ("it did not say how many pages", &[][..]),
            ("0 of 2 pages came", &[Event::PagesTotal(2)]),
            ("page 1 of 0 came where page 1", &[page(1, "")]),
            (
                "page 2 of 3 came where page 1",
                &[Event::PagesTotal(3), page(2, "")],
            ),
            (
                "page 1 of 3 came where page 2",
                &[Event::PagesTotal(3), page(1, ""), page(1, "")],
            ),
            ("page 0 of 3", &[Event::PagesTotal(3), page(0, "")]),
            (
                "page 2 of 1 came",
                &[Event::PagesTotal(1), page(1, ""), page(2, "")],
            ),
            ("it said twice", &[Event::PagesTotal(1), Event::PagesTotal(1)]),
            (
                "the control character '\\u{c}'",
                &[Event::PagesTotal(1), page(1, "a\u{c}b")],
            ),
            (
                "the control character '\\0'",
                &[Event::PagesTotal(1), page(1, "a\0b")],
            ),
            (
                "the control character '\\r'",
                &[Event::PagesTotal(1), page(1, "a\r\nb")],
            ),
            (
                "page 1 begins or ends with whitespace",
                &[Event::PagesTotal(1), page(1, "a ")],
            ),
            (
                "a heading stands on page 1 at character 2",
                &[Event::PagesTotal(1), page(1, "a"), heading(1, 2, 1, "a")],
            ),
            (
                "a heading stands on page 1",
                &[Event::PagesTotal(1), heading(1, 0, 1, "a")],
            ),
            (
                "a heading stands on page 0",
                &[Event::PagesTotal(1), page(1, "a"), heading(0, 0, 1, "a")],
            ),
            (
                "a heading has no level",
                &[Event::PagesTotal(1), page(1, "a"), heading(1, 0, 0, "a")],
            ),
            (
                "more than one line",
                &[Event::PagesTotal(1), page(1, "a"), heading(1, 0, 1, "a\nb")],
            ),
        ] {
            let failure = taken(1 << 20, events).expect_err(expected);
            assert_eq!(failure.reason, FailureReason::Malformed);
            assert!(failure.message.contains(expected), "{failure}, not {expected}");
        }
    }

    #[test]
    fn frames_get_smaller_with_the_text_that_may_still_come() {
        let mut answer = Answer::new(1000);
        assert_eq!(answer.most_frame_bytes(), 2000 + FRAME_BYTES);
        answer.take(&Event::PagesTotal(9)).unwrap();
        answer.take(&page(1, &"a".repeat(500))).unwrap();
        assert_eq!(
            answer.most_frame_bytes(),
            2 * (500 - 2 * PIECE_BYTES) + FRAME_BYTES
        );
        let failure = answer.take(&page(2, &"a".repeat(500))).unwrap_err();
        assert_eq!(failure.reason, FailureReason::OutOfMemory);
    }
}
