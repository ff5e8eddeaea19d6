"""Whether two Pods could have worked on one document at once, from recorded versions."""

from __future__ import annotations

import unittest
from typing import Any

from history import FIRST_LABEL, JOB_LABEL, LET_GO, History, is_over


def pod(uid: str, job: str, phase: str = "Running", terminated: bool = False) -> dict[str, Any]:
    """A Pod of a Job."""
    state: dict[str, Any] = {"terminated": {}} if terminated else {"running": {}}
    status = {"phase": phase, "containerStatuses": [{"state": state}]}
    return {"metadata": {"uid": uid, "labels": {JOB_LABEL: job}}, "status": status}


def resource(job: str | None, attempt: int = 1) -> dict[str, Any]:
    """A document that is a Job's."""
    return {"metadata": {"uid": "d"}, "status": {"jobName": job, "attempt": attempt}}


class Overlaps(unittest.TestCase):
    """The order of versions decides."""

    def test_a_document_that_stays_with_its_job_overlaps_with_nobody(self) -> None:
        history = History()
        history.see_resource(resource("a"), 1)
        history.see_pod(pod("p", "a"), 2, deleted=False)
        history.see_resource(resource("a"), 3)
        self.assertEqual(history.overlaps(), [])

    def test_a_document_given_on_after_the_pod_has_ended_is_none(self) -> None:
        history = History()
        history.see_resource(resource("a"), 1)
        history.see_pod(pod("p", "a"), 2, deleted=False)
        history.see_pod(pod("p", "a", terminated=True), 3, deleted=False)
        history.see_resource(resource("b"), 4)
        history.see_pod(pod("q", "b"), 5, deleted=False)
        self.assertEqual(history.overlaps(), [])

    def test_a_document_given_on_before_the_pod_has_ended_is_one(self) -> None:
        history = History()
        history.see_resource(resource("a"), 1)
        history.see_pod(pod("p", "a"), 2, deleted=False)
        history.see_resource(resource("b"), 3)
        history.see_pod(pod("p", "a"), 4, deleted=True)
        self.assertEqual(len(history.overlaps()), 1)

    def test_a_new_attempt_of_the_same_job_counts_as_given_anew(self) -> None:
        history = History()
        history.see_resource(resource("a"), 1)
        history.see_pod(pod("p", "a"), 2, deleted=False)
        history.see_resource(resource("a", attempt=2), 3)
        self.assertEqual(len(history.overlaps()), 1)

    def test_a_document_that_its_pod_let_go_of_is_given_on_at_once(self) -> None:
        history = History()
        history.see_resource(resource("a"), 1)
        history.see_pod(pod("p", "a"), 2, deleted=False)
        given_back = resource(None)
        given_back["status"]["conditions"] = [{"type": "Ready", "message": f"it waits for its turn again: {LET_GO}"}]
        history.see_resource(given_back, 3)
        history.see_resource(resource("b"), 4)
        self.assertEqual(history.overlaps(), [])

    def test_a_pod_that_has_not_started_knows_the_document_of_its_job_only(self) -> None:
        for first, expected in (("d", 1), ("other", 0)):
            history = History()
            history.see_resource(resource("a"), 1)
            waiting = pod("p", "a", phase="Pending")
            waiting["metadata"]["labels"][FIRST_LABEL] = first
            waiting["status"]["containerStatuses"] = []
            history.see_pod(waiting, 2, deleted=False)
            history.see_resource(resource("b"), 3)
            self.assertEqual(len(history.overlaps()), expected, first)

    def test_a_pod_that_began_later_is_not_the_former_ones(self) -> None:
        history = History()
        history.see_resource(resource("a"), 1)
        history.see_resource(resource("b"), 2)
        history.see_pod(pod("p", "a"), 3, deleted=False)
        self.assertEqual(history.overlaps(), [])

    def test_a_pod_is_over_when_its_container_has_ended_or_its_phase_says_so(self) -> None:
        self.assertTrue(is_over(pod("p", "a", terminated=True)))
        self.assertTrue(is_over(pod("p", "a", phase="Failed")))
        self.assertFalse(is_over(pod("p", "a")))
        self.assertFalse(is_over({"status": {"phase": "Pending"}}))


if __name__ == "__main__":
    unittest.main()
