-- When a document's turn is expected, while it waits: mirrored from the resource.
ALTER TABLE documents ADD COLUMN estimated_start_at timestamptz;

-- An index on `updated_at` makes every change of a row a change of all its indexes. This one finds the same few rows by what hardly
-- ever changes. It is made in place: it holds next to nothing, so that making it is one scan of the table.
CREATE INDEX documents_unbound ON documents (id) WHERE resource_uid IS NULL AND status = 'processing';
DROP INDEX documents_without_resource;

-- Room on each page for the next state of its rows, which then need no new entries in the indexes: a row changes some three times, soon
-- after it was written.
ALTER TABLE documents SET (fillfactor = 75);
