//! Paths inside an archive, and links between its entries.

use percent_encoding::percent_decode_str;

/// What a link points to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Link {
    /// The path of an entry, as [`normalise`] writes it.
    pub(in super::super) path: String,
    /// The place in it.
    pub(in super::super) anchor: Option<String>,
}

/// Writes a path in the one way: from the archive's root, with slashes, in lower case (of two entries whose names differ in
/// case alone no document makes use). `None` for one that leads out of the archive or to its root.
pub(super) fn normalise(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/").to_lowercase())
}

/// Where a link in the entry `from` leads; `None` for one that leads out of the archive.
pub(in super::super) fn resolve(from: &str, target: &str) -> Option<Link> {
    let target = target.trim();
    let (path, anchor) = match target.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (target, None),
    };
    let path = path.split('?').next().unwrap_or_default();
    if path.split('/').next().is_some_and(|first| first.contains(':')) {
        return None;
    }
    let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let path = decode(path);
    let path = if path.is_empty() {
        normalise(from)
    } else if path.starts_with('/') {
        normalise(&path)
    } else {
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        normalise(&format!("{folder}/{path}"))
    }?;
    Some(Link {
        path,
        anchor: anchor.filter(|anchor| !anchor.is_empty()).map(decode),
    })
}

/// Whether a path, as [`normalise`] writes it, ends like this.
pub(in super::super) fn has_extension(path: &str, extension: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end == extension)
}
