"""What there is of a tenant in rows, resources and store, compared with what its clients were told."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cluster import ENCODINGS, Cluster
from rows import as_superuser
from store import Folder, Store

TENANT_LABEL = "encoding.socrate.ai/tenant"
#: What a document may end as.
READY, CANCELLED = "ready", "failed Cancelled"


@dataclass(frozen=True)
class Row:
    """A document in Postgres."""

    id: str
    name: str
    #: Its status, and the reason of a failure.
    state: str
    #: Which encoding of it is the newest.
    number: int
    message: str = ""


@dataclass(frozen=True)
class Told:
    """What a client was told of a document that it uploaded with a key."""

    name: str
    #: The ids that its uploads were answered; none where none was answered.
    ids: frozenset[str]
    #: What it may have become.
    may_be: frozenset[str] = frozenset({READY})
    #: Whether its deletion was answered.
    is_deleted: bool = False


@dataclass(frozen=True)
class Remains:
    """Everything of a tenant."""

    rows: list[Row]
    #: Rows that stand for something that is still to be done.
    to_be_done: list[str] = field(default_factory=list)
    #: Names of resources.
    resources: set[str] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)
    #: Ids of the documents that have a directory, where the store is one.
    folders: set[str] = field(default_factory=set)

    @property
    def unended(self) -> list[Row]:
        """Documents that have not ended."""
        return [row for row in self.rows if row.state.startswith("processing")]


def rows_of(cluster: Cluster, query: str) -> list[dict[str, Any]]:
    """The rows of a query to the release's own Postgres, asked in its Pod."""
    found: list[dict[str, Any]] = json.loads(as_superuser(cluster, f"SELECT coalesce(json_agg(row), '[]') FROM ({query}) AS row;"))
    return found


def documents_of(cluster: Cluster, tenant: str) -> list[Row]:
    """The documents of a tenant."""
    query = f"SELECT id, filename, status, error_reason, error_message, encoding_number FROM documents WHERE tenant_id = '{tenant}'"
    return [
        Row(each["id"], each["filename"], f"{each['status']} {each['error_reason'] or ''}".strip(), each["encoding_number"], each["error_message"] or "")
        for each in rows_of(cluster, query)
    ]


def of_tenant(cluster: Cluster, store: Store, tenant: str) -> Remains:
    """What there is now."""
    # A removal that is done is remembered for a while.
    query = (
        f"SELECT 'the upload ' || id::text || ' of ' || filename AS what FROM uploads WHERE tenant_id = '{tenant}' "
        f"UNION ALL SELECT 'the removal of ' || document_id::text FROM removals WHERE tenant_id = '{tenant}' AND finished_at IS NULL "
        f"UNION ALL SELECT 'the unwanted resource ' || resource_name FROM unwanted_resources WHERE tenant_id = '{tenant}'"
    )
    path = f"{ENCODINGS}/namespaces/{cluster.names.encodings_namespace}/documentencodings?labelSelector={TENANT_LABEL}%3D{tenant}"
    folder = f"tenants/{tenant}/documents"
    folders = set[str]()
    if isinstance(store, Folder) and (store.root / folder).is_dir():
        folders = {each.name for each in (store.root / folder).iterdir()}
    return Remains(
        documents_of(cluster, tenant),
        [each["what"] for each in rows_of(cluster, query)],
        {each["metadata"]["name"] for each in cluster.json("GET", path)["items"]},
        store.keys(f"{folder}/"),
        folders,
    )


def wrong(remains: Remains, all_told: Iterable[Told]) -> list[str]:
    """All that is not as the clients were told, and all that is left of what should not be."""
    all_told = list(all_told)
    by_name = defaultdict[str, list[Row]](list)
    for row in remains.rows:
        by_name[row.name].append(row)
    found = [fault for told in all_told for fault in wrong_with(told, by_name[told.name])]
    names = {told.name for told in all_told}
    found += [f"{row.name} ({row.id}) was uploaded by nobody" for row in remains.rows if row.name not in names]
    return found + unsettled(remains)


def unsettled(remains: Remains) -> list[str]:
    """What the mirror and the sweeper may still put right."""
    found = [f"{row.name} ({row.id}) is still {row.state}" for row in remains.unended]
    found += [f"{each} is left" for each in remains.to_be_done]
    return found + wrong_resources(remains) + wrong_objects(remains)


def wrong_with(told: Told, rows: list[Row]) -> list[str]:
    """What is wrong with one document."""
    if not told.ids:
        return [f"{told.name}: its upload was never answered"]
    if len(told.ids) > 1:
        return [f"{told.name}: its key was answered with {len(told.ids)} documents: {', '.join(sorted(told.ids))}"]
    if told.is_deleted:
        return [f"{told.name} ({row.id}) was deleted and is there, {row.state}" for row in rows]
    if len(rows) != 1:
        return [f"{told.name}: there are {len(rows)} documents of it"]
    row = rows[0]
    if row.id not in told.ids:
        return [f"{told.name}: it is the document {row.id}, and {', '.join(told.ids)} was answered"]
    if row.state not in told.may_be and not row.state.startswith("processing"):
        return [f"{told.name} ({row.id}) is {row.state}: {row.message}"]
    return []


def wrong_resources(remains: Remains) -> list[str]:
    """Each resource is one of a document's, and each document has its newest."""
    of_rows = {f"doc-{row.id}-{number}" for row in remains.rows for number in range(1, row.number + 1)}
    missing = [f"doc-{row.id}-{row.number}" for row in remains.rows if f"doc-{row.id}-{row.number}" not in remains.resources]
    return [f"the resource {each} is left" for each in sorted(remains.resources - of_rows)] + [f"the resource {each} is not there" for each in missing]


def wrong_objects(remains: Remains) -> list[str]:
    """A document has its source, and if it is ready two files and a manifest; what is no document has nothing."""
    by_document = defaultdict[str, list[str]](list)
    for key in remains.keys:
        by_document[key.split("/documents/", 1)[1].split("/", 1)[0]].append(key)
    ids = {row.id for row in remains.rows}
    found = [f"{len(keys)} objects are left of {document}" for document, keys in by_document.items() if document not in ids]
    found += [f"the directory of {document} is left" for document in sorted(remains.folders - ids - set(by_document))]
    for row in remains.rows:
        counted = Counter(key.rsplit("/", 1)[1] for key in by_document[row.id])
        keys = (sum(counted.values()), counted["source"], counted["manifest.json"])
        if keys != ((4, 1, 1) if row.state == READY else (1, 1, 0)):
            found.append(f"{row.name} ({row.id}) is {row.state} and has the objects {', '.join(by_document[row.id]) or 'none'}")
    return found
