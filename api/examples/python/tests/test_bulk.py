"""What the client asks of bulk actions and webhooks, and what it makes of answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from .server import Reply, Served

WEBHOOK = {"id": "w", "url": "https://hook.example.com/", "events": ["document.ready"], "enabled": True, "created_at": "2026-01-01T00:00:00Z"}


def action(state: str, done: int, **more: Any) -> dict[str, Any]:
    """An answer about an action."""
    counts = {"matched": 3, "done": done, "skipped": 0, "failed": 0, "failures": [], "created_at": "2026-01-01T00:00:00Z"}
    return {"success": True, "bulk_action": {"id": "b/1", "action": "retry", "state": state, "added_by_a_later_version": 1, **counts, **more}}


class Managing(Served):
    """Many documents, and webhooks."""

    def test_what_is_not_said_is_not_sent(self) -> None:
        client = self.serve(Reply.json(action("running", 0), 202))
        begun = client.bulk.begin("retry", chunk_size=300, to_queue="q", status="ready", created_from=datetime(2026, 1, 1, tzinfo=UTC))
        self.assertEqual((begun.id, begun.state, begun.matched), ("b/1", "running", 3))
        [request] = self.server.requests
        self.assertEqual((request.method, request.path, request.headers["content-type"]), ("POST", "/api/bulk-actions", "application/json"))
        self.assertEqual(
            json.loads(request.body),
            {
                "action": "retry",
                "dry_run": False,
                "filter": {"status": "ready", "created_from": "2026-01-01T00:00:00+00:00"},
                "parameters": {"chunk_size": 300, "queue": "q"},
            },
        )

    def test_whether_there_is_a_result_is_true_or_false_in_a_body_too(self) -> None:
        client = self.serve(Reply.json(action("counted", 0, id=None)))
        client.bulk.begin("delete", dry_run=True, has_result=False)
        self.assertEqual(json.loads(self.server.requests[0].body), {"action": "delete", "dry_run": True, "filter": {"has_result": False}})

    def test_an_action_is_waited_for_and_its_failures_are_told(self) -> None:
        failures = [{"document_id": "d", "message": "the cluster refused it"}]
        client = self.serve(Reply.json(action("running", 1)), Reply.json(action("completed", 2, failed=1, failures=failures)))
        seen: list[int] = []
        ended = client.bulk.wait("b/1", told=lambda each: seen.append(each.done))
        self.assertEqual((ended.state, seen, ended.failures[0].message), ("completed", [1, 2], "the cluster refused it"))
        self.assertEqual(self.server.requests[0].path, "/api/bulk-actions/b%2F1")

    def test_a_retry_says_what_is_to_be_otherwise(self) -> None:
        client = self.serve(Reply.json({"success": True}, 202))
        client.retry("d", overlap=0)
        self.assertEqual(json.loads(self.server.requests[0].body), {"overlap": 0})

    def test_a_webhook_has_a_secret_that_is_told_once(self) -> None:
        client = self.serve(Reply.json({"success": True, "webhook": WEBHOOK, "secret": "whsec_x"}, 201))
        webhook, secret = client.webhooks.create("https://hook.example.com/", events=["document.ready"])
        self.assertEqual((webhook.events, secret), (("document.ready",), "whsec_x"))
        self.assertEqual(json.loads(self.server.requests[0].body), {"url": "https://hook.example.com/", "events": ["document.ready"]})

    def test_all_that_failed_is_replayed_however_much_it_is(self) -> None:
        client = self.serve(Reply.json({"replayed": 100, "more": True}, 202), Reply.json({"replayed": 7, "more": False}, 202))
        self.assertEqual(client.webhooks.replay_failed("w", "2026-01-01T00:00:00Z"), 107)
