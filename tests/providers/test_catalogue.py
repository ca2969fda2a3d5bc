"""Laws of what is known of models: the shipped facts, the providers' lists and the user's word."""

import statistics
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tchat.config import ModelConfig, ProviderConfig
from tchat.domain.effort import EFFORTS, Effort
from tchat.domain.model import ModelFacts, ModelRef, Price
from tchat.providers.catalogue import FOLDER, Catalogue
from tchat.providers.presets import PRESETS, ProviderSpec, parse_ref, resolve

SHEETS = sorted(FOLDER.glob("*.toml"))
LEVELS: dict[str, tuple[Effort, ...]] = {
    "low…xhigh": ("low", "medium", "high", "xhigh"),
    "low…max": ("low", "medium", "high", "xhigh", "max"),
    "none…max": ("none", "low", "medium", "high", "xhigh", "max"),
    "none…xhigh": ("none", "low", "medium", "high", "xhigh"),
    "none…high": ("none", "low", "medium", "high"),
    "minimal…high": ("minimal", "low", "medium", "high"),
    "low…high": ("low", "medium", "high"),
    "high": ("high",),
    "all": EFFORTS,
    "all but none": EFFORTS[1:],
    "on or off": ("none", "medium"),
    "none": (),
}


def spec_of(provider: str, config: ProviderConfig | None = None) -> ProviderSpec:
    """How a provider is reached on a machine without any settings."""
    return resolve(provider, config, {})


def known_of(ref: str, catalogue: Catalogue | None = None) -> ModelFacts:
    """The facts of a model named `provider/model`."""
    parsed = parse_ref(ref, tuple(PRESETS))
    assert isinstance(parsed, ModelRef)
    return (catalogue or Catalogue.load(lists=None, overrides={})).facts(parsed, spec_of(parsed.provider))


# --- the shipped facts


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_every_shipped_entry_is_well_formed(sheet: Path) -> None:
    """Entries say what `ModelFacts` can hold, agree with themselves, and carry a date."""
    table = msgspec.toml.decode(sheet.read_bytes())
    assert set(table) <= {"as_of", "every", "model"}
    assert len(table["as_of"]) == len("2026-11-23")
    allowed = set(ModelFacts.__struct_fields__) - {"provider", "name", "as_of", "listed"}
    for entry in [table.get("every", {}), *table.get("model", [])]:
        said = {key: value for key, value in entry.items() if key != "match"}
        assert set(said) <= allowed
        facts = msgspec.convert({**said, "provider": "p", "name": "m"}, ModelFacts)
        levels = facts.efforts or ()
        assert list(levels) == sorted(set(levels), key=EFFORTS.index)
        assert facts.default_effort is None or facts.default_effort in levels
        assert (facts.effort_style == "budget") == (facts.budget is not None)
        assert facts.sampling_at is None or facts.sampling_at in levels
        assert facts.window is None or facts.max_output is None or facts.max_output <= facts.window


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.stem)
def test_no_shipped_entry_is_hidden_by_an_earlier_one(sheet: Path) -> None:
    """Every name that an entry spells out gets the facts of that very entry."""
    provider = next((name for name, preset in PRESETS.items() if preset.catalogues[:1] == (sheet.stem,)), "")
    for entry in msgspec.toml.decode(sheet.read_bytes()).get("model", []):
        said = {key: value for key, value in entry.items() if key != "match"}
        names = [entry["match"]] if isinstance(entry["match"], str) else entry["match"]
        for name in names:
            if provider and not any(sign in name for sign in "*?["):
                facts = msgspec.json.decode(msgspec.json.encode(known_of(f"{provider}/{name}")))
                assert {key: facts[key] for key in said} == said


@pytest.mark.parametrize(
    ("ref", "levels", "default"),
    [
        ("openai/gpt-6-astra", "low…max", None),
        ("openai/gpt-6.1-sol", "low…max", "medium"),
        ("openai/gpt-6-sol", "none…max", "medium"),
        ("openai/gpt-6-luna", "none…max", "medium"),
        ("openai/gpt-5.6-terra", "none…max", "medium"),
        ("openai/gpt-5.5", "none…xhigh", None),
        ("openai/gpt-5.5-2026-04-23", "none…xhigh", None),
        ("openai/gpt-5.4-mini", "none…xhigh", "none"),
        ("openai/gpt-5.2", "none…xhigh", "none"),
        ("openai/gpt-5.1", "none…high", "none"),
        ("openai/gpt-5", "minimal…high", "medium"),
        ("openai/gpt-5-mini-2025-08-07", "minimal…high", "medium"),
        ("openai/gpt-5-pro", "high", "high"),
        ("openai/o3", "low…high", "medium"),
        ("openai/o3-mini", "low…high", None),
        ("openai/gpt-4.1", "none", None),
        ("anthropic/claude-opus-5-5", "low…max", "medium"),
        ("anthropic/claude-fable-5-1", "low…max", None),
        ("anthropic/claude-sonnet-5-5", "low…max", "high"),
        ("anthropic/claude-opus-5", "none…max", None),
        ("anthropic/claude-sonnet-5", "none…max", None),
        ("anthropic/claude-haiku-5-5", "none…max", None),
        ("anthropic/claude-haiku-4-5-20251001", "all", "none"),
        ("gemini/gemini-3.8-flash", "low…high", "medium"),
        ("gemini/gemini-3.7-flash", "low…high", "medium"),
        ("gemini/gemini-3.1-pro-preview", "low…high", "high"),
        ("gemini/gemini-3.6-flash", "minimal…high", "medium"),
        ("gemini/gemini-3.5-flash", "minimal…high", "medium"),
        ("gemini/gemini-3.5-flash-lite", "minimal…high", "minimal"),
        ("gemini/gemini-2.5-pro", "all but none", None),
        ("gemini/gemini-2.5-flash", "all", None),
        ("gemini/gemini-2.5-flash-lite", "all", "none"),
        ("xai/grok-4.7", "low…xhigh", None),
        ("xai/grok-4.3", "none…xhigh", None),
        ("groq/openai/gpt-oss-120b", "low…high", "medium"),
        ("openrouter/anthropic/claude-opus-5.5", "low…xhigh", None),
        ("openrouter/openai/gpt-5.1", "none…high", None),
        ("ollama/gpt-oss:20b", "low…high", "medium"),
        ("ollama/deepseek-r1:8b", "on or off", "medium"),
        ("ollama/qwen3:8b", "on or off", "medium"),
        ("ollama/qwen3-coder:30b", "none", None),
        ("lmstudio/qwen/qwen3-8b", "on or off", "medium"),
        ("vllm/Qwen/Qwen3-8B", "on or off", "medium"),
        ("local/weights/Qwen3-8B-Q4_K_M.gguf", "on or off", "medium"),
        ("local/smollm2-135m-instruct", "none", None),
    ],
)
def test_efforts_are_those_of_the_vendors_tables(ref: str, levels: str, default: Effort | None) -> None:
    """Each model has the levels that its vendor documents, and `none` only where thinking can be turned off."""
    facts = known_of(ref)
    assert facts.efforts == LEVELS[levels]
    assert facts.default_effort == default
    assert facts.as_of == "2026-11-23"


@pytest.mark.parametrize(
    ("ref", "style", "budget"),
    [
        ("openai/gpt-5.2", "level", None),
        ("anthropic/claude-opus-5-5", "adaptive", None),
        ("anthropic/claude-haiku-4-5", "budget", (1024, 63_999)),
        ("gemini/gemini-3.8-flash", "level", None),
        ("gemini/gemini-2.5-pro", "budget", (128, 32_768)),
        ("gemini/gemini-2.5-flash", "budget", (0, 24_576)),
        ("gemini/gemini-2.5-flash-lite", "budget", (512, 24_576)),
    ],
)
def test_effort_is_spelt_in_the_models_own_style(ref: str, style: str, budget: tuple[int, int] | None) -> None:
    """A level, adaptive thinking, or a number of tokens within a range."""
    facts = known_of(ref)
    assert (facts.effort_style, facts.budget) == (style, budget)


@pytest.mark.parametrize(
    ("ref", "sampling", "at"),
    [
        ("openai/gpt-6-astra", False, None),
        ("openai/gpt-5", False, None),
        ("openai/gpt-5.2", True, "none"),
        ("openai/gpt-4.1", True, None),
        ("anthropic/claude-opus-4-7", False, None),
        ("anthropic/claude-sonnet-5", False, None),
        ("anthropic/claude-haiku-4-5", True, "none"),
        ("gemini/gemini-2.5-pro", True, None),
        ("ollama/llama3.2", None, None),
    ],
)
def test_sampling_is_known_where_it_is_restricted(ref: str, *, sampling: bool | None, at: Effort | None) -> None:
    """Temperature is refused outright, taken at effort none only, or taken."""
    facts = known_of(ref)
    assert (facts.sampling, facts.sampling_at) == (sampling, at)


def test_what_an_api_lacks_is_known_of_its_unknown_models_too() -> None:
    """OpenAI's Responses have no seed and no stop, whoever answers; the rest of a new model is unknown."""
    facts = known_of("openai/gpt-99-nova")
    assert (facts.stops, facts.seeds) == (False, False)
    assert (facts.window, facts.efforts, facts.sampling, facts.vision) == (None, None, None, None)


@settings(max_examples=100)
@given(st.sampled_from(tuple(PRESETS)), st.text(max_size=30))
def test_any_model_name_has_facts(provider: str, name: str) -> None:
    """Whatever a user types is a model until its provider says otherwise."""
    facts = Catalogue.load(lists=None, overrides={}).facts(ModelRef(provider, name), spec_of(provider))
    assert facts.ref == ModelRef(provider, name)
    assert not facts.listed


def test_what_runs_on_ones_own_machine_costs_nothing() -> None:
    """A spending limit never stops a local model, and is not fooled by a hosted one."""
    for ref in ("local/m", "script/m.toml", "lmstudio/m", "llamacpp/m", "vllm/m", "ollama/llama3.2"):
        assert known_of(ref).price == Price(input=0.0, output=0.0)
    for ref in ("ollama/gpt-oss:120b-cloud", "groq/llama3", "openai/gpt-5.2"):
        assert known_of(ref).price is None


def test_own_endpoint_is_told_by_the_api_it_speaks() -> None:
    """A name of the user's own has the facts of the API behind it."""
    catalogue = Catalogue.load(lists=None, overrides={})
    work = spec_of("work", ProviderConfig(kind="anthropic"))
    lab = spec_of("lab", ProviderConfig(base_url="http://lab.example/v1"))
    assert catalogue.facts(ModelRef("work", "claude-opus-5-5"), work).effort_style == "adaptive"
    assert catalogue.facts(ModelRef("lab", "openai/gpt-oss-20b"), lab).efforts == LEVELS["low…high"]
    assert catalogue.facts(ModelRef("lab", "claude-opus-5-5"), lab).efforts is None


# --- what goes over what


def test_users_word_goes_over_the_list_and_the_list_over_the_shipped_facts(tmp_path: Path) -> None:
    """Each fact comes from the first that knows it."""
    lists = tmp_path / "models.json"
    override = ModelConfig(max_output=3, vision=False)
    catalogue = Catalogue.load(lists=lists, overrides={"openai/gpt-5.1": override})
    own = ModelFacts(provider="openai", name="gpt-5.1", title="Five", window=7, max_output=7, structured=False)
    catalogue.remember("openai", (own,))
    facts = known_of("openai/gpt-5.1", catalogue)
    assert (facts.max_output, facts.vision) == (3, False)
    assert (facts.window, facts.structured, facts.title, facts.listed) == (7, False, "Five", True)
    assert (facts.efforts, facts.documents) == (LEVELS["none…high"], True)


def test_users_efforts_take_a_default_along_that_they_lack() -> None:
    """The default effort is always one of the levels."""
    config = ModelConfig(efforts=("low", "high"))
    catalogue = Catalogue.load(lists=None, overrides={"openai/gpt-5": config})
    facts = known_of("openai/gpt-5", catalogue)
    assert (facts.efforts, facts.default_effort) == (("low", "high"), None)


def test_users_sampling_lifts_the_shipped_condition() -> None:
    """Who says that temperature is taken means at every effort."""
    catalogue = Catalogue.load(lists=None, overrides={"openai/gpt-5.2": ModelConfig(sampling=True)})
    assert known_of("openai/gpt-5.2", catalogue).sampling_at is None


def test_listed_style_of_effort_wins_where_the_list_knows_levels() -> None:
    """A list that gives levels gives their spelling too, if it says one."""
    catalogue = Catalogue.load(lists=None, overrides={})
    listed = ModelFacts(provider="anthropic", name="claude-new", efforts=("low", "high"), effort_style="adaptive")
    plain = ModelFacts(provider="anthropic", name="claude-haiku-4-5", window=9)
    catalogue.remember("anthropic", (listed, plain))
    assert known_of("anthropic/claude-new", catalogue).effort_style == "adaptive"
    assert known_of("anthropic/claude-haiku-4-5", catalogue).effort_style == "budget"


# --- the providers' lists


def test_list_that_is_remembered_is_there_the_next_time(tmp_path: Path) -> None:
    """A list survives the program, and one provider's leaves another's alone."""
    lists = tmp_path / "cache" / "models.json"
    for provider in ("ollama", "groq", "ollama"):
        models = (ModelFacts(provider=provider, name="m:latest", window=8192, listed=True),)
        Catalogue.load(lists=lists, overrides={}).remember(provider, models)
    later = Catalogue.load(lists=lists, overrides={})
    for provider in ("ollama", "groq"):
        facts = known_of(f"{provider}/m:latest", later)
        assert (facts.window, facts.listed) == (8192, True)
    assert [path.name for path in lists.parent.iterdir()] == ["models.json"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[1, 2]",
        b'{"openai": 3}',
        b'{"openai": [{"name": 1}]}',
        b'{"openai": [{"provider": "openai"}]}',
        b"\xff\xfe",
    ],
)
def test_broken_list_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    """A cache never stands in the way, and the next list replaces it."""
    lists = tmp_path / "models.json"
    lists.write_bytes(content)
    catalogue = Catalogue.load(lists=lists, overrides={})
    assert known_of("openai/gpt-5.1", catalogue).efforts == LEVELS["none…high"]
    catalogue.remember("openai", (ModelFacts(provider="openai", name="gpt-5.1", window=5),))
    assert known_of("openai/gpt-5.1", Catalogue.load(lists=lists, overrides={})).window == 5


@pytest.mark.parametrize("place", ["file/models.json", "folder"])
def test_list_that_cannot_be_written_is_used_all_the_same(tmp_path: Path, place: str) -> None:
    """A disk that takes nothing costs the cache and nothing else, and nothing half written stays behind."""
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    catalogue = Catalogue.load(lists=tmp_path / place, overrides={})
    catalogue.remember("openai", (ModelFacts(provider="openai", name="new", window=5),))
    assert known_of("openai/new", catalogue).window == 5
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_known_models_are_listed_then_shipped_then_the_users_own() -> None:
    """Everything that has a name is there once, with its facts."""
    overrides = {"anthropic/claude-mine": ModelConfig(window=3), "openai/other": ModelConfig(window=4)}
    catalogue = Catalogue.load(lists=None, overrides=overrides)
    catalogue.remember(
        "anthropic", tuple(ModelFacts(provider="anthropic", name=name) for name in ("claude-z", "claude-opus-5-5"))
    )
    known = catalogue.known(spec_of("anthropic"))
    names = [facts.name for facts in known]
    assert names[:2] == ["claude-z", "claude-opus-5-5"]
    assert names[-1] == "claude-mine"
    assert {"claude-sonnet-5-5", "claude-haiku-4-5"} < set(names)
    assert len(names) == len(set(names))
    assert [facts.name for facts in known if facts.listed] == names[:2]
    assert known[1].efforts == LEVELS["low…max"]


@pytest.mark.parametrize("provider", PRESETS)
def test_every_provider_can_name_what_is_known_of_it(provider: str) -> None:
    """Completion asks every provider, and none fails; a default model belongs to its provider."""
    catalogue = Catalogue.load(lists=None, overrides={})
    assert all(facts.provider == provider for facts in catalogue.known(spec_of(provider)))


# --- bare names


@pytest.mark.parametrize(
    ("name", "provider"),
    [
        ("gpt-5.2", "openai"),
        ("gpt-4o-mini", "openai"),
        ("o3", "openai"),
        ("ft:gpt-4o-2024-08-06:org::id", "openai"),
        ("claude-opus-5-5", "anthropic"),
        ("gemini-3.8-flash", "gemini"),
        ("grok-4.7", "xai"),
        ("deepseek-v4-flash", "deepseek"),
        ("mistral-medium-latest", "mistral"),
        ("gpt-oss:20b", None),
        ("deepseek-r1:8b", None),
        ("mistral", None),
        ("olmo", None),
        ("llama3.2", None),
        ("", None),
    ],
)
def test_bare_name_belongs_to_the_one_provider_that_serves_it(name: str, provider: str | None) -> None:
    """Families of one vendor are known; weights that anyone can serve belong to nobody."""
    assert Catalogue.load(lists=None, overrides={}).find_provider(name) == provider


@pytest.mark.parametrize("name", [preset.name for preset in PRESETS.values() if preset.families])
def test_bare_default_model_leads_back_to_its_provider(name: str) -> None:
    """The default of a vendor with families of its own can be named without the vendor."""
    model = PRESETS[name].default_model
    assert model is not None
    assert Catalogue.load(lists=None, overrides={}).find_provider(model) == name


def test_bare_name_that_one_provider_lists_is_found_there(tmp_path: Path) -> None:
    """A list decides where it is the only one; two lists leave it open."""
    lists = tmp_path / "models.json"
    catalogue = Catalogue.load(lists=lists, overrides={})
    catalogue.remember("ollama", (ModelFacts(provider="ollama", name="llama3.2"),))
    later = Catalogue.load(lists=lists, overrides={})
    assert later.find_provider("llama3.2") == "ollama"
    later.remember("lmstudio", (ModelFacts(provider="lmstudio", name="llama3.2"),))
    assert later.find_provider("llama3.2") is None


# --- time


@pytest.mark.parametrize("ref", ["openai/gpt-5.2", "anthropic/claude-opus-5-5", "gemini/gemini-3.8-flash", "local/m"])
def test_facts_of_one_model_cost_little_of_a_one_shot(ref: str) -> None:
    """The first look-up reads one or two small files; 20 ms leaves room for a slow machine, 1 ms is usual."""
    parsed = parse_ref(ref, tuple(PRESETS))
    assert isinstance(parsed, ModelRef)
    spec = spec_of(parsed.provider)
    seconds: list[float] = []
    for _ in range(5):
        began = time.thread_time()
        Catalogue.load(lists=None, overrides={}).facts(parsed, spec)
        seconds.append(time.thread_time() - began)
    assert statistics.median(seconds) < 0.02
