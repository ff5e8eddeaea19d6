"""A real HTTP server of a test's own, which answers what the test says."""

from __future__ import annotations

import http.server
import json
import threading
import unittest
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from socrate_documents import Client, Retries


@dataclass(frozen=True)
class Request:
    """What a client sent. The names of headers are lower-case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What is answered. Without a length the body is sent in chunks, as a stream is; `is_cut` ends the connection in its middle."""

    status: int = 200
    body: bytes | list[bytes] = b""
    headers: dict[str, str] = field(default_factory=dict)
    is_cut: bool = False

    @classmethod
    def json(cls, told: Any, status: int = 200, **headers: str) -> Reply:
        """One that is JSON."""
        return cls(status, json.dumps(told).encode(), {name.replace("_", "-"): value for name, value in headers.items()})

    @classmethod
    def problem(cls, status: int, code: str, **headers: str) -> Reply:
        """One as every error of the API is."""
        told = {"type": "about:blank", "status": status, "success": False, "message": f"what {code} means", "code": code}
        return cls.json(told, status, Content_Type="application/problem+json", X_Request_Id="request-1", **headers)


#: Who is not to wait long.
QUICK = Retries(first_pause=0.01)
#: No answer at all.
NOTHING = Reply(0, is_cut=True)


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers requests by the test's replies."""

    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        """Takes a request, whole, and answers it."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.send(self.server.reply_to(Request(self.command, self.path, headers, body)))

    do_GET = do_POST = do_DELETE = answer

    def send(self, reply: Reply) -> None:
        """Sends an answer, or as much of it as there is to be."""
        if reply.status:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if isinstance(reply.body, bytes):
                self.send_header("Content-Length", str(len(reply.body)))
            else:
                self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
        if isinstance(reply.body, bytes):
            self.wfile.write(reply.body[: len(reply.body) // 2] if reply.is_cut else reply.body)
        else:
            for piece in reply.body:
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            if not reply.is_cut:
                self.wfile.write(b"0\r\n\r\n")
        if reply.is_cut:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Says nothing."""


class Server(http.server.ThreadingHTTPServer):
    """Gives the replies one after the other, and knows what was asked for them."""

    daemon_threads = True

    def __init__(self, replies: Iterator[Reply | Callable[[Request], Reply]]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies, self.requests, self.lock = replies, list[Request](), threading.Lock()

    def reply_to(self, request: Request) -> Reply:
        """The next one."""
        with self.lock:
            self.requests.append(request)
            reply = next(self.replies, Reply.problem(500, "nothing_more_was_to_be_asked"))
        return reply(request) if callable(reply) else reply


class Served(unittest.TestCase):
    """A test that has a server."""

    def serve(self, *replies: Reply | Callable[[Request], Reply], retries: Retries = QUICK, timeout: float = 10.0) -> Client:
        """A client of a server that gives these replies; the server is `self.server`."""
        self.server = Server(iter(replies))
        thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(self.server.shutdown)
        client = Client(f"http://127.0.0.1:{self.server.server_address[1]}", "sk_test", timeout=timeout, retries=retries)
        self.addCleanup(client.__exit__)
        return client

    def asked(self) -> list[str]:
        """What was asked, in its order."""
        return [f"{request.method} {request.path}" for request in self.server.requests]
