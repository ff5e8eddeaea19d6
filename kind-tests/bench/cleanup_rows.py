"""Planned documents and deliveries as rows, and what becomes of them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from cleanup_plan import Delivery, Plan, Planned
from cluster import Cluster, ClusterFailure
from remains import rows_of
from rows import sql

PHASES = {"ready": "Ready", "failed": "Failed", "processing": "Processing"}
COLUMNS = (
    "id, tenant_id, origin, filename, content_type, size_bytes, sha256, status, phase, processing_progress, message, error_reason, error_message, "
    "total_chunks, total_tokens, total_pages, language, queue, priority, chunk_size, overlap, resource_namespace, resource_name, resource_uid, "
    "encoding_number, result_document_id, result_resource_uid, created_at, updated_at, processing_started_at, processing_completed_at"
)
#: As COPY reads nothing.
NULL = "\\N"


def document(namespace: str, planned: Planned) -> str:
    """A document's row, as COPY reads it; times are in days before now. One in progress seems to be a resource's, so that nobody else goes on with it."""
    row = planned.row
    if row is None:
        raise ValueError(f"{planned.id} is no row")
    is_ready, has_ended = row.status == "ready", row.status != "processing"
    phase = "Cancelled" if row.reason == "Cancelled" else PHASES[row.status]
    began = f"{row.days + 0.01}"
    reused = row.reuses or (NULL, NULL)
    cells = [
        planned.id, planned.tenant, "upload" if has_ended else "resource", f"{planned.case}.pdf", "application/pdf", "1000", "0" * 64, row.status, phase,
        "100" if is_ready else "0", "", row.reason or NULL, "It was not encoded." if row.reason else NULL,
        *(("1", "1000", "10", "en") if is_ready else (NULL,) * 4), "documents", "0", "1200", "200", namespace, f"doc-{planned.id}-1", row.uid or NULL, "1",
        *reused, began, began, began, str(row.days) if has_ended else NULL,
    ]  # fmt: skip
    return "\t".join(cells)


def insertion(namespace: str, plan: Plan) -> str:
    """The statements by which all documents and uploads are there. Nothing is looked for in the store, to be searched."""
    rows = [each for each in plan.documents if each.row is not None]
    # What is in the middle of an upload is as old as can be, and is still worked on.
    uploading = [each for each in plan.documents if each.is_upload]
    uploads = [f"('{each.id}', '{each.tenant}', 'tus', 'upload.pdf', now() - interval '400 days', now() + interval '1 day')" for each in uploading]
    columns = COLUMNS.split(", ")
    known, times = columns[:-4], columns[-4:]
    days = [f"0::double precision AS {name}" for name in times]
    ago = [f"now() - {name} * interval '1 day'" for name in times]
    return "\n".join(
        [
            "BEGIN;",
            f"CREATE TEMPORARY TABLE planned ON COMMIT DROP AS SELECT {', '.join([*known, *days])} FROM documents WITH NO DATA;",
            f"COPY planned ({COLUMNS}) FROM STDIN;",
            *(document(namespace, each) for each in rows),
            "\\.",
            f"INSERT INTO documents ({COLUMNS}) SELECT {', '.join([*known, *ago])} FROM planned;",
            "UPDATE indexed_documents SET due_at = NULL FROM planned WHERE planned.id = document_id;",
            f"INSERT INTO uploads (id, tenant_id, method, filename, created_at, expires_at) VALUES {', '.join(uploads)};",
            "COMMIT;",
        ]
    )


def deliveries(tenant: str, planned: list[Delivery]) -> str:
    """The statements by which all deliveries are there, of a webhook that is told nothing: those that are pending are due tomorrow."""
    webhook = uuid.uuid4()
    values = []
    for number, each in enumerate(planned):
        when = f"now() - {each.days} * interval '1 day'"
        ended, due = (when, "NULL") if each.status != "pending" else ("NULL", "now() + interval '1 day'")
        values.append(f"('{each.id}', '{tenant}', '{webhook}', {number}, 'document.ready', '{{}}', '{each.status}', {due}, {when}, {ended})")
    return f"""
        BEGIN;
        INSERT INTO webhooks (id, tenant_id, url, events, enabled, created_at, updated_at, told_change_seq)
            VALUES ('{webhook}', '{tenant}', 'https://hooks.example.com/', '{{document.ready}}', true, now(), now(), {2**63 - 1});
        INSERT INTO webhook_deliveries (id, tenant_id, webhook_id, change_seq, event, body, status, next_attempt_at, created_at, ended_at)
            VALUES {", ".join(values)};
        COMMIT;
    """


def fill(cluster: Cluster, plan: Plan, tenant: str) -> None:
    """Makes all rows of the plan; deliveries are this tenant's."""
    sql(cluster, insertion(cluster.names.encodings_namespace, plan))
    sql(cluster, deliveries(tenant, plan.deliveries))


@dataclass(frozen=True)
class Rows:
    """What Postgres has of some tenants."""

    #: What can be seen of each document, by its id.
    documents: dict[str, str]
    #: Its status, by its id.
    deliveries: dict[str, str]
    uploads: frozenset[str]
    #: Documents whose deletion by a command is in the audit log, as often as it is.
    deletions: tuple[str, ...]

    @classmethod
    def of(cls, cluster: Cluster, tenants: list[str]) -> Rows:
        """What there is now."""
        among = ", ".join(f"'{uuid.UUID(each)}'" for each in tenants)
        of_tenants = f"tenant_id IN ({among})"
        documents = rows_of(cluster, f"SELECT id, status || ' ' || change_seq || ' ' || updated_at AS state FROM documents WHERE {of_tenants}")
        told = rows_of(cluster, f"SELECT id, status FROM webhook_deliveries WHERE {of_tenants}")
        uploads = rows_of(cluster, f"SELECT id FROM uploads WHERE {of_tenants}")
        deleted = f"{of_tenants} AND action = 'document.deleted' AND method = 'command'"
        return cls(
            {each["id"]: each["state"] for each in documents},
            {each["id"]: each["status"] for each in told},
            frozenset(each["id"] for each in uploads),
            tuple(sorted(each["target"] for each in rows_of(cluster, f"SELECT target FROM audit_log WHERE {deleted}"))),
        )


def wait_until_fewer(cluster: Cluster, tenants: list[str], most: int) -> None:
    """Waits until some tenants have so few documents, for a minute or so; Postgres itself looks, so that it is seen at once."""
    among = ", ".join(f"'{uuid.UUID(each)}'" for each in tenants)
    few = f"(SELECT count(*) FROM documents WHERE tenant_id IN ({among})) <= {most}"
    sql(cluster, f"DO $$ BEGIN FOR turn IN 1..20000 LOOP EXIT WHEN {few}; PERFORM pg_sleep(0.003); END LOOP; END $$;")


def count(cluster: Cluster, tenants: list[str], table: str, condition: str = "true") -> int:
    """How many rows of some tenants a table has."""
    among = ", ".join(f"'{uuid.UUID(each)}'" for each in tenants)
    answered = sql(cluster, f"SELECT count(*) FROM {table} WHERE tenant_id IN ({among}) AND {condition};").strip()
    if not answered.isdigit():
        raise ClusterFailure(f"Postgres was asked for a number and answered {answered!r}")
    return int(answered)
