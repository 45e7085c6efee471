-- What importing, searching and browsing need.

-- prompts are numbered within their project, in the order in which they came: pages and search use it
ALTER TABLE project ADD COLUMN next_number BIGINT NOT NULL DEFAULT 0;
ALTER TABLE prompt ADD COLUMN number BIGINT NOT NULL DEFAULT 0;
CREATE INDEX prompt_number ON prompt (project, number);

-- what an annotation from a file said besides, e.g. an automatic judge's own number
ALTER TABLE annotation ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
-- hash of who said what about what: the same file twice changes nothing
ALTER TABLE annotation ADD COLUMN identity TEXT;
CREATE UNIQUE INDEX annotation_identity ON annotation (project, identity) WHERE identity IS NOT NULL;
CREATE INDEX annotation_external ON annotation (project, external_id) WHERE external_id IS NOT NULL;

-- full-text search: words by their first characters, each line a word and the numbers of its prompts.
-- Rows are only added; the flags say what is not yet in.
ALTER TABLE prompt ADD COLUMN indexed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE annotation ADD COLUMN indexed BIGINT NOT NULL DEFAULT 0;
CREATE INDEX prompt_unindexed ON prompt (project) WHERE indexed = 0;
CREATE INDEX annotation_unindexed ON annotation (project) WHERE indexed = 0;
CREATE TABLE posting (
    project TEXT NOT NULL,
    prefix TEXT NOT NULL,
    words TEXT NOT NULL
);
CREATE INDEX posting_prefix ON posting (project, prefix);

CREATE TABLE import_problem (
    import TEXT NOT NULL REFERENCES import (id),
    position BIGINT NOT NULL,
    line BIGINT NOT NULL,
    field TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (import, position)
);
