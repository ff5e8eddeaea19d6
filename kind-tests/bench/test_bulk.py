"""What a bulk action is judged by: each fault that one can have is found, and a good one has none."""

from __future__ import annotations

import unittest
from dataclasses import replace

import bulk
from bulk_judge import Course, Progress, standstills, wrong

MATCHING = [f"document-{number}" for number in range(10)]


def seen(*turns: int, state: str) -> list[Progress]:
    """An action that was seen so often, and has ended."""
    running = [Progress(float(at), "running", len(MATCHING), done) for at, done in enumerate(turns)]
    return [*running, Progress(float(len(turns)), state, len(MATCHING), turns[-1])]


def completed() -> Course:
    """One that went as it should, although the API was killed after 1.5 s."""
    kept = frozenset({"kept"})
    return Course("action", seen(0, 4, 4, 4, 10, state="completed"), MATCHING, MATCHING, [*MATCHING, "another"], kept, [1.5])


def aborted() -> Course:
    """One that was stopped after four documents."""
    done = MATCHING[:4]
    return Course("action", seen(0, 4, state="aborted"), MATCHING, done, done, frozenset({*MATCHING[4:], "kept"}))


class Judgement(unittest.TestCase):
    """What may not be."""

    def assert_wrong(self, course: Course, state: str, part: str) -> None:
        """One fault at least is about this."""
        found = wrong(course, state)
        self.assertTrue(any(part in fault for fault in found), f"{part}: {found}")

    def test_what_is_as_it_should_be_has_no_fault(self) -> None:
        self.assertEqual(wrong(completed(), "completed"), [])
        self.assertEqual(wrong(aborted(), "aborted"), [])

    def test_how_it_ends_is_told(self) -> None:
        self.assert_wrong(aborted(), "completed", "is aborted and not completed")
        whole = completed()
        self.assert_wrong(replace(whole, seen=seen(0, 10, state="aborted")), "aborted", "not aborted in the middle")
        short = replace(whole, seen=seen(0, 9, state="completed"), audited=MATCHING[:9], rows=frozenset(MATCHING[9:]))
        self.assert_wrong(short, "completed", "9 of 10 had their turn")

    def test_counts_are_true(self) -> None:
        whole = completed()
        self.assert_wrong(replace(whole, matching=[*MATCHING, "more"]), "completed", "10 are said to have matched, of which there were 11")
        end = whole.end
        self.assert_wrong(replace(whole, seen=[*whole.seen[:-2], replace(end, done=9, skipped=1)]), "completed", "1 were skipped")
        self.assert_wrong(replace(whole, seen=[*whole.seen[:-2], replace(end, done=9, failed=1)]), "completed", "1 failed")
        self.assert_wrong(replace(whole, audited=MATCHING[:9]), "completed", "10 are said to be deleted, and the audit log has 9")

    def test_it_neither_goes_back_nor_on(self) -> None:
        whole = completed()
        self.assert_wrong(replace(whole, seen=seen(0, 4, 3, 10, state="completed")), "completed", "went back")
        self.assert_wrong(replace(whole, seen=[replace(whole.end, matched=11), *whole.seen]), "completed", "went back")
        stopped = aborted()
        self.assert_wrong(replace(stopped, seen=[*stopped.seen, replace(stopped.end, done=5)]), "aborted", "went on after it had ended")

    def test_each_document_has_one_turn(self) -> None:
        whole = completed()
        self.assert_wrong(replace(whole, audited=[*MATCHING[:9], MATCHING[0]]), "completed", "deleted more than once")
        self.assert_wrong(replace(whole, audited=[*MATCHING[:9], "kept"]), "completed", "that did not match")
        self.assert_wrong(replace(whole, rows=frozenset(MATCHING[:1])), "completed", "are there that the audit log says it deleted")
        self.assert_wrong(replace(whole, changed=MATCHING[:9]), "completed", "not told as deleted once")
        self.assert_wrong(replace(whole, changed=[*MATCHING, MATCHING[3]]), "completed", "not told as deleted once")

    def test_what_an_aborted_one_left_is_there_and_came_last(self) -> None:
        stopped = aborted()
        self.assert_wrong(replace(stopped, rows=frozenset(MATCHING[5:])), "aborted", "gone without a word")
        other = replace(stopped, audited=MATCHING[1:5], changed=MATCHING[1:5], rows=frozenset({MATCHING[0], *MATCHING[5:]}))
        self.assert_wrong(other, "aborted", "left out whose turn was over")

    def test_a_standstill_lasts_until_a_document_has_its_turn(self) -> None:
        self.assertEqual(standstills(completed()), [2.5])
        late = replace(completed(), seen=seen(0, 4, 5, 5, 10, state="completed"))
        self.assertEqual(standstills(late), [2.5], "what is seen at first was done before")
        self.assertEqual(standstills(replace(aborted(), kills=[1.5])), [])


class Report(unittest.TestCase):
    """What is printed."""

    def test_a_line_tells_counts_and_rates(self) -> None:
        told = bulk.line("second", completed(), 12.3, 0)
        for part in ("completed, 10 matched, 10 done, 0 skipped, 0 failed in 5.0 s, 2.0 a second", "4.0 while nothing was killed", "after 2.5 s", "swept 12.3 s"):
            self.assertIn(part, told)


if __name__ == "__main__":
    unittest.main()
