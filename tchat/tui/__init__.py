"""The terminal interface: it shows what the engine says and hands on what the user wants."""
