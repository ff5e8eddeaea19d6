"""Each kind of fault is found by the oracle."""

from __future__ import annotations

import hashlib
import json
import tempfile
import unittest
from pathlib import Path
from typing import Any

import oracle
from store import Folder


class Oracle(unittest.TestCase):
    """A store with one result, and what can be wrong with it."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.store = Path(folder.name)
        self.prefix = "tenants/t/documents/d/encodings/uid-1"
        self.files = {name: f"{self.prefix}/attempt-pod-1/book_sections_{name}.json" for name in ("metadata", "index")}
        manifest: dict[str, Any] = {}
        for name, key in self.files.items():
            content = self.write(key, name.encode())
            manifest[f"{name}_file"] = {
                "path": key.removeprefix(f"{self.prefix}/"),
                "size": len(content),
                "sha256": sha256(content),
            }
        written = self.write(f"{self.prefix}/manifest.json", json.dumps(manifest).encode())
        self.result = {
            "manifest": f"{self.prefix}/manifest.json",
            "manifestSha256": sha256(written),
            "metadataFile": self.files["metadata"],
            "indexFile": self.files["index"],
        }
        self.resource: dict[str, Any] = {
            "metadata": {"name": "one", "uid": "uid-1"},
            "status": {"phase": "Ready", "attempt": 1, "result": self.result},
        }

    def write(self, key: str, content: bytes) -> bytes:
        """Puts an object into the store."""
        path = self.store / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return content

    def found(self, **allowed: bool) -> str:
        """All faults."""
        return "\n".join(oracle.judge([self.resource], Folder(self.store), oracle.Allowed(**allowed)))

    def test_a_whole_result_has_no_faults(self) -> None:
        self.assertEqual(self.found(), "")

    def test_a_resource_that_is_not_ready_is_a_fault(self) -> None:
        self.resource["status"] = {"phase": "Failed", "failure": {"reason": "NoText", "message": "no text"}}
        self.assertIn("is Failed and not Ready (NoText: no text)", self.found())
        self.resource.pop("status")
        self.assertIn("without a status", self.found())

    def test_a_second_attempt_is_a_fault_unless_allowed(self) -> None:
        self.resource["status"]["attempt"] = 2
        self.assertIn("took 2 attempts", self.found())
        self.assertEqual(self.found(retries=True), "")

    def test_files_of_a_second_pod_are_a_fault_unless_allowed(self) -> None:
        self.write(f"{self.prefix}/attempt-pod-2/book_sections_index.json", b"half")
        self.assertIn("files of 2 Pods", self.found())
        self.assertEqual(self.found(several_pods=True), "")

    def test_a_second_manifest_is_a_fault(self) -> None:
        self.write(f"{self.prefix}/attempt-pod-1/manifest.json", b"{}")
        self.assertIn("has 2 manifests", self.found())

    def test_a_missing_manifest_is_a_fault(self) -> None:
        (self.store / self.result["manifest"]).unlink()
        self.assertIn("has 0 manifests", self.found())

    def test_a_changed_manifest_is_a_fault(self) -> None:
        self.result["manifestSha256"] = "0" * 64
        self.assertIn("another digest", self.found())

    def test_another_resources_manifest_is_a_fault(self) -> None:
        self.resource["metadata"]["uid"] = "uid-2"
        self.assertIn("is not its own", self.found())

    def test_a_changed_file_is_a_fault(self) -> None:
        self.write(self.files["index"], b"INDEX")
        self.assertIn("not what its manifest says", self.found())

    def test_a_missing_file_is_a_fault(self) -> None:
        (self.store / self.files["metadata"]).unlink()
        self.assertIn("lacks the file", self.found())

    def test_a_key_that_leads_out_of_the_store_is_a_fault(self) -> None:
        self.result["manifest"] = "../uid-1/manifest.json"
        self.assertIn("leads out of the store", self.found())

    def test_two_resources_with_one_manifest_are_a_fault(self) -> None:
        other = json.loads(json.dumps(self.resource))
        other["metadata"]["name"] = "two"
        found = oracle.judge([self.resource, other], Folder(self.store), oracle.Allowed())
        self.assertEqual(found, ["two and one name one manifest"])


def sha256(content: bytes) -> str:
    """The digest as it is written."""
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    unittest.main()
