-- Evaluation: verdicts (which of two responses is better), judgments (what one response is worth), who said so,
-- and what is counted of them, so that no page has to read them all.

-- who compares and scores; each has exactly one provenance, so that provenances are never counted together
CREATE TABLE judge (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    kind TEXT NOT NULL CHECK (kind IN ('people', 'model', 'reward', 'imported')),
    name TEXT NOT NULL,                       -- empty for people: they are one judge
    version TEXT NOT NULL DEFAULT '',
    provenance TEXT NOT NULL CHECK (provenance IN ('person', 'machine', 'simulated')),
    settings TEXT NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL,
    UNIQUE (project, kind, provenance, name, version)
);

-- a source that stands in leaderboards, by a short number: tallies are many and narrow
CREATE TABLE entrant (
    project TEXT NOT NULL REFERENCES project (id),
    number BIGINT NOT NULL,
    source TEXT NOT NULL REFERENCES source (id),
    PRIMARY KEY (project, number)
);
CREATE UNIQUE INDEX entrant_source ON entrant (source);

-- append-only: nothing in a row changes but `current`, when its annotation is withdrawn or superseded
CREATE TABLE verdict (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    prompt TEXT NOT NULL REFERENCES prompt (id),
    response_a TEXT NOT NULL REFERENCES response (id),  -- the one that stood first
    response_b TEXT NOT NULL REFERENCES response (id),
    source_a BIGINT NOT NULL,                 -- entrant.number
    source_b BIGINT NOT NULL,
    judge TEXT NOT NULL REFERENCES judge (id),
    annotator TEXT,                           -- the person, where there is one
    aspect TEXT NOT NULL DEFAULT '',          -- empty: overall
    outcome DOUBLE PRECISION NOT NULL CHECK (outcome BETWEEN 0 AND 1),   -- the first's share: 1 better, 0.5 tie
    margin BIGINT NOT NULL DEFAULT 1,         -- 0 tie, 1 slightly, 2 clearly, 3 far
    annotation TEXT REFERENCES annotation (id),
    raw TEXT,                                 -- a judge's answer as it came
    current BIGINT NOT NULL DEFAULT 1 CHECK (current IN (0, 1)),
    created_at BIGINT NOT NULL
);
CREATE INDEX verdict_prompt ON verdict (prompt) WHERE current = 1;
-- an annotation is counted once, whoever counts it
CREATE UNIQUE INDEX verdict_annotation ON verdict (annotation, aspect, response_a, response_b)
    WHERE current = 1 AND annotation IS NOT NULL;

-- a response judged alone; append-only like verdicts
CREATE TABLE judgment (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    prompt TEXT NOT NULL REFERENCES prompt (id),
    response TEXT NOT NULL REFERENCES response (id),
    source BIGINT NOT NULL,                   -- entrant.number
    judge TEXT NOT NULL REFERENCES judge (id),
    annotator TEXT,
    aspect TEXT NOT NULL DEFAULT '',
    score DOUBLE PRECISION NOT NULL,
    lowest DOUBLE PRECISION NOT NULL,         -- the scale's ends
    highest DOUBLE PRECISION NOT NULL,
    criteria TEXT NOT NULL DEFAULT '[]',      -- JSON, [{text, weight, score}]
    text TEXT NOT NULL DEFAULT '',            -- the judge's words
    annotation TEXT REFERENCES annotation (id),
    raw TEXT,
    current BIGINT NOT NULL DEFAULT 1 CHECK (current IN (0, 1)),
    created_at BIGINT NOT NULL
);
CREATE INDEX judgment_prompt ON judgment (prompt) WHERE current = 1;
CREATE UNIQUE INDEX judgment_annotation ON judgment (annotation, aspect, response)
    WHERE current = 1 AND annotation IS NOT NULL;

-- whether an annotation's verdicts count: where it differs from `current` there is work to do (2: read it again)
ALTER TABLE annotation ADD COLUMN judged BIGINT NOT NULL DEFAULT 0;
CREATE INDEX annotation_unjudged ON annotation (id) WHERE judged <> current;

-- 0: the prompt's nodes changed since its verdicts were counted
ALTER TABLE prompt ADD COLUMN placed BIGINT NOT NULL DEFAULT 1;
CREATE INDEX prompt_unplaced ON prompt (project) WHERE placed = 0;

-- under which nodes a prompt's verdicts are counted: its own, all above them, and the project's id for all of it
CREATE TABLE counted (
    prompt TEXT NOT NULL REFERENCES prompt (id),
    node TEXT NOT NULL,
    PRIMARY KEY (prompt, node)
);
CREATE INDEX counted_node ON counted (node, prompt);

-- what is counted together: a node (the project's id: everything), a judge, an aspect ('' for overall)
CREATE TABLE slice (
    id BIGINT PRIMARY KEY,                    -- hash of the other four, so that two servers make the same
    project TEXT NOT NULL REFERENCES project (id),
    node TEXT NOT NULL,
    judge TEXT NOT NULL REFERENCES judge (id),
    aspect TEXT NOT NULL,
    comparisons BIGINT NOT NULL DEFAULT 0,
    judgments BIGINT NOT NULL DEFAULT 0,
    revision BIGINT NOT NULL DEFAULT 0,       -- goes up with every change of what it counts
    fitted BIGINT NOT NULL DEFAULT 0,         -- the revision its standings were computed from
    fitted_at BIGINT NOT NULL DEFAULT 0,
    clustered BIGINT NOT NULL DEFAULT 0       -- whether intervals allow for prompts and people, or for neither
);
CREATE UNIQUE INDEX slice_of ON slice (project, judge, aspect, node);
CREATE INDEX slice_stale ON slice (project) WHERE fitted <> revision;

-- comparisons of two entrants, a the smaller number
CREATE TABLE tally (
    slice BIGINT NOT NULL,
    a BIGINT NOT NULL,
    b BIGINT NOT NULL,
    wins_a BIGINT NOT NULL,
    ties BIGINT NOT NULL,
    wins_b BIGINT NOT NULL,
    points_a DOUBLE PRECISION NOT NULL,       -- sum of a's shares, which judges may give in fractions
    squares_a DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (slice, a, b)
);

-- scores of an entrant, as shares of their scale
CREATE TABLE score_tally (
    slice BIGINT NOT NULL,
    entrant BIGINT NOT NULL,
    n BIGINT NOT NULL,
    total DOUBLE PRECISION NOT NULL,
    squares DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (slice, entrant)
);

-- how often an entrant won or lost by how much (-3 … 3), and how its scores spread (100 … 119, twentieths of the scale)
CREATE TABLE histogram (
    slice BIGINT NOT NULL,
    entrant BIGINT NOT NULL,
    bin BIGINT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (slice, entrant, bin)
);

-- what pages show; computed from the tallies alone
CREATE TABLE standing (
    slice BIGINT NOT NULL,
    entrant BIGINT NOT NULL,
    n BIGINT NOT NULL,                        -- comparisons it took part in
    wins BIGINT NOT NULL,
    ties BIGINT NOT NULL,
    opponents BIGINT NOT NULL,
    win_rate DOUBLE PRECISION,                -- mean share, with its interval
    win_low DOUBLE PRECISION,
    win_high DOUBLE PRECISION,
    component BIGINT,                         -- scores of different components cannot be compared
    state TEXT NOT NULL,                      -- what the score stands on: domain::evaluate::State
    score DOUBLE PRECISION,                   -- Bradley-Terry with ties, Elo's scale, centre 1000
    low DOUBLE PRECISION,
    high DOUBLE PRECISION,
    rank_low BIGINT,
    rank_high BIGINT,
    judgments BIGINT NOT NULL,
    mean DOUBLE PRECISION,                    -- mean score as a share of the scale, with its interval
    mean_low DOUBLE PRECISION,
    mean_high DOUBLE PRECISION,
    PRIMARY KEY (slice, entrant)
);
