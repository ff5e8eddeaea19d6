"""What the client asks, and what it makes of answers."""

from __future__ import annotations

import hashlib
import io
import json
import tempfile
import unittest
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from socrate_documents import Client, ConnectionFailed, EncodingFailed, Problem, Retries, Status, StillProcessing

from .server import Reply, Request, Served


def told(progress: int, **more: Any) -> dict[str, Any]:
    """A status, of a document that is worked on where nothing else is said."""
    usual = {"status": "processing", "task_state": "PROCESSING", "message": "Running memvid encoder", "ready": False, "attempt": 1}
    return {"document_id": "d", **usual, "progress": progress, "added_by_a_later_version": 1, **more}


READY = told(100, status="ready", task_state="SUCCESS", message="Complete", ready=True, total_chunks=12)
FAILED = told(100, status="failed", task_state="FAILURE", error={"reason": "NoText", "message": "it looks scanned"})
TAKEN = {"success": True, "document_id": "d", "status": "processing", "message": "Document uploaded and queued for processing"}


def form_of(request: Request) -> dict[str, tuple[str | None, bytes]]:
    """The parts of a form by their names: each one's file name, and what it holds."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + request.body, policy=policy.HTTP).iter_parts()
    found = ((part.get_param("name", header="content-disposition"), part.get_filename(), part.get_payload(decode=True)) for part in parts)
    return {str(name): (filename, bytes(content)) for name, filename, content in found if isinstance(content, bytes)}


def query_of(path: str) -> dict[str, str]:
    """The query of a path."""
    return {name: value for name, [value] in parse_qs(urlsplit(path).query, strict_parsing=True).items()}


class Uploading(Served):
    """A file and what is asked for."""

    def test_a_form_has_the_file_and_what_was_asked_for(self) -> None:
        client = self.serve(Reply.json({**TAKEN, "reused": True}, 202))
        upload = client.upload(io.BytesIO(b"content"), name="r.pdf", idempotency_key="key 1", chunk_size=300, overlap=0, priority=-5, queue="q", force=True)
        self.assertEqual((upload.document_id, upload.status, upload.reused), ("d", "processing", True))
        [request] = self.server.requests
        self.assertEqual((request.method, request.path), ("POST", "/api/documents/upload"))
        self.assertEqual((request.headers["idempotency-key"], request.headers["authorization"]), ("key 1", "Bearer sk_test"))
        fields = {"chunk_size": b"300", "overlap": b"0", "priority": b"-5", "queue": b"q", "force": b"true"}
        self.assertEqual(form_of(request), {**{name: (None, value) for name, value in fields.items()}, "file": ("r.pdf", b"content")})

    def test_a_path_is_read_and_gives_the_name(self) -> None:
        client = self.serve(Reply.json(TAKEN, 202))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "relazione.txt")
            path.write_bytes(b"a" * 3_000_000)
            self.assertFalse(client.upload(path).reused)
        [request] = self.server.requests
        self.assertEqual(form_of(request), {"file": ("relazione.txt", b"a" * 3_000_000)})

    def test_a_name_is_only_a_name(self) -> None:
        client = self.serve(Reply.json(TAKEN, 202))
        client.upload(io.BytesIO(b"x"), name='perché "no"; name="b.txt')
        self.assertIn('name="file"; filename="perché \\"no\\"; name=\\"b.txt"\r\n'.encode(), self.server.requests[0].body)
        for name in ("a\r\nX: y", "a\nb", "a\\", 'a\\"; name="b', "a\0"):
            self.assertRaises(ValueError, client.upload, io.BytesIO(b"x"), name=name)

    def test_a_file_without_a_name_needs_one(self) -> None:
        self.assertRaises(ValueError, self.serve().upload, io.BytesIO(b"x"))

    def test_each_upload_has_a_key_of_its_own(self) -> None:
        client = self.serve(*[Reply.json(TAKEN, 202)] * 2)
        for _ in range(2):
            client.upload(io.BytesIO(b"x"), name="x.txt")
        self.assertEqual(len({request.headers["idempotency-key"] for request in self.server.requests}), 2)


class Waiting(Served):
    """Until a document has ended."""

    def test_a_status_has_what_the_api_tells(self) -> None:
        status = self.serve(Reply.json(told(40, pages_done=4, pages_total=10, queue_position=None, eta_seconds=7))).status("a/b")
        self.assertEqual((status.progress, status.task_state, status.pages_done, status.eta_seconds), (40, "PROCESSING", 4, 7))
        self.assertFalse(status.has_ended)
        self.assertEqual(self.asked(), ["GET /api/documents/a%2Fb/status"])

    def test_what_did_not_change_is_not_sent_and_not_told(self) -> None:
        client = self.serve(
            Reply.json(told(20), ETag='W/"1"'), Reply(304), Reply(304), Reply.json(told(60), ETag='W/"2"'), Reply(304), Reply.json(READY, ETag='W/"3"')
        )
        seen: list[Status] = []
        self.assertEqual(client.wait("d", told=seen.append).total_chunks, 12)
        self.assertEqual([status.progress for status in seen], [20, 60, 100])
        self.assertEqual([request.headers.get("if-none-match") for request in self.server.requests], [None, *['W/"1"'] * 3, *['W/"2"'] * 2])

    def test_a_failure_is_an_answer_and_raised_where_it_is_asked_for(self) -> None:
        status = self.serve(Reply.json(FAILED)).wait("d")
        with self.assertRaises(EncodingFailed) as raised:
            status.or_fail()
        self.assertEqual((raised.exception.document_id, raised.exception.reason), ("d", "NoText"))
        self.assertTrue(Status.of(READY).or_fail().ready)

    def test_patience_ends(self) -> None:
        client = self.serve(Reply.json(told(20)))
        self.assertRaises(StillProcessing, client.wait, "d", timeout=0.1)
        self.assertEqual(len(self.asked()), 1)


def event(kind: str, number: int, data: dict[str, Any] | None = None) -> bytes:
    """An event as the API writes it."""
    told = {"type": kind, "change_seq": number, **({"timestamp": "2026-11-30T10:00:00Z", "data": {"filename": "a", **data}} if data else {})}
    return f"id: {number}\ndata: {json.dumps(told)}\n\n".encode()


def stream(*pieces: bytes, is_cut: bool = False) -> Reply:
    """A stream that ends after these."""
    return Reply(200, [b"retry: 10\n\n", *pieces], {"Content-Type": "text/event-stream"}, is_cut)


class Listening(Served):
    """To changes."""

    def test_a_stream_that_is_cut_off_goes_on_after_the_last_event(self) -> None:
        other = {**told(10), "document_id": "other"}
        client = self.serve(
            stream(event("stream.begun", 7), event("document.updated", 8, told(20)), event("document.updated", 9, told(30))[:-9], is_cut=True),
            stream(b":\n\n", event("stream.begun", 8), event("document.updated", 9, told(30))),
            stream(event("stream.reload", 20), event("document.updated", 21, other)),
        )
        events = client.events()
        seen = [next(events) for _ in range(6)]
        self.assertEqual([each.change_seq for each in seen], [7, 8, 8, 9, 20, 21])
        self.assertEqual([each.status and each.status.progress for each in seen], [None, 20, None, 30, None, 10])
        self.assertEqual([request.headers.get("last-event-id") for request in self.server.requests], [None, "8", "9"])

    def test_once_ends_it_and_a_number_begins_it(self) -> None:
        client = self.serve(stream(event("stream.begun", 7), event("document.ready", 8, READY)))
        self.assertEqual([each.type for each in client.events(last_event_id=7, once=True)], ["stream.begun", "document.ready"])
        self.assertEqual((self.asked(), self.server.requests[0].headers["last-event-id"]), (["GET /api/events?once=true"], "7"))
        cut = self.serve(stream(event("stream.begun", 7), is_cut=True))
        with self.assertRaises(ConnectionFailed):
            list(cut.events(once=True))

    def test_who_may_not_listen_is_told_so(self) -> None:
        with self.assertRaises(Problem):
            next(self.serve(Reply.problem(401, "unauthorized")).events())

    def test_waiting_asks_once_where_the_stream_begins_and_is_told_the_rest(self) -> None:
        other = {**READY, "document_id": "other"}
        client = self.serve(
            stream(event("stream.begun", 7), event("document.ready", 8, other), event("document.updated", 9, told(30)), event("document.ready", 10, READY)),
            Reply.json(told(20)),
        )
        seen: list[Status] = []
        self.assertTrue(client.wait_by_events("d", told=seen.append, timeout=30).ready)
        self.assertEqual([status.progress for status in seen], [20, 30, 100])
        self.assertEqual(self.asked(), ["GET /api/events", "GET /api/documents/d/status"])

    def test_what_had_ended_before_the_stream_began_is_not_waited_for(self) -> None:
        client = self.serve(stream(event("stream.begun", 7)), Reply.json(FAILED))
        self.assertEqual(client.wait_by_events("d").error and "NoText", "NoText")

    def test_what_may_have_been_missed_is_asked_for(self) -> None:
        client = self.serve(stream(event("stream.begun", 7)), Reply.json(told(20)), stream(event("stream.reload", 900)), Reply.json(READY))
        self.assertTrue(client.wait_by_events("d").ready)

    def test_a_deleted_document_is_not_waited_for(self) -> None:
        gone = Reply.problem(404, "document_not_found")
        client = self.serve(stream(event("stream.begun", 7), event("document.deleted", 8, told(20))), Reply.json(told(20)), gone)
        self.assertRaises(Problem, client.wait_by_events, "d")

    def test_patience_ends_though_the_stream_goes_on(self) -> None:
        client = self.serve(*[stream(event("stream.begun", 7)), Reply.json(told(20))] * 100)
        self.assertRaises(StillProcessing, client.wait_by_events, "d", timeout=0.2)


class Reading(Served):
    """Lists and files."""

    def test_a_list_goes_on_to_its_end_with_the_same_filters(self) -> None:
        record = {"id": "1", "filename": "a.pdf", "status": "ready", "created_at": "2026-11-30T10:00:00Z", "task_info": {}}
        pages = [Reply.json({"success": True, "documents": [{**record, "id": str(number)}], "next_cursor": cursor}) for number, cursor in ((1, "c&1"), (2, None))]
        begin = datetime(2026, 11, 1, tzinfo=UTC)
        client = self.serve(*pages)
        found = list(client.documents(status="ready", created_from=begin, min_bytes=0, search="%é", sort="filename", page_size=1))
        self.assertEqual([document.id for document in found], ["1", "2"])
        queries = [query_of(request.path) for request in self.server.requests]
        filters = {"status": "ready", "created_from": "2026-11-01T00:00:00+00:00", "min_bytes": "0", "search": "%é"}
        self.assertEqual(queries, [{**filters, "sort": "filename", "limit": "1", **more} for more in ({}, {"cursor": "c&1"})])

    def test_what_is_true_or_false_is_asked_as_the_api_reads_it(self) -> None:
        nothing = Reply.json({"documents": [], "next_cursor": None})
        client = self.serve(nothing, nothing, Reply(200, b""))
        self.assertEqual([list(client.documents(has_result=each)) for each in (True, False)], [[], []])
        self.assertEqual(list(client.export_chunks(has_result=True)), [])
        paths = ["/api/documents?has_result=true", "/api/documents?has_result=false", "/api/export/chunks?has_result=true"]
        self.assertEqual([request.path for request in self.server.requests], paths)

    def test_a_list_tells_more_of_each_document_where_it_is_asked_to(self) -> None:
        record = {"id": "1", "filename": "a.pdf", "status": "ready", "created_at": "2026-11-30T10:00:00Z"}
        client = self.serve(Reply.json({"documents": [record, {**record, "timeline": [{"event": "created"}], "encodings": []}], "next_cursor": None}))
        self.assertEqual([each.timeline for each in client.documents(expand="timeline,encodings")], [None, [{"event": "created"}]])
        self.assertEqual(query_of(self.server.requests[0].path), {"expand": "timeline,encodings"})

    def test_a_time_without_a_zone_is_refused(self) -> None:
        self.assertRaises(ValueError, lambda: next(self.serve().documents(created_from=datetime(2026, 11, 1))))

    def test_chunks_come_page_by_page(self) -> None:
        chunk = {"id": "c", "text": "t", "token_count": 1, "char_start": 0, "char_end": 1, "page_start": 1, "page_end": 1, "metadata": {"index": 0}}
        client = self.serve(*[Reply.json({"chunks": [chunk], "total_chunks": 2, "next_cursor": cursor}) for cursor in ("1.ab", None)])
        self.assertEqual([each.metadata["index"] for each in client.chunks("d")], [0, 0])
        self.assertEqual(self.asked(), ["GET /api/documents/d/chunks", "GET /api/documents/d/chunks?cursor=1.ab"])

    def test_a_search_tells_what_was_found_where(self) -> None:
        places = [[{"text": "a ", "match": False}, {"text": "word", "match": True}]]
        hit = {"document_id": "d", "filename": "a.pdf", "language": "en", "chunk_index": 3, "page": 2, "title": None, "score": 0.5, "highlights": places}
        answer = Reply.json({"success": True, "results": [hit], "truncated": True, "next_cursor": None})
        client = self.serve(answer, answer)
        [found] = client.search('"a word" -other', language="en", page_size=10)
        self.assertEqual((found.chunk_index, found.page, [(piece.text, piece.match) for piece in found.highlights[0]]), (3, 2, [("a ", False), ("word", True)]))
        self.assertTrue(client.search_page("word", document_id="d").truncated)
        self.assertEqual(query_of(self.server.requests[0].path), {"q": '"a word" -other', "language": "en", "limit": "10"})
        self.assertEqual(self.asked()[1], "GET /api/documents/d/search?q=word")

    def test_a_search_in_a_document_takes_no_language(self) -> None:
        client = self.serve()
        self.assertRaises(ValueError, client.search_page, "word", document_id="d", language="en")
        self.assertRaises(ValueError, list, client.search("word", document_id="d", language="en"))
        self.assertEqual(self.asked(), [])

    def test_an_export_is_read_line_by_line(self) -> None:
        lines = [json.dumps({"document_id": "d", "text": "x" * number}) + "\n" for number in (1, 70_000, 3)]
        client = self.serve(Reply(200, ["".join(lines)[:100].encode(), "".join(lines)[100:].encode()], {"Content-Type": "application/jsonl"}))
        self.assertEqual([len(chunk["text"]) for chunk in client.export_chunks(language="it")], [1, 70_000, 3])
        self.assertEqual(self.asked(), ["GET /api/export/chunks?language=it"])

    def test_an_export_that_is_cut_off_is_no_shorter_one(self) -> None:
        line = b'{"document_id": "d"}\n'
        for reply in (Reply(200, [line], is_cut=True), Reply(200, [line, line[:5]]), Reply(200, line + line, is_cut=True)):
            with self.assertRaises(ConnectionFailed):
                list(self.serve(reply).export_chunks())

    def test_other_requests_are_answered_while_an_export_is_read(self) -> None:
        client = self.serve(Reply(200, [b'{"n": 1}\n', b'{"n": 2}\n']), Reply.json(READY), Reply.json(READY))
        self.assertEqual([(chunk["n"], client.status("d").ready) for chunk in client.export_chunks()], [(1, True), (2, True)])

    def test_a_download_is_there_whole_or_not_at_all(self) -> None:
        content = bytes(range(256)) * 4000
        right, wrong = (f'"{hashlib.sha256(each).hexdigest()}"' for each in (content, b""))
        with tempfile.TemporaryDirectory() as folder:
            target = Path(folder, "result.json")
            self.serve(Reply(200, content, {"ETag": right})).download("d", "metadata", target)
            self.assertEqual(self.asked(), ["GET /api/documents/d/metadata"])
            self.assertEqual(target.read_bytes(), content)
            for reply, failure in [
                (Reply(200, content[:-1], {"ETag": wrong}), ConnectionFailed),
                (Reply(200, content, {"ETag": right}, is_cut=True), ConnectionFailed),
                (Reply.problem(409, "not_ready"), Problem),
            ]:
                self.assertRaises(failure, self.serve(reply).download, "d", "metadata", target)
                self.assertEqual((target.read_bytes(), [each.name for each in Path(folder).iterdir()]), (content, ["result.json"]))

    def test_actions_are_what_they_are_called(self) -> None:
        client = self.serve(Reply.json(TAKEN, 202), Reply.json(TAKEN, 202), Reply(204))
        for act in (client.retry, client.cancel, client.delete):
            act("d")
        self.assertEqual(self.asked(), ["POST /api/documents/d/retry", "POST /api/documents/d/cancel", "DELETE /api/documents/d"])


class Connecting(unittest.TestCase):
    """Where, and as whom."""

    def test_an_address_or_a_key_that_is_none_is_refused(self) -> None:
        for url, key in [("documents.example.com", "sk"), ("ftp://x", "sk"), ("https://", "sk"), ("https://x", ""), ("https://x", "a\r\nb"), ("https://x", "a b")]:
            self.assertRaises(ValueError, Client, url, key)

    def test_no_server_is_a_failed_connection(self) -> None:
        with self.assertRaises(ConnectionFailed):
            # Port 1 of this machine, where nobody listens.
            Client("http://127.0.0.1:1", "sk", retries=Retries(times=1, first_pause=0.01)).status("d")
