//! Where the pages lie in the extracted text, which is known without the text: each is followed by a form feed.

use std::ops::Range;

use crate::{
    extract::clean,
    output::{MetadataFile, problem::Problem},
};

/// The most whitespace that can stand together on a page: a blank line, and then those that cleaning leaves.
const MAX_WHITESPACE: usize = 2 + clean::MAX_WHITESPACE;

/// Where each page lies, in characters.
pub(super) struct PageMap {
    /// Where each page begins, ascending.
    starts: Vec<usize>,
    /// Where each page's form feed stands, ascending.
    ends: Vec<usize>,
}

impl PageMap {
    /// # Errors
    /// [`Problem`] where the pages are not numbered from 1 on, or do not make up the whole text.
    pub(super) fn new(metadata: &MetadataFile<'_>) -> Result<Self, Problem> {
        let (mut starts, mut ends) = (Vec::new(), Vec::new());
        let mut position = 0_usize;
        for (number, page) in (1..).zip(&metadata.pages) {
            if page.number != number {
                let found = page.number;
                return Err(Problem::new(format!(
                    "page {found} stands where page {number} should"
                )));
            }
            starts.push(position);
            position = position.saturating_add(page.chars);
            ends.push(position);
            position = position.saturating_add(1);
        }
        if position != metadata.total_text_length {
            let length = metadata.total_text_length;
            return Err(Problem::new(format!(
                "its pages have {position} characters with their form feeds, and total_text_length is {length}"
            )));
        }
        Ok(Self { starts, ends })
    }

    /// The number of the page in whose text a character lies, from 1; `None` for a form feed, and beyond the last page.
    pub(super) fn page_of(&self, position: usize) -> Option<u32> {
        let index = self.ends.partition_point(|&end| end <= position);
        let lies_within = self.starts.get(index).is_some_and(|&start| start <= position);
        lies_within.then(|| u32::try_from(index + 1).ok()).flatten()
    }

    /// Where form feeds stand within a part of the text.
    pub(super) fn ends_in(&self, part: &Range<usize>) -> &[usize] {
        let before = |position| self.ends.partition_point(|&end| end < position);
        let (first, last) = (before(part.start), before(part.end));
        &self.ends[first..last.max(first)]
    }

    /// How many characters of a part without chunks are whitespace of which it is not known what they are: all but the form feeds.
    ///
    /// # Errors
    /// [`Problem`] where the part cannot be nothing but whitespace: it has the first or the last character of a page, which never is one, or it is
    /// too long.
    pub(super) fn whitespace_in(&self, part: &Range<usize>) -> Result<usize, Problem> {
        let lost = || {
            let Range { start, end } = part;
            Problem::new(format!("the text from character {start} to {end} is in no chunk"))
        };
        // The pages before end before the part does begin.
        let first = self.ends.partition_point(|&end| end < part.start);
        for (&start, &end) in self.starts.iter().zip(&self.ends).skip(first) {
            if start >= part.end {
                break;
            }
            if start < end && (part.contains(&start) || part.contains(&(end - 1))) {
                return Err(lost());
            }
        }
        let whitespace = part.len() - self.ends_in(part).len();
        if whitespace > MAX_WHITESPACE {
            return Err(lost());
        }
        Ok(whitespace)
    }
}
