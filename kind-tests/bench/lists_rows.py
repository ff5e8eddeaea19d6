"""Documents and chunks of tenants as rows, with texts in three languages: what lists, searches and exports are measured with."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cluster import Cluster, ClusterFailure
from environment import Say
from lists_text import Vocabulary
from product_api import Account
from rows import sql

#: Paragraphs of a chunk: some 4,500 characters.
CHUNK_PARAGRAPHS = 9
#: Of a hundred documents so many are ready, and so many failed; the others are in progress.
READY, FAILED = 80, 15
#: Large documents of a tenant, and the chunks of each.
BOOKS, BOOK_CHUNKS = 5, 300
#: Tenants that are filled at once.
AT_ONCE = 2


@dataclass(frozen=True)
class Holding:
    """What a tenant has."""

    documents: int
    chunks: int
    ready: int
    books: int = BOOKS

    @classmethod
    def of(cls, documents: int, chunks: int) -> Holding:
        """Documents of every state, some of them large where there are enough chunks."""
        ready = documents * READY // 100
        return cls(documents, chunks, ready, BOOKS if chunks - BOOKS * BOOK_CHUNKS >= ready else 0)

    @property
    def ordinary(self) -> tuple[int, int]:
        """The chunks of each document that is ready and no book, and how many of them have one more."""
        return divmod(self.chunks - self.books * BOOK_CHUNKS, self.ready - self.books)


def named(number: int) -> str:
    """A word that one text of a tenant has: its first, of the document with this number."""
    return f"pq{number:05}x0"


def quoted(values: Iterable[str]) -> str:
    """An array of texts."""
    return "ARRAY[" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + "]"


def one_of(values: Sequence[str]) -> str:
    """An expression that draws one of the values for each row; one that is named twice is drawn twice as often."""
    return f"({quoted(values)})[1 + floor(random() * {len(values)})::int]"


def copied(vocabularies: Sequence[Vocabulary]) -> str:
    """The statements by which a session has the paragraphs."""
    lines = [f"{each.code}\t{number}\t{text}" for each in vocabularies for number, text in enumerate(each.paragraphs)]
    return "\n".join(
        [
            "CREATE TEMPORARY TABLE paragraphs (language text, number integer, text text) ON COMMIT DROP;",
            "COPY paragraphs FROM STDIN;",
            *lines,
            "\\.",
            "ANALYZE paragraphs;",
        ]
    )


def documents(namespace: str, tenant: str, holding: Holding, languages: Sequence[str]) -> str:
    """The statement that inserts a tenant's documents: the first ones are ready, of which the first are books."""
    each, more = holding.ordinary
    failed = holding.ready + (holding.documents - holding.ready) * FAILED // (100 - READY)
    reasons = ["NoText", "NoText", "Malformed", "Encrypted", "OutOfMemory", "DeadlineExceeded", "Cancelled"]
    subjects = ["Report", "Report", "Invoice", "Contract", "Fattura", "Verbale", "Relazione", "Vertrag", "Bericht"]
    places = ["Milano", "Roma", "London", "Leeds", "Berlin", "Wien", "Zürich", "Bergamo"]
    kinds = ["pdf", "pdf", "pdf", "docx", "epub", "html", "md"]
    return f"""
        WITH drawn AS MATERIALIZED (
            SELECT number, gen_random_uuid() AS id,
                CASE WHEN number <= {holding.ready} THEN 'ready' WHEN number <= {failed} THEN 'failed' ELSE 'processing' END AS status,
                CASE WHEN number <= {holding.books} THEN {BOOK_CHUNKS}
                    WHEN number <= {holding.ready} THEN {each} + (number - {holding.books} <= {more})::int END AS chunks,
                {one_of(languages)} AS language, {one_of(reasons)} AS reason, {one_of(["documents"] * 9 + ["maintenance"])} AS queue,
                {one_of(subjects)} || ' ' || {one_of(places)} || ' ' || lpad(number::text, 5, '0') || '.' || {one_of(kinds)} AS filename,
                floor(exp(9 + random() * 9))::bigint AS size, now() - random() * interval '180 days' AS created
            FROM generate_series(1, {holding.documents}) AS number)
        INSERT INTO documents (
            id, tenant_id, origin, filename, content_type, size_bytes, sha256, status, phase, processing_progress, message, attempt,
            error_reason, error_message, total_chunks, total_tokens, total_pages, language, queue, priority, chunk_size, overlap,
            resource_namespace, resource_name, resource_uid, encoding_number, doc_metadata,
            created_at, updated_at, processing_started_at, processing_completed_at)
        SELECT id, '{uuid.UUID(tenant)}', CASE status WHEN 'processing' THEN 'resource' ELSE 'upload' END, filename, 'application/octet-stream', size,
            encode(sha256(id::text::bytea), 'hex'), status,
            CASE WHEN status = 'ready' THEN 'Ready' WHEN status = 'processing' THEN 'Processing' WHEN reason = 'Cancelled' THEN 'Cancelled' ELSE 'Failed' END,
            CASE status WHEN 'ready' THEN 100 ELSE 20 END, CASE status WHEN 'ready' THEN 'Complete' ELSE 'Running memvid encoder' END, 1,
            CASE status WHEN 'failed' THEN reason END, CASE status WHEN 'failed' THEN 'The document was not encoded: ' || reason END,
            chunks, chunks * 1000, chunks * 2, CASE status WHEN 'ready' THEN language END, queue, 0, 1200, 200,
            '{namespace}', 'doc-' || id || '-1', CASE status WHEN 'processing' THEN NULL ELSE gen_random_uuid() END, 1,
            CASE status WHEN 'ready' THEN jsonb_build_object('manifest_sha256', encode(sha256(('manifest ' || id)::bytea), 'hex')) ELSE '{{}}' END,
            created, created, created, CASE status WHEN 'processing' THEN NULL ELSE created + interval '20 seconds' END
        FROM drawn;
    """


def chunks(tenant: str, vocabularies: Sequence[Vocabulary]) -> str:
    """The statements that insert the chunks of a tenant's documents, as the indexer does, and have it look for nothing in the store."""
    of_tenant = f"tenant_id = '{uuid.UUID(tenant)}'"
    paragraphs = len(vocabularies[0].paragraphs)
    return f"""
        UPDATE indexed_documents SET due_at = NULL, manifest_sha256 = doc_metadata ->> 'manifest_sha256', total_chunks = documents.total_chunks
            FROM documents WHERE documents.id = document_id AND documents.{of_tenant};
        INSERT INTO chunk_languages (tenant_id, language) SELECT DISTINCT tenant_id, language FROM documents WHERE {of_tenant} AND status = 'ready';
        INSERT INTO chunks (tenant_id, document_id, number, language, body)
        SELECT '{uuid.UUID(tenant)}', id, number, language,
            jsonb_build_object(
                'id', encode(sha256((id::text || number)::bytea), 'hex'), 'text', text, 'token_count', 1000,
                'char_start', number * 4000, 'char_end', number * 4000 + length(text), 'page_start', 2 * number + 1, 'page_end', 2 * number + 2,
                'metadata', jsonb_build_object('index', number, 'start', number * 4000, 'end', number * 4000 + length(text),
                    'length', length(text), 'title', title, 'page', 2 * number + 1, 'section', 1, 'total_sections', 1))
        FROM (
            SELECT drawn.id, drawn.number, drawn.language, left(min(paragraphs.text), 40) AS title,
                'pq' || substring(min(drawn.filename) from '[0-9]{{5}}') || 'x' || drawn.number || E'.\\n\\n' || string_agg(paragraphs.text, E'\\n\\n') AS text
            FROM (
                SELECT documents.id, filename, language, number, floor(random() * {paragraphs})::int AS paragraph
                FROM documents, generate_series(0, total_chunks::int - 1) AS number, generate_series(1, {CHUNK_PARAGRAPHS})
                WHERE {of_tenant} AND status = 'ready'
            ) AS drawn JOIN paragraphs ON paragraphs.language = drawn.language AND paragraphs.number = drawn.paragraph
            GROUP BY drawn.id, drawn.number, drawn.language
        ) AS written;
    """


def fill(cluster: Cluster, accounts: Sequence[Account], holding: Holding, vocabularies: Sequence[Vocabulary], say: Say) -> None:
    """Gives each tenant what it is to have; each in a transaction, so that nobody sees documents without their chunks."""
    session = f"lists {uuid.uuid4().hex}"
    languages = [each.code for each in vocabularies]

    def one(number: int) -> None:
        tenant = accounts[number].tenant
        parts = [documents(cluster.names.encodings_namespace, tenant, holding, languages), chunks(tenant, vocabularies)]
        # After each insertion psql tells how many rows it was of.
        counted = [line for part in parts for line in (part, "\\echo :ROW_COUNT")]
        made = sql(cluster, "\n".join([f"SET application_name = '{session}';", "BEGIN;", copied(vocabularies), *counted, "COMMIT;"]))
        if made.split() != [str(holding.documents), str(holding.chunks)]:
            raise ClusterFailure(f"documents and chunks were to be {holding.documents} and {holding.chunks}, and are {made.split()}")
        say(f"tenant {number + 1} of {len(accounts)}: {holding.documents:,} documents, {holding.chunks:,} chunks")

    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            list(pool.map(one, range(len(accounts))))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            # A session outlives the program that began it, and would commit after its tenant was deleted.
            sql(cluster, f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = '{session}';")
            raise
    # As the server does by itself some minutes after such a load.
    sql(cluster, "VACUUM (ANALYZE) documents, chunks, indexed_documents;")


def largest(cluster: Cluster, account: Account) -> list[str]:
    """The ids of a tenant's largest documents."""
    query = f"SELECT id FROM documents WHERE tenant_id = '{uuid.UUID(account.tenant)}' AND status = 'ready' ORDER BY total_chunks DESC LIMIT {BOOKS};"
    return sql(cluster, query).split()
