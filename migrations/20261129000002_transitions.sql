-- What a tenant holds, counted with every change of a document, and the place of each change among the changes of its tenant.
--
-- A trigger counts, so that nobody can change a document without it: neither a program of the version before, which runs beside the new one
-- during an upgrade, nor a person at a console.

-- Nothing changes between the count of what is there and the trigger.
LOCK TABLE documents IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE holdings (
    tenant_id    uuid   PRIMARY KEY REFERENCES tenants (id) ON DELETE CASCADE,
    documents    bigint NOT NULL DEFAULT 0,
    bytes        bigint NOT NULL DEFAULT 0,
    -- Documents that are waiting or being worked on.
    in_flight    bigint NOT NULL DEFAULT 0,
    -- Files that are coming in, and the bytes that are kept free for them.
    uploads      bigint NOT NULL DEFAULT 0,
    upload_bytes bigint NOT NULL DEFAULT 0,
    -- The number of the last change. The row is locked until a change is committed, so numbers become visible in their order, without
    -- gaps: who has read up to a number has missed nothing before it.
    change_seq   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

INSERT INTO holdings (tenant_id, documents, bytes, in_flight)
SELECT tenants.id, count(documents.id), coalesce(sum(size_bytes), 0)::bigint, count(documents.id) FILTER (WHERE status = 'processing')
FROM tenants LEFT JOIN documents ON documents.tenant_id = tenants.id
GROUP BY tenants.id;

-- `change_seq`: the tenant's change that made the row what it is; 0 for rows that nobody owns, and for those from before.
-- `resource_version`: of the resource, when the row was last written from it. What is older never overwrites what is newer.
ALTER TABLE documents ADD COLUMN change_seq bigint NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN resource_version bigint;
-- A deletion is a change too.
ALTER TABLE removals ADD COLUMN change_seq bigint NOT NULL DEFAULT 0;

-- Adds to what a tenant holds; answers the number of the change.
CREATE FUNCTION add_to_holdings(tenant uuid, more_documents bigint, more_bytes bigint, more_in_flight bigint) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        INSERT INTO public.holdings AS held (tenant_id, documents, bytes, in_flight, change_seq)
        VALUES (tenant, more_documents, more_bytes, more_in_flight, 1)
        ON CONFLICT (tenant_id) DO UPDATE SET
            documents = held.documents + excluded.documents,
            bytes = held.bytes + excluded.bytes,
            in_flight = held.in_flight + excluded.in_flight,
            change_seq = held.change_seq + 1
        RETURNING held.change_seq
    $$;

-- Locks what tenants hold, in one order for everybody. Whoever changes several documents in one statement locks their rows first, in the
-- order of their ids, then this.
CREATE FUNCTION lock_holdings(tenants uuid[]) RETURNS bigint
    LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
        SELECT count(*) FROM (
            SELECT FROM public.holdings WHERE tenant_id = ANY (tenants) ORDER BY tenant_id FOR NO KEY UPDATE
        ) AS locked
    $$;

CREATE FUNCTION count_document() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public
    AS $$
    DECLARE
        processing_before bigint := 0;
        processing_after bigint := 0;
    BEGIN
        IF TG_OP <> 'INSERT' THEN
            processing_before := (OLD.status = 'processing')::int;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            processing_after := (NEW.status = 'processing')::int;
        END IF;
        IF TG_OP = 'DELETE' THEN
            IF OLD.tenant_id IS NOT NULL THEN
                PERFORM public.add_to_holdings(OLD.tenant_id, -1, -coalesce(OLD.size_bytes, 0), -processing_before);
            END IF;
            RETURN OLD;
        END IF;
        IF TG_OP = 'UPDATE' AND OLD.tenant_id IS NOT NULL THEN
            IF NEW.tenant_id IS NOT DISTINCT FROM OLD.tenant_id THEN
                NEW.change_seq := public.add_to_holdings(
                    NEW.tenant_id, 0, coalesce(NEW.size_bytes, 0) - coalesce(OLD.size_bytes, 0), processing_after - processing_before);
                RETURN NEW;
            END IF;
            PERFORM public.add_to_holdings(OLD.tenant_id, -1, -coalesce(OLD.size_bytes, 0), -processing_before);
        END IF;
        IF TG_OP = 'INSERT' AND NEW.tenant_id IS NOT NULL THEN
            -- Two replicas may see the same new resource. Whoever comes second waits here, finds the row, and neither adds nor counts it.
            INSERT INTO public.holdings (tenant_id) VALUES (NEW.tenant_id) ON CONFLICT DO NOTHING;
            PERFORM FROM public.holdings WHERE tenant_id = NEW.tenant_id FOR NO KEY UPDATE;
            IF NEW.origin = 'resource' AND EXISTS (SELECT FROM public.documents WHERE id = NEW.id) THEN
                RETURN NULL;
            END IF;
        END IF;
        IF NEW.tenant_id IS NOT NULL THEN
            NEW.change_seq := public.add_to_holdings(NEW.tenant_id, 1, coalesce(NEW.size_bytes, 0), processing_after);
        END IF;
        RETURN NEW;
    END
    $$;
CREATE TRIGGER count_document BEFORE INSERT OR UPDATE OR DELETE ON documents FOR EACH ROW EXECUTE FUNCTION count_document();

REVOKE ALL ON FUNCTION add_to_holdings(uuid, bigint, bigint, bigint), lock_holdings(uuid[]), count_document() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lock_holdings(uuid[]) TO socrate_group_mirror, socrate_group_maintenance;

ALTER TABLE holdings ENABLE ROW LEVEL SECURITY;
CREATE POLICY api ON holdings FOR SELECT TO socrate_group_api USING (tenant_id = current_tenant());
CREATE POLICY mirror ON holdings FOR SELECT TO socrate_group_mirror USING (true);
CREATE POLICY maintenance ON holdings TO socrate_group_maintenance USING (true) WITH CHECK (true);
CREATE POLICY monitoring ON holdings FOR SELECT TO socrate_group_monitoring USING (true);
GRANT SELECT ON holdings TO socrate_group_api, socrate_group_mirror, socrate_group_monitoring;
GRANT SELECT, UPDATE, DELETE ON holdings TO socrate_group_maintenance;

-- Resources that may have been made although what asked for them was taken back: deleted, and looked for a while longer.
CREATE TABLE unwanted_resources (
    resource_namespace text        NOT NULL,
    resource_name      text        NOT NULL,
    tenant_id          uuid        REFERENCES tenants (id) ON DELETE SET NULL,
    created_at         timestamptz NOT NULL,
    PRIMARY KEY (resource_namespace, resource_name)
);
ALTER TABLE unwanted_resources ENABLE ROW LEVEL SECURITY;
CREATE POLICY api ON unwanted_resources TO socrate_group_api USING (tenant_id = current_tenant()) WITH CHECK (tenant_id = current_tenant());
CREATE POLICY maintenance ON unwanted_resources TO socrate_group_maintenance USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON unwanted_resources TO socrate_group_api;
GRANT SELECT, INSERT, DELETE ON unwanted_resources TO socrate_group_maintenance;

-- What cannot be removed now is tried again later, and keeps nothing else waiting.
ALTER TABLE removals ADD COLUMN attempts integer NOT NULL DEFAULT 0;
ALTER TABLE removals ADD COLUMN next_attempt_at timestamptz;
CREATE INDEX removals_due ON removals (coalesce(next_attempt_at, created_at)) WHERE finished_at IS NULL;
CREATE INDEX removals_finished ON removals (finished_at);

-- What lists and statistics filter by.
CREATE INDEX documents_by_tenant_and_status ON documents (tenant_id, status, created_at DESC, id DESC);
CREATE INDEX documents_by_filename ON documents (tenant_id, filename, id);
CREATE INDEX documents_by_user ON documents (user_id);
-- None by `change_seq`: an index on what every change changes would make each of them a change of all indexes.
-- What was applied in a namespace that belonged to nobody, to be found when the namespace is given to a tenant.
CREATE INDEX documents_of_nobody ON documents (resource_namespace) WHERE tenant_id IS NULL;

-- Whoever answers from memory hears of a deletion when it is committed.
CREATE FUNCTION tell_removal() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog
    AS $$ BEGIN PERFORM pg_notify('socrate_removed', NEW.document_id::text); RETURN NULL; END $$;
CREATE TRIGGER tell_removal AFTER INSERT ON removals FOR EACH ROW EXECUTE FUNCTION tell_removal();
