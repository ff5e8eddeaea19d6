"""What clients see, asked over and over: what is answered before, during and after an outage, how quickly, and from when on it is well again."""

from __future__ import annotations

import collections
import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from product_api import Answer, Api, ApiFailure


@dataclass(frozen=True)
class Seen:
    """One request: when it began and ended (seconds of the monotonic clock), and what came of it."""

    began: float
    ended: float
    #: The status, and the code of a problem: `503 database_unavailable`; or why there was no answer.
    outcome: str
    is_good: bool
    #: Whether the answer says when to come again.
    says_when: bool = False

    @property
    def seconds(self) -> float:
        """How long it took."""
        return self.ended - self.began


def outcome_of(answer: Answer) -> str:
    """Status and code of an answer."""
    code = ""
    if answer.status >= 400 and answer.headers.get("content-type", "").startswith("application/"):
        try:
            found = json.loads(answer.body)
            code = str(found.get("code") or answer.body.decode()) if isinstance(found, dict) else ""
        except ValueError:
            code = "not JSON"
    return f"{answer.status} {code}".strip()


def seen(api: Api, good: Callable[[Answer], bool], method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> tuple[Seen, Answer | None]:
    """Sends a request; what came of it."""
    began = time.monotonic()
    try:
        answer = api.exchange(method, path, body, headers)
    except ApiFailure as failure:
        cause = failure.__cause__
        return Seen(began, time.monotonic(), f"no answer ({type(cause).__name__})", False), None
    return Seen(began, time.monotonic(), outcome_of(answer), good(answer), "retry-after" in answer.headers), answer


@dataclass
class Probe:
    """Something that is asked every so many seconds, one after the other."""

    name: str
    ask: Callable[[], Seen]
    every: float
    seen: list[Seen] = field(default_factory=list)

    def run(self, ended: threading.Event) -> None:
        """Asks until it is ended."""
        while not ended.is_set():
            found = self.ask()
            self.seen.append(found)
            ended.wait(max(self.every - found.seconds, 0.05))


@dataclass(frozen=True)
class Summary:
    """What a probe saw of an outage."""

    during: collections.Counter[str]
    slowest_during: float
    bad_during: int
    #: Seconds from the service's return until the first good answer to a request, and until the last bad one.
    first_good: float | None
    last_bad: float

    @property
    def recovered(self) -> float | None:
        """Seconds from the service's return until all is well."""
        return None if self.first_good is None else max(self.first_good, self.last_bad)


def summary(all_seen: Iterable[Seen], began: float, returned: float) -> Summary:
    """Of requests, what was seen of an outage from `began` to `returned`. A request belongs to the time in which it was answered."""
    all_seen = sorted(all_seen, key=lambda each: each.ended)
    # One that was under way when it began may have been answered with it.
    during = [each for each in all_seen if began <= each.ended < returned]
    after = [each for each in all_seen if each.ended >= returned]
    good, bad = [each for each in after if each.is_good], [each for each in after if not each.is_good]
    return Summary(
        during=collections.Counter(each.outcome for each in during),
        # One that hung through the whole outage was answered after it only.
        slowest_during=max((each.seconds for each in all_seen if each.ended >= began and each.began < returned), default=0.0),
        bad_during=sum(not each.is_good for each in during),
        first_good=good[0].ended - returned if good else None,
        last_bad=bad[-1].ended - returned if bad else 0.0,
    )


def told(name: str, found: Summary) -> str:
    """A line about a probe."""
    outcomes = ", ".join(f"{count} × {outcome}" for outcome, count in found.during.most_common())
    first = "never" if found.first_good is None else f"{found.first_good:.1f} s"
    return (
        f"  {name}: during it {outcomes or 'no answer'}; slowest {found.slowest_during:.1f} s; "
        f"first good answer {first} after the return, last bad one {found.last_bad:.1f} s"
    )


class Probing:
    """Probes that go on while a block of code runs."""

    def __init__(self, probes: Iterable[Probe]) -> None:
        self.probes, self.ended = list(probes), threading.Event()
        self.threads = [threading.Thread(target=each.run, args=(self.ended,), daemon=True) for each in self.probes]

    def __enter__(self) -> Probing:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        for thread in self.threads:
            thread.join()
