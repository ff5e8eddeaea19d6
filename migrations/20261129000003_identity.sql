-- Who may do what: roles of users, scopes of keys, subjects of tokens, sessions of the dashboard, and the audit log.

ALTER TABLE tenants
    ADD COLUMN max_requests_per_second integer CHECK (max_requests_per_second > 0),
    -- Nobody of a disabled tenant is let in; a deleted one goes once nothing of it is left.
    ADD COLUMN disabled_at timestamptz,
    ADD COLUMN deleted_at  timestamptz;

ALTER TABLE users
    ADD COLUMN role        text NOT NULL DEFAULT 'member' CHECK (role IN ('admin', 'member', 'read_only')),
    -- Who the user is in tokens: `sub`, which is unique for an `iss`.
    ADD COLUMN issuer      text CHECK (length(issuer) BETWEEN 1 AND 2048),
    ADD COLUMN subject     text CHECK (length(subject) BETWEEN 1 AND 255),
    ADD COLUMN disabled_at timestamptz,
    ADD CONSTRAINT users_issuer_with_subject CHECK ((issuer IS NULL) = (subject IS NULL)),
    ADD CONSTRAINT users_issuer_subject_key UNIQUE (issuer, subject);
CREATE INDEX users_by_tenant ON users (tenant_id, created_at, id);

ALTER TABLE api_keys
    ADD COLUMN scopes text[] NOT NULL DEFAULT ARRAY['documents:read', 'documents:write']
        CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['documents:read', 'documents:write', 'admin']);
CREATE INDEX api_keys_by_user ON api_keys (tenant_id, user_id);

ALTER TABLE sessions
    ADD COLUMN scopes       text[]      NOT NULL DEFAULT ARRAY['documents:read']
        CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['documents:read', 'documents:write', 'admin']),
    -- A session that was begun with a key ends with it.
    ADD COLUMN key_id       uuid        REFERENCES api_keys (id) ON DELETE CASCADE,
    ADD COLUMN last_seen_at timestamptz NOT NULL DEFAULT now();
CREATE INDEX sessions_by_user ON sessions (tenant_id, user_id);
CREATE INDEX sessions_by_key ON sessions (key_id);

-- What was done, by whom: written in the transaction that does it, never changed. It goes with its tenant.
CREATE TABLE audit_log (
    id            uuid        PRIMARY KEY,
    -- NULL: of the whole platform.
    tenant_id     uuid        REFERENCES tenants (id) ON DELETE CASCADE,
    at            timestamptz NOT NULL,
    -- NULL: an administrator of the platform, with a command.
    actor_id      uuid,
    method        text        NOT NULL CHECK (method IN ('api_key', 'session', 'token', 'command')),
    -- The key or session it was done with.
    credential_id uuid,
    action        text        NOT NULL CHECK (length(action) BETWEEN 1 AND 100),
    target        text        CHECK (length(target) <= 300),
    details       jsonb       NOT NULL DEFAULT '{}',
    request_id    text        CHECK (length(request_id) <= 100)
);
CREATE INDEX audit_log_by_tenant ON audit_log (tenant_id, at DESC, id DESC);

ALTER TABLE audit_log ENABLE ROW LEVEL SECURITY;
CREATE POLICY api_reads ON audit_log FOR SELECT TO socrate_group_api USING (tenant_id = current_tenant());
CREATE POLICY api_adds ON audit_log FOR INSERT TO socrate_group_api WITH CHECK (tenant_id = current_tenant());
CREATE POLICY maintenance_reads ON audit_log FOR SELECT TO socrate_group_maintenance USING (true);
CREATE POLICY maintenance_adds ON audit_log FOR INSERT TO socrate_group_maintenance WITH CHECK (true);
CREATE POLICY monitoring ON audit_log FOR SELECT TO socrate_group_monitoring USING (true);
GRANT SELECT, INSERT ON audit_log TO socrate_group_api, socrate_group_maintenance;
GRANT SELECT ON audit_log TO socrate_group_monitoring;

-- Hashes are written and never read: what finds by them are the functions below.
REVOKE SELECT, UPDATE ON sessions FROM socrate_group_api;
GRANT SELECT (id, tenant_id, user_id, scopes, key_id, created_at, expires_at, last_seen_at) ON sessions TO socrate_group_api;
GRANT SELECT (id, tenant_id, user_id, name, prefix, scopes, created_at, last_used_at, expires_at, revoked_at), INSERT, UPDATE (revoked_at)
    ON api_keys TO socrate_group_api;
GRANT SELECT (scopes) ON api_keys TO socrate_group_monitoring;
GRANT INSERT, UPDATE (name, role, disabled_at) ON users TO socrate_group_api;

-- A removal outlives its tenant: it says what is still to be removed.
ALTER TABLE removals DROP CONSTRAINT removals_tenant_id_fkey;

-- Who a key or a session belongs to must be found before the tenant is known: two narrow ways past the policies.
CREATE FUNCTION identify_key(wanted_prefix text, at timestamptz)
    RETURNS TABLE (
        id uuid, tenant_id uuid, user_id uuid, role text, scopes text[], hash bytea, expires_at timestamptz,
        max_requests_per_second integer
    )
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT keys.id, keys.tenant_id, keys.user_id, users.role, keys.scopes, keys.hash, keys.expires_at,
            tenants.max_requests_per_second
        FROM public.api_keys AS keys
        JOIN public.users ON users.tenant_id = keys.tenant_id AND users.id = keys.user_id
        JOIN public.tenants ON tenants.id = keys.tenant_id
        WHERE keys.prefix = wanted_prefix
          AND keys.revoked_at IS NULL
          AND (keys.expires_at IS NULL OR keys.expires_at > at)
          AND users.disabled_at IS NULL AND tenants.disabled_at IS NULL AND tenants.deleted_at IS NULL
    $$;
CREATE FUNCTION identify_session(wanted_hash bytea, at timestamptz, seen_since timestamptz)
    RETURNS TABLE (
        id uuid, tenant_id uuid, user_id uuid, role text, scopes text[], expires_at timestamptz, key_expires_at timestamptz,
        max_requests_per_second integer
    )
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT sessions.id, sessions.tenant_id, sessions.user_id, users.role, sessions.scopes, sessions.expires_at, keys.expires_at,
            tenants.max_requests_per_second
        FROM public.sessions
        JOIN public.users ON users.tenant_id = sessions.tenant_id AND users.id = sessions.user_id
        JOIN public.tenants ON tenants.id = sessions.tenant_id
        LEFT JOIN public.api_keys AS keys ON keys.id = sessions.key_id
        WHERE sessions.token_hash = wanted_hash
          AND sessions.expires_at > at AND sessions.last_seen_at > seen_since
          AND keys.revoked_at IS NULL AND (keys.expires_at IS NULL OR keys.expires_at > at)
          AND users.disabled_at IS NULL AND tenants.disabled_at IS NULL AND tenants.deleted_at IS NULL
    $$;

-- That they were used: written late, and many at once.
CREATE FUNCTION touch_api_keys(used uuid[], at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        UPDATE public.api_keys SET last_used_at = at WHERE id = ANY (used) AND (last_used_at IS NULL OR last_used_at < at)
    $$;
CREATE FUNCTION touch_sessions(used uuid[], at timestamptz) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$ UPDATE public.sessions SET last_seen_at = at WHERE id = ANY (used) AND last_seen_at < at $$;

-- The version before this one asks this; it must not let in whom this one keeps out.
CREATE OR REPLACE FUNCTION find_api_key(wanted_prefix text, at timestamptz)
    RETURNS TABLE (tenant_id uuid, user_id uuid, hash bytea)
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT keys.tenant_id, keys.user_id, keys.hash
        FROM public.identify_key(wanted_prefix, at) AS keys
        WHERE keys.role <> 'read_only' AND keys.scopes @> ARRAY['documents:read', 'documents:write']
    $$;

REVOKE ALL ON FUNCTION identify_key(text, timestamptz), identify_session(bytea, timestamptz, timestamptz),
    touch_api_keys(uuid[], timestamptz), touch_sessions(uuid[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION identify_key(text, timestamptz), identify_session(bytea, timestamptz, timestamptz),
    touch_api_keys(uuid[], timestamptz), touch_sessions(uuid[], timestamptz) TO socrate_group_api;
