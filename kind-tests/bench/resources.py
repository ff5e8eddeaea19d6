"""Resources created with the Kubernetes API, and seen Ready by a watch, as a cluster's user does.

Their sources are objects that were uploaded before: only these may share a Pod. They are created in a namespace that is made for the
bench and belongs to its tenant.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from cluster import CHART, ENCODINGS, Cluster, ClusterFailure
from uploads import Outcome

TENANT_LABEL = "encoding.socrate.ai/tenant"


def phase_of(resource: dict[str, Any]) -> str | None:
    """The phase a resource says it is in."""
    found: str | None = (resource.get("status") or {}).get("phase")
    return found


def failure_of(resource: dict[str, Any]) -> str:
    """Why a resource ended without a result, in its own words."""
    failure = (resource.get("status") or {}).get("failure") or {}
    return f"{failure.get('reason')}: {failure.get('message')}"


@contextmanager
def namespace_of(cluster: Cluster, tenant: str) -> Iterator[str]:
    """A namespace of the tenant where Jobs can run, until the end of the block."""
    name = f"bench-{uuid.uuid4().hex[:8]}"
    labels = {TENANT_LABEL: tenant, "pod-security.kubernetes.io/enforce": "restricted"}
    cluster.json("POST", "/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
    manifests = ""
    try:
        manifests = rendered(cluster, name)
        cluster.kubectl("apply", "--server-side", "--filename=-", given=manifests)
        yield name
    finally:
        cluster.kubectl("delete", "namespace", name, "--wait=true", "--timeout=300s")
        if manifests:
            # What is left is what has no namespace, such as the volume of the store.
            cluster.kubectl("delete", "--ignore-not-found", "--wait=false", "--filename=-", given=manifests)


def rendered(cluster: Cluster, namespace: str) -> str:
    """What the chart makes for a tenant's namespace, with the values and passwords of the installed release."""
    names = cluster.names
    installed = cluster.helm("get", "values", names.release, "--namespace", names.release_namespace, "--output", "yaml")
    version = cluster.json("GET", "/version")["gitVersion"]
    command = ["template", names.release, str(CHART), "--namespace", names.release_namespace, "--dry-run=server"]
    command += ["--show-only", "templates/tenant-namespace.yaml", "--values", "-", "--kube-version", version]
    return cluster.helm(
        *command, "--set-json", "tenantNamespaces=" + json.dumps([{"name": namespace}]), given=installed
    )


def source_keys(cluster: Cluster, documents: list[str]) -> list[str]:
    """Where uploaded documents lie in the store, as the resources say that the API made of them."""
    path = f"{ENCODINGS}/namespaces/{cluster.names.encodings_namespace}/documentencodings"
    wanted = {f"doc-{document}-1" for document in documents}
    found = cluster.json("GET", path)["items"]
    return [each["spec"]["source"]["object"]["key"] for each in found if each["metadata"]["name"] in wanted]


def backlog(
    cluster: Cluster,
    namespace: str,
    label: str,
    keys: list[str],
    creators: int,
    limit: float,
    say: Callable[[str], None],
) -> Outcome:
    """A resource for each of the sources, all at once."""
    path = f"{ENCODINGS}/namespaces/{namespace}/documentencodings"
    outcome, lock, all_ended = Outcome(), threading.Lock(), threading.Event()
    ended: set[str] = set()

    def see(resource: dict[str, Any]) -> None:
        name, phase = resource["metadata"]["name"], phase_of(resource)
        if phase not in ("Ready", "Failed", "Cancelled") or name in ended or name not in outcome.began:
            return
        ended.add(name)
        if phase == "Ready":
            outcome.ready[name] = time.monotonic()
        else:
            outcome.failures.append(f"{name} is {phase}: {failure_of(resource)}")
        if len(ended) == len(keys):
            all_ended.set()

    def follow(version: str) -> None:
        while not all_ended.is_set():
            for event in cluster.watch(path, version):
                if event["type"] == "ERROR":
                    raise ClusterFailure(f"the watch of {path} ended: {event['object'].get('message')}")
                version = event["object"]["metadata"]["resourceVersion"]
                if event["type"] in ("ADDED", "MODIFIED"):
                    see(event["object"])
                if all_ended.is_set():
                    return

    def create(number: int) -> None:
        name = f"{label}-{number:05}"
        body = {
            "apiVersion": "encoding.socrate.ai/v1alpha1",
            "kind": "DocumentEncoding",
            "metadata": {"name": name},
            "spec": {"source": {"object": {"key": keys[number]}, "fileName": f"{name}.pdf"}},
        }
        with lock:
            outcome.began[name] = time.monotonic()
        cluster.text("POST", path, body)

    follower = threading.Thread(
        target=follow, args=(cluster.json("GET", path)["metadata"]["resourceVersion"],), daemon=True
    )
    follower.start()
    with ThreadPoolExecutor(creators) as pool:
        list(pool.map(create, range(len(keys))))
    end = time.monotonic() + limit
    while not all_ended.wait(5):
        say(f"{len(outcome.began)} created, {len(outcome.ready)} Ready")
        if time.monotonic() > end or not follower.is_alive():
            outcome.failures.append(f"{len(keys) - len(ended)} resources were not seen to end within {limit:.0f} s")
            break
    return outcome
