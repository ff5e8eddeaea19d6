//! What `api serve` is told of identity: flags, each with its environment variable beside.

use std::{fmt, path::PathBuf, str::FromStr, time::Duration};

use anyhow::{Context, bail, ensure};
use clap::Args;
use jiff::SignedDuration;
use jsonwebtoken::Algorithm;
use url::Url;

use crate::identity::{
    authenticator::Settings,
    token::{Keys, Source, TokenSettings, TokenVerifier},
};

/// A shared secret must have as many bytes as the digest that HS256 is made of (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;
/// The keys of an issuer are not fetched again within this time.
const KEYS_FETCHED_AT_MOST_EVERY: Duration = Duration::from_secs(30);

/// A secret, which is never shown.
#[derive(Clone)]
pub struct Secret(String);

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("***")
    }
}

/// Who is let in.
#[derive(Args, Clone, Debug)]
pub struct IdentityConfiguration {
    /// Issuer of the bearer tokens (JSON Web Tokens) that are believed besides API keys: the `iss` they must have. Its keys are found by
    /// `OpenID` Connect Discovery; set --oidc-jwks-url where it offers none. Without an issuer no token is believed.
    #[arg(long, env = "SOCRATE_OIDC_ISSUER")]
    pub oidc_issuer: Option<String>,
    /// The audience of the tokens: the `aud` they must have, among others. Needed with an issuer.
    #[arg(long, env = "SOCRATE_OIDC_AUDIENCE")]
    pub oidc_audience: Option<String>,
    /// Where the issuer's keys are (JSON Web Key Set), instead of where its metadata says.
    #[arg(long, env = "SOCRATE_OIDC_JWKS_URL", conflicts_with = "jwt_secret")]
    pub oidc_jwks_url: Option<Url>,
    /// The one algorithm that tokens are signed with: RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384 or `EdDSA` (Ed25519). A token
    /// that names another is refused.
    #[arg(long, env = "SOCRATE_OIDC_ALGORITHM", default_value = "RS256", value_parser = asymmetric)]
    pub oidc_algorithm: Algorithm,
    /// Certificates (PEM) of authorities that are trusted to speak for the issuer, besides the well-known ones.
    #[arg(long, env = "SOCRATE_OIDC_CA_FILE")]
    pub oidc_ca_file: Option<PathBuf>,
    /// The claim that holds the tenant's id. A name that begins with a slash is a JSON Pointer into the claims: `/organization/id`.
    #[arg(long, env = "SOCRATE_OIDC_TENANT_CLAIM", default_value = "tenant_id")]
    pub oidc_tenant_claim: String,
    /// The claim that holds the user's role or roles: `admin`, `member`, `read_only`; a token without one of them is read-only. Without
    /// this a user has the role that an administrator gave.
    #[arg(long, env = "SOCRATE_OIDC_ROLE_CLAIM")]
    pub oidc_role_claim: Option<String>,
    /// Add a user to the tenant that a token names when its `sub` is seen for the first time; else such a token is refused.
    #[arg(long, env = "SOCRATE_OIDC_CREATE_USERS", default_value_t = false, action = clap::ArgAction::Set, num_args = 0..=1,
        default_missing_value = "true")]
    pub oidc_create_users: bool,
    /// Believe tokens that have no `nbf`, as some issuers leave it out.
    #[arg(long, env = "SOCRATE_OIDC_OPTIONAL_NOT_BEFORE", default_value_t = false, action = clap::ArgAction::Set, num_args = 0..=1,
        default_missing_value = "true")]
    pub oidc_optional_not_before: bool,
    /// A secret of at least 32 bytes that the issuer signs tokens with (HS256), instead of keys of its own. Needs --oidc-issuer and
    /// --oidc-audience too.
    #[arg(long, env = "SOCRATE_JWT_SECRET", hide_env_values = true)]
    pub jwt_secret: Option<Secret>,
    /// A session of the dashboard ends when it is not used for so many seconds.
    #[arg(long, env = "SOCRATE_SESSION_IDLE_SECONDS", default_value_t = 8 * 3600, value_parser = clap::value_parser!(u32).range(60..))]
    pub session_idle_seconds: u32,
    /// A session of the dashboard ends after so many seconds, used or not.
    #[arg(long, env = "SOCRATE_SESSION_MAX_SECONDS", default_value_t = 24 * 3600, value_parser = clap::value_parser!(u32).range(60..))]
    pub session_max_seconds: u32,
    /// Requests a second that a tenant may send to each replica, unless it has a limit of its own; 0 is without limit.
    #[arg(long, env = "SOCRATE_MAX_REQUESTS_PER_SECOND", default_value_t = 0)]
    pub max_requests_per_second: u32,
}

fn asymmetric(text: &str) -> Result<Algorithm, String> {
    match text.parse() {
        Ok(Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512) => {
            Err("a shared secret is set with SOCRATE_JWT_SECRET".into())
        }
        Ok(algorithm) => Ok(algorithm),
        Err(_) => Err("expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, EdDSA".into()),
    }
}

impl IdentityConfiguration {
    /// How credentials are judged.
    pub fn settings(&self) -> Settings {
        Settings {
            session_idle: SignedDuration::from_secs(self.session_idle_seconds.into()),
            requests_per_second: Some(self.max_requests_per_second),
            ..Settings::default()
        }
    }

    /// The longest a session may last.
    pub fn session_max(&self) -> SignedDuration {
        SignedDuration::from_secs(self.session_max_seconds.into())
    }

    /// What checks tokens, if any are believed.
    pub fn token_verifier(&self) -> anyhow::Result<Option<TokenVerifier>> {
        let is_set = |text: &&String| !text.is_empty();
        let issuer = self.oidc_issuer.as_ref().filter(is_set);
        let audience = self.oidc_audience.as_ref().filter(is_set);
        let secret = self.jwt_secret.as_ref().filter(|secret| !secret.0.is_empty());
        let Some(issuer) = issuer else {
            ensure!(
                audience.is_none() && secret.is_none() && self.oidc_jwks_url.is_none(),
                "tokens are to be believed, but of whom? Set SOCRATE_OIDC_ISSUER"
            );
            return Ok(None);
        };
        let audience = audience.context(
            "set SOCRATE_OIDC_AUDIENCE: else a token that the issuer made for another service would be believed",
        )?;
        let (algorithm, keys) = match secret {
            Some(Secret(secret)) if secret.len() < SHORTEST_SECRET => {
                bail!(
                    "SOCRATE_JWT_SECRET must have at least {SHORTEST_SECRET} bytes, for example of `openssl rand -base64 32`"
                )
            }
            Some(Secret(secret)) => (Algorithm::HS256, Keys::Secret(secret.clone().into_bytes())),
            None => {
                let source = Source {
                    issuer: issuer.clone(),
                    jwks_url: self.oidc_jwks_url.clone(),
                    fetched_at_most_every: KEYS_FETCHED_AT_MOST_EVERY,
                };
                let authorities = self.oidc_ca_file.clone();
                (self.oidc_algorithm, Keys::Issuer { source, authorities })
            }
        };
        let verifier = TokenVerifier::new(TokenSettings {
            issuer: issuer.clone(),
            audience: audience.clone(),
            algorithm,
            keys,
            tenant_claim: self.oidc_tenant_claim.clone(),
            role_claim: self.oidc_role_claim.clone().filter(|claim| !claim.is_empty()),
            create_users: self.oidc_create_users,
            require_not_before: !self.oidc_optional_not_before,
        })?;
        Ok(Some(verifier))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        identity: IdentityConfiguration,
    }

    fn verifier(arguments: &[&str]) -> Result<bool, String> {
        let all = ["api"].iter().chain(arguments);
        let program = Program::try_parse_from(all).map_err(|error| error.to_string())?;
        let verifier = program.identity.token_verifier();
        verifier
            .map(|found| found.is_some())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn tokens_are_believed_only_of_an_issuer_and_for_an_audience() {
        assert_eq!(verifier(&[]), Ok(false));
        let issuer = "--oidc-issuer=https://id.example.org";
        assert_eq!(verifier(&[issuer, "--oidc-audience=socrate"]), Ok(true));
        assert!(verifier(&[issuer]).unwrap_err().contains("SOCRATE_OIDC_AUDIENCE"));
        assert!(
            verifier(&["--oidc-audience=socrate"])
                .unwrap_err()
                .contains("SOCRATE_OIDC_ISSUER")
        );
    }

    #[test]
    fn a_secret_is_long_and_never_an_algorithm_of_keys() {
        let base = ["--oidc-issuer=https://id.example.org", "--oidc-audience=socrate"];
        let with = |more: &[&str]| verifier(&[&base[..], more].concat());
        assert_eq!(with(&["--jwt-secret=0123456789abcdef0123456789abcdef"]), Ok(true));
        assert!(with(&["--jwt-secret=short"]).unwrap_err().contains("32 bytes"));
        assert!(
            with(&["--oidc-algorithm=HS256"])
                .unwrap_err()
                .contains("SOCRATE_JWT_SECRET")
        );
        assert!(
            with(&["--oidc-algorithm=none"])
                .unwrap_err()
                .contains("expected one of")
        );
        assert_eq!(format!("{:?}", Secret("hunter2".into())), "***");
    }
}
