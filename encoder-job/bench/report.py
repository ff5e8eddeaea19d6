"""The report in Markdown. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bars import Measured, Table, Verdict
from tools import Tool, Work

HEADINGS = ("tool", "wall", "CPU", "memory", "of which", "characters", "tokens", "chunks", "largest", "runs")


def report(machine: Sequence[str], tools: Sequence[Tool], table: Table, found: Sequence[Verdict]) -> str:
    """Everything that was found."""
    parts = ["# The encoder and its peers", "\n".join(f"- {line}" for line in machine)]
    for document in table.documents:
        parts.append(f"## {document.name}")
        rows = table.rows(document)
        for work in Work:
            chosen = [row for row in rows if row.tool.work is work]
            if chosen:
                parts.append(f"{work.value.capitalize()}:")
                parts.append(markdown(HEADINGS, [cells(row) for row in chosen]))
    if len(table.documents) > 1:
        parts.append("## All documents")
        headings = ("tool", "documents read", "wall", "CPU", "greatest memory")
        parts.append(markdown(headings, [summary(tool, table) for tool in tools]))
    parts.append("## Notes")
    parts.append("\n".join(f"- {line}" for line in notes(tools)))
    parts.append("## Bars")
    parts.append(
        markdown(("", "bar", "found"), [(verdict.outcome.value, verdict.bar, verdict.found) for verdict in found])
    )
    return "\n\n".join(parts) + "\n"


def notes(tools: Iterable[Tool]) -> list[str]:
    """What is to be known beside the figures."""
    return [
        "wall is the median of the time from start to exit, CPU that of user and system time, children included.",
        "memory is the sum of the resident high-water marks of all processes (MB are millions of bytes), `of which` "
        "the marks themselves, the program's own first. What processes share counts in each of them.",
        "characters and tokens are those of all chunks together, or of the text; largest is the tokens of the largest "
        "chunk.",
    ] + [f"{tool.name}: {tool.note}." for tool in tools if tool.note]


def cells(row: Measured) -> tuple[str, ...]:
    """A line of a document's table."""
    if row.failure is not None:
        return (row.tool.name, row.failure, *[""] * (len(HEADINGS) - 2))
    return (
        row.tool.name,
        seconds(row.wall),
        seconds(row.cpu),
        megabytes(row.memory),
        " + ".join(f"{mark / 1e6:.1f}" for mark in row.processes),
        count(row.characters),
        count(row.tokens),
        count(row.chunks),
        count(row.largest),
        str(len(row.runs)),
    )


def summary(tool: Tool, table: Table) -> tuple[str, ...]:
    """A tool's line in the table of all documents."""
    rows = [row for document in table.documents if (row := table.get(tool.key, document)) is not None]
    return (
        tool.name,
        f"{len(rows)} of {len(table.documents)}",
        seconds(sum(row.wall for row in rows)),
        seconds(sum(row.cpu for row in rows)),
        megabytes(max((row.memory for row in rows), default=0)),
    )


def seconds(value: float) -> str:
    """A time with as many digits as mean something."""
    return f"{value * 1000:.1f} ms" if value < 1 else f"{value:.2f} s"


def megabytes(value: int) -> str:
    """An amount of memory."""
    return f"{value / 1e6:.1f} MB"


def count(value: int | None) -> str:
    """A count, or nothing."""
    return "" if value is None else f"{value:,}"


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table that is as readable on a terminal as where Markdown is shown."""
    lines = [[cell.replace("|", "\\|") for cell in line] for line in (headings, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    # Words to the left; what comes after the first column are figures, unless there is a column of words.
    right = [column > 0 and not any(len(line[column]) > 24 for line in lines[1:]) for column in range(len(headings))]
    shown = [
        "| "
        + " | ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        )
        + " |"
        for line in lines
    ]
    ruler = (
        "|"
        + "|".join(
            "-" * (width + 1) + (":" if to_right else "-") for width, to_right in zip(widths, right, strict=True)
        )
        + "|"
    )
    return "\n".join([shown[0], ruler, *shown[1:]])
