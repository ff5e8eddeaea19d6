"""The platform's HTTP API, as its clients use it."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cluster import Cluster

LIMIT_SECONDS = 120
#: A connection is kept so long without use: less than the API keeps one that nothing comes over.
IDLE_SECONDS = 10
BOUNDARY = "bench-throughput-b3f1c9e2"
UPLOAD = "/api/documents/upload"


class ApiFailure(Exception):
    """An answer that should not be, in a sentence."""


@dataclass(frozen=True)
class Answer:
    """An answer of the API; the names of its headers are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes


def form(name: str, content: bytes, **options: str) -> tuple[bytes, dict[str, str]]:
    """The form of an upload of a PDF, to be encoded whatever was encoded before: its bytes and its header."""
    head = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{option}"\r\n\r\n{value}\r\n'
        for option, value in {"force": "true", **options}.items()
    )
    head += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
    body = head.encode() + b"Content-Type: application/pdf\r\n\r\n" + content + f"\r\n--{BOUNDARY}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


@dataclass(frozen=True)
class Account:
    """A tenant with one user and one key."""

    tenant: str
    key: str = field(repr=False)

    @classmethod
    def create(cls, cluster: Cluster, name: str) -> Account:
        """Makes one, with a name that no other has."""
        tenant = cluster.admin("create-tenant", "--name", f"{name} {uuid.uuid4().hex}")["id"]
        user = cluster.admin("create-user", "--tenant", tenant, "--name", name)["id"]
        return cls(tenant, cluster.admin("create-key", "--tenant", tenant, "--user", user, "--name", name)["key"])


class Api:
    """The API with a key. Each thread has a connection of its own, which it keeps unless each request is to have a new one."""

    def __init__(self, account: Account, limit: float = LIMIT_SECONDS, url: str | None = None, keeps: bool = True) -> None:
        """With the longest that an answer is waited for, and an address other than the installed one's."""
        url = url or os.environ.get("SOCRATE_API_URL")
        if not url:
            raise ApiFailure("SOCRATE_API_URL is not set: start the bench with kind-tests/scripts/cluster.sh run")
        address, self.limit, self.keeps = urlsplit(url), limit, keeps
        self.kind = http.client.HTTPSConnection if address.scheme == "https" else http.client.HTTPConnection
        self.host, self.port = address.hostname or "", address.port
        self.authorization = {"Authorization": f"Bearer {account.key}"}
        self.local = threading.local()

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body of an answer."""
        answer = self.exchange(method, path, body, headers)
        return answer.status, answer.body

    def exchange(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """An answer, whatever its status."""
        if not hasattr(self.local, "connection"):
            self.local.connection = self.kind(self.host, self.port, timeout=self.limit)
            self.local.used = time.monotonic()
        connection: http.client.HTTPConnection = self.local.connection
        if not self.keeps or time.monotonic() - self.local.used > IDLE_SECONDS:
            # The other side may have closed it; it is opened anew.
            connection.close()
        self.local.used = time.monotonic()
        try:
            connection.request(method, path, body, {**self.authorization, **(headers or {})})
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())
        except (http.client.HTTPException, OSError) as error:
            # It is made anew by the next request. Nothing is sent again: an upload that got no answer could have been taken.
            connection.close()
            raise ApiFailure(f"{method} {path}: no answer: {error!r}") from error

    def upload(self, name: str, content: bytes) -> str:
        """Uploads a PDF, to be encoded whatever was encoded before; the document's id."""
        status, answer = self.send("POST", UPLOAD, *form(name, content))
        if status != 202:
            raise ApiFailure(f"the upload of {name} answers {status}: {answer[:400]!r}")
        found: str = json.loads(answer)["document_id"]
        return found

    def status(self, document: str) -> dict[str, Any]:
        """What the API says of a document now."""
        status, answer = self.send("GET", f"/api/documents/{document}/status")
        if status != 200:
            raise ApiFailure(f"the status of {document} answers {status}: {answer[:400]!r}")
        found: dict[str, Any] = json.loads(answer)
        return found

    def delete(self, document: str) -> None:
        """Deletes a document, its resource and its files."""
        status, answer = self.send("DELETE", f"/api/documents/{document}")
        if status not in (200, 202, 204, 404):
            raise ApiFailure(f"the deletion of {document} answers {status}: {answer[:400]!r}")
