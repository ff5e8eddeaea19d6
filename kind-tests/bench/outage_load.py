"""Documents in each phase of their lives while a service goes away, by clients that repeat what was not answered."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from cluster import ENCODINGS, Cluster
from documents import Document
from probes import Seen, seen
from product_api import UPLOAD, Account, Answer, Api, form
from remains import CANCELLED, READY, TENANT_LABEL, Told

#: A client waits so long for an answer, and for the next try where it is not told how long.
ANSWER_SECONDS, AGAIN_SECONDS = 45.0, 1.0
#: The most it waits between two tries, whatever it is told.
MOST_AGAIN_SECONDS = 10.0
#: So many requests a client has under way: a tenant may have 16 uploads coming in.
PLACES = 14
#: Problems that pass, besides those of the server (5xx) and "too many" (429).
PASSING = ("idempotency_key_pending", "not_queued_yet")
#: A queue of the trial that is left to Kueue, which is not there: what is in it waits until it is cancelled or deleted.
NEVER_BEGUN = "kueue"
#: The condition that says that the API has mirrored a document's end.
ARCHIVED = "Archived"
#: When cancellations and deletions are sent, in seconds from just before the service goes away.
MOMENTS = (0.0, 0.3, 1.0, 5.0, 20.0, 40.0, 58.0, 62.0)


@dataclass
class Sent:
    """A document that a client uploads, and what is done with it later."""

    name: str
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    ids: set[str] = field(default_factory=set)
    tries: list[Seen] = field(default_factory=list)
    #: What it may become.
    may_be: set[str] = field(default_factory=lambda: {READY})
    is_deleted: bool = False

    @property
    def id(self) -> str:
        """Its id, once it is known."""
        return next(iter(self.ids))

    def take(self, answer: Answer | None) -> None:
        """Notes the document that an answer names."""
        if answer is not None and answer.status == 202:
            self.ids.add(json.loads(answer.body)["document_id"])

    def told(self) -> Told:
        """What the client was told."""
        return Told(self.name, frozenset(self.ids), frozenset(self.may_be), self.is_deleted)


class Client:
    """Sends what is not answered again, as a client should, until a time."""

    def __init__(self, account: Account, label: str) -> None:
        self.account, self.label, self.api = account, label, Api(account, ANSWER_SECONDS)
        self.sent: dict[str, Sent] = {}
        self.faults: list[str] = []
        #: Cancellations and deletions.
        self.tries: list[Seen] = []
        self.until = time.monotonic() + 600
        self.lock = threading.Lock()
        self.places = threading.Semaphore(PLACES)

    def repeated(self, tries: list[Seen], what: str, good: Callable[[Answer], bool], *request: Any) -> Answer | None:
        """An answer that is one; nothing where there was none in time."""
        while True:
            with self.places:
                found, answer = seen(self.api, good, *request)
            tries.append(found)
            passes = answer is None or answer.status >= 500 or answer.status == 429 or any(each in found.outcome for each in PASSING)
            if not passes:
                return answer
            if time.monotonic() > self.until:
                self.faults.append(f"{what} was not answered to the end: {found.outcome}")
                return None
            told = answer.headers.get("retry-after", "") if answer else ""
            threading.Event().wait(min(float(told), MOST_AGAIN_SECONDS) if told.isdigit() else AGAIN_SECONDS)

    def request(self, name: str, document: Document, **options: str) -> tuple[Sent, tuple[Any, ...]]:
        """The upload of a document with a key: the same one for the same name."""
        name = f"{self.label}-{name}.pdf"
        with self.lock:
            sent = self.sent.setdefault(name, Sent(name))
        body, headers = form(name, document.copy(name), **options)
        return sent, ("POST", UPLOAD, body, {**headers, "Idempotency-Key": sent.key})

    def upload(self, name: str, document: Document, **options: str) -> Sent:
        """Uploads a document with a key, until it is taken."""
        sent, request = self.request(name, document, **options)
        answer = self.repeated(sent.tries, f"the upload of {sent.name}", lambda answer: answer.status == 202, *request)
        if answer is not None and answer.status != 202:
            self.faults.append(f"the upload of {sent.name} was answered {sent.tries[-1].outcome}")
        sent.take(answer)
        return sent

    def upload_once(self, name: str, document: Document) -> Sent:
        """Sends an upload once; it may be sent again."""
        sent, request = self.request(name, document)
        found, answer = seen(self.api, lambda answer: answer.status == 202, *request)
        sent.tries.append(found)
        sent.take(answer)
        return sent

    def cancel(self, sent: Sent) -> None:
        """Cancels a document. One that has ended meanwhile cannot be; it may have been cancelled by a request that got no answer."""
        tries: list[Seen] = []
        path = f"/api/documents/{sent.id}/cancel"
        answer = self.repeated(tries, f"the cancellation of {sent.name}", lambda answer: answer.status in (202, 409), "POST", path)
        self.tries += tries
        if answer is not None and (answer.status == 202 or (answer.status == 409 and len(tries) > 1)):
            sent.may_be.add(CANCELLED)
        elif answer is not None and answer.status != 409:
            self.faults.append(f"the cancellation of {sent.name} was answered {tries[-1].outcome}")

    def delete(self, sent: Sent) -> None:
        """Deletes a document. It may have been deleted by a request that got no answer."""
        tries: list[Seen] = []
        answer = self.repeated(tries, f"the deletion of {sent.name}", lambda answer: answer.status in (204, 404), "DELETE", f"/api/documents/{sent.id}")
        self.tries += tries
        sent.is_deleted = answer is not None and (answer.status == 204 or (answer.status == 404 and len(tries) > 1))
        if answer is not None and not sent.is_deleted:
            self.faults.append(f"the deletion of {sent.name} was answered {tries[-1].outcome}")

    def delete_all(self) -> None:
        """Leaves nothing behind, whatever happened."""
        self.until = time.monotonic() + 60
        for sent in list(self.sent.values()):
            if sent.ids and not sent.is_deleted:
                self.delete(sent)

    def status(self, document: str) -> dict[str, Any] | None:
        """What the API says of a document; nothing where it does not answer."""
        _, answer = seen(self.api, lambda answer: answer.status == 200, "GET", f"/api/documents/{document}/status")
        return json.loads(answer.body) if answer is not None and answer.status == 200 else None

    def ended(self, all_sent: list[Sent], until: float) -> list[Sent]:
        """Waits until documents have ended, as a client does; those that have not in time."""
        waiting = list(all_sent)
        while waiting and time.monotonic() < until:
            waiting = [each for each in waiting if (self.status(each.id) or {}).get("status") not in ("ready", "failed")]
            threading.Event().wait(0.5)
        return waiting


class Load:
    """Documents of one client around an outage."""

    def __init__(self, client: Client, document: Document, heavy: Document, count: int) -> None:
        self.client, self.document, self.heavy = client, document, heavy
        #: Half of the documents come before, and half while it goes on and after it.
        self.before, self.spread = max(count // 2, 1), max(count // 2, 1)
        #: Large ones, which keep the encoders at work.
        self.backlog = min(max(count // 4, 4), 16)
        self.pool = ThreadPoolExecutor(64)
        self.futures: list[Future[Any]] = []
        self.large: list[Future[Sent]] = []
        self.ready: list[Sent] = []
        self.waiting: list[Sent] = []

    def prepare(self) -> None:
        """Documents that are ready, and ones that wait for ever."""
        with ThreadPoolExecutor(4) as pool:
            self.ready = list(pool.map(lambda number: self.client.upload(f"ready-{number}", self.document), range(len(MOMENTS))))
            self.waiting = list(
                pool.map(lambda number: self.client.upload(f"waiting-{number}", self.document, queue=NEVER_BEGUN), range(2 * len(MOMENTS) + 1))
            )
        self.client.ended(self.ready, time.monotonic() + 120)

    @property
    def watched(self) -> Sent:
        """One that waits all the time, so that its status is in memory. It is cancelled at the end."""
        return self.waiting[-1]

    def begin(self) -> None:
        """The backlog comes, and then smaller ones; all as quickly as the API takes them."""
        self.large = [self.pool.submit(self.client.upload, f"large-{number}", self.heavy, priority="10") for number in range(self.backlog)]
        self.futures += self.large
        self.futures += [self.pool.submit(self.client.upload, f"before-{number}", self.document) for number in range(self.before)]

    @property
    def is_under_way(self) -> bool:
        """Whether half of the backlog is taken, at which encoders are at work for some seconds yet."""
        return sum(each.done() for each in self.large) >= len(self.large) / 2

    def go_on(self, seconds: float) -> None:
        """What is sent from just before the outage until a while after it: uploads, cancellations and deletions."""
        now = time.monotonic()
        for number in range(self.spread):
            self.at(now + seconds * number / self.spread, self.client.upload, f"during-{number}", self.document)
        for number, moment in enumerate(MOMENTS):
            # What is cancelled while it waits can become nothing else.
            self.waiting[number].may_be.clear()
            self.at(now + moment, self.client.cancel, self.waiting[number])
            self.at(now + moment, self.client.delete, self.waiting[len(MOMENTS) + number])
            self.at(now + moment, self.client.delete, self.ready[number])
        # From the end of the backlog, which is encoded last.
        for number, moment in enumerate(MOMENTS[: len(self.large) // 2]):
            self.at(now + moment, self.once_taken, self.client.cancel, self.large[-1 - 2 * number])
            self.at(now + moment, self.once_taken, self.client.delete, self.large[-2 - 2 * number])

    @staticmethod
    def once_taken(work: Callable[[Sent], None], upload: Future[Sent]) -> None:
        """Does something with a document, which may be being uploaded yet."""
        work(upload.result())

    def at(self, due: float, work: Callable[..., Any], *arguments: Any) -> None:
        """Does something at a time."""

        def run() -> None:
            threading.Event().wait(max(due - time.monotonic(), 0))
            work(*arguments)

        self.futures.append(self.pool.submit(run))

    def finish(self, until: float) -> list[str]:
        """Waits until all was answered, and sends uploads that took several tries once more: the key must be answered the same."""
        self.client.until = until
        wait(self.futures, timeout=max(until - time.monotonic(), 0) + 2 * ANSWER_SECONDS)
        found = [f"a client failed: {each.exception()!r}" for each in self.futures if each.done() and each.exception()]
        found += ["a client did not come to its end"] * sum(not each.done() for each in self.futures)
        self.watched.may_be.clear()
        self.client.cancel(self.watched)
        for sent in [each for each in self.client.sent.values() if len(each.tries) > 1 and each.ids and not each.is_deleted]:
            stem = sent.name.removeprefix(f"{self.client.label}-").removesuffix(".pdf")
            document = self.heavy if stem.startswith("large") else self.document
            options = {"priority": "10"} if stem.startswith("large") else {}
            self.client.upload(stem, document, **options)
        self.pool.shutdown(wait=False, cancel_futures=True)
        return found


def phases(cluster: Cluster, tenant: str) -> dict[str, int]:
    """How many resources of a tenant are in which phase."""
    path = f"{ENCODINGS}/namespaces/{cluster.names.encodings_namespace}/documentencodings?labelSelector={TENANT_LABEL}%3D{tenant}"
    found = {"waiting": 0, "being encoded": 0, "ended and not archived": 0, "archived": 0}
    for each in cluster.json("GET", path)["items"]:
        status = each.get("status") or {}
        archived = any(condition["type"] == ARCHIVED and condition["status"] == "True" for condition in status.get("conditions") or [])
        if status.get("phase") in ("Ready", "Failed", "Cancelled"):
            found["archived" if archived else "ended and not archived"] += 1
        else:
            works = status.get("phase") == "Processing" and each["spec"].get("queue") != NEVER_BEGUN
            found["being encoded" if works else "waiting"] += 1
    return found
