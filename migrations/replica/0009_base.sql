-- What a till keeps of trade that is older than its window. Head office's checkpoints are projected; the sums are this folder's
-- own: head office keeps every record.
CREATE TABLE checkpoint (id BLOB PRIMARY KEY, until INTEGER NOT NULL, wall INTEGER NOT NULL, body BLOB NOT NULL);

-- A commit that was folded into sums keeps its row in `commit_log`, with an empty header and no parts: what it was and where it
-- stands is still known by its hash.

-- Months, year times 12 and month, that may be folded because head office shows the same of them.
CREATE TABLE base_month (month INTEGER PRIMARY KEY) WITHOUT ROWID;
-- Sales (kind 0) and returns (1), by business date.
CREATE TABLE base_sale (
  store BLOB NOT NULL, day INTEGER NOT NULL, kind INTEGER NOT NULL, count INTEGER NOT NULL, total INTEGER NOT NULL,
  PRIMARY KEY (day, store, kind)
) WITHOUT ROWID;
CREATE TABLE base_tender (
  store BLOB NOT NULL, day INTEGER NOT NULL, kind INTEGER NOT NULL, method TEXT NOT NULL, count INTEGER NOT NULL,
  total INTEGER NOT NULL, PRIMARY KEY (day, store, kind, method)
) WITHOUT ROWID;
-- Taxable amount (component 0) and taxes (from 1, in the profile's order) of a rate in basis points.
CREATE TABLE base_tax (
  store BLOB NOT NULL, day INTEGER NOT NULL, kind INTEGER NOT NULL, rate INTEGER NOT NULL, component INTEGER NOT NULL,
  count INTEGER NOT NULL, total INTEGER NOT NULL, PRIMARY KEY (day, store, kind, rate, component)
) WITHOUT ROWID;
CREATE TABLE base_customer (
  customer BLOB NOT NULL, kind INTEGER NOT NULL, count INTEGER NOT NULL, total INTEGER NOT NULL, PRIMARY KEY (customer, kind)
) WITHOUT ROWID;
-- Movements into an account, less those out of it, as they are part of `balance`.
CREATE TABLE base_balance (
  product BLOB NOT NULL, account TEXT NOT NULL, count INTEGER NOT NULL, total INTEGER NOT NULL, PRIMARY KEY (product, account)
) WITHOUT ROWID;
-- Invoices of another system that were taken over, so that none is taken over twice.
CREATE TABLE base_replayed (
  invoice TEXT NOT NULL, file TEXT NOT NULL, count INTEGER NOT NULL, total INTEGER NOT NULL, PRIMARY KEY (invoice, file)
) WITHOUT ROWID;
