"""Tests of `tchat.media`."""
