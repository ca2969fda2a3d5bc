"""Conversations on disk: a SQLite database that knows trees of messages, and no provider and no screen."""
