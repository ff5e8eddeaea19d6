//! The requests that receivers of webhooks are sent, by Standard Webhooks 1.0.

use utoipa::openapi::{
    Content, HttpMethod, PathItem, Paths, Ref, Required, Response,
    path::{Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathsBuilder},
    request_body::RequestBodyBuilder,
    schema::{ObjectBuilder, Type},
};

use super::JSON;
use crate::webhooks::event::{self, EventType};

/// One for each kind of event.
pub(super) fn described() -> Paths {
    let events = EventType::ALL.map(|event| (event.as_str(), "WebhookEvent"));
    let all = events.into_iter().chain([(event::TEST, "WebhookTest")]);
    let paths = all.fold(PathsBuilder::new(), |paths, (name, schema)| {
        paths.path(name, PathItem::new(HttpMethod::Post, webhook(name, schema)))
    });
    paths.build()
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
