"""Local validation of structured replies."""

import json
from typing import Any

from tchat.templates.extracting import Unanswered


def parse(text: str, schema: dict[str, Any]) -> Any:
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    if not starts:
        raise Unanswered("there is no JSON")
    try:
        value = json.JSONDecoder().raw_decode(text[min(starts) :])[0]
    except ValueError as error:
        raise Unanswered("it is not JSON") from error
    for key, spec in schema.get("properties", {}).items():
        if "maximum" in spec and isinstance(value.get(key), int | float) and value[key] > spec["maximum"]:
            raise Unanswered(f"{key}: too large")
    return value
