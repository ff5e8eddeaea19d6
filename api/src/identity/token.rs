//! Bearer tokens: JSON Web Tokens (RFC 7519), of an `OpenID` Connect issuer or signed with a shared secret.
//!
//! One algorithm is taken and no other, whatever a token's head says (RFC 8725). Issuer, audience and both ends of the time a token is
//! valid for must be there and right, with a minute of leeway for clocks.

use std::{path::PathBuf, sync::Arc};

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};
use uuid::Uuid;

pub use crate::identity::key_set::Source;
use crate::identity::{key_set::KeySet, role::Role, token_crypto};

/// Clocks may differ by so many seconds.
const LEEWAY_SECONDS: u64 = 60;
/// The longest `sub`, as `OpenID` Connect has it.
const LONGEST_SUBJECT: usize = 255;

/// Why a token is not believed. What is wrong with it goes to the log, not to whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is not valid.
    #[error("the token is not valid: {0}")]
    Invalid(&'static str),
    /// Whether it is valid cannot be told: the issuer's keys were never fetched.
    #[error("the keys of the issuer of tokens cannot be fetched")]
    IssuerUnavailable,
}

/// With what tokens are checked.
pub enum Keys {
    /// The secret that the issuer signs with (HMAC).
    Secret(Vec<u8>),
    /// The issuer's public keys.
    Issuer {
        /// Where they are.
        source: Source,
        /// Certificates of authorities that are trusted besides the well-known ones, PEM.
        authorities: Option<PathBuf>,
    },
}

/// What tokens are believed.
pub struct TokenSettings {
    /// The `iss` they must have.
    pub issuer: String,
    /// The `aud` they must have, among others.
    pub audience: String,
    /// The `alg` they must have.
    pub algorithm: Algorithm,
    /// With what they are checked.
    pub keys: Keys,
    /// The claim that holds the tenant's id.
    pub tenant_claim: String,
    /// The claim that holds the user's role; without one the role is the one that is stored.
    pub role_claim: Option<String>,
    /// Whether a user is made of a `sub` that is new.
    pub create_users: bool,
    /// Whether there must be an `nbf`.
    pub require_not_before: bool,
}

enum CheckedWith {
    Secret(DecodingKey),
    Set(Arc<KeySet>),
}

/// Checks tokens.
pub struct TokenVerifier {
    validation: Validation,
    keys: CheckedWith,
    issuer: String,
    tenant_claim: String,
    role_claim: Option<String>,
    create_users: bool,
}

/// What a valid token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TokenClaims {
    pub(super) issuer: String,
    pub(super) subject: String,
    pub(super) tenant: Uuid,
    pub(super) name: Option<String>,
    /// `None` where roles do not come from tokens.
    pub(super) role: Option<Role>,
    /// After this, leeway included, the token is worth nothing.
    pub(super) expires_at: Timestamp,
    pub(super) creates_user: bool,
}

impl TokenVerifier {
    /// One with these settings.
    ///
    /// # Errors
    /// If the secret is empty, or the certificates cannot be read.
    pub fn new(settings: TokenSettings) -> anyhow::Result<Self> {
        token_crypto::install();
        let mut validation = Validation::new(settings.algorithm);
        validation.leeway = LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_issuer(&[&settings.issuer]);
        validation.set_audience(&[&settings.audience]);
        let required: &[&str] = if settings.require_not_before {
            &["iss", "aud", "exp", "nbf", "sub"]
        } else {
            &["iss", "aud", "exp", "sub"]
        };
        validation.set_required_spec_claims(required);
        let keys = match settings.keys {
            Keys::Secret(secret) => CheckedWith::Secret(DecodingKey::from_secret(&secret)?),
            Keys::Issuer { source, authorities } => {
                CheckedWith::Set(KeySet::new(source, settings.algorithm, authorities.as_deref())?)
            }
        };
        Ok(Self {
            validation,
            keys,
            issuer: settings.issuer,
            tenant_claim: settings.tenant_claim,
            role_claim: settings.role_claim,
            create_users: settings.create_users,
        })
    }

    /// What the token says, if it is valid.
    pub(super) async fn verify(&self, token: &str) -> Result<TokenClaims, TokenError> {
        let verified = self.verify_inner(token).await;
        if let Err(error) = &verified {
            tracing::debug!(%error, "a bearer token was refused");
        }
        verified
    }

    async fn verify_inner(&self, token: &str) -> Result<TokenClaims, TokenError> {
        let header = decode_header(token).map_err(|_| TokenError::Invalid("its head cannot be read"))?;
        if !self.validation.algorithms.contains(&header.alg) {
            return Err(TokenError::Invalid("it is signed with another algorithm"));
        }
        let key = match &self.keys {
            CheckedWith::Secret(key) => key.clone(),
            CheckedWith::Set(set) => set.find(header.kid.as_deref()).await?,
        };
        let claims = decode::<Map<String, Value>>(token, &key, &self.validation)
            .map_err(|_| TokenError::Invalid("its signature, issuer, audience or time is not right"))?
            .claims;
        self.read(claims)
    }

    fn read(&self, claims: Map<String, Value>) -> Result<TokenClaims, TokenError> {
        let claims = Value::Object(claims);
        let subject = claims["sub"]
            .as_str()
            .filter(|subject| is_text(subject, LONGEST_SUBJECT));
        let tenant = claim(&claims, &self.tenant_claim).and_then(|tenant| tenant.as_str()?.parse().ok());
        let name = claims["name"].as_str().filter(|name| is_text(name, 200));
        let role = self.role_claim.as_ref().map(|name| role(claim(&claims, name)));
        Ok(TokenClaims {
            issuer: self.issuer.clone(),
            subject: subject
                .ok_or(TokenError::Invalid("it names no subject"))?
                .to_owned(),
            tenant: tenant.ok_or(TokenError::Invalid("it names no tenant"))?,
            name: name.map(ToOwned::to_owned),
            role,
            expires_at: expiry(&claims["exp"]).ok_or(TokenError::Invalid("it ends at no time"))?,
            creates_user: self.create_users,
        })
    }
}

/// Text that a column takes.
fn is_text(text: &str, longest: usize) -> bool {
    (1..=longest).contains(&text.chars().count()) && !text.contains(char::is_control)
}

/// A claim by its name, or where the name begins with a slash by its place (JSON Pointer, RFC 6901).
fn claim<'a>(claims: &'a Value, name: &str) -> Option<&'a Value> {
    if name.starts_with('/') {
        claims.pointer(name)
    } else {
        claims.get(name)
    }
}

/// The role in a claim, which is a name or a list of names: the one that may most. No role that is known is the one that may least.
fn role(claim: Option<&Value>) -> Role {
    let names: Vec<&str> = match claim {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    Role::ALL
        .into_iter()
        .find(|role| names.contains(&role.as_str()))
        .unwrap_or(Role::ReadOnly)
}

/// `exp` with the leeway, in whole seconds.
fn expiry(exp: &Value) -> Option<Timestamp> {
    #[allow(clippy::cast_possible_truncation, reason = "an `as` of a float saturates")]
    let seconds = exp
        .as_i64()
        .or_else(|| exp.as_f64().map(|seconds| seconds as i64))?;
    let latest = seconds.saturating_add(LEEWAY_SECONDS.cast_signed());
    Some(Timestamp::from_second(latest).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_role_that_may_most_counts_and_none_is_the_one_that_may_least() {
        for (claim, expected) in [
            (Some(json!("admin")), Role::Admin),
            (Some(json!(["viewer", "read_only", "member"])), Role::Member),
            (Some(json!(["owner"])), Role::ReadOnly),
            (Some(json!({"admin": true})), Role::ReadOnly),
            (None, Role::ReadOnly),
        ] {
            assert_eq!(role(claim.as_ref()), expected, "{claim:?}");
        }
    }

    #[test]
    fn a_claim_is_found_by_name_or_by_place() {
        let claims = json!({"https://example.org/tenant": "a", "realm_access": {"roles": ["admin"]}});
        assert_eq!(claim(&claims, "https://example.org/tenant"), Some(&json!("a")));
        assert_eq!(claim(&claims, "/realm_access/roles"), Some(&json!(["admin"])));
        assert_eq!(claim(&claims, "realm_access.roles"), None);
    }

    #[test]
    fn a_token_ends_when_it_says_and_a_minute_later() {
        assert_eq!(expiry(&json!(40)), Some(Timestamp::from_second(100).unwrap()));
        assert_eq!(expiry(&json!(40.9)), Some(Timestamp::from_second(100).unwrap()));
        assert_eq!(expiry(&json!(u64::MAX)), Some(Timestamp::MAX));
        assert_eq!(expiry(&json!("soon")), None);
    }
}
