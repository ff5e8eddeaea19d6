//! An issuer of tokens: a server of its own with keys that are made here, as an `OpenID` Connect provider has it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use api::{
    clock::Clock,
    identity::token::{Keys, Source, TokenSettings, TokenVerifier},
};
use axum::{Json, Router, extract::State, http::StatusCode, routing::get};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::Algorithm;
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use uuid::Uuid;

pub(crate) const AUDIENCE: &str = "socrate";

/// A key pair of the issuer.
pub(crate) struct Signer {
    pub(crate) id: String,
    pair: EcdsaKeyPair,
}

impl Signer {
    fn new(id: &str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
        Self {
            id: id.to_owned(),
            pair: pair.unwrap(),
        }
    }

    /// Uncompressed: 0x04, x, y.
    pub(crate) fn public(&self) -> &[u8] {
        self.pair.public_key().as_ref()
    }

    fn jwk(&self) -> Value {
        let (x, y) = self.public()[1..].split_at(32);
        json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.id, "x": encode(x), "y": encode(y) })
    }

    /// A token with these claims.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_with_head(&json!({ "alg": "ES256", "typ": "JWT", "kid": self.id }), claims)
    }

    /// A token whose head says what it likes.
    pub(crate) fn sign_with_head(&self, head: &Value, claims: &Value) -> String {
        token(head, claims, |message| {
            let signature = self.pair.sign(&SystemRandom::new(), message).unwrap();
            signature.as_ref().to_vec()
        })
    }
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn token(head: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let message = format!(
        "{}.{}",
        encode(head.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    let signature = encode(&sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// A token that is not signed.
pub(crate) fn unsigned(claims: &Value) -> String {
    token(&json!({ "alg": "none", "typ": "JWT" }), claims, |_| Vec::new())
}

/// A token signed with a shared secret.
pub(crate) fn with_secret(head: &Value, claims: &Value, secret: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    token(head, claims, |message| {
        hmac::sign(&key, message).as_ref().to_vec()
    })
}

/// A token signed with a key of another kind.
pub(crate) fn with_ed25519(head: &Value, claims: &Value) -> String {
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    token(head, claims, |message| pair.sign(message).as_ref().to_vec())
}

#[derive(Default)]
struct Shared {
    url: Mutex<String>,
    keys: Mutex<Vec<Value>>,
    is_away: Mutex<bool>,
    fetched: AtomicUsize,
}

/// A running issuer.
pub(crate) struct Issuer {
    shared: Arc<Shared>,
    pub(crate) url: String,
    pub(crate) signer: Signer,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let signer = Signer::new("first");
        let shared = Arc::new(Shared::default());
        shared.keys.lock().unwrap().push(signer.jwk());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        shared.url.lock().unwrap().clone_from(&url);
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { shared, url, signer }
    }

    /// Another key, which the issuer publishes from now on; what it published before goes.
    pub(crate) fn rotate(&self, id: &str) -> Signer {
        let signer = Signer::new(id);
        *self.shared.keys.lock().unwrap() = vec![signer.jwk()];
        signer
    }

    /// Has it answer nothing but errors, or what it should.
    pub(crate) fn set_away(&self, is_away: bool) {
        *self.shared.is_away.lock().unwrap() = is_away;
    }

    /// How often its keys were asked for.
    pub(crate) fn fetched(&self) -> usize {
        self.shared.fetched.load(Ordering::SeqCst)
    }

    /// What believes its tokens.
    pub(crate) fn settings(&self, fetched_at_most_every: std::time::Duration) -> TokenSettings {
        TokenSettings {
            issuer: self.url.clone(),
            audience: AUDIENCE.into(),
            algorithm: Algorithm::ES256,
            keys: Keys::Issuer {
                source: Source {
                    issuer: self.url.clone(),
                    jwks_url: None,
                    fetched_at_most_every,
                },
                authorities: None,
            },
            tenant_claim: "tenant_id".into(),
            role_claim: None,
            create_users: true,
            require_not_before: true,
        }
    }

    pub(crate) fn verifier(&self) -> TokenVerifier {
        TokenVerifier::new(self.settings(std::time::Duration::ZERO)).unwrap()
    }

    /// The claims of a good token.
    pub(crate) fn claims(&self, tenant: Uuid, subject: &str) -> Value {
        let now = Clock::system().now().as_second();
        json!({
            "iss": self.url, "aud": [AUDIENCE, "another"], "sub": subject, "tenant_id": tenant, "iat": now,
            "nbf": now - 10, "exp": now + 600, "name": "Ada",
        })
    }

    /// Tokens that must not be believed, each with what is wrong with it.
    pub(crate) fn bad_tokens(&self, tenant: Uuid) -> Vec<(String, String)> {
        let good = self.claims(tenant, "somebody");
        let now = Clock::system().now().as_second();
        let mut bad = Vec::new();
        for (name, value) in [
            ("aud", json!("another")),
            ("aud", json!([])),
            ("iss", json!("https://evil.example")),
            ("exp", json!(now - 61)),
            ("exp", json!("never")),
            ("nbf", json!(now + 120)),
            ("tenant_id", json!(Uuid::new_v4())),
            ("tenant_id", json!("one")),
            ("tenant_id", json!(null)),
            ("sub", json!("")),
            ("sub", json!("a\0b")),
        ] {
            let mut claims = good.clone();
            claims[name] = value.clone();
            bad.push((format!("{name} is {value}"), self.signer.sign(&claims)));
        }
        for name in ["iss", "aud", "exp", "nbf", "sub", "tenant_id"] {
            let mut claims = good.clone();
            claims.as_object_mut().unwrap().remove(name);
            bad.push((format!("no {name}"), self.signer.sign(&claims)));
        }
        let head = |algorithm: &str| json!({ "alg": algorithm, "typ": "JWT", "kid": self.signer.id });
        let public = self.signer.public();
        let honest = self.signer.sign(&good);
        let (message, signature) = honest.rsplit_once('.').unwrap();
        let (head_part, _) = message.split_once('.').unwrap();
        let mut admin = good.clone();
        admin["sub"] = json!("another");
        let swapped = self.signer.sign(&admin);
        let other_claims = swapped.split('.').nth(1).unwrap();
        bad.extend([
            ("algorithm none".to_owned(), unsigned(&good)),
            (
                "the public key as a secret".into(),
                with_secret(&head("HS256"), &good, public),
            ),
            (
                "a secret, named as the key".into(),
                with_secret(&head("ES256"), &good, public),
            ),
            (
                "another algorithm named".into(),
                self.signer.sign_with_head(&head("ES384"), &good),
            ),
            ("another kind of key".into(), with_ed25519(&head("EdDSA"), &good)),
            (
                "another kind of key, named as the right".into(),
                with_ed25519(&head("ES256"), &good),
            ),
            (
                "an unknown algorithm".into(),
                self.signer.sign_with_head(&head("XX256"), &good),
            ),
            (
                "an extension that must be understood".into(),
                self.signer.sign_with_head(
                    &json!({ "alg": "ES256", "kid": self.signer.id, "crit": ["x"], "x": 1 }),
                    &good,
                ),
            ),
            (
                "an unknown key".into(),
                self.signer
                    .sign_with_head(&json!({ "alg": "ES256", "kid": "unknown" }), &good),
            ),
            ("no signature".into(), format!("{message}.")),
            (
                "another's claims".into(),
                format!("{head_part}.{other_claims}.{signature}"),
            ),
            ("not JSON".into(), "e30.e30.e30".into()),
            ("empty".into(), "..".into()),
        ]);
        bad
    }
}

type Answer = Result<Json<Value>, StatusCode>;

async fn discovery(State(shared): State<Arc<Shared>>) -> Answer {
    if *shared.is_away.lock().unwrap() {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let url = shared.url.lock().unwrap();
    Ok(Json(json!({ "issuer": *url, "jwks_uri": format!("{url}/keys") })))
}

async fn keys(State(shared): State<Arc<Shared>>) -> Answer {
    shared.fetched.fetch_add(1, Ordering::SeqCst);
    if *shared.is_away.lock().unwrap() {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    Ok(Json(json!({ "keys": *shared.keys.lock().unwrap() })))
}
