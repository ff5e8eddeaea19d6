"""Documents that are rows alone, of tenants that are made for a load and go with everything they have."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from cluster import Cluster
from product_api import Account

#: Over the socket in the Pod, where no password is asked for.
SUPERUSER = "PGHOST=/tmp PGUSER=postgres exec /usr/lib/postgresql/*/bin/psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --file=- socrate"


def in_pod(cluster: Cluster) -> list[str]:
    """What kubectl is asked for to run something in Postgres' own Pod."""
    names = cluster.names
    return ["exec", "--stdin", "--namespace", names.release_namespace, f"statefulset/{names.release}-postgres", "--"]


def psql(cluster: Cluster) -> list[str]:
    """What kubectl is asked for to reach Postgres as the owner of the schema; statements are read from standard input."""
    program = ["psql", "--host=/tmp", "--username=socrate_owner", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
    return [*in_pod(cluster), *program, "--set=ON_ERROR_STOP=1", "socrate"]


def sql(cluster: Cluster, statement: str) -> str:
    """What Postgres answers to its owner."""
    return cluster.kubectl(*psql(cluster), given=statement)


def as_superuser(cluster: Cluster, statement: str) -> str:
    """What Postgres answers to its superuser."""
    return cluster.kubectl(*in_pod(cluster), "sh", "-c", SUPERUSER, given=statement)


def insertion(namespace: str, tenant: str, ids: Sequence[str], is_running: bool = False) -> str:
    """The statement by which a tenant has documents that have ended and whose resources are gone, or that seem to be worked on for ever.

    Nobody else changes the latter: the mirror looks after rows that are bound to a resource, and the sweeper after uploads that are not.
    """
    when = "now() - number * interval '1 second'"
    if is_running:
        origin, status, phase, progress, message = "resource", "processing", "Processing", 0, "Extracting text"
        result, uid, completed = "NULL, NULL, NULL, NULL", "NULL", "NULL"
    else:
        origin, status, phase, progress, message = "upload", "ready", "Ready", 100, "Complete"
        result, uid, completed = "12, 11000, 10, 'en'", "gen_random_uuid()", when
    listed = ",".join(str(uuid.UUID(each)) for each in ids)
    return f"""
        INSERT INTO documents (
            id, tenant_id, origin, filename, content_type, size_bytes, sha256, status, phase, processing_progress, message, attempt,
            pages_done, pages_total, total_chunks, total_tokens, total_pages, language, queue, priority, chunk_size, overlap,
            resource_namespace, resource_name, resource_uid, encoding_number,
            created_at, updated_at, processing_started_at, processing_completed_at)
        SELECT id, '{uuid.UUID(tenant)}', '{origin}', 'report-' || number || '.pdf', 'application/pdf', 100000,
            encode(sha256(number::text::bytea), 'hex'), '{status}', '{phase}', {progress}, '{message}', 1,
            {progress // 10}, 10, {result}, 'documents', 0, 1200, 200,
            '{namespace}', 'doc-' || id || '-1', {uid}, 1,
            {when}, {when}, {when}, {completed}
        FROM unnest('{{{listed}}}'::uuid[]) WITH ORDINALITY AS numbered (id, number);
    """


def rows(cluster: Cluster, account: Account, count: int, is_running: bool = False) -> list[str]:
    """Documents of the tenant that are rows alone; their ids."""
    ids = [str(uuid.uuid4()) for _ in range(count)]
    sql(cluster, insertion(cluster.names.encodings_namespace, account.tenant, ids, is_running))
    return ids


@contextmanager
def accounts(cluster: Cluster, name: str, count: int) -> Iterator[list[Account]]:
    """Tenants, until the end of the block; then they go, with everything they have."""
    # By its name each is found, also one that was made by half.
    name = f"{name} {uuid.uuid4().hex[:8]}"
    try:
        yield [Account.create(cluster, name) for _ in range(count)]
    finally:
        made = sql(cluster, f"SELECT id, name FROM tenants WHERE name LIKE '{name} %' AND deleted_at IS NULL;")
        for tenant, called in (line.split("|") for line in made.splitlines()):
            # What is a row alone has no objects: it need not be looked for in the store. It was uploaded by nobody.
            sql(cluster, f"DELETE FROM documents WHERE tenant_id = '{tenant}' AND sha256 IS NOT NULL AND user_id IS NULL;")
            cluster.admin("delete-tenant", "--tenant", tenant, "--name", called)
