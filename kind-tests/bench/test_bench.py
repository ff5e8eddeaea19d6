"""What the bench decides, without a cluster: `python3 -m unittest discover kind-tests/bench`."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from typing import Any

import bare_job
import figures
import requests_made
import uploads
import usage
from bars import Outcome, verdicts
from cluster import ClusterFailure
from documents import Document
from figures import Measured, Request, Run, Side, Workload
from replaced_design import reason_in
from report import report

METRICS = """\
# TYPE apiserver_request_total counter
apiserver_request_total{code="200",component="apiserver",group="",resource="pods",scope="resource",subresource="",verb="GET",version="v1"} 7
apiserver_request_total{code="404",component="apiserver",group="",resource="pods",scope="resource",subresource="",verb="GET",version="v1"} 1
apiserver_request_total{code="200",group="encoding.socrate.ai",resource="documentencodings",subresource="status",verb="APPLY"} 1.5e+03
apiserver_request_total{code="0",group="",resource="pods",subresource="",verb="WATCH"} 900
apiserver_request_total{code="200",group="coordination.k8s.io",resource="leases",subresource="",verb="PUT"} 300
apiserver_request_total{code="200",group="",resource="",subresource="/healthz",verb="GET"} 2
apiserver_request_duration_seconds_count{resource="pods",verb="GET"} 4
"""


def run(side: Side, pages: int, workload: Workload, count: int, seconds: float, latency: float = 0.1) -> Run:
    """A run in which all went well."""
    return Run(side, pages, workload, count, seconds, [latency] * count)


def good() -> Measured:
    """Figures at the edge of every bar, on its good side."""
    backlog = run(Side.UPLOADS, 10, Workload.BACKLOG, 100, 5)
    backlog.requests = {Request("POST", "documentencodings"): 600.0, Request("LIST", "pods"): 49.0}
    return Measured(
        runs=[
            backlog,
            run(Side.UPLOADS, 46, Workload.BACKLOG, 100, 10),
            run(Side.UPLOADS, 10, Workload.SINGLES, 10, 5, 0.25),
            run(Side.UPLOADS, 10, Workload.COLD, 5, 5, 1.3),
            run(Side.PYPDF, 10, Workload.BACKLOG, 100, 10),
            run(Side.PYMUPDF, 10, Workload.BACKLOG, 100, 2.5),
            run(Side.PYMUPDF, 46, Workload.BACKLOG, 100, 10),
            run(Side.LINGER_ZERO, 10, Workload.BACKLOG, 20, 10),
        ],
        bare_job=[1.0],
        judged=200,
    )


class Bars(unittest.TestCase):
    """Each bar at its edge."""

    def outcomes(self, measured: Measured) -> list[Outcome]:
        """Reached or missed, in the order of the bars."""
        return [each.outcome for each in verdicts(measured)]

    def test_figures_at_the_edge_reach_every_bar(self) -> None:
        self.assertEqual(self.outcomes(good()), [Outcome.REACHED] * 10)

    def test_each_worse_figure_misses_its_bar(self) -> None:
        for at, pages, side, seconds in (
            (0, 46, Side.PYMUPDF, 9.9),
            (1, 10, Side.PYPDF, 9.9),
            (2, 10, Side.PYMUPDF, 2.4),
            (3, 10, Side.LINGER_ZERO, 9.9),
        ):
            measured = good()
            found = measured.find(side, pages, Workload.BACKLOG)
            assert found is not None
            found.seconds = seconds
            self.assertEqual(self.outcomes(measured)[at], Outcome.MISSED, side)
        measured = good()
        measured.runs[2].latencies[:] = [0.26] * 9 + [0.51]
        self.assertEqual(self.outcomes(measured)[4:6], [Outcome.MISSED] * 2)
        measured = good()
        measured.bare_job = [0.99]
        self.assertEqual(self.outcomes(measured)[6], Outcome.MISSED)
        measured = good()
        measured.runs[0].requests = {Request("POST", "events"): 601.0, Request("GET", "pods"): 51.0}
        self.assertEqual(self.outcomes(measured)[7:9], [Outcome.MISSED] * 2)

    def test_a_single_fault_misses_the_bar_of_the_store(self) -> None:
        measured = good()
        measured.faults = ["one has 2 manifests"]
        self.assertEqual(self.outcomes(measured)[9], Outcome.MISSED)

    def test_what_was_not_measured_is_not_reached(self) -> None:
        self.assertEqual(self.outcomes(Measured()), [Outcome.NOT_MEASURED] * 10)

    def test_a_run_with_a_failure_has_no_rate(self) -> None:
        measured = good()
        measured.runs[0].failures.append("one failed")
        found = self.outcomes(measured)
        self.assertEqual([found[at] for at in (1, 2, 3, 7, 8)], [Outcome.NOT_MEASURED] * 5)

    def test_a_run_that_lost_a_document_has_no_rate(self) -> None:
        lost = run(Side.UPLOADS, 10, Workload.BACKLOG, 10, 1)
        lost.latencies.pop()
        self.assertIsNone(lost.rate)

    def test_the_report_names_every_run_and_every_bar(self) -> None:
        text = report(["a machine"], 2, good(), verdicts(good()))
        for each in verdicts(good()):
            self.assertIn(each.bar, text)
        self.assertIn("6.00 writes, 0.49 reads", text)
        self.assertIn(Side.LINGER_ZERO.value, text)


class Figures(unittest.TestCase):
    """Sums."""

    def test_a_percentile_is_a_value_that_was_measured(self) -> None:
        values = [float(value) for value in range(1, 21)]
        self.assertEqual([figures.percentile(values, share) for share in (0.0, 0.5, 0.95, 1.0)], [1, 10, 19, 20])
        self.assertIsNone(figures.percentile([], 0.5))

    def test_capacity_counts_only_what_is_involved(self) -> None:
        one = run(Side.UPLOADS, 10, Workload.BACKLOG, 10, 1)
        one.cpu = {"operator": 0.5, "API": 0.5, usage.ELSE: 100.0}
        self.assertEqual(figures.capacity(one, {"operator", "API"}, 2), 20)


class Requests(unittest.TestCase):
    """The API server's metrics."""

    def test_requests_are_summed_over_codes_and_watches_and_heartbeats_left_out(self) -> None:
        found = requests_made.parse(METRICS)
        self.assertEqual(
            found,
            {
                Request("GET", "pods"): 8,
                Request("APPLY", "documentencodings/status"): 1500,
                Request("GET", "(no resource)//healthz"): 2,
            },
        )

    def test_what_an_idle_cluster_asks_is_taken_off(self) -> None:
        nodes, pods = Request("PATCH", "nodes/status"), Request("GET", "pods")
        found = requests_made.beyond_idle({nodes: 10, pods: 1}, {nodes: 40, pods: 6}, {nodes: 3.0}, 10)
        self.assertEqual(found, {pods: 5})

    def test_reads_and_writes_are_told_apart(self) -> None:
        found = {
            Request("GET", "a"): 1.0,
            Request("LIST", "a"): 2.0,
            Request("APPLY", "a"): 4.0,
            Request("DELETE", "a"): 8.0,
        }
        self.assertEqual(requests_made.sums(found), (3, 12))


class Usage(unittest.TestCase):
    """Whose time it is."""

    def test_programs_are_told_apart_by_their_command_lines(self) -> None:
        for command, component in (
            (["/usr/local/bin/kube-apiserver", "--etcd-servers=x"], usage.CONTROL_PLANE),
            (["/opt/local-cluster", "etcd", "--name=local"], usage.CONTROL_PLANE),
            (["/opt/local-cluster", "kubelet"], usage.NODE),
            (["containerd", "--config", "x"], usage.NODE),
            (["/usr/bin/containerd-shim-runc-v2", "-namespace", "k8s.io", "-id", "x"], usage.NODE),
            (["/usr/bin/containerd-shim-runc-v2", "-id", "x", "start"], None),
            (["vim", "notes-on-etcd"], None),
            ([], None),
        ):
            self.assertEqual(usage.component_of(command), component, command)

    def test_a_process_is_read_whatever_its_name_is(self) -> None:
        words = (
            ["S", "1"]
            + ["0"] * 9
            + [str(3 * usage.TICKS), str(usage.TICKS), str(usage.TICKS), "0"]
            + ["0"] * 4
            + ["77"]
        )
        started, times = usage.parse_stat(f"12 (a) b (c) {' '.join(words)}")
        self.assertEqual((started, times), (77, usage.Times(4, 1)))

    def test_pods_without_names_are_encoders_also_when_they_have_gone(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root, uid = Path(folder), "0b0e5ff4-6b43-4f9f-a6d7-0a1f6a1b2c3d"
            pod = root / "burstable" / f"pod{uid}"
            pod.mkdir(parents=True)
            for group, nanoseconds in ((root, 10e9), (pod, 4e9)):
                (group / "cpuacct.usage").write_text(f"{nanoseconds:.0f}\n")
            groups = usage.PodGroups(root)
            for group, nanoseconds in ((root, 16e9), (pod, 5e9)):
                (group / "cpuacct.usage").write_text(f"{nanoseconds:.0f}\n")
            groups.look()
            self.assertEqual(groups.used({uid: "operator"}), {usage.ENCODERS: 5, "operator": 1})

    def test_the_second_version_of_control_groups_is_read_too(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "cpu.stat").write_text("usage_usec 2500000\nuser_usec 1\n")
            self.assertEqual(usage.PodGroups.read(Path(folder)), 2.5)
        name = "kubelet-kubepods-burstable-pod0b0e5ff4_6b43_4f9f_a6d7_0a1f6a1b2c3d.slice"
        self.assertIsNotNone(usage.POD.search(name))


class Polling(unittest.TestCase):
    """Who is asked about next."""

    def test_the_oldest_are_always_asked_about_and_the_others_in_turn(self) -> None:
        pending = [str(number) for number in range(uploads.OLDEST + 6)]
        seen, at = set(), 0
        for _ in range(2):
            chosen, at = uploads.turn(pending, at)
            self.assertEqual(chosen[: uploads.OLDEST], pending[: uploads.OLDEST])
            self.assertEqual(len(chosen), uploads.OLDEST + uploads.OTHERS)
            seen |= set(chosen)
        self.assertEqual(seen, set(pending))

    def test_few_are_all_asked_about(self) -> None:
        self.assertEqual(uploads.turn(["a", "b"], 5), (["a", "b"], 0))


class Documents(unittest.TestCase):
    """Copies."""

    def test_copies_differ_and_keep_their_end(self) -> None:
        document = Document("a", Path("a.pdf"), 1, b"%PDF-1.4 body\nstartxref\n9\n%%EOF\n")
        one, other = document.copy("1"), document.copy("2")
        self.assertNotEqual(one, other)
        self.assertTrue(one.startswith(b"%PDF-1.4 body\n% copy 1\n"))
        self.assertTrue(one.endswith(b"startxref\n9\n%%EOF\n"))


class ReplacedDesign(unittest.TestCase):
    """What Celery's programs say."""

    def test_the_first_error_is_the_reason(self) -> None:
        words = "Traceback ...\n  File x\nredis.exceptions.TimeoutError: late\nException ignored in: y\nImportError: shutting down\n"
        self.assertEqual(reason_in(words), "redis.exceptions.TimeoutError: late")
        self.assertEqual(reason_in("killed\n"), "killed")


class BareJob(unittest.TestCase):
    """When a container has started."""

    def test_a_container_that_runs_has_not_ended(self) -> None:
        def pod(state: str) -> dict[str, Any]:
            return {"status": {"containerStatuses": [{"state": {state: {}}}]}}

        ended = [bare_job.has_ended(pod(state)) for state in ("waiting", "running", "terminated")]
        self.assertEqual(ended, [False, False, True])
        self.assertFalse(bare_job.has_ended({"status": {}}))

    def test_the_log_says_when_its_first_line_was_written(self) -> None:
        log = "1970-01-01T00:01:00.250000000Z encoder-job 0.1.0\n1970-01-01T00:02:00Z more\n"
        self.assertEqual(bare_job.first_written(log), 60.25)
        self.assertRaises(ClusterFailure, bare_job.first_written, "encoder-job 0.1.0\n")


if __name__ == "__main__":
    unittest.main()
