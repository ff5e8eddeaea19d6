#!/usr/bin/env python3
"""Measures lists, searches and an export among 100,000 documents and 200,000 chunks of 20 tenants, and prints the plans behind them.

Documents and chunks are rows alone, of some 4,500 characters in three languages whose words are distributed as people's are. Several clients ask
for lists with three filters, for parts of names, and for words and phrases in texts, over HTTP and each with the key of a tenant that is drawn.
Then Postgres tells the plans of what the API asks it: none may read all documents or chunks. At last a tenant of 10,000 documents exports the chunks
of them all while the API's memory is watched.
"""

from __future__ import annotations

import argparse
import random
import sys
from datetime import UTC, datetime

import command_line
import lists_export
import lists_plans
import lists_rows
from cluster import Cluster
from command_line import carry_out, say
from lists_load import HEADINGS, ask, row
from lists_requests import Kind, Seeded, kinds
from lists_rows import Holding
from lists_text import LANGUAGES, Vocabulary
from product_api import Api
from rows import accounts

#: Requests of each kind whose plans are looked at: more than there are sessions, so that plans which are kept for a session are seen too.
EXPLAINED = 60


def measure(cluster: Cluster, given: argparse.Namespace) -> list[str]:
    """Prints what was measured; answers the bars that were missed."""
    vocabularies = [Vocabulary.of(language) for language in LANGUAGES]
    missed: list[str] = []
    with accounts(cluster, "lists", given.tenants) as tenants:
        holding = Holding.of(given.documents // given.tenants, given.chunks // given.tenants)
        lists_rows.fill(cluster, tenants, holding, vocabularies, say)
        largest = {account.tenant: lists_rows.largest(cluster, account) for account in tenants}
        seeded = Seeded(tenants, holding, vocabularies, largest, datetime.now(UTC))
        wanted = [kind for kind in kinds(seeded) if not given.only or any(part in kind.name for part in given.only)]
        missed += loads(Api(tenants[0]), wanted, given)
        missed += plans(cluster, Api(tenants[0]), wanted, given)
    if given.exported:
        with accounts(cluster, "export", 1) as [account]:
            holding = Holding(given.exported, 2 * given.exported, given.exported, 0)
            lists_rows.fill(cluster, [account], holding, vocabularies, say)
            missed += lists_export.measure(cluster, account, holding)
    return missed


def loads(api: Api, wanted: list[Kind], given: argparse.Namespace) -> list[str]:
    """Prints the table; answers the bars that were missed."""
    missed: list[str] = []
    print(f"{given.documents:,} documents and {given.chunks:,} chunks of {given.tenants} tenants, {given.clients} clients at once, seed {given.seed}")
    print(row("", HEADINGS))
    for kind in wanted:
        outcome = ask(api, kind, given.requests, given.clients, given.seed)
        print(outcome.line(), flush=True)
        missed += outcome.missed()
    return missed


def plans(cluster: Cluster, api: Api, wanted: list[Kind], given: argparse.Namespace) -> list[str]:
    """Prints the plans of each kind of request; answers those that read a whole table."""
    missed: list[str] = []
    with lists_plans.told(cluster):
        for kind in wanted:
            shapes = lists_plans.seen(cluster, lambda kind=kind: ask(api, kind, EXPLAINED, given.clients, given.seed))  # type: ignore[misc]
            print(f"\n{kind.name}: {len(shapes)} plans", flush=True)
            for shape in shapes:
                print(shape.text(), flush=True)
            missed += [f"{kind.name}: all of {table} is read: Seq Scan" for shape in shapes for table in shape.slowest.sequential]
            if not shapes:
                missed.append(f"{kind.name}: Postgres has told no plan that reads documents or chunks")
    return missed


def main() -> int:
    """Runs it; 1 where a bar was missed and `--check` was given."""
    parser = command_line.parser(__doc__)
    parser.add_argument("--documents", type=int, default=100_000, help="of all tenants (default: %(default)s)")
    parser.add_argument("--chunks", type=int, default=200_000, help="of all tenants (default: %(default)s)")
    parser.add_argument("--tenants", type=int, default=20, help="whose they are (default: %(default)s)")
    parser.add_argument("--requests", type=int, default=2_000, help="of each kind (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=4, help="at once (default: %(default)s)")
    parser.add_argument("--exported", type=int, default=10_000, help="documents of the tenant that exports; 0: no export (default: %(default)s)")
    parser.add_argument("--only", nargs="+", metavar="PART", help="only kinds of requests with one of these in their names")
    parser.add_argument("--seed", default=str(random.randrange(2**32)), help="of what is drawn")
    given = parser.parse_args()
    if min(given.tenants, given.requests, given.clients) < 1 or given.documents < 100 * given.tenants or given.chunks < given.documents:
        parser.error("there must be tenants with 100 documents or more, at least as many chunks, requests and clients")
    return carry_out("lists", lambda cluster: measure(cluster, given), given.check)


if __name__ == "__main__":
    sys.exit(main())
