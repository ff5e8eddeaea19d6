"""The API's documents: upload, follow, read, search, export."""

from __future__ import annotations

import hashlib
import json
import os
import ssl
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Literal
from urllib.parse import quote

from .bulk import BulkActions
from .events import Reader
from .forms import Form
from .models import Chunk, Document, Event, Hit, Page, Status, Upload, pages, read
from .problems import ConnectionFailed, Problem, StillProcessing
from .retries import Retries
from .transport import Transport, path_of
from .values import Filter, without_none, written
from .webhook_endpoints import Webhooks

#: What can be downloaded of a document: the two files of its result, and what was uploaded.
File = Literal["metadata", "index", "source"]

#: Seconds between two looks at a status: at first, and at most where nothing changes.
FIRST_LOOK, LONGEST_LOOK = 0.2, 5.0


class Client:
    """The API with a key. Threads may share it.

    Every method raises `Problem` where the API refuses, and `ConnectionFailed` where there is no answer.
    """

    def __init__(self, url: str, key: str, *, timeout: float = 60.0, retries: Retries | None = None, tls: ssl.SSLContext | None = None) -> None:
        """`url` is where the API is, such as `https://documents.example.com`; `timeout` is how many seconds it may be silent, which
        must be more than the 15 s after which a stream of changes says that it is there."""
        self._transport = Transport(url, key, timeout, retries or Retries(), tls)
        #: What is done with all documents that match a filter.
        self.bulk = BulkActions(self._transport)
        #: Where it is told what happens to documents; for administrators.
        self.webhooks = Webhooks(self._transport)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._transport.close()

    def upload(
        self,
        file: str | os.PathLike[str] | BinaryIO,
        *,
        name: str | None = None,
        idempotency_key: str | None = None,
        chunk_size: int | None = None,
        overlap: int | None = None,
        priority: int | None = None,
        queue: str | None = None,
        force: bool | None = None,
    ) -> Upload:
        """Uploads a file, which is read while it is sent: a path, or a binary file that can be sought in, from where it is.

        `name` is what the document is called, by default as the file is. With the same `idempotency_key` it is uploaded once within a day,
        however often it is tried; without one, each call has a key of its own, so that a try whose answer was lost does no harm.
        `chunk_size` and `overlap` count tokens. `force` has it encoded even where the same content was encoded already.
        """
        options = {"chunk_size": chunk_size, "overlap": overlap, "priority": priority, "queue": queue, "force": force}
        fields = {option: json.dumps(value) if isinstance(value, bool) else str(value) for option, value in options.items() if value is not None}
        with ExitStack() as stack:
            content: BinaryIO = stack.enter_context(open(file, "rb")) if isinstance(file, (str, os.PathLike)) else file
            called = name or Path(str(getattr(content, "name", ""))).name
            if not called:
                raise ValueError("say the name of the document: the file has none")
            begin = content.tell()

            def form() -> Form:
                content.seek(begin)
                return Form(content, called, fields)

            headers = {"Idempotency-Key": idempotency_key or str(uuid.uuid4())}
            return read(Upload, self._transport.send("POST", "/api/documents/upload", headers, form, is_repeatable=True).json())

    def status(self, document_id: str) -> Status:
        """Where a document is."""
        return Status.of(self._get(document_path(document_id, "/status")))

    def document(self, document_id: str) -> Document:
        """A document's record."""
        return read(Document, self._get(document_path(document_id)))

    def wait(self, document_id: str, *, timeout: float | None = None, told: Callable[[Status], None] | None = None) -> Status:
        """Asks for a document's status until it has ended; `Status.or_fail` raises where it failed.

        It asks less often the longer nothing changes, and is told by `ETag` that nothing did. `told` is called with each change. After `timeout`
        seconds it raises `StillProcessing`; the work goes on.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        tag, pause = "", FIRST_LOOK
        while True:
            answer = self._transport.send("GET", document_path(document_id, "/status"), {"If-None-Match": tag} if tag else None)
            if answer.status != 304:
                tag, pause = answer.headers.get("etag", ""), FIRST_LOOK
                status = Status.of(answer.json())
                if told:
                    told(status)
                if status.has_ended:
                    return status
            if deadline is not None and time.monotonic() + pause > deadline:
                raise StillProcessing(f"document {document_id} had not ended after {timeout:g} s")
            time.sleep(pause)
            pause = min(pause * 1.5, LONGEST_LOOK)

    def wait_by_events(self, document_id: str, *, timeout: float | None = None, told: Callable[[Status], None] | None = None) -> Status:
        """As `wait`, but told of changes by the API's stream of them instead of asking. It suits who waits for many documents or long."""
        for event in self.events(timeout=timeout):
            if event.data and event.data["document_id"] != document_id:
                continue
            # Where the stream begins, and where something may have been missed, the status says where the document is. It is asked for after
            # the stream has begun: what changes in between is told by both. Of a document that was deleted it says so.
            status = event.status if event.data and event.type != "document.deleted" else self.status(document_id)
            if status and told:
                told(status)
            if status and status.has_ended:
                return status
        raise StillProcessing(f"document {document_id} had not ended after {timeout or 0:g} s")

    def events(self, *, last_event_id: int | None = None, once: bool = False, timeout: float | None = None) -> Iterator[Event]:
        """Changes of your tenant's documents as they happen, each once and in order, also where the connection is lost in between.

        From the change after `last_event_id` on, or from now on. An event `stream.reload` says that something may have been missed: read the
        documents anew. `once` ends it when all is told that there is; `timeout`, after so many seconds.
        """
        reader = Reader(None if last_event_id is None else str(last_event_id))
        deadline = None if timeout is None else time.monotonic() + timeout
        path = path_of("/api/events", {"once": once or None})
        while deadline is None or time.monotonic() < deadline:
            headers = {"Accept": "text/event-stream", **({} if reader.last_event_id is None else {"Last-Event-ID": reader.last_event_id})}
            with self._transport.open(path, headers) as stream:
                try:
                    yield from reader.events(stream.lines(deadline))
                except ConnectionFailed:
                    if once:
                        raise
            if once:
                return
            time.sleep(reader.retry_seconds if deadline is None else max(min(reader.retry_seconds, deadline - time.monotonic()), 0.0))

    def documents_page(self, *, limit: int | None = None, cursor: str | None = None, sort: str | None = None, **filters: Filter) -> Page[Document]:
        """A part of the list of documents: see `documents`."""
        told = self._get("/api/documents", limit=limit, cursor=cursor, sort=sort, **written(filters))
        return Page([read(Document, each) for each in told["documents"]], told["next_cursor"])

    def documents(self, *, sort: str | None = None, page_size: int | None = None, **filters: Filter) -> Iterator[Document]:
        """Your documents that hold all filters: `status`, `reason`, `language`, `queue`, `created_from`, `created_before`, `min_bytes`, `max_bytes`,
        `has_result` and `acknowledged` (`True` or `False`), `search` (a part of the name).

        `sort` is `created_at` or `filename`; with `-` from the last to the first, which is how they come by default. `expand="timeline,encodings"`,
        or one of the two, has `Document.timeline` and `Document.encodings` told, as `document` always does.
        """
        return pages(lambda cursor: self.documents_page(limit=page_size, cursor=cursor, sort=sort, **filters))

    def chunks_page(self, document_id: str, *, limit: int | None = None, cursor: str | None = None) -> Page[Chunk]:
        """A part of the chunks of a document."""
        told = self._get(document_path(document_id, "/chunks"), limit=limit, cursor=cursor)
        return Page([read(Chunk, each) for each in told["chunks"]], told["next_cursor"])

    def chunks(self, document_id: str, *, page_size: int | None = None) -> Iterator[Chunk]:
        """The chunks of a document that is ready, in their order."""
        return pages(lambda cursor: self.chunks_page(document_id, limit=page_size, cursor=cursor))

    def search_page(
        self, words: str, *, document_id: str | None = None, language: str | None = None, limit: int | None = None, cursor: str | None = None
    ) -> Page[Hit]:
        """A part of what a search finds: see `search`."""
        if document_id is not None and language is not None:
            raise ValueError("a search in one document takes no language: say document_id or language, not both")
        path = "/api/search" if document_id is None else document_path(document_id, "/search")
        told = self._get(path, q=words, language=language, limit=limit, cursor=cursor)
        return Page([Hit.of(each) for each in told["results"]], told["next_cursor"], bool(told.get("truncated")))

    def search(self, words: str, *, document_id: str | None = None, language: str | None = None, page_size: int | None = None) -> Iterator[Hit]:
        """The chunks that have all words, the best first: of one document, or of all of your tenant, or of those in one `language` (ISO 639-1). Document
        and language cannot both be said.

        `"a phrase"` between quotation marks, `or` between words, `-` before one that must not be there.
        """
        return pages(lambda cursor: self.search_page(words, document_id=document_id, language=language, limit=page_size, cursor=cursor))

    def export_chunks(self, **filters: Filter) -> Iterator[dict[str, Any]]:
        """The chunks of all documents that hold the filters of `documents`, as they come: as many as there are, in little memory.

        One that has `error` and `message` in place of a chunk says that those of a document cannot be read. It is one answer that is not begun
        again: raises `ConnectionFailed` where it is cut off.
        """
        with self._transport.open(path_of("/api/export/chunks", written(filters)), {"Accept": "application/jsonl"}) as answer:
            for line in answer.lines():
                if not line.endswith(b"\n"):
                    raise ConnectionFailed("the export was cut off in the middle of a line")
                yield json.loads(line)

    def download(self, document_id: str, file: File, to: str | os.PathLike[str]) -> Path:
        """Writes a file of a document to a path; where it fails, nothing is there or what was there before. Its digest is compared where it is known."""
        target = Path(to)
        part = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
        try:
            with self._transport.open(document_path(document_id, f"/{file}")) as answer, part.open("wb") as written_to:
                digest = hashlib.sha256()
                while piece := answer.read():
                    digest.update(piece)
                    written_to.write(piece)
                tag = answer.headers.get("etag", "").strip('"')
            if len(tag) == 64 and tag != digest.hexdigest():
                raise ConnectionFailed(f"the {file} of {document_id} has come with another digest than it has")
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return target

    def retry(
        self,
        document_id: str,
        *,
        chunk_size: int | None = None,
        overlap: int | None = None,
        priority: int | None = None,
        queue: str | None = None,
        encoding: int | None = None,
    ) -> None:
        """Has a document that has ended encoded once more, as it was or with other parameters. One that is ready keeps its result until there is a
        new one.

        `encoding` is the newest one that you know of, by its number: with it a request whose answer was lost is sent again, and what is newer by then is
        refused with `encoding_superseded`.
        """
        body = without_none(chunk_size=chunk_size, overlap=overlap, priority=priority, queue=queue)
        path = path_of(document_path(document_id, "/retry"), {"encoding": encoding})
        try:
            self._transport.send_json("POST", path, body, is_repeatable=encoding is not None)
        except Problem as problem:
            # Where the answer to the first try was lost, it may have been carried out.
            if problem.code != "encoding_superseded" or problem.sent == 1:
                raise

    def cancel(self, document_id: str) -> None:
        """Ends the work on a document, which is `failed` with the reason `Cancelled` then."""
        self._transport.send("POST", document_path(document_id, "/cancel"))

    def delete(self, document_id: str) -> None:
        """Deletes a document with all that belongs to it."""
        try:
            self._transport.send("DELETE", document_path(document_id))
        except Problem as problem:
            # Where the answer to the first try was lost, it may have been carried out.
            if problem.status != 404 or problem.sent == 1:
                raise

    def _get(self, path: str, **query: object) -> Any:
        return self._transport.get(path_of(path, query))


def document_path(document_id: str, of_it: str = "") -> str:
    """The path of a document, whatever its id holds."""
    return f"/api/documents/{quote(document_id, safe='')}{of_it}"
