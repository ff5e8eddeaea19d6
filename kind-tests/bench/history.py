"""What happened while documents were encoded, in the order in which the API server stored it.

Resource versions of one API server are revisions of one data store, so those of resources and of Pods can be compared. With them it is
told whether a document was given to somebody else while the Pod that held it could still work.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cluster import ENCODINGS, Cluster, ClusterFailure

JOB_LABEL = "batch.kubernetes.io/job-name"
#: The uid of the document that a Pod's Job was made for.
FIRST_LABEL = "encoding.socrate.ai/encoding-uid"
#: What the operator says of a document that a Pod has given back.
LET_GO = "its encoder has let go of it"


@dataclass(frozen=True)
class Given:
    """A document is some Job's from a version on."""

    version: int
    job: str
    attempt: int
    #: Why it had no Job before, in the operator's words.
    before: str


@dataclass
class PodLife:
    """A Pod: whose Job's, which document its environment names, and when it ran."""

    job: str
    first: str
    #: From when on it was there, its container ran, and none of its containers works any more.
    seen: int
    ran: int | None = None
    over: int | None = None

    def could_work(self, uid: str, job: str, version: int) -> bool:
        """Whether it could work for a document that was this Job's before this version. One that has not started knows its first document only."""
        since = self.seen if self.first == uid else self.ran
        return self.job == job and since is not None and since < version and (self.over is None or self.over > version)


@dataclass
class History:
    """Who worked for what, from when until when."""

    given: dict[str, list[Given]] = field(default_factory=dict)
    #: What was last said of each document while it had no Job.
    words: dict[str, str] = field(default_factory=dict)
    pods: dict[str, PodLife] = field(default_factory=dict)

    def see_resource(self, resource: dict[str, Any], version: int) -> None:
        """A resource as it is from a version on."""
        status = resource.get("status") or {}
        uid = resource["metadata"]["uid"]
        if not (job := status.get("jobName")):
            words = [each["message"] for each in status.get("conditions") or [] if each["type"] == "Ready"]
            self.words[uid] = "".join(words)
            return
        found = Given(version, job, status.get("attempt", 1), self.words.get(uid, ""))
        before = self.given.setdefault(uid, [])
        if not before or (before[-1].job, before[-1].attempt) != (found.job, found.attempt):
            before.append(found)

    def see_pod(self, pod: dict[str, Any], version: int, deleted: bool) -> None:
        """A Pod as it is from a version on."""
        job = (pod["metadata"].get("labels") or {}).get(JOB_LABEL)
        if not job:
            return
        first = pod["metadata"]["labels"].get(FIRST_LABEL, "")
        life = self.pods.setdefault(pod["metadata"]["uid"], PodLife(job, first, version))
        if life.ran is None and has_started(pod):
            life.ran = version
        if life.over is None and (deleted or is_over(pod)):
            life.over = version

    def overlaps(self) -> list[str]:
        """Documents that were given to another Job, or to the same one anew, while a Pod of the former could still work."""
        found = []
        for uid, all_given in self.given.items():
            for former, latter in zip(all_given, all_given[1:], strict=False):
                for pod, life in self.pods.items():
                    works = life.could_work(uid, former.job, latter.version)
                    # A Pod that lives has said itself that it does not hold it.
                    if works and LET_GO not in latter.before:
                        words = f"{uid} was given to {latter.job} while the Pod {pod} of {former.job} could work"
                        found.append(f"{words} ({latter.before})")
        return found


def has_started(pod: dict[str, Any]) -> bool:
    """Whether a container of a Pod runs, or has."""
    containers = (pod.get("status") or {}).get("containerStatuses") or []
    return any({"running", "terminated"} & set(each.get("state") or {}) for each in containers)


def is_over(pod: dict[str, Any]) -> bool:
    """Whether no container of a Pod works any more, or ever did and ever will."""
    status = pod.get("status") or {}
    if status.get("phase") in ("Succeeded", "Failed"):
        return True
    containers = status.get("containerStatuses") or []
    return bool(containers) and all("terminated" in (each.get("state") or {}) for each in containers)


class Recorder:
    """Follows the resources and Pods of a namespace while a block of code runs."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster, self.namespace = cluster, namespace
        self.history, self.lock, self.stopped = History(), threading.Lock(), threading.Event()
        self.lost: list[str] = []

    def __enter__(self) -> Recorder:
        for path in self.paths():
            listed = self.cluster.json("GET", path)
            for item in listed["items"]:
                self.see(path, item, deleted=False)
            version = listed["metadata"]["resourceVersion"]
            threading.Thread(target=self.follow, args=(path, version), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()

    def paths(self) -> Iterable[str]:
        """What is followed."""
        return (
            f"{ENCODINGS}/namespaces/{self.namespace}/documentencodings",
            f"/api/v1/namespaces/{self.namespace}/pods",
        )

    def see(self, path: str, item: dict[str, Any], deleted: bool) -> None:
        """One object of a list or an event."""
        version = int(item["metadata"]["resourceVersion"])
        with self.lock:
            if path.endswith("/pods"):
                self.history.see_pod(item, version, deleted)
            elif not deleted:
                self.history.see_resource(item, version)

    def follow(self, path: str, version: str) -> None:
        """Reads events until the block ends. A gap would hide what it is there to show, so it is told."""
        while not self.stopped.is_set():
            try:
                for event in self.cluster.watch(path, version):
                    if event["type"] == "ERROR":
                        raise ClusterFailure(f"the watch of {path} ended: {event['object'].get('message')}")
                    version = event["object"]["metadata"]["resourceVersion"]
                    if event["type"] != "BOOKMARK":
                        self.see(path, event["object"], event["type"] == "DELETED")
                    if self.stopped.is_set():
                        return
            except (ClusterFailure, OSError) as error:
                self.lost.append(str(error))
                return
