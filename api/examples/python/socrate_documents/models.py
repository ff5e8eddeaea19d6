"""What the API answers. Fields that a later version adds are passed over."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from .problems import EncodingFailed

Model = TypeVar("Model")
Item = TypeVar("Item")


def read(model: type[Model], told: Mapping[str, Any], **more: Any) -> Model:
    """A dataclass with those of the fields that it knows."""
    names = {each.name for each in dataclasses.fields(model)}  # type: ignore[arg-type]
    return model(**{name: value for name, value in told.items() if name in names}, **more)


@dataclass(frozen=True)
class Upload:
    """A document that was taken."""

    document_id: str
    status: str
    message: str
    #: Whether it has the result of one with the same content, name and parameters, and is ready at once.
    reused: bool = False


@dataclass(frozen=True)
class Failure:
    """Why a document has no result."""

    #: One of a closed list, such as `NoText`.
    reason: str
    #: For people.
    message: str


@dataclass(frozen=True)
class Status:
    """Where a document is."""

    document_id: str
    #: `processing`, `ready` or `failed`.
    status: str
    #: Per cent of the work that is done.
    progress: int
    #: `PENDING`, `PROCESSING`, `SUCCESS` or `FAILURE`.
    task_state: str
    message: str
    ready: bool
    attempt: int = 0
    total_chunks: int | None = None
    #: Its place in the queue, from 1, while it waits.
    queue_position: int | None = None
    #: An estimate of the seconds until it is ready.
    eta_seconds: int | None = None
    pages_done: int | None = None
    pages_total: int | None = None
    error: Failure | None = None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Status:
        """What an answer, or an event, says."""
        error = told.get("error")
        return read(cls, {**told, "error": read(Failure, error) if error else None})

    @property
    def has_ended(self) -> bool:
        """Whether it will not change by itself any more."""
        return self.status in ("ready", "failed")

    def or_fail(self) -> Status:
        """This one; raises `EncodingFailed` where the document failed."""
        if self.status == "failed":
            failure = self.error or Failure("", self.message)
            raise EncodingFailed(self.document_id, failure.reason, failure.message)
        return self


@dataclass(frozen=True)
class Document:
    """A document's record. Times are as the API writes them (RFC 3339)."""

    id: str
    filename: str
    status: str
    created_at: str
    updated_at: str = ""
    processing_progress: int = 0
    origin: str = ""
    queue: str = ""
    priority: int = 0
    content_type: str | None = None
    size_bytes: int | None = None
    sha256: str | None = None
    language: str | None = None
    error_reason: str | None = None
    error_message: str | None = None
    total_chunks: int | None = None
    total_tokens: int | None = None
    total_pages: int | None = None
    processing_started_at: str | None = None
    processing_completed_at: str | None = None
    chunk_size: int | None = None
    overlap: int | None = None
    doc_metadata: Mapping[str, Any] = field(default_factory=dict)
    #: The result that there is until the newest encoding is ready, where there is one: `encoding`, `total_chunks` …
    kept_result: Mapping[str, Any] | None = None
    #: What happened to it: `at`, `event`, `encoding`, `reason`, `message`. `None` in lists that are not asked to `expand` it.
    timeline: Sequence[Mapping[str, Any]] | None = None
    #: How it was encoded each time. `None` in lists that are not asked to `expand` it.
    encodings: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True)
class Chunk:
    """A part of a document's text. Positions count characters of the whole text."""

    id: str
    text: str
    token_count: int
    char_start: int
    char_end: int
    page_start: int
    page_end: int
    #: `index`, `start`, `end`, `length`, `title`, `page`, `section`, `total_sections`.
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class Fragment:
    """A piece of a text, and whether it is what was searched for."""

    text: str
    match: bool


@dataclass(frozen=True)
class Hit:
    """A chunk that a search found."""

    document_id: str
    filename: str
    chunk_index: int
    score: float
    language: str | None = None
    page: int | None = None
    title: str | None = None
    #: Places of the text around what was found.
    highlights: tuple[tuple[Fragment, ...], ...] = ()

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Hit:
        """What an answer says."""
        places = (tuple(read(Fragment, fragment) for fragment in place) for place in told.get("highlights") or ())
        return read(cls, {**told, "highlights": tuple(places)})


@dataclass(frozen=True)
class Page(Generic[Item]):
    """A part of a list."""

    items: list[Item]
    #: Where the list goes on; `None` at its end.
    next_cursor: str | None
    #: Of a search: whether there is more than it looked at.
    truncated: bool = False


def pages(page: Callable[[str | None], Page[Item]]) -> Iterator[Item]:
    """What is in all parts of a list; `page` gives the one that begins at a cursor."""
    cursor: str | None = None
    while True:
        found = page(cursor)
        yield from found.items
        if (cursor := found.next_cursor) is None:
            return


@dataclass(frozen=True)
class Event:
    """Something that a stream of changes tells."""

    #: `document.created`, `.updated`, `.ready`, `.failed`, `.cancelled` or `.deleted`; `stream.begun` and `stream.reload` say where the stream is.
    type: str
    #: Its number among the changes of your tenant: go on from there.
    change_seq: int
    timestamp: str = ""
    #: The document as it was after the change, with `document_id` and `filename`; empty for those of the stream.
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> Status | None:
        """Where the document was then; `None` for what is no document's."""
        return Status.of(self.data) if self.data else None
