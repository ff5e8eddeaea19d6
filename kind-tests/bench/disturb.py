#!/usr/bin/env python3
"""Disturbs the platform while it works, and proves that nothing was lost, done twice, or counted wrongly.

For each disturbance some documents are uploaded while it goes on. Afterwards every one must be Ready in its first attempt, with one
manifest and files as it says (oracle.py), and none may have been given to another Pod while a former one could still work (history.py).
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cancel
import disturbances
import documents
import environment
import oracle
import outage_run
import resources
import store
import tenants
import uploads
from cluster import ENCODINGS, Cluster, ClusterFailure
from environment import Say
from history import Recorder
from product_api import Account, Api, ApiFailure

#: Half of the documents come at once, the others over so many seconds: so the disturbance has time to be one.
SPREAD_SECONDS = 25.0


@dataclass(frozen=True)
class Scenario:
    """A disturbance, and what it may cost."""

    name: str
    disturb: Callable[[Cluster, Say], AbstractContextManager[disturbances.Count]]
    #: Disruptions may be counted, and a Pod that was killed may have left files.
    kills_pods: bool = False
    #: How often it is done, each time with as many documents.
    rounds: int = 1


SCENARIOS = {
    each.name: each
    for each in (
        Scenario("nothing", disturbances.nothing),
        Scenario("operator-killed", disturbances.operator_killed),
        Scenario("leader-frozen", disturbances.leader_frozen, rounds=10),
        Scenario("pods-killed", disturbances.pods_killed, kills_pods=True),
        Scenario("answers-dropped", disturbances.answers_dropped),
    )
}


#: 1,000 documents of three tenants: a disturbance of each other.
TENANTS = "tenants"
#: Documents that are cancelled, in each phase of their lives.
CANCELLING = "cancelling"


ALL = [*SCENARIOS, *outage_run.SCENARIOS, TENANTS, CANCELLING]
#: Pages of documents that keep an encoder at work for a while.
HEAVY_PAGES = 2760


class Paced(uploads.Pace):
    """Half at once, then one after the other."""

    def __init__(self, count: int) -> None:
        self.count, self.began = count, time.monotonic()

    def wait(self, number: int) -> None:
        """Until it is this one's turn."""
        half = self.count // 2
        if number >= half:
            due = self.began + SPREAD_SECONDS * (number - half) / max(self.count - half, 1)
            threading.Event().wait(max(due - time.monotonic(), 0))


def run(cluster: Cluster, api: Api, document: documents.Document, scenario: Scenario, given: argparse.Namespace, number: int) -> list[str]:
    """One round of a scenario; what was wrong."""
    namespace = cluster.names.encodings_namespace
    label = f"{scenario.name}-{number}-{int(time.time())}"
    with Recorder(cluster, namespace) as recorder:
        with scenario.disturb(cluster, say) as count:
            outcome = uploads.backlog(
                api, document, given.documents, 4, label, given.limit, say, Paced(given.documents)
            )
        encodings = resources_of(cluster, outcome)
    found = list(outcome.failures)
    uids = {each["metadata"]["uid"] for each in encodings}
    found += judged(encodings, given, oracle.Allowed(several_pods=scenario.kills_pods), given.documents)
    disrupted = [each["metadata"]["name"] for each in encodings if (each.get("status") or {}).get("disruptions")]
    if disrupted and not scenario.kills_pods:
        found.append(f"disruptions were counted although no Pod was touched: {', '.join(disrupted[:5])}")
    found += [fault for fault in recorder.history.overlaps() if fault.split()[0] in uids]
    given_on = sum(len(given) > 1 for uid, given in recorder.history.given.items() if uid in uids)
    found += [f"the record has a gap: {lost}" for lost in recorder.lost]
    if not count.times:
        found.append("the disturbance never took place")
    pods = {life.job for life in recorder.history.pods.values()}
    print(
        f"{scenario.name:16} round {number:2}: {given.documents} documents in {outcome.seconds:5.1f} s, disturbed {count.times} times, "
        f"{len(pods)} Jobs, {given_on} given on, {len(disrupted)} disrupted, {len(found)} faults",
        flush=True,
    )
    tell(found)
    for each in outcome.began:
        api.delete(each)
    return found


def resources_of(cluster: Cluster, *outcomes: uploads.Outcome) -> list[dict[str, Any]]:
    """The resources of uploaded documents."""
    names = {f"doc-{each}-1" for outcome in outcomes for each in outcome.began}
    path = f"{ENCODINGS}/namespaces/{cluster.names.encodings_namespace}/documentencodings"
    return [each for each in cluster.json("GET", path)["items"] if each["metadata"]["name"] in names]


def judged(encodings: list[dict[str, Any]], given: argparse.Namespace, allowed: oracle.Allowed, expected: int) -> list[str]:
    """What is wrong with the results."""
    found = oracle.judge(encodings, given.store, allowed)
    if len(encodings) != expected:
        found.append(f"there are {len(encodings)} resources where {expected} were expected")
    return found


def run_tenants(cluster: Cluster, python: environment.PythonEnvironment, given: argparse.Namespace) -> list[str]:
    """Documents of 2 to 20 pages of three tenants; what was wrong."""
    mixture = documents.Mixture([documents.of_pages(python, pages, None) for pages in (2, 5, 10, 15, 20)])
    outcomes, found = tenants.at_once(cluster, mixture, given.limit, say)
    expected = sum(tenants.COUNTS) + 2 * tenants.COUNTS[-1]
    found += judged(resources_of(cluster, *outcomes), given, oracle.Allowed(), expected)
    tell(found)
    return found


def run_cancelling(cluster: Cluster, document: documents.Document) -> list[str]:
    """Documents cancelled in each phase; what was wrong."""
    account = Account.create(cluster, "cancel")
    api = Api(account)
    uploaded = [api.upload(f"cancel-{number}.pdf", document.copy(str(number))) for number in range(20)]
    try:
        found = cancel.in_each_phase(cluster, account, document, resources.source_keys(cluster, uploaded), say)
    finally:
        for each in uploaded:
            api.delete(each)
    tell(found)
    return found


def run_outage(
    cluster: Cluster, python: environment.PythonEnvironment, document: documents.Document, name: str, given: argparse.Namespace
) -> list[str]:
    """A service is away for a minute; what was wrong."""
    if name == outage_run.STORE_HANGS and isinstance(given.store, store.Folder):
        print(f"{name:16} left out: a directory cannot be made to hang; install the platform on S3 (make install STORE=s3)", flush=True)
        return []
    heavy = documents.of_pages(python, HEAVY_PAGES, None)
    found = outage_run.run(cluster, document, heavy, outage_run.SCENARIOS[name], given, say)
    tell(found)
    return found


def tell(faults: list[str]) -> None:
    """Prints what is wrong."""
    for fault in faults:
        print(f"  {fault}", flush=True)


def say(text: str) -> None:
    """A line of progress."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)} (default: all)")
    parser.add_argument("--documents", type=int, default=200, metavar="N", help="in each round (default: %(default)s)")
    parser.add_argument("--rounds", type=int, metavar="N", help="instead of a scenario's own number")
    parser.add_argument("--pages", type=int, choices=(10, 46), default=46, help="of a document (default: %(default)s)")
    parser.add_argument("--limit", type=float, default=300, metavar="N", help="seconds for a round (default: %(default)s)")
    parser.add_argument(
        "--store", type=Path, metavar="FOLDER", help=f"where the store is a volume: its root (default: {store.TRIAL_STORE})"
    )
    given = parser.parse_args()
    if unknown := set(given.scenarios) - set(ALL):
        parser.error(f"there is no scenario named {', '.join(sorted(unknown))}")
    # Told to end it ends in order, too: what was taken away is given back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        cluster = Cluster()
        cluster.require_platform()
        given.store = store.installed(cluster, given.store)
        python = environment.prepare(say)
        document = documents.of_pages(python, given.pages, None)
        api = Api(Account.create(cluster, "disturb"))
        faults = 0
        for name in given.scenarios or ALL:
            if name == TENANTS:
                faults += len(run_tenants(cluster, python, given))
                continue
            if name == CANCELLING:
                faults += len(run_cancelling(cluster, document))
                continue
            if name in outage_run.SCENARIOS:
                faults += len(run_outage(cluster, python, document, name, given))
                continue
            scenario = SCENARIOS[name]
            for number in range(1, (given.rounds or scenario.rounds) + 1):
                faults += len(run(cluster, api, document, scenario, given, number))
    except (ClusterFailure, ApiFailure, OSError, environment.EnvironmentFailure, documents.DocumentFailure) as error:
        say(f"unable to go on: {error}")
        return 3
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
