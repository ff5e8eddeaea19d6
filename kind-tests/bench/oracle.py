#!/usr/bin/env python3
"""Proves that nothing was lost and nothing done twice: compares resources with the files of the store.

For each resource: it is Ready; there is exactly one manifest, the one the resource names, with the digest it names; both files that the
manifest names are there with the sizes and digests it names, in the folder of one attempt; it took one attempt; and no second
Pod has left anything. Reads the resources with kubectl's configuration and the store as files, so it runs where the store is mounted.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster import Cluster, ClusterFailure

#: Where the trial's store lies on the node.
TRIAL_STORE = Path("/var/lib/socrate-encoder-trial/store")


@dataclass(frozen=True)
class Allowed:
    """What may have happened under disturbance."""

    #: More than one attempt.
    retries: bool = False
    #: Files of more than one Pod.
    several_pods: bool = False


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def inside(store: Path, key: str) -> Path:
    """Where a key lies. A key is data: it must not lead out of the store."""
    path = (store / key).resolve()
    if not path.is_relative_to(store.resolve()):
        raise ValueError(f"the key {key} leads out of the store")
    return path


def faults(resource: dict[str, Any], store: Path, allowed: Allowed) -> list[str]:
    """What is wrong with one resource, in sentences."""
    status = resource.get("status") or {}
    if status.get("phase") != "Ready" or not status.get("result"):
        failure = status.get("failure") or {}
        return [
            f"is {status.get('phase') or 'without a status'} and not Ready ({failure.get('reason')}: {failure.get('message')})"
        ]
    found = []
    if status.get("attempt", 1) != 1 and not allowed.retries:
        found.append(f"took {status['attempt']} attempts")
    result, uid = status["result"], resource["metadata"]["uid"]
    try:
        manifest = inside(store, result["manifest"])
        named = [inside(store, result[name]) for name in ("metadataFile", "indexFile")]
    except ValueError as error:
        return [*found, str(error)]
    if manifest.parent.name != uid:
        return [*found, f"names the manifest {result['manifest']}, which is not its own"]
    manifests = sorted(manifest.parent.rglob("manifest.json")) if manifest.parent.is_dir() else []
    if manifests != [manifest]:
        return [*found, f"has {len(manifests)} manifests where {result['manifest']} alone should be"]
    if digest(manifest) != result["manifestSha256"]:
        return [*found, "has a manifest with another digest than it names"]
    return found + file_faults(json.loads(manifest.read_bytes()), manifest.parent, named, allowed)


def file_faults(manifest: dict[str, Any], folder: Path, named: list[Path], allowed: Allowed) -> list[str]:
    """What is wrong with the files of a manifest."""
    found = []
    for entry, path in zip((manifest["metadata_file"], manifest["index_file"]), named, strict=True):
        if path != folder / entry["path"]:
            found.append(f"names {path.name}, where its manifest names {entry['path']}")
        elif not path.is_file():
            found.append(f"lacks the file {entry['path']}")
        elif path.stat().st_size != entry["size"] or digest(path) != entry["sha256"]:
            found.append(f"has a file {entry['path']} that is not what its manifest says")
    attempts = {path.parent for path in named}
    if len(attempts) != 1 or not all(each.parent == folder and each.name.startswith("attempt-") for each in attempts):
        found.append("has files that are not in the folder of one attempt")
    pods = sorted(each.name for each in folder.iterdir() if each.name.startswith("attempt-"))
    if len(pods) > 1 and not allowed.several_pods:
        found.append(f"has files of {len(pods)} Pods: {', '.join(pods)}")
    return found


def doubled(resources: Iterable[dict[str, Any]]) -> list[str]:
    """Manifests that more than one resource names."""
    seen: dict[str, str] = {}
    found = []
    for resource in resources:
        key = ((resource.get("status") or {}).get("result") or {}).get("manifest")
        name = resource["metadata"]["name"]
        if key in seen:
            found.append(f"{name} and {seen[key]} name one manifest")
        elif key:
            seen[key] = name
    return found


def judge(resources: list[dict[str, Any]], store: Path, allowed: Allowed) -> list[str]:
    """Everything that is wrong."""
    found = [f"{each['metadata']['name']} {fault}" for each in resources for fault in faults(each, store, allowed)]
    return found + doubled(resources)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--namespace", help="of the resources (default: the encodings namespace)")
    parser.add_argument("--selector", default="", help="only resources with these labels, as kubectl understands it")
    parser.add_argument("--expect", type=int, metavar="N", help="how many there must be")
    parser.add_argument(
        "--store", type=Path, default=TRIAL_STORE, help="the root of the file store (default: %(default)s)"
    )
    parser.add_argument("--allow-retries", action="store_true", help="more than one attempt is no fault")
    parser.add_argument("--allow-several-pods", action="store_true", help="files of more than one Pod are no fault")
    arguments = parser.parse_args()
    if not arguments.store.is_dir():
        print(f"{arguments.store} is no folder: name the root of the file store with --store", file=sys.stderr)
        return 2
    try:
        cluster = Cluster()
        command = ["get", "documentencodings.encoding.socrate.ai", "--output=json", "--selector", arguments.selector]
        namespace = arguments.namespace or cluster.names.encodings_namespace
        resources = json.loads(cluster.kubectl(*command, "--namespace", namespace))["items"]
    except ClusterFailure as error:
        print(error, file=sys.stderr)
        return 3
    allowed = Allowed(arguments.allow_retries, arguments.allow_several_pods)
    found = judge(resources, arguments.store, allowed)
    if arguments.expect is not None and len(resources) != arguments.expect:
        found.append(f"there are {len(resources)} resources where {arguments.expect} were expected")
    for fault in found:
        print(fault)
    print(f"{len(resources)} resources, {len(found)} faults", file=sys.stderr)
    return 1 if found or not resources else 0


if __name__ == "__main__":
    sys.exit(main())
