"""An export of all chunks of a tenant as JSON lines: whether it is whole, how quick it is, and what it costs the API's memory."""

from __future__ import annotations

import http.client
import json
import time
from dataclasses import dataclass, field

from cluster import Cluster
from lists_rows import Holding
from memory import peak_above, peak_megabytes, processes_of_the_api
from product_api import Account, Api, ApiFailure

PATH = "/api/export/chunks?status=ready"
#: The bar: megabytes that the API may hold more.
MEGABYTES = 32
#: Bytes that are read at once.
PIECE = 64 << 10


@dataclass
class Export:
    """What came, line by line."""

    lines: int = 0
    size: int = 0
    #: Documents that a line was of.
    documents: set[str] = field(default_factory=set)
    #: Seconds until the first line was there.
    first: float = 0.0

    def take(self, line: bytes) -> None:
        """Counts a line, which must be a chunk with its document."""
        try:
            chunk = json.loads(line)
            self.documents.add(chunk["document_id"])
            whole = isinstance(chunk["text"], str)
        except (ValueError, KeyError, TypeError) as error:
            raise ApiFailure(f"line {self.lines + 1} of the export is no chunk: {line[:200]!r}") from error
        if not whole:
            raise ApiFailure(f"line {self.lines + 1} of the export has no text: {line[:200]!r}")
        self.lines += 1
        self.size += len(line) + 1


def export(api: Api) -> Export:
    """All of it, as it comes."""
    connection: http.client.HTTPConnection = api.kind(api.host, api.port, timeout=api.limit)
    try:
        begun, found, rest = time.monotonic(), Export(), b""
        connection.request("GET", PATH, headers=api.authorization)
        answer = connection.getresponse()
        kind = answer.getheader("Content-Type") or ""
        if answer.status != 200 or not kind.startswith("application/jsonl"):
            raise ApiFailure(f"GET {PATH} answers {answer.status} with {kind or 'no type'}: {answer.read(400)!r}")
        while piece := answer.read1(PIECE):
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                found.take(line)
            if lines and not found.first:
                found.first = time.monotonic() - begun
        if rest:
            raise ApiFailure(f"the export ends in the middle of line {found.lines + 1}: {rest[-200:]!r}")
        return found
    finally:
        connection.close()


def measure(cluster: Cluster, account: Account, holding: Holding) -> list[str]:
    """Prints what was measured; answers the bars that were missed."""
    pids = processes_of_the_api(cluster)
    megabytes, seconds, found = peak_above(pids, lambda: export(Api(account)))
    print(
        f"\nexport: {len(found.documents):,} documents, {found.lines:,} lines, {found.size / 1e6:.1f} MB in {seconds:.1f} s "
        f"({found.lines / seconds:,.0f} lines a second, {found.size / 1e6 / seconds:.1f} MB/s), the first line after {1000 * found.first:.0f} ms; "
        + (f"the API held {peak_megabytes(pids):.0f} MB at most, {megabytes:.1f} MB more" if pids else "the API's memory was not measured"),
        flush=True,
    )
    missed = []
    if (len(found.documents), found.lines) != (holding.ready, holding.chunks):
        missed.append(f"export: {found.lines:,} chunks of {len(found.documents):,} documents, not {holding.chunks:,} of {holding.ready:,}")
    if not pids:
        missed.append("export: the API's memory was not measured: its node is not this machine")
    elif megabytes >= MEGABYTES:
        missed.append(f"export: the API held {megabytes:.1f} MB more, not under {MEGABYTES}")
    return missed
