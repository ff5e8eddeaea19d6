"""What an outage is judged by: what clients saw, and what is left."""

from __future__ import annotations

import stat
import subprocess
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import outage_run
import outages
import remains
from probes import Probe, Seen, outcome_of, summary
from product_api import Answer
from remains import Remains, Row, Told
from store import Folder


def at(began: float, ended: float, outcome: str = "200", says_when: bool = False) -> Seen:
    """A request."""
    return Seen(began, ended, outcome, outcome in ("200", "202"), says_when)


class Summaries(unittest.TestCase):
    """An outage from 100 to 160."""

    def test_recovery_is_when_all_is_well(self) -> None:
        found = summary([at(99, 99.1), at(101, 102, "503"), at(161, 162, "503"), at(163, 163.5), at(164, 170, "503"), at(171, 172)], 100, 160)
        self.assertEqual(found.during, {"503": 1})
        self.assertEqual((found.bad_during, found.first_good, found.last_bad, found.recovered), (1, 3.5, 10, 10))

    def test_a_request_that_hangs_through_it_is_seen(self) -> None:
        self.assertEqual(summary([at(100.5, 161)], 100, 160).slowest_during, 60.5)

    def test_what_is_never_well_has_not_recovered(self) -> None:
        self.assertIsNone(summary([at(161, 162, "503")], 100, 160).recovered)

    def test_the_code_of_a_problem_is_part_of_its_outcome(self) -> None:
        kind = {"content-type": "application/problem+json"}
        self.assertEqual(outcome_of(Answer(503, kind, b'{"code": "database_unavailable"}')), "503 database_unavailable")
        self.assertEqual(outcome_of(Answer(503, {"content-type": "application/json"}, b'{"database":false}')), '503 {"database":false}')
        self.assertEqual(outcome_of(Answer(200, kind, b"{}")), "200")


class Judgement(unittest.TestCase):
    """What clients may not see."""

    def judged(self, service: str, **seen: list[Seen]) -> list[str]:
        outage = outages.Outage(100, 160, 161)
        names = {"statuses": outage_run.STATUSES, "uploads": outage_run.UPLOADS, "readiness": outage_run.READINESS}
        all_probes = [Probe(names[name], lambda: at(0, 0), 1, each) for name, each in seen.items()]
        return outage_run.judged_probes(service, {each.name: summary(each.seen, 100, 161) for each in all_probes}, all_probes, outage)

    def test_statuses_are_answered_whatever_is_away(self) -> None:
        for service in ("postgres", "redis", "store"):
            self.assertEqual(self.judged(service, statuses=[at(110, 110.1), at(162, 162.1)]), [])
            self.assertEqual(len(self.judged(service, statuses=[at(110, 110.1, "503 x"), at(162, 162.1)])), 1)
            self.assertEqual(len(self.judged(service, statuses=[at(110, 113), at(162, 162.1)])), 1)

    def test_uploads_wait_for_all_but_redis(self) -> None:
        for service, faults in (("postgres", 0), ("redis", 1), ("store", 0)):
            self.assertEqual(len(self.judged(service, uploads=[at(110, 111, "503 x"), at(162, 163, "202")])), faults)

    def test_all_is_well_again_within_the_bar(self) -> None:
        self.assertEqual(self.judged("store", uploads=[at(180, 190.9, "503 x"), at(190.5, 190.95, "202")]), [])
        self.assertEqual(len(self.judged("store", uploads=[at(180, 191.1, "503 x"), at(190.5, 190.95, "202")])), 1)

    def test_readiness_says_that_postgres_is_away_and_nothing_of_the_store(self) -> None:
        away = at(110, 110.1, '503 {"database":false,"mirror":true}')
        self.assertEqual(self.judged("postgres", readiness=[away, at(162, 162.1)]), [])
        self.assertEqual(len(self.judged("postgres", readiness=[at(110, 110.1), at(162, 162.1)])), 1)
        self.assertEqual(len(self.judged("store", readiness=[away, at(162, 162.1)])), 1)

    def test_a_refusal_is_quick_and_says_when_to_come_again(self) -> None:
        self.assertEqual(outage_run.judged_refusals([at(0, 1, "503 x", True), at(0, 40, "202")]), [])
        self.assertEqual(len(outage_run.judged_refusals([at(0, 1, "500 internal"), at(0, 1, "500 internal")])), 1)
        self.assertEqual(len(outage_run.judged_refusals([at(0, 46, "503 x", True)])), 1)

    def test_a_container_that_was_started_anew_is_noticed_unless_it_is_the_services(self) -> None:
        before = {"p/api": 1, "q/postgres": 0}
        self.assertEqual(outage_run.restarted(before, {"p/api": 2, "q/postgres": 1}, "postgres"), ["p/api"])
        self.assertEqual(outage_run.restarted(before, before, "postgres"), [])


class Left(unittest.TestCase):
    """A tenant with a document that is ready, one that was cancelled and one that was deleted."""

    def setUp(self) -> None:
        self.told = [
            Told("a.pdf", frozenset({"1"})),
            Told("b.pdf", frozenset({"2"}), frozenset({remains.CANCELLED})),
            Told("c.pdf", frozenset({"3"}), is_deleted=True),
        ]
        folder = "tenants/t/documents"
        keys = [f"{folder}/1/source", f"{folder}/1/encodings/u/manifest.json", f"{folder}/1/encodings/u/attempt-p/x", f"{folder}/1/encodings/u/attempt-p/y"]
        self.remains = Remains(
            [Row("1", "a.pdf", "ready", 1), Row("2", "b.pdf", "failed Cancelled", 1)], [], {"doc-1-1", "doc-2-1"}, [*keys, f"{folder}/2/source"], {"1", "2"}
        )

    def assert_found(self, words: str, **changes: object) -> None:
        """One thing is wrong with the changed remains."""
        found = remains.wrong(replace(self.remains, **changes), self.told)  # type: ignore[arg-type]
        self.assertEqual(len(found), 1, found)
        self.assertIn(words, found[0])

    def test_nothing_is_wrong_at_first(self) -> None:
        self.assertEqual(remains.wrong(self.remains, self.told), [])

    def test_rows(self) -> None:
        first, second = self.remains.rows
        failed = replace(first, state="failed StoreUnavailable")
        self.assertIn("a.pdf (1) is failed StoreUnavailable: ", remains.wrong(replace(self.remains, rows=[failed, second]), self.told))
        results = [f"tenants/t/documents/2/{name}" for name in ("manifest.json", "x", "y")]
        self.assert_found("is ready", rows=[first, replace(second, state="ready")], keys=[*self.remains.keys, *results])
        self.assert_found("still processing", rows=[first, replace(second, state="processing")])

    def test_documents_that_nobody_was_told_of(self) -> None:
        twice = [*self.remains.rows, Row("4", "a.pdf", "ready", 1)]
        self.assertIn("a.pdf: there are 2 documents of it", remains.wrong(replace(self.remains, rows=twice), self.told))
        deleted = [*self.remains.rows, Row("3", "c.pdf", "ready", 1)]
        self.assertIn("c.pdf (3) was deleted and is there, ready", remains.wrong(replace(self.remains, rows=deleted), self.told))
        self.assertIn("a.pdf: there are 0 documents of it", remains.wrong(replace(self.remains, rows=self.remains.rows[1:]), self.told))

    def test_a_key_has_one_document(self) -> None:
        self.told[0] = replace(self.told[0], ids=frozenset({"1", "9"}))
        self.assert_found("its key was answered with 2 documents")
        self.told[0] = replace(self.told[0], ids=frozenset())
        self.assert_found("never answered")

    def test_what_is_left(self) -> None:
        self.assert_found("the upload x is left", to_be_done=["the upload x"])
        self.assert_found("the resource doc-3-1 is left", resources={*self.remains.resources, "doc-3-1"})
        self.assert_found("the resource doc-2-1 is not there", resources={"doc-1-1"})
        self.assert_found("1 objects are left of 3", keys=[*self.remains.keys, "tenants/t/documents/3/source"])
        self.assert_found("the directory of 3 is left", folders={*self.remains.folders, "3"})
        self.assert_found("has the objects", keys=self.remains.keys[:-2] + self.remains.keys[-1:])


class Given(unittest.TestCase):
    """What was taken away is given back."""

    def test_directories_are_usable_again_also_after_a_failure(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name, "store")
            (root / "tenants" / "one" / "documents").mkdir(parents=True)
            root.chmod(0o2770)
            (root / "tenants" / "one").chmod(0o750)
            with self.assertRaises(KeyError), outages.unusable(None, Folder(root), lambda _: None):  # type: ignore[arg-type]
                self.assertEqual([stat.S_IMODE(each.stat().st_mode) for each in (root, root / "tenants" / "one")], [0, 0])
                (root / "tenants" / "made-meanwhile").mkdir(0)
                raise KeyError
            modes = [stat.S_IMODE(each.stat().st_mode) for each in (root, root / "tenants" / "one", root / "tenants" / "made-meanwhile")]
            self.assertEqual(modes, [0o2770, 0o750, 0o2770])

    def test_processes_go_on_also_after_a_failure(self) -> None:
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as program:
            assert program.stdin and program.stdout
            with self.assertRaises(KeyError), outages.stopped(lambda: [program.pid]) as pids:
                self.assertEqual(pids, {program.pid})
                outages.wait("stopped", 10, lambda: "State:\tT" in Path("/proc", str(program.pid), "status").read_text())
                raise KeyError
            program.stdin.write("again\n")
            self.assertEqual(program.stdout.readline(), "again\n")


if __name__ == "__main__":
    unittest.main()
