"""The installed release: changed for a comparison, and changed back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from cluster import CHART, Cluster

#: The chart's value with which a Pod works for one document alone.
LINGER_ZERO = "operator.queues.documents.lingerSeconds=0"
TIMEOUT = "5m"


def revision(cluster: Cluster) -> str:
    """The release's revision."""
    names = cluster.names
    found = json.loads(
        cluster.helm("status", names.release, "--namespace", names.release_namespace, "--output", "json")
    )
    return str(found["version"])


@contextmanager
def with_values(cluster: Cluster, setting: str) -> Iterator[None]:
    """The release with one value set otherwise, until the end of the block; then its former revision again."""
    names = cluster.names
    place = ["--namespace", names.release_namespace, "--wait", "--timeout", TIMEOUT]
    before = revision(cluster)
    try:
        cluster.helm("upgrade", names.release, str(CHART), "--reset-then-reuse-values", "--set", setting, *place)
        yield
    finally:
        # Also where the upgrade failed half-way; without a new revision there is nothing to go back from.
        if revision(cluster) != before:
            cluster.helm("rollback", names.release, before, *place)
