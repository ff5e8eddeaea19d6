"""The store as files by key: a folder, or an S3-compatible server asked with signed requests (AWS Signature Version 4)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import os
import posixpath
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlsplit

from cluster import Cluster, ClusterFailure

#: Where the trial's volume lies on the node.
TRIAL_STORE = Path("/var/lib/socrate-encoder-trial/store")
#: The longest one answer may take.
LIMIT_SECONDS = 60


class Store(Protocol):
    """What is asked of a store."""

    def keys(self, prefix: str) -> list[str]:
        """The keys below a prefix that ends with a slash, in order."""

    def read(self, key: str) -> bytes | None:
        """An object, or None where there is none."""


def checked(key: str) -> str:
    """A key, which is data: it must not lead out of the store."""
    if key.startswith("/") or posixpath.normpath(key) != key.removesuffix("/") or key.split("/")[0] == "..":
        raise ValueError(f"the key {key} leads out of the store")
    return key


@dataclass(frozen=True)
class Folder:
    """A store on a volume."""

    root: Path

    def keys(self, prefix: str) -> list[str]:
        """The keys below a prefix."""
        # What is removed meanwhile is passed over.
        found = (Path(folder, name) for folder, _, names in os.walk(self.root / checked(prefix)) for name in names)
        return sorted(str(path.relative_to(self.root)) for path in found)

    def read(self, key: str) -> bytes | None:
        """A file."""
        try:
            return (self.root / checked(key)).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None


@dataclass(frozen=True)
class Bucket:
    """A store in a bucket, or below a prefix of one, on a server that is asked by path and not by host name."""

    endpoint: str
    region: str
    access_key_id: str
    secret_access_key: str
    bucket: str
    prefix: str = ""

    def keys(self, prefix: str) -> list[str]:
        """The keys below a prefix."""
        return sorted(key.removeprefix(self.prefix) for key in self.listed(self.prefix + checked(prefix)))

    def read(self, key: str) -> bytes | None:
        """An object."""
        status, content = self.send("GET", f"/{self.bucket}/{self.prefix}{checked(key)}")
        if status == 404:
            return None
        return self.wanted(status, content)

    def write(self, key: str, content: bytes) -> None:
        """Writes an object, whether there is one or not."""
        self.wanted(*self.send("PUT", f"/{self.bucket}/{self.prefix}{checked(key)}", body=content))

    def listed(self, prefix: str) -> Iterator[str]:
        """All pages of a list (ListObjectsV2)."""
        query = {"list-type": "2", "prefix": prefix}
        while True:
            page = ElementTree.fromstring(self.wanted(*self.send("GET", f"/{self.bucket}", query)))
            space = page.tag.removesuffix("ListBucketResult")
            yield from (key.text or "" for key in page.iterfind(f"{space}Contents/{space}Key"))
            further = page.findtext(f"{space}NextContinuationToken")
            if not further:
                return
            query["continuation-token"] = further

    def wanted(self, status: int, content: bytes) -> bytes:
        """The content of an answer that must be a success."""
        if status != 200:
            raise ClusterFailure(f"the store at {self.endpoint} answers {status}: {content[:400].decode(errors='replace')}")
        return content

    def send(self, method: str, path: str, query: dict[str, str] | None = None, body: bytes = b"") -> tuple[int, bytes]:
        """One signed request: the status and the body."""
        server = urlsplit(self.endpoint)
        kind = http.client.HTTPSConnection if server.scheme == "https" else http.client.HTTPConnection
        connection = kind(server.netloc, timeout=LIMIT_SECONDS)
        path = quote(path, safe="/-._~")
        parameters = "&".join(f"{quote(name, safe='-._~')}={quote(value, safe='-._~')}" for name, value in sorted((query or {}).items()))
        try:
            headers = self.signed(method, server.netloc, path, parameters, body, datetime.now(UTC))
            connection.request(method, f"{path}?{parameters}" if parameters else path, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise ClusterFailure(f"no answer from the store at {self.endpoint}: {error!r}") from error
        finally:
            connection.close()

    def signed(self, method: str, host: str, path: str, query: str, body: bytes, now: datetime) -> dict[str, str]:
        """The headers of a request (docs.aws.amazon.com, "Create a signed AWS API request")."""
        content = hashlib.sha256(body).hexdigest()
        moment, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
        headers = {"host": host, "x-amz-content-sha256": content, "x-amz-date": moment}
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = hashlib.sha256(f"{method}\n{path}\n{query}\n{lines}\n{names}\n{content}".encode()).hexdigest()
        scope = f"{day}/{self.region}/s3/aws4_request"
        key = f"AWS4{self.secret_access_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{canonical}".encode(), "sha256").hex()
        credential = f"Credential={self.access_key_id}/{scope}"
        headers["Authorization"] = f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}"
        return headers


def installed(cluster: Cluster, folder: Path | None) -> Store:
    """The store of the installed release: a volume as this folder, or as the trial's, or what its URL of S3 names."""
    names = cluster.names
    path = f"/apis/apps/v1/namespaces/{names.release_namespace}/deployments/{names.release}-api"
    containers = cluster.json("GET", path)["spec"]["template"]["spec"]["containers"]
    environment = {each["name"]: each for container in containers for each in container.get("env", [])}
    url = urlsplit(environment["SOCRATE_STORE_URL"]["value"])
    if url.scheme != "s3":
        root = folder or TRIAL_STORE
        if not root.is_dir():
            raise ClusterFailure(f"{root} is no folder: name the root of the store's volume with --store")
        return Folder(root)

    def value(name: str) -> str:
        found = environment.get(name, {})
        if reference := found.get("valueFrom", {}).get("secretKeyRef"):
            return secret(cluster, reference)
        return str(found.get("value", ""))

    region = value("AWS_REGION")
    endpoint = value("SOCRATE_STORE_PUBLIC_ENDPOINT") or value("AWS_ENDPOINT_URL")
    prefix = url.path.strip("/")
    return Bucket(
        endpoint.rstrip("/") or f"https://s3.{region}.amazonaws.com",
        region,
        value("AWS_ACCESS_KEY_ID"),
        value("AWS_SECRET_ACCESS_KEY"),
        url.netloc,
        f"{prefix}/" if prefix else "",
    )


def secret(cluster: Cluster, reference: dict[str, Any]) -> str:
    """What a Secret of the release's namespace holds."""
    path = f"/api/v1/namespaces/{cluster.names.release_namespace}/secrets/{reference['name']}"
    return base64.b64decode(cluster.json("GET", path)["data"][reference["key"]]).decode()
