"""The most memory that programs held, by what the kernel of this machine says of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from cluster import Cluster
from disturbances import pods_of, processes_of

Answer = TypeVar("Answer")


def processes_of_the_api(cluster: Cluster) -> list[int]:
    """Of all replicas but those that are just ending; none where the node is not this machine."""
    staying = [pod["metadata"] for pod in pods_of(cluster, "api") if "deletionTimestamp" not in pod["metadata"]]
    return [pid for pod in staying for pid in processes_of(pod["uid"], "api")]


def peaks(pids: Iterable[int]) -> dict[int, float]:
    """The most megabytes that each of the processes ever held, or has held since they are counted anew."""
    found = {}
    for pid in pids:
        for line in Path("/proc", str(pid), "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                found[pid] = int(line.split()[1]) / 1024
    return found


def peak_megabytes(pids: Iterable[int]) -> float:
    """The most memory one of the processes ever held."""
    return max(peaks(pids).values(), default=0.0)


def count_anew(pids: Iterable[int]) -> None:
    """What the processes hold now is the most they have held."""
    for pid in pids:
        Path("/proc", str(pid), "clear_refs").write_text("5")


def peak_above(pids: list[int], act: Callable[[], Answer]) -> tuple[float, float, Answer]:
    """Megabytes of memory that a process held at most while something was done, above what it held before; the seconds; what it answered."""
    count_anew(pids)
    before, begun = peaks(pids), time.monotonic()
    answered = act()
    after, seconds = peaks(pids), time.monotonic() - begun
    # The kernel counts to some pages, so that nothing more may look like less.
    return max((after[pid] - before[pid] for pid in pids if after[pid] > before[pid]), default=0.0), seconds, answered
