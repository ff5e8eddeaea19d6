"""The command line, as a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .server import Reply, Served
from .test_bulk import action
from .test_client import FAILED, READY, TAKEN, told

PACKAGE = Path(__file__).resolve().parent.parent


class Running(Served):
    """Against a server of the test's own."""

    def run_program(self, *arguments: str, key: str = "sk_test", **more: str) -> subprocess.CompletedProcess[str]:
        """Runs it with the server's address and a key."""
        url = f"http://127.0.0.1:{self.server.server_address[1]}"
        environment = {**os.environ, "SOCRATE_API_URL": url, "SOCRATE_API_KEY": key, "PYTHONIOENCODING": "utf-8", **more}
        return subprocess.run(
            [sys.executable, "-m", "socrate_documents", *arguments], cwd=PACKAGE, env=environment, capture_output=True, text=True, check=False, timeout=60
        )

    def test_upload_and_wait(self) -> None:
        self.serve(Reply.json(TAKEN, 202), Reply.json(told(20, pages_done=2, pages_total=10)), Reply.json(READY))
        with tempfile.NamedTemporaryFile(suffix=".txt") as file:
            ran = self.run_program("upload", file.name, "--wait", "--chunk-size", "300")
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertEqual(ran.stdout.splitlines(), [f"d  {file.name}", "d  processing 20 %  Running memvid encoder, page 2 of 10", "d  ready 100 %  Complete"])
        self.assertIn(b'name="chunk_size"\r\n\r\n300\r\n', self.server.requests[0].body)
        self.assertEqual(self.server.requests[0].headers["authorization"], "Bearer sk_test")

    def test_a_document_that_failed_is_an_exit_status(self) -> None:
        self.serve(Reply.json(FAILED))
        ran = self.run_program("--json", "wait", "d")
        self.assertEqual((ran.returncode, json.loads(ran.stdout)["error"]["reason"]), (1, "NoText"))

    def test_list_stops_where_it_is_told_to(self) -> None:
        records = [{"id": str(number), "filename": "a\x1b[2Jb", "status": "ready", "created_at": "2026-11-30T10:00:00Z"} for number in range(3)]
        self.serve(Reply.json({"documents": records, "next_cursor": "more"}))
        ran = self.run_program("list", "--limit", "2", "--status", "ready", "--created-from", "2026-01-01T00:00:00Z")
        self.assertEqual(ran.stdout.splitlines(), [f"{number}  ready       2026-11-30T10:00:00Z  a�[2Jb" for number in range(2)])
        self.assertEqual(self.asked(), ["GET /api/documents?limit=2&status=ready&created_from=2026-01-01T00%3A00%3A00Z"])

    def test_a_search_shows_what_was_found(self) -> None:
        place = [{"text": "two\nlines of ", "match": False}, {"text": "text", "match": True}]
        hit = {"document_id": "d", "filename": "a.pdf", "chunk_index": 0, "page": 3, "score": 1.0, "highlights": [place]}
        self.serve(Reply.json({"results": [hit], "truncated": False, "next_cursor": None}))
        self.assertEqual(self.run_program("search", "text", "--document", "d").stdout, "d  a.pdf, page 3: two lines of [text]\n")

    def test_a_search_in_a_document_with_a_language_is_refused(self) -> None:
        self.serve()
        ran = self.run_program("search", "text", "--document", "d", "--language", "en")
        self.assertEqual((ran.returncode, self.asked()), (2, []))
        self.assertEqual(ran.stderr, "socrate_documents: a search in one document takes no language: say document_id or language, not both\n")

    def test_a_filter_that_is_true_or_false_is_nothing_else(self) -> None:
        nothing = Reply.json({"documents": [], "next_cursor": None})
        self.serve(nothing, Reply(200, b""), Reply.json(action("counted", 0, id=None)))
        for command in (["list", "--has-result", "true", "--limit", "5"], ["export", "--has-result", "false"]):
            self.assertEqual(self.run_program(*command).stderr, "")
        self.assertEqual(self.asked(), ["GET /api/documents?limit=5&has_result=true", "GET /api/export/chunks?has_result=false"])
        self.assertEqual(self.run_program("bulk", "retry", "--dry-run", "--has-result", "false").stderr, "")
        self.assertEqual(json.loads(self.server.requests[-1].body)["filter"], {"has_result": False})
        ran = self.run_program("list", "--has-result", "True")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("--has-result: say true or false, not 'True'", ran.stderr)

    def test_a_problem_is_said_and_an_exit_status(self) -> None:
        self.serve(Reply.problem(404, "document_not_found"))
        ran = self.run_program("status", "d")
        self.assertEqual((ran.returncode, ran.stdout), (2, ""))
        self.assertEqual(ran.stderr, "socrate_documents: 404 document_not_found: what document_not_found means (request request-1)\n")

    def test_a_key_may_be_in_a_file_and_is_never_shown(self) -> None:
        self.serve(Reply.json(READY), Reply.problem(401, "unauthorized"))
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("sk_of_a_file\n")
            file.flush()
            ran = [self.run_program("--key-file", file.name, "status", "d", key="") for _ in range(2)]
        self.assertEqual([each.returncode for each in ran], [0, 2])
        self.assertEqual(self.server.requests[0].headers["authorization"], "Bearer sk_of_a_file")
        self.assertNotIn("sk_of_a_file", "".join(each.stdout + each.stderr for each in ran))

    def test_who_says_neither_where_nor_who_is_told_how(self) -> None:
        self.serve()
        ran = self.run_program("status", "d", key="")
        self.assertEqual(ran.returncode, 2)
        self.assertIn("SOCRATE_API_KEY", ran.stderr)
        ran = self.run_program("--help")
        self.assertEqual(ran.returncode, 0)
        for command in ("upload", "wait", "list", "search", "export", "download", "events"):
            self.assertIn(command, ran.stdout)
