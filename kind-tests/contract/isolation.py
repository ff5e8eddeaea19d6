#!/usr/bin/env python3
"""Whether anything tells another tenant's document, upload, webhook, bulk action, key, session or user from one that nobody has: the answer, or how
long it takes.

    isolation.py [--requests N] [--check]

For each route that names one, an administrator of one tenant asks for those of another tenant and for as many ids of nothing, in pairs
whose order is drawn, over one connection that is kept. A route whose medians are apart is measured again: only what is apart in the same
direction each time is not noise.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import socket
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent / "bench"))

from cluster import Cluster, ClusterFailure  # noqa: E402
from product_api import Answer, Api, ApiFailure  # noqa: E402
from tenant import Tenant  # noqa: E402

#: The medians may be apart by so much.
MOST_APART = 0.05
#: A route that is apart is measured so often in all.
ROUNDS = 5
#: Pairs of requests before those that count.
WARM_UP = 50
#: The longest one answer may take.
LIMIT_SECONDS = 60
#: Headers that differ from request to request whatever is asked; `RateLimit` counts the requests of who asks.
OF_THE_REQUEST = {"x-request-id", "date", "ratelimit"}
JSON = {"Content-Type": "application/json"}
TUS = {"Tus-Resumable": "1.0.0"}
#: Without its words a search is refused whosever the document is.
QUERIES = {"/api/documents/{id}/search": "?q=report"}
WEBHOOK_BODIES = {
    ("patch", "/api/webhooks/{id}"): b'{"description": "changed"}',
    ("post", "/api/webhooks/{id}/secret"): b"{}",
    ("post", "/api/webhooks/{id}/replay"): b'{"since": "2026-01-01T00:00:00Z"}',
}
#: What the ids are of, by the part of the path before them.
KINDS = {
    "bulk-actions": "bulk action",
    "documents": "document",
    "keys": "key",
    "sessions": "session",
    "users": "user",
    "webhooks": "webhook",
}
#: A delivery is found by its webhook: which one the path names besides makes no difference where that is another's.
DELIVERY = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Route:
    """A request that names something by its id."""

    method: str
    path: str
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    #: Where the body names it.
    named_in_body: str | None = None

    @property
    def kind(self) -> str:
        """What the id is of."""
        return "user" if self.named_in_body == "user_id" else of_kind(self.path)

    @property
    def label(self) -> str:
        """Method and path, for people."""
        return f"{self.method} {self.path}" + (f" ({self.named_in_body})" if self.named_in_body else "")

    def request(self, one: str) -> tuple[str, str, bytes | None, dict[str, str]]:
        """The request for what has this id."""
        body = self.body
        if self.named_in_body:
            body = json.dumps({**json.loads(body or b"{}"), self.named_in_body: one}).encode()
        return self.method, self.path.replace("{id}", one).replace("{delivery_id}", DELIVERY), body, self.headers


def of_kind(path: str) -> str:
    """What the id in a path is of."""
    if path.startswith("/api/documents/upload/"):
        return "upload"
    return KINDS[path.split("/")[2]]


def routes(description: dict[str, Any]) -> list[Route]:
    """The routes of the description that name something, with a query and a body that the handler reads so that it goes on to what is named."""
    found = []
    for path, item in description["paths"].items():
        for method in item:
            body, headers = None, dict(TUS) if "/upload/tus" in path else {}
            if (method, path) == ("patch", "/api/documents/upload/tus/{id}"):
                body, headers = b"x", {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
            elif path.endswith("/complete"):
                body, headers = b'{"parts": []}', JSON
            elif (method, path) == ("patch", "/api/users/{id}"):
                body, headers = b'{"name": "changed"}', JSON
            elif (method, path) in WEBHOOK_BODIES:
                body, headers = WEBHOOK_BODIES[method, path], JSON
            if "{id}" in path:
                found.append(Route(method.upper(), path + QUERIES.get(path, ""), body, headers))
    return [*found, Route("POST", "/api/keys", b'{"name": "key"}', JSON, "user_id")]


def told(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    """All of an answer that must not depend on what is there. A message repeats no id."""
    headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_REQUEST}
    return answer.status, headers, answer.body


@dataclass
class Measured:
    """The seconds of a route's requests."""

    theirs: list[float] = field(default_factory=list)
    nothing: list[float] = field(default_factory=list)

    @property
    def apart(self) -> float:
        """How much longer, as a part of it, it takes to be told that there is nothing where there is something of another tenant."""
        return statistics.median(self.theirs) / statistics.median(self.nothing) - 1


def is_apart(rounds: list[float], most: float = MOST_APART) -> bool:
    """Whether every round was apart by more, in the same direction."""
    return bool(rounds) and (all(apart > most for apart in rounds) or all(apart < -most for apart in rounds))


def pairs(theirs: list[str], nothing: list[str], count: int, chance: random.Random) -> Iterator[list[tuple[bool, str]]]:
    """So many pairs, each of something of another tenant and of nothing, in an order that is drawn."""
    for number in range(count):
        pair = [(True, theirs[number % len(theirs)]), (False, nothing[number % len(nothing)])]
        chance.shuffle(pair)
        yield pair


def measure(send: Callable[..., Answer], route: Route, theirs: list[str], count: int, chance: random.Random) -> tuple[Measured, list[str]]:
    """The seconds, and what differed."""
    nothing = [str(uuid.UUID(int=chance.getrandbits(128), version=4)) for _ in theirs]
    measured, answers = Measured(), dict[str, bool]()
    for number, pair in enumerate(pairs(theirs, nothing, WARM_UP + count, chance)):
        for is_theirs, one in pair:
            request = route.request(one)
            begin = time.perf_counter()
            answer = send(*request)
            seconds = time.perf_counter() - begin
            answers.setdefault(repr(told(answer)), is_theirs)
            if number >= WARM_UP:
                (measured.theirs if is_theirs else measured.nothing).append(seconds)
            if answer.status != 404:
                return measured, [f"{route.label} of {one} answers {answer.status}: {answer.body[:200]!r}"]
    wrong = [] if len(answers) == 1 else [f"{route.label} has several answers: {'; '.join(answers)}"]
    return measured, wrong


def connection(api: Api) -> Callable[..., Answer]:
    """Sends requests over one connection, which is kept; where an answer ends it, as the body was not read for it, another is opened at once.

    Head and body go out at once, so that the body has come with the head where it is read.
    """
    kept = api.kind(api.host, api.port, timeout=LIMIT_SECONDS)

    def connect() -> None:
        kept.close()
        kept.connect()
        kept.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    connect()

    def send(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        length = {} if body is None else {"Content-Length": str(len(body))}
        named = {"Host": f"{api.host}:{api.port}", **api.authorization, **headers, **length}
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        kept.sock.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + (body or b""))
        answer = http.client.HTTPResponse(kept.sock, method=method)
        answer.begin()
        found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        if answer.will_close:
            connect()
        return found

    return send


def of_another(tenant: Tenant) -> dict[str, list[str]]:
    """What there is of the other tenant, by kind: uploads that go on, and that have become documents."""
    ids = tenant.ids()
    return {
        "document": ids["documents"],
        "upload": ids["tus"] + ids["presigned"] + ids["documents"][:2],
        "user": [tenant.user, *ids["users"]],
        "key": [tenant.own_key, *ids["keys"]],
        "session": ids["sessions"],
        "webhook": ids["webhooks"],
        "bulk action": ids["bulk_actions"],
    }


def compare(api: Api, theirs: dict[str, list[str]], count: int, seed: int) -> list[str]:
    """Prints a table; what is wrong."""
    chance, send = random.Random(seed), connection(api)
    status, described = api.send("GET", "/openapi.json")
    if status != 200:
        raise ApiFailure(f"the description answers {status}")
    wrong: list[str] = []
    print(f"| {'route':<60} | another's, µs | nothing, µs | apart |\n|{'-' * 62}|--------------:|------------:|------:|")
    for route in routes(json.loads(described)):
        rounds: list[float] = []
        for _ in range(ROUNDS):
            measured, differing = measure(send, route, theirs[route.kind], count, chance)
            if differing:
                wrong += differing
                break
            rounds.append(measured.apart)
            of_theirs, of_nothing = (statistics.median(seconds) * 1e6 for seconds in (measured.theirs, measured.nothing))
            print(f"| {route.label:<60} | {of_theirs:13.0f} | {of_nothing:11.0f} | {measured.apart:+5.1%} |", flush=True)
            if abs(measured.apart) <= MOST_APART:
                break
        if is_apart(rounds) and len(rounds) == ROUNDS:
            wrong.append(f"{route.label}: the medians are apart by {', '.join(f'{apart:+.1%}' for apart in rounds)}")
    return wrong


def main() -> int:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000, help="requests of each kind (1000)")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="of what is drawn")
    parser.add_argument("--check", action="store_true", help="fail where answers differ or medians are apart by more than 5 %%")
    arguments = parser.parse_args()
    cluster = Cluster()
    asking, asked = Tenant.create(cluster, "isolation-asking"), Tenant.create(cluster, "isolation-asked")
    try:
        asked.fill(2)
        print(f"seed {arguments.seed}", file=sys.stderr)
        wrong = compare(Api(asking.account), of_another(asked), arguments.requests, arguments.seed)
    finally:
        asked.delete(cluster)
        asking.delete(cluster)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return int(bool(wrong) and arguments.check)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ApiFailure, ClusterFailure) as error:
        sys.exit(f"isolation: {error}")
