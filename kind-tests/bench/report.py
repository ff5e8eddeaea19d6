"""The report in Markdown. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bars import Verdict
from figures import Measured, Run, Workload, capacity, summary
from requests_made import is_read, sums
from usage import UNINVOLVED

#: Requests rarer than this for each document are summed up in one line.
RARE = 0.05


def report(machine: Sequence[str], processors: int, measured: Measured, found: Sequence[Verdict]) -> str:
    """Everything that was found."""
    parts = ["# Throughput, side by side", "\n".join(f"- {line}" for line in machine)]
    for pages in sorted({run.pages for run in measured.runs}):
        runs = [run for run in measured.runs if run.pages == pages]
        parts += [
            f"## {pages} pages",
            rates(runs),
            "Seconds of the processors for each document:",
            cpu_table(runs, processors),
        ]
        parts += [part for run in runs if run.requests and run.workload is Workload.BACKLOG for part in requests(run)]
    for starts, what in ((measured.bare_job, ""), (measured.bare_job_with_volume, " with an empty volume")):
        if starts:
            times = ", ".join(f"{seconds:.2f}" for seconds in starts)
            parts.append(f"A bare Job's program{what} ran after {times} s.")
    remarks = [
        *measured.missing,
        *measured.faults[:20],
        *(f"{title(run)}: {remark}" for run in measured.runs for remark in run.remarks + run.failures[:3]),
    ]
    if remarks:
        parts += ["## Remarks", "\n".join(f"- {remark}" for remark in remarks)]
    parts += ["## Bars", table(("", "bar", "found"), [(each.outcome.value, each.bar, each.found) for each in found])]
    return "\n\n".join(parts) + "\n"


def title(run: Run) -> str:
    """What a run is called."""
    return f"{run.side.value}, {run.workload.value}, {run.pages} pages"


def rates(runs: Sequence[Run]) -> str:
    """Documents a second and latencies."""
    headings = ("side", "documents", "a second", "p50 s", "p95 s", "largest s", "load")
    rows = []
    for run in runs:
        latency = summary(run.latencies)
        rate = "failed" if run.rate is None else f"{run.rate:.2f}"
        figures = [f"{value:.3f}" if value is not None else "" for value in latency.values()]
        done = str(run.done) if run.done == run.wanted else f"{run.done} of {run.wanted}"
        rows.append((f"{run.side.value}, {run.workload.value}", done, rate, *figures, f"{run.load:.1f}"))
    return table(headings, rows)


def cpu_table(runs: Sequence[Run], processors: int) -> str:
    """Seconds of the processors for each document, by component, with a column for each run that counted them."""
    columns = [run for run in runs if run.cpu and run.done and run.workload is not Workload.COLD]
    components = list(dict.fromkeys(component for run in columns for component in run.cpu))
    rows = [(component, *(amount(run, component) for run in columns)) for component in components]
    involved = [component for component in components if component not in UNINVOLVED]
    together = [sum(run.cpu.get(component, 0.0) for component in involved) for run in columns]
    rows.append(
        ("**all that is involved**", *(f"{run.each(used):.4f}" for run, used in zip(columns, together, strict=True)))
    )
    could = [capacity(run, involved, processors) for run in columns]
    rows.append(("**documents a second, were they alone**", *(f"{value:.1f}" if value else "" for value in could)))
    return table(("component", *(f"{run.side.value}, {run.workload.value}" for run in columns)), rows)


def amount(run: Run, component: str) -> str:
    """A component's seconds for each document."""
    return f"{max(run.each(run.cpu[component]), 0.0):.4f}" if component in run.cpu else ""


def requests(run: Run) -> list[str]:
    """Requests to the API server for each document, the most frequent first."""
    reads, writes = sums(run.requests)
    head = f"Requests to the API server for each document ({title(run)}): {run.each(writes):.2f} writes, {run.each(reads):.2f} reads."
    rows, rare = [], 0.0
    for request, count in sorted(run.requests.items(), key=lambda item: -item[1]):
        if run.each(count) < RARE:
            rare += count
            continue
        rows.append((request.verb, request.resource, "read" if is_read(request) else "write", f"{run.each(count):.2f}"))
    rows.append(("", "all rarer ones", "", f"{run.each(rare):.2f}"))
    return [head, table(("verb", "resource", "kind", "a document"), rows)]


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that is as readable on a terminal as where Markdown is shown."""
    lines = [[cell.replace("|", "\\|") for cell in line] for line in (headings, *rows)]
    widths = [max(3, *(len(line[column]) for line in lines)) for column in range(len(headings))]
    shown = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    return "\n".join([shown[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *shown[1:]])
