"""A folder and a bucket hold the same; the bucket is one of a real server, which `VERSITYGW` names where it is not on the path."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import tempfile
import time
import unittest
from datetime import UTC, datetime
from pathlib import Path

from cleanup_plan import Placed
from cleanup_store import Past
from cluster import ClusterFailure
from store import Bucket, Folder, Store, checked

KEYS = {"access_key_id": "somebody", "secret_access_key": "a-secret-of-this-test"}
#: More than one page of a list holds.
MANY = 1_001


def listening(port: int) -> bool:
    """Whether somebody takes connections."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Stores(unittest.TestCase):
    """One folder, seen as a store and served as a bucket."""

    folder: tempfile.TemporaryDirectory[str]
    server: subprocess.Popen[bytes]
    bucket: Bucket
    stores: dict[str, Store]

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        root = Path(cls.folder.name) / "bucket" / "prefix"
        for key, content in {"a/one.json": b"1", "a/deep/Il libro #2.json": "due è".encode(), "b/other": b""}.items():
            (root / key).parent.mkdir(parents=True, exist_ok=True)
            (root / key).write_bytes(content)
        (root / "many").mkdir()
        for number in range(MANY):
            (root / "many" / f"{number:04}").touch()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [os.environ.get("VERSITYGW") or "versitygw", "--port", f"127.0.0.1:{port}", "--quiet", "posix"]
        environment = {"ROOT_ACCESS_KEY_ID": KEYS["access_key_id"], "ROOT_SECRET_ACCESS_KEY": KEYS["secret_access_key"]}
        cls.server = subprocess.Popen([*command, cls.folder.name], env=environment, stdout=subprocess.DEVNULL)
        cls.addClassCleanup(cls.server.wait)
        cls.addClassCleanup(cls.server.terminate)
        end = time.monotonic() + 30
        while not listening(port):
            if cls.server.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{command[0]} does not listen")
        cls.bucket = Bucket(f"http://127.0.0.1:{port}", "us-east-1", **KEYS, bucket="bucket", prefix="prefix/")
        cls.stores = {"folder": Folder(root), "bucket": cls.bucket}

    def each(self, asked: str, expected: object, *arguments: str) -> None:
        """Both answer the same."""
        for name, store in self.stores.items():
            with self.subTest(name):
                self.assertEqual(getattr(store, asked)(*arguments), expected)

    def test_keys_are_those_below_the_prefix(self) -> None:
        self.each("keys", ["a/deep/Il libro #2.json", "a/one.json"], "a/")
        self.each("keys", [], "absent/")

    def test_a_long_list_is_read_to_its_end(self) -> None:
        self.each("keys", [f"many/{number:04}" for number in range(MANY)], "many/")

    def test_an_object_is_read_whatever_its_name(self) -> None:
        self.each("read", "due è".encode(), "a/deep/Il libro #2.json")
        self.each("read", b"", "b/other")

    def test_what_is_written_is_read_and_is_as_old_as_it_is_to_be(self) -> None:
        placed = [Placed("past/old", 400), Placed("past/deep/young", 0.5)]
        root = Path(self.folder.name) / "bucket" / "prefix"
        for name, store in self.stores.items():
            with self.subTest(name):
                past = Past(store, root, (os.getuid(), os.getgid()))
                past.write(placed)
                past.give("past")
                self.each("read", b"x" * placed[0].size, "past/old")
                self.assertEqual({key: size for key, (size, _) in past.files("past").items()}, {each.key: each.size for each in placed})
                listed = self.bucket.send("GET", "/bucket", {"list-type": "2", "prefix": "prefix/past/"})[1]
                told = re.findall("<LastModified>([^<]+)</LastModified>", listed.decode())
                ages = [(datetime.now(UTC) - datetime.fromisoformat(when)).total_seconds() / 86_400 for when in told]
                self.assertEqual([round(age, 2) for age in ages], [each.days for each in reversed(placed)])
                past.remove("past")
                self.each("keys", [], "past/")

    def test_what_is_not_there_is_nothing(self) -> None:
        self.each("read", None, "a/two.json")

    def test_a_wrong_key_is_no_empty_store(self) -> None:
        stranger = Bucket(self.bucket.endpoint, "us-east-1", "somebody", "another-secret", "bucket")
        with self.assertRaisesRegex(ClusterFailure, "answers 403"):
            stranger.keys("a/")
        with self.assertRaisesRegex(ClusterFailure, "answers 403"):
            stranger.read("a/one.json")

    def test_a_key_does_not_lead_out_of_the_store(self) -> None:
        for key in ("../b", "a/../../b", "/a", "a//b", "a/./b", ".."):
            with self.subTest(key), self.assertRaises(ValueError):
                checked(key)


if __name__ == "__main__":
    unittest.main()
