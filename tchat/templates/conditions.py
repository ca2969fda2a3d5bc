"""Checks values against conditions."""

from collections.abc import Mapping
from typing import Any


def problems(value: Any, text: str, conditions: Mapping[str, Any]) -> list[str]:
    """Return what is wrong."""
    found = []
    for word, wanted in conditions.items():
        many = wanted if isinstance(wanted, list) else [wanted]
        if word == "contains":
            found += [f"lacks {each}" for each in many if str(each) not in text]
        if word == "lacks":
            found += [f"has {each}" for each in many if str(each) in text]
        if word == "equals" and text.strip() != str(wanted).strip():
            found.append(f"is not {wanted}")
        if word == "number" and float(
            value if isinstance(value, int | float) else text.rsplit(maxsplit=1)[-1].strip(".")
        ) != float(wanted):
            found.append(f"is not {wanted}")
        if word == "min_words" and len(text.split()) < wanted:
            found.append("too short")
        if word == "max_words" and len(text.split()) > wanted:
            found.append("too long")
    return found
