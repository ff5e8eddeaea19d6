#!/usr/bin/env python3
"""Has `api cleanup` find what is to go among 10,000 rows and objects of which that is known, and judges that exactly the right ones go.

Documents of two tenants are ready, expired, failed, in progress, being uploaded or unknown to everybody; their objects are made as old as they are to be,
in the store's own times. The command runs in Jobs that are made from the release's CronJob. With --dry-run it must say what is known, and touch nothing.
Then it is killed in the middle several times, and goes on; at last rows and objects are compared one by one. What belongs to nothing in the rest of the
installation goes, too, as it would at night.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import cleanup_jobs
import cleanup_rows
import command_line
import store
from cleanup_judge import There, deleted_once, left, lost, unlike
from cleanup_plan import Counts, Limits, Maker, Plan, item_count, plan
from cleanup_rows import Rows
from cleanup_store import TRIAL_BUCKETS, Past
from cluster import Cluster
from command_line import carry_out, say
from rows import accounts, sql

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Days for which the second tenant keeps its documents.
RETENTION_DAYS = 60
#: How far a run is told by so many of the objects that are to go.
SAMPLE = 40
#: The sweeper has removed what deleted documents leave within so long.
SWEPT_SECONDS = 240.0
#: What is told of a thing that is not there.
MISSING = "none"


@dataclass(frozen=True)
class Seen:
    """What there is, and whether it was written anew."""

    rows: Rows
    #: Size and time of each object, by its key.
    objects: dict[str, tuple[int, int]]
    removals: int


@dataclass
class Bench:
    """What is known, and where it is."""

    cluster: Cluster
    past: Past
    plan: Plan
    tenants: list[str]

    def there(self) -> There:
        """What there is now."""
        rows = Rows.of(self.cluster, self.tenants)
        return There(frozenset(rows.documents), rows.uploads, frozenset(rows.deliveries), self.keys(), rows.deletions)

    def keys(self) -> frozenset[str]:
        """What the store lists of the tenants."""
        return frozenset(key for tenant in self.tenants for key in self.past.store.keys(f"tenants/{tenant}/"))

    def seen(self) -> Seen:
        """All that may not change while nothing is to be touched."""
        files = {key: seen for tenant in self.tenants for key, seen in self.past.files(f"tenants/{tenant}").items()}
        return Seen(Rows.of(self.cluster, self.tenants), files, cleanup_rows.count(self.cluster, self.tenants, "removals"))

    def remove(self) -> None:
        """What was put into the store goes, and uploads that are begun, as tenants go without them."""
        for tenant in self.tenants:
            self.past.remove(f"tenants/{tenant}")
            sql(self.cluster, f"DELETE FROM uploads WHERE tenant_id = '{tenant}';")


def measure(cluster: Cluster, given: argparse.Namespace) -> list[str]:
    """Prints what was measured; answers the bars that were missed."""
    cluster.require_platform()
    past = Past.of(cluster, store.installed(cluster, given.store), given.buckets)
    with accounts(cluster, "cleanup", 2) as [for_ever, limited]:
        cluster.admin("set-quota", "--tenant", limited.tenant, "--quota", "retention-days", "--limit", str(RETENTION_DAYS))
        limits = Limits.of(cleanup_jobs.arguments_of(cluster), RETENTION_DAYS)
        maker = Maker(for_ever.tenant, limited.tenant, limits, random.Random(given.seed))
        bench = Bench(cluster, past, plan(maker, given.items), [for_ever.tenant, limited.tenant])
        try:
            before = cleanup_jobs.counted(cluster, is_dry=True)
            fill(bench, for_ever.tenant)
            return [*dry_run(bench, before), *killed(bench, given.kills), *to_the_end(bench)]
        finally:
            bench.remove()


def fill(bench: Bench, tenant: str) -> None:
    """Makes all rows and objects."""
    began = time.monotonic()
    bench.past.write(bench.plan.objects)
    for each in bench.tenants:
        bench.past.give(f"tenants/{each}")
    cleanup_rows.fill(bench.cluster, bench.plan, tenant)
    documents = sum(each.row is not None for each in bench.plan.documents)
    print(f"{bench.plan.items:,} rows and objects: {documents:,} documents, {len(bench.plan.objects):,} objects, {len(bench.plan.deliveries):,} deliveries")
    going = f"{len(bench.plan.rows(goes=True)):,} documents, {len(bench.plan.keys(goes=True)):,} objects"
    print(f"to go: {going}; the command is to say {bench.plan.counts}", flush=True)
    for case in sorted({each.case for each in bench.plan.documents}):
        items = [item_count(each) for each in bench.plan.documents if each.case == case]
        say(f"{case}: {len(items)}, {sum(items):,} rows and objects")
    say(f"made within {time.monotonic() - began:.1f} s")


def touched(before: Seen, after: Seen) -> list[str]:
    """What is another than it was, with some of it."""
    kinds: dict[str, tuple[Mapping[str, object], Mapping[str, object]]] = {
        "documents": (before.rows.documents, after.rows.documents),
        "deliveries": (before.rows.deliveries, after.rows.deliveries),
        "uploads": (dict.fromkeys(before.rows.uploads), dict.fromkeys(after.rows.uploads)),
        "objects": (before.objects, after.objects),
        "entries of the audit log": (dict.fromkeys(before.rows.deletions), dict.fromkeys(after.rows.deletions)),
        "removals": ({"": before.removals}, {"": after.removals}),
    }
    missed: list[str] = []
    for kind, (was, is_now) in kinds.items():
        others = sorted(key for key in was.keys() | is_now.keys() if was.get(key, MISSING) != is_now.get(key, MISSING))
        some = "; ".join(f"{key}: {was.get(key, MISSING)} → {is_now.get(key, MISSING)}" for key in others[:3])
        if others:
            missed.append(f"--dry-run has touched {len(others)} {kind}: {some}")
    return missed


def dry_run(bench: Bench, before: Counts) -> list[str]:
    """Only says what it would do; beside what there was already."""
    seen, began = bench.seen(), time.monotonic()
    found = cleanup_jobs.counted(bench.cluster, is_dry=True) - before
    print(f"--dry-run: {found}; {time.monotonic() - began:.1f} s with its Pod", flush=True)
    missed = unlike("--dry-run", found, bench.plan.counts)
    missed += touched(seen, bench.seen())
    return missed


def killed(bench: Bench, kills: int) -> list[str]:
    """Kills it in the middle: first of its documents, then of its objects."""
    going, orphans = bench.plan.rows(goes=True), bench.plan.orphans()
    sample = orphans[:: max(len(orphans) // SAMPLE, 1)]
    of_documents = kills - kills // 2
    missed, times = list[str](), 0
    for number in range(kills):
        is_of_documents = number < of_documents
        what = "documents" if is_of_documents else "objects"
        share = (number + 1) / (of_documents + 1) if is_of_documents else (number + 1 - of_documents) / (kills - of_documents + 1)
        with ThreadPoolExecutor(1) as pool:
            few = len(bench.plan.rows(goes=False)) + round(len(going) * (1 - share))
            fewer = pool.submit(cleanup_rows.wait_until_fewer, bench.cluster, bench.tenants, few)

            def are_gone(share: float = share) -> bool:
                return sum(bench.past.store.read(key) is None for key in sample) >= share * len(sample)

            with cleanup_jobs.job(bench.cluster) as made:
                is_killed = made.kill_once(fewer.done if is_of_documents else are_gone)
        there = bench.there()
        still = f"{len(there.documents & going):,} documents and {len(there.keys & set(orphans)):,} objects are still to go"
        say(f"{'killed' if is_killed else 'not killed'} at {share:.0%} of the {what}; {still}")
        missed += [f"when it was killed at {share:.0%} of the {what}: {fault}" for fault in lost(bench.plan, there)]
        times += is_killed
    print(f"killed in the middle {times} times of {kills}", flush=True)
    if times < kills:
        missed.append(f"it was killed {times} times and not {kills}, as it was done before: ask for more --items")
    return missed


def to_the_end(bench: Bench) -> list[str]:
    """Goes on to the end; what is there then."""
    cluster = bench.cluster
    announced, began = cleanup_jobs.counted(cluster, is_dry=True), time.monotonic()
    done = cleanup_jobs.counted(cluster)
    seconds, began = time.monotonic() - began, time.monotonic()
    print(f"the rest: {done}; {seconds:.1f} s with its Pod", flush=True)
    missed = unlike("--dry-run before the last run", announced, done)
    # What is kept for other documents that reuse it stays, and is known as that.
    to_be_done = "finished_at IS NULL AND (NOT is_result_kept OR rest_due_at IS NOT NULL)"
    while cleanup_rows.count(cluster, bench.tenants, "removals", to_be_done) and time.monotonic() - began < SWEPT_SECONDS:
        time.sleep(0.5)
    swept, there = time.monotonic() - began, bench.there()
    missed += [*lost(bench.plan, there), *left(bench.plan, there), *deleted_once(bench.plan, there)]
    missed += unlike("what is run once more", cleanup_jobs.counted(cluster), Counts())
    missed += lost(bench.plan, bench.there())
    print(f"swept {swept:.1f} s after it; {len(there.documents):,} documents and {len(there.keys):,} objects stay; {len(missed)} faults", flush=True)
    return missed


def main() -> int:
    """Runs it; 1 where a bar was missed and `--check` was given."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--items", type=int, default=10_000, help="rows and objects, or a few more (default: %(default)s)")
    parser.add_argument("--kills", type=int, default=4, help="how often it is killed in the middle (default: %(default)s)")
    parser.add_argument("--seed", default=str(random.randrange(2**32)), help="of the ids that are drawn")
    parser.add_argument("--store", type=Path, metavar="FOLDER", help=f"where the store is a volume: its root (default: {store.TRIAL_STORE})")
    parser.add_argument("--buckets", type=Path, metavar="FOLDER", default=TRIAL_BUCKETS, help="where an S3 server keeps its files (default: %(default)s)")
    given = parser.parse_args()
    if given.items < 1_000 or given.kills < 0:
        parser.error("there must be a thousand rows and objects or more")
    return carry_out("cleanup", lambda cluster: measure(cluster, given), given.check)


if __name__ == "__main__":
    sys.exit(main())
