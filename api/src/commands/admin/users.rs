//! What the commands on users and their keys do.

use anyhow::{Context, ensure};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use sqlx::PgConnection;

use super::{
    Action, UserOf,
    actions::{Recorded, explain},
    answer::Answer,
};
use crate::identity::{
    audit,
    key::ApiKey,
    keys::{self, NewKey},
    role::{Role, Scope, Scopes},
    users::{self, NewUser, UserChange},
};

pub(super) async fn create_user(
    connection: &mut PgConnection,
    action: &Action,
    now: Timestamp,
) -> anyhow::Result<(Answer, Recorded)> {
    let Action::CreateUser {
        tenant,
        name,
        role,
        telegram_id,
        issuer,
        subject,
    } = action
    else {
        anyhow::bail!("it adds no user");
    };
    let new = NewUser {
        tenant: *tenant,
        name,
        role: *role,
        telegram_id: *telegram_id,
        subject: issuer.as_deref().zip(subject.as_deref()),
    };
    let id = users::add(connection, &new, now)
        .await
        .map_err(|error| explain(error, "failed to add the user"))?;
    let recorded = Recorded {
        tenant: *tenant,
        action: audit::Action::UserCreated,
        target: id,
        details: json!({ "name": name, "role": role, "issuer": issuer, "subject": subject }),
    };
    Ok((Answer::One("id", id.to_string()), recorded))
}

pub(super) async fn change_user(
    connection: &mut PgConnection,
    UserOf { tenant, user }: UserOf,
    change: UserChange,
    now: Timestamp,
) -> anyhow::Result<(Answer, Recorded)> {
    let changed = users::change(connection, tenant, user, &change, now)
        .await
        .map_err(|error| explain(error, "failed to change the user"))?;
    ensure!(changed.is_some(), "the tenant has no user with this id");
    let recorded = Recorded {
        tenant,
        action: audit::Action::UserChanged,
        target: user,
        details: json!({ "name": change.name, "role": change.role, "disabled": change.disabled }),
    };
    Ok((Answer::Done, recorded))
}

/// Deletes the user with this id, if the name is right: else nothing is committed.
pub(super) async fn delete_user(
    connection: &mut PgConnection,
    UserOf { tenant, user }: UserOf,
    name: &str,
) -> anyhow::Result<(Answer, Recorded)> {
    let deleted = users::delete(connection, tenant, user)
        .await
        .context("failed to delete the user")?;
    let deleted = deleted.context("the tenant has no user with this id")?;
    ensure!(
        deleted.name == name,
        "the user with this id is called {:?}, not {name:?}: nothing was deleted",
        deleted.name
    );
    let recorded = Recorded {
        tenant,
        action: audit::Action::UserDeleted,
        target: user,
        details: json!({ "name": deleted.name, "role": deleted.role }),
    };
    Ok((Answer::Done, recorded))
}

pub(super) async fn create_key(
    connection: &mut PgConnection,
    UserOf { tenant, user }: UserOf,
    name: &str,
    expires_in_days: Option<u32>,
    scopes: &[Scope],
    now: Timestamp,
) -> anyhow::Result<(Answer, Recorded)> {
    let found = users::find(connection, tenant, user).await;
    let found = found.context("failed to read the user")?;
    let found = found.context("the tenant has no user with this id")?;
    let role: Role = found
        .role
        .parse()
        .context("the user has a role that is not known here")?;
    let scopes = match scopes {
        [] => role.scopes().and(Role::Member.scopes()),
        asked => Scopes::of(asked),
    };
    ensure!(
        scopes.are_within(role.scopes()),
        "a key permits no more than the role of its user, which is {role}: {}",
        role.scopes().names().join(", ")
    );
    let key =
        ApiKey::generate().map_err(|error| anyhow::anyhow!("the system has no random numbers: {error}"))?;
    let expires_at = expires_in_days.map(|days| now + SignedDuration::from_hours(24 * i64::from(days)));
    let new = NewKey {
        tenant,
        user,
        name,
        scopes,
        expires_at,
    };
    let id = keys::add(connection, &new, &key, now)
        .await
        .map_err(|error| explain(error, "failed to add the key"))?;
    let recorded = Recorded {
        tenant,
        action: audit::Action::KeyCreated,
        target: id,
        details: json!({
            "name": name, "user_id": user, "scopes": scopes.names(),
            "expires_at": expires_at.map(|time| time.to_string()),
        }),
    };
    Ok((Answer::One("key", key.expose().to_owned()), recorded))
}
