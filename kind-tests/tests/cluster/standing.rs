//! Jobs that work for one document after the other.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use crds::{
    DocumentEncoding, Owner, Phase, Reason,
    assignment::{AssignmentRequest, AssignmentResponse, TOKEN_AUDIENCE},
    labels,
};
use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::{batch::v1::Job, core::v1::Pod};
use kind_tests::{
    admin::{self, Account},
    encodings::{self, attempt, job_name, phase, told},
    identity, many,
    operator::{self, Replica},
    pdf,
    space::{Kind, Space, beside_others},
    wait,
};
use kube::{
    Api, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams},
};
use reqwest::{Method, StatusCode};
use serde_json::json;

/// Uploads of the test.
const UPLOADS: usize = 20;
/// Of these so many come in at once: a tenant may not have many more.
const AT_ONCE: usize = 10;

fn of_tenant(account: &Account) -> String {
    format!("{}={}", labels::TENANT, account.tenant)
}

/// The Pods of a Job in a namespace.
async fn pods_of(space: &Space, namespace: &str, job: &str) -> Result<Vec<Pod>> {
    let pods: Api<Pod> = Api::namespaced(space.cluster.client.clone(), namespace);
    let ours = ListParams::default().labels(&format!("{}={job}", labels::JOB_NAME));
    Ok(pods.list(&ours).await?.items)
}

fn is_complete(job: &Job) -> bool {
    let conditions = job
        .status
        .iter()
        .flat_map(|status| status.conditions.iter().flatten());
    conditions
        .into_iter()
        .any(|each| each.type_ == "Complete" && each.status == "True")
}

#[tokio::test]
async fn twenty_uploads_are_worked_off_by_few_jobs_which_then_end_by_themselves() {
    beside_others(Kind::Tenants, "warm", async |space| {
        let (api, namespace) = (space.api(), space.cluster.encodings_namespace.as_str());
        let uploads = (1..=UPLOADS).map(async |pages| {
            let name = format!("{pages} pages.pdf");
            anyhow::Ok((pages, api.upload_accepted(&name, &pdf::prose(pages)).await?))
        });
        let uploaded: Vec<_> = stream::iter(uploads).buffered(AT_ONCE).try_collect().await?;
        for (pages, id) in uploaded {
            let status = api.finished(&id, wait::LATE).await?;
            ensure!(status["status"] == "ready" && status["attempt"] == 1, "{status}");
            let metadata = api.json(&format!("/api/documents/{id}/metadata")).await?;
            ensure!(
                metadata["file"] == format!("{pages} pages.pdf") && metadata["total_pages"] == pages,
                "{id} should have {pages} pages: {} {}",
                metadata["file"],
                metadata["total_pages"]
            );
        }
        let ours = ListParams::default().labels(&of_tenant(space.account()));
        let documents = space.uploads().list(&ours).await?.items;
        ensure!(documents.len() == UPLOADS, "{} resources", documents.len());
        ensure!(
            documents.iter().all(|each| attempt(each) == (1, 0)),
            "{documents:?}"
        );
        let manifests: BTreeSet<&str> = documents
            .iter()
            .filter_map(|each| Some(each.status.as_ref()?.result.as_ref()?.manifest.as_str()))
            .collect();
        ensure!(manifests.len() == UPLOADS, "manifests: {manifests:?}");

        let names: BTreeSet<&str> = documents.iter().filter_map(job_name).collect();
        println!("{} Jobs for {UPLOADS} documents", names.len());
        ensure!(names.len() <= UPLOADS / 2, "as many Jobs as {names:?}");
        let jobs: Api<Job> = Api::namespaced(space.cluster.client.clone(), namespace);
        for name in names {
            // Where nothing comes for as long as its queue lets it wait, it ends, and well.
            let job = wait::until(&jobs, name, "complete", wait::SOON, is_complete).await?;
            ensure!(
                job.labels()
                    .get(labels::STANDING)
                    .is_some_and(|value| value == "true"),
                "{job:?}"
            );
            ensure!(
                job.metadata.owner_references.unwrap_or_default().is_empty(),
                "{name} has an owner"
            );
            ensure!(
                job.status.and_then(|status| status.failed).unwrap_or(0) == 0,
                "{name} has a failed Pod"
            );
        }
        Ok(())
    })
    .await;
}

/// Uploads documents of a tenant that take some seconds each, and gives the resources once one of them is at work, and its Pod runs.
async fn at_work(space: &Space, account: &Account, count: usize) -> Result<(Vec<DocumentEncoding>, Pod)> {
    let (api, content) = (space.address.with_key(&account.key), pdf::repeated(4_000, 40));
    for number in 0..count {
        api.upload_accepted(&format!("{number}.pdf"), &content).await?;
    }
    let selected = of_tenant(account);
    let expected = "given a Job";
    let seen = wait::all(&space.uploads(), &selected, expected, wait::SOON, |documents| {
        Ok(documents.len() == count && documents.values().any(encodings::is_at_work))
    })
    .await?;
    let first = seen
        .values()
        .find(|each| encodings::is_at_work(each))
        .context("one is at work")?;
    let (_, pod) = encodings::running(
        &space.cluster,
        &space.cluster.encodings_namespace,
        &first.name_any(),
    )
    .await?;
    Ok((seen.into_values().collect(), pod))
}

/// What the operator says that a Pod should hold.
async fn held(replica: &Replica, token: &str) -> Result<AssignmentResponse> {
    let (status, body) = replica.ask(Some(token), &AssignmentRequest::default()).await?;
    ensure!(status == StatusCode::OK, "{status} {body}");
    Ok(serde_json::from_value(body)?)
}

#[tokio::test]
async fn a_pod_is_told_of_its_own_tenants_documents_and_nobody_else_of_any() {
    beside_others(Kind::Tenants, "probe", async |space| {
        let (cluster, namespace) = (&space.cluster, space.cluster.encodings_namespace.as_str());
        let another = admin::create_account(cluster, "another").await?;
        let replica = Replica::connect(cluster, &operator::leader(cluster).await?).await?;
        // Both at a time, in one namespace, so that there is something of the other's to be told of.
        let (of_one, of_other) =
            tokio::try_join!(at_work(space, space.account(), 3), at_work(space, &another, 3))?;
        for ((documents, pod), account) in [(&of_one, space.account()), (&of_other, &another)] {
            let token = identity::token(cluster, namespace, Some(pod), &[TOKEN_AUDIENCE]).await?;
            let answer = held(&replica, &token).await?;
            let own: BTreeSet<String> = documents.iter().filter_map(ResourceExt::uid).collect();
            ensure!(
                !answer.assignments.is_empty(),
                "the Pod of {} holds nothing",
                account.tenant
            );
            for assignment in &answer.assignments {
                ensure!(own.contains(&assignment.uid), "{assignment:?} is none of {own:?}");
                ensure!(
                    assignment.owner == Owner::Tenant(account.tenant.clone()),
                    "{assignment:?}"
                );
            }
        }
        let (_, pod) = &of_one;
        let nothing = AssignmentRequest::default();
        let for_the_api_server = identity::token(cluster, namespace, Some(pod), &[]).await?;
        let of_no_pod = identity::token(cluster, namespace, None, &[TOKEN_AUDIENCE]).await?;
        for (what, token) in [
            ("no token", None),
            ("nonsense", Some("nonsense")),
            ("another audience", Some(for_the_api_server.as_str())),
            ("no Pod", Some(of_no_pod.as_str())),
        ] {
            let (status, body) = replica.ask(token, &nothing).await?;
            ensure!(
                status == StatusCode::UNAUTHORIZED && body["assignments"].is_null(),
                "{what}: {status} {body}"
            );
        }
        // A Pod that is named like one of the Job and is none of it.
        let job = crds::job::of_pod(&pod.name_any())
            .context("a Pod of a Job")?
            .to_owned();
        let impostor = identity::pod_named(cluster, namespace, &format!("{job}-aaaaa")).await?;
        let token = identity::token(cluster, namespace, Some(&impostor), &[TOKEN_AUDIENCE]).await?;
        let answered = replica.ask(Some(&token), &nothing).await;
        let pods: Api<Pod> = Api::namespaced(cluster.client.clone(), namespace);
        pods.delete(&impostor.name_any(), &DeleteParams::default().grace_period(0))
            .await?;
        let (status, body) = answered?;
        ensure!(
            status == StatusCode::FORBIDDEN && body["assignments"].is_null(),
            "{status} {body}"
        );

        let api = space.address.with_key(&another.key);
        for document in &of_other.0 {
            let id = &document.labels()[labels::DOCUMENT_ID];
            api.send(Method::DELETE, &format!("/api/documents/{id}")).await?;
        }
        Ok(())
    })
    .await;
}

/// Documents `a`, `b`, `c` … that take some seconds each under a throttle, all in one Job whose Pod runs; gives the Job's name and the Pod.
async fn in_one_pod(space: &Space, count: u8) -> Result<(String, Pod)> {
    encodings::throttle(&space.cluster, &space.namespace).await?;
    let key = many::stored(space, &pdf::repeated(300, 40)).await?;
    let names = (b'a'..b'a' + count).map(|letter| char::from(letter).to_string());
    let job = many::in_one_job(space, names.map(|name| many::throttled(&name, &key)).collect()).await?;
    let (_, pod) = encodings::running(&space.cluster, &space.namespace, "a").await?;
    Ok((job, pod))
}

/// Wants the Pod to be there still, and not about to go.
async fn goes_on(space: &Space, job: &str, pod: &Pod) -> Result<()> {
    let pods = pods_of(space, &space.namespace, job).await?;
    let same = |each: &&Pod| each.uid() == pod.uid() && each.metadata.deletion_timestamp.is_none();
    ensure!(
        pods.len() == 1 && pods.iter().any(|each| same(&each)),
        "other Pods than {}: {pods:?}",
        pod.name_any()
    );
    Ok(())
}

/// Wants documents to be Ready in their first try in this Job.
fn undisturbed(documents: &BTreeMap<String, DocumentEncoding>, names: &[&str], job: &str) -> Result<()> {
    for name in names {
        let document = &documents[*name];
        let tries = document.status.as_ref().and_then(|status| status.tries);
        ensure!(
            phase(document) == Some(Phase::Ready) && attempt(document) == (1, 0) && tries == Some(1),
            "{name}: {:?}",
            document.status
        );
        ensure!(
            job_name(document) == Some(job),
            "{name} was encoded in {:?}",
            job_name(document)
        );
    }
    Ok(())
}

/// Waits until the Pod works on a document: it says how far it is.
async fn worked_on(space: &Space, name: &str) -> Result<DocumentEncoding> {
    wait::until(&space.encodings(), name, "worked on", wait::SOON, |each| {
        let status = each.status.as_ref();
        status.is_some_and(|status| status.pages_done.is_some() || status.progress.is_some())
    })
    .await
}

#[tokio::test]
async fn cancelling_documents_of_a_pod_leaves_its_others_alone() {
    beside_others(Kind::Tenants, "cancel-one", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let (job, pod) = in_one_pod(space, 4).await?;
        worked_on(space, "a").await?;
        // The one that is worked on, and one that waits in the Pod.
        for name in ["a", "c"] {
            encodings::change(cluster, namespace, name, json!({"cancelled": true})).await?;
        }
        for name in ["a", "c"] {
            let done = encodings::finished(cluster, namespace, name, super::cancelling::LIMIT).await?;
            ensure!(
                phase(&done) == Some(Phase::Cancelled),
                "{name}: {:?}",
                done.status
            );
        }
        goes_on(space, &job, &pod).await?;
        let done = many::until(space, "finished", wait::LATE, |all| Ok(many::finished(all) == 4)).await?;
        undisturbed(&done, &["b", "d"], &job)?;
        goes_on(space, &job, &pod).await
    })
    .await;
}

#[tokio::test]
async fn a_document_of_a_pod_is_suspended_and_goes_on_later_and_its_others_meanwhile() {
    beside_others(Kind::Tenants, "suspend-one", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let (job, pod) = in_one_pod(space, 3).await?;
        worked_on(space, "a").await?;
        encodings::change(cluster, namespace, "a", json!({"suspend": true})).await?;
        let suspended =
            encodings::told_for(cluster, namespace, "a", "Suspended", super::cancelling::LIMIT).await?;
        ensure!(
            phase(&suspended) == Some(Phase::Queued) && job_name(&suspended).is_none(),
            "{:?}",
            suspended.status
        );
        let done = many::until(space, "finished", wait::LATE, |all| Ok(many::finished(all) == 2)).await?;
        undisturbed(&done, &["b", "c"], &job)?;
        ensure!(phase(&done["a"]) == Some(Phase::Queued), "{:?}", done["a"].status);
        goes_on(space, &job, &pod).await?;
        encodings::change(cluster, namespace, "a", json!({"suspend": false})).await?;
        let done = encodings::ready(cluster, namespace, "a", wait::LATE).await?;
        ensure!(
            attempt(&done) == (1, 0),
            "suspending cost an attempt: {:?}",
            done.status
        );
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn running_out_of_memory_costs_the_document_that_was_worked_on_and_none_of_the_others() {
    beside_others(Kind::Tenants, "memory", async |space| {
        let key = many::stored(space, &pdf::prose(1)).await?;
        let waiting = |name: &str| {
            let mut resource = many::resource(name, &key);
            resource.spec.resources = Some(encodings::more_than_any_node());
            resource
        };
        let job = many::in_one_job(space, ["a", "b", "c"].map(waiting).into()).await?;
        let before = many::until(space, "there", wait::SOON, |all| Ok(all.len() == 3)).await?;
        let of_b = before["b"].status.as_ref().context("a status")?;
        let worked_on = json!({"uid": before["b"].uid(), "attempt": of_b.attempt, "tries": of_b.tries});
        // How much memory an encoder needs is its own affair, so the test says in the kubelet's place what a kubelet says.
        let killed = json!({"status": {
            "phase": "Failed",
            "containerStatuses": [{
                "name": crds::job::CONTAINER, "image": "", "imageID": "", "ready": false, "restartCount": 0,
                "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "message": worked_on.to_string()}},
            }],
        }});
        let pods: Api<Pod> = space.objects();
        let of_job = format!("{}={job}", labels::JOB_NAME);
        let pod = wait::first(&pods, &of_job, "there", wait::SOON, |_| true).await?;
        let parameters = PatchParams::default();
        pods.patch_status(&pod.name_any(), &parameters, &Patch::Strategic(killed)).await?;

        let (encodings, expected) = (space.encodings(), "between two attempts");
        let failed = wait::until(&encodings, "b", expected, wait::SOON, |each| {
            each.status.as_ref().is_some_and(|status| status.retry_time.is_some())
        })
        .await?;
        let failure = failed.status.and_then(|status| status.failure).context("a failure")?;
        ensure!(failure.reason == Reason::OutOfMemory, "{failure:?}");
        let after = many::until(space, "begun anew", wait::SOON, |all| {
            let is_in = |name: &str, number| encodings::is_at_work(&all[name]) && attempt(&all[name]).0 == number;
            let has_another = |name: &str| job_name(&all[name]).is_some_and(|other| other != job);
            Ok(all.len() == 3 && is_in("a", 1) && is_in("b", 2) && is_in("c", 1) && ["a", "b", "c"].iter().all(|name| has_another(name)))
        })
        .await?;
        let memory = |document: &DocumentEncoding| document.status.as_ref()?.memory.as_ref().and_then(crds::resources::bytes);
        ensure!(memory(&after["b"]) == memory(&before["b"]).map(|bytes| 2 * bytes), "{:?}", after["b"].status);
        for name in ["a", "c"] {
            ensure!(memory(&after[name]) == memory(&before[name]), "{name}: {:?}", after[name].status);
            ensure!(attempt(&after[name]) == (1, 0), "it cost {name} something: {:?}", after[name].status);
        }
        ensure!(job_name(&after["b"]) != job_name(&after["a"]), "the one with more memory is not alone");
        Ok(())
    })
    .await;
}

#[tokio::test]
async fn a_job_that_waits_for_a_node_is_nothing_to_other_documents() {
    beside_others(Kind::Tenants, "no-room", async |space| {
        let (cluster, namespace) = (&space.cluster, space.namespace.as_str());
        let key = many::stored(space, &pdf::prose(2)).await?;
        let mut waits = many::resource("waits", &key);
        waits.spec.resources = Some(encodings::more_than_any_node());
        many::create(space, [waits]).await?;
        let waits = encodings::told_for(cluster, namespace, "waits", "Unschedulable", wait::SOON).await?;
        ensure!(
            told(&waits).1.contains("nodes are available"),
            "{:?}",
            told(&waits)
        );
        let (_, job) = encodings::given_a_job(cluster, namespace, "waits").await?;
        many::create(space, [many::resource("has-room", &key)]).await?;
        let done = encodings::ready(cluster, namespace, "has-room", wait::SOON).await?;
        ensure!(attempt(&done) == (1, 0), "{:?}", done.status);
        let (after, same) = encodings::given_a_job(cluster, namespace, "waits").await?;
        ensure!(
            same.uid() == job.uid()
                && same.metadata.deletion_timestamp.is_none()
                && attempt(&after) == (1, 0),
            "the Job that waited is another one: {same:?}"
        );
        Ok(())
    })
    .await;
}
