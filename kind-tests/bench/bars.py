"""The bars, decided from measured figures. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from figures import Measured, Side, Workload, median, summary
from requests_made import sums

SHORT, LONG = 10, 46
#: Documents a second, as multiples of the replaced design's and of one Job a document.
LONG_TO_PYMUPDF, SHORT_TO_PYPDF, SHORT_TO_PYMUPDF, SHORT_TO_LINGER_ZERO = 1.0, 2.0, 0.5, 10.0
#: Seconds from upload to ready of a ten-page document, where a Pod waits for work.
WARM_P50, WARM_P95 = 0.25, 0.5
#: Where none does, as a multiple of a bare Job's container start.
COLD_TO_BARE_JOB = 1.3
#: Requests to the API server for each document of a backlog. A Pod is started now and then, which reads; a document does not: below a
#: half for each document, reads are the Pods'.
WRITES, READS = 6.0, 0.5


class Outcome(Enum):
    """What became of a bar."""

    REACHED = "reached"
    MISSED = "missed"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Verdict:
    """A bar, and what was found."""

    bar: str
    found: str
    outcome: Outcome


def verdicts(measured: Measured) -> list[Verdict]:
    """All bars."""
    return [
        ratio(measured, LONG, Side.PYMUPDF, LONG_TO_PYMUPDF),
        ratio(measured, SHORT, Side.PYPDF, SHORT_TO_PYPDF),
        ratio(measured, SHORT, Side.PYMUPDF, SHORT_TO_PYMUPDF),
        ratio(measured, SHORT, Side.LINGER_ZERO, SHORT_TO_LINGER_ZERO),
        warm(measured, "p50", WARM_P50),
        warm(measured, "p95", WARM_P95),
        cold(measured),
        *requests(measured),
        whole(measured),
    ]


def at_least(bar: str, found: float | None, wanted: float, text: str) -> Verdict:
    """A figure that must not be smaller."""
    if found is None:
        return Verdict(bar, "", Outcome.NOT_MEASURED)
    return Verdict(bar, text, Outcome.REACHED if found >= wanted else Outcome.MISSED)


def at_most(bar: str, found: float | None, wanted: float, text: str) -> Verdict:
    """A figure that must not be greater."""
    return at_least(bar, None if found is None else -found, -wanted, text)


def ratio(measured: Measured, pages: int, other: Side, wanted: float) -> Verdict:
    """Documents a second of a backlog, beside another's."""
    bar = f"{pages} pages: at least {wanted:g} times {other.value}"
    ours, theirs = measured.rate(Side.UPLOADS, pages), measured.rate(other, pages)
    if not ours or not theirs:
        return Verdict(bar, "", Outcome.NOT_MEASURED)
    return at_least(bar, ours / theirs, wanted, f"{ours / theirs:.2f} times ({ours:.2f} a second, {theirs:.2f})")


def warm(measured: Measured, which: str, wanted: float) -> Verdict:
    """The latency of a document alone, where a Pod waits for work."""
    run = measured.find(Side.UPLOADS, SHORT, Workload.SINGLES)
    found = summary(run.latencies)[which] if run and not run.failures else None
    return at_most(
        f"{SHORT} pages, upload to ready, warm: {which} at most {wanted:g} s", found, wanted, f"{found or 0:.3f} s"
    )


def cold(measured: Measured) -> Verdict:
    """The latency of a document alone, where no Pod waits."""
    run = measured.find(Side.UPLOADS, SHORT, Workload.COLD)
    bar = f"{SHORT} pages, upload to ready, cold: at most {COLD_TO_BARE_JOB:g} times a bare Job's container start"
    found, bare = median(run.latencies) if run and not run.failures else None, median(measured.bare_job)
    if found is None or not bare:
        return Verdict(bar, "", Outcome.NOT_MEASURED)
    return at_most(bar, found / bare, COLD_TO_BARE_JOB, f"{found / bare:.2f} times ({found:.2f} s, {bare:.2f} s)")


def requests(measured: Measured) -> list[Verdict]:
    """What a document of the backlog costs the API server in requests."""
    run = measured.find(Side.UPLOADS, SHORT, Workload.BACKLOG)
    reads, writes = sums(run.requests) if run else (0.0, 0.0)
    counted = run is not None and bool(run.requests) and not run.failures
    each = [run.each(writes), run.each(reads)] if run is not None and counted else [None, None]
    return [
        at_most(f"API server: at most {WRITES:g} writes a document", each[0], WRITES, f"{each[0] or 0:.2f}"),
        at_most(f"API server: no read a document (below {READS:g})", each[1], READS, f"{each[1] or 0:.2f}"),
    ]


def whole(measured: Measured) -> Verdict:
    """Whether the store has for each document what its resource says."""
    bar = "every document Ready in one attempt, with one manifest, and files as it says"
    if not measured.judged:
        return Verdict(bar, "", Outcome.NOT_MEASURED)
    outcome = Outcome.MISSED if measured.faults else Outcome.REACHED
    return Verdict(bar, f"{measured.judged} compared, {len(measured.faults)} faults", outcome)
