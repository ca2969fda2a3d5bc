"""Tests of `tchat.tui.widgets`."""
