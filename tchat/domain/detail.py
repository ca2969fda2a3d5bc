"""How closely a model looks at pictures, and what that means in pixels where a provider has no word for it."""

from typing import Literal

Detail = Literal["low", "medium", "high", "original"]
"""From a glance to every pixel that the model can use. Where none is named, the provider chooses."""

DETAILS: tuple[Detail, ...] = ("low", "medium", "high", "original")
