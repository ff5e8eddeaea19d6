"""Clients of the streams of changes: those that take what they are told, those that are cut off and go on, those that take nothing."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

from live_connections import Address, Connection, Refused
from live_judge import Receipt
from live_readers import BEGUN, RELOAD, message_of
from product_api import Account, ApiFailure

#: A stream must have begun within so long; one that is refused for the moment is asked for again until then.
BEGIN_SECONDS = 60.0
#: One answer is waited for so long.
ANSWER_SECONDS = 15.0
#: Connections that are being made at a time.
AT_ONCE = 64
#: What the kernels still hold of an answer that nobody took is read within so long.
DRAINED_SECONDS = 20.0
#: The window of who takes nothing, in bytes.
SMALL_BUFFER = 4096


class Client:
    """Somebody of a tenant who is told what changes."""

    def __init__(self, account: Account, kind: type[Connection]) -> None:
        self.tenant, self.key, self.kind = account.tenant, account.key, kind
        #: Where its first stream began, and the last number it has.
        self.began: int | None = None
        self.last: int | None = None
        self.receipts: list[Receipt] = []
        #: What went wrong but for changes, which are judged afterwards.
        self.faults: list[str] = []
        self.is_cut = False
        self.connection: Connection | None = None

    async def connect(self, address: Address) -> None:
        """Begins a stream, or goes on where the former one was."""
        loop = asyncio.get_running_loop()
        until = loop.time() + BEGIN_SECONDS
        while True:
            connection = self.kind(self, address, self.last)
            try:
                await loop.create_connection(lambda made=connection: made, address.host, address.port, ssl=address.tls)
                await asyncio.wait_for(connection.begun, ANSWER_SECONDS)
                self.connection = connection
                return
            except (OSError, TimeoutError, Refused) as error:
                connection.cut_off()
                again = error.again_after if isinstance(error, Refused) else 1.0
                if again is None or loop.time() + again > until:
                    raise ApiFailure(f"a stream does not begin: {str(error) or 'there is no answer'}") from error
            await asyncio.sleep(again)

    def take(self, text: bytes, at: float) -> None:
        """A message has come, at a time in seconds since 1970."""
        message = message_of(text)
        if message.kind == BEGUN:
            if self.began is None:
                self.began = message.number
            elif message.number != self.last:
                self.faults.append(f"a stream that was to go on after {self.last} begins after {message.number}")
        elif message.kind == RELOAD:
            self.faults.append("a client was told to read everything anew (stream.reload)")
        else:
            self.receipts.append(Receipt(message, at))
        self.last = message.number

    async def be_cut_off(self, address: Address, after: float, away: float) -> None:
        """Loses its connection after so many seconds, and goes on so many later with the last number it has."""
        self.is_cut = True
        await asyncio.sleep(after)
        if self.connection:
            self.connection.cut_off()
        await asyncio.sleep(away)
        try:
            await self.connect(address)
        except ApiFailure as failure:
            self.faults.append(str(failure))

    def close(self) -> None:
        """Ends its stream."""
        if self.connection:
            self.connection.close()


async def connect_all(clients: list[Client], address: Address) -> None:
    """Begins the stream of each."""
    places = asyncio.Semaphore(AT_ONCE)

    async def connect(client: Client) -> None:
        async with places:
            await client.connect(address)

    await asyncio.gather(*(connect(client) for client in clients))


class Idle(asyncio.Protocol):
    """Asks, and reads nothing of the answer until it is told to."""

    def __init__(self, request: bytes) -> None:
        self.request, self.first, self.received = request, b"", 0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        made = cast(asyncio.Transport, transport)
        made.pause_reading()
        made.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.first, self.received = (self.first + data)[:80], self.received + len(data)

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


async def be_idle(client: Client, address: Address, after: float, dropped_within: float) -> str:
    """Asks, after so many seconds, for all changes there ever were, and takes none. Says why the server did not drop it in time, or nothing."""
    await asyncio.sleep(after)
    loop = asyncio.get_running_loop()
    family, _, _, _, place = (await loop.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM))[0]
    small = socket.socket(family, socket.SOCK_STREAM)
    small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)
    small.setblocking(False)
    try:
        await loop.sock_connect(small, place)
        idle = Idle(client.kind(client, address, 0).request())
        name = address.host if address.tls else None
        transport, _ = await loop.create_connection(lambda: idle, sock=small, ssl=address.tls, server_hostname=name)
    except OSError as error:
        small.close()
        return f"it could not connect: {error}"
    await asyncio.sleep(dropped_within)
    # That a connection has ended is seen by who reads alone: what was on its way comes first, and then its end, or more and more.
    transport.resume_reading()
    try:
        await asyncio.wait_for(idle.ended, DRAINED_SECONDS)
        is_there = ""
    except TimeoutError:
        is_there = f"it is there after {dropped_within:.0f} s; {idle.received / 1e6:.1f} MB came when it read at last"
    finally:
        transport.abort()
    first = idle.first.partition(b"\r\n")[0].decode(errors="replace")
    return is_there if first.startswith(f"HTTP/1.1 {client.kind.status} ") else f"it was answered {first!r}"
