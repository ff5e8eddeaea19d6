-- What waits for webhooks is bounded, and one that goes or is disabled does so at once, however many deliveries it has.

SET LOCAL lock_timeout = '5s';
-- In the order in which programs lock: endpoints, then their deliveries.
LOCK TABLE webhooks, webhook_deliveries IN ACCESS EXCLUSIVE MODE;

-- Deliveries do not go in the statement that deletes their webhook, which would not end where there are millions: it is noted that they are to go, and
-- the sweeper removes some at a time. The version before deletes webhooks in the same way, and finds no delivery of one that is gone.
ALTER TABLE webhook_deliveries DROP CONSTRAINT webhook_deliveries_tenant_id_webhook_id_fkey;
CREATE TABLE deleted_webhooks (
    webhook_id uuid        PRIMARY KEY,
    tenant_id  uuid        NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deleted_webhooks_by_tenant ON deleted_webhooks (tenant_id);
ALTER TABLE deleted_webhooks ENABLE ROW LEVEL SECURITY;
CREATE POLICY maintenance ON deleted_webhooks TO socrate_group_maintenance USING (true) WITH CHECK (true);
CREATE POLICY monitoring ON deleted_webhooks FOR SELECT TO socrate_group_monitoring USING (true);
GRANT SELECT, DELETE ON deleted_webhooks TO socrate_group_maintenance;
GRANT SELECT ON deleted_webhooks TO socrate_group_monitoring;

CREATE FUNCTION note_deleted_webhook() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    BEGIN
        INSERT INTO public.deleted_webhooks (webhook_id, tenant_id) VALUES (OLD.id, OLD.tenant_id) ON CONFLICT DO NOTHING;
        RETURN NULL;
    END
    $$;
REVOKE ALL ON FUNCTION note_deleted_webhook() FROM PUBLIC;
CREATE TRIGGER note_deleted_webhook AFTER DELETE ON webhooks FOR EACH ROW EXECUTE FUNCTION note_deleted_webhook();

-- `backlog`: more deliveries wait for it than it takes.
ALTER TABLE webhooks
    DROP CONSTRAINT webhooks_disabled_reason_check,
    ADD CONSTRAINT webhooks_disabled_reason_check CHECK (disabled_reason IN ('requested', 'gone', 'failing', 'backlog')),
    -- When the last attempt failed. The version before does not write it, so that what it finds failing is given up later.
    ADD COLUMN last_failed_at timestamptz,
    -- Of a URL the rest may be a secret of the receiver's.
    ADD COLUMN host text GENERATED ALWAYS AS (substring(url FROM '^[^:]+://([^/?#]*)')) STORED;
GRANT UPDATE (last_failed_at) ON webhooks TO socrate_group_dispatcher;
REVOKE SELECT (url) ON webhooks FROM socrate_group_monitoring;
GRANT SELECT (host, last_failed_at) ON webhooks TO socrate_group_monitoring;
