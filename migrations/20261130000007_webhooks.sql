-- Webhooks by Standard Webhooks 1.0: endpoints, their secrets, the outbox of deliveries, and what became of each attempt.

SET LOCAL lock_timeout = '5s';

-- A program of its own sends what is told, as it alone speaks to addresses that people chose; it sees no document but in its changes.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'socrate_group_dispatcher') THEN
        BEGIN
            CREATE ROLE socrate_group_dispatcher NOLOGIN;
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- Made by a migration of another database at the same moment.
        END;
    END IF;
END
$$;

-- No program has ever read or written the two tables of the first migrations, so that there is nothing to keep, and nobody to wait for.
DROP TABLE webhook_deliveries;
DROP TABLE webhooks;

CREATE TABLE webhooks (
    id              uuid        PRIMARY KEY,
    tenant_id       uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    url             text        NOT NULL CHECK (length(url) BETWEEN 1 AND 2048),
    -- Of a URL the rest may be a secret of the receiver's.
    host            text        GENERATED ALWAYS AS (substring(url FROM '^[^:]+://([^/?#]*)')) STORED,
    description     text        NOT NULL DEFAULT '' CHECK (length(description) <= 200),
    events          text[]      NOT NULL CHECK (cardinality(events) >= 1),
    enabled         boolean     NOT NULL DEFAULT true,
    disabled_at     timestamptz,
    -- `requested`: by an administrator. `gone`: it answered 410. `failing`: nothing has succeeded for days. `backlog`: more deliveries wait for it than
    -- it takes.
    disabled_reason text        CHECK (disabled_reason IN ('requested', 'gone', 'failing', 'backlog')),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    -- Up to this change of the tenant there are deliveries of all that is to be told. It moves in the transaction that adds them.
    told_change_seq bigint      NOT NULL,
    -- Since then every attempt has failed.
    failing_since   timestamptz,
    last_failed_at  timestamptz,
    -- It asked to be left alone until then.
    paused_until    timestamptz,
    UNIQUE (tenant_id, id),
    CHECK (enabled = (disabled_reason IS NULL) AND enabled = (disabled_at IS NULL))
) WITH (fillfactor = 50);
CREATE INDEX webhooks_enabled ON webhooks (tenant_id) WHERE enabled;

-- What deliveries are signed with: the newest, and for a while the one before. The API writes secrets and cannot read them.
CREATE TABLE webhook_secrets (
    id         uuid        PRIMARY KEY,
    tenant_id  uuid        NOT NULL,
    webhook_id uuid        NOT NULL,
    secret     bytea       NOT NULL CHECK (octet_length(secret) >= 24),
    created_at timestamptz NOT NULL,
    -- NULL is the newest.
    expires_at timestamptz,
    FOREIGN KEY (tenant_id, webhook_id) REFERENCES webhooks (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_secrets_by_webhook ON webhook_secrets (tenant_id, webhook_id);

-- They do not go in the statement that deletes their webhook, which would not end where there are millions.
CREATE TABLE webhook_deliveries (
    -- With `msg_` before it, what is sent as `webhook-id`: the same for all attempts.
    id              uuid        PRIMARY KEY,
    tenant_id       uuid        NOT NULL,
    webhook_id      uuid        NOT NULL,
    -- The change that is told; NULL is a test.
    change_seq      bigint,
    document_id     uuid,
    event           text        NOT NULL,
    -- What is sent, to the letter, as it is signed.
    body            text        NOT NULL,
    status          text        NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts        integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    -- Attempts since it was last put up: where it is in the schedule.
    round_attempts  integer     NOT NULL DEFAULT 0 CHECK (round_attempts >= 0),
    -- While an attempt is made: when whoever makes it must have died.
    next_attempt_at timestamptz,
    -- Whose attempt counts.
    claim           uuid,
    response_status integer,
    error           text,
    created_at      timestamptz NOT NULL,
    -- When it was delivered, or failed for good.
    ended_at        timestamptz,
    UNIQUE (tenant_id, id),
    UNIQUE (webhook_id, change_seq),
    CHECK ((status = 'pending') = (next_attempt_at IS NOT NULL) AND (status = 'pending') = (ended_at IS NULL))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at) WHERE status = 'pending';
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, created_at DESC, id DESC);
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (webhook_id, created_at DESC, id DESC) WHERE status = 'failed';
-- What is old is removed from its end.
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE status <> 'pending';

CREATE TABLE webhook_attempts (
    tenant_id       uuid        NOT NULL,
    delivery_id     uuid        NOT NULL,
    -- A number that is missing is an attempt that was cut off.
    number          integer     NOT NULL CHECK (number >= 1),
    at              timestamptz NOT NULL,
    duration_ms     integer     NOT NULL CHECK (duration_ms >= 0),
    response_status integer,
    error           text,
    -- The beginning of the answer's body, where that is text.
    excerpt         text        CHECK (octet_length(excerpt) <= 4096),
    PRIMARY KEY (delivery_id, number),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES webhook_deliveries (tenant_id, id) ON DELETE CASCADE
);

-- Those whose deliveries the sweeper is to remove, some at a time. A delivery of a webhook that is gone is found by nobody else.
CREATE TABLE deleted_webhooks (
    webhook_id uuid        PRIMARY KEY,
    tenant_id  uuid        NOT NULL,
    deleted_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX deleted_webhooks_by_tenant ON deleted_webhooks (tenant_id);

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

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['webhooks', 'webhook_secrets', 'webhook_deliveries', 'webhook_attempts'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY api ON %I TO socrate_group_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', table_name);
        EXECUTE format('CREATE POLICY dispatcher ON %I TO socrate_group_dispatcher USING (true) WITH CHECK (true)', table_name);
        EXECUTE format('CREATE POLICY maintenance ON %I TO socrate_group_maintenance USING (true) WITH CHECK (true)', table_name);
        EXECUTE format('CREATE POLICY monitoring ON %I FOR SELECT TO socrate_group_monitoring USING (true)', table_name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO socrate_group_maintenance', table_name);
    END LOOP;
    FOREACH table_name IN ARRAY ARRAY['holdings', 'changes', 'tenants'] LOOP
        EXECUTE format('CREATE POLICY dispatcher ON %I FOR SELECT TO socrate_group_dispatcher USING (true)', table_name);
    END LOOP;
END
$$;

ALTER TABLE deleted_webhooks ENABLE ROW LEVEL SECURITY;
CREATE POLICY maintenance ON deleted_webhooks TO socrate_group_maintenance USING (true) WITH CHECK (true);
CREATE POLICY monitoring ON deleted_webhooks FOR SELECT TO socrate_group_monitoring USING (true);
GRANT SELECT, DELETE ON deleted_webhooks TO socrate_group_maintenance;
GRANT SELECT ON deleted_webhooks TO socrate_group_monitoring;

GRANT SELECT, INSERT, UPDATE, DELETE ON webhooks TO socrate_group_api;
GRANT SELECT (id, tenant_id, webhook_id, created_at, expires_at), INSERT, UPDATE (expires_at) ON webhook_secrets TO socrate_group_api;
GRANT SELECT, INSERT, UPDATE ON webhook_deliveries TO socrate_group_api;
GRANT SELECT ON webhook_attempts TO socrate_group_api;

GRANT SELECT (id, disabled_at, deleted_at) ON tenants TO socrate_group_dispatcher;
GRANT SELECT (tenant_id, change_seq, forgotten_change_seq) ON holdings TO socrate_group_dispatcher;
GRANT SELECT ON changes, webhooks, webhook_secrets TO socrate_group_dispatcher;
GRANT UPDATE (enabled, disabled_at, disabled_reason, told_change_seq, failing_since, last_failed_at, paused_until)
    ON webhooks TO socrate_group_dispatcher;
GRANT SELECT, INSERT ON webhook_deliveries, webhook_attempts TO socrate_group_dispatcher;
GRANT UPDATE (status, attempts, round_attempts, next_attempt_at, claim, response_status, error, ended_at)
    ON webhook_deliveries TO socrate_group_dispatcher;

-- No secrets, and nothing of what endpoints answer.
GRANT SELECT (id, tenant_id, host, events, enabled, disabled_at, disabled_reason, created_at, told_change_seq, failing_since, last_failed_at,
    paused_until) ON webhooks TO socrate_group_monitoring;
GRANT SELECT (id, tenant_id, webhook_id, change_seq, document_id, event, status, attempts, next_attempt_at, response_status, error, created_at,
    ended_at) ON webhook_deliveries TO socrate_group_monitoring;
GRANT SELECT (tenant_id, delivery_id, number, at, duration_ms, response_status, error) ON webhook_attempts TO socrate_group_monitoring;
