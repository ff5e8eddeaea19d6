-- What was ready before there was search: in a transaction of its own, once what becomes ready is noted by all.
INSERT INTO indexed_documents (document_id, tenant_id)
SELECT id, tenant_id FROM documents WHERE phase = 'Ready' AND tenant_id IS NOT NULL
ON CONFLICT (document_id) DO NOTHING;
