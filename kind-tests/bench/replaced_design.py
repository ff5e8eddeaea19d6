"""The replaced design: Celery with a Redis of its own and two warm prefork workers."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from documents import Document
from environment import HERE, PythonEnvironment, Say
from figures import Run, Side, Workload
from usage import process_tree_cpu

WORKERS = 2
READERS = {Side.PYPDF: "pypdf", Side.PYMUPDF: "pymupdf"}
#: How long a program may take to start, and to end.
SOON_SECONDS = 60.0


class ReplacedDesignFailure(Exception):
    """Something of the replaced design does not run, in a sentence."""


class ReplacedDesign:
    """Redis and workers, running."""

    def __init__(self, environment: PythonEnvironment, folder: Path, say: Say) -> None:
        self.environment, self.folder, self.say = environment, folder, say
        self.redis: subprocess.Popen[bytes] | None = None
        self.workers: subprocess.Popen[bytes] | None = None
        self.url = ""

    def start(self) -> None:
        """Starts Redis on a free port of the loopback address, then the workers."""
        program = shutil.which("redis-server")
        if program is None:
            raise ReplacedDesignFailure("redis-server is missing: run make prerequisites")
        port = free_port()
        self.url = f"redis://127.0.0.1:{port}/0"
        options = [
            "--bind",
            "127.0.0.1",
            "--port",
            str(port),
            "--dir",
            str(self.folder),
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self.redis = self.launch([program, *options], "redis.log")
        wait_until(lambda: can_connect(port), self.redis, "redis-server", self.folder / "redis.log")
        command = [str(self.environment.python), "-B", "-m", "celery", "--app", "tasks", "worker", "--pool", "prefork"]
        command += ["--concurrency", str(WORKERS), "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
        self.workers = self.launch(command, "workers.log")
        log = self.folder / "workers.log"
        wait_until(lambda: b" ready." in log.read_bytes(), self.workers, "celery worker", log)

    def launch(self, command: list[str], log: str) -> subprocess.Popen[bytes]:
        """Starts a program in a process group of its own, so that Ctrl-C reaches the bench alone, which ends it in order."""
        with (self.folder / log).open("wb") as output:
            return subprocess.Popen(
                command,
                cwd=HERE / "replaced",
                env=self.variables(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def variables(self) -> dict[str, str]:
        """The environment variables of workers and driver."""
        return {**self.environment.variables(), "BENCH_REDIS_URL": self.url, "PYTHONDONTWRITEBYTECODE": "1"}

    def stop(self) -> None:
        """Ends the programs by their ids, the workers first."""
        for process in (self.workers, self.redis):
            if process is None or process.poll() is not None:
                continue
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(SOON_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def drive(self, workload: str, reader: str, sources: Path) -> dict[str, object]:
        """Has documents done; what the driver printed."""
        work = self.folder / "work"
        work.mkdir(exist_ok=True)
        command = [str(self.environment.python), "-I", "-B", str(HERE / "replaced" / "drive.py"), workload]
        command += ["--folder", str(work), "--reader", reader, "--workers", str(WORKERS), str(sources)]
        asked = subprocess.run(command, env=self.variables(), capture_output=True, text=True, check=False)
        shutil.rmtree(work, ignore_errors=True)
        if asked.returncode != 0:
            raise ReplacedDesignFailure(
                f"the workload {workload} of Celery ended with status {asked.returncode}: {reason_in(asked.stderr)}"
            )
        found: dict[str, object] = json.loads(asked.stdout)
        return found

    def measure(self, side: Side, document: Document, backlog: int, singles: int, longest: float) -> list[Run]:
        """A backlog and single documents. A slow reader gets a backlog that takes about so long: its rate does not depend on it."""
        reader = READERS[side]
        few = self.copies(document, f"{reader}-warm", 2 * WORKERS)
        warm = self.drive("warm", reader, few)["documents"]
        assert isinstance(warm, list)
        each = sum(one["ended"] - one["began"] for one in warm) / len(warm)
        count = max(10 * WORKERS, min(backlog, int(longest * WORKERS / each)))
        runs, log = [], self.folder / "workers.log"
        for workload, number in ((Workload.BACKLOG, count), (Workload.SINGLES, singles)):
            self.say(f"{side.value}, {document.name}, {workload.value}: {number} documents")
            sources = self.copies(document, f"{reader}-{workload.name}", number)
            before, said = self.cpu(), log.stat().st_size
            found = self.drive(workload.name.lower(), reader, sources)
            after = self.cpu()
            shutil.rmtree(sources)
            runs.append(run_of(side, document, workload, found))
            complaints = len(re.findall(rb"\b(?:WARNING|ERROR|CRITICAL)/", log.read_bytes()[said:]))
            if complaints:
                runs[-1].remarks.append(f"the workers complained {complaints} times meanwhile")
            runs[-1].cpu = {name: after[name] - before[name] for name in after}
        return runs

    def copies(self, document: Document, label: str, count: int) -> Path:
        """A folder with so many copies, each with bytes of its own."""
        folder = self.folder / "sources"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for number in range(count):
            (folder / f"{document.pages}-{number:05}.pdf").write_bytes(document.copy(f"{label}-{number}"))
        return folder

    def cpu(self) -> dict[str, float]:
        """Seconds of the processors so far, by component."""
        found = {}
        for name, process in (("workers", self.workers), ("Redis", self.redis)):
            if process is not None:
                found[name] = process_tree_cpu(process.pid)
        return found


def run_of(side: Side, document: Document, workload: Workload, found: dict[str, object]) -> Run:
    """What the driver printed, as figures."""
    documents, seconds = found["documents"], found["seconds"]
    assert isinstance(documents, list) and isinstance(seconds, float)
    one = documents[0]
    return Run(
        side=side,
        pages=document.pages,
        workload=workload,
        wanted=len(documents),
        seconds=seconds,
        latencies=[each["latency"] for each in documents],
        load=os.getloadavg()[0],
        remarks=[f"{one['pages']} pages, {one['tokens']} tokens, {one['chunks']} chunks each"],
    )


def reason_in(words: str) -> str:
    """The first error that a Python program told of. What comes behind are the objects that it leaves."""
    errors = re.findall(r"^[\w.]*(?:Error|Exception|Timeout|Interrupt)\b.*$", words, re.MULTILINE)
    return errors[0] if errors else words.strip()[-300:]


@contextmanager
def running(environment: PythonEnvironment, folder: Path, say: Say) -> Iterator[ReplacedDesign]:
    """The replaced design, until the end of the block however it ends."""
    design = ReplacedDesign(environment, folder, say)
    try:
        design.start()
        yield design
    finally:
        design.stop()


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def can_connect(port: int) -> bool:
    """Whether somebody listens."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], bool], process: subprocess.Popen[bytes], name: str, log: Path) -> None:
    """Waits for a program that starts."""
    end = time.monotonic() + SOON_SECONDS
    while not condition():
        if process.poll() is not None or time.monotonic() > end:
            words = log.read_text(errors="replace").strip().splitlines()[-3:]
            raise ReplacedDesignFailure(f"{name} does not start: {' '.join(words)}")
        time.sleep(0.05)
