"""What is sent again, and what is not."""

from __future__ import annotations

import io
import random
import unittest
from datetime import UTC, datetime

from socrate_documents import ConnectionFailed, Problem, Retries
from socrate_documents.retries import retry_after

from .server import NOTHING, Reply, Served

STATUS = {"document_id": "d", "status": "ready", "progress": 100, "task_state": "SUCCESS", "message": "Complete", "ready": True}
TAKEN = {"success": True, "document_id": "d", "status": "processing", "message": "Document uploaded and queued for processing"}


class Deciding(unittest.TestCase):
    """By what failed, how often, and what was asked."""

    def pause(self, failure: Problem | ConnectionFailed, sent: int = 1, is_repeatable: bool = True, **given: float) -> float | None:
        return Retries(**given).pause(failure, sent, is_repeatable, random.Random(1))  # type: ignore[arg-type]

    def test_what_passes_is_sent_again_and_nothing_else(self) -> None:
        for status, code, is_repeatable, expected in [
            (429, "rate_limited", False, True),
            (429, "saturated", True, True),
            (503, "database_unavailable", False, True),
            (503, "timed_out", True, True),
            (503, "timed_out", False, False),
            (409, "idempotency_key_pending", True, True),
            (409, "not_finished", True, False),
            (400, "malformed_form", True, False),
            (401, "unauthorized", True, False),
            (404, "document_not_found", True, False),
            (422, "invalid_option", True, False),
            (500, "internal", True, False),
        ]:
            self.assertEqual(self.pause(Problem(status, code, ""), is_repeatable=is_repeatable) is not None, expected, (status, code, is_repeatable))
        self.assertIsNotNone(self.pause(ConnectionFailed("")))
        self.assertIsNone(self.pause(ConnectionFailed(""), is_repeatable=False))

    def test_the_api_says_how_long_and_too_long_is_not_waited_for(self) -> None:
        self.assertEqual(self.pause(Problem(429, "", "", retry_after=7.0)), 7.0)
        self.assertEqual(self.pause(Problem(429, "", "", retry_after=60.0)), 60.0)
        self.assertIsNone(self.pause(Problem(429, "", "", retry_after=61.0)))

    def test_pauses_grow_to_a_limit_and_tries_are_counted(self) -> None:
        failure, chance = ConnectionFailed(""), random.Random(1)
        for sent, most in ((1, 0.5), (2, 1.0), (5, 8.0)):
            drawn = [Retries().pause(failure, sent, True, chance) or 0.0 for _ in range(200)]
            self.assertTrue(0.8 * most < max(drawn) <= most, (sent, max(drawn)))
        self.assertLessEqual(self.pause(failure, 5, longest_pause=0.1) or 0.0, 0.1)
        self.assertIsNone(self.pause(failure, 6))
        self.assertIsNone(self.pause(failure, 1, times=0))

    def test_retry_after_is_seconds_or_a_date(self) -> None:
        now = datetime(2026, 11, 30, 10, 0, 0, tzinfo=UTC)
        for header, expected in [
            ("0", 0.0),
            (" 120 ", 120.0),
            ("Mon, 30 Nov 2026 10:00:30 GMT", 30.0),
            ("Mon, 30 Nov 2026 09:00:00 GMT", 0.0),
            (None, None),
            ("", None),
            ("soon", None),
            ("-1", None),
            ("²", None),
        ]:
            self.assertEqual(retry_after(header, now), expected, header)


class Sending(Served):
    """Over a connection."""

    def test_a_request_is_sent_until_it_is_answered(self) -> None:
        passing = Reply.problem(503, "database_unavailable", Retry_After="0")
        client = self.serve(passing, NOTHING, Reply.problem(429, "saturated"), Reply.json(STATUS))
        self.assertTrue(client.status("d").ready)
        self.assertEqual(self.asked(), ["GET /api/documents/d/status"] * 4)

    def test_an_answer_that_is_cut_off_is_asked_for_again(self) -> None:
        whole = Reply.json(STATUS)
        client = self.serve(Reply(200, whole.body, is_cut=True), whole)
        self.assertTrue(client.status("d").ready)
        self.assertEqual(len(self.asked()), 2)

    def test_what_is_refused_is_raised_at_once_with_all_that_is_told(self) -> None:
        client = self.serve(Reply.problem(404, "document_not_found"))
        with self.assertRaises(Problem) as raised:
            client.status("d")
        problem = raised.exception
        self.assertEqual((problem.status, problem.code, problem.message), (404, "document_not_found", "what document_not_found means"))
        self.assertEqual((problem.request_id, problem.retry_after, problem.sent), ("request-1", None, 1))
        self.assertIn("request-1", str(problem))
        self.assertEqual(len(self.asked()), 1)

    def test_an_answer_of_something_in_between_is_a_problem_too(self) -> None:
        client = self.serve(Reply(502, b"<html>Bad Gateway"))
        with self.assertRaises(Problem) as raised:
            client.status("d")
        self.assertEqual((raised.exception.status, raised.exception.code), (502, ""))
        self.assertIn("Bad Gateway", raised.exception.message)

    def test_who_is_told_to_wait_too_long_is_told_so(self) -> None:
        client = self.serve(Reply.problem(429, "rate_limited", Retry_After="3600"))
        with self.assertRaises(Problem) as raised:
            client.status("d")
        self.assertEqual(raised.exception.retry_after, 3600.0)
        self.assertEqual(len(self.asked()), 1)

    def test_what_may_have_been_carried_out_is_not_sent_again(self) -> None:
        for act in ("retry", "cancel"):
            client = self.serve(NOTHING)
            self.assertRaises(ConnectionFailed, getattr(client, act), "d")
            self.assertEqual(self.asked(), [f"POST /api/documents/d/{act}"])

    def test_a_deletion_whose_answer_was_lost_is_one(self) -> None:
        gone = Reply.problem(404, "document_not_found")
        self.serve(NOTHING, gone).delete("d")
        self.assertEqual(self.asked(), ["DELETE /api/documents/d"] * 2)
        with self.assertRaises(Problem):
            self.serve(gone).delete("d")

    def test_tries_come_to_an_end(self) -> None:
        client = self.serve(*[NOTHING] * 9, retries=Retries(times=2, first_pause=0.01))
        with self.assertRaises(ConnectionFailed) as raised:
            client.status("d")
        self.assertEqual((len(self.asked()), raised.exception.sent), (3, 3))

    def test_connections_are_kept(self) -> None:
        client = self.serve(*[Reply.json(STATUS)] * 3)
        for _ in range(3):
            client.status("d")
        # The kept connection's own port is that of each request.
        self.assertIsNotNone(client._transport._local.connection.sock)

    def test_an_upload_is_sent_again_whole_and_with_the_same_key(self) -> None:
        pending = Reply.problem(409, "idempotency_key_pending", Retry_After="0")
        client = self.serve(NOTHING, pending, Reply.json(TAKEN, 202))
        file = io.BytesIO(b"passed over %PDF-1.7 " + b"x" * 100_000)
        file.seek(len(b"passed over "))
        self.assertEqual(client.upload(file, name="report.pdf").document_id, "d")
        first, *others = self.server.requests
        self.assertEqual(len({request.headers["idempotency-key"] for request in self.server.requests}), 1)
        for other in others:
            self.assertEqual(len(other.body), len(first.body))
            self.assertTrue(b"%PDF-1.7 " + b"x" * 100_000 in other.body, other.body[:400])
