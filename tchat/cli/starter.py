"""The template that `tchat prompts new` writes."""

from tchat.templates.vocabulary import ABOUT, CALL, STEP

_SHOWN = ("technique", "paper", "tags")
_OPTIONAL = {"model": '"strong"', "effort": '"low"', "temperature": "0.7", "max_tokens": "500"}
_ANSWERS = {"extract": '"number"', "samples": "5", "vote": '"majority"'}


def starter(name: str) -> str:
    """Return a template to begin with, whose comments say what else there is."""
    lines = [
        "# A template: `tchat run` runs it, `tchat check` checks it, `tchat test` tests it without a model.",
        f'title = "{name}"',
        f'about = ""  # {ABOUT["about"]}',
        *(f"# {key} = {'[]' if key == 'tags' else chr(34) * 2}  # {ABOUT[key]}" for key in _SHOWN),
        'system = "You summarise faithfully."',
        *(f"# {key} = {value}  # {CALL[key]}" for key, value in _OPTIONAL.items()),
        *(f"# {key} = {value}  # {STEP[key]}" for key, value in _ANSWERS.items()),
        "prompt = '''",
        "Summarise this in {{ sentences }} sentences:",
        "",
        "{{ text | fence }}",
        "'''",
        "",
        "[inputs]",
        'text = { type = "text", stdin = true, help = "what to summarise" }',
        'sentences = { type = "int", default = 3, min = 1 }',
        "",
        "[[test]]",
        'name = "one call, whose reply is the output"',
        'inputs = { text = "Cats sleep a lot.", sentences = 1 }',
        'replies = { answer = "Cats sleep a great deal." }',
        'expect = { contains = "Cats", max_words = 20 }',
        "calls = 1",
    ]
    return "\n".join([*lines, ""])
