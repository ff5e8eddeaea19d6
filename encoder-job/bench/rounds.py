"""Runs all tools on a document, in turn, and collects what they took and what came out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bars import Measured
from documents import Document
from measure import Run, run
from tools import Tool, Work

COUNT = Path(__file__).resolve().parent / "count_output.py"


@dataclass(frozen=True)
class Plan:
    """How to measure."""

    tools: Sequence[Tool]
    #: Timed runs of a tool.
    runs: int
    #: The longest a run may take, in seconds.
    limit: float
    #: A tool that takes longer than this, in seconds, is timed once only.
    slow: float
    #: A folder for results, which come and go.
    work: Path
    #: Where the Python package `tiktoken` finds its vocabulary.
    vocabularies: Path
    #: The Python with the peers.
    python: Path


@dataclass
class Collected:
    """What is known about a tool so far."""

    timed: list[Run] = field(default_factory=list)
    looked_at: list[Run] = field(default_factory=list)
    vocabulary_ms: list[float] = field(default_factory=list)
    failure: str | None = None
    counts: dict[str, int | None] = field(default_factory=dict)


def measure(document: Document, plan: Plan, say: Callable[[str], None]) -> list[Measured]:
    """The figures of all tools.

    The first round fills the caches of files, so its times do not count; its memory and its result do. Then come the
    rounds for the time, then one more for the memory. In each round every tool has a turn: what changes on the machine
    meanwhile meets all of them.
    """
    collected = {tool.key: Collected() for tool in plan.tools}
    for number in range(plan.runs + 2):
        for tool in plan.tools:
            mine = collected[tool.key]
            first, last = number == 0, number == plan.runs + 1
            if mine.failure is not None or (not first and slow(mine, plan) and number != 1):
                continue
            made = one_run(tool, document, plan, first or last)
            (mine.looked_at if first or last else mine.timed).append(made)
            mine.failure = failure_of(made, plan)
            if mine.failure is None:
                mine.vocabulary_ms += told_vocabulary_ms(tool, plan)
                if first:
                    mine.counts = counted(tool, document, plan)
                    if not mine.counts:
                        mine.failure = "no result that can be read"
            purpose = "first" if first else "memory" if last else f"{number}/{plan.runs}"
            say(f"{document.name}: {tool.name}: {purpose}: {mine.failure or f'{made.wall:.3f} s'}")
    return [measured(tool, document, collected[tool.key]) for tool in plan.tools]


def slow(collected: Collected, plan: Plan) -> bool:
    """Whether one timed run is enough."""
    return any(each.wall > plan.slow for each in collected.looked_at)


def one_run(tool: Tool, document: Document, plan: Plan, look_at_memory: bool) -> Run:
    """Runs a tool with an empty folder for its result."""
    shutil.rmtree(plan.work, ignore_errors=True)
    output = plan.work / "output"
    output.mkdir(parents=True)
    command = tool.command_for(document.path, output)
    program = shutil.which(command[0])
    if program is None:
        raise FileNotFoundError(f"{command[0]} is missing")
    environment = {**os.environ, "TIKTOKEN_CACHE_DIR": str(plan.vocabularies)}
    return run(
        [program, *command[1:]],
        environment,
        plan.work / "standard-output",
        plan.work / "standard-error",
        plan.limit,
        look_at_memory,
    )


def failure_of(made: Run, plan: Plan) -> str | None:
    """Why a run was in vain, with the last line that the tool said."""
    if made.exit_status == 0:
        return None
    if made.exit_status is None:
        return f"ended after {plan.limit:.0f} s"
    lines = (plan.work / "standard-error").read_text(errors="replace").split("\n")
    said = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return f"exit status {made.exit_status}: {said[-120:]}" if said else f"exit status {made.exit_status}"


def told_vocabulary_ms(tool: Tool, plan: Plan) -> list[float]:
    """How long the vocabulary took, if the encoder told."""
    if not tool.ours or tool.work is not Work.PIPELINE or "--json" not in tool.command:
        return []
    try:
        told = json.loads((plan.work / "standard-output").read_text())
    except ValueError:
        return []
    return list(find_numbers(told, "vocabulary_ms"))


def find_numbers(value: Any, key: str) -> Iterator[float]:
    """All numbers of this name in a JSON value, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key and isinstance(inner, (int, float)):
                yield float(inner)
            else:
                yield from find_numbers(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from find_numbers(inner, key)


def counted(tool: Tool, document: Document, plan: Plan) -> dict[str, int | None]:
    """How much came out of a run; nothing where no result can be read."""
    if tool.work is Work.TEXT:
        results = [plan.work / "standard-output"]
    else:
        results = list((plan.work / "output").rglob("*chunks.json"))
        results += (plan.work / "output").rglob("*_sections_metadata.json")
    if len(results) != 1:
        return {}
    environment = {**os.environ, "TIKTOKEN_CACHE_DIR": str(plan.vocabularies)}
    asked = subprocess.run(
        [str(plan.python), "-I", str(COUNT), "text" if tool.work is Work.TEXT else "chunks", str(results[0])],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    if asked.returncode != 0:
        raise OSError(f"unable to count what {tool.name} made of {document.name}: {asked.stderr.strip()}")
    counts: dict[str, int | None] = json.loads(asked.stdout)
    return counts


def measured(tool: Tool, document: Document, collected: Collected) -> Measured:
    """What there is to say."""
    return Measured(
        tool=tool,
        document=document,
        runs=tuple(collected.timed),
        memory_runs=tuple(collected.looked_at),
        failure=collected.failure,
        characters=collected.counts.get("characters"),
        tokens=collected.counts.get("tokens"),
        chunks=collected.counts.get("chunks"),
        largest=collected.counts.get("largest"),
        vocabulary_ms=tuple(collected.vocabulary_ms),
    )


def as_json(row: Measured) -> dict[str, Any]:
    """The figures for machines."""
    return {
        "tool": row.tool.key,
        "document": row.document.name,
        "pages": row.document.pages,
        "failure": row.failure,
        "characters": row.characters,
        "tokens": row.tokens,
        "chunks": row.chunks,
        "largest_chunk_tokens": row.largest,
        "vocabulary_ms": list(row.vocabulary_ms),
        "runs": [asdict(each) for each in row.runs],
        "memory_runs": [asdict(each) for each in row.memory_runs],
    }
