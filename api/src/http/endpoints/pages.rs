//! The files of the first page, built into the program.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

use crate::app::SharedApp;

/// Nothing from elsewhere, no inline script or style, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

struct File {
    path: &'static str,
    content_type: &'static str,
    content: &'static str,
}

macro_rules! file {
    ($path:literal, $name:literal, $content_type:literal) => {
        File {
            path: $path,
            content_type: concat!($content_type, "; charset=utf-8"),
            content: include_str!(concat!("../../../static/", $name)),
        }
    };
}

const FILES: [File; 7] = [
    file!("/", "index.html", "text/html"),
    file!("/static/main.js", "main.js", "text/javascript"),
    file!("/static/client.js", "client.js", "text/javascript"),
    file!("/static/messages.js", "messages.js", "text/javascript"),
    file!("/static/elements.js", "elements.js", "text/javascript"),
    file!("/static/style.css", "style.css", "text/css"),
    file!("/favicon.ico", "icon.svg", "image/svg+xml"),
];

/// The routes of all files.
pub fn routes() -> Router<SharedApp> {
    FILES.iter().fold(Router::new(), |router, file| {
        router.route(file.path, get(|| async { respond(file) }))
    })
}

fn respond(file: &'static File) -> Response {
    let headers: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_TYPE, HeaderValue::from_static(file.content_type)),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    ];
    (headers, file.content).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_load_nothing_from_elsewhere_and_run_nothing_inline() {
        for file in &FILES {
            for forbidden in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                " style=",
                " onclick=",
            ] {
                assert!(
                    !file.content.contains(forbidden),
                    "{} contains {forbidden}",
                    file.path
                );
            }
            let content = file.content.replace("http://www.w3.org/2000/svg", ""); // A name, not an address.
            let external = content.contains("http://") || content.contains("https://");
            assert!(!external, "{} names another host", file.path);
        }
    }
}
