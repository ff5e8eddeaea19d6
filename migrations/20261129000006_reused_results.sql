-- Results that are reused: a document of the same content and parameters as one that is ready has no encoding of its own. Its result is the
-- other's files, which stay in the store for as long as a document's result they are.
--
-- What is counted are the rows themselves: `result_document_id` is a reference, and an index finds all that there are to a document. It is no
-- foreign key, as the document it names may be deleted before.

-- Whoever is kept waiting while this waits for the table is kept waiting for 5 s at most: then it fails, and is tried again.
SET LOCAL lock_timeout = '5s';

ALTER TABLE documents
    -- The encoder and its settings that a document was uploaded for; NULL where that is not known, and then its result is never reused.
    ADD COLUMN encoder_settings    text,
    -- The document under whose prefix the result lies, and the resource it is the result of; NULL where it is the document's own.
    ADD COLUMN result_document_id  uuid,
    ADD COLUMN result_resource_uid uuid,
    -- What is encoded after all must let go of the other's result first. Not validated: no row there is has a result of another, and nobody
    -- is kept waiting while all are looked at.
    ADD CONSTRAINT documents_reused_result CHECK (
        (result_document_id IS NULL) = (result_resource_uid IS NULL)
        AND (result_document_id IS NULL OR (status = 'ready' AND resource_uid IS NULL AND result_document_id <> id))
    ) NOT VALID;
CREATE INDEX documents_by_reused_result ON documents (result_document_id) WHERE result_document_id IS NOT NULL;
-- What an upload may be the same as. A document enters it when it becomes ready, which changes other indexes too; none that there is by now is
-- in it. A migration that adds such an index to a table where rows may be in it makes it CONCURRENTLY; these two are empty, built in one
-- reading of the table each, during which requests wait.
CREATE INDEX documents_by_content ON documents (tenant_id, sha256, processing_completed_at)
    WHERE status = 'ready' AND origin = 'upload' AND encoder_settings IS NOT NULL;

ALTER TABLE removals
    -- The result is one of other documents: it stays, and everything else of the document goes.
    ADD COLUMN is_result_kept boolean     NOT NULL DEFAULT false,
    -- When everything else is to be removed; NULL once it is.
    ADD COLUMN rest_due_at    timestamptz;
CREATE INDEX removals_rest_due ON removals (rest_due_at) WHERE rest_due_at IS NOT NULL;

-- Both triggers run where the tenant's row of `holdings` is locked, as a document of it was just deleted or changed: so no two of a tenant's
-- documents are deleted, and none becomes another's result, at the same time, and what is seen here is all there is. Nobody can come to
-- reuse the result of a document whose row is gone but by a document that reuses it already, and whose row is locked until that is done.

-- A sweeper of the version before knows nothing of this, and must not find the removal.
CREATE FUNCTION keep_reused_result() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        IF EXISTS (SELECT FROM public.documents WHERE result_document_id = NEW.document_id) THEN
            NEW.is_result_kept := true;
            NEW.rest_due_at := NEW.created_at;
            NEW.next_attempt_at := 'infinity';
        END IF;
        RETURN NEW;
    END
    $$;
CREATE TRIGGER keep_reused_result BEFORE INSERT ON removals FOR EACH ROW EXECUTE FUNCTION keep_reused_result();

-- With the last document that reuses it the result of a deleted one is to be removed too.
CREATE FUNCTION release_reused_result() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        UPDATE public.removals SET is_result_kept = false, rest_due_at = NULL, next_attempt_at = NULL, attempts = 0
        WHERE document_id = OLD.result_document_id AND is_result_kept
            AND NOT EXISTS (SELECT FROM public.documents WHERE result_document_id = OLD.result_document_id);
        RETURN NULL;
    END
    $$;
CREATE TRIGGER release_reused_result AFTER DELETE OR UPDATE OF result_document_id ON documents
    FOR EACH ROW WHEN (OLD.result_document_id IS NOT NULL) EXECUTE FUNCTION release_reused_result();

REVOKE ALL ON FUNCTION keep_reused_result(), release_reused_result() FROM PUBLIC;
