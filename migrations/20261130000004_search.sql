-- Search: in the names of documents, and in their text, which is the chunks of their results. Operators of text search are not leakproof, so that
-- under row level security no index serves them. Functions of the owner search instead, each pinned to the tenant of the transaction.

SET LOCAL lock_timeout = '5s';
CREATE EXTENSION IF NOT EXISTS pg_trgm;   -- Parts of names.
CREATE EXTENSION IF NOT EXISTS btree_gin; -- The tenant beside them in one index.

-- Which rules a language's words are cut by; languages are those of `documents.language`, ISO 639-1. Never changed for a language: what is stored was
-- cut by it.
CREATE FUNCTION search_configuration(language text) RETURNS regconfig
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
        SELECT CASE language
            WHEN 'ar' THEN 'pg_catalog.arabic'::regconfig      WHEN 'ca' THEN 'pg_catalog.catalan'::regconfig
            WHEN 'da' THEN 'pg_catalog.danish'::regconfig      WHEN 'de' THEN 'pg_catalog.german'::regconfig
            WHEN 'el' THEN 'pg_catalog.greek'::regconfig       WHEN 'en' THEN 'pg_catalog.english'::regconfig
            WHEN 'es' THEN 'pg_catalog.spanish'::regconfig     WHEN 'eu' THEN 'pg_catalog.basque'::regconfig
            WHEN 'fi' THEN 'pg_catalog.finnish'::regconfig     WHEN 'fr' THEN 'pg_catalog.french'::regconfig
            WHEN 'ga' THEN 'pg_catalog.irish'::regconfig       WHEN 'hi' THEN 'pg_catalog.hindi'::regconfig
            WHEN 'hu' THEN 'pg_catalog.hungarian'::regconfig   WHEN 'hy' THEN 'pg_catalog.armenian'::regconfig
            WHEN 'id' THEN 'pg_catalog.indonesian'::regconfig  WHEN 'it' THEN 'pg_catalog.italian'::regconfig
            WHEN 'lt' THEN 'pg_catalog.lithuanian'::regconfig  WHEN 'ne' THEN 'pg_catalog.nepali'::regconfig
            WHEN 'nb' THEN 'pg_catalog.norwegian'::regconfig   WHEN 'nl' THEN 'pg_catalog.dutch'::regconfig
            WHEN 'nn' THEN 'pg_catalog.norwegian'::regconfig   WHEN 'no' THEN 'pg_catalog.norwegian'::regconfig
            WHEN 'pt' THEN 'pg_catalog.portuguese'::regconfig  WHEN 'ro' THEN 'pg_catalog.romanian'::regconfig
            WHEN 'ru' THEN 'pg_catalog.russian'::regconfig     WHEN 'sr' THEN 'pg_catalog.serbian'::regconfig
            WHEN 'sv' THEN 'pg_catalog.swedish'::regconfig     WHEN 'ta' THEN 'pg_catalog.tamil'::regconfig
            WHEN 'tr' THEN 'pg_catalog.turkish'::regconfig     WHEN 'yi' THEN 'pg_catalog.yiddish'::regconfig
            ELSE 'pg_catalog.simple'::regconfig
        END
    $$;

-- Scripts that are written without spaces are searched character by character: each is a word, and what stands together in a question is a phrase.
-- Characters 4 around each tell it from its neighbours; they are neither space nor letter.
CREATE FUNCTION characters_apart(text text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
    AS $$
        SELECT CASE WHEN text ~ '[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u2E80-\u9FFF\uF900-\uFAFF\U00020000-\U0003FFFF]'
            THEN regexp_replace(text, '([\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u2E80-\u9FFF\uF900-\uFAFF\U00020000-\U0003FFFF])', E'\x04\\1\x04', 'g')
            ELSE text END
    $$;

-- The words of a chunk: of its heading, which count more, and of its text; where these are more than Postgres holds, of the beginning of the text.
CREATE FUNCTION chunk_words(language text, body jsonb) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public
    AS $$
    DECLARE
        configuration CONSTANT regconfig := public.search_configuration(language);
        title CONSTANT tsvector := setweight(
            to_tsvector(configuration, public.characters_apart(left(coalesce(body #>> '{metadata,title}', ''), 10000))), 'A');
        chunk text := public.characters_apart(coalesce(body ->> 'text', ''));
    BEGIN
        LOOP
            BEGIN
                RETURN title || setweight(to_tsvector(configuration, chunk), 'D');
            EXCEPTION WHEN program_limit_exceeded THEN
                chunk := left(chunk, length(chunk) / 2);
            END;
        END LOOP;
    END
    $$;

-- The chunks of results, as their files have them, for search, lists and exports. Files stay what counts: rows are made of them. Those of a
-- document that is deleted are found no more, and removed later, some at a time: nobody waits for it.
CREATE TABLE chunks (
    tenant_id   uuid    NOT NULL,
    document_id uuid    NOT NULL,
    number      integer NOT NULL CHECK (number >= 0),
    language    text    NOT NULL,
    body        jsonb   NOT NULL,
    bytes       integer NOT NULL GENERATED ALWAYS AS (octet_length(coalesce(body ->> 'text', ''))) STORED,
    words       tsvector GENERATED ALWAYS AS (chunk_words(language, body)) STORED,
    PRIMARY KEY (document_id, number)
);
-- Ranking and phrases read the words of each chunk that matches: with their row, and not compressed, in a tenth of the time. The body makes room.
ALTER TABLE chunks SET (toast_tuple_target = 8160);
ALTER TABLE chunks ALTER COLUMN words SET STORAGE MAIN;
-- Of a tenant and a language in one key: a word of one language is often one of others too, and each row that is not meant would be read for it. What
-- waits to be merged into the index is read whole by each search.
CREATE INDEX chunks_by_words ON chunks USING gin ((tenant_id::text || ' ' || language), words) WITH (gin_pending_list_limit = 512);

-- The languages a tenant's chunks are in, or once were: a question is cut into words by the rules of each.
CREATE TABLE chunk_languages (
    tenant_id uuid NOT NULL REFERENCES tenants (id) ON DELETE CASCADE,
    language  text NOT NULL,
    PRIMARY KEY (tenant_id, language)
);

-- The ids of the tenant's documents with a name like this; NULL where there are more than `most`: then they are found faster one after the other.
CREATE FUNCTION documents_named(pattern text, most integer) RETURNS uuid[]
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET jit = off
    AS $$
        SELECT CASE WHEN count(*) <= most THEN coalesce(array_agg(id), '{}') END
        FROM (SELECT id FROM public.documents WHERE tenant_id = public.current_tenant() AND filename ILIKE pattern LIMIT most + 1) AS named
    $$;

-- Chunks of the tenant, or of one of its documents, that hold what is asked for, as `websearch_to_tsquery` reads it in each language. Of at most
-- `most` the best are given, best first, after the one named by the last three arguments. A passage that shows why has what matches
-- between the characters 2 and 3, and its parts between characters 1.
CREATE FUNCTION search_chunks(asked text, asked_language text, asked_document uuid, most integer, page_size integer,
        after_score real, after_document uuid, after_number integer)
    RETURNS TABLE (document_id uuid, filename text, language text, number integer, page integer, title text, score real, passage text,
        is_truncated boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET jit = off
    AS $$
    #variable_conflict use_column
    DECLARE
        tenant CONSTANT uuid := public.current_tenant();
        options CONSTANT text := E'MaxFragments=2, MinWords=8, MaxWords=30, ShortWord=0, FragmentDelimiter=\x01, StartSel=\x02, StopSel=\x03';
    BEGIN
        RETURN QUERY
        WITH questions AS MATERIALIZED (
            SELECT language, websearch_to_tsquery(public.search_configuration(language), public.characters_apart(asked)) AS question
            FROM public.chunk_languages
            WHERE tenant_id = tenant AND (asked_language IS NULL OR language = asked_language)),
        -- One that only says what is not to be there would be answered with all there is.
        asked_for AS MATERIALIZED (SELECT * FROM questions WHERE querytree(question) NOT IN ('', 'T')),
        found AS MATERIALIZED (
            SELECT hit.document_id, hit.number, hit.language, question, hit.score
            FROM asked_for CROSS JOIN LATERAL (
                SELECT document_id, number, language, ts_rank(words, question, 1) AS score
                FROM public.chunks
                WHERE chunks.tenant_id::text || ' ' || chunks.language = tenant::text || ' ' || asked_for.language AND words @@ question
                    AND chunks.tenant_id = tenant AND chunks.language = asked_for.language
                    AND (asked_document IS NULL OR document_id = asked_document)
                    -- Chunks of a document that is deleted are removed a little later.
                    AND (SELECT true FROM public.documents WHERE documents.id = chunks.document_id AND documents.tenant_id = tenant)
                LIMIT most + 1) AS hit),
        best AS MATERIALIZED (
            SELECT * FROM found
            WHERE after_score IS NULL OR found.score < after_score
                OR (found.score = after_score AND (found.document_id, found.number) > (after_document, after_number))
            ORDER BY score DESC, document_id, number LIMIT page_size)
        SELECT best.document_id, documents.filename, chunks.language, best.number, least((body ->> 'page_start')::bigint, 2147483647)::integer,
            body #>> '{metadata,title}', best.score,
            replace(translate(CASE WHEN strpos(beginning, E'\x02') > 0 THEN beginning
                ELSE ts_headline(configuration, public.characters_apart(whole), question, options) END, E'\x04', ''), E'\x03\x02', ''),
            EXISTS (SELECT FROM found GROUP BY found.language HAVING count(*) > most)
        FROM best
            JOIN public.chunks ON chunks.document_id = best.document_id AND chunks.number = best.number
            JOIN public.documents ON documents.id = best.document_id AND documents.tenant_id = tenant
            CROSS JOIN LATERAL (SELECT public.search_configuration(chunks.language) AS configuration,
                translate(body ->> 'text', E'\x01\x02\x03\x04', '') AS whole OFFSET 0) AS text
            -- Most of the time goes by here, by the length of the text: its beginning is enough where it matches; but for a phrase, of which it may
            -- have a word alone.
            CROSS JOIN LATERAL (SELECT CASE WHEN question::text LIKE '%<%' THEN ''
                ELSE ts_headline(configuration, public.characters_apart(left(whole, 500)), question, options) END AS beginning OFFSET 0) AS text_beginning
        ORDER BY best.score DESC, best.document_id, best.number;
    END
    $$;

REVOKE ALL ON FUNCTION documents_named(text, integer),
    search_chunks(text, text, uuid, integer, integer, real, uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION documents_named(text, integer),
    search_chunks(text, text, uuid, integer, integer, real, uuid, integer) TO socrate_group_api;

ALTER TABLE chunks ENABLE ROW LEVEL SECURITY;
ALTER TABLE chunk_languages ENABLE ROW LEVEL SECURITY;
CREATE POLICY api ON chunks FOR SELECT TO socrate_group_api USING (tenant_id = current_tenant());
CREATE POLICY maintenance ON chunks TO socrate_group_maintenance USING (true) WITH CHECK (true);
CREATE POLICY maintenance ON chunk_languages TO socrate_group_maintenance USING (true) WITH CHECK (true);
GRANT SELECT ON chunks TO socrate_group_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON chunks, chunk_languages TO socrate_group_maintenance;
