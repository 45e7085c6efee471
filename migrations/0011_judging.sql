-- Models as judges: every call with what was asked and what came back. A job of kind 'score' makes them; the verdicts
-- and judgments read from them stand with all others.
CREATE TABLE judge_call (
    id TEXT PRIMARY KEY,
    project TEXT NOT NULL REFERENCES project (id),
    job TEXT NOT NULL REFERENCES job (id),
    prompt TEXT NOT NULL REFERENCES prompt (id),
    about TEXT NOT NULL,                      -- in words: which of the procedure's calls
    digest TEXT NOT NULL,                     -- of who was asked, how it was sampled, and the text
    asked TEXT NOT NULL,
    reply TEXT NOT NULL,
    tokens_in BIGINT NOT NULL DEFAULT 0,      -- as the judge's server counts
    tokens_out BIGINT NOT NULL DEFAULT 0,
    problem TEXT,                             -- why the reply cannot be read
    created_at BIGINT NOT NULL
);
-- the same question is not paid for twice
CREATE INDEX judge_call_digest ON judge_call (project, digest) WHERE problem IS NULL;
CREATE INDEX judge_call_job ON judge_call (job, id);

-- what a judge said with a shown first, and with b shown first: 'a', 'b', 'tie'; position bias is read from it
ALTER TABLE verdict ADD COLUMN said_straight TEXT;
ALTER TABLE verdict ADD COLUMN said_turned TEXT;
