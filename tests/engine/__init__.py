"""Tests of `tchat.engine`."""
