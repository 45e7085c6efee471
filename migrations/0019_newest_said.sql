-- What a judge said last is read in order, up to a limit, rather than sorted anew out of all it said.
DROP INDEX verdict_judge;
CREATE INDEX verdict_judge ON verdict (judge, aspect, id) WHERE current = 1;
CREATE INDEX judgment_judge ON judgment (judge, aspect, id) WHERE current = 1;
