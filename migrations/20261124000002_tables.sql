-- Tenants, and who acts for them.

CREATE TABLE tenants (
    id              uuid        PRIMARY KEY,
    name            text        NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 200),
    -- Quotas; NULL is without limit (but the server's own).
    max_bytes       bigint      CHECK (max_bytes >= 0),
    max_documents   bigint      CHECK (max_documents >= 0),
    max_file_bytes  bigint      CHECK (max_file_bytes >= 0),
    max_in_flight   bigint      CHECK (max_in_flight >= 0),
    retention_days  integer     CHECK (retention_days > 0),
    created_at      timestamptz NOT NULL
);

CREATE TABLE users (
    id          uuid        PRIMARY KEY,
    tenant_id   uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    name        text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    telegram_id bigint      UNIQUE,
    created_at  timestamptz NOT NULL,
    UNIQUE (tenant_id, id)
);

-- Keys are 256 random bits, so a plain SHA-256 cannot be guessed backwards; the prefix finds the row.
CREATE TABLE api_keys (
    id           uuid        PRIMARY KEY,
    tenant_id    uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id      uuid        NOT NULL,
    name         text        NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    prefix       text        NOT NULL UNIQUE CHECK (length(prefix) = 12),
    hash         bytea       NOT NULL CHECK (octet_length(hash) = 32),
    created_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    expires_at   timestamptz,
    revoked_at   timestamptz,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);

CREATE TABLE sessions (
    id         uuid        PRIMARY KEY,
    tenant_id  uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    user_id    uuid        NOT NULL,
    token_hash bytea       NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (tenant_id, user_id) REFERENCES users (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- Documents: what people uploaded, and what was applied with kubectl.

CREATE TABLE documents (
    id                      uuid        PRIMARY KEY,
    -- NULL: applied in a namespace that belongs to no tenant; only administrators see it.
    tenant_id               uuid        REFERENCES tenants (id) ON DELETE RESTRICT,
    user_id                 uuid        REFERENCES users (id) ON DELETE SET NULL,
    origin                  text        NOT NULL CHECK (origin IN ('upload', 'resource')),
    filename                text        NOT NULL CHECK (length(filename) BETWEEN 1 AND 255),
    content_type            text        CHECK (length(content_type) <= 255),
    size_bytes              bigint      CHECK (size_bytes >= 0),
    sha256                  text        CHECK (sha256 ~ '^[0-9a-f]{64}$'),

    status                  text        NOT NULL CHECK (status IN ('processing', 'ready', 'failed')),
    phase                   text        NOT NULL CHECK (phase IN ('Pending', 'Queued', 'Processing', 'Ready', 'Failed', 'Cancelled')),
    processing_progress     integer     NOT NULL DEFAULT 0 CHECK (processing_progress BETWEEN 0 AND 100),
    message                 text,
    error_message           text,
    error_reason            text,
    attempt                 integer     NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    pages_done              bigint      CHECK (pages_done >= 0),
    pages_total             bigint      CHECK (pages_total >= 0),
    queue_position          bigint      CHECK (queue_position >= 1),

    total_chunks            bigint      CHECK (total_chunks >= 0),
    total_tokens            bigint      CHECK (total_tokens >= 0),
    total_pages             bigint      CHECK (total_pages >= 0),
    language                text,
    doc_metadata            jsonb       NOT NULL DEFAULT '{}',

    -- What was asked for.
    queue                   text        NOT NULL,
    priority                integer     NOT NULL,
    chunk_size              integer     NOT NULL,
    overlap                 integer     NOT NULL,

    -- The resource this row is bound to: its newest encoding. The uid is NULL until the resource is seen.
    resource_namespace      text        NOT NULL,
    resource_name           text        NOT NULL,
    resource_uid            uuid        UNIQUE,
    encoding_number         integer     NOT NULL CHECK (encoding_number >= 1),

    created_at              timestamptz NOT NULL,
    updated_at              timestamptz NOT NULL,
    processing_started_at   timestamptz,
    processing_completed_at timestamptz,

    CHECK ((status = 'processing') = (processing_completed_at IS NULL)),
    CHECK ((status = 'ready') = (phase = 'Ready')),
    CHECK ((status = 'failed') = (phase IN ('Failed', 'Cancelled'))),
    CHECK ((status = 'failed') = (error_reason IS NOT NULL)),
    UNIQUE (resource_namespace, resource_name, id)
);
CREATE INDEX documents_by_tenant ON documents (tenant_id, created_at DESC, id DESC);
CREATE INDEX documents_by_status ON documents (status, created_at DESC);
CREATE INDEX documents_without_resource ON documents (updated_at) WHERE resource_uid IS NULL AND status = 'processing';

-- The answer to a request that carried an Idempotency-Key is its document.
CREATE TABLE idempotency_keys (
    tenant_id   uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    key         text        NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea       NOT NULL CHECK (octet_length(fingerprint) = 32),
    document_id uuid        NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_keys_document ON idempotency_keys (document_id);

-- Documents that are gone for everybody and whose resource and objects are still to be removed. Written in the
-- transaction that deletes the row; kept for a while after it is finished, so that a late event makes no new row.
CREATE TABLE removals (
    document_id        uuid        PRIMARY KEY,
    tenant_id          uuid        REFERENCES tenants (id) ON DELETE CASCADE,
    resource_namespace text        NOT NULL,
    resource_name      text        NOT NULL,
    resource_uid       uuid,
    created_at         timestamptz NOT NULL,
    finished_at        timestamptz
);
CREATE INDEX removals_unfinished ON removals (created_at) WHERE finished_at IS NULL;

-- What a tenant used, day by day (UTC); counted once for each encoding that became ready.
CREATE TABLE usage (
    tenant_id uuid   NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    day       date   NOT NULL,
    documents bigint NOT NULL DEFAULT 0,
    pages     bigint NOT NULL DEFAULT 0,
    tokens    bigint NOT NULL DEFAULT 0,
    bytes     bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant_id, day)
);

-- Webhooks: endpoints, and the outbox of deliveries.

CREATE TABLE webhooks (
    id          uuid        PRIMARY KEY,
    tenant_id   uuid        NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    url         text        NOT NULL CHECK (length(url) <= 2048),
    secret      bytea       NOT NULL,
    events      text[]      NOT NULL,
    enabled     boolean     NOT NULL DEFAULT true,
    created_at  timestamptz NOT NULL,
    UNIQUE (tenant_id, id)
);

CREATE TABLE webhook_deliveries (
    id              uuid        PRIMARY KEY,
    tenant_id       uuid        NOT NULL,
    webhook_id      uuid        NOT NULL,
    document_id     uuid,
    event           text        NOT NULL,
    payload         jsonb       NOT NULL,
    status          text        NOT NULL CHECK (status IN ('pending', 'delivered', 'failed')),
    attempts        integer     NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at timestamptz,
    response_status integer,
    error           text,
    created_at      timestamptz NOT NULL,
    delivered_at    timestamptz,
    FOREIGN KEY (tenant_id, webhook_id) REFERENCES webhooks (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_at) WHERE status = 'pending';
