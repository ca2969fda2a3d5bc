"""The keys of the format: where each belongs, and which of them this version refuses."""

ABOUT_KEYS = ("format", "title", "about", "technique", "paper", "tags", "source", "output")
"""Keys about the file; they stand at its top."""

CALL_KEYS = (
    "system",
    "model",
    "effort",
    "temperature",
    "top_p",
    "max_tokens",
    "seed",
    "stop",
    "schema",
    "images",
)
"""Keys of a model call: in a step, or at the top as its default."""

STEP_KEYS = ("name", "prompt", "text", "continue", "needs", "examples", "shots", *CALL_KEYS)

KIND_KEYS = ("prompt", "text", "value", "use", "do", "command")
"""Keys that say what kind of step it is."""

UNSUPPORTED_KEYS = (
    "value",
    "use",
    "with",
    "do",
    "command",
    "stdin",
    "timeout",
    "logprobs",
    "tools",
    "extract",
    "check",
    "retries",
    "if_missing",
    "for_each",
    "as",
    "serial",
    "limit",
    "samples",
    "vote",
    "judge",
    "when",
    "repeat",
    "until",
    "start",
    "examples_from",
    "expect_items",
    "expect_tokens",
)
"""Keys of the format that this version cannot run, and so refuses."""

UNSUPPORTED_NAMES = ("run", "examples", "index", "done", "candidates")
"""Names that belong to what this version cannot run."""

MODEL_FIELDS = ("name", "provider", "reasons", "context")
"""What `model` has in a text."""

EXPECT_KEYS = (
    "equals",
    "number",
    "tolerance",
    "one_of",
    "matches",
    "contains",
    "lacks",
    "max_words",
    "min_words",
    "expr",
    "command",
    "abstain",
    "threshold",
)
"""What a test may expect of the output."""


def misplaced(key: str, header: str | None) -> str | None:
    """Return what to say of a key below a table header that belongs above it; None if it is not one."""
    if header is None:
        return None
    in_step = header.strip("[]").split(".")[0] == "step"
    if key in ABOUT_KEYS or (not in_step and key in ("prompt", "shots", *CALL_KEYS)):
        return (
            f'"{key}" belongs to the whole file: in TOML it must stand above the first [table], '
            f"and here it is inside {header}"
        )
    if in_step and header != "[[step]]" and key in STEP_KEYS:
        return (
            f'"{key}" belongs to the step: in TOML it must stand above the first table within [[step]], '
            f"and here it is inside {header}"
        )
    return None
