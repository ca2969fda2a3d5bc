"""What is listed, filled in and shown of templates, and what becomes of a run."""
