"""Tests of `tchat.tui.screens`."""
