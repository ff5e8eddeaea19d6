//! All routes, and what surrounds every request.

use std::{panic::AssertUnwindSafe, sync::Arc};

use axum::{
    Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{Method, StatusCode},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use futures::FutureExt;
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::SharedApp,
    http::{authentication::admit, description::complete, endpoints, problem::Problem},
    metrics::{RequestLabels, RouteLabels},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Socrate AI documents",
        description = "Upload documents, follow their encoding, fetch the results. Errors are application/problem+json."
    ),
    tags((name = "documents"), (name = "identity"), (name = "operations"))
)]
struct Description;

/// The routes that need to know who asks.
fn identified_routes() -> OpenApiRouter<SharedApp> {
    let upload = OpenApiRouter::new()
        .routes(routes!(endpoints::upload::upload))
        .layer(DefaultBodyLimit::disable()); // The handler sets the limit, which is the tenant's own, and says what it is.
    OpenApiRouter::new()
        .merge(upload)
        .routes(routes!(endpoints::list::list))
        .routes(routes!(endpoints::document::document, endpoints::delete::delete))
        .routes(routes!(endpoints::status::status))
        .routes(routes!(endpoints::cancel::cancel))
        .routes(routes!(endpoints::retry::retry))
        .routes(routes!(endpoints::download::metadata))
        .routes(routes!(endpoints::download::index))
        .routes(routes!(endpoints::download::source))
        .routes(routes!(endpoints::account::account))
        .routes(routes!(
            endpoints::session::show,
            endpoints::session::begin,
            endpoints::session::end
        ))
        .routes(routes!(endpoints::keys::list, endpoints::keys::create))
        .routes(routes!(endpoints::keys::revoke))
        .routes(routes!(endpoints::users::list, endpoints::users::create))
        .routes(routes!(endpoints::users::change))
        .routes(routes!(endpoints::audit::list))
}

/// The routes that anybody may ask.
fn open_routes() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(endpoints::health::healthz))
        .routes(routes!(endpoints::health::readyz))
        .routes(routes!(endpoints::metrics::metrics))
}

/// All of them with their description.
fn described(identified: OpenApiRouter<SharedApp>) -> (Router<SharedApp>, utoipa::openapi::OpenApi) {
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(identified)
        .merge(open_routes())
        .split_for_parts();
    complete(&mut description);
    (router, description)
}

/// The description of the HTTP API, `OpenAPI` 3.1.
pub fn openapi() -> utoipa::openapi::OpenApi {
    described(identified_routes()).1
}

/// All routes.
pub fn router(app: SharedApp) -> Router {
    let identified = identified_routes().route_layer(from_fn_with_state(app.clone(), admit));
    let (router, description) = described(identified);
    let description = Arc::new(description);
    router
        .route(
            "/openapi.json",
            get(async move || axum::Json(description.as_ref().clone())),
        )
        .merge(endpoints::pages::routes())
        .fallback(async || {
            Problem::new(
                StatusCode::NOT_FOUND,
                "route_not_found",
                "there is no such address",
            )
        })
        .method_not_allowed_fallback(async || {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this address does not know this method",
            )
        })
        .layer(from_fn_with_state(app.clone(), observe))
        .with_state(app)
}

/// The method as a label: whoever sends requests may call theirs anything, and each name would be counted for ever.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

/// Counts a request and catches a panic.
async fn observe(State(app): State<SharedApp>, request: Request, next: Next) -> Response {
    let method = known_method(request.method()).to_owned();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let begun = app.clock.now();
    let response = AssertUnwindSafe(next.run(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Problem::internal("answer a request", &"a panic").into_response());
    let seconds = app.clock.now().duration_since(begun).as_secs_f64();
    let status = response.status().as_u16();
    tracing::debug!(method, route, status, seconds, "answered");
    let durations = app
        .metrics
        .request_seconds
        .get_or_create(&RouteLabels { route: route.clone() });
    durations.observe(seconds);
    drop(durations);
    let labels = RequestLabels {
        method,
        route,
        status,
    };
    app.metrics.requests.get_or_create(&labels).inc();
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invented_method_makes_no_label_of_its_own() {
        assert_eq!(known_method(&Method::DELETE), "DELETE");
        for invented in ["FOO", "get", "TRACE"] {
            let method = Method::from_bytes(invented.as_bytes()).unwrap();
            assert_eq!(known_method(&method), "OTHER", "{invented}");
        }
    }
}
