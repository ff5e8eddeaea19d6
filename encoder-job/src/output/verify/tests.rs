mod rules;

use super::*;
use crate::{
    chunk::{Boundary, Parameters, Tokenizer, Tokens, chunk_id},
    document::{ExtractedDocument, Format, Heading, PAGE_END, Page, PageStatus},
    encode::{self, OnEmptyPages, Options},
    extract::RunningHeads,
};

/// A result in the shape it is read in.
#[derive(Clone)]
struct Parts {
    manifest: Manifest,
    metadata: MetadataFile<'static>,
    index: IndexFile<'static>,
}

impl Parts {
    /// What it comes to when it is written with digests that fit.
    fn verify(mut self) -> Result<(), Problem> {
        let (metadata, index) = (
            super::super::json(&self.metadata),
            super::super::json(&self.index),
        );
        for (entry, bytes) in [
            (&mut self.manifest.metadata_file, &metadata),
            (&mut self.manifest.index_file, &index),
        ] {
            (entry.size, entry.sha256) = (bytes.len(), sha256(bytes));
        }
        self.manifest.verify(&metadata, &index)
    }

    /// Leaves out chunks and numbers the rest anew, as if they were all.
    fn keep(&mut self, keep: impl Fn(usize) -> bool) {
        let mut number = 0..;
        self.metadata.chunks.retain(|_| number.next().is_some_and(&keep));
        let mut number = 0..;
        self.index.metadata.retain(|_| number.next().is_some_and(&keep));
        let count = self.metadata.chunks.len();
        for (number, (chunk, frame)) in self
            .metadata
            .chunks
            .iter_mut()
            .zip(&mut self.index.metadata)
            .enumerate()
        {
            (chunk.metadata.index, frame.id, frame.frame) = (number, number, number);
        }
        self.index.chunk_to_frame = (0..count).map(|number| (number, number)).collect();
        self.index.frame_to_chunks = (0..count).map(|number| (number, vec![number])).collect();
        (self.metadata.chunks_count, self.manifest.counts.chunks) = (count, count);
    }

    /// Takes so many characters off a chunk's beginning, as if it had always begun later.
    fn begin_later(&mut self, number: usize, characters: usize) {
        let (chunk, frame) = (
            &mut self.metadata.chunks[number],
            &mut self.index.metadata[number],
        );
        let text: String = chunk.text.chars().skip(characters).collect();
        chunk.id = chunk_id(&text, &self.manifest.parameters, 0);
        chunk.token_count = Vocabulary::new(self.manifest.parameters.tokenizer).count(&text);
        chunk.char_start += characters;
        chunk.metadata.start += characters;
        chunk.metadata.length -= characters;
        frame.length -= characters;
        frame.text = text.clone().into();
        chunk.text = text.into();
    }
}

fn prose(about: &str, sentences: usize) -> String {
    let sentences: Vec<String> = (0..sentences)
        .map(|number| format!("Sentence {number} tells of {about}."))
        .collect();
    sentences.join(" ")
}

/// Three sections on five pages, one of them empty; the last section says one thing again and again.
fn good() -> Parts {
    let texts = [
        prose("the first day", 30),
        prose("the first night", 12),
        String::new(),
        format!(
            "{}\n\nLast\n\n{}",
            prose("the second day", 30),
            "It goes on and on. ".repeat(40).trim()
        ),
        prose("the end", 20),
    ];
    let offset = texts[3].find("Last").unwrap();
    let pages = (1..).zip(texts).map(|(number, text)| Page {
        number,
        status: if text.is_empty() {
            PageStatus::Scanned
        } else {
            PageStatus::Ok
        },
        text,
    });
    let heading = |page, offset| Heading {
        level: 1,
        title: format!("On page {page}"),
        page,
        offset,
    };
    let document = ExtractedDocument {
        format: Format::Pdf,
        pages: pages.collect(),
        headings: vec![heading(1, 0), heading(4, 0), heading(4, offset)],
        warnings: Vec::new(),
    };
    encoded(&document, 10)
}

/// Two pages under a heading each, cut without overlap so that the second chunk begins with the form feed between them.
fn begins_with_form_feed() -> Parts {
    let texts = [
        "One ".repeat(40).trim().to_owned(),
        "Two ".repeat(50).trim().to_owned(),
    ];
    let pages = (1..).zip(texts).map(|(number, text)| Page {
        number,
        text,
        status: PageStatus::Ok,
    });
    let heading = |page, title: &str| Heading {
        level: 2,
        title: title.into(),
        page,
        offset: 0,
    };
    let document = ExtractedDocument {
        format: Format::Pdf,
        pages: pages.collect(),
        headings: vec![heading(1, "One"), heading(2, "Two")],
        warnings: Vec::new(),
    };
    encoded(&document, 0)
}

/// What comes of a document cut into chunks of 40 tokens.
fn encoded(document: &ExtractedDocument, overlap: usize) -> Parts {
    let options = Options {
        file_name: "a book.pdf".into(),
        source_sha256: "0".repeat(64),
        parameters: Parameters {
            size: 40,
            overlap,
            tokenizer: Tokenizer::Cl100kBase,
            boundary: Boundary::Token,
        },
        running_heads: RunningHeads::Drop,
        on_empty_pages: OnEmptyPages::Ignore,
    };
    let vocabulary = Vocabulary::new(options.parameters.tokenizer);
    let encoded = encode::encode(
        document,
        &options,
        &Tokens::of(document, vocabulary),
        "attempt-1/",
    )
    .unwrap();
    Parts {
        metadata: serde_json::from_slice(&encoded.files.metadata.bytes).unwrap(),
        index: serde_json::from_slice(&encoded.files.index.bytes).unwrap(),
        manifest: encoded.manifest,
    }
}

type Edit = fn(&mut Parts);

#[track_caller]
fn check(edits: &[(&str, Edit)]) {
    let good = good();
    good.clone().verify().unwrap();
    for (expected, edit) in edits {
        let mut broken = good.clone();
        edit(&mut broken);
        let problem = broken.verify().expect_err(expected).to_string();
        assert!(
            problem.contains(expected),
            "expected {expected:?}, got {problem:?}"
        );
    }
}

#[test]
fn the_example_has_what_the_rules_are_about() {
    let good = good();
    let chunks = &good.metadata.chunks;
    assert_eq!((good.metadata.sections_count, good.metadata.pages.len()), (3, 5));
    let ids = chunks
        .iter()
        .filter(|chunk| chunk.id != chunk_id(&chunk.text, &good.manifest.parameters, 0));
    assert!(ids.count() > 0, "no text occurs twice");
    assert!(chunks.iter().any(|chunk| chunk.page_start < chunk.page_end));
    assert!(chunks[1].char_start < chunks[0].char_end);
}

#[test]
fn a_manifest_says_what_became_of_running_heads_unless_it_was_written_before_they_did() {
    let mut manifest = good().manifest;
    let mut written: serde_json::Value = serde_json::from_slice(&manifest.to_bytes()).unwrap();
    assert_eq!(written["running_heads"], "drop");
    written.as_object_mut().unwrap().remove("running_heads");
    manifest.running_heads = None;
    assert_eq!(Manifest::parse(written.to_string().as_bytes()).unwrap(), manifest);
}

#[test]
fn both_files_say_what_the_manifest_says() {
    check(&[
        ("schema_version is 2", |r| r.metadata.schema_version = 2),
        ("file is \"other.pdf\"", |r| r.metadata.file = "other.pdf".into()),
        ("the name of a data file is \"x\"", |r| {
            r.manifest.index_file.path = "x".into();
        }),
        ("it should be \"other_sections_metadata.json\"", |r| {
            r.manifest.file = "other.pdf".into();
        }),
        (
            "attempt-1/a book_sections_metadata.json: chunk_size is 41, and the manifest says 40",
            |r| r.metadata.chunk_size = 41,
        ),
        ("overlap is 11", |r| r.metadata.overlap = 11),
        ("tokenizer is O200kBase", |r| {
            r.metadata.tokenizer = Tokenizer::O200kBase;
        }),
        ("unit is \"words\"", |r| r.metadata.unit = "words".into()),
        ("language is \"xx\"", |r| r.metadata.language = "xx".into()),
        ("language_confidence is", |r| {
            r.metadata.language_confidence /= 2.0;
        }),
        ("chunks_count is 1,", |r| r.metadata.chunks_count = 1),
        ("sections_count is 9,", |r| r.metadata.sections_count = 9),
        ("total_text_length is 9,", |r| r.metadata.total_text_length = 9),
        ("total_tokens is 9,", |r| r.metadata.total_tokens = 9),
        ("total_pages is 9,", |r| r.metadata.total_pages = 9),
        ("the number of chunks is", |r| r.metadata.chunks.truncate(1)),
        ("the number of pages is 4,", |r| r.metadata.pages.truncate(4)),
        (
            "the number of pages without text is 1, and the manifest says 0",
            |r| r.manifest.counts.empty_pages = 0,
        ),
        (
            "the number of pages without text is 1, and the manifest says 2",
            |r| {
                r.manifest.counts.empty_pages = 2;
            },
        ),
        ("max_chunks_setting", |r| {
            r.metadata.processing_info.max_chunks_setting = Some(3);
        }),
        ("processing_time is 7", |r| {
            r.metadata.processing_info.processing_time = 7;
        }),
        ("the manifest's parameters: overlap 40", |r| {
            r.manifest.parameters.overlap = 40;
        }),
    ]);
}

#[test]
fn a_damaged_page_that_has_text_is_no_page_without_text() {
    let document = ExtractedDocument {
        format: Format::Pdf,
        pages: [("some text", PageStatus::Damaged), ("", PageStatus::Damaged)]
            .into_iter()
            .zip(1..)
            .map(|((text, status), number)| Page {
                number,
                text: text.into(),
                status,
            })
            .collect(),
        headings: Vec::new(),
        warnings: Vec::new(),
    };
    let parts = encoded(&document, 10);
    assert_eq!(parts.manifest.counts.empty_pages, 1);
    parts.verify().unwrap();
}

#[test]
fn the_index_is_that_of_the_metadata() {
    check(&[
        ("a book_sections_index.json: its configuration", |r| {
            r.index.config.chunking.overlap = 9;
        }),
        ("its configuration", |r| r.index.config.chunking.chunk_size = 9),
        ("its configuration", |r| {
            r.index.config.chunking.unit = "words".into();
        }),
        ("its configuration", |r| {
            r.index.config.chunking.tokenizer = "other".into();
        }),
        ("and the metadata has", |r| r.index.metadata.truncate(1)),
        ("chunk 1: its id or its frame", |r| r.index.metadata[1].frame = 0),
        ("chunk 1: its id or its frame", |r| r.index.metadata[1].id = 0),
        ("chunk 2: its text is not that", |r| {
            r.index.metadata[2].text.to_mut().push('x');
        }),
        ("chunk 2: its length", |r| r.index.metadata[2].length += 1),
        ("chunk_to_frame", |r| r.index.chunk_to_frame.extend([(3, 0)])),
        ("chunk_to_frame", |r| {
            r.index.chunk_to_frame.retain(|&chunk, _| chunk != 3);
        }),
        ("frame_to_chunks", |r| {
            drop(r.index.frame_to_chunks.insert(3, vec![0]));
        }),
        ("frame_to_chunks", |r| {
            drop(r.index.frame_to_chunks.insert(999, vec![0]));
        }),
    ]);
}

#[test]
fn pages_make_up_the_text() {
    check(&[
        ("page 7 stands where page 2 should", |r| {
            r.metadata.pages[1].number = 7;
        }),
        ("page 2 stands where page 1 should", |r| {
            r.metadata.pages.swap(0, 1);
        }),
        ("with their form feeds, and total_text_length is", |r| {
            r.metadata.pages[1].chars += 1;
        }),
        ("with their form feeds, and total_text_length is", |r| {
            r.metadata.pages[1].chars = usize::MAX;
        }),
        ("its form feeds do not stand where its pages end", |r| {
            r.metadata.pages[0].chars -= 1;
            r.metadata.pages[1].chars += 1;
        }),
        ("with their form feeds, and total_text_length is", |r| {
            r.metadata.total_text_length += 1;
            r.manifest.counts.characters += 1;
        }),
    ]);
}

#[test]
fn a_problem_has_the_reason_of_its_kind() {
    let directory = tempfile::tempdir().unwrap();
    let problem = || match verify_directory(directory.path()) {
        Ok(mut results) => results.find_map(|(_, proved)| proved.err()),
        Err(problem) => Some(problem),
    };
    let reason = || crate::failure::Failure::from(problem().unwrap()).reason;
    assert_eq!(reason(), FailureReason::SourceNotFound);
    fs::write(directory.path().join(MANIFEST_NAME), good().manifest.to_bytes()).unwrap();
    assert_eq!(reason(), FailureReason::OutputMissing);
    fs::write(directory.path().join(MANIFEST_NAME), "{}").unwrap();
    assert_eq!(reason(), FailureReason::MetadataInvalid);
}
