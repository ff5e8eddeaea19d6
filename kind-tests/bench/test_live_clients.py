"""Clients of the streams, against a server that says what a test has it say."""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import hashlib
import io
import time
import unittest
from unittest import mock

import live
from live_clients import Client, be_idle
from live_connections import WEBSOCKET_ID, Address, Connection, EventConnection, WebSocketConnection
from live_judge import Change, Faults, judge
from live_readers import CLOSE, PING, TEXT
from product_api import Account, ApiFailure
from test_live import frame

ACCOUNT = Account("tenant", "a-key")
#: More than the kernels hold of what nobody reads.
MUCH = 16 << 20


def message(number: int) -> bytes:
    """A change, as it is told."""
    return b'{"type":"document.updated","change_seq":%d,"timestamp":"","data":{"document_id":"d"}}' % number


def begun(number: int) -> bytes:
    """What a stream begins with."""
    return b'{"type":"stream.begun","change_seq":%d}' % number


class Server:
    """Tells each connection what comes after what it asks for: some changes, and then, if it is to, more than it takes."""

    def __init__(self, last: int) -> None:
        self.last = last
        self.heads: list[str] = []
        self.writers: list[asyncio.StreamWriter] = []
        self.pongs = 0
        self.refusals, self.refusal = 0, b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
        self.is_flooding = self.is_ending = False

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.writers.append(writer)
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.split("\r\n")[1:])}
        is_websocket, path = "upgrade" in fields, head.split()[1]
        if self.refusals:
            self.refusals -= 1
            writer.write(self.refusal)
            return
        asked = path.partition("last_event_id=")[2] or fields.get("last-event-id", "10")
        if is_websocket:
            accepted = base64.b64encode(hashlib.sha1(fields["sec-websocket-key"].encode() + WEBSOCKET_ID).digest()).decode()
            writer.write(f"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nSec-WebSocket-Accept: {accepted}\r\n\r\n".encode())
            writer.write(frame(TEXT, begun(int(asked))) + frame(PING, b"here?"))
            self.pongs += b"\x8a" in await reader.read(100)
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(b"retry: 2000\n\n") + event(int(asked), begun(int(asked))))
        for number in range(int(asked) + 1, self.last + 1):
            writer.write(frame(TEXT, message(number)) if is_websocket else event(number, message(number)))
        if self.is_ending:
            writer.write(frame(CLOSE, b"\x03\xe9connect again") if is_websocket else b"0\r\n\r\n")
        if self.is_flooding:
            writer.write(chunk(b":" * MUCH))
            writer.transport.abort()


def chunk(content: bytes) -> bytes:
    """A part of a body."""
    return b"%x\r\n%s\r\n" % (len(content), content)


def event(number: int, data: bytes) -> bytes:
    """An event, in a chunk of its own."""
    return chunk(b"id: %d\ndata: %s\n\n" % (number, data))


class Clients(unittest.IsolatedAsyncioTestCase):
    """Each of the two protocols."""

    async def serve(self, last: int) -> tuple[Server, Address]:
        """A server, until the end of the test."""
        server = Server(last)
        listening = await asyncio.start_server(server.answer, "127.0.0.1", 0)

        async def stop() -> None:
            listening.close()
            for writer in server.writers:
                writer.transport.abort()
            await asyncio.sleep(0)  # Until they are closed.

        self.addAsyncCleanup(stop)
        return server, Address("127.0.0.1", listening.sockets[0].getsockname()[1])

    async def reaches(self, client: Client, number: int) -> None:
        """Waits until the client has it."""
        while client.last != number:
            await asyncio.sleep(0.001)

    async def each(self, kind: type[Connection]) -> None:
        server, address = await self.serve(15)
        client = Client(ACCOUNT, kind)
        await client.connect(address)
        await self.reaches(client, 15)
        server.last = 20
        await client.be_cut_off(address, 0.0, 0.0)
        await self.reaches(client, 20)
        client.close()
        expected = [Change(number, "d", "updated", 0.0) for number in range(11, 21)]
        self.assertEqual((client.began, client.faults), (10, []))
        self.assertEqual(judge(expected, [receipt.message for receipt in client.receipts]), Faults())
        self.assertEqual(len(server.heads), 2)
        self.assertTrue(all("Authorization: Bearer a-key" in head for head in server.heads))
        self.assertEqual(server.pongs, 2 if kind is WebSocketConnection else 0)

    async def test_server_sent_events_go_on_after_a_cut(self) -> None:
        await asyncio.wait_for(self.each(EventConnection), 10)

    async def test_a_websocket_goes_on_after_a_cut(self) -> None:
        await asyncio.wait_for(self.each(WebSocketConnection), 10)

    async def test_a_stream_that_the_server_ends_is_noticed(self) -> None:
        for kind in (EventConnection, WebSocketConnection):
            server, address = await self.serve(11)
            server.is_ending = True
            client = Client(ACCOUNT, kind)
            await client.connect(address)
            while not client.faults:
                await asyncio.sleep(0.001)
            self.assertEqual((client.last, len(client.faults)), (11, 1))
            self.assertIn("the server", client.faults[0])

    async def test_who_is_refused_for_the_moment_asks_again(self) -> None:
        server, address = await self.serve(10)
        server.refusals = 2
        client = Client(ACCOUNT, EventConnection)
        await client.connect(address)
        self.assertEqual((client.began, client.faults, len(server.heads)), (10, [], 3))
        client.close()

    async def test_what_is_no_stream_is_said(self) -> None:
        server, address = await self.serve(10)
        server.refusal = b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno"
        server.refusals = 1
        with self.assertRaisesRegex(ApiFailure, "SSE is answered 404: b'no'"):
            await Client(ACCOUNT, EventConnection).connect(address)

    async def test_who_takes_nothing_is_seen_dropped(self) -> None:
        server, address = await self.serve(15)
        server.is_flooding = True
        self.assertEqual(await be_idle(Client(ACCOUNT, EventConnection), address, 0.0, 0.1), "")

    async def test_who_takes_nothing_and_is_not_dropped_is_seen_too(self) -> None:
        server, address = await self.serve(15)
        with mock.patch("live_clients.DRAINED_SECONDS", 0.2):
            self.assertIn("it is there after", await be_idle(Client(ACCOUNT, EventConnection), address, 0.0, 0.1))
            server.refusals = 1
            self.assertIn("429", await be_idle(Client(ACCOUNT, EventConnection), address, 0.0, 0.1))

    async def test_a_whole_run(self) -> None:
        server, address = await self.serve(15)
        server.last = 14  # The last change is told to nobody.
        changes = [Change(number, "d", "updated", time.time()) for number in range(11, 16)]
        given = argparse.Namespace(clients=3, seconds=1.0, rate=5.0, cut_off=2, idle=1)
        with (
            mock.patch("live.Address.installed", return_value=address),
            mock.patch("live_load.make", mock.AsyncMock(return_value=0.01)),
            mock.patch("live_load.made", return_value={ACCOUNT.tenant: changes}),
            mock.patch.multiple("live", LAST_SECONDS=0.1, DROPPED_SECONDS=0.1, AWAY_SECONDS=0.1),
            mock.patch("live_clients.DRAINED_SECONDS", 0.1),
            contextlib.redirect_stderr(io.StringIO()),
            contextlib.redirect_stdout(io.StringIO()) as printed,
        ):
            missed = live.judged(await live.listen(mock.Mock(), given, [ACCOUNT], mock.Mock()), given)
        told = [line.split() for line in printed.getvalue().splitlines() if line.startswith(("SSE ", "WebSocket "))]
        self.assertEqual([each[1:7] for each in told], [["3", "12", "3", "0", "0", "0"]] * 2)
        self.assertEqual([bar.partition(":")[0] for bar in missed[:2]], ["SSE", "WebSocket"])
        self.assertIn("was not dropped", missed[2])
        self.assertEqual(len(missed), 3)


if __name__ == "__main__":
    unittest.main()
