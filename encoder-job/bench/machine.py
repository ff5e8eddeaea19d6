"""What the figures were measured on and with."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Sequence
from importlib.metadata import PathDistribution
from pathlib import Path

from tools import MUTOOL, PDFTOTEXT, Places, Tool

#: Above so much work on each processor, by others, before the first run, figures say little.
QUIET_LOAD = 0.25


def about(places: Places, tools: Sequence[Tool], runs: int) -> list[str]:
    """Lines on the machine and the versions."""
    return [
        f"{processor()}, {len(os.sched_getaffinity(0))} processors, {memory_gigabytes():.0f} GB",
        f"Linux {platform.release()}",
        f"medians of {runs} runs after one that is not counted, the tools in turn",
        "; ".join(versions(places, tools)),
    ]


def load_warning() -> str | None:
    """A sentence where others are at work on this machine."""
    load = os.getloadavg()[0] / len(os.sched_getaffinity(0))
    if load <= QUIET_LOAD:
        return None
    return f"the machine was not quiet at the start (load {load:.2f} for each processor): do not rely on the figures"


def versions(places: Places, tools: Sequence[Tool]) -> list[str]:
    """The versions of everything that runs."""
    keys = {tool.key for tool in tools}
    found = [first_line([str(places.encoder), "--version"])]
    if MUTOOL in keys:
        found.append(first_line(["mutool", "-v"]))
    if PDFTOTEXT in keys:
        found.append(first_line(["pdftotext", "-v"]))
    found.append(f"Python {platform.python_version()}")
    for name in (
        "kreuzberg",
        "pymupdf-lite",
        "semantic-text-splitter",
        "pypdf",
        "langchain-text-splitters",
        "tiktoken",
        "memvid",
    ):
        version = installed_version(places.python, name)
        if version:
            found.append(f"{name} {version}")
    return found


def first_line(command: Sequence[str]) -> str:
    """What a program says of itself, on whichever output."""
    asked = subprocess.run(command, capture_output=True, text=True, check=False, errors="replace")
    return next(iter((asked.stdout + asked.stderr).splitlines()), command[0])


def installed_version(python: Path, name: str) -> str | None:
    """The version of a package in an environment."""
    for found in python.parent.parent.glob(f"lib/python*/site-packages/{name.replace('-', '_')}-*.dist-info"):
        return PathDistribution(found).version
    return None


def tells_timings(encoder: Path) -> bool:
    """Whether this encoder has `encode --json`."""
    asked = subprocess.run([str(encoder), "encode", "--help"], capture_output=True, text=True, check=False)
    return re.search(r"--json\b", asked.stdout) is not None


def processor() -> str:
    """What the processor is called."""
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def memory_gigabytes() -> float:
    """How much memory the machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
