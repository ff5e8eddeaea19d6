//! Receivers that are down, slow, gone or broken: what is attempted again and when, what is not, and what administrators see of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use api::{
    clock::Clock,
    webhooks::{client::Sender, resolver::Resolver, schedule::DELAYS},
};
use jiff::SignedDuration;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::json;
use tokio::{io::AsyncWriteExt, net::TcpListener};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

use crate::{
    application::Directory,
    receivers::{Behaviour, Hook, Hooked, Receiver, loopback},
};

const DAY: i64 = 24 * 3600;

/// The seconds of all attempts, until the delivery has ended.
async fn attempt_until_it_ends(hooked: &Hooked, hook: &Hook) -> Vec<i64> {
    let (mut now, mut at) = (1, Vec::new());
    loop {
        hooked.settle(now).await;
        at.push(now);
        let delivery = hooked.deliveries(hook).await.remove(0);
        if delivery["status"] != "pending" {
            return at;
        }
        // Not a moment before it is due.
        let due = hooked.due(&delivery);
        let attempts = delivery["attempts"].clone();
        hooked.settle(due - 2).await;
        assert_eq!(hooked.deliveries(hook).await.remove(0)["attempts"], attempts);
        now = due;
    }
}

#[tokio::test]
async fn what_fails_is_attempted_again_as_the_standard_says_with_one_id_and_can_be_replayed() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    receiver.behave(Behaviour::Answers(500, Vec::new(), "out of disk".into()));
    let hook = hooked.hook(&receiver.url()).await;
    hooked.application.document().await;
    let at = attempt_until_it_ends(&hooked, &hook).await;
    assert_eq!(at.len(), DELAYS.len() + 1);
    for (pair, delay) in at.windows(2).zip(DELAYS) {
        let (waited, delay) = (pair[1] - pair[0], delay.as_secs());
        assert!(
            (delay..=delay + delay / 10 + 2).contains(&waited),
            "{waited} s instead of {delay}"
        );
    }
    let sent = receiver.received();
    assert_eq!(sent.len(), at.len());
    for (received, second) in sent.iter().zip(&at) {
        assert_eq!(received.header("webhook-id"), sent[0].header("webhook-id"));
        assert_eq!(received.body, sent[0].body);
        let timestamp: i64 = received.header("webhook-timestamp").parse().unwrap();
        assert_eq!(timestamp, hooked.began.as_second() + second);
        assert!(received.is_signed_with(&hook.secret));
    }
    let delivery = hooked.deliveries(&hook).await.remove(0);
    let details = hooked.details(&hook, &delivery).await;
    assert_eq!(details["delivery"]["status"], "failed");
    assert!(
        details["delivery"]["error"].as_str().unwrap().contains("500"),
        "{details}"
    );
    let attempts = details["attempts"].as_array().unwrap();
    let numbers: Vec<i64> = attempts
        .iter()
        .map(|attempt| attempt["number"].as_i64().unwrap())
        .collect();
    assert_eq!(numbers, (1..=10).rev().collect::<Vec<_>>());
    assert!(
        attempts
            .iter()
            .all(|attempt| attempt["response_excerpt"] == "out of disk")
    );

    receiver.behave(Behaviour::status(200));
    let path = format!(
        "/api/webhooks/{}/deliveries/{}/replay",
        hook.id,
        delivery["id"].as_str().unwrap()
    );
    let replayed = hooked.ask("POST", &path, json!(null)).await;
    assert_eq!(replayed["status"], "pending");
    hooked.settle(4 * DAY).await;
    let again = receiver.received().pop().unwrap();
    assert_eq!(again.header("webhook-id"), sent[0].header("webhook-id"));
    let delivery = hooked.deliveries(&hook).await.remove(0);
    assert_eq!(
        (&delivery["status"], &delivery["attempts"], &delivery["error"]),
        (&json!("delivered"), &json!(11), &json!(null))
    );
    // What was delivered can be, too.
    hooked.ask("POST", &path, json!(null)).await;
    hooked.settle(4 * DAY + 1).await;
    assert_eq!(receiver.received().len(), 12);
}

#[tokio::test]
async fn a_receiver_that_was_down_for_a_day_is_told_all_when_it_is_back() {
    let hooked = Hooked::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let receiver = Receiver::at(listener.local_addr().unwrap());
    drop(listener);
    let hook = hooked.hook(&receiver.url()).await;
    for _ in 0..3 {
        hooked.application.document().await;
    }
    let mut now = 1;
    while now < DAY {
        hooked.settle(now).await;
        let deliveries = hooked.deliveries(&hook).await;
        assert!(
            deliveries.iter().all(|delivery| delivery["status"] == "pending"),
            "{deliveries:?}"
        );
        let error = deliveries[0]["error"].as_str().unwrap_or_default().to_owned();
        assert!(error.contains("refused") || now == 1, "{error}");
        now = deliveries
            .iter()
            .map(|delivery| hooked.due(delivery))
            .min()
            .unwrap();
    }
    assert!(hooked.show(&hook).await["failing_since"].is_string());
    receiver.serve(TcpListener::bind(receiver.address).await.unwrap());
    hooked.settle(now + DAY).await;
    hooked.settle(now + DAY + 1).await;
    assert_eq!(receiver.received().len(), 3);
    assert!(
        hooked
            .deliveries(&hook)
            .await
            .iter()
            .all(|delivery| delivery["status"] == "delivered")
    );
    assert_eq!(hooked.show(&hook).await["failing_since"], json!(null));
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_disabled_at_once_and_told_on_when_it_is_enabled_again() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    let hook = hooked.hook(&receiver.url()).await;
    receiver.behave(Behaviour::status(500));
    hooked.application.document().await;
    hooked.settle(1).await;
    receiver.behave(Behaviour::status(410));
    hooked.application.document().await;
    hooked.settle(2).await;
    let shown = hooked.show(&hook).await;
    assert_eq!(
        (&shown["enabled"], &shown["disabled_reason"]),
        (&json!(false), &json!("gone"))
    );
    let deliveries = hooked.deliveries(&hook).await;
    assert!(
        deliveries.iter().all(|delivery| delivery["status"] == "failed"),
        "{deliveries:?}"
    );
    assert!(
        deliveries[1]["error"].as_str().unwrap().contains("disabled"),
        "{deliveries:?}"
    );
    hooked.application.document().await;
    hooked.settle(DAY).await;
    assert_eq!(receiver.received().len(), 2, "nothing is sent to it any more");

    receiver.behave(Behaviour::status(200));
    hooked
        .ask(
            "PATCH",
            &format!("/api/webhooks/{}", hook.id),
            json!({ "enabled": true }),
        )
        .await;
    let document = hooked.application.document().await;
    hooked.settle(DAY + 1).await;
    assert_eq!(
        receiver.received().len(),
        3,
        "what happened in between is not told"
    );
    assert_eq!(
        receiver.received()[2].json()["data"]["document_id"],
        document.id.to_string()
    );
    let since = json!({ "since": hooked.began.to_string() });
    let replayed = hooked
        .ask("POST", &format!("/api/webhooks/{}/replay", hook.id), since)
        .await;
    assert_eq!(
        (&replayed["replayed"], &replayed["more"]),
        (&json!(2), &json!(false))
    );
    hooked.settle(DAY + 2).await;
    assert_eq!(receiver.received().len(), 5);
    let failed = hooked
        .ask(
            "GET",
            &format!("/api/webhooks/{}/deliveries?status=failed", hook.id),
            json!(null),
        )
        .await;
    assert_eq!(failed["deliveries"], json!([]));
}

#[tokio::test]
async fn an_endpoint_that_fails_for_five_days_is_disabled_and_one_success_is_enough_to_stay() {
    let hooked = Hooked::new().await;
    let (dead, flaky) = (Receiver::start().await, Receiver::start().await);
    let hooks = [hooked.hook(&dead.url()).await, hooked.hook(&flaky.url()).await];
    for receiver in [&dead, &flaky] {
        receiver.behave(Behaviour::status(503));
    }
    for day in 0..5 {
        hooked.application.document().await;
        hooked.settle(day * DAY + 1).await;
        assert_eq!(hooked.show(&hooks[0]).await["enabled"], true, "day {day}");
    }
    flaky.behave(Behaviour::status(200));
    hooked.settle(4 * DAY + 3600).await;
    for receiver in [&dead, &flaky] {
        receiver.behave(Behaviour::status(503));
    }
    hooked.application.document().await;
    hooked.settle(5 * DAY + 1).await;
    let [dead, flaky] = [hooked.show(&hooks[0]).await, hooked.show(&hooks[1]).await];
    assert_eq!(
        (&dead["enabled"], &dead["disabled_reason"]),
        (&json!(false), &json!("failing"))
    );
    assert_eq!(flaky["enabled"], true);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let hooked = Hooked::new().await;
    let (receiver, inside) = (Receiver::start().await, Receiver::start().await);
    let hook = hooked.hook(&receiver.url()).await;
    for status in [301, 302, 303, 307, 308] {
        let target = vec![("location", format!("http://{}/latest/meta-data/", inside.address))];
        receiver.behave(Behaviour::Answers(status, target, String::new()));
        hooked.application.document().await;
        hooked.settle(1).await;
    }
    assert_eq!((receiver.received().len(), inside.received().len()), (5, 0));
    for delivery in hooked.deliveries(&hook).await {
        assert_eq!(delivery["status"], "pending");
        assert!(
            delivery["error"]
                .as_str()
                .unwrap()
                .contains("redirects are not followed"),
            "{delivery}"
        );
    }
}

#[tokio::test]
async fn an_endpoint_that_is_overloaded_is_left_alone_for_as_long_as_it_says() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    let hook = hooked.hook(&receiver.url()).await;
    receiver.behave(Behaviour::Answers(
        429,
        vec![("retry-after", "600".into())],
        String::new(),
    ));
    hooked.application.document().await;
    hooked.settle(1).await;
    assert!(hooked.show(&hook).await["paused_until"].is_string());
    hooked.application.document().await; // It waits, too.
    hooked.settle(600).await;
    assert_eq!(receiver.received().len(), 1);
    receiver.behave(Behaviour::status(200));
    hooked.settle(602).await;
    assert_eq!(receiver.received().len(), 3);
    assert_eq!(hooked.show(&hook).await["failing_since"], json!(null));
}

#[tokio::test]
async fn an_endpoint_that_is_slow_is_given_up_and_of_a_long_answer_the_beginning_is_kept() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    let hook = hooked.hook(&receiver.url()).await;
    let mut details = Vec::new();
    let behaviours = [
        Behaviour::Hangs,
        Behaviour::HangsInBody(200),
        Behaviour::HangsInBody(500),
        Behaviour::Answers(500, Vec::new(), "é".repeat(5_000_000)),
        Behaviour::Answers(200, Vec::new(), "\u{0}\u{7}fine".into()),
    ];
    for (second, behaviour) in (1..).zip(behaviours) {
        receiver.behave(behaviour);
        hooked.application.document().await;
        let dispatcher = hooked.dispatcher(SignedDuration::from_secs(second), Duration::from_millis(500));
        let began = Instant::now();
        dispatcher.settle().await.unwrap();
        assert!(began.elapsed() < Duration::from_secs(5));
        let delivery = hooked.deliveries(&hook).await.remove(0);
        details.push(hooked.details(&hook, &delivery).await);
    }
    let statuses: Vec<&str> = details
        .iter()
        .map(|details| details["delivery"]["status"].as_str().unwrap())
        .collect();
    assert_eq!(
        statuses,
        ["pending", "delivered", "pending", "pending", "delivered"]
    );
    assert!(
        details[0]["delivery"]["error"]
            .as_str()
            .unwrap()
            .contains("no answer came within 500ms")
    );
    assert!(details[0]["attempts"][0]["duration_ms"].as_i64().unwrap() >= 500);
    assert_eq!(details[2]["attempts"][0]["response_excerpt"], "begun");
    assert_eq!(details[3]["attempts"][0]["response_excerpt"], "é".repeat(512));
    assert_eq!(details[4]["attempts"][0]["response_excerpt"], "fine");
}

/// What comes is no answer: the connection is cut, or speaks something else.
#[tokio::test]
async fn what_is_no_answer_is_told_in_words() {
    let hooked = Hooked::new().await;
    for (bytes, words) in [
        (&b""[..], "connection was"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "no answer in HTTP"),
    ] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hook = hooked
            .hook(&format!("http://{}/", listener.local_addr().unwrap()))
            .await;
        tokio::spawn(async move {
            loop {
                let (mut connection, _) = listener.accept().await.unwrap();
                connection.write_all(bytes).await.unwrap();
            }
        });
        hooked.application.document().await;
        hooked.settle(1).await;
        let delivery = hooked.deliveries(&hook).await.remove(0);
        assert!(delivery["error"].as_str().unwrap().contains(words), "{delivery}");
    }
}

/// An authority, and a server that has a certificate of it for these names.
struct Authority {
    key: KeyPair,
    parameters: CertificateParams,
}

impl Authority {
    fn new() -> Self {
        let mut parameters = CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self {
            key: KeyPair::generate().unwrap(),
            parameters,
        }
    }

    fn pem(&self) -> String {
        self.parameters.clone().self_signed(&self.key).unwrap().pem()
    }

    /// Serves a receiver over TLS.
    async fn serve(&self, name: &str, is_over: bool) -> (Receiver, String) {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        if is_over {
            parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
            parameters.not_after = rcgen::date_time_ymd(2021, 1, 1);
        }
        let key = KeyPair::generate().unwrap();
        let issuer = Issuer::from_params(&self.parameters, &self.key);
        let certificate = parameters.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        api::tls::install_provider();
        let configuration = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(configuration));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Receiver::at(listener.local_addr().unwrap());
        let router = receiver.router();
        let url = format!("https://{}/", receiver.address);
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                let Ok(connection) = acceptor.accept(connection).await else {
                    continue;
                };
                let service = hyper_util::service::TowerToHyperService::new(router.clone());
                let connection = hyper_util::rt::TokioIo::new(connection);
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(connection, service),
                );
            }
        });
        (receiver, url)
    }
}

#[tokio::test]
async fn an_encrypted_connection_is_made_with_whom_an_authority_vouches_for() {
    let hooked = Hooked::new().await;
    let (known, unknown, directory) = (Authority::new(), Authority::new(), Directory::new());
    let bundle = directory.0.join("ca.crt");
    std::fs::write(&bundle, known.pem()).unwrap();
    let sender = Sender::new(Resolver::new(loopback()), Some(&bundle), Duration::from_secs(10)).unwrap();
    let dispatcher =
        hooked.dispatcher_with(Clock::fixed(hooked.began + SignedDuration::from_secs(1)), sender);
    let (good, good_url) = known.serve("127.0.0.1", false).await;
    let bad = [
        known.serve("127.0.0.1", true).await,
        known.serve("hooks.example.com", false).await,
        unknown.serve("127.0.0.1", false).await,
    ];
    let plain = Receiver::start().await;
    let good_hook = hooked.hook(&good_url).await;
    let mut bad_hooks = Vec::new();
    for (_, url) in &bad {
        bad_hooks.push(hooked.hook(url).await);
    }
    bad_hooks.push(hooked.hook(&format!("https://{}/", plain.address)).await);
    hooked.application.document().await;
    dispatcher.settle().await.unwrap();
    assert_eq!(good.received().len(), 1);
    assert_eq!(hooked.deliveries(&good_hook).await[0]["status"], "delivered");
    for ((receiver, _), hook) in bad.iter().chain([&(plain, String::new())]).zip(&bad_hooks) {
        assert_eq!(receiver.received().len(), 0);
        let delivery = hooked.deliveries(hook).await.remove(0);
        assert_eq!(delivery["status"], "pending");
        assert!(
            delivery["error"].as_str().unwrap().contains("(TLS)"),
            "{delivery}"
        );
    }
}
