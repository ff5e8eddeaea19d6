"""A tenant with something of everything that a path can name: documents in each state, users, keys, uploads, webhooks, bulk actions."""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cluster import Cluster
from product_api import Account, Api, ApiFailure

#: Documents reach their state within so long.
LIMIT_SECONDS = 120
TICK_SECONDS = 0.2
#: Far more than is sent: what is tried is no limit of requests.
REQUESTS_PER_SECOND = 100_000
#: The trial's queue whose Jobs are left to Kueue, which is not there: what is in it waits.
WAITING_QUEUE = "kueue"
#: A PDF by its first bytes that cannot be read.
BROKEN = b"%PDF-1.7\nno object of a PDF follows\n"
#: Length of an upload by tus, in bytes.
TUS_LENGTH = 64


def text() -> bytes:
    """A document to encode, unlike every other."""
    return f"Quarterly report {uuid.uuid4()}.\n\nSales rose in every region, and costs fell.\n".encode()


def form(content: bytes, name: str = "report.txt", **options: str) -> tuple[bytes, dict[str, str]]:
    """The form of an upload, and its headers."""
    boundary = f"contract-{uuid.uuid4().hex}"
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in options.items()]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = "".join(parts).encode() + head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def tus_metadata(name: str) -> str:
    """The header `Upload-Metadata` of a file with this name."""
    return f"filename {base64.b64encode(name.encode()).decode()}"


class Maker:
    """Makes what a tenant has, by the API as its administrator."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def asked(self, method: str, path: str, body: Any = None, wanted: tuple[int, ...] = (200, 201, 202)) -> Any:
        """The answer to a request with JSON, which must be one that is wanted."""
        content = None if body is None else json.dumps(body).encode()
        status, answer = self.api.send(method, path, content, {"Content-Type": "application/json"})
        if status not in wanted:
            raise ApiFailure(f"{method} {path} answers {status}: {answer[:400]!r}")
        return json.loads(answer) if answer else None

    def document(self, content: bytes, name: str = "report.txt", **options: str) -> str:
        """An upload's id."""
        status, answer = self.api.send("POST", "/api/documents/upload", *form(content, name, **options))
        if status != 202:
            raise ApiFailure(f"the upload of {name} answers {status}: {answer[:400]!r}")
        return str(json.loads(answer)["document_id"])

    def waiting(self) -> str:
        """A document whose turn never comes."""
        return self.document(text(), queue=WAITING_QUEUE)

    def cancelled(self) -> str:
        """A document that was cancelled before its turn came."""
        document = self.waiting()
        self.until(document, lambda: self.api.send("POST", f"/api/documents/{document}/cancel")[0] == 202, "cancelled")
        return document

    def user(self) -> str:
        """A member."""
        return str(self.asked("POST", "/api/users", {"name": f"user {uuid.uuid4()}"})["id"])

    def key(self, user: str | None = None) -> str:
        """The id of a key."""
        owner = {} if user is None else {"user_id": user}
        return str(self.asked("POST", "/api/keys", {"name": f"key {uuid.uuid4()}", **owner})["id"])

    def session(self) -> str:
        """The id of a session that was just begun."""
        self.asked("POST", "/api/session")
        return str(self.asked("GET", "/api/sessions?limit=1")["sessions"][0]["id"])

    def tus(self) -> str:
        """An upload that nothing has come of yet."""
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(TUS_LENGTH), "Upload-Metadata": tus_metadata("report.txt")}
        answer = self.api.exchange("POST", "/api/documents/upload/tus", None, headers)
        if answer.status != 201:
            raise ApiFailure(f"an upload by tus answers {answer.status}: {answer.body[:400]!r}")
        return answer.headers["location"].rsplit("/", 1)[1]

    def presigned(self) -> str | None:
        """An upload past the API, where the store is S3."""
        found: dict[str, str] = self.asked("POST", "/api/documents/upload/presigned", {"filename": "report.txt", "size_bytes": 64}, (201, 409))
        return found.get("upload_id")

    def webhook(self) -> str:
        """A webhook, told of nothing that happens here but deletions."""
        request = {"url": f"https://{uuid.uuid4()}.example.com/", "events": ["document.deleted"]}
        made = self.asked("POST", "/api/webhooks", request, (201, 409))
        # Where there are as many as there may be, the newest will do.
        newest = made.get("webhook") or self.asked("GET", "/api/webhooks?limit=1")["webhooks"][0]
        return str(newest["id"])

    def enable(self, webhook: str) -> None:
        """Has a webhook take part again, whatever was tried with it, with nothing pending: ten tests may be."""
        for enabled in (False, True):
            self.asked("PATCH", f"/api/webhooks/{webhook}", {"enabled": enabled})

    def delivery(self, webhook: str) -> str:
        """A delivery that tells nothing but that there is the webhook."""
        return str(self.asked("POST", f"/api/webhooks/{webhook}/test")["id"])

    def bulk_action(self) -> str:
        """A bulk action that changes nothing: what has failed is not cancelled."""
        request = {"action": "cancel", "filter": {"status": "failed"}}
        return str(self.asked("POST", "/api/bulk-actions", request, (202,))["bulk_action"]["id"])

    def cursors(self, path: str) -> list[str]:
        """The cursors of a list, part for part."""
        found: list[str] = []
        while (cursor := self.asked("GET", path + (f"&cursor={found[-1]}" if found else ""))["next_cursor"]) is not None:
            found.append(cursor)
        return found

    def until(self, document: str, holds: Callable[[], bool], what: str) -> None:
        """Asks again until it holds."""
        deadline = time.monotonic() + LIMIT_SECONDS
        while not holds():
            if time.monotonic() > deadline:
                raise ApiFailure(f"document {document} is not {what} within {LIMIT_SECONDS} s: {self.api.status(document)}")
            time.sleep(TICK_SECONDS)

    def until_status(self, document: str, *wanted: str) -> None:
        """Waits for one of these states."""
        self.until(document, lambda: self.api.status(document)["status"] in wanted, " or ".join(wanted))


@dataclass
class Tenant:
    """A tenant and what is there of it, each by its ids."""

    account: Account
    name: str
    user: str
    #: The id of the key that is used.
    own_key: str
    documents: dict[str, list[str]] = field(default_factory=dict)
    users: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    tus: list[str] = field(default_factory=list)
    presigned: list[str] = field(default_factory=list)
    webhooks: list[str] = field(default_factory=list)
    #: Of the first webhook.
    deliveries: list[str] = field(default_factory=list)
    bulk_actions: list[str] = field(default_factory=list)
    #: What lists gave to go on with: of documents, and of all other rows.
    cursors: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def create(cls, cluster: Cluster, name: str) -> Tenant:
        """A tenant with an administrator, who has a key for everything."""
        full_name = f"{name} {uuid.uuid4().hex}"
        tenant = cluster.admin("create-tenant", "--name", full_name)["id"]
        cluster.admin("set-quota", "--tenant", tenant, "--quota", "requests-per-second", "--limit", str(REQUESTS_PER_SECOND))
        user = cluster.admin("create-user", "--tenant", tenant, "--name", name, "--role", "admin")["id"]
        scopes = [part for scope in ("documents:read", "documents:write", "admin") for part in ("--scope", scope)]
        account = Account(tenant, cluster.admin("create-key", "--tenant", tenant, "--user", user, "--name", name, *scopes)["key"])
        [own_key] = Maker(Api(account)).asked("GET", "/api/keys")["keys"]
        return cls(account, full_name, user, own_key["id"])

    def fill(self, documents: int) -> None:
        """Makes so many documents of each state, and what else a path can name."""
        maker = Maker(Api(self.account))
        ready = [maker.document(text()) for _ in range(documents)]
        failed = [maker.document(BROKEN, "broken.pdf") for _ in range(documents)]
        self.documents = {
            "waiting": [maker.waiting() for _ in range(documents)],
            "cancelled": [maker.cancelled() for _ in range(documents)],
            "ready": ready,
            "failed": failed,
        }
        self.users = [maker.user() for _ in range(2)]
        self.keys = [maker.key(user) for user in self.users]
        self.sessions = [maker.session() for _ in range(2)]
        self.tus = [maker.tus() for _ in range(2)]
        self.presigned = [upload for upload in [maker.presigned()] if upload is not None]
        self.webhooks = [maker.webhook()]
        self.deliveries = [maker.delivery(self.webhooks[0]) for _ in range(2)]
        for document in ready:
            maker.until_status(document, "ready")
        for document in [*failed, *self.documents["cancelled"]]:
            maker.until_status(document, "failed")
        # Once all have failed that are to: it may cancel none of them.
        self.bulk_actions = [maker.bulk_action()]
        self.cursors = {
            "documents": [cursor for sort in ("created_at", "-filename") for cursor in maker.cursors(f"/api/documents?limit=2&sort={sort}")],
            "rows": maker.cursors("/api/users?limit=1") + maker.cursors("/api/audit?limit=9"),
            # Of a place in an answer, which is written, as what is found depends on when it was indexed.
            "search": [json.dumps({"score": score, "document": ready[0], "number": 0}).encode().hex() for score in (0.5, 0.01)],
        }

    def ids(self) -> dict[str, list[str]]:
        """The ids that a path can name, by what they name; documents that are ready, and those that have failed, also by themselves."""
        documents = [document for of_state in self.documents.values() for document in of_state]
        return {
            "documents": documents,
            "ready": self.documents.get("ready", []),
            "failed": self.documents.get("failed", []),
            "bulk_actions": self.bulk_actions,
            "users": self.users,
            "keys": self.keys,
            "sessions": self.sessions,
            "tus": self.tus,
            "presigned": self.presigned,
            "webhooks": self.webhooks,
            "deliveries": self.deliveries,
        }

    def kept(self) -> set[str]:
        """The ids of what must not be used up."""
        return {self.own_key, *(one for ids in self.ids().values() for one in ids)}

    def write(self, path: Path) -> None:
        """Writes it where only this user reads it."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, path: Path) -> Tenant:
        """What was written."""
        found = json.loads(path.read_text())
        return cls(**{**found, "account": Account(**found["account"])})

    def delete(self, cluster: Cluster) -> None:
        """Deletes it with all that is its own."""
        cluster.admin("delete-tenant", "--tenant", self.account.tenant, "--name", self.name)
