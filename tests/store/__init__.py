"""Tests of `tchat.store`."""
