"""What comes over a connection, read as it comes: the head of an answer, Server-Sent Events, WebSocket's frames. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

#: What WebSocket's frames are (RFC 6455, section 5.2).
CONTINUATION, TEXT, CLOSE, PING, PONG = 0x0, 0x1, 0x8, 0x9, 0xA
#: From here on they say something of the connection.
CONTROL = 0x8
LONGEST_HEAD = 64 << 10
BEGUN, RELOAD = "stream.begun", "stream.reload"


class Broken(Exception):
    """Bytes that mean nothing, in a sentence."""


class Message(NamedTuple):
    """What a client is told."""

    kind: str
    number: int
    #: None where it says something of the stream.
    document: str | None


@lru_cache(maxsize=8192)
def message_of(text: bytes) -> Message:
    """Reads one. All clients of a tenant are sent the same bytes: they are read once, which costs less and is kept in memory once."""
    try:
        found = json.loads(text)
        document = (found.get("data") or {}).get("document_id")
        return Message(str(found["type"]), int(found["change_seq"]), document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Broken(f"a message is not one: {text[:200]!r}") from error


@dataclass(frozen=True)
class Head:
    """The head of an answer; the names of its headers are lower-case."""

    status: int
    headers: dict[str, str]


def head_of(received: bytes) -> tuple[Head, bytes] | None:
    """The head, and what came after it; nothing where it has not come whole."""
    text, end, rest = received.partition(b"\r\n\r\n")
    if not end:
        if len(received) > LONGEST_HEAD:
            raise Broken("the head of an answer does not end")
        return None
    first, *lines = text.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdigit():
        raise Broken(f"an answer begins with {first[:80]!r}")
    parts = (line.partition(":") for line in lines)
    return Head(int(words[1]), {name.strip().lower(): value.strip() for name, _, value in parts}), rest


class Chunks:
    """The content of a body that comes in chunks (RFC 9112, section 7.1)."""

    def __init__(self) -> None:
        self.rest = b""
        self.is_ended = False

    def feed(self, received: bytes) -> bytes:
        """The content of the chunks that are whole by now."""
        received = self.rest + received
        found, at = [], 0
        while not self.is_ended and (end := received.find(b"\r\n", at)) >= 0:
            try:
                size = int(received[at:end].partition(b";")[0], 16)
            except ValueError as error:
                raise Broken(f"the length of a chunk is {received[at:end][:40]!r}") from error
            begin = end + 2
            if size == 0:
                self.is_ended = True
            elif len(received) < begin + size + 2:
                break
            elif received[begin + size : begin + size + 2] != b"\r\n":
                raise Broken("a chunk does not end where it should")
            found.append(received[begin : begin + size])
            at = begin + size + 2
        self.rest = received[at:]
        return b"".join(found)


class Events:
    """Server-Sent Events (HTML standard, section 9.2.6) of a server whose lines end with LF or CRLF."""

    def __init__(self) -> None:
        self.rest = b""
        self.id = b""
        self.data: list[bytes] = []

    def feed(self, content: bytes) -> list[tuple[bytes, bytes]]:
        """The id and the data of each event that is whole by now."""
        *lines, self.rest = (self.rest + content).split(b"\n")
        found = []
        for line in lines:
            line = line.removesuffix(b"\r")
            if not line:
                if self.data:
                    found.append((self.id, b"\n".join(self.data)))
                    self.data = []
                continue
            # A comment has no name.
            name, _, value = line.partition(b":")
            if name == b"data":
                self.data.append(value.removeprefix(b" "))
            elif name == b"id":
                self.id = value.removeprefix(b" ")
        return found


class Frames:
    """WebSocket's frames as a server sends them (RFC 6455, section 5)."""

    def __init__(self) -> None:
        self.rest = b""
        #: The parts of a message whose last one has not come.
        self.parts: list[bytes] = []

    def feed(self, received: bytes) -> list[tuple[int, bytes]]:
        """What each message or control frame that is whole by now is, and its content."""
        received = self.rest + received
        found, at = [], 0
        while len(received) >= at + 2:
            first, length = received[at], received[at + 1]
            if first & 0x70 or length & 0x80:
                raise Broken("a frame is masked, or of an extension that nobody asked for")
            begin = at + 2
            if length >= 126:
                begin += 2 if length == 126 else 8
                length = int.from_bytes(received[at + 2 : begin], "big")
            if len(received) < begin or len(received) < begin + length:
                break
            content, kind, is_last = received[begin : begin + length], first & 0xF, bool(first & 0x80)
            at = begin + length
            if kind >= CONTROL:
                found.append((kind, content))
                continue
            if (kind == CONTINUATION) != bool(self.parts) or kind > TEXT:
                raise Broken(f"a frame of the kind {kind} comes where none may")
            self.parts.append(content)
            if is_last:
                found.append((TEXT, b"".join(self.parts)))
                self.parts = []
        self.rest = received[at:]
        return found


def masked(kind: int, content: bytes, mask: bytes) -> bytes:
    """A frame as a client sends it: it must be masked. Short ones alone, as those of control are."""
    if len(content) > 125:
        raise ValueError("a frame of control has 125 bytes at most")
    hidden = bytes(byte ^ mask[at % 4] for at, byte in enumerate(content))
    return bytes([0x80 | kind, 0x80 | len(content)]) + mask + hidden
