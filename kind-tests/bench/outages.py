"""A service that the platform needs is away for a while: it is gone (connections are refused) or hangs (connections are made, nothing answers).

Whatever happens in the block of code, at its end the service is given back. Its data stay: Postgres and the S3 server keep theirs on volumes
that outlive their Pods, Redis holds nothing that counts.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster import Cluster, ClusterFailure
from disturbances import pods_of
from environment import Say
from store import Folder, Store

#: A service that comes back answers after so long at the latest.
BACK_SECONDS = 180.0
#: What was stopped is looked for again so often, as processes start others until they are stopped themselves.
LOOKS = 5


@dataclass
class Outage:
    """When it began, and from when on the service answered again (seconds of the monotonic clock)."""

    began: float = 0.0
    given_back: float = 0.0
    returned: float = 0.0
    #: Whether the outage goes on.
    over: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        """It begins now."""
        self.began = time.monotonic()

    def end(self) -> None:
        """The service answers again."""
        self.returned = time.monotonic()
        self.over.set()


#: A block of code in which a service is away.
Taking = Callable[[Cluster, Store, Say], AbstractContextManager[Outage]]


def ready(pod: dict[str, Any]) -> bool:
    """Whether a Pod is ready."""
    conditions = (pod.get("status") or {}).get("conditions") or []
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def wait(what: str, seconds: float, is_so: Callable[[], bool]) -> None:
    """Waits until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise ClusterFailure(f"after {seconds:.0f} s {what} is not so")
        threading.Event().wait(0.1)


def succeeds(work: Callable[[], None]) -> bool:
    """Whether the cluster did it."""
    try:
        work()
    except ClusterFailure:
        return False
    return True


def gone(component: str) -> Taking:
    """The service has no Pod. It is killed, without a moment to put anything in order."""

    @contextmanager
    def take(cluster: Cluster, _store: Store, say: Say) -> Iterator[Outage]:
        names, outage = cluster.names, Outage()
        path = f"/apis/apps/v1/namespaces/{names.release_namespace}/statefulsets/{names.release}-{component}/scale"

        def scale(replicas: int) -> None:
            now = cluster.json("GET", path)
            now["spec"]["replicas"] = replicas
            cluster.json("PUT", path, now)

        try:
            pods = [each["metadata"] for each in pods_of(cluster, component)]
            scale(0)
            outage.begin()
            for pod in pods:
                # A second, and not none: with none the Pod's name is free before its processes have ended.
                body = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 1}
                address = f"/api/v1/namespaces/{names.release_namespace}/pods/{pod['name']}"
                cluster.json("DELETE", address, body, accepted=(200, 202, 404))
            wait(f"that {component} is gone", 60, lambda: not pods_of(cluster, component))
            say(f"{component} is gone")
            yield outage
        finally:
            wait(f"that {component} is wanted again", BACK_SECONDS, lambda: succeeds(lambda: scale(1)))
            outage.given_back = time.monotonic()
            wait(f"that {component} is ready", BACK_SECONDS, lambda: any(map(ready, pods_of(cluster, component))))
            outage.end()
            say(f"{component} is back, ready {outage.returned - outage.given_back:.1f} s after it was wanted")

    return take


def processes_in(uid: str) -> list[int]:
    """All processes of a Pod's containers on this machine."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            groups = Path("/proc", name, "cgroup").read_text().replace("_", "-")
            program = Path("/proc", name, "comm").read_text().strip()
            if uid in groups and program != "pause":
                found.append(int(name))
    return found


@contextmanager
def stopped(processes: Callable[[], list[int]]) -> Iterator[set[int]]:
    """Processes are stopped, and go on at the end of the block."""
    pids: set[int] = set()
    try:
        for _ in range(LOOKS):
            for pid in set(processes()) - pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGSTOP)
                    pids.add(pid)
        yield pids
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def hanging(component: str) -> Taking:
    """All processes of the service are stopped (SIGSTOP): the kernel still makes connections, and nothing is answered."""

    @contextmanager
    def take(cluster: Cluster, _store: Store, say: Say) -> Iterator[Outage]:
        outage = Outage()
        uids = [pod["metadata"]["uid"] for pod in pods_of(cluster, component)]
        try:
            outage.begin()
            with stopped(lambda: [pid for uid in uids for pid in processes_in(uid)]) as pids:
                if not pids:
                    raise ClusterFailure(f"no process of {component} runs on this machine: run it on the cluster's node, as root")
                say(f"{component} hangs: {len(pids)} processes are stopped")
                yield outage
        finally:
            outage.given_back = time.monotonic()
            # Where the kubelet has killed it meanwhile, it starts first.
            wait(f"that {component} is ready", BACK_SECONDS, lambda: any(map(ready, pods_of(cluster, component))))
            outage.end()
            say(f"{component} goes on")

    return take


@contextmanager
def unusable(_cluster: Cluster, store: Store, say: Say) -> Iterator[Outage]:
    """The directory of a file store may not be entered by anybody but root: neither by the API nor, as each has its tenant's alone, by encoders.

    It is moved nowhere: Pods have it mounted, and would not notice. Files that are open stay so.
    """
    if not isinstance(store, Folder):
        raise ClusterFailure("the store is not a directory")
    outage, modes = Outage(), dict[Path, int]()
    try:
        outage.begin()
        for folder in shared_folders(store.root):
            modes[folder] = stat.S_IMODE(folder.stat().st_mode)
            folder.chmod(0)
        say(f"{len(modes)} directories of the store are unusable")
        yield outage
    finally:
        give_back(store.root, modes)
        outage.given_back = time.monotonic()
        outage.end()
        say("the store's directories are usable again")


def shared_folders(root: Path) -> list[Path]:
    """The root of the store, and what Pods have mounted of it: each tenant's and each namespace's directory."""
    return [root, *(path for owners in ("tenants", "namespaces") for path in sorted(root.glob(f"{owners}/*")) if path.is_dir())]


def give_back(root: Path, modes: dict[Path, int]) -> None:
    """Sets modes back. What kubelet made meanwhile, for a Pod to mount, has the mode that the root had then."""
    for folder, mode in modes.items():
        with contextlib.suppress(FileNotFoundError):
            folder.chmod(mode)
    for folder in shared_folders(root):
        if folder not in modes and stat.S_IMODE(folder.stat().st_mode) == 0:
            folder.chmod(modes[root])


@contextmanager
def store_gone(cluster: Cluster, store: Store, say: Say) -> Iterator[Outage]:
    """The S3 server has no Pod, or the directory is unusable."""
    with (unusable if isinstance(store, Folder) else gone("s3"))(cluster, store, say) as outage:
        yield outage
