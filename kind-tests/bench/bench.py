#!/usr/bin/env python3
"""Measures the design that this product replaces and the product whole, side by side on one machine."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import documents
import environment
import product
import replaced_design
from bars import Outcome, verdicts
from cluster import Cluster, ClusterFailure
from figures import Measured, Side
from product_api import ApiFailure
from release import LINGER_ZERO
from report import report
from store import TRIAL_STORE

EPILOG = """\
The replaced design is Celery with a Redis and two workers of its own, which end with the bench. The product is the one that is installed in
the cluster of KUBECONFIG (`make install`); the environment variables are those of the cluster's tests. Libraries are installed into a folder under
${SOCRATE_CACHE:-~/.cache/socrate-encoder}/bench-throughput.

The report goes to standard output as Markdown, progress to standard error.

Exit status: 0 when it ran, 1 with --check when a bar was missed or not measured, 2 for a wrong command line, 3 when it could not run.
"""


def positive(text: str) -> int:
    """A number from 1 on."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return value


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )

    def number(name: str, default: int, words: str) -> None:
        parser.add_argument(name, type=positive, default=default, metavar="N", help=f"{words} (default: %(default)s)")

    number("--backlog", 500, "documents that come at once")
    number("--singles", 30, "documents that come one after the other")
    parser.add_argument("--pages", default="10,46", help="which documents (default: %(default)s)")
    parser.add_argument(
        "--ten-pages", type=Path, metavar="FILE", help="a PDF of 10 pages (default: pages of the demonstration's)"
    )
    parser.add_argument("--forty-six-pages", type=Path, metavar="FILE", help="a PDF of 46 pages (default: the same)")
    parser.add_argument("--only", choices=("replaced", "product"), help="one side alone")
    number("--uploaders", 8, "uploads at once")
    number("--longest", 60, "seconds a backlog of Celery's may take")
    number("--limit", 900, "seconds a backlog of the product may take")
    number("--idle", 20, "seconds to see what an idle cluster asks")
    parser.add_argument(
        "--no-resources", action="store_true", help="leave resources out that are created in the cluster"
    )
    number("--bare-job", 5, "Jobs to see a container's start with")
    number("--colds", 5, "documents to upload where no Pod waits")
    parser.add_argument("--no-cold", action="store_true", help="leave bare Jobs and cold documents out")
    parser.add_argument(
        "--linger-zero", action="store_true", help="also one Job a document: upgrades the release, and goes back"
    )
    parser.add_argument(
        "--linger-value",
        default=LINGER_ZERO,
        metavar="KEY=VALUE",
        help="the chart's value for it (default: %(default)s)",
    )
    number("--zero-backlog", 60, "documents for it")
    parser.add_argument(
        "--store",
        type=Path,
        metavar="FOLDER",
        help=f"where the store is a volume: its root, to compare all results with where it is there (default: {TRIAL_STORE})",
    )
    parser.add_argument("--keep", action="store_true", help="leave the uploaded documents there")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there, too")
    parser.add_argument("--check", action="store_true", help="exit with status 1 if a bar was missed or not measured")
    given = parser.parse_args()
    if not re.fullmatch(r"(10|46)(,(10|46))*", given.pages):
        parser.error("--pages must be 10, 46, or both with a comma")
    return given


def say(text: str) -> None:
    """A line of progress."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def main() -> int:
    """The whole of it."""
    given = arguments()
    # What must be there is looked for before minutes are spent.
    try:
        cluster = Cluster() if given.only != "replaced" else None
        if cluster:
            cluster.require_platform()
        python = environment.prepare(say)
        files = {10: given.ten_pages, 46: given.forty_six_pages}
        measured_documents = [
            documents.of_pages(python, int(pages), files[int(pages)]) for pages in given.pages.split(",")
        ]
    except (ClusterFailure, OSError, environment.EnvironmentFailure, documents.DocumentFailure) as error:
        say(f"unable to begin: {error}")
        return 3
    measured = Measured()
    about = machine()
    # Ended in order, too, when it is told to end: programs, namespaces and values are set back, and what was found is told.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    interrupted = False
    try:
        if given.only != "product":
            attempt(measured, "the replaced design", lambda: replaced(measured, python, measured_documents, given))
        if cluster:
            attempt(measured, "the product", lambda: installed(cluster, measured, measured_documents, given))
    except KeyboardInterrupt:
        interrupted = True
        measured.missing.append("the bench was interrupted")
    found = verdicts(measured)
    print(report(about, processors(), measured, found))
    if given.json:
        everything = {
            "machine": about,
            "runs": [run.to_json() for run in measured.runs],
            "bare_job_seconds": measured.bare_job,
            "bare_job_with_volume_seconds": measured.bare_job_with_volume,
            "missing": measured.missing,
            "compared_with_the_store": measured.judged,
            "faults": measured.faults,
            "bars": [{"bar": each.bar, "found": each.found, "outcome": each.outcome.value} for each in found],
        }
        given.json.write_text(json.dumps(everything, indent=2, ensure_ascii=False) + "\n")
    if given.check and any(each.outcome is not Outcome.REACHED for each in found):
        return 1
    return 3 if interrupted or not measured.runs else 0


def attempt(measured: Measured, what: str, work: Callable[[], None]) -> None:
    """Does a part. What fails is told at the end; what the other parts found is worth having."""
    try:
        work()
    except (ClusterFailure, ApiFailure, replaced_design.ReplacedDesignFailure, OSError) as error:
        say(f"{what} was not measured to its end: {error}")
        measured.missing.append(f"{what} was not measured to its end: {error}")


def replaced(
    measured: Measured,
    python: environment.PythonEnvironment,
    all_documents: list[documents.Document],
    given: argparse.Namespace,
) -> None:
    """The replaced design with both readers."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-throughput-") as folder,
        replaced_design.running(python, Path(folder), say) as design,
    ):
        for document in all_documents:
            for side in (Side.PYPDF, Side.PYMUPDF):
                measured.runs += design.measure(side, document, given.backlog, given.singles, given.longest)


def installed(
    cluster: Cluster, measured: Measured, all_documents: list[documents.Document], given: argparse.Namespace
) -> None:
    """The installed product."""
    side = product.Product(cluster, measured, given, say)
    try:
        side.measure(all_documents)
    finally:
        side.clean_up()


def processors() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0))


def machine() -> list[str]:
    """What it is measured on."""
    found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    load = os.getloadavg()[0]
    lines = [
        f"{found[1] if found else platform.machine()}, {processors()} processors, Linux {platform.release()}",
        f"load average at the start {load:.1f}, at the end of each run in the tables",
    ]
    if load > 0.5 * processors():
        lines.append("the machine was not quiet: compare figures of this run with each other and with no others")
    return lines


if __name__ == "__main__":
    sys.exit(main())
