"""Whether a bulk action did what its counts say, and did it once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any


@dataclass(frozen=True)
class Progress:
    """An action as a client saw it."""

    #: Seconds since it was asked for.
    at: float
    state: str
    matched: int
    done: int
    skipped: int = 0
    failed: int = 0

    @classmethod
    def of(cls, at: float, action: dict[str, Any]) -> Progress:
        """What an answer says."""
        return cls(at, action["state"], action["matched"], action["done"], action["skipped"], action["failed"])

    @property
    def turns(self) -> int:
        """So many documents had their turn."""
        return self.done + self.skipped + self.failed


@dataclass(frozen=True)
class Course:
    """An action that deletes, from its beginning to its end."""

    action: str
    seen: Sequence[Progress]
    #: The documents that matched, in the order in which they were uploaded.
    matching: Sequence[str]
    #: The documents that the audit log says it deleted, as often as it says so.
    audited: Sequence[str]
    #: Of all documents: those that are told as deleted by the changes of the tenant, as often as they are.
    changed: Sequence[str]
    #: The documents that there are.
    rows: frozenset[str]
    #: When the API was killed, in seconds since it was asked for.
    kills: Sequence[float] = field(default_factory=list)

    @property
    def end(self) -> Progress:
        """How it ended."""
        return self.seen[-1]


def wrong(course: Course, state: str) -> list[str]:
    """All that is wrong with an action nobody else interfered with, and that was to end in this state."""
    return wrong_counts(course, state) + wrong_turns(course)


def wrong_counts(course: Course, state: str) -> list[str]:
    """What its own counts say."""
    end, found = course.end, []
    if end.state != state:
        found.append(f"it is {end.state} and not {state}")
    if end.matched != len(course.matching):
        found.append(f"{end.matched} are said to have matched, of which there were {len(course.matching)}")
    if end.skipped or end.failed:
        found.append(f"{end.skipped} were skipped and {end.failed} failed, although nothing stood in its way")
    if state == "completed" and end.turns != end.matched:
        found.append(f"{end.turns} of {end.matched} had their turn")
    if state == "aborted" and not 0 < end.turns < end.matched:
        found.append(f"{end.turns} of {end.matched} had their turn: it was not aborted in the middle")
    for before, after in pairwise(course.seen):
        if (after.done, after.skipped, after.failed) < (before.done, before.skipped, before.failed) or after.matched != before.matched:
            found.append(f"it went back, from {before} to {after}")
        if before.state != "running" and after != Progress(after.at, before.state, before.matched, before.done, before.skipped, before.failed):
            found.append(f"it went on after it had ended, from {before} to {after}")
    return found


def wrong_turns(course: Course) -> list[str]:
    """What became of the documents."""
    done, found = course.end.done, []
    times = Counter(course.audited)
    if len(course.audited) != done:
        found.append(f"{done} are said to be deleted, and the audit log has {len(course.audited)} deletions by it")
    if twice := [document for document, count in times.items() if count > 1]:
        found.append(f"{len(twice)} documents were deleted more than once by the audit log: {some(twice)}")
    if foreign := set(times) - set(course.matching):
        found.append(f"{len(foreign)} documents were deleted that did not match: {some(foreign)}")
    if missing := set(times) & course.rows:
        found.append(f"{len(missing)} documents are there that the audit log says it deleted: {some(missing)}")
    if silent := set(course.matching) - set(times) - course.rows:
        found.append(f"{len(silent)} documents that matched are gone without a word in the audit log: {some(silent)}")
    told = Counter(course.changed)
    if odd := [document for document in times if told[document] != 1]:
        found.append(f"{len(odd)} documents are not told as deleted once by the changes: {some(odd)}")
    # In the order in which they were uploaded: what is left is the last of them.
    if early := set(course.matching[:done]) - set(times):
        found.append(f"{len(early)} documents were left out whose turn was over: {some(early)}")
    return found


def some(documents: Sequence[str] | set[str]) -> str:
    """A few of them, for a message."""
    listed = sorted(documents)
    return ", ".join(listed[:3]) + (", …" if len(listed) > 3 else "")


def standstills(course: Course) -> list[float]:
    """How long after each kill of the API it was until a client saw the action go on, in seconds; of those after which it did."""
    found = []
    for kill in course.kills:
        later = [each for each in course.seen if each.at > kill]
        # What is seen first may have been done before.
        moved = [each.at - kill for each in later if each.turns > later[0].turns or each.state == "completed"]
        found += moved[:1]
    return found
