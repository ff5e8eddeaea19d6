"""Connections to the streams of changes: Server-Sent Events and WebSocket.

They are asyncio's protocols and not its streams: what comes is read into one buffer that all of them share, and taken at once, without a task
that would have to be woken for it. The time of the processors that this takes is taken from the server on the same machine.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast
from urllib.parse import urlsplit

from live_readers import CLOSE, PING, PONG, TEXT, Broken, Chunks, Events, Frames, Head, head_of, masked, message_of
from product_api import ApiFailure

#: RFC 6455, section 1.3.
WEBSOCKET_ID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#: What is read at once, of whichever connection.
BUFFER = memoryview(bytearray(64 << 10))


@dataclass(frozen=True)
class Address:
    """Where the API is."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None

    @classmethod
    def installed(cls) -> Address:
        """That of the installed release."""
        url = os.environ.get("SOCRATE_API_URL")
        if not url:
            raise ApiFailure("SOCRATE_API_URL is not set: start the bench with kind-tests/scripts/cluster.sh run")
        found = urlsplit(url)
        tls = ssl.create_default_context() if found.scheme == "https" else None
        return cls(found.hostname or "", found.port or (443 if tls else 80), tls)

    def request(self, path: str, key: str, headers: dict[str, str]) -> bytes:
        """The bytes that ask for it."""
        named = {"Host": f"{self.host}:{self.port}", "Authorization": f"Bearer {key}", **headers}
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in named.items())]
        return "\r\n".join([*lines, "", ""]).encode()


class Refused(Exception):
    """A stream that does not begin, in a sentence."""

    def __init__(self, why: str, again_after: float | None = None) -> None:
        super().__init__(why)
        #: Seconds until it may begin after all; nothing where it never will.
        self.again_after = again_after


class Listener(Protocol):
    """Whose connection it is."""

    key: str
    #: What went wrong, in sentences.
    faults: list[str]

    def take(self, text: bytes, at: float) -> None:
        """A message has come, at a time in seconds since 1970."""


class Connection(asyncio.BufferedProtocol):
    """A client's connection, from the request until it is lost."""

    name = ""
    status = 0

    def __init__(self, listener: Listener, address: Address, last: int | None) -> None:
        """From a number on, where there is one."""
        self.listener, self.address, self.last = listener, address, last
        #: Done with the first message, or failed where it is refused.
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.transport: asyncio.Transport | None = None
        self.head = b""
        self.is_answered = self.is_left = False

    def request(self) -> bytes:
        """What asks for the stream."""
        raise NotImplementedError

    def answered(self, head: Head) -> None:
        """Looks at the head of an answer that has the right status."""
        raise NotImplementedError

    def messages(self, received: bytes) -> Iterator[bytes]:
        """The messages that are whole by now. Each is taken before what comes after it is looked at, such as the stream's end."""
        raise NotImplementedError

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.request())

    def get_buffer(self, _sizehint: int) -> memoryview:
        return BUFFER

    def buffer_updated(self, count: int) -> None:
        at, received = time.time(), bytes(BUFFER[:count])
        try:
            if not self.is_answered:
                received = self.take_head(received)
            for text in self.messages(received) if self.is_answered else ():
                self.listener.take(text, at)
                if not self.begun.done():
                    self.begun.set_result(None)
        except Broken as broken:
            self.end(f"{self.name}: {broken}")

    def take_head(self, received: bytes) -> bytes:
        """What came after the head."""
        self.head += received
        if (found := head_of(self.head)) is None:
            return b""
        head, rest = found
        if head.status != self.status:
            again = head.headers.get("retry-after", "1") if head.status in (429, 503) else ""
            self.end(f"{self.name} is answered {head.status}: {rest[:200]!r}", float(again) if again.isdigit() else None)
            return b""
        self.answered(head)
        self.is_answered = True
        return rest

    def end(self, why: str, again_after: float | None = None) -> None:
        """Gives it up, for a reason that is the server's."""
        if not self.begun.done():
            self.begun.set_exception(Refused(why, again_after))
        elif not self.is_left:
            self.listener.faults.append(why)
        self.cut_off()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.is_left:
            self.end(f"{self.name}: the connection was lost ({error or 'the server ended it'})", 1.0)

    def cut_off(self) -> None:
        """Ends it at once: the server is told by a reset."""
        self.is_left = True
        if self.transport is None or self.transport.is_closing():
            return
        if (found := self.transport.get_extra_info("socket")) is not None:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def close(self) -> None:
        """Ends it as it should be."""
        self.is_left = True
        if self.transport is not None:
            self.transport.close()


class EventConnection(Connection):
    """Server-Sent Events."""

    name, status = "SSE", 200

    def request(self) -> bytes:
        headers = {"Accept": "text/event-stream"} | ({} if self.last is None else {"Last-Event-ID": str(self.last)})
        return self.address.request("/api/events", self.listener.key, headers)

    def answered(self, head: Head) -> None:
        self.chunks = Chunks() if "chunked" in head.headers.get("transfer-encoding", "") else None
        self.events = Events()

    def messages(self, received: bytes) -> Iterator[bytes]:
        for identifier, data in self.events.feed(self.chunks.feed(received) if self.chunks else received):
            if identifier != str(message_of(data).number).encode():
                self.listener.faults.append(f"SSE: an event with the id {identifier!r} says {data[:80]!r}")
            yield data
        if self.chunks and self.chunks.is_ended:
            self.end("SSE: the server ended the stream", 1.0)


class WebSocketConnection(Connection):
    """A WebSocket (RFC 6455)."""

    name, status = "WebSocket", 101

    def request(self) -> bytes:
        self.key = base64.b64encode(os.urandom(16))
        headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": self.key.decode()}
        path = "/api/ws" if self.last is None else f"/api/ws?last_event_id={self.last}"
        return self.address.request(path, self.listener.key, headers)

    def answered(self, head: Head) -> None:
        accepted = base64.b64encode(hashlib.sha1(self.key + WEBSOCKET_ID).digest()).decode()
        if head.headers.get("sec-websocket-accept") != accepted:
            raise Broken("the answer is not one to this connection's key")
        self.frames = Frames()

    def messages(self, received: bytes) -> Iterator[bytes]:
        for kind, content in self.frames.feed(received):
            if kind == TEXT:
                yield content
            elif kind == PING:
                self.send(PONG, content)
            elif kind == CLOSE:
                why = content[2:].decode(errors="replace")
                self.end(f"WebSocket: the server closed it with {int.from_bytes(content[:2], 'big')} ({why})", 1.0)
                return

    def send(self, kind: int, content: bytes) -> None:
        """Sends a frame of control."""
        if self.transport is not None:
            self.transport.write(masked(kind, content, os.urandom(4)))

    def close(self) -> None:
        if self.is_answered and not self.is_left:
            self.send(CLOSE, (1000).to_bytes(2, "big"))
        super().close()
