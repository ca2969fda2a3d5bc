-- Version 2: conversations in order, messages that are discarded and brought back, forks, and drafts.
--
-- No table of messages is rewritten: what is new about a message stands in a table beside it.

ALTER TABLE conversation ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1));
ALTER TABLE conversation ADD COLUMN folder TEXT;        -- one line; NULL for none
ALTER TABLE conversation ADD COLUMN archived_at REAL;   -- kept out of the list since then

CREATE INDEX conversation_archived ON conversation (updated_at, id)
    WHERE deleted_at IS NULL AND archived_at IS NOT NULL;
CREATE INDEX conversation_pinned ON conversation (updated_at, id)
    WHERE deleted_at IS NULL AND archived_at IS NULL AND pinned = 1;
CREATE INDEX conversation_by_folder ON conversation (folder) WHERE deleted_at IS NULL AND folder IS NOT NULL;

-- Messages that are hidden until they are restored. Discarding a message hides all that follows it too, so that what
-- stands above a visible message is visible.
CREATE TABLE discarded (
    number INTEGER PRIMARY KEY REFERENCES message (number) ON DELETE CASCADE,
    discarded_with INTEGER NOT NULL,    -- the number of the message whose discard hid this one
    was_leaf INTEGER NOT NULL CHECK (was_leaf IN (0, 1))        -- whether the branch that was read ended in it
) STRICT;

CREATE INDEX discarded_together ON discarded (discarded_with);

CREATE VIEW visible_message AS SELECT * FROM message WHERE number NOT IN (SELECT number FROM discarded);

CREATE TRIGGER discarded_is_discounted AFTER INSERT ON discarded
BEGIN
    UPDATE conversation SET messages = messages - 1
    WHERE id = (SELECT conversation_id FROM message WHERE number = new.number);
END;

CREATE TRIGGER restored_is_counted AFTER DELETE ON discarded
BEGIN
    UPDATE conversation SET messages = messages + 1
    WHERE id = (SELECT conversation_id FROM message WHERE number = old.number);
END;

-- Replies of forks. What they say they cost is counted once, where they were written first.
CREATE TABLE copied_reply (
    number INTEGER PRIMARY KEY REFERENCES reply (number) ON DELETE CASCADE
) STRICT;

-- What is being written and is not sent yet: one row for each process and conversation.
CREATE TABLE draft (
    number INTEGER PRIMARY KEY,
    writer TEXT NOT NULL,               -- the lock file that its process holds in writers/ while it lives
    conversation_id TEXT REFERENCES conversation (id) ON DELETE CASCADE,        -- NULL: it is to begin one
    kept_at REAL NOT NULL,
    draft TEXT NOT NULL                 -- JSON
) STRICT;

CREATE UNIQUE INDEX draft_by_place ON draft (ifnull(conversation_id, ''), writer);
CREATE INDEX draft_by_conversation ON draft (conversation_id);
