//! The cookie of a session, and whether a page of ours sent it.

use axum::http::{HeaderMap, HeaderName, header};

use crate::identity::credential::SessionToken;

/// The cookie of a session. Its prefix has browsers take it over HTTPS only (or of localhost), for this host and all paths (RFC 6265bis).
pub(super) const NAME: &str = "__Host-socrate-session";

/// A cookie that browsers take over HTTPS (or of localhost) alone, show no script, and send with no request of another site.
pub(super) fn set(value: &str, seconds: i64) -> String {
    format!("{NAME}={value}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

/// The token in the cookie of a session.
pub(super) fn token_in(headers: &HeaderMap) -> Option<SessionToken> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == NAME)
        .and_then(|(_, token)| SessionToken::parse(token))
}

/// Whether a page of ours sent the request: the browser says so in `Sec-Fetch-Site`, which no script can set, or, where it is older, by
/// an `Origin` that is the host it sends to.
pub(super) fn is_same_origin(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name)?.to_str().ok();
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let (Some(origin), Some(host)) = (text(header::ORIGIN), text(header::HOST)) else {
        return false;
    };
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    authority.is_some_and(|authority| authority.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn only_our_own_pages_are_of_the_same_origin() {
        let same = |all: &[(&'static str, &str)]| is_same_origin(&headers(all));
        assert!(same(&[("sec-fetch-site", "same-origin")]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(
                !same(&[
                    ("sec-fetch-site", site),
                    ("origin", "https://a.example"),
                    ("host", "a.example")
                ]),
                "{site}"
            );
        }
        assert!(same(&[("origin", "https://A.example"), ("host", "a.example")]));
        assert!(same(&[
            ("origin", "http://localhost:8080"),
            ("host", "localhost:8080")
        ]));
        for (origin, host) in [
            ("https://a.example.evil.example", "a.example"),
            ("https://a.example:444", "a.example"),
            ("null", "a.example"),
            ("a.example", "a.example"),
        ] {
            assert!(!same(&[("origin", origin), ("host", host)]), "{origin}");
        }
        assert!(!same(&[("host", "a.example")]));
    }
}
