-- What documents and days cost in processor time.

SET LOCAL lock_timeout = '5s';

-- Of the newest encoding; NULL where its encoder did not say so, and where its result is another's.
ALTER TABLE documents ADD COLUMN cpu_milliseconds bigint;
ALTER TABLE usage ADD COLUMN cpu_milliseconds bigint NOT NULL DEFAULT 0;
