//! Which documents the command line means: files, all files in folders, patterns, and `-` for standard input.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use encoder_job::{
    failure::{Failure, FailureReason},
    output,
};
use walkdir::WalkDir;

/// The name of a document that comes from standard input and was given none.
const STANDARD_INPUT_NAME: &str = "document";

/// Where a document comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    File(PathBuf),
    StandardInput,
}

/// A document to encode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) source: Source,
    /// What the person calls it.
    pub(super) name: String,
    /// Whether it was found in a folder: then one of a format that is not read is passed over.
    pub(super) found: bool,
    /// The folder of its result, below the one for all results.
    pub(super) output: PathBuf,
}

impl Input {
    /// What a person knows it by in messages.
    pub(super) fn shown(&self) -> String {
        match &self.source {
            Source::File(path) => path.display().to_string(),
            Source::StandardInput => "-".to_owned(),
        }
    }
}

/// All documents that the arguments mean, in the order of the arguments, those of a folder by their names.
///
/// # Errors
/// `SourceNotFound` for an argument that leads to nothing.
pub(super) fn expand(
    arguments: &[PathBuf],
    standard_input_name: Option<&str>,
) -> Result<Vec<Input>, Failure> {
    let mut found = Vec::new();
    for argument in arguments {
        expand_one(argument, standard_input_name, &mut found)?;
    }
    let mut seen = HashSet::new();
    let mut names = OutputNames::default();
    let inputs = found
        .into_iter()
        .filter(|(source, ..)| seen.insert(source.clone()));
    Ok(inputs
        .map(|(source, name, found, folder)| Input {
            output: names.name(&folder, &output::stem(&name)),
            source,
            name,
            found,
        })
        .collect())
}

/// Source, name, whether it was found in a folder, and the folder below that one.
type Found = (Source, String, bool, PathBuf);

fn expand_one(
    argument: &Path,
    standard_input_name: Option<&str>,
    found: &mut Vec<Found>,
) -> Result<(), Failure> {
    if argument.as_os_str() == "-" {
        let name = standard_input_name.unwrap_or(STANDARD_INPUT_NAME).to_owned();
        found.push((Source::StandardInput, name, false, PathBuf::new()));
        return Ok(());
    }
    if argument.is_dir() {
        return expand_folder(argument, found);
    }
    if argument.exists() {
        found.push(file(argument));
        return Ok(());
    }
    let pattern = argument.to_str().filter(|text| text.contains(['*', '?', '[']));
    let nothing = |what: &str| {
        let message = format!("{what} {}: check the spelling", argument.display());
        Failure::new(FailureReason::SourceNotFound, message)
    };
    let Some(pattern) = pattern else {
        return Err(nothing("there is no file or folder"));
    };
    let paths = glob::glob(pattern).map_err(|error| nothing(&format!("{error} in the pattern")))?;
    let mut paths: Vec<PathBuf> = paths.filter_map(Result::ok).collect();
    if paths.is_empty() {
        return Err(nothing("nothing matches the pattern"));
    }
    paths.sort();
    for path in paths {
        if path.is_dir() {
            expand_folder(&path, found)?;
        } else {
            found.push(file(&path));
        }
    }
    Ok(())
}

/// All files in a folder and below it, hidden ones and links aside.
fn expand_folder(folder: &Path, found: &mut Vec<Found>) -> Result<(), Failure> {
    let visible = |entry: &walkdir::DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    for entry in WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(visible)
    {
        let entry = entry.map_err(|error| {
            let message = format!("unable to look into the folder {}: {error}", folder.display());
            Failure::new(FailureReason::StoreUnavailable, message)
        })?;
        if entry.file_type().is_file() {
            let below = entry
                .path()
                .parent()
                .and_then(|parent| parent.strip_prefix(folder).ok());
            let (source, name, _, _) = file(entry.path());
            found.push((source, name, true, below.unwrap_or(Path::new("")).to_owned()));
        }
    }
    Ok(())
}

fn file(path: &Path) -> Found {
    (
        Source::File(path.to_owned()),
        super::file_name(path),
        false,
        PathBuf::new(),
    )
}

/// The folders of results, each once: documents of one name get numbers.
#[derive(Default)]
struct OutputNames {
    used: HashSet<PathBuf>,
    next: HashMap<PathBuf, usize>,
}

impl OutputNames {
    fn name(&mut self, folder: &Path, stem: &str) -> PathBuf {
        let plain = folder.join(stem);
        if self.used.insert(plain.clone()) {
            return plain;
        }
        loop {
            let number = self.next.entry(plain.clone()).or_insert(1);
            *number += 1;
            let numbered = folder.join(format!("{stem}-{number}"));
            if self.used.insert(numbered.clone()) {
                return numbered;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn documents_of_one_name_get_folders_of_their_own() {
        let mut names = OutputNames::default();
        let mut name = |folder: &str, stem: &str| names.name(Path::new(folder), stem);
        assert_eq!(name("", "a"), Path::new("a"));
        assert_eq!(name("", "a"), Path::new("a-2"));
        assert_eq!(name("", "a-2"), Path::new("a-2-2"));
        assert_eq!(name("", "a"), Path::new("a-3"));
        assert_eq!(name("b", "a"), Path::new("b/a"));
    }

    #[test]
    fn folders_patterns_and_standard_input() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("docs/deep")).unwrap();
        for name in [
            "docs/b.txt",
            "docs/a.txt",
            "docs/deep/a.txt",
            "docs/.hidden",
            "one.md",
        ] {
            fs::write(root.join(name), "text").unwrap();
        }
        let expanded = |arguments: &[PathBuf]| -> Vec<(String, PathBuf, bool)> {
            let inputs = expand(arguments, Some("notes.txt")).unwrap();
            inputs
                .into_iter()
                .map(|input| (input.name, input.output, input.found))
                .collect()
        };
        let entry = |name: &str, output: &str, found| (name.to_owned(), PathBuf::from(output), found);
        assert_eq!(
            expanded(&[root.join("docs"), root.join("one.md"), PathBuf::from("-")]),
            [
                entry("a.txt", "a", true),
                entry("b.txt", "b", true),
                entry("a.txt", "deep/a", true),
                entry("one.md", "one", false),
                entry("notes.txt", "notes", false),
            ]
        );
        assert_eq!(expanded(&[root.join("*.md")]), [entry("one.md", "one", false)]);
        // A file that is meant twice is encoded once.
        assert_eq!(expanded(&[root.join("one.md"), root.join("*.md")]).len(), 1);
        for nothing in ["none.pdf", "*.pdf"] {
            let failure = expand(&[root.join(nothing)], None).unwrap_err();
            assert_eq!(failure.reason, FailureReason::SourceNotFound);
        }
    }
}
