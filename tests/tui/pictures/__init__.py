"""Tests of pictures on a terminal."""
