-- What is computed of two slices, a judge's beside another judge's: the other slice; 0 where there is one only. Its
-- revision is then both slices' together.
ALTER TABLE derived ADD COLUMN other BIGINT NOT NULL DEFAULT 0;
