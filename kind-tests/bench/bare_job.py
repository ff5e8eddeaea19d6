"""How long a bare Job takes until its program runs: what no design with a Pod for new work can go below."""

from __future__ import annotations

import re
import threading
import time
import uuid
from datetime import UTC, datetime
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


def manifest(name: str, image: str, with_volume: bool) -> dict[str, Any]:
    """A Job that prints a version, with the same security as an encoder's, without rights, and with one empty volume or none."""
    container: dict[str, Any] = {
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
    pod: dict[str, Any] = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [container],
    }
    if with_volume:
        pod["volumes"] = [{"name": "empty", "emptyDir": {}}]
        container["volumeMounts"] = [{"name": "empty", "mountPath": "/empty"}]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {"backoffLimit": 0, "template": {"spec": pod}},
    }


def has_ended(pod: dict[str, Any]) -> bool:
    """Whether the Pod's container has run to its end."""
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return any("terminated" in (status.get("state") or {}) for status in statuses)


def first_written(log: str) -> float:
    """When the first line of a log with timestamps was written, in seconds since 1970."""
    found = re.match(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z ", log)
    if found is None:
        raise ClusterFailure(f"the bare Job's log begins with no timestamp: {log[:80]!r}")
    whole = datetime.fromisoformat(found[1]).replace(tzinfo=UTC).timestamp()
    return whole + float(found[2] or 0)


def start_once(cluster: Cluster, image: str, with_volume: bool) -> float:
    """Seconds from sending the Job until its program wrote its first line.

    Kubelet tells of a start a moment after it, which would flatter whatever is compared. The log has the moment itself, by the node's
    clock, which must be this machine's.
    """
    namespace = cluster.names.encodings_namespace
    name = f"bench-bare-{uuid.uuid4().hex[:8]}"
    pods, jobs = f"/api/v1/namespaces/{namespace}/pods", f"/apis/batch/v1/namespaces/{namespace}/jobs"
    version = cluster.json("GET", pods)["metadata"]["resourceVersion"]
    ended, pod_name = threading.Event(), ""

    def follow() -> None:
        nonlocal pod_name
        for event in cluster.watch(pods, version):
            pod = event["object"]
            labels = pod["metadata"].get("labels") or {}
            if labels.get("batch.kubernetes.io/job-name") == name and has_ended(pod):
                pod_name = pod["metadata"]["name"]
                ended.set()
                return

    follower = threading.Thread(target=follow, daemon=True)
    follower.start()
    began = time.time()
    cluster.json("POST", jobs, manifest(name, image, with_volume))
    try:
        if not ended.wait(LIMIT_SECONDS):
            raise ClusterFailure(f"the Job {name} did not end within {LIMIT_SECONDS} s")
        return first_written(cluster.text("GET", f"{pods}/{pod_name}/log?timestamps=true")) - began
    finally:
        cluster.json("DELETE", f"{jobs}/{name}?propagationPolicy=Background")


def measure(cluster: Cluster, count: int, with_volume: bool) -> list[float]:
    """So many, one after the other. Kubelet looks whether volumes are mounted three times a second: any Pod that has one starts later."""
    image = encoder_image(cluster)
    return [start_once(cluster, image, with_volume) for _ in range(count)]
