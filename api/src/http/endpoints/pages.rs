//! The dashboard: files of `api/static`, built into the program. A debug build reads them from the source tree, so that a page is edited and loaded
//! anew without building.

use std::borrow::Cow;

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::RustEmbed;

use crate::{
    app::SharedApp,
    http::{common, problem::Problem},
};

/// Nothing from elsewhere, no inline script or style, no frames; and no text becomes a script: the one policy of Trusted Types passes the worker
/// that draws pages of PDFs. Pictures and fonts of these are made in the page (`blob:`, `data:`).
const POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self' data: blob:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types dashboard";

#[derive(RustEmbed)]
#[folder = "static/"]
#[exclude = "*.d.ts"]
#[exclude = "*.md"]
struct Files;

/// The routes of all files.
pub fn routes() -> Router<SharedApp> {
    Router::new()
        .route(
            "/",
            get(async |headers: HeaderMap| respond("index.html", &headers)),
        )
        .route(
            "/favicon.ico",
            get(async |headers: HeaderMap| respond("icon.svg", &headers)),
        )
        .route(
            "/static/{*file}",
            get(async |Path(file): Path<String>, headers: HeaderMap| respond(&file, &headers)),
        )
}

fn respond(path: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    let file = Files::get(path).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_FOUND,
            "route_not_found",
            "there is no such address",
        )
    })?;
    let tag = common::entity_tag(&file.data);
    let mut answer = HeaderMap::new();
    for (name, value) in [
        (header::CONTENT_TYPE, content_type(path)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        // Asked about each time: after an upgrade no page mixes files of two versions.
        (header::CACHE_CONTROL, "no-cache"),
    ] {
        answer.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        answer.insert(header::ETAG, tag);
    }
    if common::is_known(headers, &tag) {
        return Ok((StatusCode::NOT_MODIFIED, answer).into_response());
    }
    Ok(match file.data {
        Cow::Borrowed(data) => (answer, data).into_response(),
        Cow::Owned(data) => (answer, data).into_response(),
    })
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("ttf") => "font/ttf",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files of our own: not those of libraries.
    fn own() -> impl Iterator<Item = (Cow<'static, str>, String)> {
        Files::iter()
            .filter(|path| !path.starts_with("vendor/"))
            .map(|path| {
                let file = Files::get(&path).unwrap();
                let content = String::from_utf8(file.data.into_owned()).unwrap();
                (path, content)
            })
    }

    #[test]
    fn pages_load_nothing_from_elsewhere_and_run_nothing_inline() {
        assert!(own().any(|(path, _)| path == "dashboard.js"));
        for (path, content) in own() {
            for forbidden in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                " style=",
                " onclick=",
            ] {
                assert!(!content.contains(forbidden), "{path} contains {forbidden}");
            }
            let content = content.replace("http://www.w3.org/2000/svg", ""); // A name, not an address.
            let content = content.replace("\"https://\"", ""); // What an address that is typed begins with.
            let external = content.contains("http://") || content.contains("https://");
            assert!(!external, "{path} names another host");
        }
    }

    #[test]
    fn each_file_is_served_as_what_it_is_and_once() {
        for path in Files::iter() {
            let served = respond(&path, &HeaderMap::new()).unwrap();
            assert_eq!(served.status(), StatusCode::OK);
            let known =
                HeaderMap::from_iter([(header::IF_NONE_MATCH, served.headers()[header::ETAG].clone())]);
            assert_eq!(
                respond(&path, &known).unwrap().status(),
                StatusCode::NOT_MODIFIED,
                "{path}"
            );
        }
        assert!(respond("../Cargo.toml", &HeaderMap::new()).is_err());
        assert_eq!(
            content_type("vendor/pdf/pdf.js"),
            "text/javascript; charset=utf-8"
        );
    }
}
