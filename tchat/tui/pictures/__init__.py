"""Pictures on a terminal: as half blocks, as its graphics, under the grid that a model reads them by."""
