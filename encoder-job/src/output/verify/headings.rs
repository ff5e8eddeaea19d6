//! Under which heading a character stands.

use crate::output::{MetadataFile, metadata::HeadingEntry, problem::Problem};

/// The headings of a document, as the metadata has them.
pub(super) struct Headings<'a> {
    /// `None` of a result that does not say them, of which no title can be proved.
    entries: Option<&'a [HeadingEntry]>,
}

impl<'a> Headings<'a> {
    /// # Errors
    /// [`Problem`] where they are not in order, or beyond the text.
    pub(super) fn new(metadata: &'a MetadataFile<'_>) -> Result<Self, Problem> {
        let entries = metadata.headings.as_deref();
        let mut least = 0;
        for (number, heading) in entries.into_iter().flatten().enumerate() {
            if !(least..metadata.total_text_length).contains(&heading.char_start) {
                let HeadingEntry {
                    title, char_start, ..
                } = heading;
                return Err(Problem::new(format!(
                    "heading {number}, {title:?}, stands at character {char_start}, which is before the one before it or beyond the text"
                )));
            }
            least = heading.char_start;
        }
        Ok(Self { entries })
    }

    /// Proves that this is the title of a chunk whose first character that is no whitespace stands here.
    ///
    /// # Errors
    /// What its title should be.
    pub(super) fn verify(&self, title: Option<&str>, first: usize) -> Result<(), String> {
        let Some(entries) = self.entries else {
            return Ok(());
        };
        let above = &entries[..entries.partition_point(|heading| heading.char_start <= first)];
        let expected = above.last().map(|heading| heading.title.as_str());
        if title == expected {
            return Ok(());
        }
        let [title, expected] = [title, expected].map(Option::unwrap_or_default);
        Err(format!(
            "its title is {title:?}, and the last heading above its text is {expected:?}"
        ))
    }
}
