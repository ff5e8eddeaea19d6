//! From files to text, headings and statuses, and from bad files to clear refusals, through the binary that people use.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod limits;
mod pages;
#[path = "../support/mod.rs"]
mod support;
#[path = "../watched/mod.rs"]
mod watched;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

use support::{PdfBuilder, pdf};
use tempfile::TempDir;

const PAGES: [(Option<&str>, &str); 3] = [
    (
        Some("Primo"),
        "Primo\nNel mezzo del cammin di nostra vita mi ritrovai per una sel-\nva oscura, ch\u{e9} la diritta via.",
    ),
    (None, "The second page has (brackets) and a back\\slash."),
    (Some("Terzo"), "Terzo\nUltima pagina."),
];

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

fn encoder(arguments: &[&dyn AsRef<std::ffi::OsStr>]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_encoder-job"));
    for argument in arguments {
        command.arg(argument);
    }
    command.output().unwrap()
}

fn text(file: &[u8], name: &str) -> Output {
    let folder = Folder::new();
    encoder(&[&"text", &folder.file(name, file), &"--timeout", &"20"])
}

#[track_caller]
fn refused(output: &Output, exit_code: i32, reason: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(exit_code), "{errors}");
    assert_eq!(errors.trim_end().lines().count(), 1, "{errors}");
    assert!(errors.contains(reason), "{errors}");
}

#[test]
fn a_pdf_is_read_page_by_page_with_either_engine() {
    let folder = Folder::new();
    let file = folder.file("a.pdf", &pdf(&PAGES));
    for engine in ["auto", "hayro", "pdf-extract"] {
        let output = encoder(&[&"text", &file, &"--pdf-engine", &engine]);
        let text = String::from_utf8(output.stdout).unwrap();
        let pages: Vec<&str> = text.split_terminator('\u{c}').collect();
        assert_eq!(pages.len(), 3, "{engine}: {text}");
        assert!(
            pages[1].contains("The second page has (brackets) and a back\\slash."),
            "{engine}: {text}"
        );
        assert!(pages[0].contains("Nel mezzo del cammin"), "{engine}: {text}");
    }
    let output = encoder(&[&"text", &file]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("per una selva\noscura, ché la diritta via"));
}

#[test]
fn text_and_markdown_are_read_as_they_are() {
    let output = text("uno\r\ndue\u{c}tre".as_bytes(), "a.txt");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "uno\ndue\u{c}tre\u{c}");
    let output = text(b"# Title\n\nText.\n", "a.md");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "# Title\n\nText.\u{c}");
}

#[test]
fn encoding_writes_a_result_that_verifies_and_is_the_same_twice() {
    let folder = Folder::new();
    let file = folder.file("Il libro.pdf", &pdf(&PAGES));
    let results: Vec<Vec<(PathBuf, Vec<u8>)>> = ["one", "two"]
        .map(|name| {
            let out = folder.path().join(name);
            let output = encoder(&[&"encode", &file, &"--out", &out]);
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(encoder(&[&"verify", &out]).status.success());
            let mut files: Vec<_> = std::fs::read_dir(out.join("Il libro"))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .map(|path| {
                    (
                        PathBuf::from(path.file_name().unwrap()),
                        std::fs::read(path).unwrap(),
                    )
                })
                .collect();
            files.sort();
            files
        })
        .into();
    assert_eq!(results[0], results[1]);
    let names: Vec<&str> = results[0]
        .iter()
        .map(|(name, _)| name.to_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "Il libro_sections_index.json",
            "Il libro_sections_metadata.json",
            "manifest.json"
        ]
    );
    let metadata: serde_json::Value = serde_json::from_slice(&results[0][1].1).unwrap();
    assert_eq!(metadata["total_pages"], 3);
    assert_eq!(metadata["pages"][1]["status"], "ok");
    assert_eq!(metadata["language"], "it");
    assert_eq!(metadata["chunks"][0]["metadata"]["title"], "Primo");
    assert_eq!(metadata["unit"], "tokens");
}

#[test]
fn a_changed_byte_does_not_verify() {
    let folder = Folder::new();
    let file = folder.file("a.txt", b"Some text to be encoded, and then to be changed.");
    let out = folder.path().join("out");
    assert!(encoder(&[&"encode", &file, &"--out", &out]).status.success());
    let data = out.join("a/a_sections_metadata.json");
    let changed = std::fs::read_to_string(&data)
        .unwrap()
        .replace("changed", "altered");
    std::fs::write(&data, changed).unwrap();
    let output = encoder(&[&"verify", &out]);
    refused(&output, 74, "its SHA-256 is another");
    refused(
        &encoder(&[&"verify", &folder.path().join("nothing")]),
        66,
        "no such folder",
    );
}

#[test]
fn what_cannot_be_read_is_refused_in_one_line() {
    let folder = Folder::new();
    refused(
        &encoder(&[&"text", &folder.path().join("missing.pdf")]),
        66,
        "SourceNotFound",
    );
    refused(&text(b"", "a.pdf"), 65, "Malformed");
    refused(&text(b"\x89PNG\r\n\x1a\n....", "a.pdf"), 65, "UnsupportedFormat");
    refused(&text(b"%PDF-1.7\nnothing else", "a.pdf"), 65, "Malformed");
    let mut cut = pdf(&PAGES);
    cut.truncate(60);
    refused(&text(&cut, "a.pdf"), 65, "Malformed");
    let scanned = {
        let mut builder = PdfBuilder::default();
        let picture = builder.stream(
            "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8",
            b"\x80",
        );
        let content = builder.stream("", b"q 500 0 0 700 0 0 cm /I Do Q");
        builder.object(format!(
            "<< /Type /Page /Parent 4 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R /Resources << /XObject << /I {picture} 0 R >> >> >>"
        ));
        builder.object("<< /Type /Pages /Count 1 /Kids [3 0 R] >>");
        let catalog = builder.object("<< /Type /Catalog /Pages 4 0 R >>");
        builder.finish(catalog)
    };
    let file = folder.file("scan.pdf", &scanned);
    let output = encoder(&[&"encode", &file, &"--out", &folder.path().join("out")]);
    refused(&output, 65, "looks scanned");
    assert!(!folder.path().join("out/scan").exists());
}

#[test]
fn bad_parameters_are_refused() {
    let folder = Folder::new();
    let file = folder.file("a.txt", b"text");
    let out = folder.path().join("out");
    let output = encoder(&[
        &"encode",
        &file,
        &"--out",
        &out,
        &"--chunk-size",
        &"100",
        &"--overlap",
        &"100",
    ]);
    refused(&output, 64, "overlap 100 must be less than the chunk size 100");
    assert_eq!(encoder(&[&"encode", &"--no-such-flag"]).status.code(), Some(64));
    assert_eq!(encoder(&[&"--help"]).status.code(), Some(0));
}
