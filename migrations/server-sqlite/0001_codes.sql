-- One-time codes, in a file of their own: `fovea-server code` writes it while `serve` has the data folder.

-- The secret is not here: `hash` is its MAC under a key that lies with the server's own.
-- A code is spent on one pair of keys; the same pair may ask again, another may not.
CREATE TABLE code (
  hash    BLOB PRIMARY KEY,
  store   TEXT NOT NULL,
  till    TEXT NOT NULL,
  expires INTEGER NOT NULL,
  key     BLOB,
  spare   BLOB
) WITHOUT ROWID;
-- Codes long past are cleared away when a new one is made.
CREATE INDEX code_by_time ON code (expires);
