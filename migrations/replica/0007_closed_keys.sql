-- Enrolling keys that are trusted no more, and which of the certificates they signed stand.
CREATE TABLE key_closed (id BLOB PRIMARY KEY, key BLOB NOT NULL, reason TEXT NOT NULL);
CREATE INDEX closed_by_key ON key_closed (key);
-- `certificate` is the first 16 bytes of its id.
CREATE TABLE key_standing (
  id BLOB NOT NULL, key BLOB NOT NULL, certificate BLOB NOT NULL, PRIMARY KEY (key, certificate, id)
) WITHOUT ROWID;
