#!/usr/bin/env python3
"""Gives a tenant very many documents, as rows alone: of every state, in three languages, with names, sizes and dates. There are no chunks, and nothing
in the store: they are for lists. Or takes them away again, so that they need not be looked for in the store when the tenant goes."""

from __future__ import annotations

import argparse
import sys
import uuid
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "bench"))

import lists_rows  # noqa: E402
from cluster import Cluster, ClusterFailure  # noqa: E402
from lists_rows import READY, Holding  # noqa: E402
from lists_text import LANGUAGES  # noqa: E402
from rows import sql  # noqa: E402


def filled(namespace: str, tenant: uuid.UUID, documents: int) -> str:
    """The statements that insert the rows. Nothing of them is searched: the indexer would look for results that are not there."""
    holding = Holding.of(documents, documents * READY // 100)
    inserted = lists_rows.documents(namespace, str(tenant), holding, [each.code for each in LANGUAGES])
    return f"""
        BEGIN;
        {inserted}
        DELETE FROM indexed_documents WHERE tenant_id = '{tenant}';
        COMMIT;
        ANALYZE documents;
    """


def emptied(tenant: uuid.UUID) -> str:
    """The statement that takes the rows away: they were uploaded by nobody."""
    return f"DELETE FROM documents WHERE tenant_id = '{tenant}' AND sha256 IS NOT NULL AND user_id IS NULL;"


def main() -> None:
    """Does what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tenant", required=True, type=uuid.UUID, help="its id")
    parser.add_argument("--documents", type=int, default=10_000, help="so many (default: %(default)s)")
    parser.add_argument("--empty", action="store_true", help="take them away")
    given = parser.parse_args()
    if given.documents < 100:
        parser.error("there must be 100 documents or more: some of every state")
    cluster = Cluster()
    sql(cluster, emptied(given.tenant) if given.empty else filled(cluster.names.encodings_namespace, given.tenant, given.documents))


if __name__ == "__main__":
    try:
        main()
    except ClusterFailure as error:
        sys.exit(f"fill_tenant: {error}")
