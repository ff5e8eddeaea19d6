"""What is asked of lists and searches: kinds of requests, of which each is drawn anew. Pure."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from lists_rows import Holding, named
from lists_text import Vocabulary
from product_api import Account

#: What is found: something each time, nothing each time, or either.
SOMETHING, NOTHING, EITHER = "something", "nothing", "either"


@dataclass(frozen=True)
class Kind:
    """A kind of request."""

    name: str
    #: `SOMETHING`, `NOTHING` or `EITHER`.
    finds: str
    #: Whose request, and its path with the query.
    draw: Callable[[random.Random], tuple[Account, str]]


@dataclass(frozen=True)
class Seeded:
    """What there is to be asked for."""

    accounts: Sequence[Account]
    holding: Holding
    vocabularies: Sequence[Vocabulary]
    #: Ids of large documents, by tenant.
    largest: Mapping[str, Sequence[str]]
    now: datetime


def path(route: str, **query: str | int) -> str:
    """A path with its query."""
    return f"{route}?{urlencode(query)}"


def kinds(seeded: Seeded) -> list[Kind]:
    """All of them, in the order of the table."""
    return [*lists(seeded), *names(seeded), *searches(seeded), *within(seeded)]


def three_filters(seeded: Seeded, chance: random.Random) -> dict[str, str | int]:
    """Three of what a list is filtered by."""

    def when(days: int) -> str:
        return (seeded.now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

    language = chance.choice([each.code for each in seeded.vocabularies])
    reason = chance.choice(["NoText", "Malformed", "Encrypted", "OutOfMemory", "Cancelled"])
    days, least = chance.randint(20, 170), chance.choice([10_000, 100_000, 1_000_000, 10_000_000])
    return chance.choice(
        [
            {"status": "ready", "language": language, "queue": chance.choice(["documents", "maintenance"])},
            {"status": "ready", "language": language, "created_from": when(days)},
            {"status": "failed", "reason": reason, "created_before": when(days)},
            {"status": chance.choice(["ready", "failed", "processing"]), "queue": "documents", "min_bytes": least},
            {"language": language, "created_from": when(days), "created_before": when(days - 20)},
            {"queue": "maintenance", "min_bytes": least, "max_bytes": 4 * least},
        ]
    )


def lists(seeded: Seeded) -> list[Kind]:
    """First pages of lists."""

    def draw(sort: str) -> Callable[[random.Random], tuple[Account, str]]:
        return lambda chance: (chance.choice(seeded.accounts), path("/api/documents", **three_filters(seeded, chance), sort=sort))

    return [
        Kind("list, three filters", EITHER, draw("-created_at")),
        Kind("list, three filters, by name", EITHER, draw("filename")),
    ]


def names(seeded: Seeded) -> list[Kind]:
    """Searches by a part of the name."""

    def draw(word: Callable[[random.Random], str]) -> Callable[[random.Random], tuple[Account, str]]:
        return lambda chance: (chance.choice(seeded.accounts), path("/api/documents", search=word(chance)))

    return [
        Kind("name, one document has it", SOMETHING, draw(lambda chance: f"{chance.randint(1, seeded.holding.documents):05}")),
        Kind("name, many have it", SOMETHING, draw(lambda chance: chance.choice(["report", "milan", "vertrag", ".pdf", "a"]))),
        Kind("name, none has it", NOTHING, draw(lambda chance: f"zzyzx{chance.randint(0, 10**6)}")),
    ]


def words(seeded: Seeded) -> list[tuple[str, str, Callable[[Vocabulary, random.Random], str]]]:
    """What texts are searched for: its name, what is found, and how it is drawn."""
    return [
        ("one text has it", SOMETHING, lambda _, chance: named(chance.randint(1, seeded.holding.ready))),
        ("rare word", EITHER, lambda vocabulary, chance: vocabulary.rare(chance)),
        ("common word", SOMETHING, lambda vocabulary, chance: vocabulary.common(chance)),
        ("two common words", SOMETHING, lambda vocabulary, chance: f"{vocabulary.common(chance)} {vocabulary.common(chance)}"),
        ("common and rare word", EITHER, lambda vocabulary, chance: f"{vocabulary.common(chance)} {vocabulary.rare(chance)}"),
        ("either of two", SOMETHING, lambda vocabulary, chance: f"{vocabulary.common(chance)} or {vocabulary.rare(chance)}"),
        ("common without another", EITHER, lambda vocabulary, chance: f"{vocabulary.common(chance)} -{vocabulary.common(chance)}"),
        ("phrase", EITHER, lambda vocabulary, chance: f'"{vocabulary.phrase(chance)}"'),
        ("phrase of common words", EITHER, lambda vocabulary, chance: f'"{vocabulary.common(chance)} {vocabulary.common(chance)}"'),
        ("no text has it", NOTHING, lambda _, chance: f"zzyzx{uuid.UUID(int=chance.getrandbits(128)).hex}"),
    ]


def searches(seeded: Seeded) -> list[Kind]:
    """Searches of all texts of a tenant."""

    def draw(word: Callable[[Vocabulary, random.Random], str], is_of_language: bool = False) -> Callable[[random.Random], tuple[Account, str]]:
        def drawn(chance: random.Random) -> tuple[Account, str]:
            vocabulary = chance.choice(seeded.vocabularies)
            language = {"language": vocabulary.code} if is_of_language else {}
            return chance.choice(seeded.accounts), path("/api/search", q=word(vocabulary, chance), **language)

        return drawn

    found = [Kind(f"text, {name}", finds, draw(word)) for name, finds, word in words(seeded)]
    return [*found, Kind("text, common word of a language", SOMETHING, draw(lambda vocabulary, chance: vocabulary.common(chance), True))]


def within(seeded: Seeded) -> list[Kind]:
    """Searches of one document's text. Its language is not known here, so that what is searched for is often not there."""

    def draw(word: Callable[[Vocabulary, random.Random], str]) -> Callable[[random.Random], tuple[Account, str]]:
        def drawn(chance: random.Random) -> tuple[Account, str]:
            account = chance.choice(seeded.accounts)
            document = chance.choice(seeded.largest[account.tenant])
            return account, path(f"/api/documents/{document}/search", q=word(chance.choice(seeded.vocabularies), chance))

        return drawn

    asked = ("rare word", "common word", "phrase of common words", "no text has it")
    return [Kind(f"document, {name}", NOTHING if finds == NOTHING else EITHER, draw(word)) for name, finds, word in words(seeded) if name in asked]
