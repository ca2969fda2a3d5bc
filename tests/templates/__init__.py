"""Tests of `tchat.templates`."""
