//! The credential of a request, and what a handler says it needs: a [`Reader`], a [`Writer`] or an [`Admin`].

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use crate::{
    app::SharedApp,
    http::problem::Problem,
    identity::{Identity, key::ApiKey, role::Scope},
};

/// Who may read documents.
#[derive(Clone, Copy, Debug)]
pub struct Reader(pub Identity);

/// Who may upload and change documents.
#[derive(Clone, Copy, Debug)]
pub struct Writer(pub Identity);

/// Who may see and change users, keys and the audit log of their tenant.
#[derive(Clone, Copy, Debug)]
pub struct Admin(pub Identity);

impl FromRequestParts<SharedApp> for Identity {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        let key = key_in(&parts.headers).ok_or_else(Problem::unauthorized)?;
        app.authenticator.authenticate(&key, app.clock.now()).await
    }
}

async fn permitted(parts: &mut Parts, app: &SharedApp, scope: Scope) -> Result<Identity, Problem> {
    let identity = Identity::from_request_parts(parts, app).await?;
    if identity.may(scope) {
        Ok(identity)
    } else {
        Err(Problem::forbidden(scope.as_str()))
    }
}

impl FromRequestParts<SharedApp> for Reader {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        permitted(parts, app, Scope::DocumentsRead).await.map(Self)
    }
}

impl FromRequestParts<SharedApp> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        permitted(parts, app, Scope::DocumentsWrite).await.map(Self)
    }
}

impl FromRequestParts<SharedApp> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &SharedApp) -> Result<Self, Problem> {
        permitted(parts, app, Scope::Admin).await.map(Self)
    }
}

/// The key in `Authorization: Bearer …` or `X-API-Key: …`.
fn key_in(headers: &HeaderMap) -> Option<ApiKey> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let (scheme, credential) = value.to_str().ok()?.split_once(' ')?;
        return scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| ApiKey::parse(credential.trim()))?;
    }
    ApiKey::parse(headers.get("x-api-key")?.to_str().ok()?.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
    }

    #[test]
    fn a_key_comes_as_bearer_or_in_its_own_header() {
        let key = ApiKey::generate().unwrap();
        let text = key.expose();
        for (name, value) in [
            ("authorization", format!("Bearer {text}")),
            ("authorization", format!("bearer  {text}")),
            ("x-api-key", text.to_owned()),
        ] {
            assert_eq!(
                key_in(&headers(name, &value)),
                Some(key.clone()),
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn anything_else_is_no_key() {
        let key = ApiKey::generate().unwrap();
        let text = key.expose();
        for (name, value) in [
            ("authorization", text.to_owned()),
            ("authorization", format!("Basic {text}")),
            ("cookie", text.to_owned()),
        ] {
            assert_eq!(key_in(&headers(name, &value)), None, "{name}: {value}");
        }
        assert_eq!(key_in(&HeaderMap::new()), None);
    }
}
