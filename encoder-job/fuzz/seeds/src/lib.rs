//! Seeds for each target, made of the good and the bad files of the tests.

pub mod archives;

#[allow(dead_code, reason = "the tests of bad files need more of it")]
#[path = "../../../tests/bad_files/mod.rs"]
mod generator;

/// The largest seed: what is larger is slow to change, and shows nothing more.
const MOST_BYTES: usize = 16 << 10;
/// What a bomb becomes: enough to be one, and little enough to be unpacked thousands of times.
const BOMB_BYTES: usize = 1 << 17;

/// Of so many PDFs the second engine is given one: each takes a process of its own.
const PDFS_FOR_SECOND_ENGINE: usize = 10;

/// A seed of a target.
pub struct Seed {
    /// The target.
    pub target: &'static str,
    /// A name of its own.
    pub name: String,
    /// What the target is given.
    pub bytes: Vec<u8>,
}

/// All seeds.
pub fn all() -> Vec<Seed> {
    let files = generator::all(BOMB_BYTES).into_iter();
    let mut seeds: Vec<Seed> = files
        .filter(|file| file.bytes.len() <= MOST_BYTES)
        .enumerate()
        .flat_map(|(index, file)| {
            let extension = file.name.rsplit_once('.').map_or("", |(_, extension)| extension);
            let targets: &[&str] = match extension {
                "pdf" if index % PDFS_FOR_SECOND_ENGINE == 0 => &["pdf", "pdf_second_engine"],
                "pdf" => &["pdf"],
                "txt" => &["text", "chunker"],
                "md" => &["markdown"],
                "html" | "xhtml" => &["html"],
                "docx" => &["docx"],
                "epub" => &["epub"],
                _ => &[],
            };
            targets
                .iter()
                .map(|target| Seed {
                    target,
                    name: file.name.clone(),
                    bytes: file.bytes.clone(),
                })
                .collect::<Vec<_>>()
        })
        .collect();
    seeds.extend(parts_of_archives());
    seeds.extend(frames());
    seeds
}

/// The parts of good archives, each after its number.
fn parts_of_archives() -> Vec<Seed> {
    let formats = [
        ("docx", &generator::archives::DOCX),
        ("epub", &generator::archives::EPUB),
    ];
    let seeds = formats.into_iter().flat_map(|(target, format)| {
        (0..).map_while(move |number: u8| {
            let (_, content) = format.part(usize::from(number))?;
            Some(Seed {
                target,
                name: format!("part-{number}"),
                bytes: [&[number], content.as_bytes()].concat(),
            })
        })
    });
    seeds.collect()
}

/// What the parser's process says when all goes well, and a frame that lies.
fn frames() -> [Seed; 2] {
    let page = r#"{"Event":{"Page":{"number":1,"text":"Some text.","status":"ok"}}}"#;
    let heading = r#"{"Event":{"Heading":{"level":1,"title":"A","page":1,"offset":0}}}"#;
    let done = r#"{"Done":"pdf"}"#;
    let frame = |json: &str| {
        let length = u32::try_from(json.len()).unwrap_or(u32::MAX).to_le_bytes();
        [&length, json.as_bytes()].concat()
    };
    let said = [
        r#"{"Event":{"PagesTotal":1}}"#,
        page,
        heading,
        r#"{"Event":{"Remark":"A."}}"#,
        done,
    ]
    .map(frame)
    .concat();
    let failed = frame(r#"{"Failed":{"reason":"Malformed","message":"It is broken."}}"#);
    [("all-is-well", said), ("refused", failed)].map(|(name, bytes)| Seed {
        target: "protocol_frames",
        name: name.to_owned(),
        bytes,
    })
}
