-- Most of the time of a search went by for passages: for words that are not at the beginning of a chunk `ts_headline` read all of it. Most words are
-- found in a text as their stem begins them, and most phrases as they are asked for: what is around the first of them is read instead, and all of it
-- only where that does not match.

SET LOCAL lock_timeout = '5s';

-- At most four of the words that a question asks for, as they are in `words`; those with signs that a question quotes are left out.
CREATE FUNCTION words_of(question tsquery) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
    AS $$
        SELECT coalesce(array_agg(word), '{}')
        FROM (SELECT found[1] AS word FROM regexp_matches(querytree(question), '''([^''\\]+)''', 'g') AS found LIMIT 4) AS words
    $$;

-- The text around the first place of each of the words, or its beginning where none of them is found: pieces of whole words with character 1 between
-- them. Pieces that overlap are one.
CREATE FUNCTION around_words(whole text, words text[]) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog
    AS $$
        SELECT coalesce(
            string_agg(CASE WHEN after <= length(whole) THEN regexp_replace(piece, '\s\S{0,30}$', '') ELSE piece END, E'\x01' ORDER BY first),
            left(whole, 500))
        FROM (
            SELECT min(first) AS first, max(after) AS after, CASE WHEN min(first) > 1
                THEN regexp_replace(substr(whole, min(first), max(after) - min(first)), '^\S{0,30}\s', '')
                ELSE left(whole, max(after) - 1) END AS piece
            FROM (
                SELECT first, after, count(*) FILTER (WHERE is_apart) OVER (ORDER BY first) AS number
                FROM (
                    SELECT first, first + 500 AS after, first > 500 + lag(first) OVER (ORDER BY first) AS is_apart
                    FROM (
                        SELECT DISTINCT greatest(place - 250, 1) AS first
                        FROM (SELECT strpos(lower(whole), word) AS place FROM unnest(words) AS word) AS found
                        WHERE place > 0) AS places) AS ranges) AS numbered
            GROUP BY number) AS pieces
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
            SELECT language, question, CASE WHEN question::text LIKE '%<%' THEN phrase ELSE public.words_of(question) END AS wanted
            FROM questions
            WHERE querytree(question) NOT IN ('', 'T')),
        found AS MATERIALIZED (
            SELECT hit.document_id, hit.number, hit.language, question, wanted, hit.score
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
            replace(translate(ts_headline(configuration, shown, question, options), E'\x04', ''), E'\x03\x02', ''),
            EXISTS (SELECT FROM found GROUP BY found.language HAVING count(*) > most)
        FROM best
            JOIN public.chunks ON chunks.document_id = best.document_id AND chunks.number = best.number
            JOIN public.documents ON documents.id = best.document_id AND documents.tenant_id = tenant
            CROSS JOIN LATERAL (SELECT public.search_configuration(chunks.language) AS configuration,
                translate(body ->> 'text', E'\x01\x02\x03\x04', '') AS whole OFFSET 0) AS text
            CROSS JOIN LATERAL (SELECT public.characters_apart(public.around_words(whole, wanted)) AS piece OFFSET 0) AS pieces
            -- A word may stand alone in the pieces and with the others elsewhere; and what matches may be the heading alone.
            CROSS JOIN LATERAL (
                SELECT CASE WHEN to_tsvector(configuration, piece) @@ question
                        OR NOT to_tsvector(configuration, public.characters_apart(whole)) @@ question
                    THEN piece ELSE public.characters_apart(whole) END AS shown OFFSET 0) AS texts
        ORDER BY best.score DESC, best.document_id, best.number;
    END
    $$;
