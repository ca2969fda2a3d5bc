"""Tests of `tchat.markdown`."""
