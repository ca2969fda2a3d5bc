"""Styles to draw with in tests."""

from tchat.tui.palette import palette_of
from tchat.tui.themes import DARK

PALETTE = palette_of(DARK)
