//! Whether the metadata and the manifest say the same of the document.

use std::fmt::Debug;

use crate::output::{Manifest, MetadataFile, SCHEMA_VERSION, file_names, problem::Problem};

/// Compares what stands in the manifest with what stands in the metadata, and both with what is there.
///
/// # Errors
/// [`Problem`] at the first thing that differs.
pub(super) fn verify(manifest: &Manifest, metadata: &MetadataFile<'_>) -> Result<(), Problem> {
    let (parameters, counts) = (&manifest.parameters, &manifest.counts);
    if let Err(failure) = parameters.validate() {
        return Err(Problem::new(format!(
            "the manifest's parameters: {}",
            failure.message
        )));
    }
    let names = file_names(&manifest.file);
    for (entry, name) in [&manifest.metadata_file, &manifest.index_file]
        .into_iter()
        .zip(names)
    {
        let (_, last) = entry.path.rsplit_once('/').unwrap_or(("", &entry.path));
        same("the name of a data file", &last, &name.as_str(), "it should be")?;
    }
    let of_metadata = |problem: Problem| problem.of(&manifest.metadata_file.path);
    let agree = || {
        let says = "the manifest says";
        same(
            "schema_version",
            &metadata.schema_version,
            &SCHEMA_VERSION,
            "only this is known:",
        )?;
        same("file", &metadata.file, &manifest.file, says)?;
        same("chunk_size", &metadata.chunk_size, &parameters.size, says)?;
        same("overlap", &metadata.overlap, &parameters.overlap, says)?;
        same("tokenizer", &metadata.tokenizer, &parameters.tokenizer, says)?;
        same("language", &metadata.language, &manifest.language, says)?;
        let confidences = [metadata.language_confidence, manifest.language_confidence];
        // Read from JSON, a number may be another in its last digit.
        if (confidences[0] - confidences[1]).abs() > 1e-9 {
            let [found, expected] = confidences;
            return Err(Problem::new(format!(
                "language_confidence is {found}, and {says} {expected}"
            )));
        }
        same("chunks_count", &metadata.chunks_count, &counts.chunks, says)?;
        same("sections_count", &metadata.sections_count, &counts.sections, says)?;
        same(
            "total_text_length",
            &metadata.total_text_length,
            &counts.characters,
            says,
        )?;
        same("total_tokens", &metadata.total_tokens, &counts.tokens, says)?;
        same("total_pages", &metadata.total_pages, &counts.pages, says)?;
        same(
            "the number of chunks",
            &metadata.chunks.len(),
            &counts.chunks,
            says,
        )?;
        same("the number of pages", &metadata.pages.len(), &counts.pages, says)?;
        let empty_pages = metadata.pages.iter().filter(|page| page.chars == 0).count();
        same(
            "the number of pages without text",
            &empty_pages,
            &counts.empty_pages,
            says,
        )?;
        same("unit", &metadata.unit.as_str(), &"tokens", "it should be")?;
        let info = &metadata.processing_info;
        same(
            "max_chunks_setting",
            &info.max_chunks_setting,
            &None,
            "it should be",
        )?;
        same("processing_time", &info.processing_time, &0, "it should be")
    };
    agree().map_err(of_metadata)
}

fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T, says: &str) -> Result<(), Problem> {
    if found == expected {
        return Ok(());
    }
    Err(Problem::new(format!(
        "{what} is {found:?}, and {says} {expected:?}"
    )))
}
