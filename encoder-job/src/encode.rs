//! From an extracted document to its output: what must hold of it, its language, its chunks, its files.

mod pages;

use crate::{
    chunk::{self, Parameters, Tokens},
    document::ExtractedDocument,
    extract::RunningHeads,
    failure::Failure,
    language,
    output::{self, DataFiles, Facts, Manifest},
};
pub use pages::{OnEmptyPages, judge_pages};

/// How to encode.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the person called the document.
    pub file_name: String,
    /// SHA-256 of the document's bytes, in hexadecimal.
    pub source_sha256: String,
    /// How to cut.
    pub parameters: Parameters,
    /// What became of running heads when it was extracted, which the manifest says.
    pub running_heads: RunningHeads,
    /// What pages without text mean.
    pub on_empty_pages: OnEmptyPages,
}

/// An encoded document, not yet written anywhere.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The two data files.
    pub files: DataFiles,
    /// The manifest that commits them.
    pub manifest: Manifest,
    /// What a person should know, a sentence each.
    pub warnings: Vec<String>,
}

/// Encodes an extracted document, whose tokens are these. `prefix` leads from where the manifest will lie to the data files; empty, or a path that
/// ends with a slash.
///
/// # Errors
/// `InvalidSpec` for parameters that make no sense, whatever the document is; `NoText` where there is no text, or where a page has none and that
/// is to fail; `Encrypted` or `Malformed` where that is the reason why there is no text.
pub fn encode(
    document: &ExtractedDocument,
    options: &Options,
    tokens: &Tokens,
    prefix: &str,
) -> Result<Encoded, Failure> {
    options.parameters.validate()?;
    let mut warnings = document.warnings.clone();
    warnings.extend(judge_pages(document, options.on_empty_pages)?);
    let text = document.text();
    let language = language::detect(&text);
    let chunked = chunk::chunk(document, &text, &options.parameters, tokens);
    let files = output::data_files(
        &options.file_name,
        document,
        &chunked,
        &options.parameters,
        language,
    );
    let facts = Facts {
        file_name: &options.file_name,
        source_sha256: &options.source_sha256,
        parameters: &options.parameters,
        running_heads: options.running_heads,
        language,
    };
    let manifest = Manifest::new(document, &chunked, &files, facts, prefix);
    Ok(Encoded {
        files,
        manifest,
        warnings,
    })
}
