//! The public keys of an issuer of tokens (JSON Web Key Set, RFC 7517), fetched when they are needed.
//!
//! A key that is known is never waited for. One that is not has the set fetched again, but no more often than
//! [`Source::fetched_at_most_every`]: whoever sends made-up key ids asks the issuer for nothing more than that.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse},
};
use reqwest::{Client, redirect};
use serde::{Deserialize, de::DeserializeOwned};
use tokio::sync::Mutex;
use tokio_rustls::rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use url::Url;

use crate::identity::token::TokenError;

/// The longest that the issuer may take to answer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(5);
/// The longest answer that is read.
const LONGEST_ANSWER: usize = 1 << 20;
/// After so long the set is fetched again in the background: a key that the issuer withdrew goes.
const FRESH_FOR: Duration = Duration::from_mins(10);
/// More keys than this are no set that one issuer uses.
const MOST_KEYS: usize = 100;

/// Where the keys come from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The issuer, whose metadata says where the keys are (`OpenID` Connect Discovery) unless `jwks_url` does.
    pub issuer: String,
    /// Where the keys are.
    pub jwks_url: Option<Url>,
    /// The set is not fetched again within this time.
    pub fetched_at_most_every: Duration,
}

/// Keys by their ids.
type Keys = HashMap<Option<String>, DecodingKey>;

#[derive(Default)]
struct Fetched {
    keys: Keys,
    at: Option<Instant>,
}

/// The keys of an issuer.
pub(super) struct KeySet {
    source: Source,
    algorithm: Algorithm,
    client: Client,
    fetched: RwLock<Arc<Fetched>>,
    /// When it was last tried; held while it is tried.
    last_try: Mutex<Option<Instant>>,
}

#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

/// Keys that cannot be read are passed over one by one: an issuer may have kinds that are not known here.
#[derive(Deserialize)]
struct Set {
    keys: Vec<serde_json::Value>,
}

impl KeySet {
    /// The keys for this algorithm; none is fetched yet.
    pub(super) fn new(
        source: Source,
        algorithm: Algorithm,
        authorities: Option<&Path>,
    ) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            client: client(authorities)?,
            source,
            algorithm,
            fetched: RwLock::default(),
            last_try: Mutex::default(),
        }))
    }

    /// The key with this id. Without an id it is the only one of the set.
    pub(super) async fn find(self: &Arc<Self>, id: Option<&str>) -> Result<DecodingKey, TokenError> {
        let fetched = self.fetched();
        if let Some(key) = pick(&fetched.keys, id) {
            if fetched.at.is_none_or(|at| at.elapsed() > FRESH_FOR) {
                let own = Arc::clone(self);
                tokio::spawn(async move { own.fetch_unless_tried().await });
            }
            return Ok(key);
        }
        self.fetch_unless_tried().await;
        let fetched = self.fetched();
        match pick(&fetched.keys, id) {
            Some(key) => Ok(key),
            None if fetched.at.is_none() => Err(TokenError::IssuerUnavailable),
            None => Err(TokenError::Invalid("no key of the issuer has this id")),
        }
    }

    fn fetched(&self) -> Arc<Fetched> {
        self.fetched
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Fetches the set, unless that was tried a moment ago. However many ask at once, it is tried once.
    async fn fetch_unless_tried(&self) {
        let mut last_try = self.last_try.lock().await;
        if last_try.is_some_and(|at| at.elapsed() < self.source.fetched_at_most_every) {
            return;
        }
        *last_try = Some(Instant::now());
        match tokio::time::timeout(ANSWERED_WITHIN, self.fetch()).await {
            Ok(Ok(keys)) => {
                tracing::info!(
                    issuer = self.source.issuer,
                    keys = keys.len(),
                    "fetched the keys of the issuer of tokens"
                );
                let fetched = Arc::new(Fetched {
                    keys,
                    at: Some(Instant::now()),
                });
                *self.fetched.write().unwrap_or_else(PoisonError::into_inner) = fetched;
            }
            Ok(Err(error)) => {
                tracing::error!(
                    issuer = self.source.issuer,
                    "failed to fetch the keys of the issuer of tokens: {error:#}"
                );
            }
            Err(_) => {
                tracing::error!(
                    issuer = self.source.issuer,
                    "the issuer of tokens did not answer within {ANSWERED_WITHIN:?}"
                );
            }
        }
    }

    async fn fetch(&self) -> anyhow::Result<Keys> {
        let url = match &self.source.jwks_url {
            Some(url) => url.clone(),
            None => self.discover().await?,
        };
        let set: Set = self.get(url).await?;
        ensure!(
            set.keys.len() <= MOST_KEYS,
            "the set has more than {MOST_KEYS} keys"
        );
        Ok(usable_keys(set.keys, self.algorithm))
    }

    async fn discover(&self) -> anyhow::Result<Url> {
        let issuer = self.source.issuer.trim_end_matches('/');
        let url: Url = format!("{issuer}/.well-known/openid-configuration")
            .parse()
            .context("the issuer is no URL; say where its keys are with SOCRATE_OIDC_JWKS_URL")?;
        let discovery: Discovery = self.get(url).await?;
        ensure!(
            discovery.issuer == self.source.issuer,
            "the issuer calls itself {:?} in its metadata",
            discovery.issuer
        );
        discovery
            .jwks_uri
            .parse()
            .context("the issuer's metadata names no URL for its keys")
    }

    async fn get<T: DeserializeOwned>(&self, url: Url) -> anyhow::Result<T> {
        let doing = || format!("GET {url}");
        let response = self.client.get(url.clone()).send().await.with_context(doing)?;
        let mut response = response.error_for_status().with_context(doing)?;
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.with_context(doing)? {
            body.extend_from_slice(&part);
            ensure!(
                body.len() <= LONGEST_ANSWER,
                "{url} answers more than {LONGEST_ANSWER} bytes"
            );
        }
        serde_json::from_slice(&body).with_context(|| format!("{url} does not answer what it should"))
    }
}

/// A client that follows no redirect: where the keys are is said by whoever set this up, and by the issuer.
fn client(authorities: Option<&Path>) -> anyhow::Result<Client> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    if let Some(path) = authorities {
        let doing = || format!("failed to read the certificates in {}", path.display());
        for certificate in CertificateDer::pem_file_iter(path).with_context(doing)? {
            roots.add(certificate.with_context(doing)?).with_context(doing)?;
        }
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .context("failed to set TLS up")?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
        .timeout(ANSWERED_WITHIN)
        .build()
        .context("failed to make a client of the issuer of tokens")
}

fn pick(keys: &Keys, id: Option<&str>) -> Option<DecodingKey> {
    match id {
        Some(id) => keys.get(&Some(id.to_owned())).cloned(),
        None if keys.len() == 1 => keys.values().next().cloned(),
        None => None,
    }
}

/// The keys of a set that check signatures of this algorithm.
fn usable_keys(keys: Vec<serde_json::Value>, algorithm: Algorithm) -> Keys {
    keys.into_iter()
        .filter_map(|key| serde_json::from_value::<Jwk>(key).ok())
        .filter(|key| is_for(key, algorithm))
        .filter_map(|key| Some((key.common.key_id.clone(), DecodingKey::from_jwk(&key).ok()?)))
        .collect()
}

/// Whether a key says that it is for this algorithm, or at least does not say that it is for another.
fn is_for(key: &Jwk, algorithm: Algorithm) -> bool {
    let is_for_signatures =
        !matches!(&key.common.public_key_use, Some(other) if *other != PublicKeyUse::Signature);
    let has_the_name = key
        .common
        .key_algorithm
        .is_none_or(|named| named == KeyAlgorithm::from(algorithm));
    let has_the_type = match &key.algorithm {
        AlgorithmParameters::RSA(_) => matches!(
            algorithm,
            Algorithm::RS256
                | Algorithm::RS384
                | Algorithm::RS512
                | Algorithm::PS256
                | Algorithm::PS384
                | Algorithm::PS512
        ),
        AlgorithmParameters::EllipticCurve(curve) => matches!(
            (&curve.curve, algorithm),
            (EllipticCurve::P256, Algorithm::ES256) | (EllipticCurve::P384, Algorithm::ES384)
        ),
        AlgorithmParameters::OctetKeyPair(curve) => {
            curve.curve == EllipticCurve::Ed25519 && algorithm == Algorithm::EdDSA
        }
        _ => false, // A shared secret is none where everybody can read it.
    };
    is_for_signatures && has_the_name && has_the_type
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const X: &str = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"; // RFC 7515, appendix A.3.
    const Y: &str = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";

    #[test]
    fn only_keys_for_the_algorithm_are_used() {
        let curve = |more: serde_json::Value| {
            let mut key = json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y});
            key.as_object_mut()
                .unwrap()
                .extend(more.as_object().unwrap().clone());
            key
        };
        let keys = usable_keys(
            vec![
                curve(json!({"kid": "good", "alg": "ES256", "use": "sig"})),
                curve(json!({"kid": "silent"})),
                curve(json!({"kid": "encrypts", "use": "enc"})),
                curve(json!({"kid": "other", "alg": "ES384"})),
                json!({"kid": "secret", "kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}),
                json!({"kid": "unknown", "kty": "XYZ"}),
                json!("no key at all"),
            ],
            Algorithm::ES256,
        );
        let mut ids: Vec<_> = keys.keys().flatten().map(String::as_str).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["good", "silent"]);
        assert!(pick(&keys, None).is_none(), "there are two");
        assert!(pick(&keys, Some("good")).is_some());
        assert!(pick(&keys, Some("secret")).is_none());
    }
}
