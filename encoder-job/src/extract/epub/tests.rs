use super::*;
use crate::extract::testing::{Collected, collect, noise, series, texts, zip};

const CONTAINER: &str = "<container><rootfiles><rootfile full-path='OEBPS/book.opf' \
    media-type='application/oebps-package+xml'/></rootfiles></container>";
const OPF: &str = "<package xmlns:dc='dc'><metadata><dc:title>Il &amp; libro</dc:title><dc:title>no</dc:title></metadata><manifest>\
    <item id='nav' href='nav.xhtml' media-type='application/xhtml+xml' properties='scripted nav'/>\
    <item id='ncx' href='toc.ncx' media-type='application/x-dtbncx+xml'/>\
    <item id='uno' href='Text/capo%20uno.xhtml' media-type='application/xhtml+xml'/>\
    <item id='due' href='Text/due.xhtml' media-type='application/xhtml+xml'/>\
    <item id='pdf' href='x.pdf' media-type='application/pdf' fallback='tre'/>\
    <item id='tre' href='Text/Tre.xhtml' media-type='application/xhtml+xml'/></manifest>\
    <spine toc='ncx'><itemref idref='due'/><itemref idref='uno'/><itemref idref='due'/><itemref idref='gone'/>\
    <itemref idref='pdf' linear='no'/></spine></package>";
const ONE: &str = "<?xml version='1.0'?><html><head><title>T</title></head><body><h1>Capo uno</h1><p>Perché.</p>\
    <h2 id='s'>Sotto</h2><p>x</p><a id='z'/><p>zeta</p></body></html>";
const TWO: &str = "<html><body><p>Prefazione</p></body></html>";
const THREE: &str = "<html><body><h3>Tre</h3></body></html>";
const NAV: &str = "<html><body><nav epub:type='landmarks'><ol><li><a href='Text/due.xhtml'>no</a></li></ol></nav>\
    <nav epub:type='toc'><h1>Indice</h1><ol><li><a href='Text/due.xhtml'>Prefazione</a></li>\
    <li><span>Parte <b>prima</b></span><ol><li><a href='Text/capo%20uno.xhtml#z'>Zeta</a></li>\
    <li><a href='Text/capo%20uno.xhtml#s'><i>Sotto</i>\ntitolo</a></li><li><a href='http://example.org/'>no</a></li></ol></li>\
    <li><a href='Text/tre.xhtml#gone'>Terzo</a></li><li><a href='x.css'>no</a></li></ol></nav></body></html>";
const NCX: &str = "<ncx><docTitle><text>no</text></docTitle><navMap><navPoint><navLabel><text>Il libro</text></navLabel>\
    <content src='Text/due.xhtml'/><navPoint><navLabel><text>Capo &amp; uno</text></navLabel><content src='Text/capo uno.xhtml'/>\
    <navPoint><navLabel><text>Sotto</text></navLabel><content src='Text/capo uno.xhtml#s'/></navPoint></navPoint></navPoint>\
    </navMap><pageList><pageTarget><navLabel><text>7</text></navLabel><content src='x'/></pageTarget></pageList></ncx>";

type Entries = Vec<(&'static str, &'static str)>;

fn entries() -> Entries {
    vec![
        ("mimetype", "application/epub+zip"),
        ("META-INF/container.xml", CONTAINER),
        ("OEBPS/book.opf", OPF),
        ("OEBPS/nav.xhtml", NAV),
        ("OEBPS/toc.ncx", NCX),
        ("OEBPS/Text/capo uno.xhtml", ONE),
        ("OEBPS/Text/due.xhtml", TWO),
        ("OEBPS/Text/tre.xhtml", THREE),
    ]
}

/// The entries, but for those whose names end like this.
fn without(name: &str) -> Entries {
    let mut entries = entries();
    entries.retain(|(entry, _)| !entry.ends_with(name));
    entries
}

/// The entries with another content for one of them.
fn with(name: &'static str, content: &'static str) -> Entries {
    let mut entries = without(name);
    entries.push((name, content));
    entries
}

fn read(entries: &Entries) -> Collected {
    collect(&zip(entries), extract).unwrap()
}

fn headings(document: &Collected) -> Vec<(u8, &str, u32, usize)> {
    let headings = document.headings.iter();
    headings
        .map(|heading| {
            (
                heading.level,
                heading.title.as_str(),
                heading.page,
                heading.offset,
            )
        })
        .collect()
}

#[test]
fn the_spine_says_which_pages_there_are_and_in_which_order() {
    assert_eq!(
        texts(&zip(&entries()), extract),
        ["Prefazione", "Capo uno\n\nPerché.\n\nSotto\n\nx\n\nzeta", "Tre"]
    );
}

#[test]
fn headings_are_where_the_navigation_document_points_to() {
    let document = read(&entries());
    assert_eq!(
        headings(&document),
        [
            (1, "Prefazione", 1, 0),
            (2, "Sotto titolo", 2, 19),
            (1, "Parte prima", 2, 29),
            (2, "Zeta", 2, 29),
            (1, "Terzo", 3, 0),
        ]
    );
    assert!(document.warnings.is_empty(), "{:?}", document.warnings);
}

#[test]
fn an_older_book_has_its_contents_in_another_file() {
    let entries = with(
        "OEBPS/nav.xhtml",
        "<html><body><nav epub:type='toc'><ol></ol></nav></body></html>",
    );
    // The book itself is around all chapters, which move up.
    assert_eq!(
        headings(&read(&entries)),
        [
            (1, "Il libro", 1, 0),
            (1, "Capo & uno", 2, 0),
            (2, "Sotto", 2, 19)
        ]
    );
}

#[test]
fn a_book_without_contents_has_the_headings_of_its_pages() {
    let mut entries = without("nav.xhtml");
    entries.retain(|(name, _)| !name.ends_with("toc.ncx"));
    assert_eq!(
        headings(&read(&entries)),
        [(1, "Capo uno", 2, 0), (2, "Sotto", 2, 19), (3, "Tre", 3, 0)]
    );
    entries.retain(|(name, _)| !name.ends_with("uno.xhtml"));
    let document = read(&entries);
    assert_eq!(headings(&document), [(3, "Tre", 3, 0), (1, "Il & libro", 1, 0)]);
}

#[test]
fn a_page_that_is_not_there_is_damaged() {
    let document = read(&without("uno.xhtml"));
    let statuses: Vec<_> = document.pages.iter().map(|page| page.status).collect();
    assert_eq!(statuses, [PageStatus::Ok, PageStatus::Damaged, PageStatus::Ok]);
    assert!(document.warnings.is_empty(), "{:?}", document.warnings);
}

#[test]
fn a_page_without_text_is_empty_and_one_that_is_a_picture_looks_scanned() {
    let path = "OEBPS/Text/due.xhtml";
    for picture in [
        "<html><body><img src='cover.jpg'/></body></html>",
        "<html><body><svg><image href='a.jpg'/></svg></body></html>",
    ] {
        let document = read(&with(path, picture));
        assert_eq!(document.pages[0].status, PageStatus::Scanned);
    }
    let document = read(&with(path, "<html><body><hr/></body></html>"));
    assert_eq!(document.pages[0].status, PageStatus::Empty);
    assert_eq!(headings(&document)[0], (1, "Prefazione", 1, 0));
}

#[test]
fn a_damaged_list_of_contents_is_made_up_for() {
    let document = read(&with("OEBPS/book.opf", "<package><manifest>"));
    let pages: Vec<_> = document
        .pages
        .iter()
        .map(|page| page.text.lines().next())
        .collect();
    assert_eq!(
        pages,
        [Some("1. no"), Some("Capo uno"), Some("Prefazione"), Some("Tre")]
    );
    assert_eq!(document.warnings.len(), 2, "{:?}", document.warnings);
    let document = read(&without("book.opf"));
    assert_eq!(document.pages.len(), 4);
    // Without its container, the list is found by its name.
    let document = read(&without("container.xml"));
    assert_eq!((document.pages.len(), document.warnings.len()), (3, 0));
}

#[test]
fn a_book_without_pages_is_malformed() {
    let failure = collect(&zip(&[("mimetype", "application/epub+zip")]), extract).unwrap_err();
    assert_eq!(failure.reason, FailureReason::Malformed);
    assert!(failure.message.contains("EPUB"), "{failure}");
}

#[test]
fn damaged_contents_are_read_as_far_as_they_go() {
    let mut entries = without("nav.xhtml");
    entries.retain(|(name, _)| !name.ends_with("toc.ncx"));
    let half = NCX.find("Sotto").unwrap();
    entries.push(("OEBPS/toc.ncx", &NCX[..half]));
    let document = read(&entries);
    assert_eq!(headings(&document)[1].1, "Capo & uno");
    assert!(
        document.warnings[0].contains("table of contents"),
        "{:?}",
        document.warnings
    );
}

#[test]
fn what_a_book_has_twice_is_taken_in_the_order_it_stands_in() {
    // Enough of them that no order by chance is the right one.
    let item = |number: u32| {
        format!(
            "<item id='{}' href='{number}.xhtml' media-type='application/xhtml+xml' properties='nav'/>\
             <item id='n{}' href='{number}.ncx' media-type='application/x-dtbncx+xml'/>",
            noise(number),
            noise(number)
        )
    };
    let package = format!(
        "<package><manifest>{}</manifest><spine><itemref idref='0'/></spine></package>",
        series(20, item)
    );
    let mut reader = package::PackageReader::new("a.opf");
    crate::extract::xml::visit(&package, &mut reader).unwrap();
    let found = reader.finish();
    assert_eq!(found.navigation.as_deref(), Some("0.xhtml"));
    assert_eq!(found.ncx.as_deref(), Some("0.ncx"));
}

#[test]
fn guessed_encodings_are_told_in_the_order_of_the_pages() {
    let mut entries: Vec<(&str, &[u8])> = entries()
        .into_iter()
        .map(|(name, content)| (name, content.as_bytes()))
        .collect();
    entries.retain(|(name, _)| !name.starts_with("OEBPS/Text"));
    let (russian, _, _) = encoding_rs::KOI8_R.encode("<p>Все счастливые семьи похожи друг на друга");
    let (japanese, _, _) = encoding_rs::EUC_JP.encode("<p>吾輩は猫である。名前はまだ無い。");
    entries.push(("OEBPS/Text/due.xhtml", &russian));
    entries.push((
        "OEBPS/Text/capo uno.xhtml",
        b"<p>Perch\xe9 la citt\xe0 \xe8 pi\xf9 bella",
    ));
    entries.push(("OEBPS/Text/tre.xhtml", &japanese));
    let document = collect(&crate::extract::testing::zip_of(entries), extract).unwrap();
    let encodings: Vec<&str> = document
        .warnings
        .iter()
        .map(|warning| warning.split([' ', ',']).nth(5).unwrap())
        .collect();
    assert_eq!(encodings, ["koi8-u", "windows-1252", "euc-jp"]);
}

const METHOD: &str = "<enc:EncryptionMethod Algorithm='http://www.w3.org/2001/04/xmlenc#aes128-cbc'/>";

fn encryption(method: &str, paths: &[&str]) -> String {
    let data = |path: &&str| {
        format!(
            "<enc:EncryptedData>{method}<ds:KeyInfo><enc:EncryptedKey><enc:EncryptionMethod Algorithm='rsa'/></enc:EncryptedKey>\
                 </ds:KeyInfo><enc:CipherData><enc:CipherReference URI='{path}'/></enc:CipherData></enc:EncryptedData>"
        )
    };
    let data: String = paths.iter().map(data).collect();
    format!("<encryption>{data}</encryption>")
}

fn encrypted(method: &str, paths: &[&str]) -> Vec<u8> {
    let encryption = encryption(method, paths);
    let mut entries: Vec<(&str, &str)> = entries();
    entries.push(("META-INF/encryption.xml", &encryption));
    zip(&entries)
}

#[test]
fn a_protected_book_is_refused() {
    let bytes = encrypted(METHOD, &["OEBPS/Text/capo%20uno.xhtml", "OEBPS/Text/tre.xhtml"]);
    let failure = collect(&bytes, extract).unwrap_err();
    assert_eq!(failure.reason, FailureReason::Encrypted);
    assert!(failure.message.contains("protected"), "{failure}");
}

#[test]
fn a_few_encrypted_pages_are_left_out() {
    let document = collect(&encrypted(METHOD, &["OEBPS/Text/due.xhtml"]), extract).unwrap();
    assert_eq!(document.pages[0].status, PageStatus::Encrypted);
    assert_eq!(document.pages[1].status, PageStatus::Ok);
    assert!(
        document.warnings[0].contains("1 of the book's 3 pages"),
        "{:?}",
        document.warnings
    );
}

#[test]
fn obfuscated_fonts_do_no_harm() {
    for algorithm in [
        "http://www.idpf.org/2008/embedding",
        "http://ns.adobe.com/pdf/enc#RC",
    ] {
        let method = format!("<enc:EncryptionMethod Algorithm='{algorithm}'/>");
        let bytes = encrypted(&method, &["OEBPS/Text/due.xhtml", "OEBPS/Text/tre.xhtml"]);
        assert_eq!(texts(&bytes, extract).len(), 3);
    }
    let bytes = encrypted(METHOD, &["OEBPS/fonts/a.otf", "OEBPS/x.pdf", "OEBPS/cover.jpg"]);
    assert_eq!(texts(&bytes, extract).len(), 3);
}

#[test]
fn pages_in_legacy_encodings_are_read() {
    let mut entries: Vec<(&str, &[u8])> = entries()
        .into_iter()
        .map(|(name, content)| (name, content.as_bytes()))
        .collect();
    entries.retain(|(name, _)| !name.ends_with("due.xhtml"));
    entries.push((
        "OEBPS/Text/due.xhtml",
        b"<?xml version='1.0' encoding='iso-8859-1'?><p>Perch\xe9",
    ));
    let bytes = crate::extract::testing::zip_of(entries);
    assert_eq!(texts(&bytes, extract)[0], "Perché");
}
