//! `api smoke-test`: uploads a small text to a running API and waits until it is encoded.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use clap::Args;
use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::{Value, json};
use sqlx::PgPool;
use url::Url;
use uuid::Uuid;

use crate::{
    clock::Clock,
    configuration::SecretUrl,
    database,
    identity::{
        key::ApiKey,
        keys::{self, NewKey},
        role::Role,
        tenants,
        users::{self, NewUser},
    },
    tls,
};

/// What the tenant, its user and the key are called.
const NAME: &str = "smoke-test";
/// Between two looks at the status.
const POLL_EVERY: Duration = Duration::from_millis(200);
/// What does not answer is asked again after so long.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);
const BOUNDARY: &str = "smoke-test-boundary";
const TEXT: &str =
    "# A smoke test\n\nWhere a short text goes in and comes out encoded, a long one will too.\n";

/// `api smoke-test`.
#[derive(Args, Clone, Debug)]
pub struct SmokeTest {
    /// Where the API is.
    #[arg(long, env = "SOCRATE_SMOKE_TEST_URL", default_value = "http://socrate-api")]
    url: Url,
    /// Postgres as the role of maintenance, to make a tenant, a user and a key.
    #[arg(long, env = "SOCRATE_MAINTENANCE_DATABASE_URL", hide_env_values = true)]
    maintenance_database_url: SecretUrl,
    /// How long the document may take, in seconds.
    #[arg(long, default_value_t = 120)]
    wait_seconds: u64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Runs the command. The key goes, however it ends; the tenant stays for the next time.
pub async fn run(test: &SmokeTest, clock: &Clock) -> anyhow::Result<()> {
    let url = &test.maintenance_database_url;
    let pool = database::pool(url, 1).with_context(|| format!("{url} is no address of Postgres"))?;
    let limit = Duration::from_secs(test.wait_seconds);
    let (tenant, id, key) = tokio::time::timeout(limit, make_key_patiently(&pool, clock))
        .await
        .with_context(|| format!("Postgres did not answer within {limit:?}"))?
        .context("failed to make a key")?;
    let outcome = tokio::time::timeout(limit, upload_and_follow(test, &key)).await;
    let mut connection = pool.acquire().await.context("failed to delete the key")?;
    keys::remove(&mut connection, tenant, id)
        .await
        .context("failed to delete the key")?;
    let status = outcome.with_context(|| format!("the document was not ready within {limit:?}"))??;
    let line = if test.json {
        status.to_string()
    } else {
        format!("ready: {} chunk(s)", status["total_chunks"])
    };
    #[allow(clippy::print_stdout, reason = "the command's answer")]
    {
        println!("{line}");
    }
    Ok(())
}

/// The key, with its tenant and its id.
/// Right after an installation has changed the way to Postgres may not be open yet: that is waited for.
async fn make_key_patiently(pool: &PgPool, clock: &Clock) -> anyhow::Result<(Uuid, Uuid, ApiKey)> {
    loop {
        match make_key(pool, clock).await {
            Err(error)
                if error
                    .downcast_ref::<sqlx::Error>()
                    .is_some_and(database::is_unavailable) =>
            {
                tracing::info!(error = format!("{error:#}"), "Postgres does not answer yet");
                tokio::time::sleep(TRY_AGAIN_AFTER).await;
            }
            made => return made,
        }
    }
}

async fn make_key(pool: &PgPool, clock: &Clock) -> anyhow::Result<(Uuid, Uuid, ApiKey)> {
    let now = clock.now();
    let mut transaction = pool.begin().await?;
    let tenant = match tenants::find_by_name(&mut transaction, NAME).await? {
        Some(tenant) => tenant,
        None => tenants::add(&mut transaction, NAME, now).await?,
    };
    let user = if let Some(user) = users::find_by_name(&mut transaction, tenant, NAME).await? {
        user
    } else {
        let new = NewUser {
            tenant,
            name: NAME,
            role: Role::Member,
            telegram_id: None,
            subject: None,
        };
        users::add(&mut transaction, &new, now).await?
    };
    let key =
        ApiKey::generate().map_err(|error| anyhow::anyhow!("the system has no random numbers: {error}"))?;
    let new = NewKey {
        tenant,
        user,
        name: NAME,
        scopes: Role::Member.scopes(),
        expires_at: None,
    };
    let id = keys::add(&mut transaction, &new, &key, now).await?;
    transaction.commit().await?;
    Ok((tenant, id, key))
}

/// Answers the last status.
async fn upload_and_follow(test: &SmokeTest, key: &ApiKey) -> anyhow::Result<Value> {
    let client = tls::client()?.build().context("failed to make a client")?;
    let request = |method, path: &str| -> anyhow::Result<RequestBuilder> {
        Ok(client
            .request(method, test.url.join(path)?)
            .bearer_auth(key.expose()))
    };
    // It is the same each time, and must be encoded all the same.
    let form = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"force\"\r\n\r\ntrue\r\n\
         --{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"smoke-test.md\"\r\n\r\n\
         {TEXT}\r\n--{BOUNDARY}--\r\n"
    );
    let answer = loop {
        let upload = request(Method::POST, "/api/documents/upload")?
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(form.clone());
        match upload.send().await {
            // Nothing was sent.
            Err(error) if error.is_connect() => {
                tracing::info!(%error, url = %test.url, "the API does not answer yet");
                tokio::time::sleep(TRY_AGAIN_AFTER).await;
            }
            sent => break sent.with_context(|| format!("{} does not answer", test.url))?,
        }
    };
    let (status, body) = (answer.status(), answer.text().await?);
    ensure!(
        status == StatusCode::ACCEPTED,
        "the upload was answered with {status}: {body}"
    );
    let body: Value = serde_json::from_str(&body).context("the answer to the upload is no JSON")?;
    let path = format!(
        "/api/documents/{}",
        body["document_id"].as_str().unwrap_or_default()
    );

    let last = loop {
        let answer = request(Method::GET, &format!("{path}/status"))?.send().await?;
        let status: Value = answer.error_for_status()?.json().await?;
        match status["status"].as_str() {
            Some("ready") => break Ok(status),
            Some("failed") => break Err(status),
            _ => tokio::time::sleep(POLL_EVERY).await,
        }
    };
    request(Method::DELETE, &path)?.send().await?.error_for_status()?;
    match last {
        Ok(status) => Ok(status),
        Err(status) => bail!("the document failed: {}", json!(status["error"])),
    }
}
