-- An administrator deletes users over HTTP.

-- Whoever is kept waiting while this waits for the tables is kept waiting for 5 s at most: then it fails, and is tried again.
SET LOCAL lock_timeout = '5s';

-- Keys and sessions go with their user. Documents and uploads are the tenant's: they stay, and keep the id of who brought them, as the audit
-- log does. No foreign key takes it away: that would change every document of the user in one statement, in no order, against whoever locks
-- documents in the order of their ids; and a request that was under way when its user was deleted would fail in its middle.
ALTER TABLE documents DROP CONSTRAINT documents_user_id_fkey;
ALTER TABLE uploads DROP CONSTRAINT uploads_user_id_fkey;

GRANT DELETE ON users TO socrate_group_api;
