"""How long a bare Job takes until its container has started: what no design with a Pod for new work can go below."""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

from cluster import Cluster, ClusterFailure

LIMIT_SECONDS = 120


def encoder_image(cluster: Cluster) -> str:
    """The image of the installed encoder, which is on the node."""
    names = cluster.names
    path = f"/apis/apps/v1/namespaces/{names.release_namespace}/deployments/{names.release}-operator"
    for container in cluster.json("GET", path)["spec"]["template"]["spec"]["containers"]:
        for variable in container.get("env", []):
            if variable["name"] == "SOCRATE_ENCODER_IMAGE":
                image: str = variable["value"]
                return image
    raise ClusterFailure("the operator's Deployment does not name the encoder's image")


def manifest(name: str, image: str) -> dict[str, Any]:
    """A Job that prints a version, with the same security as an encoder's and with neither volumes nor rights."""
    container = {
        "name": "bare",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "args": ["--version"],
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    }


def has_started(pod: dict[str, Any]) -> bool:
    """Whether the Pod's container runs or has run."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return any({"running", "terminated"} & set(status.get("state") or {}) for status in statuses)


def start_once(cluster: Cluster, image: str) -> float:
    """Seconds from sending the Job until its container was seen started."""
    namespace = cluster.names.encodings_namespace
    name = f"bench-bare-{uuid.uuid4().hex[:8]}"
    pods, jobs = f"/api/v1/namespaces/{namespace}/pods", f"/apis/batch/v1/namespaces/{namespace}/jobs"
    version = cluster.json("GET", pods)["metadata"]["resourceVersion"]
    seen, started = threading.Event(), 0.0

    def follow() -> None:
        nonlocal started
        for event in cluster.watch(pods, version):
            pod = event["object"]
            labels = pod["metadata"].get("labels") or {}
            if labels.get("batch.kubernetes.io/job-name") == name and has_started(pod):
                started = time.monotonic()
                seen.set()
                return

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    began = time.monotonic()
    cluster.json("POST", jobs, manifest(name, image))
    try:
        if not seen.wait(LIMIT_SECONDS):
            raise ClusterFailure(f"the container of the Job {name} was not seen started within {LIMIT_SECONDS} s")
    finally:
        cluster.json("DELETE", f"{jobs}/{name}?propagationPolicy=Background")
    return started - began


def measure(cluster: Cluster, count: int) -> list[float]:
    """So many, one after the other."""
    image = encoder_image(cluster)
    return [start_once(cluster, image) for _ in range(count)]
