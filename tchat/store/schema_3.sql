-- Version 3: runs of templates, and which replies are calls of which run.

-- One run of a template, resumed or not.
CREATE TABLE run (
    id TEXT PRIMARY KEY,
    template TEXT NOT NULL,
    request TEXT NOT NULL,              -- JSON: the template's file and digest, the inputs, the model and its settings
    state TEXT NOT NULL CHECK (state IN ('running', 'done', 'failed', 'stopped')),
    writer TEXT,                        -- while it runs: the lock file that its process holds in writers/
    started_at REAL NOT NULL,
    ended_at REAL,
    CHECK ((state = 'running') = (writer IS NOT NULL))
) STRICT;

CREATE INDEX run_by_start ON run (started_at);

-- The calls of runs. A row is written with the call's reply, before the request goes out.
CREATE TABLE run_call (
    number INTEGER PRIMARY KEY REFERENCES reply (number) ON DELETE CASCADE,
    run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    place TEXT NOT NULL,                -- where in the run, such as solve#2 or answers[3]/check
    digest TEXT NOT NULL                -- of model, settings and everything that is said
) STRICT;

CREATE INDEX run_call_by_run ON run_call (run_id);
