"""Reasoning effort: one scale for every provider, and the nearest level that a model has."""

from typing import Literal, get_args

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
EFFORTS: tuple[Effort, ...] = get_args(Effort)
"""Every level, from the least to the most."""
STANDARD: tuple[Effort, ...] = ("low", "medium", "high")
"""Levels that all models have that reason by levels."""


def nearest(wanted: Effort, available: tuple[Effort, ...]) -> Effort | None:
    """Return the level of `available` closest to `wanted`, the lower of two equally close; None if there is none."""
    rank = EFFORTS.index(wanted)
    return min(available, key=lambda level: (abs(EFFORTS.index(level) - rank), EFFORTS.index(level)), default=None)
