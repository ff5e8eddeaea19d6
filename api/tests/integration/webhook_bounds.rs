//! What is bounded of webhooks: what waits for one, how long it waits, what one may keep others from, and what goes with one however much there is.

use std::collections::HashSet;

use api::{
    clock::Clock,
    identity::tenants,
    live::changes,
    webhooks::{
        giving_up,
        outbox::{self, Turn},
    },
};
use futures::future::join_all;
use jiff::SignedDuration;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    databases,
    receivers::{Behaviour, Hook, Hooked, Receiver},
};

const DAY: i64 = 24 * 3600;

impl Hooked {
    /// Adds so many pending deliveries of a webhook that have been due for a while.
    async fn add_pending(&self, hook: &Hook, count: i64) {
        sqlx::query(
            "INSERT INTO webhook_deliveries (id, tenant_id, webhook_id, change_seq, event, body, status, next_attempt_at, created_at) \
             SELECT gen_random_uuid(), $1, $2, 1000000 + number, 'document.ready', '{}', 'pending', now(), now() FROM generate_series(1, $3) AS number",
        )
        .bind(self.application.tenant)
        .bind(hook.id)
        .bind(count)
        .execute(&self.application.database.maintenance)
        .await
        .unwrap();
    }

    async fn count(&self, hook: &Hook, status: &str) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM webhook_deliveries WHERE webhook_id = $1 AND status = $2")
            .bind(hook.id)
            .bind(status)
            .fetch_one(&self.application.database.maintenance)
            .await
            .unwrap()
    }

    async fn enable(&self, hook: &Hook, enabled: bool) -> crate::application::Answer {
        let path = format!("/api/webhooks/{}", hook.id);
        let wanted = json!({ "enabled": enabled });
        self.application
            .json_as(&self.admin, "PATCH", &path, &wanted)
            .await
    }

    /// What the dispatcher's metrics say under a name, so many seconds after the test began.
    async fn measured(&self, name: &str, seconds: i64) -> f64 {
        let dispatcher = self.dispatcher(SignedDuration::ZERO, std::time::Duration::from_secs(1));
        let at = self.began + SignedDuration::from_secs(seconds);
        let pool = &self.application.database.dispatcher;
        dispatcher.metrics().measure(pool, at).await.unwrap();
        let text = dispatcher.metrics().encode().unwrap();
        let (_, value) = text.split_once(&format!("\n{name} ")).unwrap();
        value.lines().next().unwrap().parse().unwrap()
    }
}

#[tokio::test]
async fn a_change_that_cannot_be_read_is_left_out_and_keeps_nothing_else_from_being_sent() {
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    hooked.hook(&receiver.url()).await;
    application.document().await;
    let mut administrator = databases::administrator(&application.database.name).await;
    let statement = "UPDATE changes SET phase = 'of a later version'";
    databases::execute(&mut administrator, statement.to_owned()).await;
    let lag = "socrate_dispatcher_outbox_lag_seconds";
    let measured = hooked.measured(lag, 3600).await;
    assert!((3500.0..3700.0).contains(&measured), "{measured}");
    hooked.settle(1).await;
    assert_eq!(receiver.received().len(), 0);
    assert!(hooked.measured(lag, 3600).await.abs() < f64::EPSILON);
    let document = application.document().await;
    hooked.settle(2).await;
    let sent = receiver.received();
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].json()["data"]["document_id"], document.id.to_string());
}

#[tokio::test]
async fn webhooks_have_their_turns_whatever_others_have_to_be_sent() {
    let hooked = Hooked::new().await;
    let application = &hooked.application;
    sqlx::query(
        "INSERT INTO webhooks (id, tenant_id, url, events, created_at, updated_at, told_change_seq) \
         SELECT lpad(number::text, 32, '0')::uuid, $1, 'http://127.0.0.1:1024/', '{document.created}', now(), now(), 0 \
         FROM generate_series(1, 101) AS number",
    )
    .bind(application.tenant)
    .execute(&application.database.maintenance)
    .await
    .unwrap();
    let (mut turn, now) = (Turn::default(), hooked.began);
    let pool = &application.database.dispatcher;
    let mut sent_to_last = Vec::new();
    for _ in 0..3 {
        // Those before the last always have something new.
        application.document().await;
        let done = outbox::fan_out(pool, &mut turn, now).await.unwrap();
        assert!(done.is_more);
        let last = "webhook_deliveries WHERE webhook_id = '00000000-0000-0000-0000-000000000101'";
        sent_to_last.push(application.count(last).await);
    }
    assert_eq!(sent_to_last, [0, 2, 2]);
    while outbox::fan_out(pool, &mut turn, now).await.unwrap().is_more {}
    assert_eq!(application.count("webhook_deliveries").await, 3 * 101);
}

#[tokio::test]
async fn a_webhook_is_deleted_at_once_and_its_deliveries_afterwards() {
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    let (hook, other) = (
        hooked.hook(&receiver.url()).await,
        hooked.hook(&receiver.url()).await,
    );
    application.document().await;
    hooked.settle(1).await;
    let delivery = hooked.deliveries(&hook).await.remove(0);
    hooked.add_pending(&hook, 4_500).await;
    let path = format!("/api/webhooks/{}", hook.id);
    let delivery = format!("{path}/deliveries/{}", delivery["id"].as_str().unwrap());
    let ask = async |method: &str, path: &str| {
        application
            .json_as(&hooked.admin, method, path, &json!(null))
            .await
    };
    assert_eq!(ask("DELETE", &path).await.status, 204);
    // Not in that statement, which would not end where there are millions.
    assert_eq!(hooked.count(&hook, "pending").await, 4_500);
    for (method, path, code) in [
        ("GET", path.clone(), "webhook_not_found"),
        ("GET", format!("{path}/deliveries"), "webhook_not_found"),
        ("GET", delivery.clone(), "delivery_not_found"),
        ("POST", format!("{delivery}/replay"), "delivery_not_found"),
    ] {
        assert_eq!(
            ask(method, &path).await.problem(),
            (404, code.to_owned()),
            "{path}"
        );
    }
    hooked.settle(2).await;
    assert_eq!(receiver.received().len(), 2, "nothing is sent any more");
    application.sweep_at(Clock::system()).await;
    assert_eq!(hooked.deliveries(&other).await.len(), 1);
    for (table, left) in [
        ("webhook_deliveries", 1),
        ("webhook_attempts", 1),
        ("deleted_webhooks", 0),
    ] {
        assert_eq!(application.count(table).await, left, "{table}");
    }
}

#[tokio::test]
async fn a_webhook_is_disabled_at_once_and_is_not_enabled_before_all_that_was_pending_has_failed() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    let hook = hooked.hook(&receiver.url()).await;
    hooked.add_pending(&hook, 5_000).await;
    assert_eq!(hooked.enable(&hook, false).await.json()["enabled"], false);
    let left = hooked.count(&hook, "pending").await;
    assert!((1..5_000).contains(&left), "{left}");
    assert_eq!(
        hooked.enable(&hook, true).await.problem(),
        (409, "webhook_being_disabled".into())
    );
    assert_eq!(hooked.show(&hook).await["enabled"], false);
    hooked.settle(1).await;
    assert_eq!(hooked.count(&hook, "failed").await, 5_000);
    assert_eq!(hooked.enable(&hook, true).await.json()["enabled"], true);
    hooked.settle(2).await;
    assert_eq!(receiver.received().len(), 0);
    let since = json!({ "since": (hooked.began - SignedDuration::from_hours(1)).to_string() });
    let replayed = hooked
        .ask("POST", &format!("/api/webhooks/{}/replay", hook.id), since)
        .await;
    assert_eq!(replayed["replayed"], 5_000);
}

#[tokio::test]
async fn what_could_not_be_attempted_for_a_week_has_failed_and_can_be_replayed() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    let hook = hooked.hook(&receiver.url()).await;
    let asks_for_a_day = Behaviour::Answers(429, vec![("retry-after", "86400".into())], String::new());
    receiver.behave(asks_for_a_day);
    hooked.application.document().await;
    hooked.settle(1).await;
    let waiting = hooked.application.document().await;
    hooked.settle(2).await;
    assert_eq!(hooked.count(&hook, "pending").await, 2);
    hooked.settle(7 * DAY + 3).await;
    let deliveries = hooked.deliveries(&hook).await;
    let expired = |delivery: &&Value| delivery["document_id"] == waiting.id.to_string();
    let expired = deliveries.iter().find(expired).unwrap();
    assert_eq!(
        (&expired["status"], &expired["attempts"]),
        (&json!("failed"), &json!(0))
    );
    assert!(
        expired["error"].as_str().unwrap().contains("seven days"),
        "{expired}"
    );
    assert_eq!(
        receiver.received().len(),
        2,
        "the other one was due after a day, and is attempted"
    );
    let id = expired["id"].as_str().unwrap();
    let path = format!("/api/webhooks/{}/deliveries/{id}/replay", hook.id);
    assert_eq!(hooked.ask("POST", &path, json!(null)).await["status"], "pending");
}

#[tokio::test]
async fn what_waits_for_a_tenant_that_is_disabled_does_not_expire() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    let hook = hooked.hook(&receiver.url()).await;
    hooked.add_pending(&hook, 3).await;
    let database = &hooked.application.database;
    let set_disabled = async |disabled: bool, days: i64| {
        let mut connection = database.maintenance.acquire().await.unwrap();
        let at = hooked.began + SignedDuration::from_hours(days * 24);
        let tenant = hooked.application.tenant;
        assert!(
            tenants::set_disabled(&mut connection, tenant, disabled, at)
                .await
                .unwrap()
        );
    };
    set_disabled(true, 0).await;
    hooked.settle(30 * DAY).await;
    assert_eq!(hooked.count(&hook, "pending").await, 3);
    set_disabled(false, 30).await;
    let give_up = async |has_tried: bool, days: i64| {
        let at = hooked.began + SignedDuration::from_hours(days * 24);
        giving_up::give_up(&database.dispatcher, has_tried, at)
            .await
            .unwrap()
            .deliveries
    };
    assert_eq!(give_up(true, 30).await, 0, "it is attempted first");
    assert_eq!(give_up(false, 40).await, 0, "nobody has tried for days");
    assert_eq!(give_up(true, 40).await, 3);
}

#[tokio::test]
async fn an_endpoint_that_does_not_take_what_is_sent_is_disabled() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    let (hook, other) = (
        hooked.hook(&receiver.url()).await,
        hooked.hook(&receiver.url()).await,
    );
    hooked.add_pending(&hook, 100_001).await;
    hooked.settle(1).await;
    let shown = hooked.show(&hook).await;
    assert_eq!(
        (&shown["enabled"], &shown["disabled_reason"]),
        (&json!(false), &json!("backlog"))
    );
    assert_eq!(hooked.count(&hook, "failed").await, 100_001);
    assert_eq!(hooked.show(&other).await["enabled"], true);
}

#[tokio::test]
async fn two_failures_days_apart_are_no_days_of_failing() {
    let hooked = Hooked::new().await;
    let receiver = Receiver::start().await;
    let hook = hooked.hook(&receiver.url()).await;
    receiver.behave(Behaviour::status(503));
    for day in [0, 6] {
        hooked.application.document().await;
        hooked.settle(day * DAY + 1).await;
        assert_eq!(hooked.show(&hook).await["enabled"], true, "day {day}");
    }
}

#[tokio::test]
async fn ten_tests_may_be_pending_and_the_audit_log_has_tests_and_replays() {
    let hooked = Hooked::new().await;
    let (receiver, application) = (Receiver::start().await, &hooked.application);
    let hook = hooked.hook(&receiver.url()).await;
    let path = format!("/api/webhooks/{}", hook.id);
    let test = format!("{path}/test");
    for _ in 0..10 {
        hooked.ask("POST", &test, json!(null)).await;
    }
    let refused = application
        .json_as(&hooked.admin, "POST", &test, &json!(null))
        .await;
    assert_eq!(refused.problem(), (429, "too_many_tests".into()));
    hooked.settle(1).await;
    let sent = hooked.ask("POST", &test, json!(null)).await;
    let one = format!("{path}/deliveries/{}/replay", sent["id"].as_str().unwrap());
    hooked.ask("POST", &one, json!(null)).await;
    let since = json!({ "since": "2026-01-01T00:00:00Z" });
    hooked.ask("POST", &format!("{path}/replay"), since).await;
    let audit = hooked.ask("GET", "/api/audit?limit=200", json!(null)).await;
    let of = |action: &str| {
        let entries = audit["entries"].as_array().unwrap().iter();
        entries
            .filter(|entry| entry["action"] == action && entry["target"] == hook.id.to_string())
            .map(|entry| entry["details"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(of("webhook.tested").len(), 11);
    let replayed = of("webhook.replayed");
    assert_eq!(replayed.len(), 2);
    for details in [
        json!({ "delivery_id": sent["id"] }),
        json!({ "since": "2026-01-01T00:00:00Z", "deliveries": 0 }),
    ] {
        assert!(replayed.contains(&details), "{details} in {replayed:?}");
    }
}

#[tokio::test]
async fn who_makes_webhooks_at_once_has_no_more_of_them() {
    let hooked = Hooked::new().await;
    let request = json!({ "url": "http://127.0.0.1:1024/" });
    let made = join_all((0..30).map(|_| {
        hooked
            .application
            .json_as(&hooked.admin, "POST", "/api/webhooks", &request)
    }))
    .await;
    let made = made.iter().filter(|answer| answer.status == 201).count();
    assert_eq!((made, hooked.application.count("webhooks").await), (20, 20));
}

/// Where no dispatcher runs: progress goes all the same, and the rest after two weeks.
#[tokio::test]
async fn what_is_to_be_sent_is_kept_for_two_weeks_and_nothing_else_is() {
    let hooked = Hooked::new().await;
    let application = &hooked.application;
    hooked.hook("http://127.0.0.1:1024/").await;
    let document = application.document().await;
    let working = crate::documents::working(crds::Phase::Processing, 1, 20);
    let resource = crate::documents::resource(&document, Uuid::new_v4(), working);
    let observation = crate::documents::observed(&resource);
    crate::documents::write(
        &application.database.mirror,
        &observation,
        crate::documents::moment(1),
    )
    .await;
    let maintenance = &application.database.maintenance;
    let kinds = async || {
        let kinds: Vec<String> = sqlx::query_scalar("SELECT kind FROM changes")
            .fetch_all(maintenance)
            .await
            .unwrap();
        kinds.into_iter().collect::<HashSet<_>>()
    };
    assert_eq!(kinds().await.len(), 2);
    let hours = |hours| Clock::system().now() + SignedDuration::from_hours(hours);
    // What became old long ago is not looked at each time.
    changes::forget_recent(maintenance, hours(24)).await.unwrap();
    assert_eq!(kinds().await.len(), 2);
    changes::forget(maintenance, hours(24)).await.unwrap();
    let created = HashSet::from(["created".to_owned()]);
    assert_eq!(kinds().await, created);
    changes::forget(maintenance, hours(13 * 24)).await.unwrap();
    assert_eq!(kinds().await, created);
    changes::forget(maintenance, hours(14 * 24 + 1)).await.unwrap();
    assert_eq!(application.count("changes").await, 0);
    // What is there no more is passed over.
    let receiver = Receiver::start().await;
    hooked.hook(&receiver.url()).await;
    application.document().await;
    hooked.settle(1).await;
    assert_eq!(receiver.received().len(), 1);
}
