"""How a stream of events is read (HTML standard, section 9.2)."""

from __future__ import annotations

import unittest

from socrate_documents.events import Reader

ONE = b'data: {"type": "document.ready", "change_seq": 1}\n'


class Parsing(unittest.TestCase):
    """Line by line."""

    def read(self, text: bytes, reader: Reader | None = None) -> list[int]:
        return [event.change_seq for event in (reader or Reader()).events(text.splitlines(keepends=True))]

    def test_an_event_ends_with_an_empty_line(self) -> None:
        self.assertEqual(self.read(ONE + b"\n" + ONE + b"\n"), [1, 1])
        self.assertEqual(self.read(ONE.replace(b"\n", b"\r\n") + b"\r\n"), [1])
        self.assertEqual(self.read(b"data:" + ONE[6:] + b"\n"), [1], "the space may be left out")

    def test_what_is_cut_off_is_no_event_and_no_number(self) -> None:
        for text in (b"id: 2\n" + ONE, b"id: 2\n" + ONE[:-1], b"id: 2\n" + ONE[:10], b"id: 2"):
            reader = Reader("1")
            self.assertEqual((self.read(text, reader), reader.last_event_id), ([], "1"), text)

    def test_data_of_several_lines_are_one(self) -> None:
        self.assertEqual(self.read(b'data: {"type": "x",\ndata: "change_seq": 5}\n\n'), [5])

    def test_a_number_is_remembered_and_holds_for_events_without(self) -> None:
        reader = Reader()
        self.assertEqual(self.read(b"id: 41\n" + ONE + b"\n" + ONE + b"\nid: 4\x002\n" + ONE + b"\n", reader), [1, 1, 1])
        self.assertEqual(reader.last_event_id, "41")

    def test_comments_names_and_empty_events_are_passed_over(self) -> None:
        self.assertEqual(self.read(b":\n\n: alive\nevent: message\nunknown\n\n" + ONE + b"\n"), [1])

    def test_when_to_come_again_is_milliseconds(self) -> None:
        reader = Reader()
        self.read(b"retry: 2500\n\nretry: soon\n\nretry: -1\n\n", reader)
        self.assertEqual(reader.retry_seconds, 2.5)
