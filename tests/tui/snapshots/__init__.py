"""What the screens look like, as pictures that were looked at: `make snapshots` takes them anew."""
