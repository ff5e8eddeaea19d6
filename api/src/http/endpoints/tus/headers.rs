//! The headers of tus 1.0.0: how they are read, and how answers carry them.

use std::collections::HashSet;

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{http::problem::Problem, uploads::metadata::LONGEST};

pub(super) const VERSION: &str = "1.0.0";
pub(super) const EXTENSIONS: &str = "creation,expiration,termination";
pub(super) const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
pub(super) const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(super) const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// Headers of extensions that are not spoken here and change what a creation means, with what to do instead.
const OTHER_EXTENSIONS: [(&str, &str); 2] = [
    (
        "Upload-Defer-Length",
        "the length must be known from the beginning: send it as `Upload-Length`",
    ),
    ("Upload-Concat", "send the whole file as one upload"),
];
/// What a `PATCH` sends.
pub(super) const CONTENT_TYPE: &str = "application/offset+octet-stream";

pub(super) fn refuse_other_versions(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get(TUS_RESUMABLE).map(HeaderValue::as_bytes) {
        Some(version) if version == VERSION.as_bytes() => Ok(()),
        _ => Err(Problem::new(
            StatusCode::PRECONDITION_FAILED,
            "unsupported_tus_version",
            "send `Tus-Resumable: 1.0.0`: no other version of the protocol is spoken here",
        )),
    }
}

fn invalid_header(message: String) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "invalid_upload_header", message)
}

/// What is asked for by an extension that is not spoken here is not taken for something else.
pub(super) fn refuse_other_extensions(headers: &HeaderMap) -> Result<(), Problem> {
    let asked = OTHER_EXTENSIONS
        .iter()
        .find(|(name, _)| headers.contains_key(*name));
    asked.map_or(Ok(()), |(name, instead)| {
        Err(invalid_header(format!(
            "`{name}` is not supported here: {instead}"
        )))
    })
}

/// A number of bytes: digits and nothing else, once. What is more than a number here holds is the most there is, which no file has.
pub(super) fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Problem> {
    let mut values = headers.get_all(name).iter();
    let (value, another) = (values.next(), values.next());
    value
        .filter(|value| another.is_none() && !value.is_empty())
        .and_then(|value| value.to_str().ok())
        .filter(|value| value.bytes().all(|byte| byte.is_ascii_digit()))
        .map(|digits| digits.parse().unwrap_or(u64::MAX))
        .ok_or_else(|| {
            invalid_header(format!(
                "the header {name} must be there once and be a number of bytes, in digits alone"
            ))
        })
}

fn invalid_metadata() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "invalid_upload_metadata",
        format!(
            "the header Upload-Metadata must hold pairs of a name and a value in Base64, separated by commas, each name once, in {LONGEST} bytes \
             at most"
        ),
    )
}

/// `Upload-Metadata` as it was sent; `None` where nothing was. Several lines are one (RFC 9110, section 5.3).
pub(super) fn metadata_text(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let lines: Result<Vec<_>, _> = headers
        .get_all(UPLOAD_METADATA)
        .iter()
        .map(HeaderValue::to_str)
        .collect();
    let text = lines.map_err(|_| invalid_metadata())?.join(",");
    if text.len() > LONGEST {
        return Err(invalid_metadata());
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// The pairs of `Upload-Metadata`: names, and values in Base64.
pub(super) fn metadata_pairs(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut names = HashSet::new();
    text.split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once(' ').unwrap_or((pair, ""));
            if !names.insert(name) {
                return Err(invalid_metadata());
            }
            let bytes = BASE64_STANDARD
                .decode(value.trim())
                .map_err(|_| invalid_metadata())?;
            let value = String::from_utf8(bytes).map_err(|_| invalid_metadata())?;
            Ok((name.to_owned(), value))
        })
        .collect()
}

/// Says when an upload is given up.
pub(super) fn say_expiry(headers: &mut HeaderMap, at: jiff::Timestamp) {
    if let Ok(value) = HeaderValue::from_str(&http_date(at)) {
        headers.insert(UPLOAD_EXPIRES, value);
    }
}

/// A time as HTTP writes it (RFC 9110, IMF-fixdate).
fn http_date(time: jiff::Timestamp) -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_are_pairs_in_base64() {
        let pairs = metadata_pairs("filename YS5wZGY=,is_confidential, priority Nw==").unwrap();
        let expected = [("filename", "a.pdf"), ("is_confidential", ""), ("priority", "7")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs, expected);
        assert_eq!(metadata_pairs("").unwrap(), []);
        for bad in ["filename !!!", "filename /w==", "a YQ==,b,a"] {
            let problem = metadata_pairs(bad).unwrap_err();
            assert_eq!(problem.code, "invalid_upload_metadata", "{bad}");
        }
    }

    #[test]
    fn times_are_written_as_http_writes_them() {
        assert_eq!(
            http_date(jiff::Timestamp::UNIX_EPOCH),
            "Thu, 01 Jan 1970 00:00:00 GMT"
        );
    }
}
