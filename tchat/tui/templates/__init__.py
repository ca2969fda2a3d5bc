"""Templates on the screen: what is listed, filled in, shown before a run, and what becomes of a run."""
