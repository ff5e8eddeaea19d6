//! All routes, and what surrounds every request.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::StatusCode,
    middleware::from_fn_with_state,
    routing::{get, options, post},
};
use utoipa::OpenApi;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::SharedApp,
    http::{
        description::complete,
        endpoints,
        input::{LONGEST_BODY, LONGEST_BODY_OF_PARTS},
        middleware::surround,
        problem::Problem,
    },
    webhooks::event::{WebhookEvent, WebhookTest},
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Socrate AI documents",
        description = "Upload documents, follow their encoding, fetch the results. Errors are application/problem+json."
    ),
    components(schemas(endpoints::events::LiveEvent, WebhookEvent, WebhookTest)),
    tags(
        (name = "documents"), (name = "live"), (name = "webhooks"), (name = "statistics"), (name = "identity"), (name = "operations")
    )
)]
struct Description;

/// The routes that need to know who asks, all of them below `/api/`.
fn identified_routes() -> OpenApiRouter<SharedApp> {
    let upload = OpenApiRouter::new()
        .routes(routes!(endpoints::upload::upload))
        .routes(routes!(endpoints::tus::creation::create))
        .routes(routes!(
            endpoints::tus::progress::head,
            endpoints::tus::addition::patch,
            endpoints::tus::terminate
        ))
        .layer(DefaultBodyLimit::disable()); // The handler sets the limit, which is the tenant's own, and says what it is.
    let complete = OpenApiRouter::new()
        .routes(routes!(endpoints::presigned::complete))
        .layer(DefaultBodyLimit::max(LONGEST_BODY_OF_PARTS));
    OpenApiRouter::new()
        .merge(upload)
        .merge(complete)
        .routes(routes!(endpoints::presigned::begin))
        .routes(routes!(endpoints::presigned::abort))
        .routes(routes!(endpoints::list::list))
        .routes(routes!(endpoints::document::document, endpoints::delete::delete))
        .routes(routes!(endpoints::status::status))
        .routes(routes!(endpoints::cancel::cancel))
        .routes(routes!(endpoints::retry::retry))
        .routes(routes!(
            endpoints::acknowledgement::acknowledge,
            endpoints::acknowledgement::take_back
        ))
        .routes(routes!(endpoints::chunks::chunks))
        .routes(routes!(endpoints::search::search))
        .routes(routes!(endpoints::search::search_document))
        .routes(routes!(endpoints::export::export_chunks))
        .routes(routes!(endpoints::bulk::list, endpoints::bulk::begin))
        .routes(routes!(endpoints::bulk::show))
        .routes(routes!(endpoints::bulk::abort))
        .routes(routes!(endpoints::download::metadata))
        .routes(routes!(endpoints::download::index))
        .routes(routes!(endpoints::download::source))
        .routes(routes!(endpoints::events::events))
        .routes(routes!(endpoints::websocket::websocket))
        .routes(routes!(endpoints::stats::stats))
        .routes(routes!(endpoints::account::account))
        .routes(routes!(
            endpoints::session::show,
            endpoints::session::begin,
            endpoints::session::end
        ))
        .routes(routes!(endpoints::sessions::list))
        .routes(routes!(endpoints::sessions::end))
        .routes(routes!(endpoints::keys::list, endpoints::keys::create))
        .routes(routes!(endpoints::keys::revoke))
        .routes(routes!(endpoints::users::list, endpoints::users::create))
        .routes(routes!(endpoints::users::change, endpoints::users::delete))
        .routes(routes!(endpoints::audit::list))
        .merge(webhook_routes())
}

fn webhook_routes() -> OpenApiRouter<SharedApp> {
    use endpoints::webhooks::{self, deliveries, replay, secret};
    OpenApiRouter::new()
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::show, webhooks::change, webhooks::delete))
        .routes(routes!(secret::rotate))
        .routes(routes!(deliveries::list))
        .routes(routes!(deliveries::show))
        .routes(routes!(replay::replay))
        .routes(routes!(replay::replay_failed))
        .routes(routes!(replay::test))
}

/// The routes that anybody may ask, none of them below `/api/`.
fn open_routes() -> OpenApiRouter<SharedApp> {
    OpenApiRouter::new()
        .routes(routes!(endpoints::health::healthz))
        .routes(routes!(endpoints::health::readyz))
}

/// All of them with their description.
fn described() -> (Router<SharedApp>, utoipa::openapi::OpenApi) {
    let (router, mut description) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(identified_routes())
        .merge(open_routes())
        .split_for_parts();
    complete(&mut description);
    (router, description)
}

/// The description of the HTTP API, `OpenAPI` 3.1.
pub fn openapi() -> utoipa::openapi::OpenApi {
    described().1
}

/// All routes.
pub fn router(app: SharedApp) -> Router {
    let (router, description) = described();
    let description = Arc::new(description);
    router
        .route(
            "/openapi.json",
            get(async move || axum::Json(description.as_ref().clone())),
        )
        .route(endpoints::tus::COLLECTION, options(endpoints::tus::options))
        .route(
            endpoints::tus::UPLOAD,
            post(endpoints::tus::overridden).options(endpoints::tus::options),
        )
        .merge(endpoints::pages::routes())
        .merge(endpoints::documentation::routes())
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
        .layer(DefaultBodyLimit::max(LONGEST_BODY)) // Of all that has no limit of its own.
        .layer(from_fn_with_state(app.clone(), surround))
        .with_state(app)
}

/// What those who run the service ask, at an address of its own: metrics tell more than everybody should know.
pub fn operations(app: SharedApp) -> Router {
    Router::new()
        .route("/metrics", get(endpoints::metrics::metrics))
        .route("/healthz", get(endpoints::health::healthz))
        .route("/readyz", get(endpoints::health::readyz))
        .with_state(app)
}

#[cfg(test)]
mod tests {
    /// So that nobody changes what clients rely on without seeing it in the change.
    #[test]
    fn the_description_is_the_one_that_is_checked_in() {
        let description = super::openapi().to_pretty_json().unwrap();
        let is_same = description.trim_end() == include_str!("../../openapi.json").trim_end();
        assert!(is_same, "api/openapi.json is behind the code: run make generate");
    }
}
