#!/usr/bin/env python3
"""Checks all Python: lints by ruff (`ruff.toml` at the root), types by mypy as strict as it can be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(REPOSITORY / "kind-tests" / "bench"))

from environment import EnvironmentFailure, cache, encoders_installer  # noqa: E402

#: Folders whose programs are checked together, as they import each other, and the folders that they import besides.
TYPED = {
    "kind-tests/bench": (),
    "kind-tests/contract": ("kind-tests/bench",),
    "kind-tests/dashboard": ("kind-tests/bench",),
    "kind-tests/scripts": ("kind-tests/bench",),
    "api/examples/python": (),
}
#: Whose libraries have no types here.
UNTYPED = ("kind-tests/contract/hooks.py", "kind-tests/bench/replaced/", "api/examples/python/tests/installed/")


def say(text: str) -> None:
    """Progress, for people."""
    print(f"lint-python: {text}", file=sys.stderr, flush=True)


def programs(folder: str) -> list[str]:
    """What git knows there."""
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=REPOSITORY / folder, check=True, capture_output=True, text=True).stdout.split()
    return [name for name in listed if not f"{folder}/{name}".startswith(UNTYPED)]


def main() -> int:
    """1 where something was found."""
    python = encoders_installer().environment_with(Path(__file__).with_suffix(".txt"), cache("lint"), say)
    ruff = [python.parent / "ruff", "check", "--quiet", "--no-cache", "--output-format", "concise", "."]
    outcomes = [subprocess.run(ruff, cwd=REPOSITORY, check=False).returncode]
    for folder, imported in TYPED.items():
        environment = {**os.environ, "MYPYPATH": ":".join(str(REPOSITORY / each) for each in imported)}
        kept = ["--cache-dir", str(cache("lint") / "mypy"), "--no-error-summary"]
        command = [python, "-m", "mypy", "--strict", *kept, *programs(folder)]
        outcomes.append(subprocess.run(command, cwd=REPOSITORY / folder, env=environment, check=False).returncode)
    return int(any(outcomes))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (EnvironmentFailure, encoders_installer().InstallError) as error:
        sys.exit(f"lint-python: {error}")
