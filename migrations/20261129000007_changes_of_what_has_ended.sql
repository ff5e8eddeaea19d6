-- Whoever answers from memory hears, too, when a document changes that had ended, in what its status tells or whose it is: it is encoded once
-- more, given to a tenant, or deleted.
CREATE FUNCTION tell_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $$ BEGIN PERFORM pg_notify('socrate_removed', OLD.id::text); RETURN NULL; END $$;
CREATE TRIGGER tell_change AFTER UPDATE ON documents FOR EACH ROW
    WHEN (OLD.status <> 'processing' AND
        (OLD.tenant_id, OLD.phase, OLD.processing_progress, OLD.message, OLD.error_reason, OLD.error_message, OLD.attempt, OLD.pages_done,
            OLD.pages_total, OLD.total_chunks, OLD.queue, OLD.resource_namespace, OLD.resource_uid)
        IS DISTINCT FROM
        (NEW.tenant_id, NEW.phase, NEW.processing_progress, NEW.message, NEW.error_reason, NEW.error_message, NEW.attempt, NEW.pages_done,
            NEW.pages_total, NEW.total_chunks, NEW.queue, NEW.resource_namespace, NEW.resource_uid))
    EXECUTE FUNCTION tell_change();
CREATE TRIGGER tell_deletion AFTER DELETE ON documents FOR EACH ROW
    WHEN (OLD.status <> 'processing') EXECUTE FUNCTION tell_change();
