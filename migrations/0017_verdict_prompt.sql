-- What one judge said about one prompt: with the prompt alone in the index, SQLite took the judge's, and walked all it said.
DROP INDEX verdict_prompt;
CREATE INDEX verdict_prompt ON verdict (prompt, judge, aspect) WHERE current = 1;
DROP INDEX judgment_prompt;
CREATE INDEX judgment_prompt ON judgment (prompt, judge, aspect) WHERE current = 1;
