-- Files that are coming in. The id is that of the document to be; the row is there before the first byte is in the store, and goes in the
-- transaction that makes the document, so that what a crash leaves in the store is found by it.
CREATE TABLE uploads (
    id             uuid        PRIMARY KEY,
    tenant_id      uuid        NOT NULL REFERENCES tenants (id) ON DELETE RESTRICT,
    user_id        uuid        REFERENCES users (id) ON DELETE SET NULL,
    -- The request that works on it, where one does.
    holder         uuid,
    method         text        NOT NULL CHECK (method IN ('form', 'tus', 'presigned')),
    -- 'abandoned': nobody finishes it any more, and what it left is being removed.
    state          text        NOT NULL DEFAULT 'receiving' CHECK (state IN ('receiving', 'abandoned')),
    filename       text        NOT NULL CHECK (length(filename) BETWEEN 1 AND 255),
    -- How it is to be encoded, where that was said at the beginning.
    request        jsonb,
    -- As announced, where it was.
    size_bytes     bigint      CHECK (size_bytes >= 0),
    -- What has come, and what is kept free of the tenant's quota for what is still to come.
    offset_bytes   bigint      NOT NULL DEFAULT 0 CHECK (offset_bytes >= 0),
    reserved_bytes bigint      NOT NULL DEFAULT 0 CHECK (reserved_bytes >= 0),
    -- The store's id of a multipart upload, and the entity tags of the parts that came.
    store_upload   text,
    parts          jsonb       NOT NULL DEFAULT '[]',
    created_at     timestamptz NOT NULL DEFAULT now(),
    -- Whoever works on it moves this on.
    expires_at     timestamptz NOT NULL,
    UNIQUE (tenant_id, id)
);
CREATE INDEX uploads_expired ON uploads (expires_at);
CREATE INDEX uploads_by_user ON uploads (user_id);

CREATE FUNCTION count_upload() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    DECLARE
        more_uploads bigint := 0;
        more_bytes bigint := 0;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            more_uploads := -1;
            more_bytes := -OLD.reserved_bytes;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            more_uploads := more_uploads + 1;
            more_bytes := more_bytes + NEW.reserved_bytes;
        END IF;
        IF more_uploads <> 0 OR more_bytes <> 0 THEN
            INSERT INTO public.holdings AS held (tenant_id, uploads, upload_bytes)
            VALUES (coalesce(NEW.tenant_id, OLD.tenant_id), more_uploads, more_bytes)
            ON CONFLICT (tenant_id) DO UPDATE SET
                uploads = held.uploads + excluded.uploads, upload_bytes = held.upload_bytes + excluded.upload_bytes;
        END IF;
        RETURN NULL;
    END
    $$;
CREATE TRIGGER count_upload AFTER INSERT OR UPDATE OR DELETE ON uploads FOR EACH ROW EXECUTE FUNCTION count_upload();
REVOKE ALL ON FUNCTION count_upload() FROM PUBLIC;

ALTER TABLE uploads ENABLE ROW LEVEL SECURITY;
CREATE POLICY api ON uploads TO socrate_group_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY maintenance ON uploads TO socrate_group_maintenance USING (true) WITH CHECK (true);
CREATE POLICY monitoring ON uploads FOR SELECT TO socrate_group_monitoring USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON uploads TO socrate_group_api, socrate_group_maintenance;
GRANT SELECT (id, tenant_id, user_id, method, state, size_bytes, offset_bytes, reserved_bytes, created_at, expires_at)
    ON uploads TO socrate_group_monitoring;

-- A key is taken before the first byte is read. Until the answer is known another request with it is told to wait; afterwards it is answered
-- the same, if it is the same.
ALTER TABLE idempotency_keys ALTER COLUMN fingerprint DROP NOT NULL;
ALTER TABLE idempotency_keys ALTER COLUMN document_id DROP NOT NULL;
-- Until when the first request may still be at work; NULL once it was answered.
ALTER TABLE idempotency_keys ADD COLUMN pending_until timestamptz;
-- The answer, where there were several files.
ALTER TABLE idempotency_keys ADD COLUMN answer jsonb;
CREATE INDEX idempotency_keys_old ON idempotency_keys (created_at);
-- Which request holds it: what an earlier one still does cannot end what a later one has begun.
ALTER TABLE idempotency_keys ADD COLUMN holder uuid;
