"""Bulk actions: what is done with all documents that match a filter."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from .models import Page, pages, read
from .problems import StillProcessing
from .transport import Transport, path_of
from .values import Filter, without_none, written

Action = Literal["cancel", "delete", "retry"]
#: Seconds between two looks at an action.
LOOK = 0.5


@dataclass(frozen=True)
class BulkFailure:
    """A document that something could not be done with."""

    document_id: str
    #: Why, for people.
    message: str


@dataclass(frozen=True)
class BulkAction:
    """What is done with many documents, and how far it is: `done`, `skipped` and `failed` add up to `matched` where nothing else changes."""

    action: str
    #: `running`, `completed`, `aborted`, or `counted` where it was only asked how many match.
    state: str
    matched: int
    done: int
    #: Those that did not match any more, or needed nothing.
    skipped: int
    failed: int
    created_at: str
    #: `None` where it was only asked how many match.
    id: str | None = None
    finished_at: str | None = None
    #: Some of those that failed.
    failures: tuple[BulkFailure, ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> BulkAction:
        """What an answer says."""
        return read(cls, {**told, "failures": tuple(read(BulkFailure, each) for each in told["failures"])})


class BulkActions:
    """A tenant's bulk actions: `Client.bulk`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def begin(
        self,
        action: Action,
        *,
        dry_run: bool = False,
        chunk_size: int | None = None,
        overlap: int | None = None,
        priority: int | None = None,
        to_queue: str | None = None,
        **filters: Filter,
    ) -> BulkAction:
        """Begins an action on all documents that hold the filters of `Client.documents`, of which there must be one; those that are uploaded later
        are not meant. With `dry_run` it is only counted how many match.

        `retry` may say how they are encoded: `chunk_size`, `overlap`, `priority`, and `to_queue`, the queue that they wait in. It leaves those
        that are ready alone unless the filter is `status="ready"`.
        """
        parameters = without_none(chunk_size=chunk_size, overlap=overlap, priority=priority, queue=to_queue)
        body = {"action": action, "filter": without_none(**written(filters)), "dry_run": dry_run, **({"parameters": parameters} if parameters else {})}
        return self._read(self._transport.send_json("POST", "/api/bulk-actions", body))

    def get(self, action_id: str) -> BulkAction:
        """How far an action is."""
        return self._read(self._transport.get(action_path(action_id)))

    def abort(self, action_id: str) -> BulkAction:
        """Ends an action between two documents."""
        return self._read(self._transport.send_json("POST", action_path(action_id, "/abort"), None))

    def list(self, *, page_size: int | None = None) -> Iterator[BulkAction]:
        """The tenant's actions, the newest first."""

        def page(cursor: str | None) -> Page[BulkAction]:
            told = self._transport.get(path_of("/api/bulk-actions", {"limit": page_size, "cursor": cursor}))
            return Page([BulkAction.of(each) for each in told["bulk_actions"]], told["next_cursor"])

        return pages(page)

    def wait(self, action_id: str, *, timeout: float | None = None, told: Callable[[BulkAction], None] | None = None) -> BulkAction:
        """Looks at an action until it has ended; `told` is called each time. After `timeout` seconds it raises `StillProcessing`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            action = self.get(action_id)
            if told:
                told(action)
            if action.state != "running":
                return action
            if deadline is not None and time.monotonic() + LOOK > deadline:
                raise StillProcessing(f"bulk action {action_id} had not ended after {timeout:g} s")
            time.sleep(LOOK)

    @staticmethod
    def _read(told: Mapping[str, Any]) -> BulkAction:
        return BulkAction.of(told["bulk_action"])


def action_path(action_id: str, of_it: str = "") -> str:
    """The path of an action, whatever its id holds."""
    return f"/api/bulk-actions/{quote(action_id, safe='')}{of_it}"
