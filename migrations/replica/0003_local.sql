-- What this till alone knows. Never sent, never in a digest, kept by a rebuild.

-- What is being typed, so that a crash loses no key: the sale on screen, fields of an eye test between two commits.
CREATE TABLE local_typed (
  place TEXT PRIMARY KEY,
  body  TEXT NOT NULL,
  wall  INTEGER NOT NULL
) WITHOUT ROWID;

-- Wrong passwords, counted on disk before an answer, so that a restart forgives nothing.
CREATE TABLE local_attempt (
  login  TEXT PRIMARY KEY,
  failed INTEGER NOT NULL,
  until  INTEGER NOT NULL
) WITHOUT ROWID;

-- PIN of a person on this till: seals a random secret; five wrong tries destroy it; good for 12 hours after a password.
CREATE TABLE local_pin (
  user     BLOB PRIMARY KEY,
  verifier TEXT NOT NULL,
  failed   INTEGER NOT NULL,
  until    INTEGER NOT NULL
) WITHOUT ROWID;

-- Print jobs: queued in the transaction after the sale's, then their outcome.
CREATE TABLE local_print (
  job     BLOB PRIMARY KEY,
  sale    BLOB,
  what    TEXT NOT NULL,
  drawer  INTEGER NOT NULL,
  wall    INTEGER NOT NULL,
  outcome TEXT,
  paper   TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX local_print_by_sale ON local_print (sale);
CREATE INDEX local_print_open ON local_print (wall) WHERE outcome IS NULL;

-- Settings of this till: its printer, its theme.
CREATE TABLE local_setting (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- Devices that called this server, and what they said: when, how much they hold that is not here, how much waits there.
CREATE TABLE local_seen (
  device   BLOB PRIMARY KEY,
  wall     INTEGER NOT NULL,
  unsent   INTEGER NOT NULL,
  waiting  INTEGER NOT NULL,
  software TEXT NOT NULL
) WITHOUT ROWID;
