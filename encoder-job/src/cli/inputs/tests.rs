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
        let inputs = expand(arguments, Some("notes.txt"), Path::new("out"));
        inputs
            .into_iter()
            .map(Result::unwrap)
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
        // What leads to nothing stands in its place, and the rest goes on.
        let arguments = [root.join("one.md"), root.join(nothing), root.join("docs/a.txt")];
        let expanded = expand(&arguments, None, Path::new("out"));
        assert_eq!(expanded.len(), 3);
        assert!(expanded[0].is_ok() && expanded[2].is_ok());
        let trouble = expanded[1].as_ref().unwrap_err();
        assert_eq!(trouble.path, arguments[1]);
        assert_eq!(trouble.failure.reason, FailureReason::SourceNotFound);
    }
}

#[test]
fn results_are_no_documents() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for folder in ["out", "earlier/book", "web"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    let zeros = "0".repeat(64);
    let entry = serde_json::json!({"path": "a", "size": 1, "sha256": zeros});
    let manifest = serde_json::json!({
        "schema_version": output::SCHEMA_VERSION, "encoder_version": "1", "file": "a", "format": "text",
        "source_sha256": zeros, "language": "it", "language_confidence": 1.0, "metadata_file": entry,
        "parameters": encoder_job::chunk::Parameters::default(), "index_file": entry,
        "counts": {"chunks": 1, "sections": 1, "tokens": 1, "characters": 1, "pages": 1, "empty_pages": 0}
    });
    for (name, content) in [
        ("a.txt", "text"),
        ("out/unfinished.json", "{}"),
        ("earlier/book/manifest.json", &manifest.to_string()),
        ("earlier/book/book_sections_index.json", "{}"),
        ("web/manifest.json", r#"{"name": "a page"}"#),
    ] {
        fs::write(root.join(name), content).unwrap();
    }
    let names = |arguments: &[PathBuf], out: &str| -> Vec<String> {
        let inputs = expand(arguments, None, &root.join(out));
        inputs.into_iter().map(|input| input.unwrap().name).collect()
    };
    let all = [root.to_owned()];
    assert_eq!(names(&all, "web/../out"), ["a.txt", "manifest.json"]);
    assert_eq!(
        names(&all, "not-there-yet"),
        ["a.txt", "unfinished.json", "manifest.json"]
    );
    // Documents may lie beside their results.
    assert_eq!(names(&all, "."), ["a.txt", "unfinished.json", "manifest.json"]);
    assert_eq!(names(&[root.join("earlier/*")], "out"), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_stops_nothing() {
    let directory = tempfile::tempdir().unwrap();
    // A link to itself is what nobody can look into, whoever runs the test.
    let endless = directory.path().join("endless");
    std::os::unix::fs::symlink("endless", &endless).unwrap();
    fs::write(directory.path().join("a.txt"), "text").unwrap();
    let mut search = Search {
        out: None,
        found: Vec::new(),
    };
    search.folder(&endless);
    search.folder(directory.path());
    let found: Vec<_> = search
        .found
        .into_iter()
        .map(|found| found.map_err(|trouble| trouble.path))
        .collect();
    assert_eq!(found[0], Err(endless));
    assert!(matches!(&found[1], Ok((_, name, ..)) if name == "a.txt"));
    assert_eq!(found.len(), 2);
}
