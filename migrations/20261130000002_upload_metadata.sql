-- What a client said of an upload by tus when it began it (`Upload-Metadata`), to the letter: whoever asks how much is there is told it again,
-- also when the upload is a document. It is a table of its own as it outlives the row of the upload, and no request but those reads it.

-- Whoever is kept waiting while this waits for the tables is kept waiting for 5 s at most: then it fails, and is tried again.
SET LOCAL lock_timeout = '5s';

CREATE TABLE upload_metadata (
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- The upload's id, which is that of its document.
    id        uuid NOT NULL,
    metadata  text NOT NULL CHECK (octet_length(metadata) BETWEEN 1 AND 16384),
    PRIMARY KEY (tenant_id, id)
);

ALTER TABLE upload_metadata ENABLE ROW LEVEL SECURITY;
CREATE POLICY api ON upload_metadata TO socrate_group_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY maintenance ON upload_metadata TO socrate_group_maintenance USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON upload_metadata TO socrate_group_api;
GRANT SELECT ON upload_metadata TO socrate_group_maintenance;

-- It goes with the upload, unless that became a document, and with the document: whoever deletes them, the version before too.
CREATE FUNCTION forget_upload_metadata() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        DELETE FROM public.upload_metadata WHERE tenant_id = OLD.tenant_id AND id = OLD.id
            AND NOT EXISTS (SELECT FROM public.documents WHERE documents.id = OLD.id);
        RETURN NULL;
    END
    $$;
-- Asked at the commit: the row of an upload goes before that of its document comes.
CREATE CONSTRAINT TRIGGER forget_upload_metadata AFTER DELETE ON uploads DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.method = 'tus') EXECUTE FUNCTION forget_upload_metadata();
CREATE TRIGGER forget_upload_metadata AFTER DELETE ON documents
    FOR EACH ROW WHEN (OLD.origin = 'upload') EXECUTE FUNCTION forget_upload_metadata();
REVOKE ALL ON FUNCTION forget_upload_metadata() FROM PUBLIC;
