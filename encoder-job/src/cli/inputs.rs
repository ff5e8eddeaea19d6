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

use super::result_folder::ExistingOutput;

#[cfg(test)]
mod tests;

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

/// Something the arguments mean that leads to no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InputError {
    pub(super) path: PathBuf,
    pub(super) failure: Failure,
}

/// All documents that the arguments mean, in the order of the arguments, those of a folder by their names. Results are none: the folder
/// `out` that they go to, where it lies within another, and any that holds a manifest of ours are left out.
///
/// An argument that leads to nothing stands in its place as a [`InputError`] with `SourceNotFound`, and so does a folder that cannot be read.
pub(super) fn expand(
    arguments: &[PathBuf],
    standard_input_name: Option<&str>,
    out: &Path,
) -> Vec<Result<Input, InputError>> {
    let mut search = Search {
        // A folder that is not there yet is not met.
        out: out.canonicalize().ok(),
        found: Vec::new(),
    };
    for argument in arguments {
        search.argument(argument, standard_input_name);
    }
    let mut seen = HashSet::new();
    let mut names = OutputNames::default();
    let found = search.found.into_iter().filter(|found| match found {
        Ok((source, ..)) => seen.insert(source.clone()),
        Err(_) => true,
    });
    let mut input = |(source, name, found, folder): Found| Input {
        output: names.name(&folder, &output::stem(&name)),
        source,
        name,
        found,
    };
    found.map(|found| found.map(&mut input)).collect()
}

/// Source, name, whether it was found in a folder, and the folder below that one.
type Found = (Source, String, bool, PathBuf);

/// A search for documents.
struct Search {
    /// The folder of the results, links resolved.
    out: Option<PathBuf>,
    found: Vec<Result<Found, InputError>>,
}

impl Search {
    fn argument(&mut self, argument: &Path, standard_input_name: Option<&str>) {
        if argument.as_os_str() == "-" {
            let name = standard_input_name.unwrap_or(STANDARD_INPUT_NAME).to_owned();
            self.found
                .push(Ok((Source::StandardInput, name, false, PathBuf::new())));
        } else if argument.is_dir() {
            self.folder(argument);
        } else if argument.exists() {
            self.found.push(Ok(file(argument)));
        } else {
            self.pattern(argument);
        }
    }

    fn pattern(&mut self, argument: &Path) {
        let Some(pattern) = argument.to_str().filter(|text| text.contains(['*', '?', '['])) else {
            return self.nothing(argument, "there is no such file or folder");
        };
        let paths = match glob::glob(pattern) {
            Ok(paths) => paths,
            Err(error) => return self.nothing(argument, &format!("this is no pattern: {error}")),
        };
        let mut matching = Vec::new();
        for path in paths {
            match path {
                Ok(path) => matching.push(path),
                Err(error) => self.unreadable(error.path(), error.error()),
            }
        }
        if matching.is_empty() {
            return self.nothing(argument, "nothing matches the pattern");
        }
        matching.sort();
        for path in matching {
            if path.is_dir() {
                self.folder(&path);
            } else {
                self.found.push(Ok(file(&path)));
            }
        }
    }

    /// All files in a folder and below it, hidden ones, links and results aside.
    fn folder(&mut self, folder: &Path) {
        let out = self.out.clone();
        let is_wanted = |entry: &walkdir::DirEntry| {
            let is_hidden = entry.depth() > 0 && entry.file_name().to_string_lossy().starts_with('.');
            let is_result =
                entry.file_type().is_dir() && holds_results(entry.path(), entry.depth(), out.as_deref());
            !is_hidden && !is_result
        };
        for entry in WalkDir::new(folder)
            .sort_by_file_name()
            .into_iter()
            .filter_entry(is_wanted)
        {
            match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    let below = entry
                        .path()
                        .parent()
                        .and_then(|parent| parent.strip_prefix(folder).ok());
                    let (source, name, _, _) = file(entry.path());
                    let below = below.unwrap_or(Path::new("")).to_owned();
                    self.found.push(Ok((source, name, true, below)));
                }
                Ok(_) => {}
                Err(error) => self.unreadable(error.path().unwrap_or(folder), &error),
            }
        }
    }

    fn nothing(&mut self, path: &Path, what: &str) {
        let message = format!("{what}: check the spelling");
        self.trouble(path, Failure::new(FailureReason::SourceNotFound, message));
    }

    fn unreadable(&mut self, path: &Path, error: &dyn std::error::Error) {
        let message = format!("unable to look into the folder: {error}");
        self.trouble(path, Failure::new(FailureReason::StoreUnavailable, message));
    }

    fn trouble(&mut self, path: &Path, failure: Failure) {
        let path = path.to_owned();
        self.found.push(Err(InputError { path, failure }));
    }
}

/// Whether what is in a folder are results: those of this call, unless the folder was named itself, or those of one before.
fn holds_results(folder: &Path, depth: usize, out: Option<&Path>) -> bool {
    if depth > 0 && out.is_some_and(|out| folder.canonicalize().is_ok_and(|folder| folder == out)) {
        return true;
    }
    matches!(ExistingOutput::of(folder), Ok(ExistingOutput::Result(_)))
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
