"""Tests of the bench itself: `python3 -m unittest discover encoder-job/bench`. They need no peer."""

from __future__ import annotations

import dataclasses
import os
import sys
import tempfile
import unittest
from pathlib import Path

import bars
import documents
import legacy_text
import measure
import report
import rounds
from bars import Measured, Outcome, Table, Verdict
from documents import Document, Piece
from measure import Run
from tools import ENCODE, KREUZBERG, MUTOOL, PYPDF, TEXT, Places, all_tools

MEGABYTE = 1_000_000
TOOLS = {tool.key: tool for tool in all_tools(Places(Path("/encoder-job"), Path("/python"), None, True))}
TEN_PAGES = Document("10 pages", Path("/ten.pdf"), 10)
MANY_PAGES = Document("2,400 pages", Path("/many.pdf"), 2400)


def row(key: str, document: Document, wall: float, cpu: float, memory: tuple[int, ...]) -> Measured:
    """A tool's figures."""
    runs = (Run(wall, cpu, 0, ()), Run(wall * 3, cpu * 3, 0, ()), Run(wall / 2, cpu / 2, 0, ()))
    return Measured(TOOLS[key], document, runs, (Run(wall, cpu, 0, memory), Run(wall, cpu, 0, (1,))))


def good_rows() -> list[Measured]:
    """Figures that just meet every bar."""
    return [
        dataclasses.replace(row(ENCODE, TEN_PAGES, 0.03, 0.1, (20 * MEGABYTE, 10 * MEGABYTE)), vocabulary_ms=(29.0,)),
        row(KREUZBERG, TEN_PAGES, 0.09, 0.2, (40 * MEGABYTE,)),
        row(PYPDF, TEN_PAGES, 0.9, 0.9, (31 * MEGABYTE,)),
        row(TEXT, TEN_PAGES, 0.01, 0.05, (1,)),
        row(MUTOOL, TEN_PAGES, 0.01, 0.1, (1,)),
    ]


def outcomes(rows: list[Measured]) -> dict[str, Outcome]:
    """The outcome of each bar."""
    return {verdict.bar: verdict.outcome for verdict in bars.verdicts(Table(rows))}


class Bars(unittest.TestCase):
    """Each bar is met at its edge and missed beyond it."""

    def assert_missed(self, rows: list[Measured], *words: str) -> None:
        """Exactly the bars with these words are missed."""
        missed = [bar for bar, found in outcomes(rows).items() if found is not Outcome.PASS]
        self.assertEqual(len(missed), len(words), missed)
        for bar, word in zip(missed, words, strict=True):
            self.assertIn(word, bar)

    def test_all_are_met_at_their_edges(self) -> None:
        self.assert_missed(good_rows())
        self.assertEqual(len(outcomes(good_rows())), 7)

    def test_text_costs_more_than_half(self) -> None:
        rows = good_rows()
        rows[3] = row(TEXT, TEN_PAGES, 0.01, 0.051, (1,))
        self.assert_missed(rows, "CPU for the text")

    def test_encoding_costs_more_than_mutools_text(self) -> None:
        rows = good_rows()
        rows[0] = dataclasses.replace(row(ENCODE, TEN_PAGES, 0.03, 0.101, (1,)), vocabulary_ms=(1.0,))
        self.assert_missed(rows, "CPU for the whole encoding")

    def test_the_fastest_peer_counts(self) -> None:
        rows = good_rows()
        rows[1] = row(KREUZBERG, TEN_PAGES, 0.089, 0.2, (40 * MEGABYTE,))
        self.assert_missed(rows, "wall time")

    def test_the_most_modest_peer_and_the_sum_of_processes_count(self) -> None:
        rows = good_rows()
        rows[2] = row(PYPDF, TEN_PAGES, 0.9, 0.9, (30 * MEGABYTE,))
        self.assert_missed(rows, "memory below all")

    def test_a_failed_peer_is_no_rival(self) -> None:
        rows = good_rows()
        rows[2] = dataclasses.replace(row(PYPDF, TEN_PAGES, 0.001, 0.001, (1,)), failure="exit status 1")
        self.assert_missed(rows)

    def test_start_and_vocabulary(self) -> None:
        rows = good_rows()
        slow = row(ENCODE, TEN_PAGES, 0.08, 0.1, (1,))
        rows[0] = dataclasses.replace(slow, vocabulary_ms=(30.0, 30.0, 1.0))
        self.assert_missed(rows, "wall time", "from start to exit", "vocabulary")

    def test_memory_of_many_pages_in_megabytes_of_a_million(self) -> None:
        rows = [*good_rows(), row(ENCODE, MANY_PAGES, 9.0, 9.0, (150 * MEGABYTE, 50 * MEGABYTE))]
        self.assert_missed(rows, "2,400 pages: peak memory")

    def test_what_the_encoder_does_not_tell_is_not_met(self) -> None:
        rows = good_rows()
        rows[0] = dataclasses.replace(rows[0], vocabulary_ms=())
        self.assertEqual(outcomes(rows)["10 pages: of which the vocabulary under 30 ms"], Outcome.UNKNOWN)

    def test_a_failed_encoder_meets_none_of_its_bars(self) -> None:
        rows = good_rows()
        rows[0] = dataclasses.replace(rows[0], failure="exit status 70")
        found = outcomes(rows)
        self.assertEqual([bar for bar, outcome in found.items() if outcome is Outcome.PASS], [next(iter(found))])


class Documents(unittest.TestCase):
    """How documents are cut and chosen."""

    def test_cut_and_repeated(self) -> None:
        self.assertEqual(documents.pieces(193, 10), [Piece(0, 1, 10)])
        self.assertEqual(documents.pieces(100, 250), [Piece(0, 1, 100), Piece(1, 1, 100), Piece(2, 1, 50)])
        self.assertEqual(documents.pieces(50, 100), [Piece(0, 1, 50), Piece(1, 1, 50)])
        with self.assertRaises(documents.DocumentError):
            documents.pieces(0, 10)

    def test_a_name_that_is_not_there(self) -> None:
        with self.assertRaisesRegex(documents.DocumentError, "no such file"):
            documents.given_documents([Path("/nowhere/book.pdf")])


class Measuring(unittest.TestCase):
    """Real processes."""

    def run_python(self, program: str, limit: float = 60, look_at_memory: bool = False) -> Run:
        """Runs a program of a line or two."""
        with tempfile.TemporaryDirectory() as folder:
            output, errors = Path(folder) / "output", Path(folder) / "errors"
            command = [sys.executable, "-S", "-c", program]
            return measure.run(command, dict(os.environ), output, errors, limit, look_at_memory)

    def test_memory_of_children_counts(self) -> None:
        child = "data = bytearray(64_000_000); import time; time.process_time()"
        made = self.run_python(
            f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])", look_at_memory=True
        )
        self.assertEqual(made.exit_status, 0)
        self.assertEqual(len(made.memory), 2)
        self.assertLess(made.memory[0], 64 * MEGABYTE)
        self.assertGreaterEqual(made.memory[1], 64 * MEGABYTE)

    def test_time_of_children_counts(self) -> None:
        child = "import time\nwhile time.process_time() < 0.3: pass"
        made = self.run_python(f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])")
        self.assertGreaterEqual(made.cpu, 0.3)
        self.assertGreaterEqual(made.wall, 0.3)
        self.assertEqual(made.memory, ())

    def test_an_exit_status_and_a_signal_are_told(self) -> None:
        self.assertEqual(self.run_python("raise SystemExit(65)").exit_status, 65)
        self.assertEqual(self.run_python("import os; os.kill(os.getpid(), 9)").exit_status, -9)

    def test_the_end_of_the_time(self) -> None:
        for look_at_memory in (False, True):
            made = self.run_python("import signal; signal.pause()", 0.2, look_at_memory)
            self.assertIsNone(made.exit_status)
            self.assertLess(made.wall, 10)

    def test_the_mark_in_a_status(self) -> None:
        self.assertEqual(
            measure.mark_in(b"Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t    1628 kB\nVmRSS:\t 1 kB\n"), 1628 * 1024
        )
        self.assertIsNone(measure.mark_in(b"Name:\tx\nState:\tZ (zombie)\n"))


class Reporting(unittest.TestCase):
    """What is printed and read."""

    def test_timings_are_found_at_any_depth(self) -> None:
        told = {"documents": [{"timings": {"vocabulary_ms": 12.5}}, {"timings": {"vocabulary_ms": None}}]}
        self.assertEqual(list(rounds.find_numbers(told, "vocabulary_ms")), [12.5])

    def test_figures_failures_and_bars_are_in_the_report(self) -> None:
        rows = good_rows()
        rows[2] = dataclasses.replace(rows[2], failure="exit status 1: a|b")
        verdicts = [Verdict("fast", "3 ms", Outcome.PASS)]
        text = report.report(["a machine"], [each.tool for each in rows], Table(rows), verdicts)
        encoder = next(line for line in text.splitlines() if line.startswith("| encoder-job encode"))
        cells = [cell.strip() for cell in encoder.strip("|").split("|")]
        self.assertEqual(cells[:5], ["encoder-job encode", "30.0 ms", "100.0 ms", "30.0 MB", "20.0 + 10.0"])
        self.assertIn("exit status 1: a\\|b", text)
        self.assertIn("| PASS | fast | ", text)


class LegacyText(unittest.TestCase):
    """The lines with one symbol."""

    def test_each_symbol_stands_once_in_each_language_of_each_encoding_that_has_it(self) -> None:
        cases = list(legacy_text.cases(everywhere=False))
        self.assertEqual(len(set(legacy_text.SYMBOLS)), 47)
        self.assertEqual(len({(case.encoding, case.language, case.symbol) for case in cases}), len(cases))
        self.assertEqual(sum(case.encoding == "cp1252" for case in cases), 47 * len(legacy_text.LINES))
        for case in cases:
            outside = [character for character in case.text if not character.isascii()]
            self.assertEqual(outside, [case.symbol])
            self.assertEqual(case.data().decode(case.encoding), case.text)


if __name__ == "__main__":
    unittest.main()
