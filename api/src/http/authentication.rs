//! Who sends a request: every route below `/api/` is behind [`admit`], and each handler says what it needs: a [`Reader`], a
//! [`Writer`], an [`Admin`], or any [`Identity`].

use std::time::Duration;

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    app::SharedApp,
    http::{problem::Problem, session_cookie},
    identity::{
        Identity, audit::Actor, authenticator::Rejection, credential::Credential, key::ApiKey,
        rate_limit::Verdict, role::Scope,
    },
};

/// The longest request id that is written down.
const LONGEST_REQUEST_ID: usize = 100;

/// Who may read documents.
#[derive(Clone, Copy, Debug)]
pub struct Reader(pub Identity);

/// Who may upload and change documents.
#[derive(Clone, Copy, Debug)]
pub struct Writer(pub Identity);

/// Who may see and change users, keys and the audit log of their tenant.
#[derive(Clone, Copy, Debug)]
pub struct Admin(pub Identity);

/// Lets a request through whose sender is known and within their limit, and tells the handler who it is.
pub(super) async fn admit(app: &SharedApp, mut request: Request, next: Next) -> Response {
    let credential = match credential_of(request.method(), request.headers()) {
        Ok(credential) => credential,
        Err(problem) => return problem.into_response(),
    };
    let admission = match app.authenticator.authenticate(&credential, app.clock.now()).await {
        Ok(admission) => admission,
        Err(rejection) => return refuse(&rejection),
    };
    app.authenticator.note_use(&admission, app.clock.now());
    let Some(limit) = &admission.rate_limit else {
        request.extensions_mut().insert(admission.identity);
        return next.run(request).await;
    };
    let verdict = limit.check();
    let mut response = if let Some(wait) = verdict.wait {
        too_many(verdict.per_second, wait)
    } else {
        request.extensions_mut().insert(admission.identity);
        next.run(request).await
    };
    say_limit(response.headers_mut(), verdict);
    response
}

/// The credential that a request carries. Where it carries several, the one that a browser does not send by itself counts.
pub(super) fn credential_of(method: &Method, headers: &HeaderMap) -> Result<Credential, Problem> {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        return value
            .to_str()
            .ok()
            .and_then(|value| value.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, credential)| Credential::bearer(credential.trim()))
            .ok_or_else(Problem::unauthorized);
    }
    if let Some(value) = headers.get("x-api-key") {
        let key = value.to_str().ok().and_then(|value| ApiKey::parse(value.trim()));
        return key.map(Credential::Key).ok_or_else(Problem::unauthorized);
    }
    let token = session_cookie::token_in(headers).ok_or_else(Problem::unauthorized)?;
    // A browser sends the cookie whoever had it send the request: what changes something must come from our own pages.
    if !method.is_safe() && !session_cookie::is_same_origin(headers) {
        return Err(cross_site_request());
    }
    Ok(Credential::Session(token))
}

/// With the cookie of a session, from another site.
pub(super) fn cross_site_request() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "cross_site_request",
        "with the cookie of a session, what changes something, or connects by WebSocket, must come from a page of this site",
    )
}

fn refuse(rejection: &Rejection) -> Response {
    let problem = match rejection {
        Rejection::Invalid => Problem::unauthorized(),
        Rejection::Busy => {
            Problem::saturated("too many credentials are being looked up: ask again in a moment")
        }
        Rejection::IssuerUnavailable => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "issuer_unavailable",
            "the issuer of tokens does not answer, so that yours cannot be checked; try again later",
        )
        .retry_after(1),
        Rejection::Database(cause) => Problem::database("look up a credential", cause),
    };
    problem.into_response()
}

fn too_many(per_second: u32, wait: Duration) -> Response {
    let message = format!("your tenant may send {per_second} requests a second");
    let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
    ([(header::RETRY_AFTER, seconds(wait).to_string())], problem).into_response()
}

/// Whole seconds that are no less.
fn seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

/// `RateLimit-Policy` and `RateLimit`, as draft-ietf-httpapi-ratelimit-headers has them: the quota `q` of a window of `w` seconds, what
/// remains of it, and the seconds until it is whole again.
fn say_limit(headers: &mut HeaderMap, verdict: Verdict) {
    let Verdict {
        per_second,
        remaining,
        wait,
    } = verdict;
    let reset = wait.map_or(1, seconds);
    for (name, value) in [
        ("ratelimit-policy", format!("\"requests\";q={per_second};w=1")),
        ("ratelimit", format!("\"requests\";r={remaining};t={reset}")),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

impl FromRequestParts<SharedApp> for Identity {
    type Rejection = Problem;

    /// On a route that is not behind [`admit`] there is nobody.
    async fn from_request_parts(parts: &mut Parts, _: &SharedApp) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Self>()
            .copied()
            .ok_or_else(Problem::unauthorized)
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

/// Who does what the audit log is to say, with the id of the request where it has one.
pub(super) fn actor(identity: &Identity, headers: &HeaderMap) -> Actor {
    let id = headers.get("x-request-id").and_then(|id| id.to_str().ok());
    Actor::of(
        identity,
        id.filter(|id| (1..=LONGEST_REQUEST_ID).contains(&id.len()))
            .map(ToOwned::to_owned),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::credential::SessionToken;

    fn headers(all: &[(&'static str, &str)]) -> HeaderMap {
        all.iter()
            .map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()))
            .collect()
    }

    fn credential(all: &[(&'static str, &str)]) -> Option<Credential> {
        credential_of(&Method::GET, &headers(all)).ok()
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
            let found = credential(&[(name, &value)]);
            assert_eq!(found, Some(Credential::Key(key.clone())), "{name}: {value}");
        }
        for (name, value) in [
            ("authorization", text.to_owned()),
            ("authorization", format!("Basic {text}")),
            ("cookie", text.to_owned()),
        ] {
            assert_eq!(credential(&[(name, &value)]), None, "{name}: {value}");
        }
        assert_eq!(credential(&[]), None);
    }

    #[test]
    fn a_session_comes_in_its_cookie_and_what_a_program_sent_counts_before_it() {
        let token = SessionToken::generate().unwrap();
        let cookie = format!("theme=dark; {}={}; lang=it", session_cookie::NAME, token.expose());
        assert_eq!(
            credential(&[("cookie", &cookie)]),
            Some(Credential::Session(token.clone()))
        );
        let key = ApiKey::generate().unwrap();
        let found = credential(&[("cookie", &cookie), ("x-api-key", key.expose())]);
        assert_eq!(found, Some(Credential::Key(key)));
        assert_eq!(
            credential(&[("cookie", &cookie), ("authorization", "Bearer nothing")]),
            None,
            "a credential that is not valid is not passed over"
        );
        let other = format!("socrate-session={}", token.expose());
        assert_eq!(credential(&[("cookie", &other)]), None);
    }

    #[test]
    fn what_changes_something_with_a_cookie_comes_from_our_own_pages() {
        let token = SessionToken::generate().unwrap();
        let cookie = headers(&[("cookie", &format!("{}={}", session_cookie::NAME, token.expose()))]);
        assert!(credential_of(&Method::GET, &cookie).is_ok());
        assert_eq!(
            credential_of(&Method::DELETE, &cookie).unwrap_err().code,
            "cross_site_request"
        );
    }

    #[test]
    fn the_limit_is_said_as_the_draft_has_it() {
        let mut headers = HeaderMap::new();
        let verdict = Verdict {
            per_second: 50,
            remaining: 0,
            wait: Some(Duration::from_millis(20)),
        };
        say_limit(&mut headers, verdict);
        assert_eq!(headers["ratelimit-policy"], "\"requests\";q=50;w=1");
        assert_eq!(headers["ratelimit"], "\"requests\";r=0;t=1");
        let refused = too_many(50, Duration::from_millis(20));
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.headers()[header::RETRY_AFTER], "1");
    }
}
