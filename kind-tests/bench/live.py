#!/usr/bin/env python3
"""Has many clients listen to changes by Server-Sent Events and WebSocket, and judges what each was told, and when.

Documents of some tenants change many times a second; they are rows alone, changed by SQL. Each client must be told every change of its own
tenant once and in order, and none of another's. What it must have been told is read from Postgres afterwards. Meanwhile some clients are cut
off and go on with the last number they have, and from half-time on some take nothing: the server must drop these, and nobody may wait for them.
Times are compared with those of Postgres, so its clock must be this machine's.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import command_line
import live_load
import memory
from cluster import Cluster, ClusterFailure
from command_line import carry_out, say
from figures import percentile
from live_clients import Client, be_idle, connect_all
from live_connections import Address, Connection, EventConnection, WebSocketConnection
from live_judge import Change, Group, after, latencies
from product_api import Account
from rows import accounts, rows
from usage import own_cpu

KINDS = (EventConnection, WebSocketConnection)
#: The bars: seconds of the slowest hundredth, megabytes more of the API, seconds until a client that takes nothing is dropped.
P99_SECONDS, MEGABYTES, DROPPED_SECONDS = 1.0, 128, 60.0
#: Of the changes that were to be made a second, at least this share must have been: else it was not this load.
LEAST_RATE = 0.9
#: What was committed last must have come within so long.
LAST_SECONDS = 15.0
#: Who is cut off stays away for so long at most, in seconds.
AWAY_SECONDS = 2.0
HEADINGS = ("clients", "told", "missing", "twice", "disorder", "foreign", "p50 ms", "p99 ms", "longest")
#: File descriptors of this program beyond its clients'.
OTHER_FILES = 256


@dataclass
class Seen:
    """What came of a load."""

    clients: list[Client]
    made: dict[str, list[Change]] = field(default_factory=dict)
    #: From when on some clients took nothing, in seconds since 1970; whose tenant's they were, and why each was not dropped, or nothing.
    half_time: float = 0.0
    idle_tenant: str = ""
    idle: list[str] = field(default_factory=list)
    #: How late this program was at most, and the seconds of the processors that it used.
    late: float = 0.0
    cpu: float = 0.0

    def expected(self, client: Client) -> list[Change]:
        """What a client was to be told."""
        return list(after(self.made[client.tenant], client.began or 0))


def allow_files(count: int) -> None:
    """Lets this process have so many files and connections open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard if hard == resource.RLIM_INFINITY else max(hard, count)))
        except (ValueError, OSError) as error:
            raise ClusterFailure(f"this process may not open {count} files: raise the limit (ulimit -Hn), or ask for fewer --clients") from error


async def listen(cluster: Cluster, given: argparse.Namespace, tenants: list[Account], changes: live_load.Changes) -> Seen:
    """Connects everybody, makes the changes, and waits for what is to come of them."""
    address, chance = Address.installed(), random.Random()
    clients = [Client(tenants[number % len(tenants)], kind) for kind in KINDS for number in range(given.clients)]
    seen = Seen(clients, idle_tenant=tenants[0].tenant)
    await connect_all(clients, address)
    say(f"{len(clients):,} streams have begun")
    # Looking for what may be forgotten would hold up everything in its middle.
    gc.collect()
    gc.freeze()
    gc.disable()
    used, seen.half_time = own_cpu(), time.time() + given.seconds / 2
    cut_off = [
        asyncio.create_task(client.be_cut_off(address, chance.uniform(0.05, 0.9) * given.seconds, chance.uniform(0, AWAY_SECONDS)))
        for client in chance.sample(clients, min(given.cut_off, len(clients)))
    ]
    # A little later each, so that what is sent to them until they are full is not sent at once.
    idle = [
        asyncio.create_task(be_idle(Client(tenants[0], KINDS[number % len(KINDS)]), address, given.seconds / 2 + number * 0.2, DROPPED_SECONDS))
        for number in range(given.idle)
    ]
    seen.late = await live_load.make(cluster, changes, given.rate, given.seconds)
    await asyncio.gather(*cut_off)
    since: dict[str, int] = {}
    for client in clients:
        since[client.tenant] = min(client.began or 0, since.get(client.tenant, client.began or 0))
    seen.made = await asyncio.to_thread(live_load.made, cluster, since)
    await everything_came(seen)
    seen.cpu = own_cpu() - used
    gc.enable()
    say(f"{sum(map(len, seen.made.values())):,} changes were made; waiting until those who take nothing are dropped")
    seen.idle = await asyncio.gather(*idle)
    for client in clients:
        client.close()
    return seen


async def everything_came(seen: Seen) -> None:
    """Waits until each client has the last change of its tenant, but not for ever."""
    last = {tenant: changes[-1].number if changes else 0 for tenant, changes in seen.made.items()}
    deadline = time.monotonic() + LAST_SECONDS
    while time.monotonic() < deadline and any((client.last or 0) < last[client.tenant] for client in seen.clients):
        await asyncio.sleep(0.2)


def measure(cluster: Cluster, given: argparse.Namespace) -> list[str]:
    """Prints what was measured; answers the bars that were missed."""
    allow_files(len(KINDS) * given.clients + given.idle + OTHER_FILES)
    half = max(given.documents // 2, 1)
    with accounts(cluster, "live", given.tenants) as tenants:
        ended = {account.tenant: rows(cluster, account, half) for account in tenants}
        running = {account.tenant: rows(cluster, account, half, is_running=True) for account in tenants}
        live_load.change_often(cluster, tenants[0].tenant, given.backlog if given.idle else 0, 2 * half)
        say(f"{given.tenants} tenants, {2 * half} documents each")
        changes = live_load.Changes(cluster.names.encodings_namespace, running, ended, random.Random())
        pids = memory.processes_of_the_api(cluster)
        memory.count_anew(pids)
        before = memory.peaks(pids)
        seen = asyncio.run(listen(cluster, given, tenants, changes))
        missed = judged(seen, given)
        if not pids:
            return [*missed, "the API's memory was not measured: its node is not this machine"]
        if set(memory.processes_of_the_api(cluster)) != set(pids):
            return [*missed, "the API's memory was not measured: a process of it ended"]
        peaks = memory.peaks(pids)
    more = max(peaks[pid] - before[pid] for pid in pids)
    print(f"the API held {max(before.values()):.0f} MB before the clients, {max(peaks.values()):.0f} MB at most, {more:.0f} MB more")
    if more >= MEGABYTES:
        missed.append(f"the API held {more:.0f} MB more with the clients, not under {MEGABYTES}")
    return missed


def judged(seen: Seen, given: argparse.Namespace) -> list[str]:
    """Prints who was told what, and when; answers the bars that were missed."""
    by_kind: dict[type[Connection], Group] = {kind: Group(kind.name) for kind in KINDS}
    resumed, before = Group("of these, cut off and resumed"), Group("before some take nothing")
    while_some, beside = Group("while some take nothing"), Group("… of the same tenant")
    for client in seen.clients:
        expected = seen.expected(client)
        by_kind[client.kind].add(expected, client.receipts, not client.is_cut)
        if client.is_cut:
            resumed.add(expected, client.receipts, False)
            continue
        before.latencies += latencies(expected, client.receipts, until=seen.half_time)
        since = latencies(expected, client.receipts, since=seen.half_time)
        while_some.latencies += since
        beside.latencies += since if client.tenant == seen.idle_tenant else []
    total = sum(map(len, seen.made.values()))
    rate = total / given.seconds
    print(f"{total:,} changes of {len(seen.made)} tenants, {rate:.1f} a second")
    print(f"{given.idle} clients took nothing; {seen.idle.count('')} of them were dropped within {DROPPED_SECONDS:.0f} s")
    print(row("", HEADINGS))
    for group in (*by_kind.values(), resumed, before, while_some, beside):
        print(line(group))
    print(f"this program was {1000 * seen.late:.0f} ms late at most, which is in the times, and used {seen.cpu:.1f} s of the processors", flush=True)
    return missed_by(list(by_kind.values()), seen, rate, given)


def row(name: str, cells: Sequence[str]) -> str:
    """A row of the table."""
    return f"{name:<30}" + "".join(f"{cell:>10}" for cell in cells)


def line(group: Group) -> str:
    """What the table says of a group; counts of those alone that were counted."""
    faults, ordered = group.faults, group.latencies
    counts = (group.clients, group.received, faults.missing, faults.twice, faults.out_of_order, faults.foreign)
    times = (percentile(ordered, 0.5), percentile(ordered, 0.99), max(ordered, default=None))
    cells = [f"{each:,}" if group.clients else "" for each in counts]
    return row(group.name, [*cells, *("" if each is None else f"{1000 * each:.0f}" for each in times)])


def missed_by(groups: list[Group], seen: Seen, rate: float, given: argparse.Namespace) -> list[str]:
    """The bars that are missed, but for memory."""
    found = []
    for group in groups:
        faults = group.faults
        if faults.total():
            counts = f"{faults.missing} missing, {faults.twice} twice, {faults.out_of_order} out of order, {faults.foreign} that were not theirs"
            found.append(f"{group.name}: changes were told wrongly: {counts}")
        p99 = percentile(group.latencies, 0.99)
        if p99 is None or p99 >= P99_SECONDS:
            found.append(f"{group.name}: p99 is {'unknown' if p99 is None else f'{p99:.2f} s'}, not under {P99_SECONDS:g} s")
    for fault, count in Counter(fault for client in seen.clients for fault in client.faults).most_common(10):
        found.append(f"{count} times: {fault}")
    found += [f"a client that takes nothing was not dropped within {DROPPED_SECONDS:.0f} s: {why}" for why in seen.idle if why]
    if rate < LEAST_RATE * given.rate:
        found.append(f"{rate:.1f} changes a second were made, not {given.rate:g}")
    return found


def main() -> int:
    """Runs it; 1 where a bar was missed and `--check` was given."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--clients", type=int, default=1000, help="of each of the two protocols (default: %(default)s)")
    parser.add_argument("--tenants", type=int, default=20, help="whose clients and documents they are (default: %(default)s)")
    parser.add_argument("--documents", type=int, default=20, help="of each tenant, half of them in progress (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=30, help="how long documents change (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=50, help="changes a second (default: %(default)s)")
    parser.add_argument("--cut-off", type=int, default=50, help="clients that are cut off and go on (default: %(default)s)")
    parser.add_argument("--idle", type=int, default=10, help="clients that take nothing (default: %(default)s)")
    parser.add_argument("--backlog", type=int, default=20_000, help="changes that these ask for: more than buffers hold (default: %(default)s)")
    given = parser.parse_args()
    if min(given.clients, given.tenants, given.documents) < 1 or given.seconds <= 0 or given.rate <= 0:
        parser.error("there must be clients, tenants, documents, seconds and changes")
    if given.clients < given.tenants:
        parser.error("each tenant needs a client of each protocol")
    return carry_out("live", lambda cluster: measure(cluster, given), given.check)


if __name__ == "__main__":
    sys.exit(main())
