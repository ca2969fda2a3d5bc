"""A template that uses every key of the format, and where its keys stand."""

FULL = r"""format = 1
title = "All of it"
about = "Uses every key."
technique = "chain"
paper = "arXiv:1"
tags = ["a", "b"]
source = "own, MIT"
output = "{{ looped }}"
system = "s"
model = "fast"
effort = "max"
temperature = 1
top_p = 0.9
max_tokens = 10
detail = "low"
seed = 0
stop = "END"
shots = 1

[inputs]
q = { type = "text", default = "d", help = "h", stdin = true, required = false }
n = { type = "int", min = 1, max = 3, default = 2 }
c = { type = "choice", choices = ["x", "y"] }
f = "file"
i = "image"
xs = { type = "list" }

[limits]
max_calls = 3
max_cost = 0.5
max_seconds = 60

[[examples]]
user = "u {{ q }}"
assistant = "a"

[[step]]
name = "one"
prompt = "{{ q }} {{ n }} {{ c }} {{ f }} {{ model.name }}"
stop = ["A", "B"]
schema = { a = "text" }
images = ["i", { from = "i", grid = "4x3", max_side = 64 }]

[[step]]
name = "two"
continue = "one"
prompt = "{{ run.one.usage }}"

[[step]]
name = "shown"
examples_from = "one"
prompt = "p"

[[step]]
name = "many"
for_each = "xs"
as = "x"
serial = true
limit = 9
samples = "n"
vote = "judge"
expect_items = 4
expect_tokens = 50
prompt = "{{ x }} {{ index }} {{ done | length }}"
extract = [
  { after = "Answer:" },
  { tag = "x" },
  { regex = '(\d+)(?P<u>\w)', which = "first", group = "u" },
  { map = { sure = 20, likely = 0.5 } },
  "number",
]
check.number = 3
check.tolerance = 0.1
check.max_words = "{{ n }}"
check.expr = "value > 1"
check.command = ["true", "{{ q }}"]
check.equals = { a = 1 }
check.one_of = [1, "a"]
check.matches = "^a"
check.contains = ["a"]
check.lacks = "b"
check.min_words = 0
check.abstain = true
check.threshold = 0.5
retries = 2
if_missing = "null"

  [[step.examples]]
  user = "u"
  assistant = "a"

  [step.judge]
  system = "s"
  model = "judge"
  effort = "low"
  extract = "first_number"
  prompt = "{{ candidates }}"

[[step]]
name = "used"
use = "inner"
with = { word = "{{ q }}" }

[[step]]
name = "ran"
command = ["cat", "{{ q }}"]
stdin = "{{ f }}"
timeout = 5

[[step]]
name = "looped"
repeat = 3
until = "inner > 3"
start = { inner = { a = [1, "x {{ q }}", "{{ n }}"] } }
when = "q"
needs = ["one"]

  [[step.do]]
  name = "first"
  text = "{{ inner }}"

  [[step.do]]
  name = "inner"
  value = "first | length"

[[test]]
name = "t"
inputs = { q = "x", c = "y", f = "text of a file", i = "p.png", xs = [1] }
replies = { one = ["r", "s"], "many.judge" = "1", "used.answer" = "z" }
expect = { contains = ["r"] }
calls = 1
data = "../d.jsonl"
map = { q = "question" }
limit = 5
repeat = 2
"""


def line(start: str) -> int:
    """Return the line that begins with `start`, blanks aside."""
    return next(number for number, line in enumerate(FULL.split("\n"), 1) if line.lstrip().startswith(start))
