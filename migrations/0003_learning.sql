-- What learning needs: runs and what they measured, models, jobs with leases, engines, and who may call.

CREATE TABLE model (
    id TEXT PRIMARY KEY,
    project TEXT REFERENCES project (id),     -- none: every project may use it
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('policy', 'reward', 'encoder')),
    base TEXT REFERENCES model (id),          -- the model it was trained from
    run TEXT,                                 -- the run that made it
    files TEXT NOT NULL DEFAULT '',           -- its folder in the artifact store
    origin TEXT NOT NULL DEFAULT '',          -- where it came from: a hub name, a file's name
    config TEXT NOT NULL DEFAULT '{}',        -- its architecture, as the engine read it
    card TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL CHECK (state IN ('adding', 'ready', 'failed')),
    problem TEXT,
    bytes BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX model_project ON model (project, created_at);
CREATE INDEX model_run ON model (run) WHERE run IS NOT NULL;

-- the annotations a run stood on when it was started; the same ones are kept once
CREATE TABLE snapshot (
    hash TEXT PRIMARY KEY,                    -- SHA-256 of the list
    annotations TEXT NOT NULL                 -- identifiers, sorted, one a line
);

CREATE TABLE run (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    name TEXT NOT NULL,
    method TEXT NOT NULL,                     -- domain::method::Method
    settings TEXT NOT NULL,                   -- domain::method::Settings, complete
    base TEXT NOT NULL REFERENCES model (id),
    reward TEXT REFERENCES model (id),        -- the reward model that judges, where the method needs one
    seed BIGINT NOT NULL,
    snapshot TEXT NOT NULL REFERENCES snapshot (hash),
    data TEXT NOT NULL,                       -- domain::run::Data: whose feedback, how many, agreement
    parent TEXT REFERENCES run (id),          -- the run it was cloned from
    status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'paused', 'cancelled', 'done', 'failed')),
    wish TEXT NOT NULL DEFAULT 'run' CHECK (wish IN ('run', 'pause', 'cancel')),
    problem TEXT,
    step BIGINT NOT NULL DEFAULT 0,
    steps BIGINT NOT NULL DEFAULT 0,          -- 0: not known yet
    checkpoint TEXT,                          -- the last one's folder in the artifact store
    engine TEXT,                              -- the last that worked on it
    version TEXT NOT NULL DEFAULT '',         -- of the code that trained
    result TEXT NOT NULL DEFAULT '{}',        -- held-out figures, written when it is done
    account TEXT,                             -- who started it
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    finished_at BIGINT
);
CREATE INDEX run_project ON run (project, created_at);

CREATE TABLE metric (
    run TEXT NOT NULL REFERENCES run (id),
    step BIGINT NOT NULL,
    name TEXT NOT NULL,
    value DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (run, step, name)
);

-- what the model said to fixed prompts before and after
CREATE TABLE sample (
    run TEXT NOT NULL REFERENCES run (id),
    position BIGINT NOT NULL,
    prompt TEXT NOT NULL,                     -- JSON, [{role, content}]
    before_text TEXT,
    after_text TEXT,
    PRIMARY KEY (run, position)
);

-- work for engines. A claim raises `fence`; every write of an engine names the fence it was given, so that
-- one that lost its lease can write nothing more
CREATE TABLE job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('train', 'generate', 'score', 'embed', 'add-model')),
    project TEXT REFERENCES project (id),
    run TEXT REFERENCES run (id),
    model TEXT REFERENCES model (id),
    payload TEXT NOT NULL DEFAULT '{}',
    state TEXT NOT NULL CHECK (state IN ('queued', 'leased', 'parked', 'done', 'failed', 'cancelled')),
    priority BIGINT NOT NULL DEFAULT 0,       -- higher first
    lease_owner TEXT,
    lease_until BIGINT NOT NULL DEFAULT 0,
    fence BIGINT NOT NULL DEFAULT 0,
    attempts BIGINT NOT NULL DEFAULT 0,       -- claims since it last came forward
    done BIGINT NOT NULL DEFAULT 0,           -- progress, in units of its kind
    total BIGINT NOT NULL DEFAULT 0,
    problem TEXT,
    result TEXT NOT NULL DEFAULT '{}',
    account TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX job_next ON job (priority DESC, created_at) WHERE state IN ('queued', 'leased');
CREATE INDEX job_project ON job (project, created_at);
CREATE UNIQUE INDEX job_run ON job (run) WHERE run IS NOT NULL;

CREATE TABLE engine (
    id TEXT PRIMARY KEY,
    host TEXT NOT NULL,
    device TEXT NOT NULL,                     -- in words, e.g. "CPU, 2 threads"
    version TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('starting', 'ready', 'stopped')),
    problem TEXT,
    started_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

CREATE TABLE api_token (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,                -- SHA-256; the token itself is shown once
    account TEXT NOT NULL REFERENCES account (id),
    project TEXT REFERENCES project (id),     -- none: all projects of the account
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX api_token_account ON api_token (account);

-- servers that speak the OpenAI wire format
CREATE TABLE endpoint (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    name TEXT NOT NULL,
    base_url TEXT NOT NULL,
    api_key TEXT,                             -- never shown, never logged
    models TEXT NOT NULL DEFAULT '[]',        -- JSON list of model names
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX endpoint_project ON endpoint (project);
