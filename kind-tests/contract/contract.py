#!/usr/bin/env python3
"""Tries the installed API against its own description: schemathesis with every check, a key that permits everything, and data behind it.

    contract.py [OPTIONS OF schemathesis run]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "bench"))

from cluster import Cluster, ClusterFailure  # noqa: E402
from environment import EnvironmentFailure, cache, encoders_installer  # noqa: E402
from product_api import ApiFailure  # noqa: E402
from tenant import Tenant  # noqa: E402

#: Where documents are not kept in S3 each of these operations has the one answer that says so, and that is not worth a warning.
NOT_PRESIGNED = """
[[operations]]
include-path-regex = '^/api/documents/upload/presigned'
warnings = false
"""
#: Documents of each state.
DOCUMENTS = 4


def say(text: str) -> None:
    """Progress, for people."""
    print(f"contract: {text}", file=sys.stderr, flush=True)


def configure(tenant: Tenant, stranger: Tenant, folder: Path) -> dict[str, str]:
    """Writes the configuration of schemathesis with the tenant's ids; the environment that it needs."""
    users = [
        {"name": name, "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {known.account.key}"}]}
        for name, known in (("owner", tenant), ("stranger", stranger))
    ]
    (folder / "users.json").write_text(json.dumps({"auth": users}))
    shutil.copy(HERE / "schemathesis.toml", folder)
    for name, ids in tenant.ids().items():
        # A dictionary has at least one word: where documents are kept in no S3 there is no presigned upload.
        (folder / f"{name}.txt").write_text("".join(f'"{one}"\n' for one in ids or [str(uuid.uuid4())]))
    if not tenant.presigned:
        with (folder / "schemathesis.toml").open("a") as configuration:
            configuration.write(NOT_PRESIGNED)
    tenant.write(folder / "tenant.json")
    return {
        **os.environ,
        "SOCRATE_CONTRACT_TENANT": str(folder / "tenant.json"),
        "PYTHONPATH": str(HERE),
    }


def run(python: Path, tenant: Tenant, stranger: Tenant, examples: int, options: list[str]) -> int:
    """Runs schemathesis; its exit status."""
    with tempfile.TemporaryDirectory(prefix="socrate-contract-") as folder:
        environment = configure(tenant, stranger, Path(folder))
        command = [str(python.parent / "schemathesis"), "--config-file", f"{folder}/schemathesis.toml", "run"]
        command += ["--max-examples", str(examples), *options, f"{os.environ['SOCRATE_API_URL']}/openapi.json"]
        return subprocess.run(command, env=environment, cwd=folder, check=False).returncode


def main() -> int:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--max-examples", type=int, default=200, help="examples of each operation (200)")
    arguments, options = parser.parse_known_args()
    python = encoders_installer().environment_with(HERE / "requirements.txt", cache("contract"), say)
    cluster = Cluster()
    say("making a tenant with documents, users, keys and uploads")
    tenant, stranger = Tenant.create(cluster, "contract"), Tenant.create(cluster, "contract-stranger")
    try:
        tenant.fill(DOCUMENTS)
        return run(python, tenant, stranger, arguments.max_examples, options)
    finally:
        tenant.delete(cluster)
        stranger.delete(cluster)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ApiFailure, ClusterFailure, EnvironmentFailure, encoders_installer().InstallError) as error:
        sys.exit(f"contract: {error}")
