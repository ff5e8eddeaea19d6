//! Addresses inside: no webhook is made for one, and no connection is made to one, however it is written and whatever a name stands for by then.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use api::{
    clock::Clock,
    webhooks::{
        client::{Message, Sender},
        resolver::Resolver,
        signature::Secret,
        target::TargetRules,
    },
};
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use crate::{
    application,
    receivers::{Program, administrator},
};

/// Counts who connects to a port of this machine, by IPv4 and by IPv6.
struct Trap {
    port: u16,
    connections: Arc<AtomicUsize>,
}

impl Trap {
    async fn set() -> Self {
        let connections = Arc::new(AtomicUsize::new(0));
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut listeners = vec![listener];
        // A machine may have no IPv6; where it has, this takes `::ffff:127.0.0.1` too, or the one above does.
        listeners.extend(TcpListener::bind(format!("[::1]:{port}")).await);
        for listener in listeners {
            let counted = connections.clone();
            tokio::spawn(async move {
                while listener.accept().await.is_ok() {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        Self { port, connections }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Hosts that are this machine, its network, or what else is not of the public internet, however they are written.
const HOSTILE: [&str; 62] = [
    "127.0.0.1",
    "127.0.0.1.",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "0x7f.0x0.0x0.0x1",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0177.0.0x1",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "%31%32%37.0.0.1",
    "0.0.0.0",
    "0",
    "0x0",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[::127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001::1]",
    "[2001:2::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    "[fe80::1]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "10.0.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "172.16.0.1",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "localhost",
    "LOCALHOST.",
    "hook.localhost",
    "postgres",
    "socrate-api.socrate.svc",
    "socrate-api.socrate.svc.cluster.local",
    "metadata.google.internal",
    "printer.local",
];

fn sender(resolver: Resolver) -> Sender {
    Sender::new(resolver, None, Duration::from_secs(2)).unwrap()
}

fn rules() -> TargetRules {
    // So that a connection would be one, and no handshake hides it.
    TargetRules {
        allows_http: true,
        ..TargetRules::default()
    }
}

#[tokio::test]
async fn no_webhook_is_made_for_a_host_inside_and_none_is_connected_to() {
    let application = application::application().await;
    let admin = administrator(&application, application.tenant).await;
    let (trap, secrets) = (Trap::set().await, [Secret::generate().unwrap()]);
    let sender = sender(Resolver::new(rules()));
    for host in HOSTILE {
        let request = json!({ "url": format!("https://{host}:{}/", trap.port) });
        let made = application
            .json_as(&admin, "POST", "/api/webhooks", &request)
            .await;
        assert_eq!(made.problem(), (422, "invalid_webhook_url".into()), "{host}");
        // It may have been allowed when it was made.
        let attempt = sender
            .send(
                &Message {
                    delivery: Uuid::new_v4(),
                    url: &format!("http://{host}:{}/", trap.port),
                    body: "{}",
                    secrets: &secrets,
                },
                Clock::system().now(),
            )
            .await;
        assert!(
            attempt.error.is_some_and(|error| error.contains("public")),
            "{host}"
        );
    }
    assert_eq!(application.count("webhooks").await, 0);
    assert_eq!(trap.connections(), 0);
}

/// A name that stood for a public address when the webhook was made, and stands for another one when it is connected to.
#[tokio::test]
async fn a_name_that_comes_to_stand_for_an_address_inside_is_not_connected_to() {
    let (trap, secrets) = (Trap::set().await, [Secret::generate().unwrap()]);
    for inside in [
        "127.0.0.1",
        "0.0.0.0",
        "::1",
        "::ffff:127.0.0.1",
        "10.0.0.1",
        "169.254.169.254",
    ] {
        let asked = Arc::new(AtomicUsize::new(0));
        let inside: IpAddr = inside.parse().unwrap();
        let resolver = Resolver::with_lookup(rules(), move |_| {
            let is_first = asked.fetch_add(1, Ordering::SeqCst) == 0;
            async move { Ok(vec![if is_first { [1, 1, 1, 1].into() } else { inside }]) }
        });
        let url = format!("http://rebound.example.com:{}/", trap.port);
        resolver.check(&url).await.unwrap();
        let message = Message {
            delivery: Uuid::new_v4(),
            url: &url,
            body: "{}",
            secrets: &secrets,
        };
        let attempt = sender(resolver).send(&message, Clock::system().now()).await;
        assert!(attempt.error.unwrap().contains("public"), "{inside}");
    }
    assert_eq!(trap.connections(), 0);
}

/// The trap is one: what is allowed inside, and a name that stands for it, is connected to.
#[tokio::test]
async fn what_an_installation_allows_inside_is_connected_to() {
    let (trap, secrets) = (Trap::set().await, [Secret::generate().unwrap()]);
    let rules = TargetRules {
        allowed: vec!["127.0.0.0/8".parse().unwrap()],
        ..rules()
    };
    let inside = SocketAddr::from(([127, 0, 0, 1], trap.port)).ip();
    let resolver = Resolver::with_lookup(rules, move |_| async move { Ok(vec![inside]) });
    let sender = sender(resolver);
    for (tried, host) in ["127.0.0.1", "hook.team-a.svc.cluster.local"]
        .into_iter()
        .enumerate()
    {
        let message = Message {
            delivery: Uuid::new_v4(),
            url: &format!("http://{host}:{}/", trap.port),
            body: "{}",
            secrets: &secrets,
        };
        sender.send(&message, Clock::system().now()).await;
        assert_eq!(trap.connections(), tried + 1);
    }
}

/// A proxy would look names up by itself, and connect to whatever it finds.
#[tokio::test]
async fn no_proxy_of_the_environment_is_asked() {
    let trap = Trap::set().await;
    let proxy = format!("http://127.0.0.1:{}", trap.port);
    let database = crate::databases::create().await;
    let url = crate::databases::url("socrate_dispatcher", &database.name);
    let tenant: Uuid = Uuid::new_v4();
    for statement in [
        format!("INSERT INTO tenants (id, name, created_at) VALUES ('{tenant}', 't', now())"),
        format!(
            "INSERT INTO webhooks (id, tenant_id, url, events, created_at, updated_at, told_change_seq) \
             VALUES (gen_random_uuid(), '{tenant}', 'http://192.0.2.1.example.com/', '{{document.created}}', now(), now(), 0)"
        ),
        "INSERT INTO webhook_deliveries (id, tenant_id, webhook_id, event, body, status, next_attempt_at, created_at) \
         SELECT gen_random_uuid(), tenant_id, id, 'webhook.test', '{}', 'pending', now(), now() FROM webhooks"
            .to_owned(),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(&database.maintenance).await.unwrap();
    }
    let names = [
        "http_proxy",
        "HTTP_PROXY",
        "https_proxy",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ];
    let _program = Program::start(&url, &names.map(|name| (name, proxy.as_str())));
    application::until("that it was attempted", async || {
        let attempts: i64 = sqlx::query_scalar("SELECT count(*) FROM webhook_attempts")
            .fetch_one(&database.maintenance)
            .await
            .unwrap();
        attempts == 1
    })
    .await;
    assert_eq!(trap.connections(), 0);
}
