-- The journal of every chain that this installation serves. `organisation` leads every key, so that a distributed PostgreSQL
-- spreads the tables by it and no statement and no transaction ever needs two chains.

CREATE TABLE IF NOT EXISTS organisation (
  organisation BYTEA NOT NULL,
  public_key   BYTEA NOT NULL,
  PRIMARY KEY (organisation)
);

-- Every certificate known, checked up to the organisation key before it is stored.
CREATE TABLE IF NOT EXISTS certificate (
  organisation BYTEA NOT NULL,
  id           BYTEA NOT NULL,
  bytes        BYTEA NOT NULL,
  PRIMARY KEY (organisation, id)
);

-- One row a log: the highest place held of it, how many commits, and from where on a place holds more than one (a fork).
-- Whoever adds commits locks the rows of all their logs, in the order of their ids; head office's own are locked for as long
-- as one process writes there. A row with no commits is there to be locked before the first.
CREATE TABLE IF NOT EXISTS log (
  organisation BYTEA NOT NULL,
  log          BYTEA NOT NULL,
  certificate  BYTEA NOT NULL,
  lane         SMALLINT NOT NULL,
  seq          BIGINT NOT NULL,
  commits      BIGINT NOT NULL,
  forked       BIGINT,
  PRIMARY KEY (organisation, log)
);

-- Held commits, whole, each once by its hash: both branches of a fork are here. `depth` is one more than that of the deepest
-- commit it names as seen, its predecessor included: an order that follows causality and that no counter has to be locked
-- for. It orders what is read; it is no cursor.
CREATE TABLE IF NOT EXISTS commit_log (
  organisation BYTEA NOT NULL,
  log          BYTEA NOT NULL,
  seq          BIGINT NOT NULL,
  hash         BYTEA NOT NULL,
  lane         SMALLINT NOT NULL,
  depth        BIGINT NOT NULL,
  size         INTEGER NOT NULL,
  bytes        BYTEA NOT NULL,
  PRIMARY KEY (organisation, log, seq, hash)
);

-- What a process set aside, with reason and source, for head office's page at all of them. Bytes are kept up to a bound.
CREATE TABLE IF NOT EXISTS aside (
  organisation BYTEA NOT NULL,
  hash         BYTEA NOT NULL,
  log          BYTEA,
  seq          BIGINT,
  code         TEXT NOT NULL,
  reason       TEXT NOT NULL,
  source       TEXT NOT NULL,
  since        BIGINT NOT NULL,
  size         BIGINT NOT NULL,
  bytes        BYTEA,
  PRIMARY KEY (organisation, hash)
);

-- When a device called and what it said; any process may have heard it.
CREATE TABLE IF NOT EXISTS seen (
  organisation BYTEA NOT NULL,
  device       BYTEA NOT NULL,
  wall         BIGINT NOT NULL,
  unsent       BIGINT NOT NULL,
  waiting      BIGINT NOT NULL,
  software     TEXT NOT NULL,
  PRIMARY KEY (organisation, device)
);

-- One-time codes: made and spent at any process. `hash` is the secret's MAC under a key that lies with the server's own.
CREATE TABLE IF NOT EXISTS code (
  organisation BYTEA NOT NULL,
  hash         BYTEA NOT NULL,
  store        TEXT NOT NULL,
  till         TEXT NOT NULL,
  expires      BIGINT NOT NULL,
  public_key   BYTEA,
  spare        BYTEA,
  PRIMARY KEY (organisation, hash)
);

-- Answers that head office gave to commands, so that a resent request gets the same one from any process.
CREATE TABLE IF NOT EXISTS answer (
  organisation BYTEA NOT NULL,
  request      BYTEA NOT NULL,
  name         TEXT NOT NULL,
  body         BYTEA NOT NULL,
  answer       TEXT NOT NULL,
  wall         BIGINT NOT NULL,
  PRIMARY KEY (organisation, request)
);

-- Sessions of people that were signed out before their token ended.
CREATE TABLE IF NOT EXISTS signed_out (
  organisation BYTEA NOT NULL,
  session      BYTEA NOT NULL,
  expires      BIGINT NOT NULL,
  PRIMARY KEY (organisation, session)
);
