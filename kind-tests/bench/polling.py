#!/usr/bin/env python3
"""Polls the status of many documents, and measures rate, latency, memory, and an upload beside it.

Most documents have ended and their resources are gone: they are rows. Some are in progress: suspended resources, which the mirror sees
and whose progress is looked for in Redis. The load comes from `wrk` on the same machine.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import command_line
from cluster import ENCODINGS, Cluster, ClusterFailure
from command_line import carry_out, say
from memory import peak_megabytes, processes_of_the_api
from product_api import Account, Api, ApiFailure
from resources import TENANT_LABEL
from rows import accounts, rows, sql

SCRIPT = Path(__file__).resolve().with_name("poll.lua")
#: The bars: requests a second, milliseconds of the slowest hundredth, megabytes of the API, seconds until an upload is taken.
RATE, P99_MILLISECONDS, MEGABYTES, UPLOAD_SECONDS = 12_000, 15.0, 256, 0.3
#: Documents are seen by the mirror within so long.
SEEN_WITHIN_SECONDS = 120
#: All documents are asked for once within so long.
ONCE_WITHIN_SECONDS = 60


@dataclass(frozen=True)
class Load:
    """What wrk saw."""

    name: str
    rate: float
    p50: float
    p99: float
    longest: float
    failed: int
    #: Seconds until each upload beside it was answered.
    uploads: list[float]

    def line(self) -> str:
        """For people."""
        slowest = f"{max(self.uploads):.2f} s at most of {len(self.uploads)}" if self.uploads else "none"
        return (
            f"{self.name:<28} {self.rate:>8,.0f} requests/s   p50 {self.p50:.1f} ms   p99 {self.p99:.1f} ms   longest {self.longest:.0f} ms   "
            f"failed {self.failed}   uploads beside it taken within {slowest}"
        )

    def missed(self) -> list[str]:
        """The bars it misses."""
        found = []
        if self.rate < RATE:
            found.append(f"{self.name}: {self.rate:,.0f} requests a second, not {RATE:,}")
        if self.p99 >= P99_MILLISECONDS:
            found.append(f"{self.name}: p99 is {self.p99:.1f} ms, not under {P99_MILLISECONDS:.0f}")
        if self.failed:
            found.append(f"{self.name}: {self.failed} requests failed")
        if self.uploads and max(self.uploads) > UPLOAD_SECONDS:
            found.append(f"{self.name}: an upload was taken after {max(self.uploads):.2f} s, not within {UPLOAD_SECONDS}")
        return found


@contextmanager
def in_progress(cluster: Cluster, account: Account, count: int) -> Iterator[list[str]]:
    """Suspended resources of the tenant in a namespace of their own, until the end of the block; the ids of their documents."""
    namespace = f"polling-{uuid.uuid4().hex[:8]}"
    labels = {TENANT_LABEL: account.tenant}
    cluster.json("POST", "/api/v1/namespaces", {"metadata": {"name": namespace, "labels": labels}})
    try:
        for number in range(count):
            resource = {
                "apiVersion": "encoding.socrate.ai/v1alpha1",
                "kind": "DocumentEncoding",
                "metadata": {"name": f"polled-{number}"},
                "spec": {"source": {"fileName": "polled.txt", "configMap": {"name": "polled", "key": "polled.txt"}}, "suspend": True},
            }
            cluster.json("POST", f"{ENCODINGS}/namespaces/{namespace}/documentencodings", resource)
        deadline = time.monotonic() + SEEN_WITHIN_SECONDS
        query = f"SELECT id FROM documents WHERE resource_namespace = '{namespace}' AND status = 'processing';"
        while len(found := sql(cluster, query).split()) < count:
            if time.monotonic() > deadline:
                raise ClusterFailure(f"the mirror has seen {len(found)} of {count} resources after {SEEN_WITHIN_SECONDS} s")
            time.sleep(0.5)
        yield found
    finally:
        cluster.kubectl("delete", "namespace", namespace, "--wait=true", "--timeout=300s")


class Uploads(threading.Thread):
    """One upload a second, beside the polling."""

    def __init__(self, api: Api, uploaded: list[str]) -> None:
        super().__init__(daemon=True)
        self.api, self.uploaded = api, uploaded
        self.seconds: list[float] = []
        self.failure: ApiFailure | None = None
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.wait(1.0):
            text = f"A note that is uploaded beside the polling, number {uuid.uuid4()}.\n".encode()
            begun = time.monotonic()
            try:
                self.uploaded.append(self.api.upload("note.txt", text))
            except ApiFailure as failure:
                self.failure = failure
                return
            self.seconds.append(time.monotonic() - begun)


def poll(name: str, documents: list[tuple[str, str]], given: argparse.Namespace, uploads: Uploads | None) -> Load:
    """Runs wrk; without uploads beside it, each document is asked for once."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.writelines(f"{document} {key}\n" for document, key in documents)
        file.flush()
        seconds = given.seconds if uploads else ONCE_WITHIN_SECONDS
        command = ["wrk", "--threads=1", f"--connections={given.connections}", f"--duration={seconds}s", "--timeout=10s"]
        command += [f"--script={SCRIPT}", os.environ["SOCRATE_API_URL"], "--", file.name, "random" if uploads else "once"]
        if uploads:
            uploads.start()
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if uploads:
            uploads.stopping.set()
            uploads.join()
            if uploads.failure:
                raise uploads.failure
    line = next((line for line in ran.stdout.splitlines() if line.startswith("result ")), None)
    if ran.returncode != 0 or line is None:
        raise ClusterFailure(f"wrk failed: {(ran.stderr or ran.stdout).strip()[-600:]}")
    found = dict(part.split("=") for part in line.split()[1:])
    number = {key: int(float(value)) for key, value in found.items()}
    rate = number["requests"] / (number["microseconds"] / 1e6)
    p50, p99, longest = (number[key] / 1000 for key in ("p50", "p99", "max"))
    return Load(name, rate, p50, p99, longest, number["failed"], uploads.seconds if uploads else [])


def measure(cluster: Cluster, given: argparse.Namespace) -> list[str]:
    """Prints what was measured; answers the bars that were missed."""
    missed: list[str] = []
    uploaded: list[str] = []
    with ExitStack() as stack:
        tenants = stack.enter_context(accounts(cluster, "polling", given.tenants))
        ended: list[tuple[str, str]] = []
        running: list[tuple[str, str]] = []
        for account in tenants:
            ended += [(each, account.key) for each in rows(cluster, account, given.documents // given.tenants)]
            share = given.in_progress // given.tenants
            running += [(each, account.key) for each in stack.enter_context(in_progress(cluster, account, share))]
        sql(cluster, "ANALYZE documents;")
        say(f"{len(ended):,} documents ended, {len(running)} in progress, {given.tenants} tenants")
        random.shuffle(ended)
        every = ended + running
        mixed = running * max(1, len(ended) // max(1, len(running))) + ended
        loads = [("each document once", every, False), ("of all documents", every, True), ("half of those in progress", mixed, True)]
        for name, documents, beside in loads:
            uploads = Uploads(Api(tenants[0]), uploaded) if beside else None
            load = poll(name, documents, given, uploads)
            print(load.line(), flush=True)
            # The first time nothing of it is in memory; it counts for memory alone.
            missed += load.missed() if beside else []
        pids = processes_of_the_api(cluster)
        if pids:
            memory = peak_megabytes(pids)
            print(f"the API held {memory:.0f} MB at most, since it was started")
            if memory >= MEGABYTES:
                missed.append(f"the API held {memory:.0f} MB, not under {MEGABYTES}")
        else:
            missed.append("the API's memory was not measured: its node is not this machine")
    return missed


def main() -> int:
    """Runs it; 1 where a bar was missed and `--check` was given."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--documents", type=int, default=100_000, help="documents that have ended (default: %(default)s)")
    parser.add_argument("--in-progress", type=int, default=200, help="documents in progress (default: %(default)s)")
    parser.add_argument("--tenants", type=int, default=20, help="whose they are (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=20, help="how long each load lasts (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=64, help="connections of wrk (default: %(default)s)")
    given = parser.parse_args()
    if shutil.which("wrk") is None:
        print("wrk is missing: install the Debian package wrk", file=sys.stderr)
        return 2
    return carry_out("polling", lambda cluster: measure(cluster, given), given.check)


if __name__ == "__main__":
    sys.exit(main())
