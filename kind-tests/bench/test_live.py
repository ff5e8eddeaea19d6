"""What streams are read and judged by: bytes as they come, and every kind of fault."""

from __future__ import annotations

import argparse
import json
import random
import re
import unittest
import uuid
from collections import Counter
from collections.abc import Callable, Sequence

import live
import live_load
from live_judge import Change, Faults, Group, Receipt, after, judge, latencies
from live_readers import CLOSE, PING, PONG, TEXT, Broken, Chunks, Events, Frames, Message, head_of, masked, message_of


def in_pieces(feed: Callable[[bytes], Sequence[object] | bytes], received: bytes, size: int) -> list[object]:
    """What a reader finds where so many bytes come at a time."""
    found: list[object] = []
    for at in range(0, len(received), size):
        found += feed(received[at : at + size])
    return found


class Reading(unittest.TestCase):
    """However the bytes are cut, they say the same."""

    def test_a_head_ends_with_an_empty_line(self) -> None:
        whole = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\ntransfer-encoding:chunked\r\n\r\nrest"
        self.assertIsNone(head_of(whole[:40]))
        head, rest = head_of(whole) or self.fail()
        self.assertEqual((head.status, head.headers["transfer-encoding"], rest), (200, "chunked", b"rest"))
        for wrong in (b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"x" * 70_000):
            with self.assertRaises(Broken):
                head_of(wrong)

    def test_chunks_are_one_body(self) -> None:
        received = b"5\r\nhello\r\n10;name=value\r\n, wide\r\nworld!!!\r\n0\r\n\r\n"
        for size in range(1, len(received) + 1):
            chunks = Chunks()
            self.assertEqual(bytes(in_pieces(chunks.feed, received, size)), b"hello, wide\r\nworld!!!")  # type: ignore[arg-type]
            self.assertTrue(chunks.is_ended)

    def test_a_body_that_is_not_chunked_is_noticed(self) -> None:
        for wrong in (b"data: 1\r\n", b"2\r\nabc\r\n"):
            with self.assertRaises(Broken):
                Chunks().feed(wrong)

    def test_events_are_lines_until_an_empty_one(self) -> None:
        received = b'retry: 2000\n\n:\n\nid: 7\ndata: {"a":1}\n\nid: 8\r\ndata:one\r\ndata: two\r\n\r\ndata: same id\nother: x\n\nid: 9\ndata: half'
        expected = [(b"7", b'{"a":1}'), (b"8", b"one\ntwo"), (b"8", b"same id")]
        for size in range(1, len(received) + 1):
            self.assertEqual(in_pieces(Events().feed, received, size), expected)

    def test_frames_of_every_length(self) -> None:
        for length in (0, 1, 125, 126, 127, 65_535, 65_536):
            content = b"x" * length
            received = frame(TEXT, content) + frame(PING, b"are you there")
            for size in (1, 3, 1000, len(received)) if length < 1000 else (999, len(received)):
                self.assertEqual(in_pieces(Frames().feed, received, size), [(TEXT, content), (PING, b"are you there")])

    def test_a_message_may_come_in_parts_with_control_between(self) -> None:
        parts = frame(TEXT, b"one, ", is_last=False) + frame(PING, b"") + frame(0, b"", is_last=False) + frame(0, b"two")
        received = parts + frame(CLOSE, b"\x03\xe9")
        self.assertEqual(in_pieces(Frames().feed, received, 4), [(PING, b""), (TEXT, b"one, two"), (CLOSE, b"\x03\xe9")])

    def test_frames_that_a_server_may_not_send(self) -> None:
        within = frame(TEXT, b"x", is_last=False) + frame(TEXT, b"x")
        for wrong in (masked(TEXT, b"x", b"abcd"), b"\xc1\x01x", frame(0, b"x"), frame(2, b"x"), within):
            with self.assertRaises(Broken):
                Frames().feed(wrong)

    def test_a_client_masks_its_frames(self) -> None:
        # The example of RFC 6455, section 5.7.
        self.assertEqual(masked(TEXT, b"Hello", bytes.fromhex("37fa213d")), bytes.fromhex("818537fa213d7f9f4d5158"))
        self.assertEqual(masked(PONG, b"", b"abcd"), b"\x8a\x80abcd")
        with self.assertRaises(ValueError):
            masked(PONG, b"x" * 126, b"abcd")

    def test_messages(self) -> None:
        change = {"type": "document.updated", "change_seq": 7, "timestamp": "", "data": {"document_id": "d", "progress": 1}}
        self.assertEqual(message_of(json.dumps(change).encode()), Message("document.updated", 7, "d"))
        self.assertEqual(message_of(b'{"type":"stream.begun","change_seq":4}'), Message("stream.begun", 4, None))
        for wrong in (b"", b"[]", b'{"type":"x"}', b'{"type":"x","change_seq":1,"data":[1]}'):
            with self.assertRaises(Broken):
                message_of(wrong)


class Judging(unittest.TestCase):
    """Four changes of a tenant, with a gap in their numbers."""

    def setUp(self) -> None:
        kinds = {11: "updated", 12: "created", 14: "deleted", 15: "ready"}
        self.changes = [Change(number, f"document-{number}", kind, 100.0 + number) for number, kind in kinds.items()]
        self.told = [change.told() for change in self.changes]

    def test_each_once_and_in_order_is_right(self) -> None:
        self.assertEqual(judge(self.changes, self.told), Faults())
        self.assertEqual(judge([], []), Faults())

    def test_a_missing_change(self) -> None:
        for at in range(4):
            self.assertEqual(judge(self.changes, self.told[:at] + self.told[at + 1 :]), Faults(missing=1))
        self.assertEqual(judge(self.changes, []), Faults(missing=4))

    def test_one_twice(self) -> None:
        self.assertEqual(judge(self.changes, [*self.told, self.told[-1]]), Faults(twice=1))
        self.assertEqual(judge(self.changes, [*self.told, *self.told[2:]]), Faults(twice=2))

    def test_one_out_of_order(self) -> None:
        one, two, three, four = self.told
        self.assertEqual(judge(self.changes, [one, three, two, four]), Faults(out_of_order=1))
        self.assertEqual(judge(self.changes, [four, one, two, three]), Faults(out_of_order=3))

    def test_one_of_another_tenant(self) -> None:
        # Each tenant has numbers of its own, so another's may be the one that is due.
        for other in (Message("document.updated", 12, "another"), Message("document.updated", 13, "another")):
            self.assertEqual(judge(self.changes, [self.told[0], other, *self.told[1:]]), Faults(foreign=1))

    def test_one_that_is_told_as_something_else(self) -> None:
        wrong = self.told[3]._replace(kind="document.failed")
        self.assertEqual(judge(self.changes, [*self.told[:3], wrong]), Faults(missing=1, foreign=1))

    def test_one_that_the_client_knew_when_it_began(self) -> None:
        expected = after(self.changes, 12)
        self.assertEqual([change.number for change in expected], [14, 15])
        self.assertEqual(judge(expected, self.told[1:]), Faults(foreign=1))

    def test_latency_is_from_the_change_to_its_receipt(self) -> None:
        receipts = [Receipt(message, change.at + 0.5) for message, change in zip(self.told, self.changes, strict=True)]
        self.assertEqual(latencies(self.changes, receipts), [0.5] * 4)
        self.assertEqual(len(latencies(self.changes, receipts, until=112.0)), 1)
        self.assertEqual(len(latencies(self.changes, receipts, since=112.0)), 3)

    def test_a_group_counts_all_its_clients(self) -> None:
        group = Group("both")
        receipts = [Receipt(message, 200.0) for message in self.told]
        group.add(self.changes, receipts, True)
        group.add(self.changes, receipts[1:], False)
        self.assertEqual((group.clients, group.received, group.faults, len(group.latencies)), (2, 7, Faults(missing=1), 4))
        self.assertEqual(live.line(group).split()[1:7], ["2", "7", "1", "0", "0", "0"])


class Bars(unittest.TestCase):
    """What is a missed bar."""

    def missed(self, latency: float = 0.1, rate: float = 50.0, faults: Faults | None = None, **seen: list[str]) -> list[str]:
        group = Group("SSE", faults=faults or Faults(), latencies=[latency] * 100)
        return live.missed_by([group], live.Seen([], **seen), rate, argparse.Namespace(rate=50.0))  # type: ignore[arg-type]

    def test_each_at_its_edge(self) -> None:
        self.assertEqual(self.missed(idle=["", ""]), [])
        self.assertEqual(self.missed(latency=1.0), ["SSE: p99 is 1.00 s, not under 1 s"])
        self.assertEqual(self.missed(rate=44.0), ["44.0 changes a second were made, not 50"])
        self.assertEqual(len(self.missed(idle=["", "it is there"])), 1)
        for each in ("missing", "twice", "out_of_order", "foreign"):
            self.assertEqual(len(self.missed(faults=Faults(**{each: 1}))), 1)


class Load(unittest.TestCase):
    """Changes that are made up."""

    def test_every_statement_is_of_documents_that_there_are(self) -> None:
        tenants = [str(uuid.UUID(int=number)) for number in range(3)]
        running, ended = ({tenant: [str(uuid.uuid4()) for _ in range(2)] for tenant in tenants} for _ in range(2))
        there = {each for documents in (running, ended) for ids in documents.values() for each in ids}
        changes = live_load.Changes("encodings", running, ended, random.Random(7))
        made: Counter[str] = Counter()
        for _ in range(3000):
            statements, count = changes.transaction()
            self.assertTrue(statements.startswith("BEGIN;") and statements.endswith("COMMIT;\n"))
            begun = made.total()
            for statement in statements.split(";")[1:-2]:
                what = statement.split()[0]
                ids = re.findall("[0-9a-f-]{36}", statement.partition("unnest" if what == "INSERT" else "WHERE")[2])
                self.assertEqual(len(set(ids)), len(ids))
                self.assertTrue(there.isdisjoint(ids) if what == "INSERT" else there.issuperset(ids))
                there = there.union(ids) if what == "INSERT" else there.difference(ids) if what == "DELETE" else there
                made[what if "'ready'" not in statement or what == "INSERT" else "FINISH"] += len(ids)
            self.assertEqual(made.total() - begun, count)
        self.assertTrue(all(made[what] > 50 for what in ("INSERT", "UPDATE", "DELETE", "FINISH")), made)


def frame(kind: int, content: bytes, is_last: bool = True) -> bytes:
    """A frame as a server sends it."""
    length = len(content)
    head = bytes([(0x80 if is_last else 0) | kind])
    if length < 126:
        return head + bytes([length]) + content
    if length < 1 << 16:
        return head + b"\x7e" + length.to_bytes(2, "big") + content
    return head + b"\x7f" + length.to_bytes(8, "big") + content


if __name__ == "__main__":
    unittest.main()
