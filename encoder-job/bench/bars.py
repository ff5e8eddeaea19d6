"""The project's bars, decided from measured figures. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from statistics import median

from documents import Document
from measure import Run
from tools import ENCODE, MUTOOL, TEXT, Tool, Work

#: The text of all documents may cost so much of the time that mutool needs of the processors.
TEXT_CPU_SHARE = 0.5
#: The whole encoding may cost so much of what mutool needs for the text alone.
ENCODING_CPU_SHARE = 1.0
#: The whole encoding may take so much of the fastest peer's time on the clock.
WALL_SHARE = 1 / 3
#: Documents up to this length are compared to peers' pipelines.
COMPARED_PAGES = 1000
#: A document of so many pages shows what starting costs.
SHORT_PAGES = 10
SHORT_WALL_SECONDS = 0.080
VOCABULARY_MS = 30.0
#: No document may need more memory than this.
MEMORY_BYTES = 200_000_000


@dataclass(frozen=True)
class Measured:
    """What is known about a tool and a document."""

    tool: Tool
    document: Document
    #: The runs that were timed.
    runs: tuple[Run, ...]
    #: The runs whose memory was looked at.
    memory_runs: tuple[Run, ...]
    #: Why there is no result, in a few words.
    failure: str | None = None
    #: What came out: characters, tokens, chunks, tokens of the largest chunk.
    characters: int | None = None
    tokens: int | None = None
    chunks: int | None = None
    largest: int | None = None
    #: The milliseconds that the vocabulary took, in each run that told.
    vocabulary_ms: tuple[float, ...] = ()

    @property
    def wall(self) -> float:
        """The median of the time on the clock, in seconds."""
        return median(run.wall for run in self.runs)

    @property
    def cpu(self) -> float:
        """The median of the processors' time, in seconds."""
        return median(run.cpu for run in self.runs)

    @property
    def processes(self) -> tuple[int, ...]:
        """The high-water mark of each process, in the run with the greatest sum of them."""
        return max((run.memory for run in self.memory_runs), key=sum, default=())

    @property
    def memory(self) -> int:
        """The sum of the processes' high-water marks: no less than what they had at any one moment."""
        return sum(self.processes)


class Outcome(Enum):
    """Whether a bar is met."""

    PASS = "PASS"
    FAIL = "FAIL"
    #: A figure is missing.
    UNKNOWN = "NOT MEASURED"


@dataclass(frozen=True)
class Verdict:
    """A bar and what was found."""

    bar: str
    found: str
    outcome: Outcome


class Table:
    """All figures, by tool and document."""

    def __init__(self, measured: Iterable[Measured]) -> None:
        self._rows = list(measured)
        self.documents = list(dict.fromkeys(row.document for row in self._rows))

    def get(self, key: str, document: Document) -> Measured | None:
        """The figures of a tool that worked on a document; nothing where it failed or was not asked."""
        for row in self._rows:
            if row.tool.key == key and row.document == document and row.failure is None:
                return row
        return None

    def rows(self, document: Document) -> list[Measured]:
        """All that is known about a document."""
        return [row for row in self._rows if row.document == document]

    def pipelines(self, document: Document) -> list[Measured]:
        """The peers' whole pipelines that worked on a document."""
        return [
            row
            for row in self.rows(document)
            if row.tool.work is Work.PIPELINE and not row.tool.ours and row.failure is None
        ]


def verdicts(table: Table) -> list[Verdict]:
    """All bars that these documents can show."""
    found = [
        cpu_bar(table, TEXT, "CPU for the text of all documents: at most half of mutool's", TEXT_CPU_SHARE),
        cpu_bar(
            table,
            ENCODE,
            "CPU for the whole encoding of all documents: at most mutool's for the text",
            ENCODING_CPU_SHARE,
        ),
    ]
    for document in table.documents:
        if document.pages is None or document.pages <= COMPARED_PAGES:
            found.append(wall_bar(table, document))
            found.append(peers_memory_bar(table, document))
        if document.pages == SHORT_PAGES:
            found.append(start_bar(table, document))
            found.append(vocabulary_bar(table, document))
        found.append(memory_bar(table, document))
    return found


def cpu_bar(table: Table, key: str, bar: str, share: float) -> Verdict:
    """The processors' time over all documents that both the encoder and mutool read."""
    ours = theirs = 0.0
    left_out = 0
    for document in table.documents:
        mine, other = table.get(key, document), table.get(MUTOOL, document)
        if mine is None or other is None:
            left_out += 1
            continue
        ours += mine.cpu
        theirs += other.cpu
    if not theirs:
        return Verdict(bar, "there is no document that both have read", Outcome.UNKNOWN)
    found = f"{ours:.3f} s, mutool {theirs:.3f} s: {ours / theirs:.2f}"
    if left_out:
        found += f", without {left_out} documents that one of them did not read"
    return Verdict(bar, found, outcome(ours <= share * theirs))


def wall_bar(table: Table, document: Document) -> Verdict:
    """The time on the clock against the fastest peer."""
    return against_peers(
        table,
        document,
        f"{document.name}: wall time at most a third of the fastest peer's whole pipeline",
        lambda row: row.wall,
        lambda value: f"{value * 1000:.0f} ms",
        lambda mine, other: mine <= WALL_SHARE * other,
    )


def peers_memory_bar(table: Table, document: Document) -> Verdict:
    """The memory against the most modest peer."""
    return against_peers(
        table,
        document,
        f"{document.name}: memory below all peers' whole pipelines",
        lambda row: row.memory,
        lambda value: f"{value / 1e6:.1f} MB",
        lambda mine, other: mine < other,
    )


def against_peers(
    table: Table,
    document: Document,
    bar: str,
    figure: Callable[[Measured], float],
    shown: Callable[[float], str],
    met: Callable[[float, float], bool],
) -> Verdict:
    """A figure of the encoder's against the least one of all peers that read the document."""
    mine = table.get(ENCODE, document)
    peers = table.pipelines(document)
    if mine is None:
        return Verdict(bar, "the encoder has no result", Outcome.UNKNOWN)
    if not peers:
        return Verdict(bar, "no peer has a result", Outcome.UNKNOWN)
    best = min(peers, key=figure)
    ours, theirs = figure(mine), figure(best)
    found = f"{shown(ours)}, {best.tool.name} {shown(theirs)}: {ours / theirs:.2f}"
    return Verdict(bar, found, outcome(met(ours, theirs)))


def start_bar(table: Table, document: Document) -> Verdict:
    """From the start of the process to its end."""
    bar = f"{document.name}: under {SHORT_WALL_SECONDS * 1000:.0f} ms from start to exit"
    mine = table.get(ENCODE, document)
    if mine is None:
        return Verdict(bar, "the encoder has no result", Outcome.UNKNOWN)
    return Verdict(bar, f"{mine.wall * 1000:.1f} ms", outcome(mine.wall < SHORT_WALL_SECONDS))


def vocabulary_bar(table: Table, document: Document) -> Verdict:
    """What of it the vocabulary took."""
    bar = f"{document.name}: of which the vocabulary under {VOCABULARY_MS:.0f} ms"
    mine = table.get(ENCODE, document)
    if mine is None or not mine.vocabulary_ms:
        return Verdict(bar, "the encoder does not tell", Outcome.UNKNOWN)
    took = median(mine.vocabulary_ms)
    return Verdict(bar, f"{took:.1f} ms", outcome(took < VOCABULARY_MS))


def memory_bar(table: Table, document: Document) -> Verdict:
    """The memory of encoding, whatever the document."""
    bar = f"{document.name}: peak memory under {MEMORY_BYTES / 1e6:.0f} MB"
    mine = table.get(ENCODE, document)
    if mine is None:
        return Verdict(bar, "the encoder has no result", Outcome.UNKNOWN)
    return Verdict(bar, f"{mine.memory / 1e6:.1f} MB", outcome(mine.memory < MEMORY_BYTES))


def outcome(met: bool) -> Outcome:
    """The word for it."""
    return Outcome.PASS if met else Outcome.FAIL
