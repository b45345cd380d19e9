-- What was counted where. What should have lain there is not kept: it is the movements before, and one that comes late changes
-- it. The row of its commit tells what was before: the order of rows never contradicts who knew of whom.
CREATE TABLE count_line (
  id BLOB PRIMARY KEY, product BLOB NOT NULL, place TEXT NOT NULL, counted INTEGER NOT NULL, time INTEGER NOT NULL, user BLOB,
  row INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX count_by_place ON count_line (place, product);
-- Which commit says it. Every row is projected anew after this.
ALTER TABLE movement ADD COLUMN row INTEGER NOT NULL DEFAULT 0;
-- Counts by which the books were corrected, found without reading every movement.
CREATE INDEX movement_counted ON movement (document) WHERE reason = 'count';
-- The last commit that became part of a sum: of counts before it nobody knows any more what was before them.
CREATE INDEX commit_folded ON commit_log (row) WHERE header = x'';
