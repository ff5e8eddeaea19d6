"""Changes of documents: which, by chance, and one session of psql that makes them at an even pace."""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from collections.abc import Mapping, Sequence

import rows
from cluster import Cluster, ClusterFailure
from live_judge import Change

#: What is done to documents, and how often among a hundred changes. As many come as go.
UPDATE, INSERT, FINISH, DELETE = "update", "insert", "finish", "delete"
WEIGHTS = {UPDATE: 85, INSERT: 5, FINISH: 5, DELETE: 5}
#: This share of transactions has several changes, up to so many.
SEVERAL_SHARE, SEVERAL_MOST = 0.25, 6
#: Statements are sent this often, in seconds.
TICK = 0.05
#: After the last statement is sent, all must be done within so long.
DONE_SECONDS = 60.0
#: The message of a document whose changes are to be many bytes.
LONG_MESSAGE = "Reading what nobody takes. " * 12


class Changes:
    """Changes as statements. Knows which documents there are; touches nothing itself."""

    def __init__(self, namespace: str, running: Mapping[str, list[str]], ended: Mapping[str, list[str]], chance: random.Random) -> None:
        """With the ids of the documents that are in progress and that have ended, by tenant."""
        self.namespace, self.chance, self.number = namespace, chance, 0
        self.running = {tenant: list(ids) for tenant, ids in running.items()}
        self.ended = {tenant: list(ids) for tenant, ids in ended.items()}

    def transaction(self) -> tuple[str, int]:
        """A transaction of one change or, now and then, of several, also of several tenants; and how many it has."""
        left = count = self.chance.randint(2, SEVERAL_MOST) if self.chance.random() < SEVERAL_SHARE else 1
        parts: list[tuple[str, str]] = []
        while left:
            tenant = self.chance.choice(list(self.running))
            together = min(left, self.chance.choice((1, 1, 2, 3)))
            parts.append((tenant, self.statement(tenant, together)))
            left -= together
        # Tenants' holdings are locked in the order of their ids by everybody. What is done to a tenant's documents keeps its order.
        parts.sort(key=lambda part: part[0])
        return "\n".join(["BEGIN;", *(statement for _, statement in parts), "COMMIT;\n"]), count

    def statement(self, tenant: str, count: int) -> str:
        """A statement that changes so many documents of a tenant."""
        running, ended = self.running[tenant], self.ended[tenant]
        what = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if what == INSERT or len(running) + len(ended) < count:
            ids = [str(uuid.UUID(int=self.chance.getrandbits(128), version=4)) for _ in range(count)]
            running += ids
            return rows.insertion(self.namespace, tenant, ids, is_running=True)
        if what == FINISH and len(running) > count:
            ids = [running.pop(self.chance.randrange(len(running))) for _ in range(count)]
            ended += ids
            values = "status = 'ready', phase = 'Ready', processing_progress = 100, message = 'Complete', processing_completed_at = now()"
            return f"UPDATE documents SET {values}, updated_at = now() WHERE {among(ids)};"
        if what == DELETE and len(ended) > count:
            ids = [ended.pop(self.chance.randrange(len(ended))) for _ in range(count)]
            return f"DELETE FROM documents WHERE {among(ids)};"
        # Each says something that was not said before: what changes nothing is no change.
        self.number += 1
        progress = f"CASE status WHEN 'processing' THEN {self.number % 100} ELSE processing_progress END"
        values = f"message = 'Step {self.number}', processing_progress = {progress}, updated_at = now()"
        return f"UPDATE documents SET {values} WHERE {among(self.chance.sample(running + ended, count))};"


def among(ids: Sequence[str]) -> str:
    """The condition that a document is one of these."""
    return "id IN (" + ", ".join(f"'{each}'" for each in ids) + ")"


def change_often(cluster: Cluster, tenant: str, times: int, documents: int) -> None:
    """Changes a tenant's documents so many times, each of them as often as the others: so much there is to tell whoever was never there."""
    rounds = range(-(-times // documents))
    statement = f"UPDATE documents SET message = '{LONG_MESSAGE}%d' WHERE tenant_id = '{uuid.UUID(tenant)}';"
    rows.sql(cluster, "\n".join(statement % number for number in rounds))


async def make(cluster: Cluster, changes: Changes, rate: float, seconds: float) -> float:
    """Makes so many changes a second for so long; how late this program was with it at most, in seconds, as it was busy itself."""
    command = [cluster.kubectl_program, *rows.psql(cluster)]
    pipe = asyncio.subprocess.PIPE
    session = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=asyncio.subprocess.DEVNULL, stderr=pipe)
    assert session.stdin is not None
    loop = asyncio.get_running_loop()
    begun, sent, late = loop.time(), 0, 0.0
    try:
        # One that has ended says why below.
        with contextlib.suppress(ConnectionError):
            while sent < int(rate * seconds):
                due = min(int(rate * (loop.time() - begun)), int(rate * seconds))
                while sent < due:
                    statements, count = changes.transaction()
                    session.stdin.write(statements.encode())
                    sent += count
                await session.stdin.drain()
                woken = loop.time() + TICK
                await asyncio.sleep(TICK)
                late = max(late, loop.time() - woken)
        _, said = await asyncio.wait_for(session.communicate(b""), DONE_SECONDS)
        if session.returncode != 0:
            raise ClusterFailure(f"psql failed after {sent} changes were sent to it: {said.decode(errors='replace').strip()[-600:]}")
    except TimeoutError as error:
        raise ClusterFailure(f"psql had not made {sent} changes {DONE_SECONDS:.0f} s after they were sent to it") from error
    finally:
        if session.returncode is None:
            session.kill()
    return late


def made(cluster: Cluster, since: Mapping[str, int]) -> dict[str, list[Change]]:
    """The changes of each tenant after a number, in their order, as Postgres has them."""
    asked = ", ".join(f"('{uuid.UUID(tenant)}'::uuid, {int(number)}::bigint)" for tenant, number in since.items())
    statement = f"""
        SELECT tenant_id, change_seq, document_id, kind, extract(epoch FROM changed_at)
        FROM changes JOIN (VALUES {asked}) AS since (tenant, number) ON tenant_id = since.tenant AND change_seq > since.number
        ORDER BY tenant_id, change_seq;
    """
    found: dict[str, list[Change]] = {tenant: [] for tenant in since}
    for line in rows.sql(cluster, statement).splitlines():
        tenant, number, document, kind, at = line.split("|")
        found[tenant].append(Change(int(number), document, kind, float(at)))
    return found
