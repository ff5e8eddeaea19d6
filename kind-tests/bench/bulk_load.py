"""Documents for bulk actions, and the actions, as clients make them; and what the platform says of both by other ways than the API."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import outages
import remains
from bulk_judge import Course, Progress
from cluster import Cluster, ClusterFailure
from disturbances import kill_pods
from environment import Say
from product_api import Account, Api, ApiFailure

ACTIONS = "/api/bulk-actions"
#: How often a client asks how far an action is.
POLL_SECONDS = 0.25
#: The API answers again so long after all of its Pods were killed.
BACK_SECONDS = 90.0
#: An action that is not gone on with for so long is stuck: whoever had it when it was killed holds it for half a minute.
STUCK_SECONDS = 120.0


def upload(api: Api, names: list[str], uploaders: int, say: Say) -> list[str]:
    """Small texts with these names, by so many at once; their ids in the order of the names."""
    told = [time.monotonic()]

    def one(number: int) -> str:
        if time.monotonic() - told[0] > 10:
            told[0] = time.monotonic()
            say(f"{number:,} of {len(names):,} uploaded")
        return api.upload(names[number], f"{names[number]} is a note of two sentences. It says that there are {len(names)} like it.\n".encode())

    with ThreadPoolExecutor(uploaders) as pool:
        return list(pool.map(one, range(len(names))))


def wait_until_ready(cluster: Cluster, account: Account, count: int, limit: float, say: Say) -> None:
    """Waits until all of a tenant's documents are."""
    end, told = time.monotonic() + limit, time.monotonic()
    query = f"SELECT status, count(*) AS count FROM documents WHERE tenant_id = '{account.tenant}' GROUP BY status"
    while True:
        counted = {each["status"]: each["count"] for each in remains.rows_of(cluster, query)}
        if counted == {"ready": count}:
            return
        if counted.get("failed"):
            raise ClusterFailure(f"{counted['failed']} of the documents have failed")
        if time.monotonic() > end:
            raise ClusterFailure(f"not all documents were ready within {limit:.0f} s: {counted}")
        if time.monotonic() - told > 10:
            told = time.monotonic()
            say(f"{counted.get('ready', 0):,} of {count:,} ready")
        time.sleep(1)


@dataclass
class Run:
    """An action that is being watched."""

    cluster: Cluster
    api: Api
    say: Say
    action: str = ""
    began: float = 0.0
    seen: list[Progress] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)

    def begin(self, kind: str, search: str) -> int:
        """Asks for it; how many match."""
        body = json.dumps({"action": kind, "filter": {"search": search}}).encode()
        self.began = time.monotonic()
        status, answer = self.api.send("POST", ACTIONS, body, {"Content-Type": "application/json"})
        if status != 202:
            raise ApiFailure(f"the bulk action answers {status}: {answer[:400]!r}")
        action = json.loads(answer)["bulk_action"]
        self.action = action["id"]
        self.note(action)
        return self.last.matched

    @property
    def last(self) -> Progress:
        """How far it was when it was last seen."""
        return self.seen[-1]

    def note(self, action: dict[str, Any]) -> None:
        """It was seen."""
        self.seen.append(Progress.of(time.monotonic() - self.began, action))

    def kill(self) -> None:
        """Kills all replicas of the API."""
        self.kills.append(time.monotonic() - self.began)
        killed = kill_pods(self.cluster, "api", "api")
        self.say(f"killed {killed} Pods of the API, {self.last.turns:,} of {self.last.matched:,} done")

    def abort(self) -> None:
        """Stops it; asked again until it is answered, as somebody who is determined does."""
        self.ask("POST", f"{ACTIONS}/{self.action}/abort")
        self.say(f"aborted, {self.last.turns:,} of {self.last.matched:,} done")

    def ask(self, method: str, path: str) -> None:
        """Asks until there is an answer, and notes it."""
        answers: list[bytes] = []

        def is_answered() -> bool:
            try:
                status, answer = self.api.send(method, path)
            except (ApiFailure, OSError, http.client.HTTPException):
                return False
            answers.append(answer)
            return status == 200

        outages.wait(f"that {method} {path} is answered", BACK_SECONDS, is_answered)
        self.note(json.loads(answers[-1])["bulk_action"])

    def follow(self, until: Callable[[Progress], bool]) -> None:
        """Asks how far it is until it has ended, or this is so."""
        moved = time.monotonic()
        while self.last.state == "running" and not until(self.last):
            time.sleep(POLL_SECONDS)
            before = self.last.turns
            self.ask("GET", f"{ACTIONS}/{self.action}")
            if self.last.turns > before:
                moved = time.monotonic()
            if time.monotonic() - moved > STUCK_SECONDS:
                raise ClusterFailure(f"the bulk action {self.action} has not gone on for {STUCK_SECONDS:.0f} s, at {self.last}")


def course(cluster: Cluster, account: Account, run: Run, matching: list[str]) -> Course:
    """What the platform says of an action that has ended."""
    tenant = f"tenant_id = '{account.tenant}'"
    by_it = f"action = 'document.deleted' AND details ->> 'bulk_action_id' = '{run.action}'"
    return Course(
        run.action,
        run.seen,
        matching,
        [each["target"] for each in remains.rows_of(cluster, f"SELECT target FROM audit_log WHERE {tenant} AND {by_it}")],
        [each["document_id"] for each in remains.rows_of(cluster, f"SELECT document_id FROM changes WHERE {tenant} AND kind = 'deleted'")],
        frozenset(each["id"] for each in remains.rows_of(cluster, f"SELECT id FROM documents WHERE {tenant}")),
        run.kills,
    )


def in_order(cluster: Cluster, account: Account, beginning: str) -> list[str]:
    """The documents whose names begin so, in the order in which they were uploaded."""
    query = f"SELECT id FROM documents WHERE tenant_id = '{account.tenant}' AND filename LIKE '{beginning}%' ORDER BY created_at, id"
    return [each["id"] for each in remains.rows_of(cluster, query)]
