#!/usr/bin/env python3
"""Proves that nothing was lost and nothing done twice: compares resources with the objects of the store.

For each resource: it is Ready; there is exactly one manifest, the one the resource names, with the digest it names; both files that the
manifest names are there with the sizes and digests it names, in the folder of one attempt; it took one attempt; and no second
Pod has left anything. Reads the resources with kubectl's configuration. A store on a volume is read as files, so that it runs where the
volume is mounted; one on S3 with the release's own keys.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import posixpath
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster import Cluster, ClusterFailure
from store import TRIAL_STORE, Store, installed


@dataclass(frozen=True)
class Allowed:
    """What may have happened under disturbance."""

    #: More than one attempt.
    retries: bool = False
    #: Files of more than one Pod.
    several_pods: bool = False


def digest(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def faults(resource: dict[str, Any], store: Store, allowed: Allowed) -> list[str]:
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
    manifest = result["manifest"]
    folder = posixpath.dirname(manifest)
    if posixpath.basename(folder) != uid:
        return [*found, f"names the manifest {manifest}, which is not its own"]
    try:
        keys = store.keys(f"{folder}/")
        contents = {key: store.read(key) for key in (manifest, result["metadataFile"], result["indexFile"])}
    except ValueError as error:
        return [*found, str(error)]
    manifests = [key for key in keys if posixpath.basename(key) == "manifest.json"]
    if manifests != [manifest]:
        return [*found, f"has {len(manifests)} manifests where {manifest} alone should be"]
    content = contents.pop(manifest) or b""
    if digest(content) != result["manifestSha256"]:
        return [*found, "has a manifest with another digest than it names"]
    return found + file_faults(json.loads(content), contents, folder, keys, allowed)


def file_faults(
    manifest: dict[str, Any], files: dict[str, bytes | None], folder: str, keys: list[str], allowed: Allowed
) -> list[str]:
    """What is wrong with the files of a manifest. Given are the files that the resource names, and the keys that there are."""
    found = []
    for entry, (key, content) in zip((manifest["metadata_file"], manifest["index_file"]), files.items(), strict=True):
        if key != f"{folder}/{entry['path']}":
            found.append(f"names {posixpath.basename(key)}, where its manifest names {entry['path']}")
        elif content is None:
            found.append(f"lacks the file {entry['path']}")
        elif len(content) != entry["size"] or digest(content) != entry["sha256"]:
            found.append(f"has a file {entry['path']} that is not what its manifest says")
    attempts = {posixpath.dirname(key) for key in files}
    if len(attempts) != 1 or not all(each.startswith(f"{folder}/attempt-") and each.count("/") == folder.count("/") + 1 for each in attempts):
        found.append("has files that are not in the folder of one attempt")
    first = {key.removeprefix(f"{folder}/").split("/")[0] for key in keys}
    pods = sorted(each for each in first if each.startswith("attempt-"))
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


def judge(resources: list[dict[str, Any]], store: Store, allowed: Allowed) -> list[str]:
    """Everything that is wrong."""
    found = [f"{each['metadata']['name']} {fault}" for each in resources for fault in faults(each, store, allowed)]
    return found + doubled(resources)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--namespace", help="of the resources (default: the encodings namespace)")
    parser.add_argument("--selector", default="", help="only resources with these labels, as kubectl understands it")
    parser.add_argument("--expect", type=int, metavar="N", help="how many there must be")
    parser.add_argument("--store", type=Path, metavar="FOLDER", help=f"where the store is a volume: its root (default: {TRIAL_STORE})")
    parser.add_argument("--allow-retries", action="store_true", help="more than one attempt is no fault")
    parser.add_argument("--allow-several-pods", action="store_true", help="files of more than one Pod are no fault")
    arguments = parser.parse_args()
    try:
        cluster = Cluster()
        store = installed(cluster, arguments.store)
        command = ["get", "documentencodings.encoding.socrate.ai", "--output=json", "--selector", arguments.selector]
        namespace = arguments.namespace or cluster.names.encodings_namespace
        resources = json.loads(cluster.kubectl(*command, "--namespace", namespace))["items"]
        found = judge(resources, store, Allowed(arguments.allow_retries, arguments.allow_several_pods))
    except ClusterFailure as error:
        print(error, file=sys.stderr)
        return 3
    if arguments.expect is not None and len(resources) != arguments.expect:
        found.append(f"there are {len(resources)} resources where {arguments.expect} were expected")
    for fault in found:
        print(fault)
    print(f"{len(resources)} resources, {len(found)} faults", file=sys.stderr)
    return 1 if found or not resources else 0


if __name__ == "__main__":
    sys.exit(main())
