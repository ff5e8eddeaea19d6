//! `api admin`, run as an administrator runs it.

use std::process::Output;

use serde_json::Value;
use tokio::process::Command;
use uuid::Uuid;

use crate::{
    application::{self, Application},
    databases,
};

async fn run(application: &Application, arguments: &[&str]) -> Output {
    let url = databases::url("socrate_maintenance", &application.database.name);
    Command::new(env!("CARGO_BIN_EXE_api"))
        .arg("admin")
        .args(arguments)
        .env("SOCRATE_MAINTENANCE_DATABASE_URL", url.expose().as_str())
        .output()
        .await
        .unwrap()
}

/// The lines of JSON that it prints.
async fn admin(application: &Application, arguments: &[&str]) -> Vec<Value> {
    let output = run(application, &[&["--json"], arguments].concat()).await;
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {error}");
    let printed = String::from_utf8(output.stdout).unwrap();
    printed
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What it says when it refuses.
async fn refusal(application: &Application, arguments: &[&str]) -> String {
    let output = run(application, arguments).await;
    assert!(!output.status.success(), "{arguments:?}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    String::from_utf8(output.stderr).unwrap()
}

fn text(line: &Value, field: &str) -> String {
    line[field].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_tenant_is_made_changed_and_deleted() {
    let application = application::application().await;
    let tenant = text(
        &admin(&application, &["create-tenant", "--name", "acme"]).await[0],
        "id",
    );
    let of = ["--tenant", tenant.as_str()];
    let with = |command: &'static str, more: &[&'static str]| [&[command], &of[..], more].concat();
    admin(&application, &with("rename-tenant", &["--name", "Acme"])).await;
    admin(
        &application,
        &with("set-quota", &["--quota", "requests-per-second", "--limit", "7"]),
    )
    .await;
    admin(&application, &with("disable-tenant", &[])).await;
    let listed = admin(&application, &["list-tenants"]).await;
    assert_eq!((listed.len(), text(&listed[0], "name").as_str()), (2, "Acme"));
    assert_eq!(listed[0]["max_requests_per_second"], 7);
    assert!(listed[0]["disabled_at"].is_string());
    admin(&application, &with("enable-tenant", &[])).await;
    let table = run(&application, &["list-tenants"]).await.stdout;
    assert!(
        String::from_utf8(table).unwrap().starts_with("CREATED_AT"),
        "a table for people"
    );

    let message = refusal(&application, &with("delete-tenant", &["--name", "acme"])).await;
    assert!(message.contains("\"Acme\", not \"acme\""), "{message}");
    admin(&application, &with("delete-tenant", &["--name", "Acme"])).await;
    let message = refusal(&application, &with("rename-tenant", &["--name", "Acme"])).await;
    assert!(message.contains("there is no tenant"), "{message}");
    admin(&application, &["create-tenant", "--name", "Acme"]).await; // The name is free again.
    let entries = admin(&application, &["audit"]).await;
    let actions: Vec<String> = entries.iter().map(|entry| text(entry, "action")).collect();
    assert_eq!(actions[..2], ["tenant.created", "tenant.deleted"]);
    assert_eq!(text(&entries[1], "target"), tenant);
    assert_eq!(text(&entries[1], "method"), "command");
}

#[tokio::test]
async fn users_and_keys_are_made_changed_and_kept_out() {
    let application = application::application().await;
    let tenant = application.tenant.to_string();
    let of = ["--tenant", tenant.as_str()];
    let arguments = [
        &["create-user"],
        &of[..],
        &[
            "--name",
            "Ada",
            "--role",
            "read_only",
            "--issuer",
            "https://id.example.org",
            "--subject",
            "ada",
        ],
    ]
    .concat();
    let user = text(&admin(&application, &arguments).await[0], "id");
    let of_user = ["--tenant", tenant.as_str(), "--user", user.as_str()];
    let with = |command: &'static str, more: &[&'static str]| [&[command], &of_user[..], more].concat();
    let scopes = [
        "--name",
        "k",
        "--scope",
        "documents:read",
        "--scope",
        "documents:write",
        "--expires-in-days",
        "3",
    ];
    let message = refusal(&application, &with("create-key", &scopes)).await;
    assert!(
        message.contains("read_only") && message.contains("documents:read"),
        "{message}"
    );
    admin(&application, &with("set-role", &["--role", "admin"])).await;
    admin(&application, &with("rename-user", &["--name", "Ada L."])).await;
    let key = text(&admin(&application, &with("create-key", &scopes)).await[0], "key");
    assert_eq!(application.get_as(&key, "/api/documents").await.status, 200);
    let users = admin(&application, &[&["list-users"], &of[..]].concat()).await;
    assert_eq!(
        (text(&users[0], "name"), text(&users[0], "role")),
        ("Ada L.".into(), "admin".into())
    );
    assert_eq!(text(&users[0], "subject"), "ada");
    let keys = admin(&application, &with("list-keys", &[])).await;
    assert_eq!((keys.len(), text(&keys[0], "prefix").as_str()), (1, &key[3..15]));
    assert!(keys[0]["expires_at"].is_string());

    let id = text(&keys[0], "id");
    let revoke = [&["revoke-key"], &of[..], &["--key", id.as_str()]].concat();
    admin(&application, &revoke).await;
    assert!(refusal(&application, &revoke).await.contains("revoked before"));
    let unknown = Uuid::new_v4().to_string();
    let message = refusal(
        &application,
        &[&["revoke-key"], &of[..], &["--key", &unknown]].concat(),
    )
    .await;
    assert!(message.contains("no key with this id"), "{message}");
    admin(&application, &with("disable-user", &[])).await;
    let users = admin(&application, &[&["list-users"], &of[..]].concat()).await;
    assert!(users[0]["disabled_at"].is_string());
    admin(&application, &with("enable-user", &[])).await;
    let message = refusal(&application, &with("delete-user", &["--name", "Ada"])).await;
    assert!(message.contains("\"Ada L.\", not \"Ada\""), "{message}");
    assert_eq!(application.count("users WHERE subject = 'ada'").await, 1);
    admin(&application, &with("delete-user", &["--name", "Ada L."])).await;
    let message = refusal(&application, &with("delete-user", &["--name", "Ada L."])).await;
    assert!(message.contains("no user with this id"), "{message}");
    let left = format!("api_keys WHERE user_id = '{user}'");
    assert_eq!(application.count(&left).await, 0);
    let entries = admin(&application, &[&["audit"], &of[..]].concat()).await;
    let actions: Vec<String> = entries.iter().rev().map(|entry| text(entry, "action")).collect();
    let expected = [
        "user.created",
        "user.changed",
        "user.changed",
        "key.created",
        "key.revoked",
        "user.changed",
        "user.changed",
        "user.deleted",
    ];
    assert_eq!(actions, expected);
    let printed = serde_json::to_string(&entries).unwrap();
    assert!(!printed.contains(&key[16..]), "no secret is written down");
}

#[tokio::test]
async fn what_the_schema_refuses_is_said_in_words() {
    let application = application::application().await;
    let (tenant, unknown) = (application.tenant.to_string(), Uuid::new_v4().to_string());
    for (arguments, expected) in [
        (
            vec!["create-tenant", "--name", "one"],
            "a tenant with this name already",
        ),
        (
            vec!["create-user", "--tenant", &unknown, "--name", "x"],
            "no tenant with this id",
        ),
        (
            vec!["create-user", "--tenant", &tenant, "--name", ""],
            "1 to 200 characters",
        ),
        (
            vec![
                "set-role", "--tenant", &tenant, "--user", &unknown, "--role", "admin",
            ],
            "no user with this id",
        ),
        (
            vec![
                "set-role", "--tenant", &tenant, "--user", &unknown, "--role", "owner",
            ],
            "expected one of",
        ),
        (
            vec![
                "set-quota",
                "--tenant",
                &tenant,
                "--quota",
                "requests-per-second",
                "--limit",
                "0",
            ],
            "too low",
        ),
    ] {
        let message = refusal(&application, &arguments).await;
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}
