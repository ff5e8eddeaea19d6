"""What is measured, and the sums that are made of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Side(Enum):
    """Which design did the work."""

    PYPDF = "Celery, pypdf"
    PYMUPDF = "Celery, PyMuPDF"
    UPLOADS = "this product, upload to ready"
    RESOURCES = "this product, resource to Ready"
    LINGER_ZERO = "one Job a document, upload to ready"


class Workload(Enum):
    """How documents come."""

    BACKLOG = "all at once"
    SINGLES = "one after the other"
    COLD = "one alone, no Pod waiting"


@dataclass(frozen=True)
class Request:
    """A kind of request to the API server, as its metrics tell them apart."""

    verb: str
    #: Resource and, after a slash, what of it.
    resource: str


@dataclass
class Run:
    """One workload of one side with one document."""

    side: Side
    pages: int
    workload: Workload
    #: How many documents were to be done.
    wanted: int
    #: Seconds from the first document's beginning until the last was seen done.
    seconds: float
    #: For each document that was done, seconds from its beginning until it was seen done.
    latencies: list[float]
    #: What failed, in sentences.
    failures: list[str] = field(default_factory=list)
    #: Seconds of the processors, by component.
    cpu: dict[str, float] = field(default_factory=dict)
    #: Requests to the API server beyond what it gets when nothing happens.
    requests: dict[Request, float] = field(default_factory=dict)
    #: The machine's load average at the end.
    load: float = 0.0
    #: What else is worth telling, such as the pages and chunks of a document.
    remarks: list[str] = field(default_factory=list)

    @property
    def done(self) -> int:
        """Documents that were done."""
        return len(self.latencies)

    @property
    def rate(self) -> float | None:
        """Documents a second; nothing where some were not done, as then it would be the rate of something else."""
        if self.done < self.wanted or self.failures or self.seconds <= 0:
            return None
        return self.done / self.seconds

    def each(self, total: float) -> float:
        """A total, for each document."""
        return total / max(self.done, 1)

    def to_json(self) -> dict[str, Any]:
        """All of it, for machines."""
        return {
            "side": self.side.name,
            "pages": self.pages,
            "workload": self.workload.name,
            "wanted": self.wanted,
            "done": self.done,
            "seconds": self.seconds,
            "documents_per_second": self.rate,
            "latencies": self.latencies,
            "latency": summary(self.latencies),
            "failures": self.failures,
            "cpu_seconds": self.cpu,
            "requests": [
                {"verb": request.verb, "resource": request.resource, "count": count}
                for request, count in sorted(self.requests.items(), key=lambda item: -item[1])
            ],
            "load": self.load,
            "remarks": self.remarks,
        }


@dataclass
class Measured:
    """Everything of one run of the bench."""

    runs: list[Run] = field(default_factory=list)
    #: Seconds from sending a bare Job until its program ran.
    bare_job: list[float] = field(default_factory=list)
    #: The same with an empty volume.
    bare_job_with_volume: list[float] = field(default_factory=list)
    #: What was not measured, and why.
    missing: list[str] = field(default_factory=list)
    #: How many results were compared with the store, and what was wrong with them.
    judged: int = 0
    faults: list[str] = field(default_factory=list)

    def find(self, side: Side, pages: int, workload: Workload) -> Run | None:
        """A run; the last one where there are several."""
        for run in reversed(self.runs):
            if (run.side, run.pages, run.workload) == (side, pages, workload):
                return run
        return None

    def rate(self, side: Side, pages: int) -> float | None:
        """Documents a second of a backlog."""
        run = self.find(side, pages, Workload.BACKLOG)
        return run.rate if run else None


def capacity(run: Run, components: Collection[str], processors: int) -> float | None:
    """Documents a second that the processors could do if nobody else used them, by what one document costs the components.

    On a busy machine this says more of a design than what it could do in the time that others left it. It is an upper bound: it
    takes all processors as always busy.
    """
    used = run.each(sum(seconds for component, seconds in run.cpu.items() if component in components))
    return processors / used if run.done and used > 0 else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of all is not above (nearest rank); nothing of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    rank = -(-share * len(ordered) // 1)
    return ordered[min(max(int(rank), 1), len(ordered)) - 1]


def median(values: Sequence[float]) -> float | None:
    """The one in the middle; nothing of nothing."""
    return percentile(values, 0.5)


def summary(latencies: Sequence[float]) -> dict[str, float | None]:
    """Median, 95th percentile and largest."""
    return {"p50": median(latencies), "p95": percentile(latencies, 0.95), "max": max(latencies, default=None)}


def difference(before: Mapping[Any, float], after: Mapping[Any, float]) -> dict[Any, float]:
    """What has been added, without what has not changed."""
    found = {key: value - before.get(key, 0.0) for key, value in after.items()}
    return {key: value for key, value in found.items() if value != 0}
