-- Runs that wait for people: what an ILF run sampled, and asks them about.

-- 0: for nobody; 1: for people to judge refinements; 2: somebody said that it goes on with what is judged
ALTER TABLE run ADD COLUMN waits BIGINT NOT NULL DEFAULT 0;
CREATE INDEX run_waits ON run (id) WHERE waits = 1;

CREATE TABLE run_refinement (
    run TEXT NOT NULL REFERENCES run (id),
    round BIGINT NOT NULL,                    -- from 1
    position BIGINT NOT NULL,                 -- of the criticised response in the run's snapshot
    annotation TEXT NOT NULL REFERENCES annotation (id),  -- the refinement, by a machine
    chosen BIGINT NOT NULL DEFAULT 0,         -- the round learns from it; decided once, when it goes on
    PRIMARY KEY (run, round, annotation)
);
