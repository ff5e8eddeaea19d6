//! Conditional requests and ranges (RFC 9110, sections 13 and 14), described wherever an endpoint says that it answers 304 or 206.

use utoipa::openapi::{
    Header, RefOr, Required, Response,
    path::{Operation, Parameter, ParameterBuilder, ParameterIn},
    schema::{ObjectBuilder, Type},
};

/// Describes the headers by which a client asks for 304 and 206, and those that tell it what it has.
pub(super) fn describe(operation: &mut Operation) {
    let answers = |status: &str| operation.responses.responses.contains_key(status);
    let (is_conditional, has_ranges) = (answers("304"), answers("206"));
    let mut parameters = Vec::new();
    if is_conditional {
        let description = "The `ETag` of what you have: 304 where it is still that";
        parameters.push(parameter("If-None-Match", description));
    }
    if has_ranges {
        let description =
            "The bytes that are wanted, as `bytes=0-1023`; of several ranges the whole file is sent";
        parameters.push(parameter("Range", description));
        let description = "The `ETag` of the file whose part you have: of another one the whole is sent";
        parameters.push(parameter("If-Range", description));
    }
    if !parameters.is_empty() {
        let described = operation.parameters.get_or_insert_default();
        described.extend(parameters.into_iter().map(RefOr::T));
    }
    for (status, response) in &mut operation.responses.responses {
        let RefOr::T(response) = response else { continue };
        match status.as_str() {
            "200" | "206" | "304" if is_conditional => {
                header(response, "ETag", "Which content this is, or would be");
            }
            _ => {}
        }
        match status.as_str() {
            "200" if has_ranges => header(response, "Accept-Ranges", "`bytes`"),
            "206" => header(
                response,
                "Content-Range",
                "Which bytes these are, and of how many",
            ),
            "416" => header(response, "Content-Range", "How many bytes there are"),
            _ => {}
        }
    }
}

fn parameter(name: &str, description: &str) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .build()
}

/// Describes a header of a response.
pub(super) fn header(response: &mut Response, name: &str, description: &str) {
    let mut header = Header::new(ObjectBuilder::new().schema_type(Type::String).build());
    header.description = Some(description.to_owned());
    response
        .headers
        .entry(name.to_owned())
        .or_insert_with(|| header.into());
}
