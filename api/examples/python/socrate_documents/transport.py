"""HTTP: connections that are kept, problems as exceptions, and requests that are sent again."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from .forms import Form
from .problems import ConnectionFailed, Problem
from .retries import Retries, retry_after
from .values import Json

#: A connection is kept so long without use: less than the API keeps one, or a proxy in front of it.
IDLE_SECONDS = 30.0
#: Bytes that are read at once.
PIECE = 1 << 16
USER_AGENT = "socrate-documents-python/1"

Result = TypeVar("Result")
#: Makes a body anew, for each time that a request is sent.
Body = Callable[[], Form | Json]


@dataclass(frozen=True)
class Answer:
    """An answer whose body was read. The names of headers are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


class Stream:
    """An answer that is read as it comes. One that ends before it should is `ConnectionFailed`."""

    def __init__(self, request: str, answer: http.client.HTTPResponse, connected: socket.socket | None, timeout: float) -> None:
        """`request` is for people; with the socket, which is silent for so many seconds at most."""
        self._request, self._answer, self._connected, self._timeout = request, answer, connected, timeout
        self.headers = headers_of(answer)
        length = self.headers.get("content-length", "")
        self._left = int(length) if length.isdigit() else None

    def read(self, size: int = PIECE) -> bytes:
        """What has come, so many bytes at most; none at the end."""
        try:
            piece = self._answer.read1(size)
        except (OSError, http.client.HTTPException) as error:
            raise ConnectionFailed(f"{self._request}: the answer was cut off: {error!r}") from error
        if self._left is not None:
            self._left -= len(piece)
            if not piece and self._left:
                raise ConnectionFailed(f"{self._request}: the answer was cut off, {self._left} bytes before its end")
        return piece

    def lines(self, deadline: float | None = None) -> Iterator[bytes]:
        """Line by line, until the end or until a time of `time.monotonic`. The last may have no line break."""
        rest = b""
        while deadline is None or time.monotonic() < deadline:
            if deadline is not None and self._connected is not None:
                self._connected.settimeout(max(min(self._timeout, deadline - time.monotonic()), 0.001))
            piece = self.read()
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield line + b"\n"
            if not piece:
                if rest:
                    yield rest
                return


def path_of(path: str, query: Mapping[str, object]) -> str:
    """A path with what of the query is not `None`; a `bool` is written as in JSON."""
    given = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


class Transport:
    """Requests to one server with one key. Threads may share it: each has a connection of its own."""

    def __init__(self, url: str, key: str, timeout: float, retries: Retries, tls: ssl.SSLContext | None = None) -> None:
        address = urlsplit(url)
        if address.scheme not in ("http", "https") or not address.hostname:
            raise ValueError(f"the address of the API must begin with https:// or http://, not {url!r}")
        if not key or not key.isascii() or not key.isprintable() or " " in key:
            raise ValueError("the API key is empty, or holds what no key holds")
        self._host, self._port, self._prefix = address.hostname, address.port, address.path.rstrip("/")
        self._tls = (tls or ssl.create_default_context()) if address.scheme == "https" else None
        self._key, self._timeout, self._retries = key, timeout, retries
        self._chance, self._local = random.Random(), threading.local()

    def _connect(self) -> http.client.HTTPConnection:
        """A connection that nobody else has, opened by its first request."""
        if self._tls is not None:
            return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)

    def close(self) -> None:
        """Closes this thread's connection."""
        if (kept := getattr(self._local, "connection", None)) is not None:
            kept.close()

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: Body | None = None, is_repeatable: bool | None = None) -> Answer:
        """An answer that is no problem, after as many tries as it takes.

        `is_repeatable`: whether it may be carried out twice and is then as if it was once; by its method where it is not said.
        """

        def once() -> Answer:
            connection = self._kept()
            answer = self._exchange(connection, method, path, headers or {}, body)
            try:
                content = answer.read()
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                raise ConnectionFailed(f"{method} {path}: the answer was cut off: {error!r}") from error
            self._local.used = time.monotonic()
            return Answer(answer.status, headers_of(answer), content)

        return self._again(once, method in ("GET", "HEAD", "DELETE") if is_repeatable is None else is_repeatable)

    def get(self, path: str) -> Any:
        """What a `GET` is answered."""
        return self.send("GET", path).json()

    def send_json(self, method: str, path: str, value: Any, is_repeatable: bool = False) -> Any:
        """What a request is answered that sends this, or nothing where it is `None`."""
        return self.send(method, path, None, None if value is None else lambda: Json(value), is_repeatable).json()

    @contextmanager
    def open(self, path: str, headers: Mapping[str, str] | None = None) -> Iterator[Stream]:
        """The answer to a `GET` that is no problem, to be read until the end of the block. It has a connection of its own."""
        connection = self._connect()
        try:
            answer = self._again(lambda: self._exchange(connection, "GET", path, headers or {}, None), True)
            yield Stream(f"GET {path}", answer, connection.sock, self._timeout)
        finally:
            connection.close()

    def _again(self, once: Callable[[], Result], is_repeatable: bool) -> Result:
        for sent in count(1):
            try:
                return once()
            except (Problem, ConnectionFailed) as failure:
                failure.sent = sent
                pause = self._retries.pause(failure, sent, is_repeatable, self._chance)
                if pause is None:
                    raise
            time.sleep(pause)
        raise AssertionError("tries are counted without end")

    def _exchange(
        self, connection: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: Body | None
    ) -> http.client.HTTPResponse:
        """Sends a request once; its answer, of which the body is still to be read."""
        sent = {"Authorization": f"Bearer {self._key}", "User-Agent": USER_AGENT, **headers}
        content = body() if body else None
        if content is not None:
            sent |= content.headers
        try:
            # Who is refused before all was sent has been answered.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, self._prefix + path, content, sent)
            answer = connection.getresponse()
            if answer.status < 400:
                return answer
            told = headers_of(answer)
            refused = Problem.of(answer.status, told, answer.read(), retry_after(told.get("retry-after")))
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise ConnectionFailed(f"{method} {path}: no answer: {error!r}") from error
        if body is not None:
            # What was not sent of the body would be taken for the next request.
            connection.close()
        raise refused

    def _kept(self) -> http.client.HTTPConnection:
        if not hasattr(self._local, "connection"):
            self._local.connection, self._local.used = self._connect(), time.monotonic()
        connection: http.client.HTTPConnection = self._local.connection
        if time.monotonic() - self._local.used > IDLE_SECONDS:
            # The other side may have closed it; it is opened anew.
            connection.close()
        return connection


def headers_of(answer: http.client.HTTPResponse) -> dict[str, str]:
    """An answer's headers by their names in lower case."""
    return {name.lower(): value for name, value in answer.getheaders()}
