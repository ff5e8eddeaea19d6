//! A file as an answer: whole and checked on the way, or a part of it, with a name that is only a name.

use std::ops::RangeInclusive;

use axum::{
    body::Body,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{TryStreamExt, stream::BoxStream};
use http_range_header::RangeUnsatisfiableError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::{
    app::App,
    http::{common::is_known, endpoints::download::DownloadError, problem::Problem},
    identity::key::hexadecimal,
};

/// A file to be sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attachment<'file> {
    /// Its key in the store.
    pub key: &'file str,
    /// Its length in bytes.
    pub size: u64,
    /// The digest of its bytes, where it is known.
    pub sha256: Option<&'file str>,
    /// What it is.
    pub media_type: &'file str,
    /// Its name.
    pub name: &'file str,
}

/// Answers a request for a file: RFC 9110, sections 13 and 14.
pub(super) async fn send(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    file: Attachment<'_>,
) -> Result<Response, Problem> {
    if let Some(sha256) = file.sha256.filter(|sha256| is_known(headers, &quoted(sha256))) {
        return Ok(not_modified(sha256));
    }
    let part = Part::asked_for(method, headers, file);
    let object = match &part {
        Part::Whole => app.store.read(file.key).await,
        Part::Range(range) => {
            app.store
                .read_range(file.key, *range.start()..range.end().saturating_add(1))
                .await
        }
        Part::None => return Ok(not_satisfiable(file.size)),
    };
    let object = object.map_err(DownloadError::from)?;
    if object.size != file.size {
        return Err(DownloadError::Inconsistent("a file has another length").into());
    }
    Ok(respond(object.into_stream(), &part, file))
}

/// What of a file is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    Range(RangeInclusive<u64>),
    /// Nothing that it has.
    None,
}

impl Part {
    /// What cannot be read as a range counts as if it were not there, and so do several ranges, and one of a file that is no more.
    fn asked_for(method: &Method, headers: &HeaderMap, file: Attachment<'_>) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let Some(range) = text(header::RANGE).filter(|_| method == Method::GET) else {
            return Self::Whole;
        };
        let is_of_this = headers.get(header::IF_RANGE).is_none_or(|tag| {
            file.sha256
                .is_some_and(|sha256| tag.as_bytes() == quoted(sha256).as_bytes())
        });
        let Some(ranges) = http_range_header::parse_range_header(range)
            .ok()
            .filter(|_| is_of_this)
        else {
            return Self::Whole;
        };
        match ranges.validate(file.size).as_deref() {
            Ok([range]) => Self::Range(range.clone()),
            Err(RangeUnsatisfiableError::Unsatisfiable) => Self::None,
            Ok(_) | Err(_) => Self::Whole,
        }
    }
}

fn not_satisfiable(size: u64) -> Response {
    let problem = Problem::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "range_not_satisfiable",
        format!("the file has {size} bytes, and none of those that were asked for"),
    );
    let size = [(header::CONTENT_RANGE, format!("bytes */{size}"))];
    (size, problem).into_response()
}

/// The entity tag of a file.
pub(super) fn quoted(sha256: &str) -> String {
    format!("\"{sha256}\"")
}

/// The client has the file with this digest.
pub(super) fn not_modified(sha256: &str) -> Response {
    let headers = [
        (header::ETAG, quoted(sha256)),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    (StatusCode::NOT_MODIFIED, headers).into_response()
}

/// Streams a file or a part of it; a whole one whose bytes have another digest in the end, where it is known, is cut off rather than completed.
fn respond(
    stream: BoxStream<'static, std::io::Result<Bytes>>,
    part: &Part,
    file: Attachment<'_>,
) -> Response {
    let size = file.size;
    let (length, is_whole) = match part {
        Part::Range(range) => {
            let length = range.end() - range.start() + 1;
            (length, length == size)
        }
        Part::Whole | Part::None => (size, true),
    };
    let mut response = match file.sha256.filter(|_| is_whole) {
        Some(sha256) => Body::from_stream(verify(stream, size, sha256.to_owned())).into_response(),
        None => Body::from_stream(stream).into_response(),
    };
    let mut headers: Vec<(HeaderName, String)> = vec![
        (header::CONTENT_TYPE, file.media_type.to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::CONTENT_DISPOSITION, attachment(file.name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        // Opened in a browser all the same, it can do nothing.
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'".to_owned(),
        ),
    ];
    headers.extend(file.sha256.map(|sha256| (header::ETAG, quoted(sha256))));
    if let Part::Range(range) = part {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let range = format!("bytes {}-{}/{size}", range.start(), range.end());
        headers.push((header::CONTENT_RANGE, range));
    }
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Hashes what passes. The last part is held back until the whole is known to be right.
fn verify(
    stream: BoxStream<'static, std::io::Result<Bytes>>,
    size: u64,
    expected: String,
) -> impl futures::Stream<Item = Result<Bytes, std::io::Error>> + Send + 'static {
    let begin = (stream, Sha256::new(), 0_u64, expected);
    futures::stream::try_unfold(
        begin,
        move |(mut stream, mut digest, mut seen, expected)| async move {
            let Some(part) = stream.try_next().await? else {
                return Ok(None);
            };
            digest.update(&part);
            seen += part.len() as u64;
            if seen >= size && hexadecimal(&digest.clone().finalize()) != expected {
                tracing::error!(expected, "failed to send a file: it has another digest");
                return Err(std::io::Error::other("the file has another digest"));
            }
            Ok(Some((part, (stream, digest, seen, expected))))
        },
    )
}

/// Characters of RFC 8187's `attr-char` besides letters and digits stay as they are.
const ATTRIBUTE: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'.')
    .remove(b'-')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+');

fn attachment(name: &str) -> String {
    format!(
        "attachment; filename*=UTF-8''{}",
        utf8_percent_encode(name, ATTRIBUTE)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(texts: &'static [&'static str]) -> BoxStream<'static, std::io::Result<Bytes>> {
        Box::pin(futures::stream::iter(
            texts.iter().map(|text| Ok(Bytes::from_static(text.as_bytes()))),
        ))
    }

    #[tokio::test]
    async fn a_file_with_another_digest_is_never_completed() {
        let right = hexadecimal(&Sha256::digest(b"abcd"));
        let whole: Vec<_> = verify(parts(&["ab", "cd"]), 4, right.clone())
            .try_collect()
            .await
            .unwrap();
        assert_eq!(whole.concat(), b"abcd");
        let wrong: Result<Vec<_>, _> = verify(parts(&["ab", "ce"]), 4, right).try_collect().await;
        assert!(wrong.is_err());
    }

    #[test]
    fn one_range_of_what_the_client_means_is_a_part() {
        let file = Attachment {
            key: "k",
            size: 10,
            sha256: Some("ab"),
            media_type: "text/plain",
            name: "a.txt",
        };
        let asked = |method: Method, range: &str, tag: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::RANGE, range.parse().unwrap());
            if let Some(tag) = tag {
                headers.insert(header::IF_RANGE, tag.parse().unwrap());
            }
            Part::asked_for(&method, &headers, file)
        };
        for (range, part) in [
            ("bytes=0-3", Part::Range(0..=3)),
            ("bytes=8-", Part::Range(8..=9)),
            ("bytes=-4", Part::Range(6..=9)),
            ("bytes=5-99", Part::Range(5..=9)),
            ("bytes=-99", Part::Range(0..=9)),
            ("bytes=10-", Part::None),
            ("bytes=0-1,4-5", Part::Whole),
            ("bytes=4-1", Part::Whole),
            ("lines=0-3", Part::Whole),
            ("bytes", Part::Whole),
        ] {
            assert_eq!(asked(Method::GET, range, None), part, "{range}");
        }
        assert_eq!(asked(Method::HEAD, "bytes=0-3", None), Part::Whole);
        assert_eq!(
            asked(Method::GET, "bytes=0-3", Some("\"ab\"")),
            Part::Range(0..=3)
        );
        for tag in ["\"ac\"", "W/\"ab\"", "Mon, 30 Nov 2026 10:00:00 GMT"] {
            assert_eq!(asked(Method::GET, "bytes=0-3", Some(tag)), Part::Whole, "{tag}");
        }
    }

    #[test]
    fn a_name_in_a_header_is_only_a_name() {
        assert_eq!(
            attachment("è \"x\".pdf"),
            "attachment; filename*=UTF-8''%C3%A8%20%22x%22.pdf"
        );
    }
}
