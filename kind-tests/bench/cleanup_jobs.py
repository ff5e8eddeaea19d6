"""Jobs made from the release's CronJob `cleanup`, as an administrator makes one: to their end, or killed in the middle."""

from __future__ import annotations

import contextlib
import copy
import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cleanup_plan import Counts
from cluster import Cluster, ClusterFailure
from disturbances import processes_of

#: A Job comes to its end within so long.
LIMIT_SECONDS = 300.0
LOOK_SECONDS = 0.02
DRY_RUN = "--dry-run"


def arguments_of(cluster: Cluster) -> list[str]:
    """What the CronJob's container is told."""
    found: list[str] = container_of(template(cluster))["args"]
    return found


def template(cluster: Cluster) -> dict[str, Any]:
    """The CronJob's template of a Job."""
    names = cluster.names
    path = f"/apis/batch/v1/namespaces/{names.release_namespace}/cronjobs/{names.release}-cleanup"
    found: dict[str, Any] = cluster.json("GET", path)["spec"]["jobTemplate"]
    return found


def container_of(job: dict[str, Any]) -> dict[str, Any]:
    """The container of a Job, or of a template of one."""
    found: dict[str, Any] = job["spec"]["template"]["spec"]["containers"][0]
    return found


def made_of(found: dict[str, Any], name: str, is_dry: bool) -> dict[str, Any]:
    """A Job of a CronJob's template: one Pod, which is not replaced."""
    job = copy.deepcopy(found)
    container = container_of(job)
    container["args"] = [each for each in container["args"] if each != DRY_RUN] + [DRY_RUN] * is_dry
    job["spec"]["backoffLimit"] = 0
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, "labels": job["metadata"]["labels"]}, "spec": job["spec"]}


class Job:
    """A Job that has been made."""

    def __init__(self, cluster: Cluster, is_dry: bool) -> None:
        self.cluster, self.name = cluster, f"cleanup-bench-{uuid.uuid4().hex[:8]}"
        self.jobs = f"/apis/batch/v1/namespaces/{cluster.names.release_namespace}/jobs"
        self.pods = f"/api/v1/namespaces/{cluster.names.release_namespace}/pods"
        cluster.json("POST", self.jobs, made_of(template(cluster), self.name, is_dry))

    def pod(self) -> dict[str, Any] | None:
        """Its Pod, once there is one."""
        found: list[dict[str, Any]] = self.cluster.json("GET", f"{self.pods}?labelSelector=batch.kubernetes.io/job-name%3D{self.name}")["items"]
        return found[0] if found else None

    def phase(self) -> str:
        """The phase of its Pod."""
        pod = self.pod()
        return "Pending" if pod is None else str(pod["status"].get("phase"))

    def has_ended(self) -> bool:
        """Whether its Pod has, well or not."""
        return self.phase() in ("Succeeded", "Failed")

    def wait(self, is_so: Callable[[], bool], what: str) -> None:
        """Waits until something is so."""
        end = time.monotonic() + LIMIT_SECONDS
        while not is_so():
            if time.monotonic() > end:
                raise ClusterFailure(f"the Job {self.name}: {what} was not so within {LIMIT_SECONDS:.0f} s: its Pod is {self.phase()}")
            time.sleep(LOOK_SECONDS)

    def counts(self) -> Counts:
        """Waits for its end; what it says it did."""
        self.wait(self.has_ended, "that it ends")
        pod = self.pod()
        printed = self.cluster.text("GET", f"{self.pods}/{pod['metadata']['name']}/log?container=cleanup") if pod else ""
        found = Counts.read(printed)
        if self.phase() != "Succeeded" or found is None:
            raise ClusterFailure(f"the Job {self.name} has failed: {printed.strip()[-600:]}")
        return found

    def kill_once(self, is_far_enough: Callable[[], bool]) -> bool:
        """Kills its program as soon as it is so far; whether that was before its end."""
        pids: list[int] = []

        def is_running() -> bool:
            pod = self.pod()
            if pod is not None and not pids:
                pids.extend(processes_of(pod["metadata"]["uid"], "api"))
            return bool(pids) or (pod is not None and pod["status"].get("phase") != "Pending")

        self.wait(is_running, "that it runs")
        looked = time.monotonic()

        def is_over() -> bool:
            nonlocal looked
            if time.monotonic() - looked < 1:
                return False
            looked = time.monotonic()
            return self.has_ended()

        self.wait(lambda: is_far_enough() or is_over(), "that it is far enough")
        self.kill(pids)
        self.wait(lambda: self.pod() is None or self.has_ended(), "that it is dead")
        return self.pod() is None or self.phase() == "Failed"

    def kill(self, pids: list[int]) -> None:
        """Kills its program on this machine, or else deletes its Pod at once."""
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        pod = self.pod()
        if not pids and pod is not None:
            body = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}
            self.cluster.json("DELETE", f"{self.pods}/{pod['metadata']['name']}", body, accepted=(200, 202, 404))

    def remove(self) -> None:
        """Removes it with its Pod, and waits until no program of it can be at work."""
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background"}
        self.cluster.json("DELETE", f"{self.jobs}/{self.name}", body, accepted=(200, 202, 404))
        self.wait(lambda: self.pod() is None, "that its Pod is gone")


@contextmanager
def job(cluster: Cluster, is_dry: bool = False) -> Iterator[Job]:
    """A Job, until the end of the block."""
    made = Job(cluster, is_dry)
    try:
        yield made
    finally:
        made.remove()


def counted(cluster: Cluster, is_dry: bool = False) -> Counts:
    """Runs the command to its end; what it says."""
    with job(cluster, is_dry) as made:
        return made.counts()
