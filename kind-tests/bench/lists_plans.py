"""The plans by which Postgres answers the API: those of the statements that run, with their values, as the API's role, in sessions of the API."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from cluster import Cluster
from rows import as_superuser

#: What `auto_explain` is told. It also tells of statements in functions.
SETTINGS = {
    "session_preload_libraries": "auto_explain",
    "auto_explain.log_min_duration": "0",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_nested_statements": "on",
    "auto_explain.log_format": "text",
}
#: Login roles that serve requests.
ROLES = "SELECT member.rolname FROM pg_auth_members JOIN pg_roles AS member ON member.oid = member WHERE roleid = 'socrate_group_api'::regrole"
TABLES = ("documents", "chunks")
#: Requests are sent so often until the log holds all that came of them, which takes so many seconds at most.
TRIES, LOG_SECONDS = 3, 10.0
#: What differs from one run of a plan to the next, or is long.
ESTIMATES = re.compile(r"\(cost=\S+ rows=\d+ width=\d+\) ?")
BEGIN = re.compile(r"duration: ([\d.]+) ms  plan:$")
NODE = re.compile(r"^\s*(?:->\s+)?(\S.*?)  \(cost=")


@dataclass(frozen=True)
class Plan:
    """How a statement was answered."""

    statement: str
    milliseconds: float
    lines: tuple[str, ...]

    @property
    def shape(self) -> tuple[str, ...]:
        """Its nodes, the same for the same plan."""
        return tuple(found.group(1) for line in self.lines if (found := NODE.match(line)))

    @property
    def is_of_interest(self) -> bool:
        """Whether it reads documents or chunks."""
        return any(re.search(rf" on (?:\w+\.)?{table}\b", line) for line in self.lines for table in TABLES)

    @property
    def sequential(self) -> list[str]:
        """The tables that it reads from their first row to their last."""
        return [table for table in TABLES if any(re.search(rf"Seq Scan on (?:\w+\.)?{table}\b", line) for line in self.lines)]


@dataclass
class Shape:
    """Plans of one shape."""

    slowest: Plan
    count: int = 0

    def text(self) -> str:
        """For people: the slowest of them."""
        statement = " ".join(self.slowest.statement.split())
        # Which columns are read says little.
        head = f"  {self.count} times, the slowest {self.slowest.milliseconds:.1f} ms: …{statement[max(statement.find(' FROM '), 0) :][:300]}"
        return "\n".join([head, *(f"    {ESTIMATES.sub('', line)[:200]}" for line in self.slowest.lines)])


def plans_in(log: str) -> Iterator[Plan]:
    """The plans in a log of Postgres. Lines that go on begin with a tab."""
    lines = iter([*log.splitlines(), ""])
    line = next(lines, None)
    while line is not None:
        begin = BEGIN.search(line)
        line = next(lines, None)
        if begin is None:
            continue
        told = []
        while line is not None and line.startswith("\t"):
            told.append(line[1:])
            line = next(lines, None)
        root = next((number for number, each in enumerate(told) if "(cost=" in each), len(told))
        statement = "\n".join(told[:root]).removeprefix("Query Text: ")
        yield Plan(statement, float(begin.group(1)), tuple(told[root:]))


def shapes(plans: Iterator[Plan]) -> list[Shape]:
    """The plans that read documents or chunks, by their shape; the one that is slowest first."""
    found: dict[tuple[str, ...], Shape] = {}
    for plan in plans:
        if plan.is_of_interest:
            shape = found.setdefault(plan.shape, Shape(plan))
            shape.count += 1
            shape.slowest = max(shape.slowest, plan, key=lambda each: each.milliseconds)
    return sorted(found.values(), key=lambda shape: -shape.slowest.milliseconds)


@contextmanager
def told(cluster: Cluster) -> Iterator[None]:
    """Until the end of the block Postgres logs the plans of what the API asks. The API's sessions are ended for it before and after."""
    roles = as_superuser(cluster, f"{ROLES};").split()

    def change(what: Callable[[str, str], str]) -> None:
        altered = [f'ALTER ROLE "{role}" {what(name, value)};' for role in roles for name, value in SETTINGS.items()]
        ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ({ROLES});"
        as_superuser(cluster, "\n".join(["LOAD 'auto_explain';", *altered, ended]))

    try:
        change(lambda name, value: f"SET {name} = '{value}'")
        yield
    finally:
        change(lambda name, value: f"RESET {name}")


def seen(cluster: Cluster, ask: Callable[[], object]) -> list[Shape]:
    """The shapes of the plans by which requests were answered; none where the log held none."""
    place = ["--namespace", cluster.names.release_namespace, f"statefulset/{cluster.names.release}-postgres"]
    for _ in range(TRIES):
        since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        begin = mark(cluster)
        ask()
        end = mark(cluster)
        deadline = time.monotonic() + LOG_SECONDS
        while end not in (log := cluster.kubectl("logs", *place, f"--since-time={since}")) and time.monotonic() < deadline:
            time.sleep(0.2)
        # A log that was begun anew in between has lost some.
        if begin in log and end in log:
            return shapes(plans_in(log.split(begin, 1)[1].split(end, 1)[0]))
    return []


def mark(cluster: Cluster) -> str:
    """Writes something into the log that was not there."""
    made = f"lists {uuid.uuid4().hex}"
    as_superuser(cluster, f"DO $$ BEGIN RAISE LOG '{made}'; END $$;")
    return made
