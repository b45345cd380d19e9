-- Erasure: orders and their withdrawals (projected), which part belongs to which unit, and what is done of it here.

-- One row an order and unit. `not_before` is ms UTC by the server's clock; `reason` is one of a list.
CREATE TABLE erase_order (
  id BLOB NOT NULL, unit BLOB NOT NULL, customer BLOB, reason INTEGER NOT NULL, not_before INTEGER NOT NULL, wall INTEGER NOT NULL,
  user BLOB, PRIMARY KEY (unit, id)
) WITHOUT ROWID;
CREATE INDEX erase_order_by_id ON erase_order (id);
CREATE INDEX erase_order_by_customer ON erase_order (customer) WHERE customer IS NOT NULL;
-- `instant` is the withdrawal's own date; one that is not before the order's `not_before` came too late.
CREATE TABLE erase_withdrawn (id BLOB PRIMARY KEY, ordered BLOB NOT NULL, instant INTEGER NOT NULL, user BLOB);
CREATE INDEX withdrawn_by_order ON erase_withdrawn (ordered);

-- The parts of a unit, without reading every header.
ALTER TABLE part ADD COLUMN unit BLOB;
CREATE INDEX part_by_unit ON part (unit) WHERE unit IS NOT NULL;

-- What this folder did about an order: `cleaned` when drafts, answers and papers of its own went, `dropped` when the bytes
-- of the parts did. Never sent, in no digest.
CREATE TABLE local_erasure (
  ordered BLOB NOT NULL, unit BLOB NOT NULL, cleaned INTEGER NOT NULL, dropped INTEGER, PRIMARY KEY (ordered, unit)
) WITHOUT ROWID;

-- The index of customers anew: one that is told the words of what it forgets, so that nothing of them stays in its pages.
DROP TABLE customer_search;
CREATE VIRTUAL TABLE customer_search USING fts5 (words, content='', prefix='1 2 3', tokenize='unicode61 remove_diacritics 2');
INSERT INTO customer_search (customer_search, rank) VALUES ('secure-delete', 1);
INSERT INTO customer_search (rowid, words) SELECT row, name || ' ' || phone || ' ' || email || ' ' || code FROM customer;
