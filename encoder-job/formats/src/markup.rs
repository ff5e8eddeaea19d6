//! Which text is HTML, which Markdown, and which is not meant to be read.

/// How much of a text is looked at, in bytes.
const SAMPLE: usize = 1 << 16;
/// Tags by which HTML is known without its first lines.
const TAGS: [&str; 20] = [
    "<p>", "<p ", "</p>", "<div", "<br>", "<br/>", "<br />", "<a href", "<h1", "<h2", "<h3", "<ul>", "<ol>",
    "<li>", "<table", "<td", "<span", "<img ", "<title>", "<meta ",
];
/// So many different tags make HTML of a text that begins with a tag; where the name says that it is HTML, one is enough.
const LEAST_TAGS: usize = 3;

/// Whether a text is HTML: by its first tag, by its tags, or by its name and one tag.
pub fn is_html(text: &str, extension: &str) -> bool {
    let first = after_prolog(text);
    let begins_with = |beginning: &str| {
        first
            .get(..beginning.len())
            .is_some_and(|first| first.eq_ignore_ascii_case(beginning))
    };
    if begins_with("<!doctype html") || begins_with("<html") {
        return true;
    }
    let is_named_text = matches!(extension, "md" | "markdown" | "txt" | "text");
    if is_named_text || begins_with("<?") {
        return false;
    }
    if begins_with("<head>") || begins_with("<body") {
        return true;
    }
    let is_named_html = matches!(extension, "html" | "htm" | "xhtml" | "xht");
    if !is_named_html && !first.starts_with('<') {
        return false;
    }
    let sample = sample(text).to_ascii_lowercase();
    let found = TAGS.iter().filter(|tag| sample.contains(**tag)).count();
    found >= if is_named_html { 1 } else { LEAST_TAGS }
}

/// What comes after spaces, an XML declaration and comments.
fn after_prolog(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let end = if rest.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else if rest.starts_with("<?xml") {
            rest.find("?>").map(|at| at + 2)
        } else {
            None
        };
        match end {
            Some(end) => rest = rest[end..].trim_start(),
            None => return rest,
        }
    }
}

/// By its name, or by two different marks of Markdown.
pub fn is_markdown(text: &str, extension: &str) -> bool {
    match extension {
        "md" | "markdown" => return true,
        "txt" | "text" => return false,
        _ => {}
    }
    let lines = || text.lines().take(2000);
    let heading = lines().any(|line| line.starts_with("# ") || line.starts_with("## "));
    let other = lines().any(|line| {
        line.starts_with("```")
            || line.starts_with("- ")
            || line.starts_with("* ")
            || (line.contains("](") && line.contains('['))
    });
    heading && other
}

/// What a text is that is not meant to be read as it stands.
pub fn other(text: &str) -> Option<&'static str> {
    let head = &text[..text.floor_char_boundary(2048)];
    let lower = head.to_ascii_lowercase();
    let is_message = ["from:", "mime-version:", "subject:", "snapshot-content-location:"]
        .iter()
        .any(|header| lower.starts_with(header));
    if is_message && lower.contains("multipart/related") {
        return Some("a saved web page of the format MHTML");
    }
    if lower.contains("<?mso-application") || lower.contains("schemas.microsoft.com/office/2006/xmlpackage") {
        return Some("an Office document as a single XML file");
    }
    None
}

fn sample(text: &str) -> &str {
    &text[..text.floor_char_boundary(SAMPLE)]
}
