-- What waits to be counted is looked for by project: the index answers alone.
DROP INDEX annotation_unjudged;
CREATE INDEX annotation_unjudged ON annotation (project, id) WHERE judged <> current;
