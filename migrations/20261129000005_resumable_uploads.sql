-- An upload that comes in several requests is worked on by one of them at a time: until then it is that one's.
ALTER TABLE uploads ADD COLUMN locked_until timestamptz;
