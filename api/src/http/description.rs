//! What the description of the API says of every operation that needs to know who asks, so that no endpoint has to say it: how to say who
//! you are, which scope is needed, and the problems that come before the handler. All problems are described as they are sent.

use formats::Format;
use utoipa::openapi::{
    Content, HttpMethod, OpenApi, PathItem, Paths, Ref, RefOr, Required, Response, ResponseBuilder,
    path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathsBuilder},
    request_body::RequestBodyBuilder,
    schema::{ObjectBuilder, Type},
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

use crate::{
    http::session_cookie,
    identity::role::Scope,
    webhooks::event::{self, EventType},
};

const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";

/// Bearer: a key or a token.
const BEARER: &str = "api_key";
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
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(cookie));
    for (path, item) in &mut description.paths.paths {
        let needs_scope = !WITHOUT_SCOPE.contains(&path.as_str());
        for (is_read, operation) in operations(item) {
            complete_operation(operation, needs_scope, is_read);
            describe_problems(operation);
        }
    }
    describe_source(&mut description.paths);
    description.webhooks = Some(webhooks());
}

/// What receivers of webhooks are asked, by Standard Webhooks 1.0.
fn webhooks() -> Paths {
    let events = EventType::ALL.map(|event| (event.as_str(), "WebhookEvent"));
    let all = events.into_iter().chain([(event::TEST, "WebhookTest")]);
    let described = all.fold(PathsBuilder::new(), |paths, (name, schema)| {
        paths.path(name, PathItem::new(HttpMethod::Post, webhook(name, schema)))
    });
    described.build()
}

/// The headers of a delivery, and what they say.
const WEBHOOK_HEADERS: [(&str, &str, Type); 3] = [
    (
        "webhook-id",
        "The same for all attempts of a delivery: what was taken once need not be taken again",
        Type::String,
    ),
    (
        "webhook-timestamp",
        "When this attempt was made, in seconds since 1970",
        Type::Integer,
    ),
    (
        "webhook-signature",
        "`v1,` and HMAC-SHA256 in Base64 of id, timestamp and body with `.` between them; where the secret was just replaced two of them, with a space between",
        Type::String,
    ),
];

fn webhook(name: &str, schema: &str) -> Operation {
    let header = |(name, description, kind)| {
        ParameterBuilder::new()
            .name(name)
            .parameter_in(ParameterIn::Header)
            .required(Required::True)
            .description(Some(description))
            .schema(Some(ObjectBuilder::new().schema_type(kind).build()))
            .build()
    };
    let body = RequestBodyBuilder::new()
        .content(JSON, Content::new(Some(Ref::from_schema_name(schema))))
        .required(Some(Required::True))
        .build();
    let taken = Response::new(
        "It was taken. Anything else, redirects too, is attempted again; 410 disables the webhook",
    );
    WEBHOOK_HEADERS
        .into_iter()
        .map(header)
        .fold(OperationBuilder::new(), OperationBuilder::parameter)
        .operation_id(Some(name))
        .tag("webhooks")
        .request_body(Some(body))
        .response("2XX", taken)
        .build()
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

/// What is no success is a problem, and sent as one.
fn describe_problems(operation: &mut Operation) {
    for (status, response) in &mut operation.responses.responses {
        if let (true, RefOr::T(response)) = (status.as_str() >= "400", response)
            && let Some(content) = response.content.swap_remove(JSON)
        {
            response.content.insert(PROBLEM_JSON.to_owned(), content);
        }
    }
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
