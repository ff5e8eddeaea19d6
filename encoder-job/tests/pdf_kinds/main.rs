//! Kinds of PDF that are read wrongly with ease: each subject has documents made here, whose right texts are known, and neighbours that
//! look alike and are to be read as they stand.
//!
//! With `PDF_KINDS_FOLDER` each document is written there as `SUBJECT-NAME.pdf`.
#![allow(
    unreachable_pub,
    clippy::unwrap_used,
    reason = "nothing outside uses this, and a test that cannot go on has failed"
)]

/// A test for each document, which is an expression.
macro_rules! cases {
    ($($case:ident => $document:expr;)*) => {
        $(#[test]
        fn $case() {
            crate::check(concat!(module_path!(), "::", stringify!($case)), &$document, "");
        })*
    };
}

mod clips;
#[path = "../support/difference.rs"]
mod difference;
mod draw;
mod drawn_twice;
mod encryption;
mod gaps;
mod handler;
mod hyphens;
mod maps_of_characters;
#[allow(dead_code, reason = "another test sets whole pages with the rest of it")]
#[path = "../reading_order/metrics.rs"]
mod metrics;
mod right_to_left;
mod spaced_out;
#[allow(dead_code, reason = "other tests make their files with the rest of it")]
#[path = "../support/mod.rs"]
mod support;
mod table;
mod tables;
mod tables_above_prose;
mod tables_in_columns;

use std::{
    env, fs,
    path::Path,
    process::{Command, Output},
};

/// A document and what is to be read in it.
struct Case {
    file: Vec<u8>,
    text: String,
}

impl Case {
    fn new(file: Vec<u8>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { file, text }
    }
}

/// Lets the encoder read a document.
fn read(file: &[u8], password: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("document.pdf");
    fs::write(&path, file).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_encoder-job"));
    command.arg("text").arg(&path).env_remove("ENCODER_JOB_PASSWORD");
    if !password.is_empty() {
        command.env("ENCODER_JOB_PASSWORD", password);
    }
    command.output().unwrap()
}

/// Holds what the encoder reads in a document to what is right.
#[track_caller]
fn check(name: &str, case: &Case, password: &str) {
    if let Some(folder) = env::var_os("PDF_KINDS_FOLDER") {
        let name = name.trim_start_matches("pdf_kinds::").replace("::", "-");
        fs::create_dir_all(&folder).unwrap();
        fs::write(Path::new(&folder).join(name + ".pdf"), &case.file).unwrap();
    }
    let output = read(&case.file, password);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {complaint}");
    let text = String::from_utf8(output.stdout).unwrap();
    let text = text.trim_end_matches('\u{c}');
    assert!(
        text == case.text,
        "{name}: - is what is right, + is what came\n{}",
        difference::difference(&case.text, text)
    );
}
