//! `api cleanup`: deletes what has had its time, removes what belongs to nothing, and says how much of each.

use anyhow::Context;
use jiff::SignedDuration;

use crate::{
    cleanup::{
        orphans::{self, DryRun},
        retention::{self, Retention},
    },
    clock::Clock,
    configuration::Cleanup,
    database::{
        self,
        migrations::{self, Access},
    },
    store::Store,
    webhooks::removal,
};

const CONNECTIONS: u32 = 2;

/// Runs the command, and answers what it did in words: a line for each kind.
///
/// # Errors
/// Where something fails; what was done by then stays done, and the command can be run again.
pub async fn run(configuration: &Cleanup, clock: &Clock) -> anyhow::Result<String> {
    let url = &configuration.maintenance_database_url;
    let pool =
        database::pool(url, CONNECTIONS).with_context(|| format!("{url} is no address of Postgres"))?;
    migrations::check_role(&pool, Access::Maintenance).await?;
    let store = Store::connect(&configuration.store.url, &configuration.store.s3).await?;
    let (now, is_dry) = (clock.now(), configuration.dry_run);
    let days = |days: u16| SignedDuration::from_hours(i64::from(days) * 24);

    let retention = Retention {
        failed_days: configuration.failed_days,
    };
    // Each is done though another fails.
    let expired = retention::expire(&pool, retention, is_dry, now)
        .await
        .context("failed to delete documents that have had their time");
    let before = now - days(configuration.deliveries_days);
    let deliveries = if is_dry {
        let counted = removal::count_ended(&pool, before).await;
        counted.map(|count| u64::try_from(count).unwrap_or_default())
    } else {
        removal::remove_ended(&pool, before).await
    };
    let before = now - days(configuration.orphans_days);
    let orphans = orphans::remove(&pool, &store, is_dry.then_some(DryRun { retention, now }), before)
        .await
        .context("failed to remove objects that belong to nothing")?;
    let (expired, deliveries) = (
        expired?,
        deliveries.context("failed to remove deliveries that ended long ago")?,
    );
    let counts = [
        ("failed documents", expired.failed),
        ("expired documents", expired.ready),
        ("deliveries", deliveries),
        ("orphaned documents", orphans.documents),
        ("orphaned results", orphans.results),
        ("orphaned objects", orphans.objects),
        ("orphaned bytes", orphans.bytes),
        ("objects in all", orphans.scanned),
    ];
    Ok(counts
        .map(|(what, count)| format!("{what:<20}{count:>14}\n"))
        .concat())
}
