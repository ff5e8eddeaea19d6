-- Whoever answers from memory hears, too, when a document changes that had ended: it is encoded once more, given to a tenant, or deleted.
CREATE FUNCTION tell_change() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $$ BEGIN PERFORM pg_notify('socrate_removed', OLD.id::text); RETURN NULL; END $$;
CREATE TRIGGER tell_change AFTER UPDATE OR DELETE ON documents FOR EACH ROW
    WHEN (OLD.status <> 'processing') EXECUTE FUNCTION tell_change();
