//! The mirror: two replicas whose watches are cut, begun in the past and held back write into one database, in which nothing ever goes
//! backwards, and which says in the end what the resources say.
//!
//! The replicas are processes of this machine, with a database of the test's own in the release's Postgres; triggers there write down
//! what may not be.

mod changes;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use crds::{DocumentEncoding, Phase};
use kind_tests::{
    encodings::phase,
    kubernetes_proxy::KubernetesProxy,
    port_forward::PortForward,
    replica::{self, Replica},
    space::{Kind, Space, beside_others_within},
    sql::Sql,
    wait,
    watch_proxy::WatchProxy,
};
use kube::{ResourceExt, api::ListParams};
use serde_json::{Value, json};
use tokio::process::Command;

use self::changes::change_things;

const TIME_LIMIT: Duration = Duration::from_mins(6);
/// So many watches are cut.
const CUTS: usize = 200;
/// So many resources come to be meanwhile.
const DOCUMENTS: usize = 18;
/// How far the second replica is behind.
const LAG: Duration = Duration::from_secs(3);
/// How often watches of the first replica are cut, and of how many times those of the second are too.
const CUT_EVERY: Duration = Duration::from_millis(150);
const BEHIND_IS_CUT_EVERY: usize = 30;
/// A version that no API server remembers.
const FORGOTTEN: &str = "1";
/// From the last change on.
const EQUAL_WITHIN: Duration = Duration::from_secs(10);

/// Write down every change that takes something back.
const TRIGGERS: &str = include_str!("triggers.sql");

/// A replica and what stands between it and the Kubernetes API.
struct Mirroring {
    _replica: Replica,
    proxy: WatchProxy,
}

/// The database of a test, with the tenant in it.
async fn database(space: &Space, name: &str, port: u16) -> Result<Sql> {
    let platform = Sql::of(&space.cluster, None).await?;
    platform
        .run(&format!("CREATE DATABASE {name} OWNER socrate_owner;"))
        .await?;
    let (user, _) = replica::database(&space.cluster, "owner").await?;
    let migrated = Command::new(replica::program()?)
        .arg("migrate")
        .env(
            "SOCRATE_OWNER_DATABASE_URL",
            format!("{user}@127.0.0.1:{port}/{name}"),
        )
        .output()
        .await?;
    ensure!(
        migrated.status.success(),
        "unable to migrate: {}",
        String::from_utf8_lossy(&migrated.stderr)
    );
    let own = Sql::of(&space.cluster, Some(name)).await?;
    let tenant = &space.account().tenant;
    own.run(&format!(
        "{TRIGGERS} INSERT INTO tenants (id, name, created_at) VALUES ('{tenant}', 'a tenant', now());"
    ))
    .await?;
    Ok(own)
}

async fn mirroring(
    space: &Space,
    folder: &Path,
    databases: &[(String, String)],
    kubernetes: u16,
    name: &str,
) -> Result<Mirroring> {
    let proxy = WatchProxy::start(SocketAddr::from(([127, 0, 0, 1], kubernetes))).await?;
    let folder = folder.join(name);
    std::fs::create_dir_all(folder.join("store"))?;
    let server = format!("http://{}", proxy.address);
    let mut command = Command::new(replica::program()?);
    command
        .arg("serve")
        .env(
            "KUBECONFIG",
            replica::kubeconfig(&space.cluster, &server, &folder).await?,
        )
        .env(
            "SOCRATE_STORE_URL",
            format!("file://{}", folder.join("store").display()),
        )
        .env("SOCRATE_WATCH_NAMESPACES", &space.namespace)
        // One that has no resources: what others upload is none of this test's.
        .env("SOCRATE_ENCODINGS_NAMESPACE", &space.cluster.release_namespace)
        .envs(databases.iter().cloned());
    let replica = Replica::start(command, folder.join("log"))?;
    replica.ready().await?;
    Ok(Mirroring {
        _replica: replica,
        proxy,
    })
}

/// Cuts watches in a steady rhythm, often enough and for as long as anything changes. Of the ones of the first replica some begin in the past, and
/// some before all that is remembered; the second is cut seldom enough for what is held back to arrive, and always begins elsewhere.
async fn disturb(mirrors: &[Mirroring; 2], past: &str, has_changed: &AtomicBool) -> usize {
    let mut rhythm = tokio::time::interval(CUT_EVERY);
    let mut cuts = 0;
    for round in 1_usize.. {
        rhythm.tick().await;
        let [in_time, behind] = mirrors;
        match round % 16 {
            4 => in_time.proxy.begin_at(past),
            12 => in_time.proxy.begin_at(FORGOTTEN),
            _ => {}
        }
        cuts += in_time.proxy.cut();
        if round % BEHIND_IS_CUT_EVERY == 0 {
            let is_even = round % (2 * BEHIND_IS_CUT_EVERY) == 0;
            behind.proxy.begin_at(if is_even { past } else { FORGOTTEN });
            cuts += behind.proxy.cut();
        }
        if cuts >= CUTS && has_changed.load(Ordering::SeqCst) {
            break;
        }
    }
    cuts
}

fn rows_by_uid(rows: Vec<Value>) -> BTreeMap<String, Value> {
    let of = |row: Value| (row["resource_uid"].as_str().unwrap_or_default().to_owned(), row);
    rows.into_iter().map(of).collect()
}

/// How rows differ from resources.
fn differences(resources: &[DocumentEncoding], rows: &BTreeMap<String, Value>) -> Vec<String> {
    let mut differences = Vec::new();
    let mut seen = Vec::new();
    for resource in resources {
        let (name, uid) = (resource.name_any(), resource.uid().unwrap_or_default());
        let status = resource.status.clone().unwrap_or_default();
        let phase = phase(resource).unwrap_or(Phase::Pending);
        let expected = json!({
            "phase": phase.as_str(),
            "attempt": status.attempt.unwrap_or(0),
            "reason": status.failure.as_ref().map(|failure| failure.reason.as_str()),
            "total_chunks": status.result.as_ref().map(|result| result.total_chunks),
            "resource_name": name,
        });
        let row = rows.get(&uid).cloned().unwrap_or_default();
        for field in ["phase", "attempt", "reason", "total_chunks", "resource_name"] {
            if row[field] != expected[field] {
                differences.push(format!(
                    "{name}: {field} is {} and not {}",
                    row[field], expected[field]
                ));
            }
        }
        seen.push(uid);
    }
    for (uid, row) in rows.iter().filter(|(uid, _)| !seen.contains(uid)) {
        if row["status"] == "processing" {
            differences.push(format!(
                "{} ({uid}) is gone, and its row is {row}",
                row["resource_name"]
            ));
        }
    }
    differences
}

async fn mirrored(space: &Space, name: &str) -> Result<()> {
    let folder = std::env::temp_dir().join(&space.namespace);
    std::fs::create_dir_all(&folder)?;
    let target = format!("service/{}-postgres", space.cluster.release);
    let postgres = PortForward::open(&space.cluster.release_namespace, &target, 5432).await?;
    let sql = database(space, name, postgres.port).await?;
    let mut databases = replica::databases(&space.cluster, postgres.port).await?;
    for (_, url) in &mut databases {
        let (address, _) = url.rsplit_once('/').context("no database in the address")?;
        *url = format!("{address}/{name}?sslmode=disable");
    }
    let server = space.cluster.config.cluster_url.to_string();
    let identity = replica::kubeconfig(&space.cluster, &server, &folder).await?;
    let kubernetes = KubernetesProxy::open(&identity).await?;
    let start = |replica| mirroring(space, &folder, &databases, kubernetes.port, replica);
    let mirrors = [start("in-time").await?, start("behind").await?];
    mirrors[1].proxy.lag(LAG);
    let past = space.encodings().list(&ListParams::default()).await?;
    let past = past.metadata.resource_version.context("a list has a version")?;

    let began = Instant::now();
    let has_changed = AtomicBool::new(false);
    let changing = async {
        let changed = change_things(space).await;
        has_changed.store(true, Ordering::SeqCst);
        changed
    };
    let (outcome, cuts) = tokio::join!(changing, disturb(&mirrors, &past, &has_changed));
    outcome?;
    println!("{cuts} watches were cut in {:?}", began.elapsed());
    let (elsewhere, gone) = mirrors.iter().fold((0, 0), |(elsewhere, gone), mirroring| {
        let counts = mirroring.proxy.counts();
        (elsewhere + counts.0, gone + counts.1)
    });
    println!("{elsewhere} watches began elsewhere, {gone} of them before what is remembered");
    ensure!(
        cuts >= CUTS && elsewhere > gone && gone > 0,
        "watches were not disturbed"
    );

    let began = Instant::now();
    wait::answer("the same", wait::TICK, EQUAL_WITHIN, async || {
        let resources = space.encodings().list(&ListParams::default()).await?.items;
        let rows = sql
            .rows(
                "SELECT resource_uid, resource_name, status, phase, attempt, error_reason AS reason, total_chunks \
                 FROM documents",
            )
            .await?;
        let differences = differences(&resources, &rows_by_uid(rows));
        ensure!(differences.is_empty(), "{}", differences.join("\n"));
        Ok(())
    })
    .await?;
    println!("rows and resources were the same after {:?}", began.elapsed());
    let changes = sql.rows("SELECT count(*) AS number FROM seen").await?;
    println!("{} changes of rows", changes[0]["number"]);
    ensure!(
        changes[0]["number"].as_u64() > Some(DOCUMENTS as u64),
        "the triggers saw nothing"
    );
    let wrong = sql
        .rows("SELECT wrong, before, after FROM seen WHERE wrong IS NOT NULL ORDER BY at LIMIT 20")
        .await?;
    ensure!(wrong.is_empty(), "rows went backwards: {wrong:#?}");
    drop(mirrors);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_follow_resources_and_never_go_back_however_watches_are_disturbed() {
    beside_others_within(TIME_LIMIT, Kind::Tenants, "mirror", async |space| {
        let name = space.namespace.replace('-', "_");
        let outcome = mirrored(space, &name).await;
        let platform = Sql::of(&space.cluster, None).await?;
        platform
            .run(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE);"))
            .await?;
        outcome
    })
    .await;
}
