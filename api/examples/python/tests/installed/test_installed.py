"""The client against an installed API: `SOCRATE_API_URL`, with the key `SOCRATE_API_KEY` of a tenant that has nothing else."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
import uuid
from datetime import UTC, datetime
from pathlib import Path

import polling

PACKAGE = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(PACKAGE))

from socrate_documents import Client, EncodingFailed, Hit, Problem  # noqa: E402
from socrate_documents.client import File  # noqa: E402

FILES: tuple[File, ...] = ("metadata", "index", "source")
#: Documents have ended within so many seconds.
LIMIT = 120
#: A PDF by its first bytes that cannot be read.
BROKEN = b"%PDF-1.7\nno object of a PDF follows\n"


def text(word: str) -> bytes:
    """A document of several chunks, unlike every other, each with the word."""
    begin = f"Quarterly report {uuid.uuid4()}.\n\n"
    return (begin + f"Sales of the {word} rose in every region, and costs fell. Nobody had expected that.\n\n" * 60).encode()


class Installed(unittest.TestCase):
    """What people do with a client."""

    def setUp(self) -> None:
        self.client = Client(os.environ["SOCRATE_API_URL"], os.environ["SOCRATE_API_KEY"])
        self.addCleanup(self.client.__exit__)
        self.word = "w" + "".join(chr(ord("a") + int(digit, 16)) for digit in uuid.uuid4().hex)

    def ready(self, name: str = "report.txt") -> str:
        """A document that is ready; its id."""
        upload = self.client.upload(io.BytesIO(text(self.word)), name=name, chunk_size=200, overlap=20)
        self.client.wait(upload.document_id, timeout=LIMIT).or_fail()
        return upload.document_id

    def test_a_document_from_upload_to_deletion(self) -> None:
        content, name = text(self.word), 'perché "no" 1.txt'
        upload = self.client.upload(io.BytesIO(content), name=name, chunk_size=200, overlap=20)
        status = self.client.wait(upload.document_id, timeout=LIMIT).or_fail()
        self.assertEqual((status.progress, status.task_state, status.ready), (100, "SUCCESS", True))
        self.assertGreater(status.total_chunks or 0, 2)
        record = self.client.document(upload.document_id)
        self.assertEqual((record.filename, record.size_bytes, record.language), (name, len(content), "en"))

        chunks = list(self.client.chunks(upload.document_id, page_size=2))
        self.assertEqual(len(chunks), status.total_chunks)
        self.assertEqual([chunk.metadata["index"] for chunk in chunks], list(range(len(chunks))))
        with tempfile.TemporaryDirectory() as folder:
            paths = [self.client.download(upload.document_id, file, Path(folder, file)) for file in FILES]
            metadata, index = (json.loads(path.read_bytes()) for path in paths[:2])
            self.assertEqual([each["text"] for each in metadata["chunks"]], [chunk.text for chunk in chunks])
            self.assertEqual(len(index["metadata"]), len(chunks))
            self.assertEqual(paths[2].read_bytes(), content)

        self.client.delete(upload.document_id)
        with self.assertRaises(Problem) as raised:
            self.client.status(upload.document_id)
        self.assertEqual((raised.exception.status, raised.exception.code), (404, "document_not_found"))
        self.assertTrue(raised.exception.request_id)

    def test_the_same_key_is_the_same_document(self) -> None:
        content, key = text(self.word), str(uuid.uuid4())
        ids = {self.client.upload(io.BytesIO(content), name="once.txt", idempotency_key=key).document_id for _ in range(3)}
        self.assertEqual(len(ids), 1)

    def test_changes_are_told_as_they_happen(self) -> None:
        upload = self.client.upload(io.BytesIO(text(self.word)), name="told.txt")
        self.assertTrue(self.client.wait_by_events(upload.document_id, timeout=LIMIT).or_fail().ready)
        kinds = [each.type for each in self.client.events(last_event_id=0, once=True) if each.data.get("document_id") == upload.document_id]
        self.assertEqual((kinds[0], kinds[-1]), ("document.created", "document.ready"))
        self.assertEqual((kinds.count("document.created"), kinds.count("document.ready")), (1, 1))

    def test_a_list_is_filtered_and_read_to_its_end(self) -> None:
        ids = [self.ready(f"{self.word} {number}.txt") for number in range(3)]
        found = list(self.client.documents(search=self.word.upper(), status="ready", language="en", sort="filename", page_size=1))
        self.assertEqual([document.id for document in found], ids)
        self.assertEqual(list(self.client.documents(search=self.word, status="failed")), [])
        with_result = list(self.client.documents(search=self.word, has_result=True, expand="timeline,encodings"))
        self.assertEqual([len(document.encodings or ()) for document in with_result], [1, 1, 1])
        self.assertEqual({(document.timeline or [{}])[-1].get("event") for document in with_result}, {"ready"})
        self.assertEqual(list(self.client.documents(search=self.word, has_result=False)), [])

    def test_a_failure_says_why_and_may_be_tried_again(self) -> None:
        upload = self.client.upload(io.BytesIO(BROKEN + self.word.encode()), name="broken.pdf")
        for _ in range(2):
            with self.assertRaises(EncodingFailed) as raised:
                self.client.wait(upload.document_id, timeout=LIMIT).or_fail()
            self.assertEqual(raised.exception.reason, "Malformed")
            self.client.retry(upload.document_id)
        self.client.wait(upload.document_id, timeout=LIMIT)
        with self.assertRaises(Problem) as refused:
            self.client.cancel(upload.document_id)
        self.assertEqual(refused.exception.code, "already_finished")

    def test_what_is_ready_is_encoded_otherwise(self) -> None:
        document = self.ready(f"{self.word}.txt")
        before = self.client.document(document)
        self.client.retry(document, chunk_size=100, queue="maintenance")
        again = self.client.wait(document, timeout=LIMIT).or_fail()
        self.assertGreater(again.total_chunks or 0, before.total_chunks or 0)
        record = self.client.document(document)
        self.assertEqual((record.chunk_size, record.overlap, record.kept_result), (100, 20, None))
        self.assertEqual([each["chunk_size"] for each in record.encodings or ()], [200, 100])
        events = [each["event"] for each in record.timeline or () if each["event"] != "started"]
        self.assertEqual(events, ["created", "ready", "requested", "ready"])
        self.assertEqual(len(list(self.client.chunks(document))), again.total_chunks)

    def test_many_are_dealt_with_at_once(self) -> None:
        documents = [self.ready(f"{self.word} {number}.txt") for number in range(3)]
        self.assertEqual(self.client.bulk.begin("delete", dry_run=True, search=self.word).matched, 3)
        begun = self.client.bulk.begin("retry", to_queue="maintenance", chunk_size=150, search=self.word, status="ready")
        ended = self.client.bulk.wait(begun.id or "", timeout=LIMIT)
        self.assertEqual((ended.state, ended.done, ended.failed), ("completed", 3, 0))
        for document in documents:
            self.client.wait(document, timeout=LIMIT).or_fail()
            self.assertEqual(self.client.document(document).queue, "maintenance")
        ended = self.client.bulk.wait(self.client.bulk.begin("delete", search=self.word).id or "", timeout=LIMIT)
        self.assertEqual((ended.done, list(self.client.documents(search=self.word))), (3, []))
        self.assertEqual([each.action for each in self.client.bulk.list()][:2], ["delete", "retry"])

    def test_webhooks_are_managed(self) -> None:
        webhooks = self.client.webhooks
        webhook, secret = webhooks.create("https://hook.example.com/", events=["document.ready"], description=self.word)
        self.assertTrue(secret.startswith("whsec_"))
        self.assertNotEqual(webhooks.rotate_secret(webhook.id, overlap_hours=0), secret)
        changed = webhooks.change(webhook.id, events=["document.failed"])
        self.assertEqual((changed.events, changed.description), (("document.failed",), self.word))
        sent = webhooks.test(webhook.id)
        self.assertEqual([each.id for each in webhooks.deliveries(webhook.id)], [sent.id])
        self.assertEqual(webhooks.replay_failed(webhook.id, datetime.now(UTC)), 0)
        self.assertFalse(webhooks.change(webhook.id, enabled=False).enabled)
        webhooks.delete(webhook.id)
        self.assertNotIn(webhook.id, [each.id for each in webhooks.list()])

    def test_texts_are_searched_and_what_matched_is_shown(self) -> None:
        document = self.ready()
        for hits in (self.found(), self.found(document)):
            self.assertEqual({hit.document_id for hit in hits}, {document})
            self.assertEqual({hit.filename for hit in hits}, {"report.txt"})
            matched = {piece.text.lower() for hit in hits for place in hit.highlights for piece in place if piece.match}
            self.assertEqual(matched, {self.word})
        self.assertEqual(list(self.client.search(f"{self.word} -sales")), [])

    def found(self, document: str | None = None) -> list[Hit]:
        """What a search for the word finds, page by page, once the text is indexed."""
        deadline = time.monotonic() + LIMIT
        while not (hits := list(self.client.search(self.word, document_id=document, page_size=2))):
            self.assertLess(time.monotonic(), deadline, f"nothing was found within {LIMIT} s")
            time.sleep(0.2)
        return hits

    def test_all_chunks_of_a_filter_are_exported(self) -> None:
        document = self.ready(f"{self.word}.txt")
        self.found(document)
        texts = [chunk.text for chunk in self.client.chunks(document)]
        exported = list(self.client.export_chunks(search=self.word, status="ready"))
        self.assertEqual([line["document_id"] for line in exported], [document] * len(texts))
        self.assertEqual([line["text"] for line in exported], texts)

    def test_the_command_line_uploads_and_waits(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "by hand.txt")
            path.write_bytes(text(self.word))
            command = [sys.executable, "-m", "socrate_documents", "upload", "--wait", "--events", "--timeout", str(LIMIT), str(path)]
            ran = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))
        self.assertIn("ready 100 %", ran.stdout.splitlines()[-1])

    def test_a_users_own_polling_goes_on_working(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            good, bad = Path(folder, "good.txt"), Path(folder, "bad.pdf")
            good.write_bytes(text(self.word))
            bad.write_bytes(BROKEN + self.word.encode())
            told: list[str] = []
            self.assertGreater(polling.wait_for_document(polling.upload_document(good), LIMIT, 0.2, told.append), 0)
            self.assertIn("[SUCCESS] 100% - Complete", told)
            with self.assertRaisesRegex(RuntimeError, "encoding failed: .+"):
                polling.wait_for_document(polling.upload_document(bad), LIMIT, 0.2, told.append)
            self.assertTrue(told[-1].startswith("[FAILURE] "), told[-1])
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                polling.wait_for_document(polling.upload_document(good))
            self.assertIn("[SUCCESS] 100%", printed.getvalue())


if __name__ == "__main__":
    unittest.main()
