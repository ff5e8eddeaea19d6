//! What people and programs see of the command line.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use support::{PdfBuilder, pdf};
use tempfile::TempDir;

/// A folder with a document in each of these names.
fn folder(names: &[&str]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        fs::write(folder.path().join(name), "Some text to be encoded.").unwrap();
    }
    folder
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_encoder-job"));
    command.current_dir(folder).args(arguments);
    command
}

fn encoder(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A PDF of one page with nothing but a picture on it.
fn scan() -> Vec<u8> {
    let mut builder = PdfBuilder::default();
    let picture = builder.stream(
        "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8",
        b"\x80",
    );
    let content = builder.stream("", b"q 500 0 0 700 0 0 cm /I Do Q");
    builder.object(format!(
        "<< /Type /Page /Parent 4 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R \
         /Resources << /XObject << /I {picture} 0 R >> >> >>"
    ));
    builder.object("<< /Type /Pages /Count 1 /Kids [3 0 R] >>");
    let catalog = builder.object("<< /Type /Catalog /Pages 4 0 R >>");
    builder.finish(catalog)
}

#[test]
fn who_reads_no_further_stops_no_work() {
    let folder = folder(&["a.txt", "b.txt", "c.txt"]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut encode = command(
        folder.path(),
        &["encode", "a.txt", "b.txt", "c.txt", "--out", "out"],
    );
    let status = encode.stdout(writer).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(0));
    for name in ["a", "b", "c"] {
        assert!(
            folder
                .path()
                .join("out")
                .join(name)
                .join("manifest.json")
                .exists(),
            "{name}"
        );
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let errors = writer.try_clone().unwrap();
    let mut verify = command(folder.path(), &["verify", "out"]);
    assert_eq!(
        verify.stdout(writer).stderr(errors).status().unwrap().code(),
        Some(0)
    );
    let full = fs::File::create("/dev/full").unwrap();
    let mut encode = command(folder.path(), &["encode", "a.txt", "b.txt", "--out", "again"]);
    let status = encode.stdout(full).stderr(Stdio::null()).status().unwrap();
    assert_eq!(status.code(), Some(74));
    assert!(folder.path().join("again/b/manifest.json").exists());
}

#[test]
fn text_judges_pages_as_encode_does() {
    let folder = folder(&[]);
    fs::write(folder.path().join("scan.pdf"), scan()).unwrap();
    fs::write(folder.path().join("half.pdf"), pdf(&[(None, "Word"), (None, "")])).unwrap();
    fs::write(folder.path().join("space.txt"), " \n").unwrap();
    for name in ["scan.pdf", "space.txt"] {
        let text = encoder(folder.path(), &["text", name]);
        let encode = encoder(folder.path(), &["encode", name, "--out", "out"]);
        assert_eq!(errors(&text), errors(&encode));
        assert_eq!((text.status.code(), text.stdout.len()), (Some(65), 0), "{name}");
    }
    assert!(errors(&encoder(folder.path(), &["text", "scan.pdf"])).contains("looks scanned"));
    let half = encoder(folder.path(), &["text", "half.pdf"]);
    assert_eq!(
        (half.status.code(), &*half.stdout),
        (Some(0), &b"Word\x0c\x0c"[..])
    );
    assert_eq!(errors(&half), "note: 1 of 2 pages has no text: 2\n");
}

#[test]
fn what_is_missing_is_one_failure_among_the_rest() {
    let folder = folder(&["a.txt", "b.txt"]);
    let arguments = [
        "encode",
        "a.txt",
        "missing.pdf",
        "none-*.pdf",
        "b.txt",
        "--out",
        "out",
        "--json",
    ];
    let output = encoder(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(66));
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&summary["encoded"], &summary["failed"]), (&2.into(), &2.into()));
    let documents = summary["documents"].as_array().unwrap();
    let files: Vec<_> = documents
        .iter()
        .map(|document| document["file"].as_str().unwrap())
        .collect();
    assert_eq!(files, ["a.txt", "missing.pdf", "none-*.pdf", "b.txt"]);
    assert_eq!(documents[1]["reason"], "SourceNotFound");
    assert_eq!(documents[3]["status"], "encoded");
}

#[test]
fn results_are_not_encoded_again() {
    let folder = folder(&["a.txt", "b.txt"]);
    for _ in 0..2 {
        let output = encoder(folder.path(), &["encode", ".", "--out", "sub", "--json"]);
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&summary["encoded"], &summary["skipped"]), (&2.into(), &0.into()));
    }
    let elsewhere = encoder(folder.path(), &["encode", ".", "--out", "other", "--json"]);
    let summary: Value = serde_json::from_slice(&elsewhere.stdout).unwrap();
    assert_eq!(summary["encoded"], 2);
}

#[test]
fn what_is_no_result_is_never_replaced() {
    let folder = folder(&["a.txt"]);
    let theirs = folder.path().join("a").join("manifest.json");
    fs::create_dir(folder.path().join("a")).unwrap();
    fs::write(&theirs, r#"{"name":"an extension","manifest_version":3}"#).unwrap();
    let output = encoder(folder.path(), &["encode", "a.txt", "--out", "."]);
    assert_eq!(output.status.code(), Some(74), "{}", errors(&output));
    assert!(
        errors(&output).contains("choose another folder with --out"),
        "{}",
        errors(&output)
    );
    assert!(fs::read_to_string(&theirs).unwrap().contains("an extension"));
    assert_eq!(fs::read_dir(folder.path().join("a")).unwrap().count(), 1);
}

#[test]
fn who_replaces_the_result_of_another_document_is_told() {
    let folder = folder(&["a.txt"]);
    let encode = || encoder(folder.path(), &["encode", "a.txt", "--out", "out"]);
    for _ in 0..2 {
        assert_eq!(errors(&encode()), "");
    }
    fs::write(folder.path().join("a.txt"), "Another text.").unwrap();
    assert!(errors(&encode()).contains("note: it replaces the result of another document"));
}

#[test]
fn a_result_that_cannot_be_written_leaves_nothing_unfinished() {
    let folder = folder(&["a.txt"]);
    let encode = |arguments: &[&str]| {
        let arguments = [&["encode", "a.txt", "--out", "out"], arguments].concat();
        encoder(folder.path(), &arguments).status.code()
    };
    assert_eq!(encode(&[]), Some(0));
    // A folder in a data file's place cannot be replaced by a file.
    let out = folder.path().join("out").join("a");
    let data = out.join("a_sections_index.json");
    let unfinished = || {
        let names = fs::read_dir(&out)
            .unwrap()
            .map(|entry| entry.unwrap().file_name());
        names
            .filter(|name| name.to_string_lossy().ends_with(".part"))
            .count()
    };
    fs::remove_file(&data).unwrap();
    fs::create_dir(&data).unwrap();
    assert_eq!(encode(&["--chunk-size", "300"]), Some(74));
    assert!(
        out.join("manifest.json").exists(),
        "the earlier result is not begun to be replaced"
    );
    assert_eq!(unfinished(), 0);
    fs::remove_dir(&data).unwrap();
    assert_eq!(encode(&["--chunk-size", "300"]), Some(0));
    assert_eq!(encoder(folder.path(), &["verify", "out"]).status.code(), Some(0));
}

#[test]
fn each_result_is_verified_whatever_becomes_of_those_before() {
    let folder = folder(&["a.txt", "b.txt", "c.txt"]);
    encoder(folder.path(), &["encode", ".", "--out", "out"]);
    for name in ["a", "b"] {
        let index = format!("{name}_sections_index.json");
        fs::write(folder.path().join("out").join(name).join(index), "{}").unwrap();
    }
    let output = encoder(folder.path(), &["verify", "out"]);
    assert_eq!(output.status.code(), Some(74));
    assert_eq!(errors(&output).lines().count(), 2, "{}", errors(&output));
    let verified = String::from_utf8(output.stdout).unwrap();
    assert_eq!(verified, "out/c/manifest.json: verified\n");
}

/// Asks bash what it would complete.
#[test]
fn bash_completes_options_and_their_values() {
    let folder = folder(&[]);
    let script = encoder(folder.path(), &["completions", "bash"]).stdout;
    fs::write(folder.path().join("completions"), script).unwrap();
    let completed = |words: &str| {
        let script = format!(
            "source completions; COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 )); \
             _encoder__job encoder-job \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; echo \"${{COMPREPLY[*]}}\""
        );
        let mut bash = Command::new("bash");
        let output = bash
            .current_dir(folder.path())
            .args(["-c", &script])
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    };
    assert_eq!(completed("encoder-job enc"), "encode");
    assert_eq!(completed("encoder-job encode --bou"), "--boundary");
    assert_eq!(completed("encoder-job encode --boundary ''"), "sentence token");
    assert_eq!(completed("encoder-job completions zs"), "zsh");
}

#[test]
fn no_name_steers_a_terminal() {
    let name = "a\u{1b}[31mb.txt";
    let folder = folder(&[name]);
    let encoded = encoder(
        folder.path(),
        &["encode", name, "gone\u{7}.txt", "--out", "o\u{7}ut"],
    );
    let verified = encoder(folder.path(), &["verify", "o\u{7}ut"]);
    let missing = encoder(folder.path(), &["text", "gone\u{7}.txt"]);
    for output in [&encoded, &verified, &missing] {
        let all = [&*output.stdout, &*output.stderr].concat();
        assert!(!all.iter().any(|&byte| byte == 0x1b || byte == 0x7), "{all:?}");
    }
    assert!(String::from_utf8_lossy(&encoded.stdout).starts_with(r"a\u{1b}[31mb.txt: 1 page,"));
    assert!(errors(&missing).starts_with(r"gone\u{7}.txt: SourceNotFound"));
}

#[test]
fn verifying_ends_with_the_status_of_the_reason() {
    let folder = folder(&["a.txt"]);
    for (name, status, reason) in [(".", 66, "SourceNotFound"), ("no", 66, "SourceNotFound")] {
        let output = encoder(folder.path(), &["verify", name]);
        assert_eq!(output.status.code(), Some(status), "{name}");
        assert!(
            errors(&output).starts_with(&format!("{name}: {reason}: ")),
            "{name}"
        );
    }
    assert!(
        encoder(folder.path(), &["encode", "a.txt", "--out", "out"])
            .status
            .success()
    );
    fs::remove_file(folder.path().join("out/a/a_sections_index.json")).unwrap();
    let output = encoder(folder.path(), &["verify", "out"]);
    assert_eq!(output.status.code(), Some(74));
    assert!(
        errors(&output).starts_with("out/a/manifest.json: OutputMissing: "),
        "{}",
        errors(&output)
    );
}
