-- Version 5: conversations that do not fit their model: what is sent in place of their beginning, and what was not sent.

ALTER TABLE reply ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;   -- messages at the beginning that were not sent

-- Messages of turns that tchat itself asked for beside a conversation. They are on no branch that is read, and what they
-- took is counted like that of any reply.
CREATE TABLE aside (
    number INTEGER PRIMARY KEY REFERENCES message (number) ON DELETE CASCADE
) STRICT;

CREATE TRIGGER aside_is_discounted AFTER INSERT ON aside
BEGIN
    UPDATE conversation SET messages = messages - 1
    WHERE id = (SELECT conversation_id FROM message WHERE number = new.number);
END;

DROP VIEW visible_message;
CREATE VIEW visible_message AS SELECT * FROM message
    WHERE number NOT IN (SELECT number FROM discarded) AND number NOT IN (SELECT number FROM aside);

-- What is sent in place of a message and all before it.
CREATE TABLE summary (
    number INTEGER PRIMARY KEY REFERENCES message (number) ON DELETE CASCADE,
    summary TEXT NOT NULL               -- JSON
) STRICT;
