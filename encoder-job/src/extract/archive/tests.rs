use super::*;
use crate::extract::testing::{noise, series, zip, zip_of};

fn read(bytes: &[u8], path: &str) -> Option<Part> {
    Archive::open(bytes).unwrap().read(path).unwrap()
}

fn refusal(bytes: &[u8], path: &str) -> Failure {
    Archive::open(bytes)
        .and_then(|mut archive| archive.read(path))
        .unwrap_err()
}

/// Where `needle` begins for the last time.
fn last(bytes: &[u8], needle: &[u8]) -> usize {
    memchr::memmem::rfind(bytes, needle).unwrap()
}

#[test]
fn entries_are_found_in_whatever_way_their_paths_are_written() {
    let bytes = zip(&[
        ("a/B.xml", "uno"),
        ("./c//d\\e.xml", "due"),
        ("/f.xml", "tre"),
        ("g/", ""),
    ]);
    for (path, content) in [
        ("a/b.XML", "uno"),
        ("/a/./b.xml", "uno"),
        ("x/../a/b.xml", "uno"),
        ("c/d/e.xml", "due"),
        ("f.xml", "tre"),
    ] {
        let part = read(&bytes, path).unwrap();
        assert_eq!(
            (part.bytes.as_slice(), part.damage),
            (content.as_bytes(), None),
            "{path}"
        );
    }
    for path in ["", "/", "..", "../a/b.xml", "a", "g", "g/", "a/b.xml/c"] {
        assert_eq!(read(&bytes, path), None, "{path}");
    }
    let mut paths: Vec<_> = Archive::open(&bytes)
        .unwrap()
        .paths()
        .map(str::to_owned)
        .collect();
    paths.sort();
    assert_eq!(paths, ["a/b.xml", "c/d/e.xml", "f.xml"]);
}

#[test]
fn names_may_be_written_as_links_are() {
    let bytes = zip(&[
        ("%5BContent_Types%5D.xml", "types"),
        ("a%20b/c.xml", "uno"),
        ("a b/d.xml", "due"),
        ("a%20b/d.xml", "tre"),
        ("100%.xml", "quattro"),
        ("%2e%2e/e.xml", "fuori"),
    ]);
    for (path, content) in [
        ("[Content_Types].xml", Some("types")),
        ("a b/c.xml", Some("uno")),
        ("a%20b/c.xml", Some("uno")),
        // What is written out comes first.
        ("a b/d.xml", Some("due")),
        ("a%20b/d.xml", Some("tre")),
        ("100%.xml", Some("quattro")),
        ("e.xml", None),
    ] {
        let found = read(&bytes, path).map(|part| String::from_utf8(part.bytes).unwrap());
        assert_eq!(found.as_deref(), content, "{path}");
    }
}

#[test]
fn names_that_lead_out_of_the_archive_lead_nowhere() {
    let bytes = zip(&[
        ("../../etc/passwd", "x"),
        ("a/../../b", "y"),
        ("..\\c", "z"),
        ("d", "w"),
    ]);
    let archive = Archive::open(&bytes).unwrap();
    assert_eq!(archive.paths().collect::<Vec<_>>(), ["d"]);
}

#[test]
fn links_are_followed_inside_the_archive_only() {
    let link = |from: &str, target: &str| resolve(from, target).map(|link| (link.path, link.anchor));
    let to = |path: &str, anchor: Option<&str>| Some((path.to_owned(), anchor.map(str::to_owned)));
    assert_eq!(
        link("OEBPS/book.opf", "Text/Uno%20due.xhtml"),
        to("oebps/text/uno due.xhtml", None)
    );
    assert_eq!(
        link("a/nav.xhtml", "../b/c.xhtml#x%C3%A8"),
        to("b/c.xhtml", Some("xè"))
    );
    assert_eq!(link("a/nav.xhtml", "#top"), to("a/nav.xhtml", Some("top")));
    assert_eq!(link("a/nav.xhtml", "c.xhtml?x=1#"), to("a/c.xhtml", None));
    assert_eq!(link("a/b", "/word/document.xml"), to("word/document.xml", None));
    assert_eq!(link("", "word/document.xml"), to("word/document.xml", None));
    for target in [
        "../../x",
        "http://example.org/x",
        "mailto:x@example.org",
        "file:///etc/passwd",
    ] {
        assert_eq!(link("a/b", target), None, "{target}");
    }
}

const SMALL: Limits = Limits {
    entries: 3,
    entry_bytes: 1_000,
    total_bytes: 2_000,
};

#[test]
fn what_really_comes_out_is_counted() {
    let large = " ".repeat(1_000);
    let bytes = zip(&[("a", &large), ("b", &large), ("c", "x")]);
    let mut archive = Archive::open_within(&bytes, SMALL).unwrap();
    for path in ["a", "b"] {
        assert_eq!(archive.read(path).unwrap().unwrap().bytes.len(), 1_000);
    }
    let failure = archive.read("c").unwrap_err();
    assert_eq!(failure.reason, FailureReason::Malformed);
    assert!(failure.message.contains("decompression bomb"), "{failure}");
}

#[test]
fn a_bomb_is_never_unpacked_whatever_its_headers_say() {
    let mut bytes = zip(&[("a", &" ".repeat(1_001))]);
    let mut archive = Archive::open_within(&bytes, SMALL).unwrap();
    assert!(
        archive
            .read("a")
            .unwrap_err()
            .message
            .contains("decompression bomb")
    );
    // Now the directory claims that it is small.
    let directory = last(&bytes, b"PK\x01\x02");
    bytes[directory + 24..directory + 28].copy_from_slice(&10_u32.to_le_bytes());
    let mut archive = Archive::open_within(&bytes, SMALL).unwrap();
    let part = archive.read("a").unwrap().unwrap();
    assert!(part.bytes.len() <= 10 && part.damage.is_some());
    // And there is no directory.
    let mut archive = Archive::open_within(&bytes[..directory], SMALL).unwrap();
    assert!(
        archive
            .read("a")
            .unwrap_err()
            .message
            .contains("decompression bomb")
    );
}

#[test]
fn too_many_entries_are_refused_before_they_are_read() {
    let bytes = zip(&[("a", ""), ("b", ""), ("c", ""), ("d", "")]);
    for bytes in [&bytes[..], &bytes[..bytes.len() - 30]] {
        let failure = Archive::open_within(bytes, SMALL).err().unwrap();
        assert_eq!(failure.reason, FailureReason::Malformed);
        assert!(failure.message.contains("more than 3 entries"), "{failure}");
    }
}

#[test]
fn a_wrong_checksum_is_damage_and_what_came_out_is_kept() {
    let mut bytes = zip(&[("a", "uno due tre")]);
    let directory = last(&bytes, b"PK\x01\x02");
    bytes[directory + 16] ^= 1;
    let part = read(&bytes, "a").unwrap();
    assert_eq!(part.bytes, b"uno due tre");
    assert!(part.damage.is_some());
}

#[test]
fn memory_that_ends_is_no_damage() {
    let ended = |kind: io::ErrorKind| unpacked(b"uno".to_vec(), Err(kind.into()));
    let failure = ended(io::ErrorKind::OutOfMemory).unwrap_err();
    assert_eq!(failure.reason, FailureReason::OutOfMemory);
    assert_eq!(
        reserve(&mut Vec::new(), u64::MAX).unwrap_err().kind(),
        io::ErrorKind::OutOfMemory
    );
    let part = ended(io::ErrorKind::InvalidData).unwrap();
    assert_eq!(part.bytes, b"uno");
    assert!(part.damage.unwrap().contains("unpacking"));
}

#[test]
fn what_a_directory_claims_sets_no_memory_aside() {
    // Of a few packed bytes not more can come than they can hold, whatever stands beside them.
    let mut bytes = zip(&[("a", "uno")]);
    let directory = last(&bytes, b"PK\x01\x02");
    bytes[directory + 24..directory + 28].copy_from_slice(&(100_u32 << 20).to_le_bytes());
    let part = read(&bytes, "a").unwrap();
    assert_eq!(part.bytes, b"uno");
    assert!(part.bytes.capacity() < 10_000, "{}", part.bytes.capacity());
}

#[test]
fn an_archive_without_its_end_is_salvaged() {
    let long = "Nel mezzo del cammin di nostra vita. ".repeat(1_000);
    let noise = series(3_000, noise);
    let whole = zip(&[("a", "uno"), ("b", &long), ("c", &noise)]);
    for cut in [1, 30, 200, 2_000] {
        let bytes = &whole[..whole.len() - cut];
        let mut archive = Archive::open(bytes).unwrap();
        assert!(archive.warning().is_some(), "{cut}");
        assert_eq!(archive.read("a").unwrap().unwrap().bytes, b"uno");
        assert_eq!(archive.read("b").unwrap().unwrap().bytes, long.as_bytes());
        let last = archive.read("c").unwrap().unwrap();
        assert!(noise.as_bytes().starts_with(&last.bytes));
        assert!(last.bytes.len() > 1_000, "{cut}: {}", last.bytes.len());
        assert_eq!(last.damage.is_some(), cut >= 200);
    }
    assert_eq!(Archive::open(&whole).unwrap().warning(), None);
}

#[test]
fn entries_whose_size_comes_after_them_are_salvaged() {
    // As a program writes them that cannot go back: a header without sizes, the data, then the sizes.
    let mut bytes = Vec::new();
    for (name, method, data) in [("a", 0_u8, &b"uno"[..]), ("b", 8, b"\x03\x00"), ("c", 99, b"?")] {
        bytes.extend_from_slice(b"PK\x03\x04\x14\0\x08\0");
        bytes.extend_from_slice(&[method, 0]);
        bytes.extend_from_slice(&[0; 16]);
        bytes.extend_from_slice(&[1, 0, 0, 0]);
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(data);
        bytes.extend_from_slice(b"PK\x07\x08");
        bytes.extend_from_slice(&[0; 12]);
    }
    let mut archive = Archive::open(&bytes).unwrap();
    assert_eq!(archive.read("a").unwrap().unwrap().bytes, b"uno");
    assert_eq!(
        archive.read("b").unwrap().unwrap(),
        Part {
            bytes: Vec::new(),
            damage: None
        }
    );
    assert!(
        archive
            .read("c")
            .unwrap()
            .unwrap()
            .damage
            .unwrap()
            .contains("not known")
    );
}

#[test]
fn what_needs_a_password_is_said_to() {
    let mut bytes = zip(&[("a", "x"), ("b", "y")]);
    assert!(!Archive::open(&bytes).unwrap().is_encrypted());
    let directory = memchr::memmem::find(&bytes, b"PK\x01\x02").unwrap();
    bytes[directory + 8] |= 1;
    bytes[6] |= 1;
    let mut archive = Archive::open(&bytes).unwrap();
    assert!(archive.is_encrypted());
    assert_eq!(archive.read("a").unwrap_err().reason, FailureReason::Encrypted);
    assert_eq!(archive.read("b").unwrap().unwrap().bytes, b"y");
    // And without the directory.
    assert_eq!(refusal(&bytes[..directory], "a").reason, FailureReason::Encrypted);
}

#[test]
fn what_is_no_archive_is_said_to_be_none() {
    for bytes in [
        &b""[..],
        b"PK",
        b"PK\x03\x04",
        b"PK\x03\x04 and no more than that",
        b"PK\x05\x06\0\0",
    ] {
        let failure = Archive::open(bytes).err().unwrap();
        assert_eq!(failure.reason, FailureReason::Malformed);
        assert!(failure.message.contains("ZIP archive"), "{failure}");
    }
}

#[test]
fn an_archive_inside_is_not_opened() {
    let inner = zip(&[("word/document.xml", "no")]);
    let bytes = zip_of([("a.docx", inner.as_slice()), ("b", b"x")]);
    assert_eq!(read(&bytes, "word/document.xml"), None);
    // Not even where the outer one is salvaged: its entries are compressed, or their sizes are known.
    assert_eq!(read(&bytes[..bytes.len() - 40], "word/document.xml"), None);
}
