"""Sends documents to the replaced design's workers and prints what came of it as JSON. Runs where Celery is installed.

The "upload" is a copy into a folder, without HTTP and without a database row: less than the replaced Flask did.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Any

# Started without the script's folder on the path (`-I`), so that no file beside it can stand for a library.
sys.path.append(str(Path(__file__).resolve().parent))

from tasks import encode

#: The longest one task may take.
LIMIT_SECONDS = 600


def send(sources: list[Path], folder: Path, reader: str) -> list[tuple[float, Any]]:
    """Uploads and queues documents; each one's beginning, and what will be its result."""
    sent = []
    for source in sources:
        began = time.time()
        upload = folder / "uploads" / source.name
        shutil.copyfile(source, upload)
        sent.append((began, encode.delay(str(upload), str(folder / "outputs" / source.stem), reader)))
    return sent


def results(sent: list[tuple[float, Any]]) -> list[dict[str, Any]]:
    """Every document's result, with its latency from upload to done, as the worker's and this process's clock are one."""
    found = []
    for began, pending in sent:
        result = pending.get(timeout=LIMIT_SECONDS)
        found.append({**result, "sent": began, "latency": result["ended"] - began})
    return found


def backlog(sources: list[Path], folder: Path, reader: str) -> dict[str, Any]:
    """All at once."""
    found = results(send(sources, folder, reader))
    seconds = max(each["ended"] for each in found) - min(each["sent"] for each in found)
    return {"seconds": seconds, "documents": found}


def singles(sources: list[Path], folder: Path, reader: str) -> dict[str, Any]:
    """One after the other; the latency is until the result is here, as a client sees it."""
    found, began = [], time.time()
    for source in sources:
        found += results(send([source], folder, reader))
        found[-1]["latency"] = time.time() - found[-1]["sent"]
    return {"seconds": time.time() - began, "documents": found}


def warm(sources: list[Path], folder: Path, reader: str, workers: int) -> dict[str, Any]:
    """Tasks until each worker has done two, so that nothing is loaded for the first time later."""
    done: dict[int, int] = {}
    while len(done) < workers or min(done.values()) < 2:
        for result in results(send(sources[: 2 * workers], folder, reader)):
            done[result["pid"]] = done.get(result["pid"], 0) + 1
    return {"seconds": 0, "documents": results(send(sources[:workers], folder, reader))}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workload", choices=("warm", "backlog", "singles"))
    parser.add_argument("--folder", type=Path, required=True, help="where uploads and outputs are")
    parser.add_argument("--reader", choices=("pypdf", "pymupdf"), required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("sources", type=Path, help="the folder with the documents to send")
    arguments = parser.parse_args()
    sources = sorted(arguments.sources.iterdir())
    for name in ("uploads", "outputs"):
        (arguments.folder / name).mkdir(exist_ok=True)
    if arguments.workload == "warm":
        found = warm(sources, arguments.folder, arguments.reader, arguments.workers)
    else:
        work = backlog if arguments.workload == "backlog" else singles
        found = work(sources, arguments.folder, arguments.reader)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
