-- What is computed from a slice's single verdicts and not from its tallies: scores with length or style held equal, win
-- rates against a baseline, courses over time. Kept with the revision of the slice that it was computed from.
CREATE TABLE derived (
    slice BIGINT NOT NULL,
    what TEXT NOT NULL,                       -- 'length', 'style', 'baseline 7', 'week' …
    revision BIGINT NOT NULL,                 -- -1: asked for, not there yet
    computed_at BIGINT NOT NULL,
    asked_at BIGINT NOT NULL,                 -- what nobody looks at any more is not computed again
    result TEXT NOT NULL,                     -- JSON
    PRIMARY KEY (slice, what)
);

-- how a response looks, counted when a fit first needs it; responses never change
CREATE TABLE response_style (
    response TEXT PRIMARY KEY REFERENCES response (id),
    length BIGINT NOT NULL,                   -- characters
    headers BIGINT NOT NULL,
    lists BIGINT NOT NULL,
    bold BIGINT NOT NULL
);

-- what a model wrote about another model's weaknesses, with the numbers that it was given; append-only but for the reply
CREATE TABLE narration (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    judge TEXT NOT NULL REFERENCES judge (id),
    aspect TEXT NOT NULL,
    entrant BIGINT NOT NULL,                  -- about whom
    writer TEXT NOT NULL,                     -- the model that was asked, as people call it
    asked TEXT NOT NULL,                      -- the whole text that it was sent
    reply TEXT,
    problem TEXT,                             -- why there is no reply, in words
    account TEXT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX narration_of ON narration (project, judge, aspect, entrant, created_at);
