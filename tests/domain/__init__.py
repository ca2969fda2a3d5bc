"""Tests of `tchat.domain`."""
