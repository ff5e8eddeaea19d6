"""What is planned for `api cleanup`, and what it is judged by."""

from __future__ import annotations

import random
import unittest
import uuid
from collections import Counter
from dataclasses import replace
from typing import Any

import cleanup_rows
from cleanup_jobs import made_of
from cleanup_judge import There, deleted_once, left, lost, unlike
from cleanup_plan import Counts, Limits, Maker, Plan, plan

TENANTS = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
LIMITS = Limits(failed=30, deliveries=20, orphans=7, retention=60)
PRINTED = """{"level":"info","message":"objects that belong to nothing 3"}
failed documents               1
expired documents              2
deliveries                     3
orphaned documents             4
orphaned results               5
orphaned objects               6
orphaned bytes              7890
objects in all              9000
"""


def planned(items: int = 1_000) -> Plan:
    """A small plan, the same each time."""
    return plan(Maker(*TENANTS, LIMITS, random.Random(1)), items)


def there(of: Plan) -> There:
    """What there is once all is done as it should be."""
    uploads = frozenset(each.id for each in of.documents if each.is_upload)
    stays = (frozenset(of.rows(goes=False)), uploads, frozenset(of.delivery_ids(goes=False)), frozenset(of.keys(goes=False)))
    return There(*stays, tuple(of.rows(goes=True)))


class Planning(unittest.TestCase):
    """It is known what goes."""

    def test_limits_are_those_that_the_command_is_told(self) -> None:
        arguments = ["cleanup", "--failed-days=30", "--deliveries-days=20", "--orphans-days=7", "--dry-run"]
        self.assertEqual(Limits.of(arguments, 60), LIMITS)
        with self.assertRaises(KeyError):
            Limits.of(arguments[:2], 60)

    def test_there_is_as_much_as_was_asked_for_and_the_same_each_time(self) -> None:
        self.assertGreaterEqual(planned(10_000).items, 10_000)
        self.assertLess(planned(10_000).items, 10_200)
        self.assertEqual(planned(), planned())

    def test_what_goes_is_old_enough_and_wanted_by_nobody(self) -> None:
        for each in planned().documents:
            row = each.row
            if row is None:
                limit = {True: 0.0, False: float(LIMITS.orphans)}[each.is_upload or each.case == "no document's key"]
                goes = bool(limit) and all(placed.days > limit for placed in each.objects)
                self.assertEqual({placed.goes for placed in each.objects}, {goes}, each)
            elif row.goes:
                limit = {"failed": LIMITS.failed, "ready": LIMITS.retention}[row.status]
                self.assertGreater(row.days, limit)
                self.assertEqual(each.tenant, TENANTS[row.status == "ready"])
                self.assertTrue(each.objects[0].goes, each)
            elif row.status == "processing":
                self.assertFalse(any(placed.goes for placed in each.objects), each)

    def test_no_object_of_a_result_that_a_document_has_goes(self) -> None:
        whole = planned()
        rows = [each.row for each in whole.documents if each.row and not each.row.goes]
        needed = {row.uid for row in rows if row.uid and row.status == "ready"} | {row.reuses[1] for row in rows if row.reuses}
        self.assertFalse([key for key in whole.keys(goes=True) if key.split("/")[5:6] and key.split("/")[5] in needed])
        reused = [each for each in whole.documents if each.case == "expired, result reused"]
        self.assertTrue(all([placed.goes for placed in each.objects] == [True, False, False, False] for each in reused))

    def test_what_the_command_is_to_say_is_what_goes(self) -> None:
        whole = planned()
        statuses = Counter(each.row.status for each in whole.documents if each.row and each.row.goes)
        counts = whole.counts
        self.assertEqual((counts.failed_documents, counts.expired_documents), (statuses["failed"], statuses["ready"]))
        self.assertEqual(counts.deliveries, len(whole.delivery_ids(goes=True)))
        sizes = {each.key: each.size for each in whole.objects}
        self.assertEqual((counts.orphaned_objects, counts.orphaned_bytes), (len(whole.orphans()), sum(sizes[key] for key in whole.orphans())))
        # The rest goes with the documents.
        self.assertLess(len(whole.orphans()), len(whole.keys(goes=True)))

    def test_ids_and_keys_are_there_once(self) -> None:
        whole = planned()
        keys, ids = [each.key for each in whole.objects], [each.id for each in whole.documents] + [each.id for each in whole.deliveries]
        self.assertEqual((len(set(keys)), len(set(ids))), (len(keys), len(ids)))

    def test_a_row_has_a_cell_for_each_column(self) -> None:
        columns = len(cleanup_rows.COLUMNS.split(", "))
        for each in planned().documents:
            if each.row is not None:
                self.assertEqual(len(cleanup_rows.document("somewhere", each).split("\t")), columns, each)


class Judgement(unittest.TestCase):
    """Every fault is found, and nothing else."""

    def setUp(self) -> None:
        self.plan = planned()
        self.there = there(self.plan)

    def faults(self, there: There) -> list[str]:
        """All of them."""
        return [*lost(self.plan, there), *left(self.plan, there), *deleted_once(self.plan, there)]

    def test_what_is_as_it_should_be_has_no_fault(self) -> None:
        self.assertEqual(self.faults(self.there), [])

    def test_what_is_gone_or_left_is_named_by_its_kind(self) -> None:
        for name, case in (("documents", "in progress"), ("uploads", "being uploaded")):
            one = next(each.id for each in self.plan.documents if each.case == case)
            found = self.faults(replace(self.there, **{name: getattr(self.there, name) - {one}}))
            self.assertEqual(found, [f"1 {name} are gone that were to stay: 1 of {case}; {one}"])
        for name, more in (("documents", self.plan.rows(True)), ("deliveries", self.plan.delivery_ids(True)), ("keys", self.plan.keys(True))):
            found = self.faults(replace(self.there, **{name: getattr(self.there, name) | {min(more)}}))
            self.assertTrue(len(found) == 1 and " are left: 1 of " in found[0], found)
        self.assertIn("unknown", self.faults(replace(self.there, keys=self.there.keys | {"tenants/x"}))[0])

    def test_a_document_is_deleted_once(self) -> None:
        some = self.there.deletions
        for wrong in (some[1:], (*some, some[0]), (*some, min(self.there.documents))):
            self.assertEqual(len(self.faults(replace(self.there, deletions=wrong))), 1)

    def test_what_a_command_says_is_read_and_compared(self) -> None:
        counts = Counts.read(PRINTED)
        self.assertEqual(counts, Counts(1, 2, 3, 4, 5, 6, 7890))
        self.assertIsNone(Counts.read(PRINTED.replace("orphaned bytes", "bytes")))
        self.assertEqual(counts and counts - counts, Counts())
        self.assertEqual(unlike("it", Counts(1), Counts(1)), [])
        self.assertEqual(len(unlike("it", Counts(1), Counts(2))), 1)


class Jobs(unittest.TestCase):
    """What is made of a CronJob."""

    def test_a_job_is_told_whether_it_is_dry(self) -> None:
        containers = [{"args": ["cleanup", "--dry-run"]}]
        found: dict[str, Any] = {"metadata": {"labels": {"a": "b"}}, "spec": {"backoffLimit": 2, "template": {"spec": {"containers": containers}}}}
        for is_dry, arguments in ((True, ["cleanup", "--dry-run"]), (False, ["cleanup"])):
            made = made_of(found, "a-job", is_dry)
            self.assertEqual(made["spec"]["template"]["spec"]["containers"][0]["args"], arguments)
            self.assertEqual((made["spec"]["backoffLimit"], made["metadata"]["labels"]), (0, {"a": "b"}))
        self.assertEqual(found["spec"]["backoffLimit"], 2)


if __name__ == "__main__":
    unittest.main()
