//! `/docs/`: Swagger UI, built into the program, with the description that is served at `/openapi.json`.

use std::sync::{Arc, LazyLock};

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use utoipa_swagger_ui::Config;

use crate::{app::SharedApp, http::problem::Problem};

/// As that of the other pages; but Swagger UI has pictures within its styles, and shows what is downloaded.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                      connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    Arc::new(
        Config::from("/openapi.json")
            .validator_url("none") // Else a stranger is sent the address.
            .try_it_out_enabled(true)
            .filter(true)
            .deep_linking(true)
            .display_request_duration(true)
            .default_models_expand_depth(0),
    )
});

/// The routes of its files.
pub fn routes() -> Router<SharedApp> {
    Router::new()
        .route("/docs", get(async || Redirect::permanent("/docs/")))
        .route("/docs/", get(async || respond("")))
        .route(
            "/docs/{*file}",
            get(async |Path(file): Path<String>| respond(&file)),
        )
}

fn respond(path: &str) -> Result<Response, Problem> {
    let file = utoipa_swagger_ui::serve(path, CONFIG.clone())
        .map_err(|error| Problem::internal("serve the documentation", &*error))?
        .ok_or_else(|| {
            Problem::new(
                StatusCode::NOT_FOUND,
                "route_not_found",
                "there is no such address",
            )
        })?;
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Ok(content_type) = HeaderValue::from_str(&file.content_type) {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    if file.gzpipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok((headers, file.bytes).into_response())
}
