"""Webhooks of a tenant: where it is told what happens to documents, and what became of that. For administrators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from .models import Page, pages, read
from .problems import Problem
from .transport import Transport, path_of
from .values import without_none, written


@dataclass(frozen=True)
class Webhook:
    """Where it is told what happens to documents."""

    id: str
    url: str
    #: `document.ready` …
    events: tuple[str, ...]
    enabled: bool
    created_at: str
    description: str = ""
    disabled_at: str | None = None
    #: `requested`, `gone` (it answered 410), `failing` …
    disabled_reason: str | None = None
    failing_since: str | None = None
    paused_until: str | None = None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Webhook:
        """What an answer says."""
        return read(cls, {**told, "events": tuple(told["events"])})


@dataclass(frozen=True)
class Delivery:
    """Something that happened once, for one webhook."""

    id: str
    #: What is sent as `webhook-id`, each time the same.
    webhook_message_id: str
    event: str
    #: `pending`, `delivered` or `failed`.
    status: str
    attempts: int
    created_at: str
    document_id: str | None = None
    change_seq: int | None = None
    next_attempt_at: str | None = None
    response_status: int | None = None
    error: str | None = None
    ended_at: str | None = None


class Webhooks:
    """A tenant's webhooks: `Client.webhooks`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(self, url: str, *, events: Sequence[str] | None = None, description: str | None = None) -> tuple[Webhook, str]:
        """A new webhook and its secret, which is told this once: keep it for `verify`. Without `events` it is told everything."""
        body = without_none(url=url, events=None if events is None else list(events), description=description)
        told = self._transport.send_json("POST", "/api/webhooks", body)
        return Webhook.of(told["webhook"]), told["secret"]

    def list(self, *, page_size: int | None = None) -> Iterator[Webhook]:
        """All of the tenant's."""

        def page(cursor: str | None) -> Page[Webhook]:
            told = self._transport.get(path_of("/api/webhooks", {"limit": page_size, "cursor": cursor}))
            return Page([Webhook.of(each) for each in told["webhooks"]], told["next_cursor"])

        return pages(page)

    def get(self, webhook_id: str) -> Webhook:
        """One of them."""
        return Webhook.of(self._transport.get(webhook_path(webhook_id)))

    def change(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        events: Sequence[str] | None = None,
        description: str | None = None,
        enabled: bool | None = None,
    ) -> Webhook:
        """Changes what is said. One that is enabled again is told what happens from then on."""
        body = without_none(url=url, events=None if events is None else list(events), description=description, enabled=enabled)
        return Webhook.of(self._transport.send_json("PATCH", webhook_path(webhook_id), body, is_repeatable=True))

    def delete(self, webhook_id: str) -> None:
        """Nothing is told there any more."""
        try:
            self._transport.send("DELETE", webhook_path(webhook_id))
        except Problem as problem:
            # Where the answer to the first try was lost, it may have been carried out.
            if problem.status != 404 or problem.sent == 1:
                raise

    def rotate_secret(self, webhook_id: str, *, overlap_hours: int | None = None) -> str:
        """A new secret; for so many hours what is sent is signed with the one before, too (24)."""
        body = without_none(overlap_hours=overlap_hours)
        told = self._transport.send_json("POST", webhook_path(webhook_id, "/secret"), body)
        return str(told["secret"])

    def test(self, webhook_id: str) -> Delivery:
        """Has `webhook.test` sent."""
        return read(Delivery, self._transport.send_json("POST", webhook_path(webhook_id, "/test"), None))

    def deliveries(self, webhook_id: str, *, status: str | None = None, page_size: int | None = None) -> Iterator[Delivery]:
        """What was sent or is to be, the newest first."""

        def page(cursor: str | None) -> Page[Delivery]:
            path = path_of(webhook_path(webhook_id, "/deliveries"), {"status": status, "limit": page_size, "cursor": cursor})
            told = self._transport.get(path)
            return Page([read(Delivery, each) for each in told["deliveries"]], told["next_cursor"])

        return pages(page)

    def replay(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Has one sent once more, with the same `webhook-id`."""
        path = webhook_path(webhook_id, f"/deliveries/{quote(delivery_id, safe='')}/replay")
        return read(Delivery, self._transport.send_json("POST", path, None))

    def replay_failed(self, webhook_id: str, since: datetime | str) -> int:
        """Has all sent once more that failed and were made since then; answers how many."""
        replayed = 0
        while True:
            body = written({"since": since})
            told = self._transport.send_json("POST", webhook_path(webhook_id, "/replay"), body)
            replayed += int(told["replayed"])
            if not told["more"]:
                return replayed


def webhook_path(webhook_id: str, of_it: str = "") -> str:
    """The path of a webhook, whatever its id holds."""
    return f"/api/webhooks/{quote(webhook_id, safe='')}{of_it}"
