-- Version 1: conversations as trees, replies as they stream, search, and what was spent.
--
-- Times are Unix seconds, UTC. Ids are ULIDs. JSON columns hold the values of tchat.domain, as msgspec writes them.
-- Costs are US dollars, tokens are counts; NULL means unknown, never nothing.

-- A tree of messages and the branch of it that is read.
CREATE TABLE conversation (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    source TEXT,                        -- the template that made it, if one did
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,           -- when a turn began or ended in it last
    deleted_at REAL,                    -- hidden since then, until it is restored or purged
    leaf_id TEXT REFERENCES message (id) ON DELETE SET NULL,    -- the last message of the branch that is read
    messages INTEGER NOT NULL DEFAULT 0                         -- how many it has; kept by triggers
) STRICT;

CREATE INDEX conversation_by_update ON conversation (updated_at, id) WHERE deleted_at IS NULL;
CREATE INDEX conversation_by_deletion ON conversation (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX conversation_by_leaf ON conversation (leaf_id);

-- What the user or a model said. Messages with the same parent are siblings: edited or regenerated turns.
CREATE TABLE message (
    number INTEGER PRIMARY KEY,         -- the order in which messages were stored
    id TEXT NOT NULL UNIQUE,
    conversation_id TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    parent_id TEXT REFERENCES message (id),                     -- NULL for a root; there may be several
    role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
    created_at REAL NOT NULL,
    text TEXT NOT NULL,                 -- the visible text, without attachments
    parts TEXT,                         -- JSON: every part but the sealed one; NULL if that is one text, the column
    sealed TEXT                         -- JSON: opaque provider state to be replayed in place of the text
) STRICT;

CREATE INDEX message_by_parent ON message (parent_id, conversation_id);
CREATE INDEX message_by_conversation ON message (conversation_id);

-- What only a model's message has. While `state` is streaming, its text so far is in reply_chunk.
CREATE TABLE reply (
    number INTEGER PRIMARY KEY REFERENCES message (number) ON DELETE CASCADE,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    answered_by TEXT,                   -- the model that answered, in the provider's words
    settings TEXT NOT NULL,             -- JSON
    effort TEXT GENERATED ALWAYS AS (json_extract(settings, '$.effort')) VIRTUAL,
    system TEXT,                        -- the system prompt of this turn
    state TEXT NOT NULL CHECK (state IN ('streaming', 'complete', 'stopped', 'interrupted', 'failed')),
    writer TEXT,                        -- while streaming: the lock file that its process holds in writers/
    reasoning TEXT NOT NULL DEFAULT '',
    finish TEXT CHECK (finish IN ('stop', 'length', 'filtered', 'refused')),
    failure TEXT,                       -- JSON: why it is not complete
    input_tokens INTEGER,               -- everything that was read, cached tokens included
    cached_read_tokens INTEGER,         -- of them: read from a cache
    cached_write_tokens INTEGER,        -- of them: written to a cache
    output_tokens INTEGER,              -- everything that was written, reasoning included
    reasoning_tokens INTEGER,           -- of them: reasoning
    usage_final INTEGER NOT NULL DEFAULT 0 CHECK (usage_final IN (0, 1)),
    cost REAL,
    first_token_after REAL,             -- seconds from the request
    seconds REAL,                       -- from the request to the end
    finished_at REAL,
    CHECK ((state = 'streaming') = (writer IS NOT NULL)),
    CHECK ((state = 'streaming') = (finished_at IS NULL))
) STRICT;

CREATE INDEX reply_streaming ON reply (writer) WHERE writer IS NOT NULL;
CREATE INDEX reply_cost ON reply (finished_at, cost) WHERE cost IS NOT NULL;

-- The growth of streaming replies, piece by piece; gone once the reply is finished.
CREATE TABLE reply_chunk (
    reply INTEGER NOT NULL REFERENCES reply (number) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    text TEXT NOT NULL,
    reasoning TEXT NOT NULL,
    PRIMARY KEY (reply, position)
) STRICT, WITHOUT ROWID;

-- What the replies of purged conversations have cost, so that no limit forgets it.
CREATE TABLE purged_reply (
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cost REAL NOT NULL,
    finished_at REAL NOT NULL
) STRICT;

CREATE INDEX purged_reply_cost ON purged_reply (finished_at, cost);

CREATE TRIGGER message_is_counted AFTER INSERT ON message
BEGIN
    UPDATE conversation SET messages = messages + 1 WHERE id = new.conversation_id;
END;

CREATE TRIGGER message_is_discounted AFTER DELETE ON message
BEGIN
    UPDATE conversation SET messages = messages - 1 WHERE id = old.conversation_id;
END;

-- Nothing is overwritten: a message keeps its place for ever, and its words once it is finished.
CREATE TRIGGER message_keeps_its_place BEFORE UPDATE OF number, id, conversation_id, parent_id, role ON message
BEGIN
    SELECT RAISE (ABORT, 'a message keeps its place in the tree');
END;

CREATE TRIGGER message_keeps_its_words BEFORE UPDATE OF text, parts, sealed ON message
WHEN NOT EXISTS (SELECT 1 FROM reply WHERE number = old.number AND state = 'streaming')
BEGIN
    SELECT RAISE (ABORT, 'a finished message is never changed');
END;

-- Full text of every message, kept in step by the triggers below; the words themselves are in message.text.
CREATE VIRTUAL TABLE message_search USING fts5 (
    text, content = 'message', content_rowid = 'number', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER message_search_insert AFTER INSERT ON message
BEGIN
    INSERT INTO message_search (rowid, text) VALUES (new.number, new.text);
END;

CREATE TRIGGER message_search_delete AFTER DELETE ON message
BEGIN
    INSERT INTO message_search (message_search, rowid, text) VALUES ('delete', old.number, old.text);
END;

CREATE TRIGGER message_search_update AFTER UPDATE OF text ON message
BEGIN
    INSERT INTO message_search (message_search, rowid, text) VALUES ('delete', old.number, old.text);
    INSERT INTO message_search (rowid, text) VALUES (new.number, new.text);
END;
