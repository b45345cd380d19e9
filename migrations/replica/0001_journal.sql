-- The journal of this replica: what devices said, in the order in which it became held here.

-- Facts about this folder alone; never in a digest.
CREATE TABLE local_meta (
  key   TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- Every certificate known, checked up to the organisation key before it is stored.
CREATE TABLE certificate (
  id    BLOB PRIMARY KEY,
  bytes BLOB NOT NULL
) WITHOUT ROWID;

-- One row a log: how far it is held.
CREATE TABLE log (
  log         BLOB PRIMARY KEY,
  certificate BLOB NOT NULL,
  lane        INTEGER NOT NULL,
  seq         INTEGER NOT NULL,
  tip         BLOB NOT NULL
) WITHOUT ROWID;

-- Held commits. `row` grows with delivery, so that its order follows causality: what is sent on is sent in this order.
CREATE TABLE commit_log (
  row       INTEGER PRIMARY KEY,
  hash      BLOB NOT NULL,
  log       BLOB NOT NULL,
  seq       INTEGER NOT NULL,
  lane      INTEGER NOT NULL,
  request   BLOB NOT NULL,
  header    BLOB NOT NULL,
  signature BLOB NOT NULL,
  opaque    TEXT
);
CREATE UNIQUE INDEX commit_by_log ON commit_log (log, seq);
-- A double click, a lost answer, a resend: is this request committed already?
CREATE INDEX commit_by_request ON commit_log (request);
CREATE INDEX commit_opaque ON commit_log (row) WHERE opaque IS NOT NULL;

CREATE TABLE part (
  commit_row INTEGER NOT NULL,
  part       INTEGER NOT NULL,
  bytes      BLOB,
  PRIMARY KEY (commit_row, part)
) WITHOUT ROWID;

-- Held commits that no other held commit names, for each lane that may cite them.
CREATE TABLE head (
  citing INTEGER NOT NULL,
  hash   BLOB NOT NULL,
  log    BLOB NOT NULL,
  seq    INTEGER NOT NULL,
  PRIMARY KEY (citing, hash)
) WITHOUT ROWID;

-- Verified, but something before it is missing. Outside the vector, not sent on, bounded a peer.
CREATE TABLE waiting (
  hash    BLOB PRIMARY KEY,
  log     BLOB NOT NULL,
  seq     INTEGER NOT NULL,
  source  TEXT NOT NULL,
  since   INTEGER NOT NULL,
  missing TEXT NOT NULL,
  bytes   BLOB NOT NULL
) WITHOUT ROWID;

-- What could not be verified, with reason and source. Bytes are kept up to a bound, for whoever looks into it.
CREATE TABLE aside (
  hash   BLOB PRIMARY KEY,
  log    BLOB,
  seq    INTEGER,
  code   TEXT NOT NULL,
  reason TEXT NOT NULL,
  source TEXT NOT NULL,
  since  INTEGER NOT NULL,
  size   INTEGER NOT NULL,
  bytes  BLOB
) WITHOUT ROWID;

-- Digest states: one a lane and month of the business date, one a lane for documents (month 0).
CREATE TABLE digest_state (
  lane  INTEGER NOT NULL,
  month INTEGER NOT NULL,
  state BLOB NOT NULL,
  PRIMARY KEY (lane, month)
) WITHOUT ROWID;

-- Answers already given, so that a resent request gets the same one.
CREATE TABLE local_answer (
  request BLOB PRIMARY KEY,
  name    TEXT NOT NULL,
  body    BLOB NOT NULL,
  answer  TEXT NOT NULL,
  wall    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX local_answer_by_time ON local_answer (wall);

-- How far each peer is known to hold our commits: what is unsynced is what lies beyond.
CREATE TABLE local_peer (
  peer TEXT NOT NULL,
  log  BLOB NOT NULL,
  seq  INTEGER NOT NULL,
  PRIMARY KEY (peer, log)
) WITHOUT ROWID;
