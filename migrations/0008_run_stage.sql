-- What a run does before its first step or after its last, in a few words, and how far that is; empty while it trains.
ALTER TABLE run ADD COLUMN stage TEXT NOT NULL DEFAULT '';
