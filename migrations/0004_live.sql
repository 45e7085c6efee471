-- The live reward model: what it learned, and which tasks it would have answered next.

CREATE TABLE live_model (
    project TEXT PRIMARY KEY REFERENCES project (id),
    answers BIGINT NOT NULL,                  -- it was fitted to, held-out ones included
    newest BIGINT NOT NULL,                   -- when the newest of them was written
    settings TEXT NOT NULL,                   -- the project's settings it followed: order and whose feedback
    report TEXT NOT NULL,                     -- domain::live::Report
    head TEXT,                                -- the weights of its main head; none before it has an opinion
    trained_at BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    lag_ms BIGINT NOT NULL                    -- from the newest answer to this model; -1: nobody waited
);

-- the next tasks of a project in the order that its policy chose: few rows, replaced as a whole.
-- Claims look here before they go by position.
CREATE TABLE live_queue (
    project TEXT NOT NULL,
    rank BIGINT NOT NULL,
    task TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    chosen_by TEXT NOT NULL,                  -- domain::live::Order
    score DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (project, rank)
);
CREATE INDEX live_queue_task ON live_queue (task);

-- what put a task before this person; none: its place in the file
ALTER TABLE assignment ADD COLUMN chosen_by TEXT;

-- one server at a time keeps the live models fresh
CREATE TABLE live_lease (
    name TEXT PRIMARY KEY,
    owner TEXT NOT NULL,
    until BIGINT NOT NULL
);
