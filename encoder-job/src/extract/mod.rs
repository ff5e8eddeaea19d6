//! Extracting the text of a document: what it is by its content, and its pages in order.

mod archive;
pub mod clean;
mod detect;
mod docx;
mod encoding;
mod epub;
mod html;
mod list_label;
#[cfg(test)]
mod malicious_input;
mod markdown;
mod page_text;
pub mod pdf;
#[cfg(test)]
mod testing;
mod text;
mod xml;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    document::{Heading, Page},
    failure::Failure,
};
pub use detect::detect;
use formats::Format;
pub(crate) use page_text::title;
pub use pdf::{PdfEngineChoice, RunningHeads};

/// How to extract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtractOptions {
    /// What the person called the document: tells Markdown from plain text where the content does not.
    pub file_name: String,
    /// Which engine reads PDF.
    pub pdf_engine: PdfEngineChoice,
    /// What becomes of running heads.
    pub running_heads: RunningHeads,
    /// The password of an encrypted document.
    pub password: Password,
    /// How many pages are read at a time; 0 for as many as there are processors.
    pub threads: usize,
}

/// A password; empty for none. It is shown in no message and no log.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Password(String);

impl Password {
    /// The password with these characters.
    pub fn new(password: impl Into<String>) -> Self {
        Self(password.into())
    }

    /// Its characters.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Password(…)")
    }
}

/// What extraction hands on, piece by piece: first how many pages there are, then the pages in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// How many pages will follow.
    PagesTotal(u32),
    /// The next page.
    Page(Page),
    /// A heading; they may come in any order, each after its page.
    Heading(Heading),
    /// What a person should know about how it was read.
    Warning(String),
}

/// Takes what extraction hands on; a failure of its own ends the extraction.
pub type Sink<'a> = dyn FnMut(Event) -> Result<(), Failure> + 'a;

/// Extracts a document and returns what it is.
///
/// # Errors
/// `UnsupportedFormat`, `Malformed` or `Encrypted`, or what the sink failed with.
pub fn extract(
    bytes: Arc<Vec<u8>>,
    options: &ExtractOptions,
    sink: &mut Sink<'_>,
) -> Result<Format, Failure> {
    let format = detect(&bytes, &options.file_name)?;
    match format {
        Format::Pdf => pdf::extract(bytes, options, sink)?,
        Format::Text => text::extract(&bytes, sink)?,
        Format::Markdown => markdown::extract(&bytes, sink)?,
        Format::Html => html::extract(&bytes, sink)?,
        Format::Docx => docx::extract(&bytes, sink)?,
        Format::Epub => epub::extract(&bytes, sink)?,
    }
    Ok(format)
}
