"""Runs the platform through an outage of a service, and judges what its clients saw and what it left."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import oracle
import outages
import remains
from cluster import ENCODINGS, Cluster
from disturbances import pods_of
from documents import Document
from environment import Say
from history import Recorder
from outage_load import Client, Load, phases
from probes import Probe, Probing, Seen, Summary, seen, summary, told
from product_api import Account, Api, ApiFailure

#: For so long the service is away.
AWAY_SECONDS = 60.0
#: What is seen before, and for how long uploads go on afterwards.
BEFORE_SECONDS, AFTERWARDS_SECONDS = 5.0, 30.0
#: From the service's return until uploads and statuses are answered well.
RECOVERED_SECONDS = 30.0
#: What an outage does not concern is answered within so long.
UNHARMED_SECONDS = 2.0
#: An upload is answered within so long, if only that it was not taken: half of it may be spent waiting for room in memory.
REFUSED_SECONDS = 45.0
#: Leases of uploads end after a minute, the sweeper looks every few seconds, and what it fails at it tries again later.
SWEPT_SECONDS = 240.0
#: Postgres is asked by `/readyz` with a time limit, and answers until it is gone.
NOTICED_SECONDS = 5.0
STATUSES, DIRECT, UPLOADS, READINESS = "statuses", "statuses of a Pod", "uploads", "/readyz of a Pod"

#: What only an S3 server can be made to do: a directory that hangs would be its file system, which is the node's.
STORE_HANGS = "store-hangs"


@dataclass(frozen=True)
class OutageScenario:
    """A service, and how it is away."""

    name: str
    take: outages.Taking
    #: `postgres`, `redis` or `store`.
    service: str


SCENARIOS = {
    each.name: each
    for each in (
        OutageScenario("postgres-away", outages.gone("postgres"), "postgres"),
        OutageScenario("postgres-hangs", outages.hanging("postgres"), "postgres"),
        OutageScenario("redis-away", outages.gone("redis"), "redis"),
        OutageScenario("redis-hangs", outages.hanging("redis"), "redis"),
        OutageScenario("store-away", outages.store_gone, "store"),
        OutageScenario(STORE_HANGS, outages.hanging("s3"), "store"),
    )
}


def pod_api(cluster: Cluster, account: Account) -> Api | None:
    """The API in one of its Pods, past its Service; nothing where this machine does not reach Pods."""
    for pod in pods_of(cluster, "api"):
        address = pod["status"].get("podIP")
        if address and outages.ready(pod) and "deletionTimestamp" not in pod["metadata"]:
            api = Api(account, 10.0, f"http://{address}:8080")
            try:
                api.send("GET", "/healthz")
            except ApiFailure:
                continue
            return api
    return None


def probes(cluster: Cluster, watcher: Client, load: Load, document: Document) -> list[Probe]:
    """What clients see: the other tenant's, and past the Service the first one's."""
    # Each request of the Service's has a connection of its own: one that is kept stays with a Pod that is not ready any more.
    ready, service = watcher.upload("ready", document), Api(watcher.account, 10.0, keeps=False)
    if watcher.ended([ready], time.monotonic() + 120):
        raise ApiFailure(f"{ready.name} was not ready within 120 s")
    turn = [0]

    def status(api: Api, document: str) -> Seen:
        return seen(api, lambda answer: answer.status == 200, "GET", f"/api/documents/{document}/status")[0]

    def upload() -> Seen:
        sent = watcher.upload_once(f"one-by-one-{turn[0]}", document)
        turn[0] += bool(sent.ids)
        return sent.tries[-1]

    found = [Probe(STATUSES, lambda: status(service, ready.id), 0.25), Probe(UPLOADS, upload, 1.0)]
    if direct := pod_api(cluster, load.client.account):
        found.append(Probe(DIRECT, lambda: status(direct, load.watched.id), 0.25))
        found.append(Probe(READINESS, lambda: seen(direct, lambda answer: answer.status == 200, "GET", "/readyz")[0], 0.5))
    return found


def run(cluster: Cluster, document: Document, heavy: Document, scenario: OutageScenario, given: argparse.Namespace, say: Say) -> list[str]:
    """One outage; what was wrong."""
    label = f"{scenario.name}-{int(time.time())}"
    client, watcher = (Client(Account.create(cluster, name), label) for name in ("outage", "bystander"))
    try:
        return run_with(cluster, Load(client, document, heavy, given.documents), watcher, scenario, given, say)
    finally:
        for one in (client, watcher):
            one.delete_all()


def run_with(cluster: Cluster, load: Load, watcher: Client, scenario: OutageScenario, given: argparse.Namespace, say: Say) -> list[str]:
    """One outage of a load that a client makes and somebody else watches."""
    client, document = load.client, load.document
    load.prepare()
    restarts = restarts_of(cluster)
    with Recorder(cluster, cluster.names.encodings_namespace) as recorder:
        with Probing(probes(cluster, watcher, load, document)) as probing, ExitStack() as taken:
            threading.Event().wait(BEFORE_SECONDS)
            load.begin()
            outages.wait(
                "that there is a backlog, and it is encoded", 60, lambda: load.is_under_way and phases(cluster, client.account.tenant)["being encoded"] > 0
            )
            load.go_on(AWAY_SECONDS + AFTERWARDS_SECONDS)
            outage = taken.enter_context(scenario.take(cluster, given.store, say))
            say(f"when it begins: {described(phases(cluster, client.account.tenant))}")
            threading.Event().wait(max(outage.began + AWAY_SECONDS - time.monotonic(), 0))
            at_end = phases(cluster, client.account.tenant)
            taken.close()
            say(f"when it ends: {described(at_end)}")
            found = load.finish(outage.returned + given.limit)
            threading.Event().wait(max(outage.returned + AFTERWARDS_SECONDS - time.monotonic(), 0))
        for name in [sent.name for sent in watcher.sent.values() if not sent.ids]:
            watcher.upload(name.removeprefix(f"{watcher.label}-").removesuffix(".pdf"), document)
        ended = seconds_to_end(cluster, (client, watcher), outage, given.limit)
        found += judged_remains(cluster, given, (client, watcher))
        encodings = resources_of_rows(cluster, (client.account.tenant, watcher.account.tenant))
    found += oracle.judge(encodings, given.store, oracle.Allowed(retries=scenario.service == "store", several_pods=scenario.service == "store"))
    uids = {each["metadata"]["uid"] for each in encodings}
    found += [fault for fault in recorder.history.overlaps() if fault.split()[0] in uids]
    found += [f"the record has a gap: {lost}" for lost in recorder.lost]
    found += judged_statuses((client, watcher))
    found += [*client.faults, *watcher.faults]
    if ended is None:
        found.append(f"not all documents had ended {given.limit:.0f} s after the service's return")
    tries = [each for one in (client, watcher) for sent in one.sent.values() for each in sent.tries]
    seen_by = {each.name: summary(each.seen, outage.began, outage.returned) for each in probing.probes}
    found += judged_probes(scenario.service, seen_by, probing.probes, outage)
    found += judged_refusals([each for each in tries if outage.began <= each.ended < outage.returned + RECOVERED_SECONDS])
    found += [f"{name} was restarted" for name in restarted(restarts, restarts_of(cluster), scenario.service)]
    # Documents come until a while after it.
    last = max((each.ended for each in tries if each.is_good), default=outage.returned) - outage.returned
    after = "never" if ended is None else f"{ended:.1f} s after the return, {ended - last:.1f} s after the last upload"
    print(
        f"{scenario.name:16} away for {outage.given_back - outage.began:.1f} s, {sum(len(each.sent) for each in (client, watcher))} documents, "
        f"{len(client.tries)} requests to cancel or delete; all ended {after}; {len(found)} faults",
        flush=True,
    )
    for name, all_seen in (("all uploads", tries), ("cancellations and deletions", client.tries)):
        seen_by[name] = summary(all_seen, outage.began, outage.returned)
    for name, each in seen_by.items():
        print(told(name, each), flush=True)
    return found


def described(counted: dict[str, int]) -> str:
    """Phases, in words."""
    return ", ".join(f"{count} {phase}" for phase, count in counted.items())


def seconds_to_end(cluster: Cluster, clients: Iterable[Client], outage: outages.Outage, limit: float) -> float | None:
    """Waits until all documents have ended; how long after the service's return that was."""
    while time.monotonic() < outage.returned + limit:
        if not any(remains.Remains(remains.documents_of(cluster, each.account.tenant)).unended for each in clients):
            return time.monotonic() - outage.returned
        threading.Event().wait(1)
    return None


def judged_remains(cluster: Cluster, given: argparse.Namespace, clients: Iterable[Client]) -> list[str]:
    """What is wrong with what is there, once the sweeper has had its time."""
    until = time.monotonic() + SWEPT_SECONDS
    while True:
        there = [(each, remains.of_tenant(cluster, given.store, each.account.tenant)) for each in clients]
        if time.monotonic() > until or not any(remains.unsettled(each) for _, each in there):
            return [fault for one, each in there for fault in remains.wrong(each, [sent.told() for sent in one.sent.values()])]
        threading.Event().wait(2)


def resources_of_rows(cluster: Cluster, tenants: Iterable[str]) -> list[dict[str, Any]]:
    """The newest resources of the tenants' documents that are ready."""
    rows = [row for tenant in tenants for row in remains.documents_of(cluster, tenant) if row.state == remains.READY]
    names = {f"doc-{row.id}-{row.number}" for row in rows}
    items = cluster.json("GET", f"{ENCODINGS}/namespaces/{cluster.names.encodings_namespace}/documentencodings")["items"]
    return [each for each in items if each["metadata"]["name"] in names]


def judged_statuses(clients: Iterable[Client]) -> list[str]:
    """What the API says in the end: each document has ended, and what was deleted is not there."""
    found = []
    for each in clients:
        for sent in each.sent.values():
            for identifier in sent.ids:
                expected, tries = 404 if sent.is_deleted else 200, list[Seen]()
                # A connection may still be refused, or lost.
                answer = each.repeated(tries, f"the status of {sent.name}", lambda _: True, "GET", f"/api/documents/{identifier}/status")
                if answer is not None and answer.status != expected:
                    found.append(f"the status of {sent.name} ({identifier}) is answered {tries[-1].outcome} in the end")
    return found


def judged_probes(service: str, seen_by: dict[str, Summary], all_probes: Iterable[Probe], outage: outages.Outage) -> list[str]:
    """What is wrong with what clients saw."""
    found = []
    for name, each in seen_by.items():
        if each.recovered is None or each.recovered > RECOVERED_SECONDS:
            when = "never" if each.recovered is None else f"{each.recovered:.1f} s"
            found.append(f"{name}: well again {when} after the service's return")
        # Uploads need all but Redis. What is in memory is answered whatever is away.
        unharmed = service == "redis" or name in (STATUSES, DIRECT) or (name == READINESS and service == "store")
        if unharmed and each.bad_during:
            found.append(f"{name}: {each.bad_during} of {each.during.total()} requests failed during the outage")
        if unharmed and name != UPLOADS and each.slowest_during > UNHARMED_SECONDS:
            found.append(f"{name}: one took {each.slowest_during:.1f} s during the outage")
    for probe in all_probes:
        late = [each for each in probe.seen if outage.began + NOTICED_SECONDS <= each.began and each.ended < outage.given_back]
        if probe.name == READINESS and service == "postgres" and any('"database":false' not in each.outcome for each in late):
            found.append(f"{READINESS} does not say that the database is away")
    return found


def judged_refusals(tries: Iterable[Seen]) -> list[str]:
    """What is wrong with answers to uploads that were not taken: each says when to come again, and comes soon."""
    refused = [each for each in tries if not each.is_good]
    silent = [each.outcome for each in refused if not each.says_when]
    found = [f"{silent.count(outcome)} uploads were answered {outcome}, which does not say when to come again" for outcome in sorted(set(silent))]
    if slow := [each.seconds for each in refused if each.seconds > REFUSED_SECONDS]:
        found.append(f"{len(slow)} uploads were refused after more than {REFUSED_SECONDS:.0f} s, the slowest after {max(slow):.1f} s")
    return found


def restarts_of(cluster: Cluster) -> dict[str, int]:
    """How often each container of the platform's Pods was started anew."""
    pods = cluster.json("GET", f"/api/v1/namespaces/{cluster.names.release_namespace}/pods")["items"]
    return {
        f"{pod['metadata']['name']}/{each['name']}": each["restartCount"] for pod in pods for each in pod["status"].get("containerStatuses") or []
    }


def restarted(before: dict[str, int], after: dict[str, int], service: str) -> list[str]:
    """Containers that were started anew, other than the service's own."""
    own = "s3" if service == "store" else service
    return [name for name, count in after.items() if count > before.get(name, 0) and not name.endswith(f"/{own}")]
