//! `…/api/documents/upload/tus`: uploads that can be interrupted and gone on with, as tus 1.0.0 describes them
//! (<https://tus.io/protocols/resumable-upload>): the core protocol, creation, expiration and termination.
//!
//! The middleware of all requests has a part in it, as the protocol speaks of answers that are given before any handler: see
//! [`override_method`] and [`say_version`].

pub mod addition;
pub mod creation;
mod headers;
pub mod progress;

use axum::{
    extract::{Request, State},
    handler::Handler,
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use self::headers::{EXTENSIONS, TUS_RESUMABLE, TUS_VERSION, VERSION, refuse_other_versions};
use crate::{
    app::SharedApp,
    http::{
        authentication::Writer,
        common::DocumentId,
        problem::{Problem, ProblemBody},
        uploads::receiver,
    },
    uploads::{pending::Method as UploadMethod, resumable},
};

/// Where uploads are begun.
pub const COLLECTION: &str = "/api/documents/upload/tus";
/// Where one is gone on with.
pub const UPLOAD: &str = "/api/documents/upload/tus/{id}";

fn is_spoken_at(route: &str) -> bool {
    route == COLLECTION || route == UPLOAD
}

/// Whether a request asks what is spoken here: clients do before they begin, without a credential where a browser asks for them.
pub fn is_asked_what_it_speaks(route: &str, method: &Method) -> bool {
    method == Method::OPTIONS && is_spoken_at(route)
}

/// Takes the method that `X-HTTP-Method-Override` says for that of the request. Only of a `POST`: a method that a browser sends from foreign pages
/// must not become one that changes something.
pub fn override_method(route: &str, request: &mut Request) {
    if request.method() == Method::POST
        && is_spoken_at(route)
        && let Some(said) = request.headers().get("x-http-method-override")
        && let Ok(method) = Method::from_bytes(said.as_bytes())
    {
        *request.method_mut() = method;
    }
}

/// Every answer says which version is spoken, and one that refuses another version says which there are.
pub fn say_version(route: &str, response: &mut Response) {
    if !is_spoken_at(route) {
        return;
    }
    let version = HeaderValue::from_static(VERSION);
    if response.status() == StatusCode::PRECONDITION_FAILED {
        response.headers_mut().insert(TUS_VERSION, version.clone());
    }
    response.headers_mut().insert(TUS_RESUMABLE, version);
}

/// `POST …/tus/{id}`: what [`override_method`] has made of it.
pub async fn overridden(State(app): State<SharedApp>, request: Request) -> Response {
    match *request.method() {
        Method::HEAD => progress::head.call(request, app).await,
        Method::PATCH => addition::patch.call(request, app).await,
        Method::DELETE => terminate.call(request, app).await,
        Method::OPTIONS => options(State(app)).await,
        _ => refuse_method("HEAD,PATCH,DELETE,OPTIONS"),
    }
}

/// Refuses a method where these are known.
fn refuse_method(allowed: &'static str) -> Response {
    let problem = Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "this address does not know this method",
    );
    ([(header::ALLOW, allowed)], problem).into_response()
}

/// Give an upload up
#[utoipa::path(
    delete,
    path = "/api/documents/upload/tus/{id}",
    operation_id = "terminate_tus_upload",
    tag = "documents",
    params(("id" = Uuid, Path), ("Tus-Resumable" = String, Header, pattern = r"^1\.0\.0$", description = "`1.0.0`")),
    responses(
        (status = 204, description = "Nothing is left of it"), (status = 404, body = ProblemBody), (status = 412, body = ProblemBody),
    ),
    security(("api_key" = []))
)]
pub async fn terminate(
    State(app): State<SharedApp>,
    Writer(identity): Writer,
    DocumentId(id): DocumentId,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    refuse_other_versions(&headers)?;
    let receiver = receiver(&app, identity).await?;
    resumable::terminate(&app, &receiver, UploadMethod::Tus, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is spoken here: asked by clients before they begin.
pub async fn options(State(app): State<SharedApp>) -> Response {
    let headers = [
        (TUS_VERSION, VERSION.to_owned()),
        (HeaderName::from_static("tus-extension"), EXTENSIONS.to_owned()),
        (
            HeaderName::from_static("tus-max-size"),
            app.max_upload_bytes.to_string(),
        ),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
