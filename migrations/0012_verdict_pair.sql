-- Two versions of a model are compared by their own verdicts: found without walking everybody else's.
CREATE INDEX verdict_sources ON verdict (judge, aspect, source_a, source_b) WHERE current = 1;
CREATE INDEX judgment_source ON judgment (judge, aspect, source) WHERE current = 1;
