-- What is done with all of a tenant's documents that match, one after the other, by whichever replica takes it up.

CREATE TABLE bulk_actions (
    id               uuid        PRIMARY KEY,
    tenant_id        uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    -- Who asked for it, as the audit log tells it.
    actor            jsonb       NOT NULL,
    action           text        NOT NULL CHECK (action IN ('cancel', 'delete', 'retry')),
    filter           jsonb       NOT NULL,
    -- How documents are to be encoded by an action that encodes them once more: chunk_size, overlap, priority, queue, each where it is said.
    parameters       jsonb,
    state            text        NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'completed', 'aborted')),
    -- How many matched when it was asked for. Others may match when their turn comes.
    matched          bigint      NOT NULL,
    done             bigint      NOT NULL DEFAULT 0,
    skipped          bigint      NOT NULL DEFAULT 0,
    failed           bigint      NOT NULL DEFAULT 0,
    -- The first that failed, a few of them: document_id, message.
    failures         jsonb       NOT NULL DEFAULT '[]',
    -- The last document that was dealt with: they come in the order in which they were uploaded.
    after_created_at timestamptz,
    after_id         uuid,
    -- The document and the number of its encoding whose cancellation the cluster is asked for, until that is counted.
    asked_for        uuid,
    asked_for_encoding integer,
    created_at       timestamptz NOT NULL,
    finished_at      timestamptz,
    -- Who works on it, and how long others leave it alone.
    holder           uuid,
    held_until       timestamptz NOT NULL,
    CHECK ((asked_for IS NULL) = (asked_for_encoding IS NULL))
);
CREATE INDEX bulk_actions_by_tenant ON bulk_actions (tenant_id, created_at DESC, id DESC);
CREATE INDEX bulk_actions_due ON bulk_actions (held_until) WHERE state = 'running' OR asked_for IS NOT NULL;

ALTER TABLE bulk_actions ENABLE ROW LEVEL SECURITY;
CREATE POLICY api ON bulk_actions TO socrate_group_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY mirror ON bulk_actions TO socrate_group_mirror USING (true) WITH CHECK (true);
CREATE POLICY maintenance ON bulk_actions TO socrate_group_maintenance USING (true) WITH CHECK (true);
CREATE POLICY monitoring ON bulk_actions FOR SELECT TO socrate_group_monitoring USING (true);
GRANT SELECT, INSERT, UPDATE ON bulk_actions TO socrate_group_api;
GRANT SELECT, UPDATE (holder, held_until) ON bulk_actions TO socrate_group_mirror;
GRANT SELECT, INSERT, UPDATE, DELETE ON bulk_actions TO socrate_group_maintenance;
GRANT SELECT ON bulk_actions TO socrate_group_monitoring;
