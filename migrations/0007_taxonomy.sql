-- A facet is a root of the tree (a node without parent): a project may have several, and a prompt stands below
-- any number of them. Paths join names by '/'; a '/' or '\' inside a name is written '\/' or '\\'.
-- Siblings stand in the order of their ids, which is the order in which they were made.

-- who put a prompt there: hand | import | model | embedding
ALTER TABLE prompt_node ADD COLUMN origin TEXT NOT NULL DEFAULT 'import';

-- The newest edit of a project's tree. An edit is written only on top of the one its writer saw.
CREATE TABLE taxonomy (
    project TEXT PRIMARY KEY REFERENCES project (id),
    version BIGINT NOT NULL
);

-- Every edit, so that it can be taken back. Undoing is the newest first, and undone edits stay.
CREATE TABLE taxonomy_edit (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    version BIGINT NOT NULL,
    what TEXT NOT NULL,                       -- in words, for people
    steps TEXT NOT NULL,                      -- JSON, domain::taxonomy::Step
    account TEXT REFERENCES account (id),
    created_at BIGINT NOT NULL,
    undone BIGINT NOT NULL DEFAULT 0,
    UNIQUE (project, version)
);
