-- The last number of each series that stands on a folded paper, so that none is given out again, whatever a clock says.
CREATE TABLE base_number (
  device BLOB NOT NULL, series TEXT NOT NULL, count INTEGER NOT NULL, total INTEGER NOT NULL, PRIMARY KEY (device, series)
) WITHOUT ROWID;
