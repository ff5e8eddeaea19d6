#!/usr/bin/env python3
"""Runs the tests of the Python client, and of a user's own code, against the installed API, as a tenant that is made for them and deleted.

    examples.py [NAME…]     NAME: as `python3 -m unittest` takes it, such as test_installed.Installed.test_the_same_key_is_the_same_document
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "bench"))

from cluster import Cluster, ClusterFailure  # noqa: E402
from contract import say  # noqa: E402
from environment import REPOSITORY, EnvironmentFailure, cache, encoders_installer  # noqa: E402
from product_api import ApiFailure  # noqa: E402
from tenant import Tenant  # noqa: E402

TESTS = REPOSITORY / "api" / "examples" / "python" / "tests" / "installed"


def main(names: list[str]) -> int:
    """The exit status of the tests."""
    # The user's code needs `requests`, which schemathesis needs too.
    python = encoders_installer().environment_with(HERE / "requirements.txt", cache("contract"), say)
    cluster = Cluster()
    tenant = Tenant.create(cluster, "examples")
    try:
        environment = {**os.environ, "SOCRATE_API_KEY": tenant.account.key, "PYTHONDONTWRITEBYTECODE": "1"}
        command = [str(python), "-m", "unittest", "--verbose", *(names or ["test_installed"])]
        return subprocess.run(command, env=environment, cwd=TESTS, check=False).returncode
    finally:
        tenant.delete(cluster)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (ApiFailure, ClusterFailure, EnvironmentFailure, encoders_installer().InstallError) as error:
        sys.exit(f"examples: {error}")
