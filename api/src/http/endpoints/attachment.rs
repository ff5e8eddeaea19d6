//! A file as an answer: streamed, checked on the way, with a name that is only a name.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{TryStreamExt, stream::BoxStream};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::identity::key::hexadecimal;

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

/// Streams a file; one whose bytes have another digest in the end, where it is known, is cut off rather than completed.
pub(super) fn respond(
    stream: BoxStream<'static, std::io::Result<Bytes>>,
    size: u64,
    sha256: Option<&str>,
    media_type: &str,
    name: &str,
) -> Response {
    let mut response = match sha256 {
        Some(sha256) => Body::from_stream(verify(stream, size, sha256.to_owned())).into_response(),
        None => Body::from_stream(stream).into_response(),
    };
    let mut headers: Vec<(HeaderName, String)> = vec![
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_LENGTH, size.to_string()),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
        (header::CONTENT_DISPOSITION, attachment(name)),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
        // Opened in a browser all the same, it can do nothing.
        (
            header::CONTENT_SECURITY_POLICY,
            "sandbox; default-src 'none'".to_owned(),
        ),
    ];
    headers.extend(sha256.map(|sha256| (header::ETAG, quoted(sha256))));
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
    fn a_name_in_a_header_is_only_a_name() {
        assert_eq!(
            attachment("è \"x\".pdf"),
            "attachment; filename*=UTF-8''%C3%A8%20%22x%22.pdf"
        );
    }
}
