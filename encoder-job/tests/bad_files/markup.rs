//! HTML that no browser likes: nested, never closed, mixed up, or of giant parts.

use super::Collection;

pub(super) fn add(collection: &mut Collection) {
    nested(collection);
    unclosed(collection);
    entities(collection);
    giant_parts(collection);
    encodings(collection);
    for _ in 0..8 {
        tags_at_random(collection);
    }
}

fn page(body: &str) -> Vec<u8> {
    format!(
        "<!DOCTYPE html><html><head><title>A page</title></head><body><p>A sentence.</p>{body}</body></html>"
    )
    .into_bytes()
}

fn nested(collection: &mut Collection) {
    for (open, close, times) in [
        ("<div>", "</div>", 50_000),
        ("<div>", "", 50_000),
        ("<ul><li>", "</li></ul>", 20_000),
        ("<table><tr><td>", "</td></tr></table>", 5000),
        ("<b><i><u>", "</b></i></u>", 5000),
        ("<a href=x>", "", 20_000),
        ("<p><b>", "", 5000),
        ("<font><p>", "</font>", 3000),
        ("<svg><foreignObject>", "", 10_000),
        ("<math><mi>", "</math>", 10_000),
        ("<select><option>", "", 20_000),
        ("<h1>", "", 20_000),
        ("<h1>A heading</h1>", "", 50_000),
        ("<template>", "", 20_000),
        ("<iframe>", "</iframe>", 10_000),
        ("<button>", "", 10_000),
        ("", "</div>", 100_000),
    ] {
        let body = format!("{}text{}", open.repeat(times), close.repeat(times));
        collection.add("html-deeply-nested", "html", page(&body));
    }
}

fn unclosed(collection: &mut Collection) {
    for body in [
        "<!--",
        "<!-- -- --!> --",
        "<![CDATA[",
        "<script>",
        "<script>document.write('<script>')",
        "<style>p {",
        "<title>",
        "<textarea>",
        "<plaintext>",
        "<p class=\"",
        "<p class='a\" b='c\">",
        "<",
        "</",
        "<!",
        "<?",
        "<?xml version=",
        "<p <p <p <p>",
        "<p/ / / =\"\" = >",
        "<table>text<tr>text<td>text</table>text",
        "<noscript><style><title></noscript>",
    ] {
        collection.add("html-never-closed", "html", page(body));
    }
    for (piece, times) in [
        ("<!-- a ", 50_000),
        ("<script>", 50_000),
        ("<a b=\"", 50_000),
        ("<!DOCTYPE html>", 50_000),
        ("<", 150_000),
    ] {
        collection.add("html-never-closed", "html", page(&piece.repeat(times)));
    }
}

/// Entities that stand for others, for files, and for themselves.
pub(super) fn doctypes() -> Vec<String> {
    let laughs: String = (1..30)
        .map(|level| {
            format!(
                "<!ENTITY a{level} \"{}\">",
                format!("&a{};", level - 1).repeat(10)
            )
        })
        .collect();
    vec![
        format!("<!DOCTYPE html [<!ENTITY a0 \"ha\">{laughs}]>"),
        format!("<!DOCTYPE html [<!ENTITY a29 \"{}\">]>", "a".repeat(200_000)),
        "<!DOCTYPE html [<!ENTITY a29 SYSTEM \"file:///etc/passwd\">]>".to_owned(),
        "<!DOCTYPE html SYSTEM \"http://localhost/a.dtd\" [<!ENTITY % a29 SYSTEM \"b\"> %a29;]>".to_owned(),
        "<!DOCTYPE html [<!ENTITY a29 \"&a28;\"><!ENTITY a28 \"&a29;\">]>".to_owned(),
        format!("<!DOCTYPE html [{}]>", "<!ENTITY b \"c\">".repeat(50_000)),
        format!("<!DOCTYPE html {}", "[".repeat(100_000)),
    ]
}

fn entities(collection: &mut Collection) {
    let body = format!(
        "<html xmlns=\"http://www.w3.org/1999/xhtml\"><body><p>{}</p></body></html>",
        "&a29;".repeat(1000)
    );
    for doctype in doctypes() {
        let file = format!("<?xml version=\"1.0\"?>{doctype}{body}");
        collection.add("html-of-entities", "html", file.into_bytes());
    }
    for entity in [
        "&#x110000;",
        "&#xD800;",
        "&#0;",
        "&#99999999999999999999;",
        "&notit;",
        "&",
        "&#",
        "&#x",
        "&amp",
        "&CounterClockwiseContourIntegral",
    ] {
        collection.add("html-of-entities", "html", page(&entity.repeat(20_000)));
    }
}

fn giant_parts(collection: &mut Collection) {
    let attributes: String = (0..50_000).map(|number| format!(" a{number}=b")).collect();
    for body in [
        format!("<p{attributes}>"),
        format!("<p {}>", "a=b ".repeat(100_000)),
        format!("<{}>", "a".repeat(300_000)),
        format!("<p class=\"{}\">", "a ".repeat(150_000)),
        format!("<script>{}</script>", "var a;".repeat(50_000)),
        format!("<img src=\"data:image/png;base64,{}\">", "AAAA".repeat(100_000)),
        format!("<pre>{}</pre>", " ".repeat(300_000)),
        format!(
            "<table>{}</table>",
            "<tr><td rowspan=65534 colspan=1000>".repeat(5000)
        ),
        format!(
            "<ol start=-2147483648 reversed>{}</ol>",
            "<li value=2147483647>".repeat(50_000)
        ),
        "<br>".repeat(50_000),
        "<p style=display:none>hidden".repeat(50_000),
        format!("<p>{}", "&shy;&zwj;&#8203;".repeat(50_000)),
    ] {
        collection.add("html-of-giant-parts", "html", page(&body));
    }
}

fn encodings(collection: &mut Collection) {
    for name in [
        "utf-16",
        "utf-7",
        "iso-2022-jp",
        "replacement",
        "no-such-encoding",
        "",
        "windows-1252",
        "x-user-defined",
        "\u{0}",
    ] {
        let head =
            format!("<!DOCTYPE html><html><head><meta charset=\"{name}\"><title>A</title></head><body>");
        let file = [
            head.as_bytes(),
            b"<p>caf\xe9 \x1b$B\x81\x40 \xff\xfe text</p></body></html>",
        ]
        .concat();
        collection.add("html-in-a-wrong-encoding", "html", file);
    }
    let text: Vec<u8> = String::from_utf8(page(""))
        .unwrap()
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    collection.add(
        "html-in-a-wrong-encoding",
        "html",
        [&b"\xfe\xff"[..], &text].concat(),
    );
    collection.add(
        "html-in-a-wrong-encoding",
        "html",
        text[..text.len() - 1].to_vec(),
    );
    let mut noughts = page("<p>\0\0\0</p>");
    noughts.push(0);
    collection.add("html-in-a-wrong-encoding", "html", noughts);
}

fn tags_at_random(collection: &mut Collection) {
    const TAGS: [&str; 24] = [
        "a", "b", "body", "br", "button", "caption", "col", "div", "form", "frameset", "h1", "head", "html",
        "li", "math", "nobr", "p", "script", "select", "svg", "table", "td", "template", "tr",
    ];
    let mut body = String::new();
    for _ in 0..2000 {
        let tag = collection.random.choose(&TAGS);
        let form = collection.random.choose(&["<%>", "</%>", "<%/>", "<% a=b>text"]);
        body.push_str(&form.replace('%', tag));
    }
    collection.add("html-tags-at-random", "html", page(&body));
}
