-- Writes down every change of a document, and what is wrong with one that takes something back. As the last of all triggers, so that it sees
-- what is stored.
CREATE TABLE seen (at timestamptz NOT NULL DEFAULT clock_timestamp(), id uuid NOT NULL, wrong text, before jsonb, after jsonb);
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    is_same boolean := NEW.encoding_number = OLD.encoding_number;
    wrong text := concat_ws(', ',
        CASE WHEN is_same AND OLD.status <> 'processing' AND
            (OLD.status, OLD.phase, OLD.error_reason, OLD.total_chunks, OLD.resource_uid, OLD.processing_completed_at)
            IS DISTINCT FROM (NEW.status, NEW.phase, NEW.error_reason, NEW.total_chunks, NEW.resource_uid, NEW.processing_completed_at)
            THEN 'what had ended was changed' END,
        CASE WHEN NEW.change_seq <= OLD.change_seq THEN 'the number of the change fell' END,
        CASE WHEN NEW.encoding_number < OLD.encoding_number THEN 'the number of the encoding fell' END,
        CASE WHEN is_same AND NEW.resource_version < OLD.resource_version THEN 'the version of the resource fell' END,
        CASE WHEN is_same AND NEW.attempt < OLD.attempt THEN 'the attempt fell' END,
        CASE WHEN is_same AND NEW.attempt = OLD.attempt AND NEW.status = 'processing'
            AND NEW.processing_progress < OLD.processing_progress THEN 'the progress fell' END,
        CASE WHEN is_same AND NEW.attempt = OLD.attempt AND OLD.phase = 'Processing' AND NEW.phase IN ('Pending', 'Queued')
            AND NEW.resource_version = OLD.resource_version THEN 'the phase went back' END,
        CASE WHEN NEW.updated_at < OLD.updated_at THEN 'the time of the change fell' END,
        CASE WHEN OLD.resource_uid <> NEW.resource_uid AND is_same THEN 'the resource was exchanged' END);
BEGIN
    INSERT INTO seen (id, wrong, before, after) VALUES (NEW.id, nullif(wrong, ''), to_jsonb(OLD), to_jsonb(NEW));
    RETURN NULL;
END $$;
CREATE TRIGGER zz_note_change AFTER UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION note_change();
CREATE FUNCTION note_loss() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
    INSERT INTO seen (id, wrong, before) VALUES (OLD.id, 'a document went', to_jsonb(OLD));
    RETURN NULL;
END $$;
CREATE TRIGGER zz_note_loss AFTER DELETE ON documents FOR EACH ROW EXECUTE FUNCTION note_loss();
