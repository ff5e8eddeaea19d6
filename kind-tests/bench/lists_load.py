"""Requests of one kind by several clients at once, and what came of them."""

from __future__ import annotations

import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from figures import percentile
from lists_requests import NOTHING, SOMETHING, Kind
from product_api import Api, ApiFailure

#: The bar: seconds of the slowest twentieth.
P95_SECONDS = 0.05
HEADINGS = ("requests", "found", "p50 ms", "p95 ms", "p99 ms", "max ms")


@dataclass
class Outcome:
    """What came of a kind of request."""

    kind: Kind
    seconds: list[float] = field(default_factory=list)
    #: How much was found in all.
    found: int = 0
    #: What was answered wrongly, in sentences.
    wrong: list[str] = field(default_factory=list)

    def take(self, path: str, status: int, body: bytes, seconds: float) -> None:
        """Counts an answer."""
        self.seconds.append(seconds)
        if status != 200:
            self.wrong.append(f"{path} answers {status}: {body[:200]!r}")
            return
        answer = json.loads(body)
        count = len(answer["documents" if "documents" in answer else "results"])
        self.found += count
        if (self.kind.finds == SOMETHING and not count) or (self.kind.finds == NOTHING and count):
            self.wrong.append(f"{path} finds {count}, not {self.kind.finds}")

    def line(self) -> str:
        """A row of the table."""
        times = (percentile(self.seconds, 0.5), percentile(self.seconds, 0.95), percentile(self.seconds, 0.99), max(self.seconds, default=None))
        mean = f"{self.found / max(len(self.seconds), 1):.1f}"
        cells = [f"{len(self.seconds):,}", mean, *("" if each is None else f"{1000 * each:.1f}" for each in times)]
        return row(self.kind.name, cells)

    def missed(self) -> list[str]:
        """The bars it misses."""
        p95 = percentile(self.seconds, 0.95)
        found = [f"{self.kind.name}: {len(self.wrong)} answers are wrong, such as: {self.wrong[0]}"] if self.wrong else []
        if p95 is None or p95 >= P95_SECONDS:
            found.append(f"{self.kind.name}: p95 is {'unknown' if p95 is None else f'{1000 * p95:.1f} ms'}, not under {1000 * P95_SECONDS:g} ms")
        return found


def row(name: str, cells: list[str] | tuple[str, ...]) -> str:
    """A row of the table."""
    return f"{name:<36}" + "".join(f"{cell:>10}" for cell in cells)


def ask(api: Api, kind: Kind, requests: int, clients: int, seed: str) -> Outcome:
    """Has so many clients send so many requests in all, each over a connection of its own and one after the other.

    An answer is read and looked at when the last has come: until then nothing but the request takes this program's time.
    """
    stopping = threading.Event()
    shares = [requests // clients + (number < requests % clients) for number in range(clients)]

    def one(number: int) -> list[tuple[str, int, bytes, float]]:
        chance, answers, left = random.Random(f"{seed} {kind.name} {number}"), [], shares[number]
        try:
            while left and not stopping.is_set():
                account, path = kind.draw(chance)
                begun = time.perf_counter()
                answer = api.exchange("GET", path, headers={"Authorization": f"Bearer {account.key}"})
                answers.append((path, answer.status, answer.body, time.perf_counter() - begun))
                left -= 1
        finally:
            if left:
                stopping.set()
        return answers

    outcome = Outcome(kind)
    with ThreadPoolExecutor(clients) as pool:
        try:
            for answers in pool.map(one, range(clients)):
                for answer in answers:
                    outcome.take(*answer)
        finally:
            # Where this program is told to end they end too, as where one of them fails.
            stopping.set()
    if not outcome.seconds:
        raise ApiFailure(f"{kind.name}: nothing was asked")
    return outcome
