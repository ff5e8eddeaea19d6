//! `encode`: documents in, results out, on anybody's machine.

use std::{
    collections::HashSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use encoder_job::{
    chunk::{Boundary, Parameters, Tokenizer, Vocabulary},
    digest,
    encode::{self, Encoded, OnEmptyPages, Options},
    failure::{Failure, FailureReason},
    output::{self, MANIFEST_NAME},
    read::{self, ReadOptions},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{PdfEngine, RunningHeadsArgument, complain, file_name, read_file};

#[derive(Args)]
pub(super) struct EncodeArguments {
    /// The documents
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The folder for the results; each document gets a folder of its own in it, named after it
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The most tokens of a chunk
    #[arg(long, default_value_t = 1200, value_name = "TOKENS")]
    chunk_size: usize,
    /// The tokens neighbouring chunks share
    #[arg(long, default_value_t = 200, value_name = "TOKENS")]
    overlap: usize,
    /// The vocabulary tokens are counted in
    #[arg(long, value_enum, default_value_t)]
    encoding: Encoding,
    /// Where a chunk may end
    #[arg(long, value_enum, default_value_t)]
    boundary: BoundaryArgument,
    /// What pages without text mean
    #[arg(long, value_enum, default_value_t)]
    on_empty_pages: OnEmptyPagesArgument,
    /// Which engine reads PDF
    #[arg(long, value_enum, default_value_t)]
    pdf_engine: PdfEngine,
    /// What becomes of a PDF's running heads and page numbers
    #[arg(long, value_enum, default_value_t)]
    running_heads: RunningHeadsArgument,
    /// The longest one document may take, in seconds
    #[arg(long, default_value_t = 3600, value_name = "SECONDS")]
    timeout: u64,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Encoding {
    #[default]
    #[value(name = "cl100k_base")]
    Cl100kBase,
    #[value(name = "o200k_base")]
    O200kBase,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum BoundaryArgument {
    /// At the last end of a paragraph, heading or sentence in its last fifth
    #[default]
    Sentence,
    /// At exactly the number of tokens
    Token,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum OnEmptyPagesArgument {
    /// Say which they are
    #[default]
    Warn,
    /// Fail
    Fail,
    /// Say nothing
    Ignore,
}

impl EncodeArguments {
    fn parameters(&self) -> Parameters {
        Parameters {
            size: self.chunk_size,
            overlap: self.overlap,
            tokenizer: match self.encoding {
                Encoding::Cl100kBase => Tokenizer::Cl100kBase,
                Encoding::O200kBase => Tokenizer::O200kBase,
            },
            boundary: match self.boundary {
                BoundaryArgument::Sentence => Boundary::Sentence,
                BoundaryArgument::Token => Boundary::Token,
            },
        }
    }

    fn on_empty_pages(&self) -> OnEmptyPages {
        match self.on_empty_pages {
            OnEmptyPagesArgument::Warn => OnEmptyPages::Warn,
            OnEmptyPagesArgument::Fail => OnEmptyPages::Fail,
            OnEmptyPagesArgument::Ignore => OnEmptyPages::Ignore,
        }
    }
}

/// Encodes all files; the exit status is that of the last one that failed.
pub(super) fn encode(arguments: &EncodeArguments) -> u8 {
    let parameters = arguments.parameters();
    if let Err(failure) = parameters.validate() {
        eprintln!("{failure}");
        return failure.reason.exit_code();
    }
    // The vocabulary's tables are built while the first document is read.
    let vocabulary = std::thread::spawn(move || Vocabulary::new(parameters.tokenizer));
    let mut vocabulary = Lazy::Building(vocabulary);
    let mut used = HashSet::new();
    let mut exit_code = 0;
    for path in &arguments.files {
        if let Err(failure) = encode_one(path, arguments, &parameters, &mut vocabulary, &mut used) {
            complain(path, &failure);
            exit_code = failure.reason.exit_code();
        }
    }
    exit_code
}

/// A vocabulary that is being built in the background until it is asked for.
enum Lazy {
    Building(std::thread::JoinHandle<Vocabulary>),
    Ready(Vocabulary),
}

impl Lazy {
    fn get(&mut self, tokenizer: Tokenizer) -> Vocabulary {
        let vocabulary = match std::mem::replace(self, Self::Ready(Vocabulary::new(tokenizer))) {
            Self::Building(thread) => thread.join().unwrap_or_else(|_| Vocabulary::new(tokenizer)),
            Self::Ready(vocabulary) => vocabulary,
        };
        *self = Self::Ready(vocabulary);
        vocabulary
    }
}

fn encode_one(
    path: &Path,
    arguments: &EncodeArguments,
    parameters: &Parameters,
    vocabulary: &mut Lazy,
    used: &mut HashSet<String>,
) -> Result<(), Failure> {
    let started = Instant::now();
    let name = file_name(path);
    let bar = bar(&name);
    let bytes = read_file(path)?;
    let read_options = ReadOptions {
        file_name: name.clone(),
        pdf_engine: arguments.pdf_engine.into(),
        running_heads: arguments.running_heads.into(),
        limit: Duration::from_secs(arguments.timeout),
    };
    let show = |done: u32, total: u32| {
        bar.set_length(u64::from(total));
        bar.set_position(u64::from(done));
    };
    let document = read::read(&bytes, &read_options, &show, &AtomicBool::new(false));
    bar.finish_and_clear();
    let options = Options {
        file_name: name.clone(),
        source_sha256: digest::sha256(&bytes),
        parameters: *parameters,
        on_empty_pages: arguments.on_empty_pages(),
    };
    drop(bytes);
    let encoded = encode::encode(&document?, &options, vocabulary.get(parameters.tokenizer), "")?;
    let directory = arguments.out.join(free_name(&output::stem(&name), used));
    write(&directory, &encoded).map_err(|error| {
        let message = format!("unable to write the result to {}: {error}", directory.display());
        Failure::new(FailureReason::StoreUnavailable, message)
    })?;
    for warning in &encoded.warnings {
        eprintln!("{}: note: {warning}", path.display());
    }
    let counts = encoded.manifest.counts;
    println!(
        "{}: {} pages, {} chunks, {} tokens, language {}, {:.2} s -> {}",
        path.display(),
        counts.pages,
        counts.chunks,
        counts.tokens,
        encoded.manifest.language,
        started.elapsed().as_secs_f64(),
        directory.display()
    );
    Ok(())
}

/// The stem, or with a number where a document before had the same.
fn free_name(stem: &str, used: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    let mut candidates = std::iter::once(stem.to_owned()).chain(numbered);
    loop {
        if let Some(name) = candidates.next()
            && used.insert(name.clone())
        {
            return name;
        }
    }
}

/// Writes the data files, then the manifest: whoever sees a manifest sees what it names.
fn write(directory: &Path, encoded: &Encoded) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let manifest = encoded.manifest.to_bytes();
    let manifest_path = directory.join(MANIFEST_NAME);
    match fs::remove_file(&manifest_path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    for (name, bytes) in [
        (
            encoded.files.metadata.name.as_str(),
            &encoded.files.metadata.bytes,
        ),
        (encoded.files.index.name.as_str(), &encoded.files.index.bytes),
        (MANIFEST_NAME, &manifest),
    ] {
        let unfinished = directory.join(format!("{name}.part"));
        let mut file = fs::File::create(&unfinished)?;
        file.write_all(bytes)?;
        fs::rename(&unfinished, directory.join(name))?;
    }
    Ok(())
}

/// A bar on a terminal, nothing elsewhere.
fn bar(name: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{prefix:30!} [{bar:30}] {pos}/{len} pages {elapsed}");
    if let Ok(style) = style {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(name.to_owned());
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_one_name_get_folders_of_their_own() {
        let mut used = HashSet::new();
        assert_eq!(free_name("a", &mut used), "a");
        assert_eq!(free_name("a", &mut used), "a-2");
        assert_eq!(free_name("a", &mut used), "a-3");
        assert_eq!(free_name("b", &mut used), "b");
    }
}
