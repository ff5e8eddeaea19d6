"""Cancels documents in each phase of their lives, and wants each to be Cancelled within seconds."""

from __future__ import annotations

import base64
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import resources
from cluster import ENCODINGS, Cluster
from documents import Document
from environment import Say
from history import JOB_LABEL, is_over
from product_api import Account

#: Says that a ConfigMap may be read as a source.
SOURCE_LABEL = "encoding.socrate.ai/source"
#: From the request to `Cancelled`.
LIMIT_SECONDS = 5.0
#: So many are cancelled in each phase.
WANTED = 20
#: However often it takes to meet a phase so often.
MOST_TRIES = 200
#: The part of a document's time after which it is said to be ending: its text is there, and is cut, written and reported.
ENDING = 0.8
#: Encoders get so much of a processor, so that each phase lasts.
PROCESSOR = "100m"
PHASES = ("queued", "starting", "running", "ending")


@dataclass
class Cancelled:
    """What became of one."""

    phase: str
    seconds: float
    became: str


class Cancelling:
    """A namespace where encoders are slow, and what is known of its resources and Pods."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self.cluster, self.namespace = cluster, namespace
        self.path = f"{ENCODINGS}/namespaces/{namespace}/documentencodings"
        self.resources: dict[str, dict[str, Any]] = {}
        self.running: set[str] = set()
        self.changed = threading.Condition()
        for path in (self.path, f"/api/v1/namespaces/{namespace}/pods"):
            version = cluster.json("GET", path)["metadata"]["resourceVersion"]
            threading.Thread(target=self.follow, args=(path, version), daemon=True).start()

    def follow(self, path: str, version: str) -> None:
        """Keeps what is known up to date."""
        while True:
            for event in self.cluster.watch(path, version):
                item = event["object"]
                version = item["metadata"]["resourceVersion"]
                with self.changed:
                    if event["type"] in ("ADDED", "MODIFIED") and path == self.path:
                        self.resources[item["metadata"]["name"]] = item
                    elif event["type"] in ("ADDED", "MODIFIED"):
                        self.see_pod(item)
                    self.changed.notify_all()

    def see_pod(self, pod: dict[str, Any]) -> None:
        """Notes whether a Job's encoder runs."""
        job = (pod["metadata"].get("labels") or {}).get(JOB_LABEL, "")
        states = (each.get("state") or {} for each in (pod.get("status") or {}).get("containerStatuses") or [])
        if not is_over(pod) and any("running" in state for state in states):
            self.running.add(job)

    def phase_of(self, resource: dict[str, Any]) -> str:
        """How far a document is; empty where it has ended."""
        status = resource.get("status") or {}
        if status.get("phase") in ("Ready", "Failed", "Cancelled"):
            return ""
        if status.get("report"):
            return "ending"
        if not status.get("jobName"):
            return "queued"
        return "running" if status["jobName"] in self.running else "starting"

    def create(self, name: str, source: dict[str, Any]) -> None:
        """Creates a document."""
        spec = {"source": source, "resources": {"cpu": PROCESSOR}}
        metadata = {"name": name}
        body = {"apiVersion": "encoding.socrate.ai/v1alpha1", "kind": "DocumentEncoding", "metadata": metadata, "spec": spec}
        self.cluster.text("POST", self.path, body)

    def whole(self, name: str, source: dict[str, Any]) -> float:
        """How long a document takes that nobody cancels."""
        began = time.monotonic()
        self.create(name, source)
        self.wait(name, lambda resource: not self.phase_of(resource), 120)
        self.cluster.text("DELETE", f"{self.path}/{name}", accepted=(200, 202, 404))
        return time.monotonic() - began

    def one(self, name: str, source: dict[str, Any], wanted: str, patience: float, whole: float) -> Cancelled | None:
        """Creates a document, cancels it some time after it has come to a phase, and waits for its end; nothing where it was too quick."""
        began = time.monotonic()
        self.create(name, source)
        if wanted != "ending":
            self.wait(name, lambda resource: self.phase_of(resource) in (wanted, ""), 60)
        if wanted != "queued":
            threading.Event().wait(patience)
        patch = [{"op": "add", "path": "/spec/cancelled", "value": True}]
        before = time.monotonic()
        found = self.cluster.patch(f"{self.path}/{name}", patch)
        with self.changed:
            phase = self.phase_of(found)
        if phase == "running" and wanted == "ending" and before - began >= ENDING * whole:
            phase = "ending"
        ended = self.wait(name, lambda resource: not self.phase_of(resource), 30)
        seconds = time.monotonic() - before
        self.cluster.text("DELETE", f"{self.path}/{name}", accepted=(200, 202, 404))
        status = ended.get("status") or {}
        became = status.get("phase", "nothing")
        if became == "Cancelled" and status.get("result"):
            became = "Cancelled with a result"
        return Cancelled(phase, seconds, became) if phase else None

    def wait(self, name: str, holds: Any, limit: float) -> dict[str, Any]:
        """The resource as it is once that holds, or when the time is over."""
        with self.changed:
            self.changed.wait_for(lambda: name in self.resources and holds(self.resources[name]), limit)
            return self.resources.get(name, {})


def in_each_phase(cluster: Cluster, account: Account, document: Document, keys: list[str], say: Say) -> list[str]:
    """What is wrong. Documents in ConfigMaps have Jobs of their own; objects are handed to Pods that stand."""
    outcomes: list[Cancelled] = []
    with resources.namespace_of(cluster, account.tenant) as namespace:
        limit = {"spec": {"limits": [{"type": "Container", "default": {"cpu": PROCESSOR}, "defaultRequest": {"cpu": PROCESSOR}}]}}
        body = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "slow"}, **limit}
        cluster.text("POST", f"/api/v1/namespaces/{namespace}/limitranges", body)
        content = base64.b64encode(document.content).decode()
        book = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "book", "labels": {SOURCE_LABEL: "true"}}, "binaryData": {"document": content}}
        cluster.text("POST", f"/api/v1/namespaces/{namespace}/configmaps", book)
        cancelling = Cancelling(cluster, namespace)

        in_store = {"object": {"key": keys[0]}, "fileName": "book.pdf"}
        in_map = {"configMap": {"name": "book", "key": "document"}, "fileName": "book.pdf"}
        for phase in PHASES:
            # The second finds the Pod of the first.
            whole = max(cancelling.whole(f"whole-{phase}-{number}", in_store) for number in range(3)[1:])
            say(f"{phase}: a document takes {whole:.2f} s")
            chance = random.Random(1)

            def one(number: int, phase: str = phase, whole: float = whole, chance: random.Random = chance) -> None:
                if sum(each.phase == phase for each in outcomes) >= WANTED:
                    return
                source = in_map if number % 2 and phase != "ending" else in_store
                patience = whole * chance.uniform(ENDING, 1.0) if phase == "ending" else chance.uniform(0.0, 0.4)
                if outcome := cancelling.one(f"cancel-{phase}-{number}", source, phase, patience, whole):
                    outcomes.append(outcome)

            with ThreadPoolExecutor(1 if phase == "ending" else 3) as pool:
                list(pool.map(one, range(MOST_TRIES)))
    found = []
    for phase in PHASES:
        of_phase = [each for each in outcomes if each.phase == phase]
        # A report that had landed before the wish counts: it is what became of it.
        late = [each for each in of_phase if each.seconds > LIMIT_SECONDS or each.became not in ("Cancelled", "Ready")]
        cancelled = sum(each.became == "Cancelled" for each in of_phase)
        slowest = max((each.seconds for each in of_phase), default=0.0)
        print(f"cancelled while {phase:8}: {cancelled} of {len(of_phase)}, slowest {slowest:.2f} s", flush=True)
        found += [f"{each.phase}: {each.became} after {each.seconds:.1f} s" for each in late]
        if cancelled < WANTED:
            found.append(f"only {cancelled} were cancelled while {phase}")
    say(f"{len(outcomes)} documents were cancelled")
    return found
