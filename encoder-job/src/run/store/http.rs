//! One request at an S3 store, by a URL that is signed, and what its answer means.
//!
//! URLs are secrets: no message, no log and no error that leaves this file has one in it.

use std::{error::Error as _, time::Duration};

use crds::presigned::PresignedUrl;
use reqwest::{
    Certificate, Client, Response, StatusCode,
    header::{self, HeaderMap, HeaderValue},
    redirect::Policy,
};

use crate::failure::{Failure, FailureReason, printable};

/// The longest a connection may take to be made, and an answer may be quiet.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const QUIET_LIMIT: Duration = Duration::from_secs(30);
/// What is sent is given a second for so many bytes.
const SLOWEST_BYTES_A_SECOND: u64 = 1 << 20;
/// So much of an answer that is no object is read.
const MAX_ERROR_BYTES: usize = 4096;

/// Speaks to the store; clones share connections.
#[derive(Clone)]
pub(in crate::run) struct Http {
    client: Client,
}

/// Why a request was not answered with what it asked for.
#[derive(Debug)]
pub(super) enum Trouble {
    /// There is no such object.
    NotFound,
    /// The condition does not hold: another object is there.
    ConditionFailed,
    /// The store does not take the URL, any more or at all; its word for it.
    Refused(String),
    /// It may go better the next time; why it did not.
    Temporary(String),
    /// It will not.
    Final(String),
    /// The object has so many bytes, at least, which are more than allowed.
    TooLarge(u64),
}

/// An object that is being read, over as many requests as it takes.
#[derive(Debug, Default)]
pub(super) struct Download {
    pub(super) bytes: Vec<u8>,
    pub(super) e_tag: Option<String>,
}

impl Http {
    /// Trusts the authorities of the web, these, which are PEM, and those of the system where it has any.
    pub(super) fn new(authorities: &str) -> Result<Self, Failure> {
        // Whoever speaks TLS in this process takes the same provider; one that is installed already is that one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let misconfigured = |error: reqwest::Error| {
            let message = format!("unable to prepare calls to the store: {error}");
            Failure::new(FailureReason::Misconfigured, message)
        };
        let own = Certificate::from_pem_bundle(authorities.as_bytes()).map_err(misconfigured)?;
        let of_the_web = webpki_root_certs::TLS_SERVER_ROOT_CERTS
            .iter()
            .map(|der| Certificate::from_der(der))
            .collect::<Result<Vec<_>, _>>()
            .map_err(misconfigured)?;
        let client = Client::builder()
            .tls_certs_merge(of_the_web.into_iter().chain(own))
            .connect_timeout(CONNECT_LIMIT)
            .read_timeout(QUIET_LIMIT)
            // A signature is good for one place, and what a store says must not lead to another.
            .redirect(Policy::none())
            .no_proxy()
            .http1_only()
            .build()
            .map_err(misconfigured)?;
        Ok(Self { client })
    }

    /// Reads an object of at most `limit` bytes, or goes on with it where an earlier call was cut off.
    pub(super) async fn get(
        &self,
        url: &PresignedUrl,
        limit: u64,
        download: &mut Download,
    ) -> Result<(), Trouble> {
        let mut request = self.client.get(url.reveal());
        if let (Some(e_tag), false) = (&download.e_tag, download.bytes.is_empty()) {
            let range = format!("bytes={}-", download.bytes.len());
            request = request
                .header(header::RANGE, range)
                .header(header::IF_MATCH, e_tag);
        }
        let mut response = request.send().await.map_err(unreached)?;
        if response.status() != StatusCode::PARTIAL_CONTENT {
            *download = Download::default();
        }
        if matches!(
            response.status(),
            StatusCode::PRECONDITION_FAILED | StatusCode::RANGE_NOT_SATISFIABLE
        ) {
            return Err(Trouble::Temporary(
                "the object has changed while it was read".to_owned(),
            ));
        }
        if !response.status().is_success() {
            return Err(trouble(response).await);
        }
        download.e_tag = e_tag(response.headers());
        let rest = response.content_length().unwrap_or(0);
        let size = (download.bytes.len() as u64).saturating_add(rest);
        if size > limit {
            return Err(Trouble::TooLarge(size));
        }
        if download
            .bytes
            .try_reserve_exact(usize::try_from(rest).unwrap_or(usize::MAX))
            .is_err()
        {
            return Err(Trouble::Final(format!("there is no memory for its {size} bytes")));
        }
        while let Some(chunk) = response.chunk().await.map_err(unreached)? {
            // The size that was announced is the store's word.
            let size = download.bytes.len() as u64 + chunk.len() as u64;
            if size > limit {
                return Err(Trouble::TooLarge(size));
            }
            download.bytes.extend_from_slice(&chunk);
        }
        Ok(())
    }

    /// Writes an object, under a condition that was signed.
    pub(super) async fn put(
        &self,
        url: &PresignedUrl,
        bytes: bytes::Bytes,
        condition: Option<(&'static str, &str)>,
    ) -> Result<(), Trouble> {
        let limit = QUIET_LIMIT + Duration::from_secs(bytes.len() as u64 / SLOWEST_BYTES_A_SECOND);
        let mut request = self.client.put(url.reveal()).timeout(limit);
        if let Some((name, value)) = condition {
            let value = HeaderValue::from_str(value)
                .map_err(|_| Trouble::Final("its entity tag is no text of a header".to_owned()))?;
            request = request.header(name, value);
        }
        let response = request.body(bytes).send().await.map_err(unreached)?;
        if response.status().is_success() {
            return Ok(());
        }
        Err(trouble(response).await)
    }

    /// Deletes an object, if there is one.
    pub(super) async fn delete(&self, url: &PresignedUrl) -> Result<(), Trouble> {
        let response = self.client.delete(url.reveal()).send().await.map_err(unreached)?;
        if response.status().is_success() || response.status() == StatusCode::NOT_FOUND {
            return Ok(());
        }
        Err(trouble(response).await)
    }
}

fn e_tag(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::ETAG)?;
    value.to_str().ok().map(str::to_owned)
}

/// What a call that was not answered says of itself, without its URL.
fn unreached(error: reqwest::Error) -> Trouble {
    let error = error.without_url();
    let mut message = error.to_string();
    // The cause says more, and stands below it.
    let mut cause = error.source();
    while let Some(below) = cause {
        message = below.to_string();
        cause = below.source();
    }
    Trouble::Temporary(printable(&message))
}

/// What an answer says that is none of success.
async fn trouble(mut response: Response) -> Trouble {
    let status = response.status();
    let mut body = Vec::new();
    while body.len() < MAX_ERROR_BYTES
        && let Ok(Some(chunk)) = response.chunk().await
    {
        body.extend_from_slice(&chunk);
    }
    judge(status, code(&String::from_utf8_lossy(&body)))
}

/// The code of an error of S3, which alone of it is told: its other words may repeat what was signed.
fn code(body: &str) -> &str {
    let code = body
        .split_once("<Code>")
        .and_then(|(_, rest)| rest.split_once("</Code>"));
    code.map(|(code, _)| code)
        .filter(|code| code.len() <= 64 && code.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        .unwrap_or_default()
}

/// What a status and a code mean (Amazon S3 API Reference, "Error responses").
fn judge(status: StatusCode, code: &str) -> Trouble {
    let words = || {
        let separator = if code.is_empty() { "" } else { " " };
        format!("the store answered {}{separator}{code}", status.as_u16())
    };
    match status {
        StatusCode::NOT_FOUND if code != "NoSuchBucket" => Trouble::NotFound,
        StatusCode::PRECONDITION_FAILED | StatusCode::NOT_MODIFIED => Trouble::ConditionFailed,
        StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED => Trouble::Refused(words()),
        // Of credentials that end themselves.
        StatusCode::BAD_REQUEST if matches!(code, "ExpiredToken" | "TokenRefreshRequired") => {
            Trouble::Refused(words())
        }
        StatusCode::BAD_REQUEST if matches!(code, "RequestTimeout" | "IncompleteBody") => {
            Trouble::Temporary(words())
        }
        // Two writes of one object at the same time: whether there is one the next try tells.
        StatusCode::CONFLICT | StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
            Trouble::Temporary(words())
        }
        StatusCode::NOT_IMPLEMENTED => Trouble::Final(words()),
        status if status.is_server_error() => Trouble::Temporary(words()),
        _ => Trouble::Final(words()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_mean_what_the_reference_says() {
        let judged = |status: u16, code: &str| match judge(StatusCode::from_u16(status).unwrap(), code) {
            Trouble::NotFound => "not found",
            Trouble::ConditionFailed => "condition",
            Trouble::Refused(_) => "refused",
            Trouble::Temporary(_) => "again",
            Trouble::Final(_) | Trouble::TooLarge(_) => "final",
        };
        for (status, code, expected) in [
            (404, "NoSuchKey", "not found"),
            (404, "", "not found"),
            (404, "NoSuchBucket", "final"),
            (412, "PreconditionFailed", "condition"),
            (409, "ConditionalRequestConflict", "again"),
            (403, "AccessDenied", "refused"),
            (400, "ExpiredToken", "refused"),
            (400, "InvalidArgument", "final"),
            (400, "RequestTimeout", "again"),
            (429, "", "again"),
            (503, "SlowDown", "again"),
            (500, "InternalError", "again"),
            (501, "NotImplemented", "final"),
            (307, "TemporaryRedirect", "final"),
        ] {
            assert_eq!(judged(status, code), expected, "{status} {code}");
        }
    }

    #[test]
    fn of_an_error_the_code_alone_is_told() {
        let body =
            "<?xml version='1.0'?><Error><Code>AccessDenied</Code><Resource>/bucket/key</Resource></Error>";
        assert_eq!(code(body), "AccessDenied");
        for body in ["", "<Code>", "<Code>a b</Code>", "<Code>\u{1b}[31m</Code>"] {
            assert_eq!(code(body), "", "{body:?}");
        }
        let Trouble::Final(words) = judge(StatusCode::TEMPORARY_REDIRECT, "") else {
            panic!("it is final");
        };
        assert_eq!(words, "the store answered 307");
    }

    #[tokio::test]
    async fn a_store_that_is_not_reached_does_not_show_the_url() {
        let url = PresignedUrl::new("http://127.0.0.1:9/key?X-Amz-Signature=secret");
        let trouble = Http::new("")
            .unwrap()
            .get(&url, 1, &mut Download::default())
            .await;
        let told = format!("{:?}", trouble.unwrap_err());
        assert!(told.contains("Temporary") && !told.contains("secret"), "{told}");
    }
}
