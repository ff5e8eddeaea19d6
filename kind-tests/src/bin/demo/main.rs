//! The demonstration: one real document through the installed platform, in six steps.

mod progress;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use clap::Parser;
use kind_tests::{
    admin,
    api::{Address, ApiClient, number, text},
    cluster::Cluster,
    wait,
};
use progress::ProgressLine;
use serde_json::Value;

/// Takes one document through the platform of the cluster that KUBECONFIG names, in six steps.
///
/// Makes a user, uploads the document, shows how it is encoded, and verifies what comes out. The exit status is 0 only if all of it is true.
#[derive(Parser)]
#[command(name = "demo", version)]
struct Arguments {
    /// The document
    file: PathBuf,
    /// The longest the document may take, in seconds
    #[arg(long, default_value_t = 240)]
    timeout: u64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match demonstrate(&Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nThe demonstration failed: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn demonstrate(arguments: &Arguments) -> Result<()> {
    let content = std::fs::read(&arguments.file)
        .with_context(|| format!("unable to read {}", arguments.file.display()))?;
    let name = arguments
        .file
        .file_name()
        .context("the document has no name")?
        .to_string_lossy()
        .into_owned();
    let cluster = Cluster::connect().await?;
    let address = Address::of(&cluster)?;

    println!("[1/6] Initializing database…");
    address.ready().await?;
    println!("      the schema is up to date and the API is ready");

    println!("[2/6] Creating test user…");
    let telegram_id = telegram_id();
    let tenant = admin::create_tenant(&cluster, &format!("demonstration {telegram_id}")).await?;
    let user = admin::create_user(&cluster, &tenant, "demonstration", Some(telegram_id)).await?;
    let key = admin::create_key(&cluster, &tenant, &user, "demonstration").await?;
    println!("      id {user}, telegram_id {telegram_id}");

    println!("[3/6] Creating test document record…");
    let api = address.with_key(&key);
    let id = api.upload_accepted(&name, &content).await?;
    println!("      {name}, {} bytes: document {id}", content.len());

    println!("[4/6] Queueing task…");
    let record = api.json(&format!("/api/documents/{id}")).await?;
    println!("      task {}", text(&record, "/doc_metadata/task_id")?);

    println!("[5/6] Monitoring task status…");
    let status = monitor(&api, &id, Duration::from_secs(arguments.timeout)).await?;
    let record = api.json(&format!("/api/documents/{id}")).await?;
    println!(
        "      {} chunks, {} tokens, language {}",
        number(&status, "/total_chunks")?,
        number(&record, "/total_tokens")?,
        text(&record, "/language")?
    );

    println!("[6/6] Verifying output files…");
    verify(&api, &id, &status).await?;

    println!("\nThe dashboard is at {}", public_address(&address).await?);
    println!("Your key is {key}");
    Ok(())
}

/// Follows the document until it is ready, in one line.
async fn monitor(api: &ApiClient<'_>, id: &str, limit: Duration) -> Result<Value> {
    let line = ProgressLine::new();
    let followed = wait::answer("ready", wait::TICK, limit, async || {
        let status = api.status(id).await?;
        line.show(&status);
        match status["status"].as_str() {
            // A failure ends the waiting: it is told apart below.
            Some("ready" | "failed") => Ok(status),
            _ => bail!("the last status was {status}"),
        }
    })
    .await;
    line.end();
    let status = followed?;
    ensure!(
        status["status"] == "ready" && status["task_state"] == "SUCCESS" && status["ready"] == true,
        "the document failed: {} {}",
        status["error"]["reason"],
        status["error"]["message"]
    );
    Ok(status)
}

/// Downloads both files and holds them against each other and the status.
async fn verify(api: &ApiClient<'_>, id: &str, status: &Value) -> Result<()> {
    let chunks = usize::try_from(number(status, "/total_chunks")?)?;
    let mut texts: Vec<Vec<String>> = Vec::new();
    for (path, list) in [("metadata", "/chunks"), ("index", "/metadata")] {
        let answer = api
            .get(&format!("/api/documents/{id}/{path}"))
            .await?
            .expect_ok(path)?;
        let file = answer.json()?;
        let entries = file
            .pointer(list)
            .and_then(Value::as_array)
            .with_context(|| format!("{path} has no {list}"))?;
        ensure!(
            entries.len() == chunks,
            "{path} has {} chunks and should have {chunks}",
            entries.len()
        );
        texts.push(
            entries
                .iter()
                .map(|entry| entry["text"].as_str().unwrap_or_default().to_owned())
                .collect(),
        );
        println!(
            "      {}  {} bytes",
            file_name(answer.header("content-disposition"), path),
            answer.bytes.len()
        );
    }
    ensure!(texts[0] == texts[1], "the two files do not hold the same chunks");
    ensure!(
        texts[0].iter().all(|text| !text.trim().is_empty()),
        "a chunk is empty"
    );
    Ok(())
}

/// The name a download is offered under (RFC 6266), or the fallback where there is none.
fn file_name(disposition: &str, fallback: &str) -> String {
    let encoded = disposition.split_once("filename*=UTF-8''").map(|(_, name)| name);
    let name = encoded.and_then(|name| percent_encoding::percent_decode_str(name).decode_utf8().ok());
    name.map_or_else(|| fallback.to_owned(), std::borrow::Cow::into_owned)
}

/// A Telegram id that no other user has.
fn telegram_id() -> i64 {
    let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
    i64::try_from(high >> 24).unwrap_or(1)
}

/// Where a person's browser finds the dashboard: `SOCRATE_DASHBOARD_URL`, or where this program reached the API.
async fn public_address(address: &Address) -> Result<String> {
    match std::env::var("SOCRATE_DASHBOARD_URL") {
        Ok(url) if !url.is_empty() => Ok(url),
        _ => address.url().await,
    }
}
