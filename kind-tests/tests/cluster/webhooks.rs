//! What happens to a document is told to a receiver on this machine, signed, whatever becomes of what sends it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use k8s_openapi::api::core::v1::{Pod, PodCondition};
use kind_tests::{
    admin,
    api::{ApiClient, number, text},
    pdf,
    proxy::address_towards,
    space::{Kind, Space, beside_others},
    sql::Sql,
    wait,
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams},
};
use reqwest::Method;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tokio::{net::TcpListener, task::JoinHandle};

/// What sends webhooks.
const DISPATCHER: &str = "dispatcher";

/// A request that came.
#[derive(Clone, Debug)]
struct Received {
    headers: HeaderMap,
    body: Bytes,
}

impl Received {
    fn id(&self) -> Result<&str> {
        Ok(self.headers.get("webhook-id").context("a webhook-id")?.to_str()?)
    }

    fn json(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

/// What a receiver knows.
#[derive(Default)]
struct Inbox {
    received: Vec<Received>,
    /// Requests are taken, and never answered.
    hangs: bool,
}

/// A receiver of webhooks, as seen from the cluster. It ends when it is dropped.
struct Receiver {
    address: SocketAddr,
    inbox: Arc<Mutex<Inbox>>,
    task: JoinHandle<()>,
}

impl Receiver {
    /// One that answers, and that `peer` can reach.
    async fn start(peer: IpAddr) -> Result<Self> {
        let listener = TcpListener::bind((address_towards(peer).await?, 0)).await?;
        let (address, inbox) = (listener.local_addr()?, Arc::<Mutex<Inbox>>::default());
        let router = Router::new().fallback(take).with_state(inbox.clone());
        let task = tokio::spawn(async move {
            // It ends with the test.
            _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, inbox, task })
    }

    fn hang(&self, hangs: bool) {
        self.inbox.lock().unwrap_or_else(PoisonError::into_inner).hangs = hangs;
    }

    /// What came of a document, and which event each request tells.
    fn of(&self, document: &str) -> Result<Vec<(String, Received)>> {
        let received = self
            .inbox
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .received
            .clone();
        let mut found = Vec::new();
        for each in received {
            let event = each.json()?;
            if text(&event, "/data/document_id")? == document {
                found.push((text(&event, "/type")?.to_owned(), each));
            }
        }
        Ok(found)
    }

    /// Waits until these events of a document have come.
    async fn told(&self, document: &str, events: &[&str]) -> Result<Vec<(String, Received)>> {
        wait::answer("told", wait::TICK, wait::SOON, async || {
            let found = self.of(document)?;
            let names: Vec<&str> = found.iter().map(|(event, _)| event.as_str()).collect();
            ensure!(
                events.iter().all(|event| names.contains(event)),
                "{names:?} came, not {events:?}"
            );
            Ok(found)
        })
        .await
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn take(State(inbox): State<Arc<Mutex<Inbox>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let hangs = {
        let mut inbox = inbox.lock().unwrap_or_else(PoisonError::into_inner);
        inbox.received.push(Received { headers, body });
        inbox.hangs
    };
    if hangs {
        std::future::pending::<()>().await;
    }
    StatusCode::NO_CONTENT
}

fn pods(space: &Space) -> Api<Pod> {
    Api::namespaced(space.cluster.client.clone(), &space.cluster.release_namespace)
}

/// The Pods of what sends webhooks.
async fn dispatchers(space: &Space) -> Result<Vec<Pod>> {
    let labels = format!("app.kubernetes.io/component={DISPATCHER}");
    Ok(pods(space)
        .list(&ListParams::default().labels(&labels))
        .await?
        .items)
}

/// Kills what sends webhooks, and waits until another one does.
async fn kill_dispatchers(space: &Space) -> Result<()> {
    let killed = dispatchers(space).await?;
    for pod in &killed {
        let at_once = DeleteParams::default().grace_period(0);
        pods(space).delete(&pod.name_any(), &at_once).await?;
    }
    let labels = format!("app.kubernetes.io/component={DISPATCHER}");
    wait::first(&pods(space), &labels, "another one", wait::SOON, |pod| {
        let is_ready = |condition: &PodCondition| condition.type_ == "Ready" && condition.status == "True";
        let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_ref());
        !killed.iter().any(|one| one.uid() == pod.uid())
            && conditions.is_some_and(|all| all.iter().any(is_ready))
    })
    .await?;
    Ok(())
}

/// As if the minute had passed for which a delivery is left to whoever attempts it.
async fn leases_have_run_out(space: &Space) -> Result<()> {
    let tenant = &space.account().tenant;
    let expire = format!(
        "UPDATE webhook_deliveries SET next_attempt_at = now() WHERE tenant_id = '{tenant}' AND status = 'pending' AND next_attempt_at > now();"
    );
    Sql::of(&space.cluster, None).await?.run(&expire).await?;
    Ok(())
}

/// Waits until all deliveries of a webhook are done; answers those of a document, by their events.
async fn delivered(api: &ApiClient<'_>, webhook: &str, document: &str) -> Result<BTreeMap<String, Value>> {
    wait::answer("delivered", wait::TICK, wait::SOON, async || {
        let log = api.json(&format!("/api/webhooks/{webhook}/deliveries")).await?;
        let all = log["deliveries"].as_array().context("a list")?.clone();
        ensure!(all.iter().all(|each| each["status"] == "delivered"), "{log}");
        let own = all.into_iter().filter(|each| each["document_id"] == document);
        own.map(|each| Ok((text(&each, "/event")?.to_owned(), each)))
            .collect()
    })
    .await
}

#[tokio::test]
async fn events_come_signed_in_their_order_and_again_where_their_sender_is_killed() {
    beside_others(Kind::Tenants, "webhooks", async |space| {
        let sender = dispatchers(space)
            .await?
            .into_iter()
            .next()
            .context("a dispatcher")?;
        let node = sender
            .status
            .and_then(|status| status.host_ip)
            .context("the address of its node")?;
        let receiver = Receiver::start(node.parse()?).await?;
        let key =
            admin::create_administrator(&space.cluster, &space.account().tenant, "administrator").await?;
        let administrator = space.address.with_key(&key);
        let url = format!("http://{}/events", receiver.address);
        let made = administrator
            .post("/api/webhooks", &json!({ "url": url }))
            .await?;
        ensure!(
            made.status.as_u16() == 201,
            "the release must allow webhooks to {url}: {made}"
        );
        let made = made.json()?;
        let (webhook, secret) = (text(&made, "/webhook/id")?, text(&made, "/secret")?);

        // One after the other, as the receiver answers at once.
        let api = space.api();
        let first = api.upload_accepted("first.pdf", &pdf::prose(2)).await?;
        receiver.told(&first, &["document.ready"]).await?;
        let deleted = api
            .send(Method::DELETE, &format!("/api/documents/{first}"))
            .await?;
        ensure!(deleted.status.is_success(), "{deleted}");
        let of_first = receiver.told(&first, &["document.deleted"]).await?;
        let names: Vec<&str> = of_first.iter().map(|(event, _)| event.as_str()).collect();
        ensure!(
            names == ["document.created", "document.ready", "document.deleted"],
            "{names:?}"
        );
        let mut numbers = Vec::new();
        for (_, each) in &of_first {
            numbers.push(number(&each.json()?, "/data/change_seq")?);
        }
        ensure!(
            numbers.is_sorted_by(|before, after| before < after),
            "{numbers:?}"
        );

        // In the middle of a delivery.
        receiver.hang(true);
        let second = api.upload_accepted("second.pdf", &pdf::prose(2)).await?;
        receiver
            .told(&second, &["document.created", "document.ready"])
            .await?;
        kill_dispatchers(space).await?;
        receiver.hang(false);
        leases_have_run_out(space).await?;
        let deliveries = delivered(&administrator, webhook, &second).await?;
        let of_second = receiver.of(&second)?;
        for event in ["document.created", "document.ready"] {
            let came: Vec<&Received> = of_second
                .iter()
                .filter(|(name, _)| name == event)
                .map(|(_, each)| each)
                .collect();
            let attempts = number(deliveries.get(event).context("a delivery")?, "/attempts")?;
            ensure!(
                came.len() >= 2 && attempts >= 2,
                "{event} came {} times in {attempts} attempts",
                came.len()
            );
            let distinct: BTreeSet<&[u8]> = came.iter().map(|each| each.body.as_ref()).collect();
            ensure!(distinct.len() == 1, "{event} is told in {} ways", distinct.len());
        }

        let standard = Webhook::new(secret)?;
        let mut ids: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for (event, each) in of_first.iter().chain(&of_second) {
            standard
                .verify(&each.body, &each.headers)
                .with_context(|| format!("{event} is not signed"))?;
            let told = text(&each.json()?, "/data/document_id")?.to_owned();
            ids.entry(each.id()?)
                .or_default()
                .insert(format!("{event} of {told}"));
        }
        ensure!(
            ids.len() == 5 && ids.values().all(|told| told.len() == 1),
            "{ids:?}"
        );
        let forgotten = administrator
            .send(Method::DELETE, &format!("/api/webhooks/{webhook}"))
            .await?;
        ensure!(forgotten.status.is_success(), "{forgotten}");
        Ok(())
    })
    .await;
}
