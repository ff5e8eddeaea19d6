//! The headers of tus 1.0.0: how they are read, and how answers carry them.

use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};

use crate::http::problem::Problem;

pub(super) const VERSION: &str = "1.0.0";
pub(super) const EXTENSIONS: &str = "creation,expiration,termination";
const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
pub(super) const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
pub(super) const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
pub(super) const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
/// What a `PATCH` sends.
pub(super) const CONTENT_TYPE: &str = "application/offset+octet-stream";

/// An answer in the terms of the protocol: problems have its header too.
pub(super) fn in_protocol(answer: Result<Response, Problem>) -> Response {
    let mut response = answer.into_response();
    response
        .headers_mut()
        .insert(TUS_RESUMABLE, HeaderValue::from_static(VERSION));
    response
}

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

pub(super) fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, Problem> {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok()?.parse().ok())
        .ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "invalid_upload_header",
                format!("the header {name} must be a number of bytes"),
            )
        })
}

/// The pairs of `Upload-Metadata`: names, and values in Base64.
pub(super) fn metadata(headers: &HeaderMap) -> Result<Vec<(String, String)>, Problem> {
    let invalid = || {
        Problem::new(
            StatusCode::BAD_REQUEST,
            "invalid_upload_metadata",
            "the header Upload-Metadata must hold pairs of a name and a value in Base64, separated by commas",
        )
    };
    let Some(value) = headers.get("upload-metadata") else {
        return Ok(Vec::new());
    };
    let text = value.to_str().map_err(|_| invalid())?;
    text.split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once(' ').unwrap_or((pair, ""));
            let bytes = BASE64_STANDARD.decode(value.trim()).map_err(|_| invalid())?;
            let value = String::from_utf8(bytes).map_err(|_| invalid())?;
            Ok((name.to_owned(), value))
        })
        .collect()
}

/// A time as HTTP writes it (RFC 9110, IMF-fixdate).
pub(super) fn http_date(time: jiff::Timestamp) -> String {
    jiff::fmt::rfc2822::DateTimePrinter::new()
        .timestamp_to_rfc9110_string(&time)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_are_pairs_in_base64() {
        let headers = |value: &str| {
            HeaderMap::from_iter([("upload-metadata".parse().unwrap(), value.parse().unwrap())])
        };
        let pairs = metadata(&headers("filename YS5wZGY=,is_confidential, priority Nw==")).unwrap();
        let expected = [("filename", "a.pdf"), ("is_confidential", ""), ("priority", "7")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(pairs, expected);
        assert_eq!(metadata(&HeaderMap::new()).unwrap(), []);
        for bad in ["filename !!!", "filename /w=="] {
            assert_eq!(
                metadata(&headers(bad)).unwrap_err().code,
                "invalid_upload_metadata"
            );
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
