"""Seconds of the processors, by component.

Three sources, as no single one knows everything:

- **/proc/PID/stat** of the programs that stay (API server, etcd, kubelet, containerd, ...), told apart by their command lines. The
  time of children that have ended and were waited for counts with the parent that started them: this is how the `runc` of a container's
  shim and the `iptables` of kube-proxy, which live for milliseconds, are counted.
- **Control groups** of Pods. The group above all Pods keeps what ended Pods have used, so encoders that came and went are counted
  exactly: it is what all Pods have used, less what the Pods with names (operator, API, Postgres, ...) have used.
- **A look every quarter of a second**, for what neither covers: a container's shim is nobody's child. What it uses after
  the last look before its end is lost to "everything else on the machine", which is what the machine was busy with, less all the above.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.25

CONTROL_PLANE, NODE, CONTROLLERS, PROXY = (
    "API server + etcd",
    "kubelet + containerd",
    "controllers + scheduler",
    "kube-proxy",
)
ENCODERS, OTHER_PODS, BENCH, ELSE = "encoders", "other Pods", "the bench itself", "everything else on the machine"

#: What is counted and has no part in a document.
UNINVOLVED = frozenset({OTHER_PODS, BENCH, ELSE})

#: Which component a program belongs to, by a word of its command line.
PROGRAMS = {
    "kube-apiserver": CONTROL_PLANE,
    "etcd": CONTROL_PLANE,
    "kubelet": NODE,
    "containerd": NODE,
    "containerd-shim-runc-v2": NODE,
    "kube-controller-manager": CONTROLLERS,
    "kube-scheduler": CONTROLLERS,
    "kube-proxy": PROXY,
}

POD = re.compile(r"pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})(?:\.slice)?$")


@dataclass(frozen=True)
class Times:
    """What a process has used, in seconds: itself, and its children that have ended and were waited for."""

    own: float
    reaped: float


def component_of(command: list[str]) -> str | None:
    """The component that a command line belongs to; nothing for what is counted elsewhere or not of the cluster."""
    if not command:
        return None
    # A multi-call program says in its first argument which one it is.
    for word in command[:2]:
        name = os.path.basename(word)
        if name == "containerd-shim-runc-v2" and {"start", "delete"} & set(command):
            # Children of containerd, which waits for them.
            return None
        if name in PROGRAMS:
            return PROGRAMS[name]
    return None


def parse_stat(text: str) -> tuple[int, Times]:
    """When a process started, in ticks since the machine did, and what it has used; from `/proc/PID/stat`."""
    fields = text.rpartition(")")[2].split()
    own, reaped = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return int(fields[19]), Times(own / TICKS, reaped / TICKS)


class Processes:
    """What the processes of components have used since the first look."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], str | None] = {}
        self.first: dict[tuple[int, int], Times] = {}
        self.last: dict[tuple[int, int], Times] = {}
        self.looked = False

    def look(self) -> None:
        """Reads all processes."""
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    self.look_at(int(name))
                except (FileNotFoundError, ProcessLookupError):
                    continue
        self.looked = True

    def look_at(self, pid: int) -> None:
        """Reads one."""
        folder = Path("/proc", str(pid))
        started, times = parse_stat((folder / "stat").read_text())
        key = (pid, started)
        if key not in self.known:
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            self.known[key] = component_of([word for word in command if word])
            # One that comes later began with nothing used.
            self.first[key] = Times(0, 0) if self.looked else times
        if self.known[key] is not None:
            self.last[key] = times

    def used(self) -> dict[str, float]:
        """Seconds by component."""
        found: dict[str, float] = {}
        for key, last in self.last.items():
            component, first = self.known[key], self.first[key]
            if component is not None:
                found[component] = found.get(component, 0.0) + last.own + last.reaped - first.own - first.reaped
        return found


class PodGroups:
    """What Pods have used, by their control groups of version 1 or 2."""

    def __init__(self, root: Path | None) -> None:
        self.root = root
        self.first = self.read_all()
        self.last = dict(self.first)
        self.total_first = self.read(root) if root else 0.0

    @classmethod
    def of_this_machine(cls) -> PodGroups:
        """The groups below the first one that is called `kubepods`, as kubelet calls it with either driver."""
        for top in (Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup/cpu,cpuacct"), Path("/sys/fs/cgroup")):
            for folder, names, _ in os.walk(top):
                for name in names:
                    if name == "kubepods" or name.endswith("kubepods.slice"):
                        return cls(Path(folder, name))
        return cls(None)

    @staticmethod
    def read(group: Path) -> float:
        """Seconds used by a group and all that were ever below it."""
        try:
            return int((group / "cpuacct.usage").read_text()) / 1e9
        except FileNotFoundError:
            fields = (group / "cpu.stat").read_text().split()
            return int(fields[fields.index("usage_usec") + 1]) / 1e6

    def read_all(self) -> dict[str, float]:
        """Seconds used, by the Pod's uid."""
        found: dict[str, float] = {}
        for folder, names, _ in os.walk(self.root) if self.root else ():
            pods = {name: match[1].replace("_", "-") for name in names if (match := POD.search(name))}
            # What is below a Pod is counted with it.
            names[:] = [name for name in names if name not in pods]
            for name, uid in pods.items():
                # It may go at this moment.
                with contextlib.suppress(OSError):
                    found[uid] = self.read(Path(folder, name))
        return found

    def look(self) -> None:
        """Reads all Pods."""
        self.last.update(self.read_all())

    def used(self, names: Mapping[str, str]) -> dict[str, float]:
        """Seconds by component, where `names` has the component of Pods that are not encoders, by uid."""
        if self.root is None:
            return {}
        found: dict[str, float] = {ENCODERS: self.read(self.root) - self.total_first}
        for uid, component in names.items():
            if uid in self.last:
                used = self.last[uid] - self.first.get(uid, 0.0)
                found[component] = found.get(component, 0.0) + used
                found[ENCODERS] -= used
        return found


def machine_busy() -> float:
    """Seconds that all processors together were not idle, since the machine started."""
    for line in Path("/proc/stat").read_text().splitlines():
        if line.startswith("cpu "):
            user, nice, system, _idle, _iowait, irq, softirq = (int(word) for word in line.split()[1:8])
            return (user + nice + system + irq + softirq) / TICKS
    raise RuntimeError("/proc/stat has no line for all processors")


def own_cpu() -> float:
    """Seconds used by this process and the children it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Meter:
    """Counts between entering and leaving the block; `used` has the outcome afterwards."""

    def __init__(self, pod_names: Callable[[], dict[str, str]]) -> None:
        self.pod_names = pod_names
        self.used: dict[str, float] = {}

    def __enter__(self) -> Meter:
        self.names = self.pod_names()
        self.processes, self.pods = Processes(), PodGroups.of_this_machine()
        self.processes.look()
        self.busy, self.own = machine_busy(), own_cpu()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.keep_looking, daemon=True)
        self.thread.start()
        return self

    def keep_looking(self) -> None:
        """Looks until the block is left."""
        while not self.ended.wait(LOOK_SECONDS):
            self.processes.look()
            self.pods.look()

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()
        self.processes.look()
        self.pods.look()
        busy, own = machine_busy() - self.busy, own_cpu() - self.own
        self.names.update(self.pod_names())
        self.used = {**self.processes.used(), **self.pods.used(self.names), BENCH: own}
        self.used[ELSE] = max(busy - sum(self.used.values()), 0.0)


def process_tree_cpu(root: int) -> float:
    """Seconds used by a process and all below it, ended ones that were waited for included."""
    parents: dict[int, int] = {}
    used: dict[int, float] = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            text = Path("/proc", name, "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        times = parse_stat(text)[1]
        parents[int(name)] = int(text.rpartition(")")[2].split()[1])
        used[int(name)] = times.own + times.reaped
    below = {root}
    while True:
        more = {pid for pid, parent in parents.items() if parent in below} - below
        if not more:
            return sum(used.get(pid, 0.0) for pid in below)
        below |= more
