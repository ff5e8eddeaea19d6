"""The product whole, as it is installed: its workloads, and what they cost."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import bare_job
import oracle
import release
import resources
import store
import uploads
from cluster import ENCODINGS, Cluster, ClusterFailure
from documents import Document
from environment import Say
from figures import Measured, Request, Run, Side, Workload
from product_api import Account, Api
from requests_made import beyond_idle, parse
from usage import Meter

#: How long the last Pods may wait for more work before they leave.
LEAVING_SECONDS = 300


class Product:
    """The installed product, with a tenant of the bench's own."""

    def __init__(self, cluster: Cluster, measured: Measured, given: argparse.Namespace, say: Say) -> None:
        self.cluster, self.measured, self.given, self.say = cluster, measured, given, say
        self.label = f"bench-{int(time.time())}"
        self.account = Account.create(cluster, "bench")
        self.api = Api(self.account)
        self.idle: dict[Request, float] = {}
        #: Documents that were uploaded and not yet deleted.
        self.uploaded: list[str] = []

    def measure(self, documents: list[Document]) -> None:
        """Everything that was asked for."""
        self.say("looking at what the idle cluster asks its API server")
        self.wait_until_nobody_works()
        before = self.requests()
        time.sleep(self.given.idle)
        after = self.requests()
        self.idle = {request: (count - before.get(request, 0.0)) / self.given.idle for request, count in after.items()}
        for document in documents:
            ids = self.measure_uploads(Side.UPLOADS, document, self.given.backlog, self.given.singles)
            if not self.given.no_resources:
                self.measure_resources(document, ids)
            self.judge()
        if not self.given.no_cold:
            self.cold(documents[0])
        if self.given.linger_zero:
            self.linger_zero(documents[0])

    def measure_uploads(self, side: Side, document: Document, backlog: int, singles: int) -> list[str]:
        """A backlog, then single documents; the backlog's ids."""
        label = f"{self.label}-{side.name.lower()}-{document.pages}".replace("_", "-")
        # The first one starts a Pod, as a service that is in use has one.
        self.uploaded += uploads.singles(self.api, document, 1, f"{label}-first", self.given.limit).began
        self.say(f"{side.value}, {document.name}: {backlog} at once")
        outcome = self.counted(
            Run(side, document.pages, Workload.BACKLOG, backlog, 0, []),
            lambda: uploads.backlog(
                self.api, document, backlog, self.given.uploaders, label, self.given.limit, self.say
            ),
        )
        self.say(f"{side.value}, {document.name}: {singles} one after the other")
        self.counted(
            Run(side, document.pages, Workload.SINGLES, singles, 0, []),
            lambda: uploads.singles(self.api, document, singles, f"{label}-single", self.given.limit),
        )
        return list(outcome.ready)

    def measure_resources(self, document: Document, ids: list[str]) -> None:
        """The same documents once more, as resources of the tenant's own namespace."""
        keys = resources.source_keys(self.cluster, ids)
        self.say(f"{Side.RESOURCES.value}, {document.name}: {len(keys)} at once")
        with resources.namespace_of(self.cluster, self.account.tenant) as namespace:
            # The first one starts a Pod here, too.
            first = resources.backlog(self.cluster, namespace, "first", keys[:1], 1, self.given.limit, self.say)
            if first.failures:
                raise ClusterFailure(f"a resource of the bench's own: {first.failures[0]}")
            self.counted(
                Run(Side.RESOURCES, document.pages, Workload.BACKLOG, len(keys), 0, []),
                lambda: resources.backlog(
                    self.cluster, namespace, "encoding", keys, self.given.uploaders, self.given.limit, self.say
                ),
            )
            self.judge(namespace)

    def cold(self, document: Document) -> None:
        """Documents that find no Pod waiting, and bare Jobs."""
        self.say(f"bare Jobs: {self.given.bare_job}")
        self.measured.bare_job = bare_job.measure(self.cluster, self.given.bare_job, with_volume=False)
        self.measured.bare_job_with_volume = bare_job.measure(self.cluster, self.given.bare_job, with_volume=True)
        self.say(f"{document.name}, cold: {self.given.colds}, each when the last Pod has gone")
        self.counted(
            Run(Side.UPLOADS, document.pages, Workload.COLD, self.given.colds, 0, []),
            lambda: uploads.singles(
                self.api,
                document,
                self.given.colds,
                f"{self.label}-cold",
                self.given.limit,
                self.wait_until_nobody_works,
            ),
        )

    def linger_zero(self, document: Document) -> None:
        """One Job a document, for comparison."""
        self.say(f"upgrading the release with {self.given.linger_value}")
        with release.with_values(self.cluster, self.given.linger_value):
            self.wait_until_nobody_works()
            self.measure_uploads(Side.LINGER_ZERO, document, self.given.zero_backlog, min(self.given.singles, 10))
            self.say("setting the release back")

    def counted(self, run: Run, work: Callable[[], uploads.Outcome]) -> uploads.Outcome:
        """Does a workload and keeps its figures."""
        before, began = self.requests(), time.monotonic()
        with Meter(self.cluster.pod_components) as meter:
            outcome = work()
        after, took = self.requests(), time.monotonic() - began
        run.seconds, run.latencies, run.failures = outcome.seconds, outcome.latencies, outcome.failures
        run.cpu, run.requests = meter.used, beyond_idle(before, after, self.idle, took)
        run.load = os.getloadavg()[0]
        run.remarks.append(f"latencies are exact to {outcome.resolution:.2f} s")
        self.measured.runs.append(run)
        if run.side is not Side.RESOURCES:
            self.uploaded += outcome.began
        return outcome

    def requests(self) -> dict[Request, float]:
        """What the API server has answered so far."""
        return parse(self.cluster.text("GET", "/metrics"))

    def wait_until_nobody_works(self) -> None:
        """Waits until no encoder's Pod is left that could take work on."""
        path = f"/api/v1/namespaces/{self.cluster.names.encodings_namespace}/pods"
        end = time.monotonic() + LEAVING_SECONDS
        while True:
            pods = self.cluster.json("GET", path)["items"]
            working = [pod for pod in pods if pod["status"].get("phase") not in ("Succeeded", "Failed")]
            if not working:
                return
            if time.monotonic() > end:
                raise ClusterFailure(f"{len(working)} Pods have not ended within {LEAVING_SECONDS} s: {path}")
            time.sleep(0.5)

    def judge(self, namespace: str | None = None) -> None:
        """Compares the bench's results with the store, where it can be reached."""
        try:
            compared = store.installed(self.cluster, self.given.store)
        except ClusterFailure as error:
            self.say(f"results are not compared with the store: {error}")
            return
        path = f"{ENCODINGS}/namespaces/{namespace or self.cluster.names.encodings_namespace}/documentencodings"
        found = self.cluster.json("GET", path)["items"]
        if namespace is None:
            names = {f"doc-{document}-1" for document in self.uploaded}
            found = [resource for resource in found if resource["metadata"]["name"] in names]
        faults = oracle.judge(found, compared, oracle.Allowed())
        self.say(f"compared {len(found)} results with the store: {len(faults)} faults")
        self.measured.judged += len(found)
        self.measured.faults += faults

    def clean_up(self) -> None:
        """Deletes the documents."""
        if self.given.keep:
            return
        self.say(f"deleting {len(self.uploaded)} documents")
        with ThreadPoolExecutor(self.given.uploaders) as pool:
            list(pool.map(self.api.delete, self.uploaded))
