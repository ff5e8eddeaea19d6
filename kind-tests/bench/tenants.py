"""Whether a small tenant waits because of large ones: three tenants' documents at once, and the smallest one's alone."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import uploads
from cluster import Cluster
from disturbances import pods_of, processes_of
from documents import Mixture
from environment import Say
from figures import percentile
from memory import peak_megabytes
from product_api import Account, Api

#: Documents of the three tenants.
COUNTS = (900, 90, 10)
#: The smallest one's 95th percentile may grow by so much.
MOST_TIMES = 2.0
#: The most the operator may hold in memory.
MOST_MEGABYTES = 128


def at_once(cluster: Cluster, document: Mixture, limit: float, say: Say) -> tuple[list[uploads.Outcome], list[str]]:
    """The outcomes, and what is wrong."""
    label = f"tenants-{int(time.time())}"
    apis = [Api(Account.create(cluster, f"tenant-of-{count}")) for count in COUNTS]

    def upload(number: int, when: str) -> uploads.Outcome:
        count = COUNTS[number]
        return uploads.backlog(apis[number], document, count, min(count, 4), f"{label}-{when}-{count}", limit, say)

    # The first one starts a Pod, as a service that is in use has one.
    outcomes = [upload(2, "first"), upload(2, "alone")]
    with ThreadPoolExecutor(len(COUNTS)) as pool:
        outcomes += pool.map(lambda number: upload(number, "together"), range(len(COUNTS)))
    found = [failure for outcome in outcomes for failure in outcome.failures]
    alone, together = (percentile(outcomes[at].latencies, 0.95) or 0.0 for at in (1, -1))
    operators = [pid for pod in pods_of(cluster, "operator") for pid in processes_of(pod["metadata"]["uid"], "operator")]
    memory = peak_megabytes(operators)
    seconds = max(outcome.seconds for outcome in outcomes[2:])
    print(
        f"tenants: {sum(COUNTS)} documents in {seconds:.1f} s; 95th percentile of the smallest tenant {together:.2f} s, alone {alone:.2f} s; "
        f"the operator held {memory:.0f} MB at most",
        flush=True,
    )
    if together > MOST_TIMES * alone:
        found.append(f"the smallest tenant waits {together / alone:.1f} times as long beside the others as alone")
    if memory > MOST_MEGABYTES:
        found.append(f"the operator held {memory:.0f} MB")
    return outcomes, found
