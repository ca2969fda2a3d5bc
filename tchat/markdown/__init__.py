"""Markdown as terminal lines: one renderer for the command line and the interface, whole texts and growing ones."""
