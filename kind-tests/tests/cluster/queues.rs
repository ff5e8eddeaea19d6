//! Whose turn it is: a queue with a limit, and one that is left to Kueue.
//!
//! The trial's chart values have a queue `narrow` for two documents at a time, and a queue `kueue` whose Jobs the local queue `encodings` of Kueue
//! admits. There is no Kueue in the trial: the test is the controller that lets the Jobs run. So it is shown that the operator leaves
//! that to whoever it is, and not what Kueue does.

use anyhow::{Context, ensure};
use crds::{DocumentEncoding, Phase, labels};
use k8s_openapi::api::{batch::v1::Job, core::v1::Pod};
use kind_tests::{
    api::number,
    encodings::{self, attempt, encoding, in_config_map, is_at_work, job_name, phase, told},
    many, pdf,
    space::{Kind, beside_others},
    wait,
};
use kube::{
    Api, ResourceExt,
    api::{ListParams, Patch, PatchParams},
};
use serde_json::json;

/// Documents of the queue `narrow` that may be at work at a time.
const LIMIT: usize = 2;
/// Documents that wait while the queue is full.
const WAITING: usize = 10;

#[tokio::test]
async fn a_queues_limit_is_kept_and_those_who_wait_have_places_by_priority() {
    beside_others(Kind::Tenants, "narrow", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        encodings::throttle(cluster, namespace).await?;
        let short = many::stored(space, &pdf::prose(2)).await?;
        let long = many::stored(space, &pdf::repeated(2_000, 40)).await?;
        let narrow = |name: &str, key: &str, priority| {
            let mut resource = many::throttled(name, key);
            resource.spec.queue = "narrow".to_owned();
            resource.spec.priority = priority;
            resource
        };
        // Two that take a minute and more fill it.
        many::create(space, ["full-0", "full-1"].map(|name| narrow(name, &long, 0))).await?;
        many::until(space, "at work", wait::SOON, |all| {
            Ok(all.values().filter(|each| is_at_work(each)).count() == LIMIT)
        })
        .await?;
        // The later it comes, the more it matters.
        let names: Vec<String> = (0..WAITING).map(|number| format!("waits-{number}")).collect();
        many::create(
            space,
            (0..)
                .zip(&names)
                .map(|(priority, name)| narrow(name, &short, priority)),
        )
        .await?;
        let first_to_last: Vec<&str> = names.iter().rev().map(String::as_str).collect();
        let seen = many::until(space, "in their places", wait::LATE, |all| {
            let place = |name: &str| all.get(name)?.status.as_ref()?.queue_position;
            Ok((1..)
                .zip(&first_to_last)
                .all(|(position, name)| place(name) == Some(position)))
        })
        .await?;
        let last = &seen[&names[0]];
        ensure!(
            told(last).1.contains("the queue narrow")
                && phase(last) == Some(Phase::Queued)
                && job_name(last).is_none(),
            "{:?}",
            last.status
        );
        let id = last.uid().context("a uid")?;
        wait::answer("its place over HTTP", wait::TICK, wait::SOON, async || {
            let status = space.api().status(&id).await?;
            ensure!(number(&status, "/queue_position")? == WAITING as u64, "{status}");
            Ok(())
        })
        .await?;
        // One that waits is cancelled like any other.
        encodings::change(cluster, namespace, &names[0], json!({"cancelled": true})).await?;
        encodings::finished(cluster, namespace, &names[0], super::cancelling::LIMIT).await?;

        for name in ["full-0", "full-1"] {
            encodings::change(cluster, namespace, name, json!({"cancelled": true})).await?;
        }
        let mut begun: Vec<String> = Vec::new();
        let done = many::until(space, "finished", wait::LATE, |all| {
            // One that is being cancelled is at work as long as a Pod has not let go of it.
            let is_busy =
                |each: &DocumentEncoding| is_at_work(each) || phase(each) == Some(Phase::Processing);
            let at_work: Vec<&String> = all
                .iter()
                .filter(|(_, each)| is_busy(each))
                .map(|(name, _)| name)
                .collect();
            ensure!(at_work.len() <= LIMIT, "more than {LIMIT} at work: {at_work:?}");
            for (name, each) in all {
                if each
                    .status
                    .as_ref()
                    .is_some_and(|status| status.start_time.is_some())
                    && name.starts_with("waits-")
                    && !begun.contains(name)
                {
                    begun.push(name.clone());
                }
            }
            Ok(many::finished(all) == LIMIT + WAITING)
        })
        .await?;
        // Two may begin at a time, in either order.
        for (index, name) in begun.iter().enumerate() {
            let expected = first_to_last
                .iter()
                .position(|each| each == name)
                .context("one of those")?;
            ensure!(expected.abs_diff(index) < LIMIT, "they began as {begun:?}");
        }
        for name in &names[1..] {
            ensure!(
                phase(&done[name]) == Some(Phase::Ready) && attempt(&done[name]) == (1, 0),
                "{:?}",
                done[name].status
            );
        }
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_queue_that_does_not_exist_is_the_persons_mistake() {
    beside_others(Kind::Nobodys, "no-queue", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let mut resource = encoding("book", in_config_map("missing", "book.pdf"));
        resource.spec.queue = "nowhere".to_owned();
        encodings::create(cluster, namespace, &resource).await?;
        let done = encodings::finished(cluster, namespace, "book", wait::SOON).await?;
        ensure!(
            told(&done).0 == "InvalidSpec" && told(&done).1.contains("documents"),
            "{:?}",
            told(&done)
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_job_of_kueues_waits_until_its_controller_lets_it_run() {
    beside_others(Kind::Tenants, "kueue", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let key = many::stored(space, &pdf::prose(2)).await?;
        let kueues = |name: &str| {
            let mut resource = many::resource(name, &key);
            resource.spec.queue = "kueue".to_owned();
            resource
        };
        many::create(space, ["admitted", "cancelled"].map(kueues)).await?;
        let (_, cancelled) = encodings::given_a_job(cluster, namespace, "cancelled").await?;
        let (_, job) = encodings::given_a_job(cluster, namespace, "admitted").await?;
        ensure!(
            job.name_any() != cancelled.name_any(),
            "two documents share a Job of Kueue's"
        );
        let is_suspended = |job: &Job| job.spec.as_ref().is_some_and(|spec| spec.suspend == Some(true));
        for job in [&job, &cancelled] {
            ensure!(is_suspended(job), "{job:?}");
            let queue = job.labels().get("kueue.x-k8s.io/queue-name").map(String::as_str);
            ensure!(queue == Some("encodings"), "{queue:?}");
            ensure!(
                job.labels()
                    .get(labels::STANDING)
                    .is_some_and(|value| value == "false"),
                "{job:?}"
            );
        }
        encodings::change(cluster, namespace, "cancelled", json!({"cancelled": true})).await?;
        encodings::finished(cluster, namespace, "cancelled", super::cancelling::LIMIT).await?;
        wait::gone(&space.objects::<Job>(), &cancelled.name_any(), wait::SOON).await?;

        let jobs: Api<Job> = space.objects();
        let pods = space.objects::<Pod>().list(&ListParams::default()).await?;
        ensure!(
            pods.items.is_empty() && is_suspended(&jobs.get(&job.name_any()).await?),
            "{pods:?}"
        );
        let admission = Patch::Merge(json!({"spec": {"suspend": false}}));
        jobs.patch(&job.name_any(), &PatchParams::default(), &admission)
            .await?;
        let done = encodings::ready(cluster, namespace, "admitted", wait::SOON).await?;
        ensure!(
            attempt(&done) == (1, 0) && job_name(&done) == Some(&job.name_any()),
            "{:?}",
            done.status
        );
        Ok(())
    })
    .await;
}
