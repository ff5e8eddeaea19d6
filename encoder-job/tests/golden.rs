//! Documents of several layouts whose text was read beside their pictures once: see `golden/README.md`.

use std::{fs, path::Path, process::Command};

/// All of them, so that none is lost unseen.
const DOCUMENTS: [&str; 6] = [
    "book",
    "landscape",
    "report",
    "tables",
    "three-columns",
    "two-columns",
];

#[test]
fn every_document_has_its_golden_text() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut wrong = Vec::new();
    for name in DOCUMENTS {
        let document = folder.join(name).with_extension("pdf");
        let head = &fs::read(&document).expect("there is a document")[..formats::HEAD_BYTES];
        assert_eq!(
            formats::detect(head, false, "upload"),
            Ok(formats::Format::Pdf),
            "{name}"
        );
        let output = Command::new(env!("CARGO_BIN_EXE_encoder-job"))
            .arg("text")
            .arg(&document)
            .output()
            .expect("the encoder runs");
        assert!(
            output.status.success(),
            "{name}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let golden =
            fs::read_to_string(folder.join(name).with_extension("txt")).expect("there is a golden text");
        let text = String::from_utf8(output.stdout).expect("text is UTF-8");
        if let Some((number, (expected, got))) = (1..)
            .zip(golden.split('\n').zip(text.split('\n')))
            .find(|(_, (expected, got))| expected != got)
        {
            wrong.push(format!(
                "{name}.txt, line {number}: expected {expected:?}, got {got:?}"
            ));
        } else if golden.len() != text.len() {
            wrong.push(format!(
                "{name}.txt: expected {} bytes, got {}",
                golden.len(),
                text.len()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
