-- Forks. The commits of one log form a tree by their predecessors; a *chain* is a run of it without a branch. The chain that
-- begins the log keeps its id; one that begins at a fork is named by its first commit, so that every replica names it alike.
-- `log.log` and `commit_log.log` name the chain; headers, `head` and `origin` the log as its device writes it.
ALTER TABLE log ADD COLUMN origin BLOB NOT NULL DEFAULT x'';
-- The chain at whose end this one begins; none for the one that begins the log.
ALTER TABLE log ADD COLUMN parent BLOB;
-- Sequence of the commit before the chain's first one; `seq` equals it while the chain is empty (a fork at the very start).
ALTER TABLE log ADD COLUMN start INTEGER NOT NULL DEFAULT 0;
UPDATE log SET origin = log;
CREATE INDEX log_by_origin ON log (origin);

-- Where logs end: facts of the `control` lane. `seq` 0 names the certificate: nothing of the log stands.
CREATE TABLE log_closed (
  id BLOB PRIMARY KEY, log BLOB NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, reason TEXT NOT NULL
);
CREATE INDEX closed_by_log ON log_closed (log);
CREATE TABLE log_extended (
  id BLOB PRIMARY KEY, log BLOB NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, reason TEXT NOT NULL
);
CREATE INDEX extended_by_log ON log_extended (log);
-- Commits that no device holds any more; what names them does not wait for them.
CREATE TABLE commit_lost (
  id BLOB PRIMARY KEY, log BLOB NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL, reason TEXT NOT NULL
);
CREATE INDEX lost_by_log ON commit_lost (log, seq);
-- A device took commits beyond a closing before it knew of it: from here on they are in the past of its own commit.
CREATE TABLE late_taken (
  id BLOB PRIMARY KEY, device BLOB NOT NULL, log BLOB NOT NULL, seq INTEGER NOT NULL, hash BLOB NOT NULL
);
CREATE INDEX late_by_log ON late_taken (log);

-- Own certificates under which nothing more may be written, with the reason: the folder was found to be an old copy.
CREATE TABLE local_stopped (certificate BLOB PRIMARY KEY, reason TEXT NOT NULL) WITHOUT ROWID;
