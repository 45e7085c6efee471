-- The same text runs on SQLite and on PostgreSQL: ids are TEXT (UUIDv7), times BIGINT (epoch
-- milliseconds), flags BIGINT 0/1, JSON is TEXT, reals are DOUBLE PRECISION.

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,               -- lower case
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,              -- argon2id, PHC string
    settings TEXT NOT NULL DEFAULT '{}',      -- keys, single-key shortcuts off, time left …
    created_at BIGINT NOT NULL,
    disabled_at BIGINT
);

CREATE TABLE session (
    id_hash TEXT PRIMARY KEY,                 -- SHA-256 of the cookie's secret: a stolen table opens nothing
    account TEXT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    agent TEXT NOT NULL DEFAULT ''
);
CREATE INDEX session_account ON session (account);

-- failed sign-ins in the current window, by account and by address
CREATE TABLE throttle (
    key TEXT PRIMARY KEY,
    failures BIGINT NOT NULL,
    window_start BIGINT NOT NULL
);

CREATE TABLE project (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    settings TEXT NOT NULL,                   -- domain::project::Settings
    created_at BIGINT NOT NULL,
    archived_at BIGINT
);

CREATE TABLE member (
    project TEXT NOT NULL REFERENCES project (id),
    account TEXT NOT NULL REFERENCES account (id),
    role TEXT NOT NULL CHECK (role IN ('annotator', 'teacher', 'researcher', 'owner')),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (project, account)
);
CREATE INDEX member_account ON member (account);

CREATE TABLE invite (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    role TEXT NOT NULL CHECK (role IN ('annotator', 'teacher', 'researcher', 'owner')),
    token_hash TEXT NOT NULL UNIQUE,          -- SHA-256; the link itself is shown once
    created_by TEXT NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_by TEXT REFERENCES account (id),
    used_at BIGINT,
    revoked_at BIGINT
);
CREATE INDEX invite_project ON invite (project);

CREATE TABLE source (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('model', 'person', 'student', 'api')),
    created_at BIGINT NOT NULL,
    UNIQUE (project, name)
);

CREATE TABLE prompt (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    external_id TEXT,                         -- the id it had in the file it came from
    hash TEXT NOT NULL,                       -- of the messages: the same file twice changes nothing
    messages TEXT NOT NULL,                   -- JSON, [{role, content}]
    preview TEXT NOT NULL,                    -- the first 300 characters of the last user message
    reference TEXT,
    language TEXT,
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL,
    UNIQUE (project, hash)
);
CREATE INDEX prompt_external ON prompt (project, external_id);

CREATE TABLE response (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    prompt TEXT NOT NULL REFERENCES prompt (id),
    source TEXT NOT NULL REFERENCES source (id),
    external_id TEXT,
    hash TEXT NOT NULL,                       -- of the text
    text TEXT NOT NULL,
    parent TEXT REFERENCES response (id),     -- the response it was refined from
    metadata TEXT NOT NULL DEFAULT '{}',
    created_at BIGINT NOT NULL,
    UNIQUE (prompt, source, hash)
);
CREATE INDEX response_project ON response (project);
CREATE INDEX response_source ON response (source);
CREATE INDEX response_external ON response (project, external_id);

-- rubric items of a prompt; a removed one keeps the grades readable that used it
CREATE TABLE criterion (
    id TEXT PRIMARY KEY,
    prompt TEXT NOT NULL REFERENCES prompt (id),
    position BIGINT NOT NULL,
    text TEXT NOT NULL,
    points DOUBLE PRECISION NOT NULL,
    external_id TEXT,
    created_at BIGINT NOT NULL,
    removed_at BIGINT
);
CREATE INDEX criterion_prompt ON criterion (prompt, position);

CREATE TABLE node (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    parent TEXT REFERENCES node (id),
    name TEXT NOT NULL,
    path TEXT NOT NULL,                       -- names joined by '/'
    UNIQUE (project, path)
);
CREATE TABLE prompt_node (
    prompt TEXT NOT NULL REFERENCES prompt (id),
    node TEXT NOT NULL REFERENCES node (id),
    PRIMARY KEY (prompt, node)
);
CREATE INDEX prompt_node_node ON prompt_node (node);

-- a unit of work: some kinds of annotation on some responses to one prompt
CREATE TABLE task (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    prompt TEXT NOT NULL REFERENCES prompt (id),
    responses TEXT NOT NULL,                  -- JSON list of response ids, in canonical order
    kinds TEXT NOT NULL,                      -- JSON list of annotation kinds
    subject TEXT,                             -- the annotation it is about (a refinement to be checked)
    identity TEXT NOT NULL,                   -- hash of what it asks: the same task is not made twice
    priority BIGINT NOT NULL DEFAULT 0,       -- higher first
    position BIGINT NOT NULL,                 -- then in this order
    wanted BIGINT NOT NULL CHECK (wanted >= 1),   -- how many people answer it
    open BIGINT NOT NULL,                     -- of these, how many places are neither leased nor answered
    answered BIGINT NOT NULL DEFAULT 0,
    gold TEXT,                                -- the known right answer, as an annotation
    created_at BIGINT NOT NULL,
    closed_at BIGINT,
    UNIQUE (project, identity)
);
CREATE INDEX task_next ON task (project, priority DESC, position) WHERE open > 0;
CREATE INDEX task_prompt ON task (prompt);
CREATE INDEX task_subject ON task (subject) WHERE subject IS NOT NULL;

-- what a project's page must not count by reading 100,000 rows; kept in step by store::queue
CREATE TABLE project_tally (
    project TEXT PRIMARY KEY REFERENCES project (id),
    tasks BIGINT NOT NULL DEFAULT 0,
    open_tasks BIGINT NOT NULL DEFAULT 0,     -- with at least one open place
    finished BIGINT NOT NULL DEFAULT 0        -- with all the answers they want
);
CREATE TABLE person_tally (
    project TEXT NOT NULL REFERENCES project (id),
    account TEXT NOT NULL REFERENCES account (id),
    done BIGINT NOT NULL DEFAULT 0,
    skipped BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (project, account)
);

-- one person's hold on one task
CREATE TABLE assignment (
    task TEXT NOT NULL REFERENCES task (id),
    account TEXT NOT NULL REFERENCES account (id),
    project TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('reserved', 'leased', 'expired', 'done', 'skipped', 'excluded')),
    seed BIGINT NOT NULL,                     -- shuffles left and right; recorded
    round BIGINT NOT NULL DEFAULT 0,          -- counts undo and return: a submit belongs to one round
    holds BIGINT NOT NULL DEFAULT 1,          -- whether it takes one of the task's wanted places
    leased_until BIGINT NOT NULL DEFAULT 0,
    opened_at BIGINT,
    finished_at BIGINT,
    seconds DOUBLE PRECISION,                 -- active seconds of the last answer
    reason TEXT,                              -- why it was skipped
    flagged TEXT,                             -- what is wrong with the item, in the person's words
    note TEXT,                                -- the reviewer's, when the work was returned
    PRIMARY KEY (task, account)
);
CREATE INDEX assignment_account ON assignment (account, project, state, finished_at);
CREATE INDEX assignment_lease ON assignment (leased_until) WHERE state IN ('reserved', 'leased');

-- where a person's search for the next task of a priority starts: only speed depends on it
CREATE TABLE place (
    project TEXT NOT NULL,
    account TEXT NOT NULL,
    priority BIGINT NOT NULL,
    position BIGINT NOT NULL,
    PRIMARY KEY (project, account, priority)
);

CREATE TABLE draft (
    task TEXT NOT NULL REFERENCES task (id),
    account TEXT NOT NULL REFERENCES account (id),
    version BIGINT NOT NULL,                  -- a save names the version it stands on
    fields TEXT NOT NULL,                     -- domain::Fields
    seconds DOUBLE PRECISION NOT NULL DEFAULT 0,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (task, account)
);

-- append-only: payloads never change; an edit supersedes, an undo withdraws
CREATE TABLE annotation (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    prompt TEXT NOT NULL REFERENCES prompt (id),
    task TEXT REFERENCES task (id),           -- none: it came from a file
    account TEXT REFERENCES account (id),
    annotator TEXT NOT NULL,                  -- the account's id, or the name in the file
    provenance TEXT NOT NULL CHECK (provenance IN ('person', 'machine', 'simulated')),
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,                    -- domain::Annotation
    shown TEXT NOT NULL,                      -- JSON list of response ids, left first
    subject TEXT,                             -- the annotation it is about
    external_id TEXT,
    supersedes TEXT REFERENCES annotation (id),
    current BIGINT NOT NULL DEFAULT 1 CHECK (current IN (0, 1)),
    round BIGINT NOT NULL DEFAULT 0,
    seconds DOUBLE PRECISION,                 -- active seconds of the whole task
    created_at BIGINT NOT NULL
);
CREATE INDEX annotation_task ON annotation (task, account);
CREATE INDEX annotation_prompt ON annotation (prompt);
CREATE INDEX annotation_project ON annotation (project, kind, current, created_at);
-- one current annotation of a kind a person a task: a second submit cannot make a second one
CREATE UNIQUE INDEX annotation_once ON annotation (task, account, kind) WHERE current = 1 AND task IS NOT NULL;

-- review: append-only history of decisions on answers
CREATE TABLE review (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    task TEXT NOT NULL REFERENCES task (id),
    reviewer TEXT NOT NULL REFERENCES account (id),
    decision TEXT NOT NULL CHECK (decision IN ('accept', 'override', 'return', 'comment')),
    annotation TEXT REFERENCES annotation (id),
    kind TEXT NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
CREATE INDEX review_task ON review (task, created_at);

CREATE TABLE import (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    account TEXT REFERENCES account (id),
    file_name TEXT NOT NULL,
    settings TEXT NOT NULL,                   -- format, mapped columns, all or the good rows
    state TEXT NOT NULL CHECK (state IN ('uploaded', 'running', 'done', 'failed')),
    bytes_total BIGINT NOT NULL,
    bytes_read BIGINT NOT NULL DEFAULT 0,
    rows_read BIGINT NOT NULL DEFAULT 0,
    counts TEXT NOT NULL DEFAULT '{}',
    problem TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT
);
CREATE INDEX import_project ON import (project, created_at);

CREATE TABLE audit (
    id TEXT PRIMARY KEY,
    project TEXT,
    account TEXT,                             -- rows outlive their subjects: no foreign keys
    action TEXT NOT NULL,
    subject TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    created_at BIGINT NOT NULL
);
CREATE INDEX audit_project ON audit (project, created_at);
