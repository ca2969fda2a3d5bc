-- Version 4: what was spent, by day and by what it was spent on; what calls under way may cost; what a cost came from.

ALTER TABLE reply ADD COLUMN usage TEXT;            -- JSON: usage beyond the token columns; NULL if there is none
ALTER TABLE reply ADD COLUMN usage_estimated INTEGER NOT NULL DEFAULT 0 CHECK (usage_estimated IN (0, 1));
ALTER TABLE reply ADD COLUMN price TEXT;            -- JSON: what the cost was computed from; NULL if it was not computed
ALTER TABLE reply ADD COLUMN expected_input INTEGER;    -- tokens, as estimated before the request went out
ALTER TABLE reply ADD COLUMN first_text_after REAL; -- seconds from the request to the first token of the answer

-- What replies took: one row for each day, conversation, run and model. Written by the triggers below, once for every
-- reply that is finished; forks are no replies of their own. A purged conversation leaves its rows without its name.
CREATE TABLE spending (
    day TEXT NOT NULL,                  -- on which the replies ended, in local time, such as 2026-11-28
    conversation_id TEXT,               -- NULL for what is not kept
    run_id TEXT,
    template TEXT,                      -- of the run, else the one that made the conversation
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    replies INTEGER NOT NULL,
    estimated INTEGER NOT NULL,         -- replies whose usage the provider never said
    unpriced INTEGER NOT NULL,          -- replies whose cost is unknown
    input_tokens INTEGER NOT NULL,
    cached_read_tokens INTEGER NOT NULL,
    cached_write_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost REAL NOT NULL,
    seconds REAL NOT NULL
) STRICT;

-- The same by day, model and template alone, which a year has few of: for sums over many conversations.
CREATE TABLE daily_spending (
    day TEXT NOT NULL,
    template TEXT,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    replies INTEGER NOT NULL,
    estimated INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    cached_read_tokens INTEGER NOT NULL,
    cached_write_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost REAL NOT NULL,
    seconds REAL NOT NULL
) STRICT;

CREATE UNIQUE INDEX daily_spending_by_place ON daily_spending (day, provider, model, ifnull(template, ''));
CREATE UNIQUE INDEX spending_by_place ON spending (conversation_id, day, provider, model, ifnull(run_id, ''))
    WHERE conversation_id IS NOT NULL;
CREATE INDEX spending_by_conversation ON spending (conversation_id, day, cost, input_tokens, output_tokens);
CREATE INDEX spending_by_run ON spending (run_id, day, cost, input_tokens, output_tokens) WHERE run_id IS NOT NULL;

-- Whatever is added to the one is added to the other.
CREATE TRIGGER spending_is_added_up AFTER INSERT ON spending
BEGIN
    INSERT INTO daily_spending VALUES (
        new.day, new.template, new.provider, new.model, new.replies, new.estimated, new.unpriced, new.input_tokens,
        new.cached_read_tokens, new.cached_write_tokens, new.output_tokens, new.reasoning_tokens, new.cost, new.seconds
    )
    ON CONFLICT (day, provider, model, ifnull(template, '')) DO UPDATE SET
        replies = replies + excluded.replies,
        estimated = estimated + excluded.estimated,
        unpriced = unpriced + excluded.unpriced,
        input_tokens = input_tokens + excluded.input_tokens,
        cached_read_tokens = cached_read_tokens + excluded.cached_read_tokens,
        cached_write_tokens = cached_write_tokens + excluded.cached_write_tokens,
        output_tokens = output_tokens + excluded.output_tokens,
        reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
        cost = cost + excluded.cost,
        seconds = seconds + excluded.seconds;
END;

CREATE TRIGGER spending_that_grows_is_added_up AFTER UPDATE OF replies ON spending
BEGIN
    UPDATE daily_spending SET
        replies = replies + new.replies - old.replies,
        estimated = estimated + new.estimated - old.estimated,
        unpriced = unpriced + new.unpriced - old.unpriced,
        input_tokens = input_tokens + new.input_tokens - old.input_tokens,
        cached_read_tokens = cached_read_tokens + new.cached_read_tokens - old.cached_read_tokens,
        cached_write_tokens = cached_write_tokens + new.cached_write_tokens - old.cached_write_tokens,
        output_tokens = output_tokens + new.output_tokens - old.output_tokens,
        reasoning_tokens = reasoning_tokens + new.reasoning_tokens - old.reasoning_tokens,
        cost = cost + new.cost - old.cost,
        seconds = seconds + new.seconds - old.seconds
    WHERE day = new.day AND provider = new.provider AND model = new.model
        AND ifnull(template, '') = ifnull(new.template, '');
END;

INSERT INTO spending
SELECT
    date(finished_at, 'unixepoch', 'localtime'), conversation_id, run_id, coalesce(run.template, source), provider,
    model, count(*), 0, sum(cost IS NULL), total(input_tokens), total(cached_read_tokens), total(cached_write_tokens),
    total(output_tokens), total(reasoning_tokens), total(cost), total(seconds)
FROM reply
    JOIN message USING (number)
    JOIN conversation ON conversation.id = conversation_id
    LEFT JOIN run_call USING (number)
    LEFT JOIN run ON run.id = run_id
WHERE finished_at IS NOT NULL AND (output_tokens IS NOT NULL OR cost IS NOT NULL)
    AND number NOT IN (SELECT number FROM copied_reply)
GROUP BY 1, 2, 3, 4, 5, 6;

INSERT INTO spending
SELECT
    date(finished_at, 'unixepoch', 'localtime'), NULL, NULL, NULL, provider, model, count(*), 0, 0,
    total(input_tokens), 0, 0, total(output_tokens), 0, total(cost), 0
FROM purged_reply GROUP BY 1, 5, 6;

DROP TABLE purged_reply;
DROP INDEX reply_cost;

CREATE TRIGGER reply_is_spent AFTER UPDATE OF finished_at ON reply
WHEN old.finished_at IS NULL AND (new.output_tokens IS NOT NULL OR new.cost IS NOT NULL)
BEGIN
    INSERT INTO spending
    SELECT
        date(new.finished_at, 'unixepoch', 'localtime'), conversation_id, run_id, coalesce(run.template, source),
        new.provider, new.model, 1, new.usage_estimated, new.cost IS NULL, ifnull(new.input_tokens, 0),
        ifnull(new.cached_read_tokens, 0), ifnull(new.cached_write_tokens, 0), ifnull(new.output_tokens, 0),
        ifnull(new.reasoning_tokens, 0), ifnull(new.cost, 0), ifnull(new.seconds, 0)
    FROM message
        JOIN conversation ON conversation.id = conversation_id
        LEFT JOIN run_call USING (number)
        LEFT JOIN run ON run.id = run_id
    WHERE message.number = new.number
    ON CONFLICT (conversation_id, day, provider, model, ifnull(run_id, '')) WHERE conversation_id IS NOT NULL
    DO UPDATE SET
        replies = replies + 1,
        estimated = estimated + excluded.estimated,
        unpriced = unpriced + excluded.unpriced,
        input_tokens = input_tokens + excluded.input_tokens,
        cached_read_tokens = cached_read_tokens + excluded.cached_read_tokens,
        cached_write_tokens = cached_write_tokens + excluded.cached_write_tokens,
        output_tokens = output_tokens + excluded.output_tokens,
        reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
        cost = cost + excluded.cost,
        seconds = seconds + excluded.seconds;
END;

CREATE TRIGGER spending_outlives_its_conversation BEFORE DELETE ON conversation
BEGIN
    UPDATE spending SET conversation_id = NULL WHERE conversation_id = old.id;
END;

-- What calls under way may cost at most, so that no two of them, of any process, pass a limit together.
CREATE TABLE reservation (
    id TEXT PRIMARY KEY,                -- of the reply
    writer TEXT NOT NULL,               -- the lock file that its process holds in writers/
    conversation_id TEXT,               -- NULL for what is not kept
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    dollars REAL NOT NULL,
    expected_input INTEGER,             -- tokens
    price TEXT                          -- JSON
) STRICT;
