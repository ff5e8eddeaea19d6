"""What is done to the platform while it works. Each is a block of code, in which it goes on until the block ends."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster import COMPONENT_LABEL, Cluster, ClusterFailure
from environment import Say

KILL_SECONDS = 5.0
#: Twice the duration of the operator's Lease.
FROZEN_SECONDS = 30.0
#: Where encoders ask the operator for work.
ASSIGNMENT_PORT = 8443


@dataclass
class Count:
    """How often it was done."""

    times: int = 0


def leader(cluster: Cluster) -> str:
    """The Pod that holds the operator's Lease."""
    names = cluster.names
    path = f"/apis/coordination.k8s.io/v1/namespaces/{names.release_namespace}/leases/{names.release}-operator"
    holder: str = cluster.json("GET", path)["spec"].get("holderIdentity") or ""
    # A replica calls itself by its Pod's name and something that tells its starts apart.
    return holder.split("_")[0]


def pods_of(cluster: Cluster, component: str) -> list[dict[str, Any]]:
    """The Pods of a part of the platform."""
    path = f"/api/v1/namespaces/{cluster.names.release_namespace}/pods?labelSelector={COMPONENT_LABEL}%3D{component}"
    found: list[dict[str, Any]] = cluster.json("GET", path)["items"]
    return found


def processes_of(uid: str, program: str) -> list[int]:
    """The processes of a Pod that run a program, on this machine."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        with contextlib.suppress(OSError):
            groups = Path("/proc", name, "cgroup").read_text().replace("_", "-")
            command = Path("/proc", name, "cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
            if uid in groups and os.path.basename(command) == program:
                found.append(int(name))
    return found


def kill_pods(cluster: Cluster, component: str, program: str) -> int:
    """Kills all Pods of a part of the platform at once, without a moment to put anything in order; how many there were.

    A Pod that is deleted at once is still told to end, and has two seconds for it: so its program is killed before, where it runs on this machine.
    """
    pods = [each["metadata"] for each in pods_of(cluster, component)]
    for pid in [pid for pod in pods for pid in processes_of(pod["uid"], program)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    body = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}
    for pod in pods:
        cluster.json("DELETE", f"/api/v1/namespaces/{cluster.names.release_namespace}/pods/{pod['name']}", body, accepted=(200, 202, 404))
    return len(pods)


@contextmanager
def repeated(seconds: float, work: Callable[[], bool]) -> Iterator[Count]:
    """Does it every so many seconds; `work` says whether it could."""
    ended, count = threading.Event(), Count()

    def run() -> None:
        while not ended.wait(seconds):
            # What fails is tried again: the platform is away again and again, which is the purpose.
            with contextlib.suppress(ClusterFailure, OSError):
                count.times += work()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield count
    finally:
        ended.set()
        thread.join()


@contextmanager
def nothing(_cluster: Cluster, _say: Say) -> Iterator[Count]:
    """No disturbance at all, for comparison."""
    yield Count(1)


@contextmanager
def operator_killed(cluster: Cluster, say: Say) -> Iterator[Count]:
    """The replica that leads is killed every five seconds, without a moment to say goodbye."""

    def kill() -> bool:
        name = leader(cluster)
        path = f"/api/v1/namespaces/{cluster.names.release_namespace}/pods/{name}"
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0}
        answer = cluster.json("DELETE", path, body, accepted=(200, 202, 404))
        done = bool(answer.get("kind") == "Pod")
        if done:
            say(f"killed {name}")
        return done

    with repeated(KILL_SECONDS, kill) as count:
        yield count


@contextmanager
def leader_frozen(cluster: Cluster, say: Say) -> Iterator[Count]:
    """The replica that leads is stopped for two Lease durations and woken, over and over."""

    def freeze() -> bool:
        name = leader(cluster)
        pods = [each["metadata"] for each in pods_of(cluster, "operator")]
        uids = [pod["uid"] for pod in pods if pod["name"] == name]
        stopped = [pid for uid in uids for pid in processes_of(uid, "operator")]
        for pid in stopped:
            os.kill(pid, signal.SIGSTOP)
        try:
            # The whole time, also where all is done before.
            threading.Event().wait(FROZEN_SECONDS)
        finally:
            for pid in stopped:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        if stopped:
            say(f"woke {name}")
        return bool(stopped)

    # The one that was woken finds out what has become of it before the next is stopped.
    with repeated(2.0, freeze) as count:
        yield count


@contextmanager
def pods_killed(cluster: Cluster, say: Say) -> Iterator[Count]:
    """Encoders' Pods chosen at random: deleted in order, deleted at once, or their program killed on the node."""
    chance = random.Random(1)
    namespace = cluster.names.encodings_namespace

    def kill() -> bool:
        path = f"/api/v1/namespaces/{namespace}/pods"
        pods = [each for each in cluster.json("GET", path)["items"] if each["status"].get("phase") == "Running"]
        if not pods:
            return False
        pod = chance.choice(pods)["metadata"]
        if chance.random() < 0.5 and (found := processes_of(pod["uid"], "encoder-job")):
            # The first is the one that started the others.
            os.kill(min(found), signal.SIGKILL)
            say(f"killed the program of {pod['name']}")
            return True
        cluster.json("DELETE", f"{path}/{pod['name']}", {"kind": "DeleteOptions", "apiVersion": "v1"}, (200, 202, 404))
        say(f"deleted {pod['name']}")
        return True

    with repeated(2.0, kill) as count:
        yield count


@contextmanager
def answers_dropped(_cluster: Cluster, say: Say) -> Iterator[Count]:
    """Answers of the operator to encoders are lost on the way: each tenth longer packet, and the connection with it.

    The operator is told that the connection is gone, the encoder is not: it learns it by its own time limit.
    """
    packets = ["--protocol", "tcp", "--sport", str(ASSIGNMENT_PORT), "--match", "length", "--length", "300:65535"]
    chosen = ["--match", "statistic", "--mode", "nth", "--every", "10", "--packet", "0"]
    rule = ["FORWARD", *packets, *chosen, "--jump", "REJECT", "--reject-with", "tcp-reset"]
    subprocess.run(["iptables", "--wait", "10", "--insert", *rule], check=True)
    count = Count()
    try:
        yield count
    finally:
        list_all = ["iptables", "--wait", "10", "--list", "FORWARD", "--verbose", "--numeric", "--exact"]
        listed = subprocess.run(list_all, check=True, capture_output=True, text=True).stdout
        subprocess.run(["iptables", "--wait", "10", "--delete", *rule], check=True)
        dropped = [line.split()[0] for line in listed.splitlines() if "tcp-reset" in line]
        count.times = int(dropped[0]) if dropped else 0
        say(f"{count.times} answers were dropped")
