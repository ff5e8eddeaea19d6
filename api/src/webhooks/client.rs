//! One attempt: a request to an endpoint, and what it answers.

use std::{
    error::Error as _,
    io,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;
use bytes::BytesMut;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};
use reqwest::{Client, Response, header, redirect};
use tokio_rustls::rustls;
use uuid::Uuid;

use super::{
    resolver::Resolver,
    signature::{self, Secret},
    target::TargetError,
};
use crate::tls;

/// An endpoint has so long to answer, from the look-up of its name on.
pub const ANSWERED_WITHIN: Duration = Duration::from_secs(15);
/// Of that, so long to take the connection.
const CONNECTED_WITHIN: Duration = Duration::from_secs(5);
/// The body of an answer is waited for for so long, as what counts is the status.
const BODY_WITHIN: Duration = Duration::from_secs(1);
/// So much of it is kept, in bytes.
const LONGEST_EXCERPT: usize = 1 << 10;
const USER_AGENT: &str = concat!("socrate-webhooks/", env!("CARGO_PKG_VERSION"));

/// What is sent.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The delivery's id, the same for all attempts.
    pub delivery: Uuid,
    /// Where to.
    pub url: &'a str,
    /// To the letter.
    pub body: &'a str,
    /// What it is signed with.
    pub secrets: &'a [Secret],
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The status that was answered.
    pub status: Option<u16>,
    /// Why it failed, for whoever gave the URL; `None` is success.
    pub error: Option<String>,
    /// The beginning of the answer, where it is text.
    pub excerpt: Option<String>,
    /// How long it took.
    pub duration: Duration,
    /// After how long the endpoint wants to be asked again.
    pub retry_after: Option<SignedDuration>,
}

impl Attempt {
    /// One without an answer.
    pub fn failed(error: impl Into<String>, duration: Duration) -> Self {
        Self {
            status: None,
            error: Some(error.into()),
            excerpt: None,
            duration,
            retry_after: None,
        }
    }

    /// Whether the delivery is done.
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Sends events.
#[derive(Clone, Debug)]
pub struct Sender {
    client: Client,
    resolver: Resolver,
    limit: Duration,
}

impl Sender {
    /// One that trusts the authorities of the web, and those of this bundle; an endpoint has so long to answer.
    ///
    /// # Errors
    /// Where the bundle cannot be read.
    pub fn new(resolver: Resolver, authorities: Option<&Path>, limit: Duration) -> anyhow::Result<Self> {
        let mut client = tls::client()?;
        if let Some(path) = authorities {
            let bundle = tls::read_bundle(path)?;
            let certificates = reqwest::Certificate::from_pem_bundle(&bundle)
                .with_context(|| format!("the bundle of certificates {} holds none", path.display()))?;
            client = client.tls_certs_merge(certificates);
        }
        let client = client
            .user_agent(USER_AGENT)
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .http1_only()
            // Each attempt connects anew, so that each is to an address that was just looked at.
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECTED_WITHIN.min(limit))
            .timeout(limit + BODY_WITHIN)
            .dns_resolver(resolver.clone())
            .build()?;
        Ok(Self {
            client,
            resolver,
            limit,
        })
    }

    /// Makes one attempt, at this time.
    pub async fn send(&self, message: &Message<'_>, at: Timestamp) -> Attempt {
        let began = Instant::now();
        // What was allowed when it was given may not be any more; and the client looks up names alone.
        let url = match self.resolver.rules().check_url(message.url) {
            Ok(url) => url,
            Err(error) => return Attempt::failed(error.to_string(), began.elapsed()),
        };
        let id = format!("msg_{}", message.delivery.simple());
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .header("webhook-id", &id)
            .header("webhook-timestamp", at.as_second())
            .header(
                "webhook-signature",
                signature::signatures(message.secrets, &id, at.as_second(), message.body),
            )
            .body(message.body.to_owned());
        match tokio::time::timeout(self.limit, request.send()).await {
            Ok(Ok(response)) => answered(response, began, at).await,
            Ok(Err(error)) => Attempt::failed(self.in_words(&error), began.elapsed()),
            Err(_) => Attempt::failed(self.no_answer(), began.elapsed()),
        }
    }

    fn no_answer(&self) -> String {
        format!("no answer came within {:?}", self.limit)
    }

    /// Why there is no answer, as far as it tells of the endpoint.
    fn in_words(&self, error: &reqwest::Error) -> String {
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<TargetError>() {
                return error.to_string();
            }
            if let Some(error) = error.downcast_ref::<rustls::Error>() {
                return format!("the encrypted connection (TLS) was not made: {error}");
            }
            let system = error.downcast_ref::<io::Error>();
            if let Some(text) = system.and_then(|error| of_kind(error.kind())) {
                return text.to_owned();
            }
            // What an error of the system holds is no source of it.
            cause = match system.and_then(io::Error::get_ref) {
                Some(held) => Some(held),
                None => error.source(),
            };
        }
        if error.is_timeout() {
            return self.no_answer();
        }
        if error.is_connect() {
            return "no connection was made: its name is not known, or nothing listens there".to_owned();
        }
        "the connection was made, and what came over it is no answer in HTTP".to_owned()
    }
}

fn of_kind(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::ConnectionRefused => "the connection was refused: nothing listens there",
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => "the connection was cut off",
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "there is no way to its address"
        }
        _ => return None,
    })
}

async fn answered(response: Response, began: Instant, now: Timestamp) -> Attempt {
    let status = response.status();
    let retry_after = matches!(status.as_u16(), 429 | 503)
        .then(|| response.headers().get(header::RETRY_AFTER)?.to_str().ok())
        .flatten()
        .and_then(|text| retry_after(text, now));
    let duration = began.elapsed();
    let excerpt = excerpt(response).await;
    let error = match status.as_u16() {
        200..300 => None,
        300..400 => Some(format!(
            "it answered {status}; redirects are not followed: change the URL of the webhook"
        )),
        410 => Some(format!("it answered {status}: it wants nothing any more")),
        _ => Some(format!("it answered {status}")),
    };
    Attempt {
        status: Some(status.as_u16()),
        error,
        excerpt,
        duration,
        retry_after,
    }
}

/// The beginning of the body, where it is text.
async fn excerpt(mut response: Response) -> Option<String> {
    let mut read = BytesMut::new();
    let reading = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            let room = LONGEST_EXCERPT - read.len();
            read.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if read.len() >= LONGEST_EXCERPT {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(BODY_WITHIN, reading).await; // What has come by then is what there is.
    text(&read)
}

/// Text without what is none; bytes that are no text at all are none.
fn text(bytes: &[u8]) -> Option<String> {
    let valid = match std::str::from_utf8(bytes) {
        Ok(valid) => valid,
        // Cut off within a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?
        }
        Err(_) => return None,
    };
    let is_text = |character: &char| !character.is_control() || matches!(character, '\n' | '\t');
    let text: String = valid.chars().filter(is_text).collect();
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(text: &str, now: Timestamp) -> Option<SignedDuration> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(SignedDuration::from_secs(seconds.into()));
    }
    let at = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    let wait = at.duration_since(now);
    wait.is_positive().then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_says_in_seconds_or_with_a_date_when_to_ask_again() {
        let now = "2026-11-30T10:00:00Z".parse().unwrap();
        for (said, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Mon, 30 Nov 2026 10:01:00 GMT", Some(60)),
            ("Mon, 30 Nov 2026 09:59:00 GMT", None),
            ("-1", None),
            ("soon", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(
                retry_after(said, now),
                seconds.map(SignedDuration::from_secs),
                "{said}"
            );
        }
    }

    #[test]
    fn only_text_is_kept_of_an_answer() {
        assert_eq!(
            text(b" not\0 found\x1b[31m\r\n").as_deref(),
            Some("not found[31m")
        );
        assert_eq!(text("più\u{e8}".as_bytes()).as_deref(), Some("piùè"));
        assert_eq!(text(&"è".as_bytes()[..1]), None);
        assert_eq!(text(&[b'a', 0xc3]).as_deref(), Some("a"));
        assert_eq!(text(&[0xff, b'a']), None);
        assert_eq!(text(b""), None);
    }
}
