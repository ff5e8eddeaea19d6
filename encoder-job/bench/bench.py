#!/usr/bin/env python3
"""Runs the encoder and its peers side by side on the same documents, and prints what each took."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
from pathlib import Path

import documents
import install
import machine
import rounds
from bars import Outcome, Table, verdicts
from measure import can_look_at_memory
from report import report
from tools import Places, Tool, all_tools

SOURCE = install.REPOSITORY / "kind-tests" / "demo" / "default.pdf"

EPILOG = """\
Without --files the project's own document is measured, cut or repeated to 10, 46, 184 and 2,400 pages. The table goes
to standard output, progress to standard error. Missing peers are installed: Debian's packages by apt-get (as root or with
sudo), Python's into a folder under ${SOCRATE_CACHE:-~/.cache/socrate-encoder}/bench.

Exit status: 0 when it ran, 1 with --check when a bar was missed or not measured, 2 for a wrong command line, 3 when it
could not run.
"""


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--files", nargs="+", type=Path, metavar="FILE", help="PDF files, or folders with some, to measure instead"
    )
    parser.add_argument(
        "--runs",
        type=positive,
        default=5,
        metavar="N",
        help="timed runs of each tool on each document (default: %(default)s)",
    )
    parser.add_argument(
        "--tools", metavar="KEYS", help="only these, separated by commas; --tools list says which there are"
    )
    parser.add_argument(
        "--encoder", type=Path, metavar="PROGRAM", help="measure this encoder-job instead of building one"
    )
    parser.add_argument(
        "--limit",
        type=positive,
        default=600,
        metavar="SECONDS",
        help="the longest one run may take (default: %(default)s)",
    )
    parser.add_argument(
        "--slow",
        type=positive,
        default=20,
        metavar="SECONDS",
        help="a tool that takes longer is timed once only (default: %(default)s)",
    )
    parser.add_argument(
        "--with-memvid", action="store_true", help="install all that memvid loads, several GB, and have it loaded"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of every run there, too")
    parser.add_argument("--check", action="store_true", help="exit with status 1 if a bar was missed or not measured")
    return parser.parse_args()


def positive(text: str) -> int:
    """A number from 1 on."""
    value = int(text)
    if value < 1:
        raise ValueError(text)
    return value


def chosen(tools: list[Tool], keys: str | None) -> list[Tool]:
    """The tools with these keys, in the order of the tables."""
    if keys is None:
        return tools
    wanted = set(keys.split(","))
    unknown = wanted - {tool.key for tool in tools}
    if unknown:
        there = ", ".join(tool.key for tool in tools)
        raise install.InstallError(f"there is no tool {', '.join(sorted(unknown))}; there are: {there}")
    return [tool for tool in tools if tool.key in wanted]


def say(line: str) -> None:
    """Progress."""
    print(f"bench: {line}", file=sys.stderr, flush=True)


def measure_all(options: argparse.Namespace) -> int:
    """Installs, measures and prints; the exit status."""
    cache = Path(os.environ.get("SOCRATE_CACHE") or Path.home() / ".cache" / "socrate-encoder") / "bench"
    cache.mkdir(parents=True, exist_ok=True)
    install.install_packages(say)
    encoder = options.encoder.resolve() if options.encoder else install.build_encoder(say)
    vocabularies = cache / "vocabularies"
    install.install_vocabulary(vocabularies, say)
    here = install.HERE
    python = install.environment_with(here / "requirements.txt", cache / "peers", say)
    memvid_python = None
    if options.with_memvid:
        memvid_python = install.environment_with(here / "requirements-memvid.txt", cache / "memvid", say)
    places = Places(encoder, python, memvid_python, machine.tells_timings(encoder))
    tools = chosen(all_tools(places), options.tools)
    if options.files:
        to_measure = documents.given_documents(options.files)
    else:
        say("making the documents")
        to_measure = documents.default_documents(SOURCE, cache / "documents")
    about = machine.about(places, tools, options.runs)
    load = machine.load_warning()
    if load:
        say(load)
        about.append(load)
    work = cache / f"work-{os.getpid()}"
    try:
        plan = rounds.Plan(tools, options.runs, options.limit, options.slow, work, vocabularies, python)
        measured = [row for document in to_measure for row in rounds.measure(document, plan, say)]
    finally:
        shutil.rmtree(work, ignore_errors=True)
    table = Table(measured)
    found = verdicts(table)
    print(report(about, tools, table, found), end="")
    if options.json:
        options.json.write_text(json.dumps([rounds.as_json(row) for row in measured], indent=1) + "\n")
    missed = any(verdict.outcome is not Outcome.PASS for verdict in found)
    return 1 if options.check and missed else 0


def main() -> int:
    """The exit status."""
    options = arguments()
    # Whoever ends the bench ends what it started, and finds no leftovers, however they ask for it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if options.tools == "list":
        for tool in all_tools(Places(Path("encoder-job"), Path("python"), None, False)):
            print(f"{tool.key:20} {tool.name}, {tool.work.value}")
        return 0
    try:
        if sys.version_info < (3, 11) or sys.platform != "linux":
            raise install.InstallError("this bench needs Linux and Python 3.11 or later")
        if not can_look_at_memory():
            raise install.InstallError("this kernel does not tell a process's children: it lacks CONFIG_PROC_CHILDREN")
        return measure_all(options)
    except (install.InstallError, documents.DocumentError, OSError) as error:
        say(str(error))
        return 3
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
