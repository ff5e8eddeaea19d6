"""Requests that the API server has answered, from its own metrics.

`apiserver_request_total` has no label for who asked: kubelet, controllers, operator, API and this bench are one. What the cluster does
when nothing happens (node status, health) is measured first and taken off by its rate; watches are no requests of a document. What
remains was done because of the documents, by whomever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from figures import Request

LINE = re.compile(r"^apiserver_request_total\{(?P<labels>.*)\} (?P<value>\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

READS = frozenset({"GET", "LIST"})
#: Connections that stay open, counted when they end.
OPEN = frozenset({"WATCH", "WATCHLIST", "CONNECT"})

#: Renewed every few seconds, whatever else happens.
HEARTBEATS = frozenset({"leases"})


def parse(metrics: str) -> dict[Request, float]:
    """How many requests of each kind there have been, watches and heartbeats left out."""
    found: dict[Request, float] = {}
    for line in metrics.splitlines():
        if match := LINE.match(line):
            labels = dict(LABEL.findall(match["labels"]))
            resource = labels["resource"] or "(no resource)"
            if labels["verb"] in OPEN or resource in HEARTBEATS:
                continue
            if labels.get("subresource"):
                resource += "/" + labels["subresource"]
            request = Request(labels["verb"], resource)
            found[request] = found.get(request, 0.0) + float(match["value"])
    return found


def beyond_idle(
    before: Mapping[Request, float], after: Mapping[Request, float], idle_rate: Mapping[Request, float], seconds: float
) -> dict[Request, float]:
    """What was added, less what is added in so many seconds anyway; what is no more than that is left out."""
    found = {}
    for request, value in after.items():
        # Rates are not whole numbers: less than one request is none.
        added = value - before.get(request, 0.0) - idle_rate.get(request, 0.0) * seconds
        if added >= 1:
            found[request] = added
    return found


def is_read(request: Request) -> bool:
    """Whether it changes nothing."""
    return request.verb in READS


def sums(requests: Mapping[Request, float]) -> tuple[float, float]:
    """Reads and writes."""
    reads = sum(count for request, count in requests.items() if is_read(request))
    return reads, sum(requests.values()) - reads
