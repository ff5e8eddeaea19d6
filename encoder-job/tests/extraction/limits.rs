//! What is made to take without end: time, memory, depth.

use std::{io::Write as _, process::Command, time::Duration};

use encoder_job::chunk::{MIN_SIZE, Parameters};
use flate2::{Compression, write::ZlibEncoder};

use super::{
    Folder, PAGES, encoder,
    pages::one_page,
    refused,
    support::{PdfBuilder, pdf},
    text, watched,
};

/// A page whose content is this stream, compressed `times` times over.
fn compressed_page(content: &[u8], times: usize) -> Vec<u8> {
    let mut data = content.to_vec();
    for _ in 0..times {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&data).unwrap();
        data = encoder.finish().unwrap();
    }
    let mut builder = PdfBuilder::default();
    let filters = "/FlateDecode ".repeat(times);
    let content = builder.stream(&format!("/Filter [{filters}]"), &data);
    one_page(builder, content, "")
}

#[test]
fn a_page_that_is_a_decompression_bomb_is_damaged() {
    // 256 MiB of spaces, compressed twice, come to some hundred bytes.
    let mut content = vec![b' '; 256 << 20];
    content.extend_from_slice(b"BT ET");
    for times in [1, 2] {
        refused(
            &text(&compressed_page(&content, times), "bomb.pdf"),
            65,
            "Malformed",
        );
    }
}

#[test]
fn a_string_that_never_ends_takes_no_more_memory_than_a_page_may() {
    const STRING_BYTES: usize = 30 << 20;
    let letters = "a".repeat(STRING_BYTES);
    let strings = format!("({})", "b".repeat(1000)).repeat(STRING_BYTES / 1000);
    let folder = Folder::new();
    for shown in [format!("({letters}) Tj"), format!("[{strings}] TJ")] {
        // No glyph moves on, so that all of them stand on the page.
        let content = format!("BT /F1 11 Tf 0 Tz 72 760 Td {shown} ET");
        let file = folder.file("string.pdf", &compressed_page(content.as_bytes(), 1));
        let mut command = Command::new(env!("CARGO_BIN_EXE_encoder-job"));
        command.args(["text", "--pdf-engine", "hayro"]).arg(file);
        let watched = watched::watch(
            &mut command,
            Duration::from_mins(2),
            &folder.path().join("errors"),
        );
        assert!(
            watched.status.is_some_and(|status| status.success()),
            "after {:?}: {}",
            watched.time,
            watched.errors
        );
        assert!(
            watched.errors.contains("was not read wholly"),
            "{}",
            watched.errors
        );
        assert!(watched.memory < 400 << 20, "{}", watched.memory);
    }
}

#[test]
fn a_text_takes_no_more_memory_than_is_set_aside_for_it() {
    const TEXT_BYTES: usize = 4 << 20;
    // The program itself, its stacks, and what it works with.
    const PROGRAM_BYTES: u64 = 32 << 20;
    let folder = Folder::new();
    let usual = Parameters::default();
    let smallest = Parameters {
        size: MIN_SIZE,
        overlap: 0,
        ..usual
    };
    for (piece, text_bytes, parameters) in [
        ("acgt", TEXT_BYTES, usual),
        ("a1", TEXT_BYTES, usual),
        ("word ", TEXT_BYTES, usual),
        ("?\n", TEXT_BYTES, usual),
        // Each chunk costs more than its text.
        ("a1", TEXT_BYTES / 8, smallest),
        ("x\n\n", TEXT_BYTES / 8, smallest),
    ] {
        let file = folder.file("long.txt", piece.repeat(text_bytes / piece.len()).as_bytes());
        let mut command = Command::new(env!("CARGO_BIN_EXE_encoder-job"));
        command
            .args(["encode", "--chunk-size", &parameters.size.to_string()])
            .args(["--overlap", &parameters.overlap.to_string(), "--out"])
            .arg(folder.path().join("results"))
            .arg(file);
        let watched = watched::watch(
            &mut command,
            Duration::from_mins(5),
            &folder.path().join("errors"),
        );
        assert!(
            watched.status.is_some_and(|status| status.success()),
            "{piece:?}, after {:?}: {}",
            watched.time,
            watched.errors
        );
        let aside = parameters.memory_of_a_byte() * text_bytes as u64;
        assert!(
            watched.memory < PROGRAM_BYTES + aside,
            "{piece:?}: {}",
            watched.memory
        );
    }
}

#[test]
fn a_document_that_unpacks_to_more_than_the_memory_is_no_damaged_one() {
    let folder = Folder::new();
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive
        .start_file("word/document.xml", zip::write::SimpleFileOptions::default())
        .unwrap();
    archive
        .write_all(b"<w:document><w:body><w:p><w:r><w:t>one</w:t></w:r></w:p>")
        .unwrap();
    let spaces = vec![b' '; 1 << 20];
    for _ in 0..120 {
        archive.write_all(&spaces).unwrap();
    }
    archive.write_all(b"</w:body></w:document>").unwrap();
    let whole = archive.finish().unwrap().into_inner();
    // With the archive's directory and without it.
    for bytes in [&whole[..], &whole[..whole.len() - 40]] {
        let file = folder.file("large.docx", bytes);
        let run = |kilobytes: &str| {
            Command::new("sh")
                .args(["-c", "ulimit -d \"$0\"; exec \"$@\"", kilobytes])
                .arg(env!("CARGO_BIN_EXE_encoder-job"))
                .args(["text", "--timeout", "60"])
                .arg(&file)
                .output()
                .unwrap()
        };
        refused(&run("98304"), 75, "OutOfMemory");
        let output = run("655360");
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            "one\u{c}",
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn endless_nesting_is_no_danger() {
    let nested = |open: &str, close: &str, times: usize| {
        let content = format!("{}{}", open.repeat(times), close.repeat(times));
        compressed_page(content.as_bytes(), 1)
    };
    let mut tree = PdfBuilder::default();
    tree.object("<< /Type /Catalog /Pages 2 0 R >>");
    tree.object("<< /Type /Pages /Count 1 /Kids [2 0 R] >>");
    for file in [
        nested("[", "]", 200_000),
        nested("<<", ">>", 100_000),
        nested("q ", "Q ", 500_000),
        tree.finish(1),
    ] {
        let output = text(&file, "deep.pdf");
        assert!(
            matches!(output.status.code(), Some(0 | 65)),
            "{:?} {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn a_document_that_takes_too_long_is_given_up_when_its_time_is_up() {
    let folder = Folder::new();
    // So long that no machine reads it before the time, of which there is none, is looked at.
    let pages = vec![PAGES[0]; 20_000];
    let file = folder.file("a.pdf", &pdf(&pages));
    refused(
        &encoder(&[&"text", &file, &"--timeout", &"0"]),
        75,
        "DeadlineExceeded",
    );
}

#[test]
fn a_parser_keeps_no_file_that_it_was_not_given_on_purpose() {
    // It waits for its task, and has the writing end of this pipe as a file nobody told it of.
    let mut parser = Command::new("sh")
        .args(["-c", "exec \"$0\" --socrate-parser-process 9>&1 >/dev/null"])
        .arg(env!("CARGO_BIN_EXE_encoder-job"))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = parser.stdout.take().unwrap();
    let (ended, end) = std::sync::mpsc::channel();
    std::thread::spawn(move || ended.send(std::io::copy(&mut pipe, &mut std::io::sink())));
    let closed = end.recv_timeout(Duration::from_mins(1));
    let still_there = parser.try_wait().unwrap().is_none();
    parser.kill().unwrap();
    parser.wait().unwrap();
    assert!(closed.is_ok_and(|closed| closed.is_ok()), "the file stays open");
    assert!(still_there, "it ended, so that its files prove nothing");
}
