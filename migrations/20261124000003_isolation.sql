-- Row level security. The API says whose request it serves with
--     SELECT set_config('socrate.tenant_id', '<tenant>', true)
-- inside each transaction; without it, it sees nothing. Mirror and maintenance work for all tenants; monitoring reads
-- all rows. The owner of the tables is bound by none of this and serves no requests.

CREATE FUNCTION current_tenant() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('socrate.tenant_id', true), '')::uuid $$;

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY api ON tenants TO socrate_group_api USING (id = current_tenant());
CREATE POLICY monitoring ON tenants FOR SELECT TO socrate_group_monitoring USING (true);
CREATE POLICY mirror ON tenants FOR SELECT TO socrate_group_mirror USING (true);
CREATE POLICY maintenance ON tenants TO socrate_group_maintenance USING (true) WITH CHECK (true);

DO $$
DECLARE
    table_name text;
BEGIN
    FOREACH table_name IN ARRAY ARRAY[
        'users', 'api_keys', 'sessions', 'documents', 'idempotency_keys', 'removals', 'usage', 'webhooks', 'webhook_deliveries'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
        EXECUTE format('CREATE POLICY api ON %I TO socrate_group_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant())', table_name);
        EXECUTE format('CREATE POLICY mirror ON %I TO socrate_group_mirror USING (true) WITH CHECK (true)', table_name);
        EXECUTE format('CREATE POLICY maintenance ON %I TO socrate_group_maintenance USING (true) WITH CHECK (true)', table_name);
        EXECUTE format('CREATE POLICY monitoring ON %I FOR SELECT TO socrate_group_monitoring USING (true)', table_name);
    END LOOP;
END
$$;

GRANT SELECT ON tenants, users, usage TO socrate_group_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON documents, idempotency_keys, sessions, webhooks, webhook_deliveries TO socrate_group_api;
GRANT SELECT, INSERT, UPDATE ON removals TO socrate_group_api;

GRANT SELECT ON tenants, removals, webhooks TO socrate_group_mirror;
GRANT SELECT, INSERT, UPDATE ON documents, usage TO socrate_group_mirror;
GRANT INSERT ON webhook_deliveries TO socrate_group_mirror;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO socrate_group_maintenance;
REVOKE ALL ON _sqlx_migrations FROM socrate_group_maintenance;

-- No hashes of keys, no tokens, no secrets.
GRANT SELECT ON tenants, users, documents, usage, removals TO socrate_group_monitoring;
GRANT SELECT (id, tenant_id, user_id, name, prefix, created_at, last_used_at, expires_at, revoked_at) ON api_keys TO socrate_group_monitoring;
GRANT SELECT (id, tenant_id, url, events, enabled, created_at) ON webhooks TO socrate_group_monitoring;
GRANT SELECT (id, tenant_id, webhook_id, document_id, event, status, attempts, next_attempt_at, response_status, created_at, delivered_at)
    ON webhook_deliveries TO socrate_group_monitoring;

-- Who a key belongs to must be found before the tenant is known: one narrow way past the policies.
CREATE FUNCTION find_api_key(wanted_prefix text, at timestamptz)
    RETURNS TABLE (tenant_id uuid, user_id uuid, hash bytea)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT keys.tenant_id, keys.user_id, keys.hash
        FROM public.api_keys AS keys
        WHERE keys.prefix = wanted_prefix
          AND keys.revoked_at IS NULL
          AND (keys.expires_at IS NULL OR keys.expires_at > at)
    $$;
CREATE FUNCTION touch_api_key(used_prefix text, at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ UPDATE public.api_keys SET last_used_at = at WHERE prefix = used_prefix $$;
REVOKE ALL ON FUNCTION find_api_key(text, timestamptz), touch_api_key(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION find_api_key(text, timestamptz), touch_api_key(text, timestamptz) TO socrate_group_api;
