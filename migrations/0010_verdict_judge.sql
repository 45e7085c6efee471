-- A judge that said little in a large project is read without walking everybody else's verdicts.
CREATE INDEX verdict_judge ON verdict (judge, aspect) WHERE current = 1;
