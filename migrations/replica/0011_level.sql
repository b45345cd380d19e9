-- The software levels that head office has raised the chain to.
CREATE TABLE level_raised (id BLOB PRIMARY KEY, level INTEGER NOT NULL);
