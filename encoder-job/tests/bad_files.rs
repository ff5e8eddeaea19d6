//! Some hundred bad files, each through the binary that people use: each ends in time, in little memory, and with a result or a
//! reason, and nothing ever ends by a signal.
#![allow(
    clippy::assigning_clones,
    clippy::format_collect,
    clippy::format_push_string,
    clippy::needless_pass_by_value,
    reason = "small files, put together as plainly as can be"
)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "bad_files/mod.rs"]
mod generator;
mod watched;

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Mutex,
    time::Duration,
};

use encoder_job::failure::FailureReason;
use generator::{BadFile, Expected};
use watched::{Watched, watch};

/// How long the encoder is given for a file, in seconds, and how long it may take all in all.
const TIMEOUT: &str = "20";
const MOST_TIME: Duration = Duration::from_secs(25);
/// The most memory of a process: what a parser is given where there is no control group, and what its binary takes.
const MOST_MEMORY: u64 = (1 << 30) + (64 << 20);
/// The largest file.
const MOST_BYTES: usize = 6 << 20;
/// What a bomb becomes: small enough to be unpacked by a program that is not optimised.
const BOMB_BYTES: usize = 64 << 20;

#[test]
fn there_are_many_small_bad_files_of_many_kinds_the_same_every_time() {
    let files = generator::all(BOMB_BYTES);
    let names: HashSet<&str> = files.iter().map(|file| &*file.name).collect();
    let kinds: HashSet<&str> = files.iter().map(|file| file.kind).collect();
    assert_eq!(names.len(), files.len(), "each has a name of its own");
    assert!(files.len() >= 500, "{} files", files.len());
    assert!(kinds.len() >= 40, "{} kinds", kinds.len());
    for file in &files {
        assert!(
            file.bytes.len() <= MOST_BYTES,
            "{} has {} bytes",
            file.name,
            file.bytes.len()
        );
    }
    assert!(files == generator::all(BOMB_BYTES), "two runs differ");
}

#[test]
fn every_bad_file_ends_in_time_in_little_memory_and_with_a_reason() {
    let place = Place::new();
    let files = generator::all(BOMB_BYTES);
    let queue = Mutex::new(files.iter());
    let report = Mutex::new(Report::default());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(file) = { queue.lock().unwrap().next() } {
                    try_file(&place, file, &report);
                }
            });
        }
    });
    let mut report = report.into_inner().unwrap();
    let verified = place
        .encoder()
        .arg("verify")
        .arg(&place.results)
        .output()
        .unwrap();
    if !verified.status.success() {
        let said = String::from_utf8_lossy(&verified.stderr);
        report
            .misbehaved
            .push(format!("what was written does not verify: {said}"));
    }
    println!("{}", report.table());
    assert!(
        report.misbehaved.is_empty(),
        "{} misbehaved; the files are in {}\n{}",
        report.misbehaved.len(),
        place.kept.display(),
        report.misbehaved.join("\n")
    );
}

/// Where files are put, and results.
struct Place {
    folder: tempfile::TempDir,
    results: PathBuf,
    /// Where files stay that misbehaved.
    kept: PathBuf,
}

impl Place {
    fn new() -> Self {
        let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let kept = temporary.join("misbehaving-files");
        if kept.exists() {
            fs::remove_dir_all(&kept).unwrap();
        }
        let folder = tempfile::tempdir_in(temporary).unwrap();
        Self {
            results: folder.path().join("results"),
            folder,
            kept,
        }
    }

    fn encoder(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_encoder-job"));
        command.current_dir(&self.folder);
        command
    }

    fn keep(&self, file: &BadFile) {
        fs::create_dir_all(&self.kept).unwrap();
        fs::write(self.kept.join(&file.name), &file.bytes).unwrap();
    }
}

/// Reads and encodes a file, and notes what came of it.
fn try_file(place: &Place, file: &BadFile, report: &Mutex<Report>) {
    let path = place.folder.path().join(&file.name);
    fs::write(&path, &file.bytes).unwrap();
    let errors = place.folder.path().join(format!("{}.errors", file.name));
    for name in ["text", "encode"] {
        let mut command = place.encoder();
        command.args([name, &file.name, "--timeout", TIMEOUT]);
        if name == "encode" {
            command.arg("--out").arg(&place.results);
        }
        let watched = watch(&mut command, MOST_TIME, &errors);
        let outcome = outcome(&watched, &file.name).and_then(|outcome| {
            let stem = file.name.rsplit_once('.').map_or(&*file.name, |(stem, _)| stem);
            let is_written = place.results.join(stem).join("manifest.json").exists();
            if name == "encode" {
                judge_result(outcome, file.expected, is_written)?;
            }
            Ok(outcome)
        });
        if outcome.is_err() {
            place.keep(file);
        }
        report.lock().unwrap().note(file, name, &watched, outcome);
    }
    fs::remove_file(path).unwrap();
}

/// How the encoder ended: well (`None`), or for a reason; or in what way it misbehaved.
fn outcome(watched: &Watched, path: &str) -> Result<Option<FailureReason>, String> {
    let status = watched.status.ok_or("is still running")?;
    let code = status.code().ok_or_else(|| format!("was ended: {status}"))?;
    let said = watched.errors.trim_end();
    if watched.memory > MOST_MEMORY {
        return Err(format!("took {} MiB of memory", watched.memory >> 20));
    }
    if code == 0 {
        let are_notes = said.lines().all(|line| {
            let line = line
                .strip_prefix(path)
                .and_then(|line| line.strip_prefix(": "))
                .unwrap_or(line);
            line.starts_with("note: ")
        });
        return if are_notes {
            Ok(None)
        } else {
            Err(format!("says: {said}"))
        };
    }
    let reason = said
        .strip_prefix(path)
        .and_then(|line| line.strip_prefix(": ")?.split_once(": "))
        .filter(|(_, message)| !message.is_empty() && !message.contains('\n'))
        .and_then(|(reason, _)| serde_json::from_value::<FailureReason>(reason.into()).ok())
        .ok_or_else(|| format!("gives no reason in one line (exit status {code}): {said}"))?;
    if code != i32::from(reason.exit_code()) {
        return Err(format!("ends with {code} for {reason}"));
    }
    // Whatever is wrong with a file, it is not the encoder's own mistake, nor the store's.
    match reason {
        FailureReason::UnsupportedFormat
        | FailureReason::SourceTooLarge
        | FailureReason::Encrypted
        | FailureReason::Malformed
        | FailureReason::NoText
        | FailureReason::OutOfMemory
        | FailureReason::DeadlineExceeded => Ok(Some(reason)),
        _ => Err(format!("is refused for the wrong reason: {said}")),
    }
}

/// Whether what came of encoding is what should have, and a result is there where there should be one.
fn judge_result(outcome: Option<FailureReason>, expected: Expected, is_written: bool) -> Result<(), String> {
    let is_right = match expected {
        Expected::Anything => true,
        Expected::Result => outcome.is_none(),
        Expected::AnyRefusal => outcome.is_some(),
        Expected::Refusal(reason) => outcome.is_some_and(|outcome| outcome.to_string() == reason),
    };
    let came = outcome.map_or_else(|| "a result".to_owned(), |reason| reason.to_string());
    if !is_right {
        return Err(format!("should have come to {expected:?}, and came to {came}"));
    }
    if is_written != outcome.is_none() {
        return Err(format!("came to {came}, and its manifest says otherwise"));
    }
    Ok(())
}

/// What came of all files.
#[derive(Default)]
struct Report {
    kinds: BTreeMap<&'static str, Kind>,
    misbehaved: Vec<String>,
}

#[derive(Default)]
struct Kind {
    outcomes: BTreeMap<String, usize>,
    longest: Duration,
    most_memory: u64,
}

impl Report {
    fn note(
        &mut self,
        file: &BadFile,
        command: &str,
        watched: &Watched,
        outcome: Result<Option<FailureReason>, String>,
    ) {
        let name = match &outcome {
            Ok(None) => "result".to_owned(),
            Ok(Some(reason)) => reason.to_string(),
            Err(symptom) => {
                self.misbehaved
                    .push(format!("{} ({command}): {symptom}", file.name));
                "misbehaved".to_owned()
            }
        };
        let kind = self.kinds.entry(file.kind).or_default();
        *kind.outcomes.entry(name).or_default() += 1;
        kind.longest = kind.longest.max(watched.time);
        kind.most_memory = kind.most_memory.max(watched.memory);
    }

    /// For each kind: what came of its files, the most seconds, the most memory.
    fn table(&self) -> String {
        let mut table = format!("{:32} {:>7} {:>5}  {}\n", "kind", "seconds", "MiB", "outcomes");
        for (name, kind) in &self.kinds {
            let (seconds, memory) = (kind.longest.as_secs_f64(), kind.most_memory >> 20);
            let _ = writeln!(table, "{name:32} {seconds:7.2} {memory:5}  {:?}", kind.outcomes);
        }
        table
    }
}
