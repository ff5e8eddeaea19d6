"""The cluster of KUBECONFIG: kubectl, helm, and the API server's own HTTP for what must be quick."""

from __future__ import annotations

import base64
import http.client
import json
import os
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from environment import REPOSITORY

CHART = REPOSITORY / "charts" / "socrate-encoder"
ENCODINGS = "/apis/encoding.socrate.ai/v1alpha1"
COMPONENT_LABEL = "app.kubernetes.io/component"
#: The longest one answer may take.
LIMIT_SECONDS = 60
#: A connection is kept so long without use.
IDLE_SECONDS = 30


class ClusterFailure(Exception):
    """Something the cluster does not do, in a sentence."""


@dataclass(frozen=True)
class Names:
    """Where the platform is installed."""

    release: str
    release_namespace: str
    encodings_namespace: str

    @classmethod
    def from_environment(cls) -> Names:
        """The names that the tests use, too."""
        return cls(
            os.environ.get("SOCRATE_RELEASE") or "socrate",
            os.environ.get("SOCRATE_RELEASE_NAMESPACE") or "socrate",
            os.environ.get("SOCRATE_ENCODINGS_NAMESPACE") or "socrate-encodings",
        )


class Cluster:
    """A cluster, and where the platform is in it. Each thread has a connection of its own, which it keeps."""

    def __init__(self) -> None:
        self.names = Names.from_environment()
        self.kubectl_program = os.environ.get("KUBECTL") or "kubectl"
        self.helm_program = os.environ.get("HELM") or "helm"
        configuration = json.loads(self.kubectl("config", "view", "--raw", "--minify", "--output=json"))
        cluster, user = configuration["clusters"][0]["cluster"], configuration["users"][0]["user"]
        server = urlsplit(cluster["server"])
        if server.scheme != "https" or server.hostname is None:
            raise ClusterFailure(f"the API server must be reached by https, not at {cluster['server']}")
        self.host, self.port = server.hostname, server.port or 443
        self.context, self.headers = credentials(cluster, user)
        self.local = threading.local()

    def kubectl(self, *arguments: str, given: str = "") -> str:
        """Runs kubectl; what it printed."""
        return self.run([self.kubectl_program, *arguments], given)

    def helm(self, *arguments: str, given: str = "") -> str:
        """Runs helm; what it printed."""
        return self.run([self.helm_program, *arguments], given)

    @staticmethod
    def run(command: list[str], given: str) -> str:
        """Runs a program that must succeed."""
        try:
            asked = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
        except FileNotFoundError as error:
            raise ClusterFailure(
                f"{command[0]} is missing: start the bench with kind-tests/scripts/cluster.sh run"
            ) from error
        if asked.returncode != 0:
            raise ClusterFailure(f"{' '.join(command[:3])} failed: {asked.stderr.strip()[-600:]}")
        return asked.stdout

    def connection(self) -> http.client.HTTPSConnection:
        """This thread's connection."""
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPSConnection(
                self.host, self.port, context=self.context, timeout=LIMIT_SECONDS
            )
            self.local.used = time.monotonic()
        connection: http.client.HTTPSConnection = self.local.connection
        if time.monotonic() - self.local.used > IDLE_SECONDS:
            # The other side may have closed it, which would be found out in the middle of a request. It is opened anew by the next.
            connection.close()
        self.local.used = time.monotonic()
        return connection

    def text(self, method: str, path: str, body: Any = None, accepted: tuple[int, ...] = (200, 201, 202)) -> str:
        """An answer of the API server."""
        content = None if body is None else json.dumps(body)
        headers = {**self.headers, "Accept": "application/json", "Content-Type": "application/json"}
        if path == "/metrics" or "/log?" in path:
            headers["Accept"] = "*/*"
        if method == "PATCH":
            headers["Content-Type"] = "application/json-patch+json"
        connection = self.connection()
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            found = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ClusterFailure(f"{method} {path}: no answer from the API server: {error!r}") from error
        if answer.status not in accepted:
            raise ClusterFailure(f"{method} {path} answers {answer.status}: {found[:400]}")
        return found

    def json(self, method: str, path: str, body: Any = None, accepted: tuple[int, ...] = (200, 201, 202)) -> Any:
        """An answer of the API server, read."""
        return json.loads(self.text(method, path, body, accepted))

    def patch(self, path: str, operations: list[dict[str, Any]]) -> Any:
        """Changes an object by a JSON patch (RFC 6902); what it is then."""
        return json.loads(self.text("PATCH", path, operations))

    def watch(self, path: str, version: str) -> Iterator[dict[str, Any]]:
        """The events of a collection from a version on, until the connection is closed by the other side."""
        connection = http.client.HTTPSConnection(self.host, self.port, context=self.context, timeout=LIMIT_SECONDS)
        try:
            query = (
                f"?watch=true&resourceVersion={version}&timeoutSeconds={LIMIT_SECONDS - 10}&allowWatchBookmarks=true"
            )
            connection.request("GET", path + query, headers={**self.headers, "Accept": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise ClusterFailure(f"the watch of {path} answers {answer.status}")
            while line := answer.readline():
                yield json.loads(line)
        finally:
            connection.close()

    def admin(self, *arguments: str) -> dict[str, Any]:
        """Runs `api admin` in the sweeper's Pod, as an administrator does."""
        deployment = f"deployment/{self.names.release}-sweeper"
        command = [
            "exec",
            "--namespace",
            self.names.release_namespace,
            deployment,
            "--container",
            "sweeper",
            "--",
            "/api",
            "admin",
        ]
        printed = self.kubectl(*command, *arguments, "--json")
        # What makes nothing prints nothing.
        found: dict[str, Any] = json.loads(printed) if printed else {}
        return found

    def pod_components(self) -> dict[str, str]:
        """The component of each Pod that is no encoder, by uid."""
        readable = {"api": "API", "operator": "operator", "postgres": "Postgres", "redis": "Redis", "s3": "S3 server", "sweeper": "API", "dispatcher": "API"}
        found = {}
        for pod in self.json("GET", "/api/v1/pods?resourceVersion=0")["items"]:
            metadata = pod["metadata"]
            labels = metadata.get("labels") or {}
            if metadata["namespace"] == self.names.release_namespace:
                found[metadata["uid"]] = readable.get(labels.get(COMPONENT_LABEL, ""), "other Pods")
            elif "job-name" not in labels and "batch.kubernetes.io/job-name" not in labels:
                found[metadata["uid"]] = "other Pods"
        return found

    def require_platform(self) -> None:
        """Complains where the platform is not installed and ready."""
        namespace = self.names.release_namespace
        for component in ("api", "operator"):
            deployment = f"/apis/apps/v1/namespaces/{namespace}/deployments/{self.names.release}-{component}"
            status = self.json("GET", deployment, accepted=(200, 404)).get("status")
            if not isinstance(status, dict) or not status.get("readyReplicas"):
                raise ClusterFailure(f"the platform is not ready in the namespace {namespace}: run make install")


def credentials(cluster: dict[str, Any], user: dict[str, Any]) -> tuple[ssl.SSLContext, dict[str, str]]:
    """How this user is known to the API server: by certificate or by token."""
    context = ssl.create_default_context(cadata=content_of(cluster, "certificate-authority") or None)
    headers = {}
    certificate, key = content_of(user, "client-certificate"), content_of(user, "client-key")
    if certificate and key:
        # The library reads keys from files only; the folder is this user's alone, and is gone at once.
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, "certificate"), Path(folder, "key")]
            for path, content in zip(paths, (certificate, key), strict=True):
                path.write_text(content)
            context.load_cert_chain(paths[0], paths[1])
    elif user.get("token"):
        headers["Authorization"] = f"Bearer {user['token']}"
    else:
        raise ClusterFailure("the kubeconfig's user has neither a client certificate nor a token: use one that has")
    return context, headers


def content_of(entry: dict[str, Any], name: str) -> str:
    """What a kubeconfig holds, itself or in a file."""
    if data := entry.get(f"{name}-data"):
        return base64.b64decode(data).decode()
    return Path(entry[name]).read_text() if entry.get(name) else ""
