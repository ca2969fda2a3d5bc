"""Tests of `tchat.cli`."""
