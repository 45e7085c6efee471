-- Simulated annotators answer the queue as people do. The account itself says that nobody stands behind it
-- (its rule, domain::simulate::Annotator; NULL: a person), and the database marks every answer by that, so
-- that no caller can pass one off as a person's. They are closed (disabled_at): nobody signs in as one.
ALTER TABLE account ADD COLUMN simulated TEXT;
