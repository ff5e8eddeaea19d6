-- Documents that are encoded once more although they are ready: their result is kept, and served, until the new one is ready. And what their
-- encodings before were.

SET LOCAL lock_timeout = '5s';

ALTER TABLE documents
    -- When the encoding was asked for; NULL where it was with the upload.
    ADD COLUMN encoding_requested_at timestamptz,
    -- The result that counts until there is a new one: number, document_id and resource_uid of its encoding, doc_metadata, chunk_size, overlap,
    -- totals, language, completed_at. NULL where the document has none or is ready.
    ADD COLUMN kept_result jsonb;

-- A result of another document is held on to in the same way. Not validated: no row there is breaks it.
ALTER TABLE documents DROP CONSTRAINT documents_reused_result;
ALTER TABLE documents ADD CONSTRAINT documents_reused_result CHECK (
    (result_document_id IS NULL) = (result_resource_uid IS NULL)
    AND (result_document_id IS NULL OR result_document_id <> id)
    AND (result_document_id IS NULL OR kept_result IS NOT NULL OR (status = 'ready' AND resource_uid IS NULL))
) NOT VALID;
ALTER TABLE documents ADD CONSTRAINT documents_kept_result CHECK (kept_result IS NULL OR status <> 'ready') NOT VALID;

-- The new result takes the place of the one that was kept, whoever writes it.
CREATE FUNCTION replace_kept_result() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $$
    BEGIN
        NEW.kept_result := NULL;
        NEW.result_document_id := NULL;
        NEW.result_resource_uid := NULL;
        RETURN NEW;
    END
    $$;
CREATE TRIGGER replace_kept_result BEFORE UPDATE ON documents FOR EACH ROW
    WHEN (NEW.status = 'ready' AND NEW.resource_uid IS NOT NULL AND NEW.kept_result IS NOT NULL) EXECUTE FUNCTION replace_kept_result();

-- As in 20261129000006_reused_results.sql; but what a trigger has let go of is let go of, too; and of several results of a document that others
-- have, each goes with the last that has it.
CREATE OR REPLACE FUNCTION release_reused_result() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        UPDATE public.removals SET is_result_kept = false, rest_due_at = NULL, next_attempt_at = NULL, attempts = 0
        WHERE document_id = OLD.result_document_id AND is_result_kept
            AND NOT EXISTS (SELECT FROM public.documents WHERE result_document_id = OLD.result_document_id);
        UPDATE public.removals SET rest_due_at = now()
        WHERE document_id = OLD.result_document_id AND is_result_kept
            AND NOT EXISTS (SELECT FROM public.documents
                WHERE result_document_id = OLD.result_document_id AND result_resource_uid = OLD.result_resource_uid);
        RETURN NULL;
    END
    $$;
DROP TRIGGER release_reused_result ON documents;
CREATE TRIGGER release_reused_result AFTER DELETE OR UPDATE ON documents
    FOR EACH ROW WHEN (OLD.result_document_id IS NOT NULL) EXECUTE FUNCTION release_reused_result();

-- As there; but others may have a result that is not the document's last: then a sweeper of the version before must not think that it is.
CREATE OR REPLACE FUNCTION keep_reused_result() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        IF EXISTS (SELECT FROM public.documents WHERE result_document_id = NEW.document_id) THEN
            NEW.is_result_kept := true;
            NEW.rest_due_at := NEW.created_at;
            NEW.next_attempt_at := 'infinity';
            IF EXISTS (SELECT FROM public.documents
                WHERE result_document_id = NEW.document_id AND result_resource_uid IS DISTINCT FROM NEW.resource_uid)
            THEN
                NEW.resource_uid := NULL;
            END IF;
        END IF;
        RETURN NEW;
    END
    $$;

REVOKE ALL ON FUNCTION replace_kept_result() FROM PUBLIC;

-- The encodings of a document before its newest, as they ended: for people, nothing depends on them.
CREATE TABLE past_encodings (
    tenant_id     uuid        NOT NULL,
    document_id   uuid        NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    number        integer     NOT NULL CHECK (number >= 1),
    phase         text        NOT NULL,
    error_reason  text,
    error_message text,
    attempt       integer     NOT NULL,
    queue         text        NOT NULL,
    priority      integer     NOT NULL,
    chunk_size    integer     NOT NULL,
    overlap       integer     NOT NULL,
    total_chunks  bigint,
    total_tokens  bigint,
    total_pages   bigint,
    -- NULL where its encoder did not say so.
    cpu_milliseconds bigint,
    language      text,
    requested_at  timestamptz NOT NULL,
    started_at    timestamptz,
    completed_at  timestamptz,
    PRIMARY KEY (document_id, number)
);
ALTER TABLE past_encodings ENABLE ROW LEVEL SECURITY;
CREATE POLICY api ON past_encodings TO socrate_group_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY maintenance ON past_encodings TO socrate_group_maintenance USING (true) WITH CHECK (true);
CREATE POLICY monitoring ON past_encodings FOR SELECT TO socrate_group_monitoring USING (true);
GRANT SELECT, INSERT, DELETE ON past_encodings TO socrate_group_api;
GRANT SELECT, INSERT, DELETE ON past_encodings TO socrate_group_maintenance;
GRANT SELECT ON past_encodings TO socrate_group_monitoring;
