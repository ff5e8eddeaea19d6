-- Failures that somebody has seen to: each of one encoding, so that a document that fails anew is to be seen to anew.

SET LOCAL lock_timeout = '5s';

CREATE TABLE acknowledgements (
    document_id     uuid        PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE,
    tenant_id       uuid        NOT NULL,
    encoding_number integer     NOT NULL,
    user_id         uuid        NOT NULL,
    acknowledged_at timestamptz NOT NULL
);

ALTER TABLE acknowledgements ENABLE ROW LEVEL SECURITY;
CREATE POLICY api ON acknowledgements TO socrate_group_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY maintenance ON acknowledgements TO socrate_group_maintenance USING (true) WITH CHECK (true);
CREATE POLICY monitoring ON acknowledgements FOR SELECT TO socrate_group_monitoring USING (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON acknowledgements TO socrate_group_api;
GRANT SELECT ON acknowledgements TO socrate_group_maintenance, socrate_group_monitoring;
