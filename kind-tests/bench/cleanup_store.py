"""Objects that were written a while ago: the store's own times are set back, where its files are on this machine."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cleanup_plan import Placed
from cluster import Cluster, ClusterFailure
from store import TRIAL_STORE, Bucket, Folder, Store, checked

#: Where the trial's S3 server keeps its buckets on the node: each object is a file.
TRIAL_BUCKETS = TRIAL_STORE.parent / "s3"
#: Objects that are written at once.
WRITERS = 4
DAY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Past:
    """A store in whose past something can be written."""

    store: Store
    #: Where an object is a file by its key.
    root: Path
    #: User and group of what is written to a directory: the API's, which must be able to remove it.
    owner: tuple[int, int]

    @classmethod
    def of(cls, cluster: Cluster, store: Store, buckets: Path) -> Past:
        """The installed release's."""
        names = cluster.names
        path = f"/apis/apps/v1/namespaces/{names.release_namespace}/deployments/{names.release}-api"
        security = cluster.json("GET", path)["spec"]["template"]["spec"]["securityContext"]
        owner = (security["runAsUser"], security["runAsGroup"])
        if isinstance(store, Folder):
            return cls(store, store.root, owner)
        if isinstance(store, Bucket) and (root := buckets / store.bucket / store.prefix).parent.is_dir():
            return cls(store, root, owner)
        raise ClusterFailure(f"the S3 server keeps no files in {buckets}: run it on the cluster's node, with the trial's own S3 server")

    def write(self, objects: Sequence[Placed]) -> None:
        """Writes objects as of their times."""
        now = time.time()

        def one(placed: Placed) -> None:
            path, content = self.root / checked(placed.key), b"x" * placed.size
            if isinstance(self.store, Bucket):
                self.store.write(placed.key, content)
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            when = now - placed.days * DAY_SECONDS
            os.utime(path, (when, when))

        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(one, objects))

    def give(self, folder: str) -> None:
        """What is in a directory becomes the API's, and what leads there, where it was made for it. A server's own files are its own."""
        if isinstance(self.store, Folder):
            top = self.root / checked(folder)
            for path in [*(each for each in top.parents if self.root in each.parents), top, *top.rglob("*")]:
                os.chown(path, *self.owner)

    def files(self, folder: str) -> dict[str, tuple[int, int]]:
        """Size and time (nanoseconds since 1970) of each object below a directory, by its key."""
        found = {}
        for top, _, names in os.walk(self.root / checked(folder)):
            for path in (Path(top, name) for name in names):
                seen = path.stat()
                found[str(path.relative_to(self.root))] = (seen.st_size, seen.st_mtime_ns)
        return found

    def remove(self, folder: str) -> None:
        """Removes a directory and everything in it."""
        shutil.rmtree(self.root / checked(folder), ignore_errors=True)
