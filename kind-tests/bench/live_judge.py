"""Whether clients were told what they should have been, and when. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from live_readers import Message


class Change(NamedTuple):
    """A change of a tenant's document, as Postgres has it."""

    number: int
    document: str
    kind: str
    #: When its transaction began, in seconds since 1970.
    at: float

    def told(self) -> Message:
        """What clients are to be told."""
        return Message(f"document.{self.kind}", self.number, self.document)


class Receipt(NamedTuple):
    """A message that a client got, and when, in seconds since 1970."""

    message: Message
    at: float


@dataclass
class Faults:
    """How many changes went wrong, by how."""

    missing: int = 0
    twice: int = 0
    #: After one that came later.
    out_of_order: int = 0
    #: None of those that the client was to be told: another tenant's, one it knew before, or one that is told as something else.
    foreign: int = 0

    def add(self, other: Faults) -> None:
        """Counts those of another client, too."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def total(self) -> int:
        """All of them."""
        return sum(getattr(self, each.name) for each in fields(self))


def after(changes: Sequence[Change], number: int) -> Sequence[Change]:
    """Those of a tenant's changes that come after one."""
    return changes[bisect_right(changes, number, key=lambda change: change.number) :]


def judge(expected: Sequence[Change], received: Sequence[Message]) -> Faults:
    """What is wrong with what a client was told: each change of its tenant since it began, once and in order, and nothing else."""
    told = [change.told() for change in expected]
    if told == list(received):
        return Faults()
    faults, wanted, seen, last = Faults(), set(told), set[Message](), 0
    for message in received:
        if message not in wanted:
            faults.foreign += 1
            continue
        if message in seen:
            faults.twice += 1
        elif message.number < last:
            faults.out_of_order += 1
        seen.add(message)
        last = max(last, message.number)
    faults.missing = len(wanted - seen)
    return faults


def latencies(expected: Iterable[Change], received: Iterable[Receipt], since: float = 0.0, until: float = float("inf")) -> list[float]:
    """Seconds from the begin of each change's transaction, where that is between two times, until the client had it."""
    begun = {change.number: change.at for change in expected if since <= change.at < until}
    return [receipt.at - begun[receipt.message.number] for receipt in received if receipt.message.number in begun]


@dataclass
class Group:
    """Clients of a kind, together."""

    name: str
    clients: int = 0
    #: Messages that they got.
    received: int = 0
    faults: Faults = field(default_factory=Faults)
    latencies: list[float] = field(default_factory=list)

    def add(self, expected: Sequence[Change], receipts: Sequence[Receipt], counts_latency: bool) -> None:
        """Counts a client. One that was away has what it missed late, which is no delay of anybody's."""
        self.clients += 1
        self.received += len(receipts)
        self.faults.add(judge(expected, [receipt.message for receipt in receipts]))
        if counts_latency:
            self.latencies += latencies(expected, receipts)
