#!/usr/bin/env python3
"""Measures what uploads may not cost: memory where one is large, and other people's service where clients are slow.

`large` uploads one file as a form and in two pieces by tus, and prints how much more memory the API held than before. It needs
`api.maxUploadBytes` of at least the file's length, and the API on this machine; `--slow-disk` has each of its writes to a file take that much
longer (by strace). `slow` opens connections whose heads never end and uploads that trickle, all of one tenant, and polls and uploads as another
tenant meanwhile.
"""

from __future__ import annotations

import argparse
import base64
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import command_line
import polling
from cluster import Cluster, ClusterFailure
from command_line import carry_out
from memory import peak_above, processes_of_the_api
from product_api import Account, Api, ApiFailure
from rows import accounts, rows

#: The API may hold so much more for the largest upload.
MEGABYTES = 32.0
#: Of the requests a second without slow clients at least this share is answered beside them.
SHARE = 0.8
PIECE = 1 << 20
LINE = b"A line of a very long text, which says nothing that was not said before.\n"
BOUNDARY = "heavy-uploads-5d0f2b"


def pieces(size: int) -> Iterator[bytes]:
    """A text of so many bytes."""
    piece = (LINE * (PIECE // len(LINE) + 1))[:PIECE]
    for _ in range(size // PIECE):
        yield piece
    yield piece[: size % PIECE]


class Connection:
    """A connection to the API that sends bodies as they come."""

    def __init__(self, key: str) -> None:
        address = urlsplit(os.environ["SOCRATE_API_URL"])
        self.connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=600)
        self.headers = {"Authorization": f"Bearer {key}"}

    def send(self, method: str, path: str, headers: dict[str, str], body: Iterator[bytes] | bytes, expected: int) -> http.client.HTTPResponse:
        """Sends a request whose answer must be as expected; the answer, read."""
        self.connection.request(method, path, body, {**self.headers, **headers})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != expected:
            raise ApiFailure(f"{method} {path} answers {answer.status}: {text[:400]!r}")
        answer.text = text  # type: ignore[attr-defined]
        return answer


def form(key: str, size: int) -> str:
    """Uploads it as a form; the document's id."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="large.txt"\r\n\r\n'.encode()
    tail = f'\r\n--{BOUNDARY}\r\nContent-Disposition: form-data; name="force"\r\n\r\ntrue\r\n--{BOUNDARY}--\r\n'.encode()

    def body() -> Iterator[bytes]:
        yield head
        yield from pieces(size)
        yield tail

    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}", "Content-Length": str(len(head) + size + len(tail))}
    answer = Connection(key).send("POST", "/api/documents/upload", headers, body(), 202)
    return str(json.loads(answer.text)["document_id"])  # type: ignore[attr-defined]


def tus(key: str, size: int) -> str:
    """Uploads it in two pieces; the document's id."""
    connection, version = Connection(key), {"Tus-Resumable": "1.0.0"}
    metadata = f"filename {base64.b64encode(b'large.txt').decode()},force {base64.b64encode(b'true').decode()}"
    begun = connection.send("POST", "/api/documents/upload/tus", {**version, "Upload-Length": str(size), "Upload-Metadata": metadata}, b"", 201)
    path, half = begun.headers["Location"], size // 2
    for offset, length in ((0, half), (half, size - half)):
        headers = {**version, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream", "Content-Length": str(length)}
        connection.send("PATCH", path, headers, pieces(length), 204)
    return str(path.rsplit("/", 1)[1])


@contextmanager
def slow_disk(pids: list[int], milliseconds: int) -> Iterator[None]:
    """Until the end of the block each `write(2)` of the processes takes so much longer. Sockets are written by other calls."""
    if not milliseconds:
        yield
        return
    delay = f"--inject=write:delay_enter={milliseconds * 1000}"
    command = ["strace", "--follow-forks", "--trace=write", delay, "--output=/dev/null", *(f"--attach={pid}" for pid in pids)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
        try:
            assert tracer.stderr is not None
            while "attached" not in (line := tracer.stderr.readline()):
                if not line:
                    raise ClusterFailure("strace cannot trace the API: install it, and run this as root on the cluster's node")
            yield
        finally:
            tracer.terminate()


def large(cluster: Cluster, given: argparse.Namespace, account: Account) -> list[str]:
    """The bars that are missed by large uploads."""
    pids = processes_of_the_api(cluster)
    if not pids:
        return ["the API's memory was not measured: its node is not this machine"]
    missed = []
    for name, upload in (("form", form), ("tus", tus)):
        with slow_disk(pids, given.slow_disk):
            megabytes, seconds, document = peak_above(pids, lambda upload=upload: upload(account.key, given.bytes))  # type: ignore[misc]
        print(f"large, {name:<5} {given.bytes / 2**20:,.0f} MiB in {seconds:.1f} s, {megabytes:.1f} MB more in memory", flush=True)
        if megabytes > MEGABYTES:
            missed.append(f"{name}: {megabytes:.1f} MB more, not under {MEGABYTES:.0f}")
        Api(account).delete(document)
    return missed


@contextmanager
def slow_clients(key: str, given: argparse.Namespace) -> Iterator[dict[str, int]]:
    """Connections whose heads do not end and uploads that trickle, until the end of the block; how many uploads were refused."""
    address = urlsplit(os.environ["SOCRATE_API_URL"])
    stopping, counted, threads = threading.Event(), {"refused": 0, "heads given up": 0}, []
    lock = threading.Lock()

    def connect() -> socket.socket:
        return socket.create_connection((address.hostname or "", address.port or 80), timeout=30)

    def count(what: str) -> None:
        with lock:
            counted[what] += 1

    def head() -> None:
        while not stopping.is_set():
            try:
                with connect() as client:
                    client.sendall(b"GET /api/documents HTTP/1.1\r\nHost: here\r\nX-Slow: ")
                    while not stopping.wait(1.0):
                        client.sendall(b"x")
            except OSError:
                count("heads given up")

    def trickle() -> None:
        begin = (
            f"POST /api/documents/upload HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {key}\r\nContent-Length: 100000\r\n"
            f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n"
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="slow.txt"\r\n\r\n'
        )
        try:
            with connect() as client:
                client.sendall(begin.encode())
                while not stopping.wait(0.5):
                    client.sendall(b"slow words ")
        except OSError:
            count("refused")

    for act, number in ((head, given.heads), (trickle, given.trickling)):
        threads += [threading.Thread(target=act, daemon=True) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield counted
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def slow(cluster: Cluster, given: argparse.Namespace, account: Account, other: Account) -> list[str]:
    """The bars that are missed beside slow clients."""
    documents = [(each, other.key) for each in rows(cluster, other, 1000)]
    polling.poll("once", documents, given, None)

    def measured(name: str) -> polling.Load:
        load = polling.poll(name, documents, given, polling.Uploads(Api(other), []))
        print(load.line(), flush=True)
        return load

    alone = measured("without slow clients")
    with slow_clients(account.key, given) as counted:
        beside = measured("beside slow clients")
    print(f"slow: {given.heads} heads, {given.trickling} uploads of one tenant; {counted}", flush=True)
    missed = []
    if beside.failed or beside.rate < SHARE * alone.rate:
        missed.append(f"polling beside slow clients: {beside.rate:,.0f} requests a second of {alone.rate:,.0f}, {beside.failed} failed")
    if max(beside.uploads, default=0.0) > 1.0:
        missed.append(f"another tenant's upload took {max(beside.uploads):.2f} s")
    return missed


def measure(cluster: Cluster, given: argparse.Namespace) -> list[str]:
    """Prints what was measured; answers the bars that were missed."""
    with accounts(cluster, "heavy uploads", 2) as tenants:
        missed = large(cluster, given, tenants[0]) if given.what != "slow" else []
        return missed + (slow(cluster, given, *tenants) if given.what != "large" else [])


def main() -> int:
    """Runs it; 1 where a bar was missed and `--check` was given."""
    parser = command_line.parser(__doc__)
    parser.add_argument("what", nargs="?", choices=["large", "slow", "both"], default="both", help="what is measured (default: %(default)s)")
    parser.add_argument("--bytes", type=int, default=1 << 30, help="length of the large file (default: %(default)s)")
    parser.add_argument("--slow-disk", type=int, default=0, metavar="MILLISECONDS", help="how much longer each write to a file takes (default: none)")
    parser.add_argument("--heads", type=int, default=100, help="connections whose heads never end (default: %(default)s)")
    parser.add_argument("--trickling", type=int, default=50, help="uploads that trickle (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=20, help="how long each load lasts (default: %(default)s)")
    parser.add_argument("--connections", type=int, default=64, help="connections of wrk (default: %(default)s)")
    given = parser.parse_args()
    return carry_out("heavy uploads", lambda cluster: measure(cluster, given), given.check)


if __name__ == "__main__":
    sys.exit(main())
