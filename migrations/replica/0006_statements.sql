-- Statements: the latest of each certificate, as it was signed, its own and those of others. Local: in no digest.
CREATE TABLE local_statement (
  certificate BLOB PRIMARY KEY,
  number      INTEGER NOT NULL,
  wall        INTEGER NOT NULL,
  bytes       BLOB NOT NULL
) WITHOUT ROWID;
