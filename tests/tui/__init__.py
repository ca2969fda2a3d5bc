"""Tests of `tchat.tui`."""
