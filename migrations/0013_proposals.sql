-- What models propose for the tree: changes of it, places for prompts, new prompts. Nothing is done before somebody
-- accepts it; what is accepted together is one edit, which can be taken back, and then the proposals are open again.

-- One more kind of job. A column's own check cannot be changed on both databases, so the column is made anew.
ALTER TABLE job ADD COLUMN kind_now TEXT NOT NULL DEFAULT 'train'
    CHECK (kind_now IN ('train', 'generate', 'score', 'embed', 'add-model', 'taxonomy'));
UPDATE job SET kind_now = kind;
ALTER TABLE job DROP COLUMN kind;
ALTER TABLE job RENAME COLUMN kind_now TO kind;

-- Calls to models are kept for every job that asks, and not all are about a prompt.
CREATE TABLE model_call (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    job TEXT NOT NULL REFERENCES job (id),
    prompt TEXT REFERENCES prompt (id),
    about TEXT NOT NULL,                      -- in words: which of the procedure's calls
    digest TEXT NOT NULL,                     -- of who was asked, how it was sampled, and the text
    asked TEXT NOT NULL,
    reply TEXT NOT NULL,
    tokens_in BIGINT NOT NULL DEFAULT 0,      -- as the model's server counts
    tokens_out BIGINT NOT NULL DEFAULT 0,
    problem TEXT,                             -- why the reply cannot be read
    created_at BIGINT NOT NULL
);
INSERT INTO model_call (id, project, job, prompt, about, digest, asked, reply, tokens_in, tokens_out, problem, created_at)
    SELECT id, project, job, prompt, about, digest, asked, reply, tokens_in, tokens_out, problem, created_at FROM judge_call;
DROP TABLE judge_call;
-- the same question is not paid for twice
CREATE INDEX model_call_digest ON model_call (project, digest) WHERE problem IS NULL;
CREATE INDEX model_call_job ON model_call (job, id);

CREATE TABLE proposal (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    job TEXT NOT NULL REFERENCES job (id),
    position BIGINT NOT NULL,                 -- in its job: later ones may stand on earlier ones
    what TEXT NOT NULL,                       -- in words, for people
    content TEXT NOT NULL,                    -- JSON, domain::taxonomy::Proposed
    reply TEXT NOT NULL,                      -- what the model wrote
    prompt TEXT REFERENCES prompt (id),       -- the prompt that is placed, or that was made of it
    score DOUBLE PRECISION,                   -- how sure: confidence, margin, or questions answered with yes
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted', 'declined')),
    refusal TEXT,                             -- why it could not be done when somebody tried
    edit TEXT REFERENCES taxonomy_edit (id),  -- the edit that did it
    account TEXT REFERENCES account (id),
    decided_at BIGINT,
    created_at BIGINT NOT NULL,
    UNIQUE (job, position)
);
CREATE INDEX proposal_edit ON proposal (edit) WHERE edit IS NOT NULL;
CREATE INDEX proposal_state ON proposal (job, state);
