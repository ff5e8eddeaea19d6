//! What the description of the API says of every operation that needs to know who asks, so that no endpoint has to say it: how to say who
//! you are, which scope is needed, and the problems that come before the handler. All problems are described as they are sent.

use formats::Format;
use utoipa::openapi::{
    Content, OpenApi, PathItem, Paths, Ref, RefOr, Response, ResponseBuilder,
    path::Operation,
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

use crate::{http::session_cookie, identity::role::Scope};

mod conditions;
mod webhooks;

const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";

/// Bearer: a key or a token.
const BEARER: &str = "api_key";
/// A key in a header of its own.
const KEY_HEADER: &str = "api_key_header";
/// The cookie of a session.
const SESSION: &str = "session";

/// Paths that need no scope: whoever is known may ask who they are and where they are signed in, sign in and sign out.
const WITHOUT_SCOPE: [&str; 4] = [
    "/api/account",
    "/api/session",
    "/api/sessions",
    "/api/sessions/{id}",
];

/// The problems that come before the handler, or wherever something of ours fails.
const PROBLEMS: [(&str, &str); 5] = [
    ("401", "No valid credential"),
    ("403", "The role or the credential does not permit it"),
    (
        "429",
        "Too many requests: `Retry-After`, `RateLimit` and `RateLimit-Policy` say how many are too many",
    ),
    ("500", "Something failed on our side; it has been logged"),
    (
        "503",
        "The database, the store or the issuer of tokens is unavailable, or it took too long: try again later",
    ),
];

/// The problems of a body, whatever it is.
const PROBLEMS_OF_BODIES: [(&str, &str); 4] = [
    ("400", "The body is not what it is said to be, or was cut off"),
    ("408", "The body came too slowly"),
    ("413", "The body is too long, or a quota is used up"),
    ("415", "The body is of another media type than the one described"),
];

/// That of a body that is to be JSON, besides.
const PROBLEM_OF_JSON: (&str, &str) = ("422", "The body is not as described");

/// What the other statuses mean.
const MEANINGS: [(&str, &str); 13] = [
    ("200", "Here it is"),
    ("201", "It was made"),
    ("202", "It was taken, and is being done"),
    ("204", "It is done"),
    ("207", "Of several files each has its own outcome"),
    ("404", "There is no such thing, or it is not yours to see"),
    ("409", "It cannot be done as things are: `code` says why"),
    ("410", "It was there and is no more"),
    ("412", "A version of tus that is not spoken here"),
    ("416", "The file has no such bytes"),
    ("422", "What was sent is not as described: `code` says what"),
    ("423", "Another request is writing to it"),
    ("426", "Ask for an upgrade to WebSocket"),
];

/// A path whose answer is a file of any format that is taken.
const SOURCE: &str = "/api/documents/{id}/source";

/// Completes the description.
pub(super) fn complete(description: &mut OpenApi) {
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("sk_…, or a JSON Web Token")
        .build();
    let cookie = ApiKey::Cookie(ApiKeyValue::with_description(
        session_cookie::NAME,
        "Set by POST /api/session. What changes something must come from a page of this site.",
    ));
    let components = description.components.get_or_insert_with(Default::default);
    components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    let key = ApiKey::Header(ApiKeyValue::with_description("X-API-Key", "A key: sk_…"));
    components.add_security_scheme(KEY_HEADER, SecurityScheme::ApiKey(key));
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(cookie));
    for (path, item) in &mut description.paths.paths {
        let needs_scope = !WITHOUT_SCOPE.contains(&path.as_str());
        for (is_read, operation) in operations(item) {
            complete_operation(operation, needs_scope, is_read);
            describe_responses(operation);
            conditions::describe(operation);
        }
    }
    describe_source(&mut description.paths);
    description.webhooks = Some(webhooks::described());
}

/// A file is sent as what it was found to be: one of the formats that are taken, of which there is one list.
fn describe_source(paths: &mut Paths) {
    let operation = paths.paths.get_mut(SOURCE).and_then(|item| item.get.as_mut());
    let response = operation.and_then(|operation| operation.responses.responses.get_mut("200"));
    if let Some(RefOr::T(response)) = response {
        let types = Format::ALL.map(Format::media_type).into_iter();
        let described = types.map(|media_type| (media_type.to_owned(), Content::default().into()));
        response.content.extend(described);
    }
}

/// The operations of a path, and whether each only reads.
fn operations(item: &mut PathItem) -> impl Iterator<Item = (bool, &mut Operation)> {
    [
        (true, &mut item.get),
        (true, &mut item.head),
        (false, &mut item.post),
        (false, &mut item.put),
        (false, &mut item.patch),
        (false, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(is_read, operation)| Some((is_read, operation.as_mut()?)))
}

fn complete_operation(operation: &mut Operation, needs_scope: bool, is_read: bool) {
    let Some(declared) = operation.security.take().filter(|declared| !declared.is_empty()) else {
        return;
    };
    let usual = if is_read {
        Scope::DocumentsRead
    } else {
        Scope::DocumentsWrite
    };
    let scopes = match declared_scopes(&declared) {
        scopes if !scopes.is_empty() => scopes,
        _ if needs_scope => vec![usual.as_str().to_owned()],
        _ => Vec::new(),
    };
    operation.security = Some(vec![
        SecurityRequirement::new(BEARER, scopes.clone()),
        SecurityRequirement::new(KEY_HEADER, scopes.clone()),
        SecurityRequirement::new(SESSION, scopes),
    ]);
    let body = operation.request_body.as_ref();
    let is_json = matches!(body, Some(RefOr::T(body)) if body.content.contains_key(JSON));
    let of_body = body.iter().flat_map(|_| PROBLEMS_OF_BODIES);
    let of_json = is_json.then_some(PROBLEM_OF_JSON);
    for (status, description) in PROBLEMS.into_iter().chain(of_body).chain(of_json) {
        let responses = &mut operation.responses.responses;
        responses
            .entry(status.to_owned())
            .or_insert_with(|| RefOr::T(problem(description)));
    }
}

/// Says of each response what it is, where its endpoint says no more than the status does. What is no success is a problem, and sent as one.
fn describe_responses(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            response.description = meaning(status).to_owned();
        }
        if status.as_str() >= "400"
            && let Some(content) = response.content.swap_remove(JSON)
        {
            response.content.insert(PROBLEM_JSON.to_owned(), content);
        }
        let is_temporary = ["429", "503"].contains(&status.as_str());
        if is_temporary && response.content.contains_key(PROBLEM_JSON) {
            conditions::header(
                response,
                "Retry-After",
                "After so many seconds it may be otherwise",
            );
        }
    }
}

fn meaning(status: &str) -> &'static str {
    let known = PROBLEMS.into_iter().chain(PROBLEMS_OF_BODIES).chain(MEANINGS);
    let known = known.into_iter().find(|(of, _)| *of == status);
    known.map_or("See the operation", |(_, meaning)| meaning)
}

/// The scopes that an endpoint itself says it needs.
fn declared_scopes(declared: &[SecurityRequirement]) -> Vec<String> {
    let written = serde_json::to_value(declared).unwrap_or_default();
    let requirements = written.as_array().into_iter().flatten();
    requirements
        .filter_map(|requirement| requirement[BEARER].as_array())
        .flatten()
        .filter_map(|scope| Some(scope.as_str()?.to_owned()))
        .collect()
}

fn problem(description: &str) -> Response {
    let body = Ref::from_schema_name("ProblemBody");
    ResponseBuilder::new()
        .description(description)
        .content(PROBLEM_JSON, Content::new(Some(body)))
        .build()
}
