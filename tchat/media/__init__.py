"""Pictures and documents: what they are, and where their bytes are kept."""
