"""Documents uploaded by HTTP, and seen ready by polling, as a client of the API does."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from documents import Document, Mixture
from product_api import Api, ApiFailure

#: Statuses asked for in a second, in all: enough to see each of a backlog's documents within a fraction of a second of its turn,
#: and so few that neither this client nor the API's answers weigh.
POLLS_PER_SECOND = 150
#: A backlog is done roughly in the order it came: the oldest are asked about each time, of the others a few.
OLDEST, OTHERS = 24, 4
#: A document alone is asked about so often.
SINGLE_POLL_SECONDS = 0.01


class Pace:
    """When each document of a backlog is uploaded: as soon as somebody is free to."""

    def wait(self, number: int) -> None:
        """Waits until it is the turn of this one."""


@dataclass
class Outcome:
    """What became of the documents of a workload."""

    #: When each document's upload began, by its id.
    began: dict[str, float] = field(default_factory=dict)
    #: When it was seen ready.
    ready: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    #: The longest between two looks at a document among the oldest: latencies are exact to so much.
    resolution: float = 0.0

    @property
    def latencies(self) -> list[float]:
        """From the beginning of the upload until ready was seen."""
        return [seen - self.began[document] for document, seen in self.ready.items()]

    @property
    def seconds(self) -> float:
        """From the first upload's beginning until the last was seen ready."""
        return max(self.ready.values(), default=0.0) - min(self.began.values(), default=0.0)


def turn(pending: list[str], at: int) -> tuple[list[str], int]:
    """Which documents to ask about next: the oldest, and a few of the others in turn; and where the others go on."""
    oldest, others = pending[:OLDEST], pending[OLDEST:]
    if not others:
        return oldest, 0
    at %= len(others)
    chosen = (others[at:] + others[:at])[:OTHERS]
    return oldest + chosen, at + len(chosen)


def look(api: Api, document: str, outcome: Outcome) -> bool:
    """Asks about one; whether it has ended."""
    status = api.status(document)
    if status["status"] == "ready":
        outcome.ready[document] = time.monotonic()
    elif status["status"] == "failed":
        outcome.failures.append(f"{document} failed: {status.get('error') or status.get('message')}")
    else:
        return False
    return True


def backlog(
    api: Api,
    document: Document | Mixture,
    count: int,
    uploaders: int,
    label: str,
    limit: float,
    say: Callable[[str], None],
    pace: Pace = Pace(),  # noqa: B008 It holds nothing.
) -> Outcome:
    """So many documents, uploaded by so many at once."""
    outcome, uploaded, lock = Outcome(), threading.Event(), threading.Lock()
    pending: list[str] = []

    def upload(number: int) -> None:
        content = document.copy(f"{label}-{number}")
        pace.wait(number)
        began = time.monotonic()
        try:
            identifier = api.upload(f"{label}-{number}.pdf", content)
        except ApiFailure as error:
            with lock:
                outcome.failures.append(str(error))
            return
        with lock:
            outcome.began[identifier] = began
            pending.append(identifier)

    def upload_all() -> None:
        with ThreadPoolExecutor(uploaders) as pool:
            list(pool.map(upload, range(count)))
        uploaded.set()

    uploading = threading.Thread(target=upload_all)
    end = time.monotonic() + limit
    uploading.start()
    at, told, round_began = 0, time.monotonic(), time.monotonic()
    while not uploaded.is_set() or pending:
        with lock:
            chosen, at = turn(pending, at)
        ended = {identifier for identifier in chosen if look(api, identifier, outcome)}
        with lock:
            pending[:] = [identifier for identifier in pending if identifier not in ended]
        now = time.monotonic()
        if now > end:
            outcome.failures.append(f"{len(pending)} documents were not ready within {limit:.0f} s")
            break
        if now - told > 5:
            say(f"{len(outcome.began)} uploaded, {len(outcome.ready)} ready")
            told = now
        time.sleep(max(max(len(chosen), 1) / POLLS_PER_SECOND - (now - round_began), 0))
        outcome.resolution = max(outcome.resolution, time.monotonic() - round_began)
        round_began = time.monotonic()
    uploading.join()
    return outcome


def singles(
    api: Api, document: Document, count: int, label: str, limit: float, before_each: Callable[[], None] = lambda: None
) -> Outcome:
    """So many documents, each uploaded when the one before is ready."""
    outcome = Outcome(resolution=SINGLE_POLL_SECONDS)
    for number in range(count):
        before_each()
        content = document.copy(f"{label}-{number}")
        began = time.monotonic()
        identifier = api.upload(f"{label}-{number}.pdf", content)
        outcome.began[identifier] = began
        while not look(api, identifier, outcome):
            if time.monotonic() > began + limit:
                outcome.failures.append(f"{identifier} was not ready within {limit:.0f} s")
                return outcome
            time.sleep(SINGLE_POLL_SECONDS)
    return outcome
