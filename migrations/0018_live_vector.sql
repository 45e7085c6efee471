-- What a project's encoder makes of responses, for the live reward model. Only of those it looks at: answered ones, and some that may come next.
CREATE TABLE live_vector (
    project TEXT NOT NULL,
    encoder TEXT NOT NULL,
    response TEXT NOT NULL REFERENCES response (id) ON DELETE CASCADE,
    numbers TEXT NOT NULL,                    -- domain::live::encoded
    PRIMARY KEY (project, encoder, response)
);
CREATE INDEX live_vector_response ON live_vector (response);

-- How a project's encoder does.
CREATE TABLE live_encoder (
    project TEXT PRIMARY KEY REFERENCES project (id),
    encoder TEXT NOT NULL,
    problem TEXT,                             -- why it gave no vectors when it was last asked; none: it did
    asked_at BIGINT NOT NULL
);
