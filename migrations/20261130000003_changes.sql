-- The changes of each tenant's documents, in their order: what live clients and webhooks are told. A row is written in the transaction of the
-- change by triggers, so that nobody can change a document without it: neither a program of the version before nor a person at a console. A document
-- stays with its tenant: it comes to one from nobody at most.

SET LOCAL lock_timeout = '5s';
-- In the order in which programs lock: documents, then what else a change of them touches. Nothing changes until the triggers are there.
LOCK TABLE documents IN SHARE ROW EXCLUSIVE MODE;

-- The document as it was after the change, in what a person sees of it. Numbers are those of `documents.change_seq`: they become visible in
-- their order, so whoever has read up to one has missed nothing before it. There are gaps, as not every change is one that a person sees.
CREATE TABLE changes (
    tenant_id      uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    change_seq     bigint      NOT NULL,
    changed_at     timestamptz NOT NULL DEFAULT now(),
    kind           text        NOT NULL CHECK (kind IN ('created', 'updated', 'ready', 'failed', 'cancelled', 'deleted')),
    document_id    uuid        NOT NULL,
    filename       text        NOT NULL,
    phase          text        NOT NULL,
    progress       integer     NOT NULL,
    message        text,
    error_reason   text,
    error_message  text,
    attempt        integer     NOT NULL,
    pages_done     bigint,
    pages_total    bigint,
    queue_position bigint,
    total_chunks   bigint,
    PRIMARY KEY (tenant_id, change_seq)
);
-- What is old is removed from its end.
CREATE INDEX changes_by_age ON changes (changed_at);

-- The greatest number of a change that was removed: whoever has read less has missed something.
ALTER TABLE holdings ADD COLUMN forgotten_change_seq bigint NOT NULL DEFAULT 0;
-- What was changed before there was this table is in it nowhere.
UPDATE holdings SET forgotten_change_seq = change_seq;

-- Which results have their chunks where they are searched. What has become ready is due by the same triggers, also where the document is gone since.
CREATE TABLE indexed_documents (
    document_id     uuid        PRIMARY KEY,
    tenant_id       uuid        NOT NULL,
    due_at          timestamptz DEFAULT now(),
    attempts        integer     NOT NULL DEFAULT 0,
    manifest_sha256 text,
    total_chunks    integer
);
CREATE INDEX indexed_documents_due ON indexed_documents (due_at) WHERE due_at IS NOT NULL;

CREATE FUNCTION change_kind(phase text) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog
    AS $$ SELECT CASE phase WHEN 'Ready' THEN 'ready' WHEN 'Failed' THEN 'failed' WHEN 'Cancelled' THEN 'cancelled' END $$;

CREATE FUNCTION record_created_documents() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        WITH told AS (
            INSERT INTO public.changes (tenant_id, change_seq, kind, document_id, filename, phase, progress, message, error_reason, error_message,
                attempt, pages_done, pages_total, queue_position, total_chunks)
            SELECT tenant_id, change_seq, coalesce(public.change_kind(phase), 'created'), id, filename, phase, processing_progress, message,
                error_reason, error_message, attempt, pages_done, pages_total, queue_position, total_chunks
            FROM created WHERE tenant_id IS NOT NULL
            RETURNING document_id, tenant_id, kind)
        INSERT INTO public.indexed_documents (document_id, tenant_id) SELECT document_id, tenant_id FROM told WHERE kind = 'ready';
        RETURN NULL;
    END
    $$;
CREATE TRIGGER record_created_documents AFTER INSERT ON documents REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION record_created_documents();

-- The plan is kept for the session, so that it must suit one row and ten thousand: no nested loop. A document whose next encoding was taken back, as the
-- cluster did not take it, has another resource again and is ready or failed as it was: nobody is told that it became so, and its chunks are there.
CREATE FUNCTION record_changed_documents() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public SET enable_nestloop = off
    AS $$
    BEGIN
        WITH told AS (
            INSERT INTO public.changes (tenant_id, change_seq, kind, document_id, filename, phase, progress, message, error_reason,
                error_message, attempt, pages_done, pages_total, queue_position, total_chunks)
            SELECT after.tenant_id, after.change_seq,
                    CASE WHEN before.tenant_id IS NULL THEN coalesce(public.change_kind(after.phase), 'created')
                        WHEN before.phase = after.phase OR before.resource_name <> after.resource_name THEN 'updated'
                        ELSE coalesce(public.change_kind(after.phase), 'updated') END,
                    after.id, after.filename, after.phase, after.processing_progress, after.message, after.error_reason, after.error_message,
                    after.attempt, after.pages_done, after.pages_total, after.queue_position, after.total_chunks
                FROM after JOIN before ON before.id = after.id
                WHERE after.tenant_id IS NOT NULL AND
                    (after.tenant_id, after.filename, after.phase, after.processing_progress, after.message, after.error_reason,
                        after.error_message, after.attempt, after.pages_done, after.pages_total, after.queue_position, after.total_chunks)
                    IS DISTINCT FROM
                    (before.tenant_id, before.filename, before.phase, before.processing_progress, before.message, before.error_reason,
                        before.error_message, before.attempt, before.pages_done, before.pages_total, before.queue_position, before.total_chunks)
            RETURNING document_id, tenant_id, kind)
        INSERT INTO public.indexed_documents (document_id, tenant_id) SELECT document_id, tenant_id FROM told WHERE kind = 'ready'
            ON CONFLICT (document_id) DO UPDATE SET due_at = now(), attempts = 0;
        RETURN NULL;
    END
    $$;
CREATE TRIGGER record_changed_documents AFTER UPDATE ON documents REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION record_changed_documents();

-- A deletion has its number in `holdings`, where each of the statement's has taken one: the last ones there are.
CREATE FUNCTION record_deleted_documents() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        INSERT INTO public.changes (tenant_id, change_seq, kind, document_id, filename, phase, progress, message, error_reason, error_message,
            attempt, pages_done, pages_total, queue_position, total_chunks)
        SELECT tenant_id,
            holdings.change_seq - count(*) OVER (PARTITION BY tenant_id) + row_number() OVER (PARTITION BY tenant_id ORDER BY id),
            'deleted', id, filename, phase, processing_progress, message, error_reason, error_message, attempt, pages_done, pages_total,
            queue_position, total_chunks
        FROM deleted JOIN public.holdings USING (tenant_id);
        UPDATE public.indexed_documents SET due_at = now(), attempts = 0 FROM deleted WHERE document_id = deleted.id;
        RETURN NULL;
    END
    $$;
CREATE TRIGGER record_deleted_documents AFTER DELETE ON documents REFERENCING OLD TABLE AS deleted
    FOR EACH STATEMENT EXECUTE FUNCTION record_deleted_documents();

REVOKE ALL ON FUNCTION change_kind(text), record_created_documents(), record_changed_documents(),
    record_deleted_documents() FROM PUBLIC;

ALTER TABLE changes ENABLE ROW LEVEL SECURITY;
CREATE POLICY api ON changes FOR SELECT TO socrate_group_api USING (tenant_id = current_tenant());
CREATE POLICY mirror ON changes FOR SELECT TO socrate_group_mirror USING (true);
CREATE POLICY maintenance ON changes TO socrate_group_maintenance USING (true) WITH CHECK (true);
CREATE POLICY monitoring ON changes FOR SELECT TO socrate_group_monitoring USING (true);
GRANT SELECT ON changes TO socrate_group_api, socrate_group_mirror, socrate_group_monitoring;
GRANT SELECT, DELETE ON changes TO socrate_group_maintenance;

ALTER TABLE indexed_documents ENABLE ROW LEVEL SECURITY;
CREATE POLICY api ON indexed_documents FOR SELECT TO socrate_group_api USING (tenant_id = current_tenant());
CREATE POLICY maintenance ON indexed_documents TO socrate_group_maintenance USING (true) WITH CHECK (true);
CREATE POLICY monitoring ON indexed_documents FOR SELECT TO socrate_group_monitoring USING (true);
GRANT SELECT ON indexed_documents TO socrate_group_api, socrate_group_monitoring;
GRANT SELECT, INSERT, UPDATE, DELETE ON indexed_documents TO socrate_group_maintenance;
