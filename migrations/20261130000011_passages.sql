-- Most of the time of a search went by for passages: for words that are not at the beginning of a chunk `ts_headline` read all of it. Most words are
-- found in a text as their stem begins them, and most phrases as they are asked for: what is around the first of them is read instead, and all of it
-- only where that does not match.

SET LOCAL lock_timeout = '5s';

-- At most two of the words that a question asks for, as they are in `words`; those with signs that a question quotes are left out.
CREATE FUNCTION words_of(question tsquery) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
    AS $$
        SELECT coalesce(array_agg(word), '{}')
        FROM (SELECT found[1] AS word FROM regexp_matches(querytree(question), '''([^''\\]+)''', 'g') AS found LIMIT 2) AS words
    $$;

-- The text around the first place of each of the words, or its beginning where none of them is found: pieces with character 1 between them.
CREATE FUNCTION around_words(whole text, words text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
    AS $$
        SELECT coalesce(
            string_agg(CASE WHEN place > 250 THEN regexp_replace(substr(whole, place - 250, 500), '^\S{0,30}\s', '') ELSE left(whole, 500) END,
                E'\x01' ORDER BY place),
            left(whole, 500))
        FROM (
            SELECT place, lag(place) OVER (ORDER BY place) AS before
            FROM (SELECT strpos(lower(whole), word) AS place FROM unnest(words) AS word) AS found
            WHERE place > 0) AS places
        -- What is in the piece before is there.
        WHERE before IS NULL OR place > before + 200
    $$;

CREATE OR REPLACE FUNCTION search_chunks(asked text, asked_language text, asked_document uuid, most integer, page_size integer,
        after_score real, after_document uuid, after_number integer)
    RETURNS TABLE (document_id uuid, filename text, language text, number integer, page integer, title text, score real, passage text,
        is_truncated boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER
    SET search_path = pg_catalog, public SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET jit = off
    AS $$
    #variable_conflict use_column
    DECLARE
        tenant CONSTANT uuid := public.current_tenant();
        -- What is asked for, as it stands in most texts where it is a phrase.
        phrase CONSTANT text[] := ARRAY[lower(btrim(asked, E' "\t\n'))];
        options CONSTANT text := E'MaxFragments=2, MinWords=8, MaxWords=30, ShortWord=0, FragmentDelimiter=\x01, StartSel=\x02, StopSel=\x03';
    BEGIN
        RETURN QUERY
        WITH questions AS MATERIALIZED (
            SELECT language, websearch_to_tsquery(public.search_configuration(language), public.characters_apart(asked)) AS question
            FROM public.chunk_languages
            WHERE tenant_id = tenant AND (asked_language IS NULL OR language = asked_language)),
        -- One that only says what is not to be there would be answered with all there is.
        asked_for AS MATERIALIZED (
            SELECT language, question, is_phrase, CASE WHEN is_phrase THEN phrase ELSE public.words_of(question) END AS wanted
            FROM questions
                CROSS JOIN LATERAL (SELECT question::text LIKE '%<%' AS is_phrase) AS form
            WHERE querytree(question) NOT IN ('', 'T')),
        found AS MATERIALIZED (
            SELECT hit.document_id, hit.number, hit.language, question, is_phrase, wanted, hit.score
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
            replace(translate(CASE WHEN strpos(around, E'\x02') > 0 THEN around
                ELSE ts_headline(configuration, public.characters_apart(whole), question, options) END, E'\x04', ''), E'\x03\x02', ''),
            EXISTS (SELECT FROM found GROUP BY found.language HAVING count(*) > most)
        FROM best
            JOIN public.chunks ON chunks.document_id = best.document_id AND chunks.number = best.number
            JOIN public.documents ON documents.id = best.document_id AND documents.tenant_id = tenant
            CROSS JOIN LATERAL (SELECT public.search_configuration(chunks.language) AS configuration,
                translate(body ->> 'text', E'\x01\x02\x03\x04', '') AS whole OFFSET 0) AS text
            CROSS JOIN LATERAL (SELECT public.characters_apart(public.around_words(whole, wanted)) AS piece OFFSET 0) AS pieces
            -- A phrase may have one of its words alone anywhere: a piece is enough where it holds all of it.
            CROSS JOIN LATERAL (SELECT CASE WHEN is_phrase AND NOT to_tsvector(configuration, piece) @@ question THEN ''
                ELSE ts_headline(configuration, piece, question, options) END AS around OFFSET 0) AS text_around
        ORDER BY best.score DESC, best.document_id, best.number;
    END
    $$;
