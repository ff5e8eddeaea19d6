#!/usr/bin/env python3
"""Deletes thousands of documents by bulk actions while the API is killed again and again, and judges whether each document had its turn once.

The documents are uploaded and encoded, so that deleting them is all the work that it is. A first action is to delete all whose names match; all replicas
of the API are killed several times in the middle of it, and at half it is aborted. What it did must be what it counts, and what it did not do untouched.
A second one deletes the rest, and replicas are killed again. Rows, the audit log, changes, resources and the objects of the store are compared with what
a client was told. Counts, times and documents a second are printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import bulk_judge
import bulk_load
import command_line
import oracle
import outage_run
import remains
import store
from bulk_judge import Course, Progress
from cluster import Cluster, ClusterFailure
from command_line import carry_out, say
from product_api import Account, Api
from rows import accounts

#: What the names of documents begin with: those that the actions are about, and the others.
DOOMED, KEPT = "doomed-", "kept-"
#: The sweeper has removed what deleted documents leave within so long.
SWEPT_SECONDS = 300.0
#: An answer about an action is waited for for so long, and then asked for again.
ANSWER_SECONDS = 5.0
#: Documents are encoded within so long, each.
READY_SECONDS = 0.25


def measure(cluster: Cluster, given: argparse.Namespace) -> list[str]:
    """Prints what was measured; answers the bars that were missed."""
    cluster.require_platform()
    objects = store.installed(cluster, given.store)
    with accounts(cluster, "bulk", 1) as [account]:
        uploaded = fill(cluster, account, given)
        missed, deleted = list[str](), set[str]()
        for name, aborted_at in (("first, aborted", 0.5), ("second", None)):
            matching = bulk_load.in_order(cluster, account, DOOMED)
            run = act(cluster, account, len(matching), given.kills, aborted_at)
            swept = swept_after(cluster, account)
            course = bulk_load.course(cluster, account, run, matching)
            faults = bulk_judge.wrong(course, "completed" if aborted_at is None else "aborted")
            deleted |= set(course.audited)
            faults += wrong_remains(cluster, objects, account, uploaded, deleted)
            print(line(name, course, swept, len(faults)), flush=True)
            missed += [f"{name} action: {fault}" for fault in faults]
        if left := bulk_load.in_order(cluster, account, DOOMED):
            missed.append(f"{len(left)} documents are left that matched")
    return missed


def fill(cluster: Cluster, account: Account, given: argparse.Namespace) -> dict[str, str]:
    """Gives the tenant its documents; their names by their ids."""
    names = [f"{DOOMED}{number:05}.txt" for number in range(given.documents)]
    # They lie among the others in time, as what is kept in a tenant does.
    every = max(len(names) // max(given.kept, 1), 1)
    for number in range(given.kept):
        names.insert(min(number * (every + 1), len(names)), f"{KEPT}{number:05}.txt")
    began = time.monotonic()
    ids = bulk_load.upload(Api(account), names, given.uploaders, say)
    uploaded = time.monotonic() - began
    bulk_load.wait_until_ready(cluster, account, len(names), 120 + READY_SECONDS * len(names), say)
    seconds = time.monotonic() - began
    print(f"{len(names):,} documents uploaded in {uploaded:.1f} s, {len(names) / uploaded:.1f} a second, and ready after {seconds:.1f} s", flush=True)
    return dict(zip(ids, names, strict=True))


def act(cluster: Cluster, account: Account, count: int, kills: int, aborted_at: float | None) -> bulk_load.Run:
    """An action from its beginning to its end, during which all replicas are killed so often."""
    # A Pod that is gone says nothing more to who is connected to it.
    run = bulk_load.Run(cluster, Api(account, ANSWER_SECONDS, keeps=False), say)
    if run.begin("delete", DOOMED) != count:
        raise ClusterFailure(f"{run.last.matched} documents matched where there are {count}")
    last = count * (aborted_at or 1.0)
    for number in range(kills):
        threshold = last * (number + 1) / (kills + 1)

        def is_reached(progress: Progress, threshold: float = threshold) -> bool:
            return progress.turns >= threshold

        run.follow(is_reached)
        if run.last.state != "running":
            raise ClusterFailure(f"the action has ended before the API was killed {kills} times: ask for more --documents or fewer --kills")
        run.kill()
    if aborted_at is not None:
        run.follow(lambda progress: progress.turns >= last)
        run.abort()
        # Who might be in the middle of a document is not spared, either.
        run.kill()
    run.follow(lambda _: False)
    run.ask("GET", f"{bulk_load.ACTIONS}/{run.action}")
    return run


def swept_after(cluster: Cluster, account: Account) -> float:
    """Waits until nothing is to be removed any more; how long that took."""
    began, query = time.monotonic(), f"SELECT count(*) AS count FROM removals WHERE tenant_id = '{account.tenant}' AND finished_at IS NULL"
    while left := remains.rows_of(cluster, query)[0]["count"]:
        if time.monotonic() - began > SWEPT_SECONDS:
            say(f"{left} removals are not finished after {SWEPT_SECONDS:.0f} s")
            break
        time.sleep(1)
    return time.monotonic() - began


def wrong_remains(cluster: Cluster, objects: store.Store, account: Account, uploaded: dict[str, str], deleted: set[str]) -> list[str]:
    """What is not in the cluster and the store as a client was told: what is not deleted is as it was."""
    told = [remains.Told(name, frozenset({identifier}), is_deleted=identifier in deleted) for identifier, name in uploaded.items()]
    found = remains.wrong(remains.of_tenant(cluster, objects, account.tenant), told)
    encodings = outage_run.resources_of_rows(cluster, [account.tenant])
    return found + oracle.judge(encodings, objects, oracle.Allowed())


def line(name: str, course: Course, swept: float, faults: int) -> str:
    """What is printed of an action."""
    end, still = course.end, bulk_judge.standstills(course)
    seconds = next(each.at for each in course.seen if each.state != "running")
    longest = f"; it went on after {max(still):.1f} s at the latest" if still else ""
    return (
        f"{name}: {end.state}, {end.matched:,} matched, {end.done:,} done, {end.skipped:,} skipped, {end.failed:,} failed in {seconds:.1f} s, "
        f"{end.done / seconds:.1f} a second, {working_rate(course):.1f} while nothing was killed; API killed {len(course.kills)} times{longest}; "
        f"swept {swept:.1f} s after it; {faults} faults"
    )


def working_rate(course: Course) -> float:
    """Documents a second before the API was first killed."""
    first = min(course.kills, default=course.end.at)
    before = [each for each in course.seen if each.at <= first]
    return before[-1].turns / before[-1].at if before and before[-1].at else 0.0


def main() -> int:
    """Runs it; 1 where a bar was missed and `--check` was given."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--documents", type=int, default=5_000, help="that the actions are about (default: %(default)s)")
    parser.add_argument("--kept", type=int, default=100, help="documents of the tenant that do not match (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=3, help="how often the API is killed in the middle of each action (default: %(default)s)")
    parser.add_argument("--uploaders", type=int, default=8, help="who upload at once (default: %(default)s)")
    parser.add_argument("--store", type=Path, metavar="FOLDER", help=f"where the store is a volume: its root (default: {store.TRIAL_STORE})")
    given = parser.parse_args()
    if given.documents < 10 * (given.kills + 1) or given.kills < 0 or given.kept < 0 or given.uploaders < 1:
        parser.error("there must be ten documents for each kill or more, and somebody who uploads them")
    return carry_out("bulk", lambda cluster: measure(cluster, given), given.check)


if __name__ == "__main__":
    sys.exit(main())
