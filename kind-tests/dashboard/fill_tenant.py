#!/usr/bin/env python3
"""Gives a tenant very many documents, as rows alone: of every state, in three languages, each that is ready with a chunk of text. Or takes them away
again, so that they need not be looked for in the store when the tenant goes."""

from __future__ import annotations

import argparse
import sys
import uuid
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "bench"))

import lists_rows  # noqa: E402
from cluster import Cluster, ClusterFailure  # noqa: E402
from command_line import say  # noqa: E402
from lists_rows import READY, Holding  # noqa: E402
from lists_text import LANGUAGES, Vocabulary  # noqa: E402
from product_api import Account  # noqa: E402
from rows import sql  # noqa: E402


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
    if given.empty:
        # They were uploaded by nobody.
        sql(cluster, f"DELETE FROM documents WHERE tenant_id = '{given.tenant}' AND sha256 IS NOT NULL AND user_id IS NULL;")
    else:
        holding = Holding.of(given.documents, given.documents * READY // 100)
        # Who makes rows needs no key.
        lists_rows.fill(cluster, [Account(str(given.tenant), "")], holding, [Vocabulary.of(language) for language in LANGUAGES], say)


if __name__ == "__main__":
    try:
        main()
    except ClusterFailure as error:
        sys.exit(f"fill_tenant: {error}")
