use super::*;
use crate::extract::testing::series;

#[derive(Default)]
struct Log(String);

impl Handler for Log {
    fn start(&mut self, name: &str, attributes: &Attributes<'_>) {
        self.0.extend(["<", name]);
        if let Some(value) = attributes.get("val") {
            self.0.extend([" ", &value]);
        }
        self.0.push('>');
    }

    fn end(&mut self, name: &str) {
        self.0.extend(["</", name, ">"]);
    }

    fn text(&mut self, text: &str) {
        self.0.push_str(text);
    }
}

fn log(xml: &str) -> (String, Result<(), Broken>) {
    let mut log = Log::default();
    let result = visit(xml, &mut log);
    (log.0, result)
}

#[test]
fn names_and_attributes_lose_their_prefixes() {
    let xml =
        "<?xml version='1.0'?><w:a xmlns:w='x'><w:b w:val='1 &amp; 2'/><!-- no --><![CDATA[<c>]]>\r\n</w:a>";
    assert_eq!(log(xml), ("<a><b 1 & 2></b><c>\n</a>".into(), Ok(())));
}

#[test]
fn only_the_references_of_xml_itself_are_resolved() {
    let xml = "<!DOCTYPE a [<!ENTITY b 'boom'>]><a val='&b;'>&lt;&#233;&#xe9;&b;&nbsp;| a & b</a>";
    assert_eq!(log(xml), ("<a &b;><éé&b; | a & b</a>".into(), Ok(())));
}

#[test]
fn what_comes_before_the_damage_is_handed_on() {
    for (xml, before, why) in [
        ("<a>x<b>y", "<a>x<b>y", "ends in the middle"),
        ("<a>x</b>y</a>", "<a>x", "broken at byte"),
        ("<a>x<b", "<a>x", "broken at byte"),
    ] {
        let (log, result) = log(xml);
        assert_eq!(log, before, "{xml}");
        let Broken(what) = result.unwrap_err();
        assert!(what.contains(why), "{xml}: {what}");
    }
}

#[test]
fn depth_has_an_end() {
    let (_, result) = log(&"<a>".repeat(1_000_000));
    assert!(result.unwrap_err().0.contains("nested more than"));
    let deep = format!("{}{}", "<a>".repeat(MAX_DEPTH), "</a>".repeat(MAX_DEPTH));
    assert_eq!(log(&deep).1, Ok(()));
}

#[test]
fn any_encoding_will_do() {
    let xml = "<?xml version='1.0' encoding='utf-16'?><a>è</a>";
    let utf_16: Vec<u8> = "\u{feff}"
        .chars()
        .chain(xml.chars())
        .collect::<String>()
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    assert_eq!(text(&utf_16).unwrap(), xml);
    assert_eq!(
        text(b"<?xml version='1.0' encoding='iso-8859-15'?><a>\xa4</a>").unwrap(),
        "<?xml version='1.0' encoding='iso-8859-15'?><a>€</a>"
    );
    assert!(text(b"\0\0\0\0").unwrap_err().0.contains("binary"));
}

#[test]
fn a_thousand_attributes_take_no_time() {
    let attributes = series(200_000, |number| format!(" a{number}=''"));
    let start = format!("<a{attributes} val='x'/>");
    assert_eq!(log(&start), ("<a x></a>".into(), Ok(())));
}
