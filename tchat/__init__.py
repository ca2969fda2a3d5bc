"""A terminal chat client for people who work on prompts."""

__version__ = "0.1.0"
