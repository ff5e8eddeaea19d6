-- no-transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS documents_by_part_of_name ON documents USING gin (tenant_id, filename gin_trgm_ops);
