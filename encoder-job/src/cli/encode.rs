//! `encode`: documents in, results out, on anybody's machine.

use std::{
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use encoder_job::{
    chunk::{Boundary, Parameters, Tokenizer, Vocabulary},
    digest,
    encode::{self, OnEmptyPages, Options},
    failure::{Failure, printable},
};

use super::{
    bars::Bars,
    inputs::{self, Input, InputError},
    lines,
    reading::{ReadingArguments, read_source},
    result_folder,
    summary::{DocumentSummary, Status, Summary, Timings},
};

#[derive(Args)]
pub(super) struct EncodeArguments {
    /// The documents: files, folders (all in them and below), patterns such as 'books/*.pdf', or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The folder for the results; each document gets a folder of its own in it, named after it
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// What to call the document from standard input
    #[arg(long, value_name = "FILE NAME")]
    name: Option<String>,
    /// How many documents are encoded at a time; 0 for as many as there are processors
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    jobs: usize,
    /// Print what became of them as JSON, in place of lines
    #[arg(long)]
    json: bool,
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
    #[command(flatten)]
    reading: ReadingArguments,
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

    fn jobs(&self, documents: usize) -> usize {
        let asked = if self.jobs == 0 {
            encoder_job::processors::available()
        } else {
            self.jobs
        };
        asked.min(documents).max(1)
    }
}

/// Encodes all documents; the exit status is that of the first one that failed.
pub(super) fn encode(arguments: &EncodeArguments) -> u8 {
    let started = Instant::now();
    let parameters = arguments.parameters();
    if let Err(failure) = parameters.validate() {
        lines::complain_line(&failure.to_string());
        return failure.reason.exit_code();
    }
    let inputs = inputs::expand(&arguments.files, arguments.name.as_deref(), &arguments.out);
    let timings = Timings {
        vocabulary_ms: until_tokens_are_counted(parameters.tokenizer).as_secs_f64() * 1000.0,
    };
    let bars = Bars::new(inputs.len());
    let shown = Mutex::new(Ok(()));
    let documents = encode_all(&inputs, arguments, parameters, &bars, &shown);
    bars.finish();
    let summary = Summary::new(documents, started.elapsed().as_secs_f64(), timings);
    let shown = shown.into_inner().unwrap_or_else(PoisonError::into_inner);
    let shown = shown.and_then(|()| {
        let text = if arguments.json {
            Some(summary.json()?)
        } else {
            summary.line()
        };
        text.map_or(Ok(()), |text| lines::print_line(&text))
    });
    if let Err(failure) = &shown {
        lines::complain_line(&failure.to_string());
    }
    match (summary.exit_code(), shown) {
        (0, Err(failure)) => failure.reason.exit_code(),
        (exit_code, _) => exit_code,
    }
}

/// How long it takes from nothing to the first text whose tokens are counted.
fn until_tokens_are_counted(tokenizer: Tokenizer) -> Duration {
    let started = Instant::now();
    Vocabulary::new(tokenizer).count("The first text.");
    started.elapsed()
}

/// Encodes documents, several at a time, and returns what became of them, in order. `shown` is whether their lines could be written:
/// the work goes on if not.
fn encode_all(
    inputs: &[Result<Input, InputError>],
    arguments: &EncodeArguments,
    parameters: Parameters,
    bars: &Bars,
    shown: &Mutex<Result<(), Failure>>,
) -> Vec<DocumentSummary> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, DocumentSummary)>> = Mutex::default();
    let jobs = arguments.jobs(inputs.len());
    let work = || {
        while let Some((index, input)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            inputs.get(index).map(|input| (index, input))
        } {
            let summary = match input {
                Ok(input) => summarise(input, arguments, parameters, jobs, bars),
                Err(InputError { path, failure }) => {
                    DocumentSummary::failed(path.display().to_string(), failure, false, 0.0)
                }
            };
            if !arguments.json
                && let Err(failure) = show(&summary, bars)
            {
                *shown.lock().unwrap_or_else(PoisonError::into_inner) = Err(failure);
            }
            done.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((index, summary));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs {
            scope.spawn(work);
        }
        work();
    });
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|&(index, _)| index);
    done.into_iter().map(|(_, summary)| summary).collect()
}

fn show(summary: &DocumentSummary, bars: &Bars) -> Result<(), Failure> {
    bars.suspend(|| {
        let (line, trouble) = summary.line();
        for note in &summary.notes {
            let note = format!("{}: note: {}", printable(&summary.file), printable(note));
            lines::complain_line(&note);
        }
        if trouble {
            lines::complain_line(&line);
            return Ok(());
        }
        lines::print_line(&line)
    })
}

fn summarise(
    input: &Input,
    arguments: &EncodeArguments,
    parameters: Parameters,
    jobs: usize,
    bars: &Bars,
) -> DocumentSummary {
    let started = Instant::now();
    let result = encode_one(input, arguments, parameters, jobs, bars);
    let seconds = started.elapsed().as_secs_f64();
    result.map_or_else(
        |failure| DocumentSummary::failed(input.shown(), &failure, input.found, seconds),
        |summary| DocumentSummary { seconds, ..summary },
    )
}

fn encode_one(
    input: &Input,
    arguments: &EncodeArguments,
    parameters: Parameters,
    jobs: usize,
    bars: &Bars,
) -> Result<DocumentSummary, Failure> {
    let bytes = read_source(&input.source)?;
    let bar = bars.document(&printable(&input.name));
    let show = |done: u32, total: u32| {
        bar.set_length(u64::from(total));
        bar.set_position(u64::from(done));
    };
    let read = arguments
        .reading
        .read_and_count(&bytes, &input.name, jobs, &parameters, &show);
    bars.done(&bar);
    let options = Options {
        file_name: input.name.clone(),
        source_sha256: digest::sha256(&bytes),
        parameters,
        running_heads: arguments.reading.running_heads(),
        on_empty_pages: arguments.on_empty_pages(),
    };
    drop(bytes);
    let (document, tokens) = read?;
    let encoded = encode::encode(&document, &options, &tokens, "")?;
    let directory = arguments.out.join(&input.output);
    let replaced = result_folder::write(&directory, &encoded)?;
    Ok(DocumentSummary {
        file: input.shown(),
        status: Status::Encoded,
        reason: None,
        message: None,
        output: Some(directory.display().to_string()),
        manifest: Some(encoded.manifest),
        notes: encoded.warnings.into_iter().chain(replaced).collect(),
        seconds: 0.0,
    })
}
