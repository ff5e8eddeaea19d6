"""Runs a program once and measures it: time on the clock, time of the processors, memory of all its processes."""

from __future__ import annotations

import os
import select
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

#: How often the memory of a program's processes is looked at. What counts are high-water marks, which the kernel keeps:
#: missed is only what a process adds to its own mark after the last look at it.
SAMPLE_INTERVAL_MS = 1


@dataclass(frozen=True)
class Run:
    """What one run took."""

    #: From start to exit, in seconds.
    wall: float
    #: User and system time of the program and of the children it waited for, in seconds.
    cpu: float
    #: The exit status, negative for a signal, nothing where the time was up.
    exit_status: int | None
    #: The high-water mark of each process in bytes, the program's own first; nothing where it was not looked at.
    memory: tuple[int, ...]


def run(
    command: list[str],
    environment: Mapping[str, str],
    output: Path,
    errors: Path,
    limit_seconds: float,
    look_at_memory: bool,
) -> Run:
    """Runs a program to its end, or to the end of the time it has.

    Looking at the memory costs time of the processors: a run is good for one figure or for the other.
    """
    write = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(output), write, 0o644),
        (os.POSIX_SPAWN_OPEN, 2, str(errors), write, 0o644),
    ]
    started = time.perf_counter()
    # A group of its own, so that all of it can be ended.
    process = os.posix_spawn(command[0], command, environment, file_actions=actions, setpgroup=0)
    marks: dict[int, int] = {}
    ended = False
    try:
        handle = os.pidfd_open(process)
        try:
            poller = select.poll()
            poller.register(handle, select.POLLIN)
            if look_at_memory:
                while not (ended := bool(poller.poll(SAMPLE_INTERVAL_MS))):
                    if time.perf_counter() - started > limit_seconds:
                        break
                    look(process, marks)
            else:
                ended = bool(poller.poll(limit_seconds * 1000))
        finally:
            os.close(handle)
        wall = time.perf_counter() - started
    finally:
        if not ended:
            os.killpg(process, signal.SIGKILL)
        _, status, usage = os.wait4(process, 0)
    return Run(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        exit_status=os.waitstatus_to_exitcode(status) if ended else None,
        memory=tuple(marks.values()),
    )


def look(process: int, marks: dict[int, int]) -> None:
    """Notes the high-water marks of a process and its descendants.

    The newest mark replaces the one before: a mark never falls, but a process that was only just forked shows its
    parent's until it runs its own program.
    """
    for each in tree(process):
        mark = high_water_mark(each)
        if mark is not None:
            marks[each] = mark


def tree(process: int) -> Iterator[int]:
    """A process and its descendants, parents before children."""
    yield process
    try:
        threads = os.listdir(f"/proc/{process}/task")
    except OSError:
        return
    for thread in threads:
        try:
            children = Path(f"/proc/{process}/task/{thread}/children").read_bytes().split()
        except OSError:
            # It ended while it was being looked at.
            continue
        for child in children:
            yield from tree(int(child))


def high_water_mark(process: int) -> int | None:
    """The most memory a process has had resident, in bytes; nothing once it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_bytes()
    except OSError:
        return None
    return mark_in(status)


def mark_in(status: bytes) -> int | None:
    """The high-water mark that a `/proc/PID/status` tells, in bytes."""
    _, found, rest = status.partition(b"\nVmHWM:")
    return int(rest.split(maxsplit=1)[0]) * 1024 if found else None


def can_look_at_memory() -> bool:
    """Whether this kernel tells which children a process has."""
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")
