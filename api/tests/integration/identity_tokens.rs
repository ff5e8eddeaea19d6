//! Bearer tokens of an issuer, which is a server of its own.

use std::time::Duration;

use api::{
    clock::Clock,
    identity::{
        authenticator::Settings,
        role::Role,
        token::{Keys, TokenSettings, TokenVerifier},
    },
};
use jsonwebtoken::Algorithm;
use serde_json::json;
use uuid::Uuid;

use crate::{
    application::{self, Answer, Application, Setup},
    issuer::{self, AUDIENCE, Issuer},
};

/// Nothing is remembered, so that each request is looked up.
fn forgetful() -> Settings {
    Settings {
        believed_for: Duration::from_nanos(1),
        ..Settings::default()
    }
}

async fn with(settings: TokenSettings) -> Application {
    application::with(Setup {
        tokens: Some(TokenVerifier::new(settings).unwrap()),
        identity: forgetful(),
        ..Setup::default()
    })
    .await
}

async fn session(application: &Application, token: &str) -> Answer {
    application
        .json_as(token, "GET", "/api/session", &json!(null))
        .await
}

#[tokio::test]
async fn a_user_is_made_at_first_sight_once_and_known_again() {
    let issuer = Issuer::start().await;
    let application = with(issuer.settings(Duration::ZERO)).await;
    let token = issuer.signer.sign(&issuer.claims(application.tenant, "ada"));
    let (first, second) = tokio::join!(session(&application, &token), async {
        let mut claims = issuer.claims(application.tenant, "ada");
        claims["jti"] = json!("another token of hers");
        session(&application, &issuer.signer.sign(&claims)).await
    });
    let (first, second) = (first.json(), second.json());
    assert_eq!(first["user_id"], second["user_id"]);
    assert_eq!(first["method"], "token");
    assert_eq!(first["role"], "member");
    assert_eq!(first["tenant_id"], application.tenant.to_string());
    assert_eq!(
        application
            .count("users WHERE subject = 'ada' AND name = 'Ada'")
            .await,
        1
    );
    assert_eq!(
        application.count("audit_log WHERE action = 'user.created'").await,
        1
    );
}

#[tokio::test]
async fn a_new_subject_is_nobody_where_users_are_not_made() {
    let issuer = Issuer::start().await;
    let application = with(TokenSettings {
        create_users: false,
        ..issuer.settings(Duration::ZERO)
    })
    .await;
    let token = issuer.signer.sign(&issuer.claims(application.tenant, "ada"));
    assert_eq!(session(&application, &token).await.problem().0, 401);
    sqlx::query("UPDATE users SET issuer = $1, subject = 'ada' WHERE id = $2")
        .bind(&issuer.url)
        .bind(application.user)
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    let answer = session(&application, &token).await;
    assert_eq!(answer.json()["user_id"], application.user.to_string());
}

#[tokio::test]
async fn a_subject_belongs_to_one_tenant() {
    let issuer = Issuer::start().await;
    let application = with(issuer.settings(Duration::ZERO)).await;
    let (other, ..) = application::tenant(&application.database, "two").await;
    let first = issuer.signer.sign(&issuer.claims(application.tenant, "ada"));
    assert_eq!(session(&application, &first).await.status, 200);
    let second = issuer.signer.sign(&issuer.claims(other, "ada"));
    assert_eq!(session(&application, &second).await.problem().0, 401);
    assert_eq!(application.count("users WHERE subject = 'ada'").await, 1);
}

#[tokio::test]
async fn the_role_comes_from_the_claim_where_one_is_named() {
    let issuer = Issuer::start().await;
    let application = with(TokenSettings {
        role_claim: Some("/access/roles".into()),
        ..issuer.settings(Duration::ZERO)
    })
    .await;
    for (roles, expected) in [
        (json!(["member"]), Role::Member),
        (json!(["viewer", "admin"]), Role::Admin),
        (json!([]), Role::ReadOnly),
    ] {
        let mut claims = issuer.claims(application.tenant, "ada");
        claims["access"] = json!({ "roles": roles });
        let answer = session(&application, &issuer.signer.sign(&claims)).await.json();
        assert_eq!(answer["role"], expected.as_str());
        let stored: String = sqlx::query_scalar("SELECT role FROM users WHERE subject = 'ada'")
            .fetch_one(&application.database.maintenance)
            .await
            .unwrap();
        assert_eq!(stored, expected.as_str());
    }
    assert_eq!(
        application.count("audit_log WHERE action = 'user.changed'").await,
        2
    );
}

#[tokio::test]
async fn a_user_who_is_disabled_is_nobody() {
    let issuer = Issuer::start().await;
    let application = with(issuer.settings(Duration::ZERO)).await;
    let token = issuer.signer.sign(&issuer.claims(application.tenant, "ada"));
    assert_eq!(session(&application, &token).await.status, 200);
    sqlx::query("UPDATE users SET disabled_at = now() WHERE subject = 'ada'")
        .execute(&application.database.maintenance)
        .await
        .unwrap();
    application::until("the user", async || {
        session(&application, &token).await.status == 401
    })
    .await;
}

#[tokio::test]
async fn a_new_key_is_fetched_when_it_is_first_named_and_an_old_one_goes() {
    let issuer = Issuer::start().await;
    let application = with(issuer.settings(Duration::ZERO)).await;
    let claims = issuer.claims(application.tenant, "ada");
    let old = issuer.signer.sign(&claims);
    assert_eq!(session(&application, &old).await.status, 200);
    assert_eq!(session(&application, &old).await.status, 200);
    assert_eq!(issuer.fetched(), 1);
    let rotated = issuer.rotate("second");
    let new = rotated.sign(&claims);
    assert_eq!(session(&application, &new).await.status, 200);
    assert_eq!(session(&application, &old).await.problem().0, 401);
    assert_eq!(session(&application, &new).await.status, 200);
}

#[tokio::test]
async fn made_up_key_ids_neither_flood_the_issuer_nor_hinder_known_keys() {
    let issuer = Issuer::start().await;
    let application = with(issuer.settings(Duration::from_hours(1))).await;
    let claims = issuer.claims(application.tenant, "ada");
    let good = issuer.signer.sign(&claims);
    assert_eq!(session(&application, &good).await.status, 200);
    let made_up = (0..50).map(|_| {
        let head = json!({ "alg": "ES256", "kid": Uuid::new_v4().to_string() });
        issuer.signer.sign_with_head(&head, &claims)
    });
    let answers = futures::future::join_all(made_up.map(|token| {
        let application = &application;
        async move { session(application, &token).await.status.as_u16() }
    }))
    .await;
    assert_eq!(answers, vec![401; 50]);
    assert_eq!(issuer.fetched(), 1);
    issuer.set_away(true);
    assert_eq!(session(&application, &good).await.status, 200);
}

#[tokio::test]
async fn an_issuer_that_never_answered_is_unavailable_and_then_not_any_more() {
    let issuer = Issuer::start().await;
    issuer.set_away(true);
    let application = with(issuer.settings(Duration::ZERO)).await;
    let token = issuer.signer.sign(&issuer.claims(application.tenant, "ada"));
    let answer = session(&application, &token).await;
    assert_eq!(answer.problem(), (503, "issuer_unavailable".into()));
    assert_eq!(answer.headers["retry-after"], "1");
    assert_eq!(
        application.get("/api/session").await.status,
        200,
        "keys need no issuer"
    );
    issuer.set_away(false);
    assert_eq!(session(&application, &token).await.status, 200);
}

#[tokio::test]
async fn a_shared_secret_signs_tokens_where_there_is_one() {
    let issuer = Issuer::start().await;
    let secret = b"0123456789abcdef0123456789abcdef";
    let application = with(TokenSettings {
        algorithm: Algorithm::HS256,
        keys: Keys::Secret(secret.to_vec()),
        ..issuer.settings(Duration::ZERO)
    })
    .await;
    let claims = issuer.claims(application.tenant, "ada");
    let head = json!({ "alg": "HS256", "typ": "JWT" });
    assert_eq!(
        session(&application, &issuer::with_secret(&head, &claims, secret))
            .await
            .status,
        200
    );
    for bad in [
        issuer::with_secret(&head, &claims, b"another secret, as long as it is"),
        issuer::with_secret(&json!({ "alg": "HS512" }), &claims, secret),
        issuer::unsigned(&claims),
        issuer.signer.sign(&claims),
    ] {
        assert_eq!(session(&application, &bad).await.problem().0, 401, "{bad}");
    }
    assert_eq!(issuer.fetched(), 0);
}

#[tokio::test]
async fn a_token_ends_when_it_says_whatever_is_remembered() {
    let issuer = Issuer::start().await;
    let application = application::with(Setup {
        tokens: Some(issuer.verifier()),
        identity: Settings {
            believed_for: Duration::from_hours(1),
            ..Settings::default()
        },
        ..Setup::default()
    })
    .await;
    let mut claims = issuer.claims(application.tenant, "ada");
    claims["exp"] = json!(Clock::system().now().as_second() - 57); // Within the leeway for three seconds.
    let token = issuer.signer.sign(&claims);
    assert_eq!(session(&application, &token).await.status, 200);
    application::until("the end of the token", async || {
        session(&application, &token).await.status == 401
    })
    .await;
}

#[tokio::test]
async fn tokens_are_nothing_where_no_issuer_is_set() {
    let issuer = Issuer::start().await;
    let application = application::application().await;
    let token = issuer.signer.sign(&issuer.claims(application.tenant, "ada"));
    assert_eq!(session(&application, &token).await.problem().0, 401);
    assert_eq!(issuer.settings(Duration::ZERO).audience, AUDIENCE);
}
