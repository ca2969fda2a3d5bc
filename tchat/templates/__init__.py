"""Prompt templates: TOML files of one prompt or of steps, their inputs, their rendering and their runs."""
