"""Tests of prices and token counts."""
