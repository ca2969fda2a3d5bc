"""The embedded model, for real: llama.cpp in its child process, with the weights that `tchat local pull` brings."""

import asyncio
import json
import sys
import venv
from collections.abc import AsyncIterator
from contextlib import aclosing
from importlib.util import find_spec
from pathlib import Path

import pytest

from tchat.config import LocalConfig
from tchat.domain.errors import ContextTooLong, LocalModelError, Origin, UnknownModel
from tchat.domain.events import Finished, Metered, Started, TextDelta
from tchat.domain.request import Settings
from tchat.providers import weights
from tchat.providers.local import LocalProvider
from tchat.providers.presets import PRESETS
from tests.embedded import children, found_weights
from tests.providers.local_client import ENDLESS, SHORT, Answer, ask, local_paths, provider, request

SCHEMA = {
    "type": "object",
    "properties": {"name": {"type": "string", "maxLength": 20}, "tall": {"type": "boolean"}},
    "required": ["name", "tall"],
    "additionalProperties": False,
}


@pytest.fixture(scope="session", name="file")
def _file() -> Path:
    return found_weights()


@pytest.fixture(name="local")
async def _local(file: Path, tmp_path: Path) -> AsyncIterator[LocalProvider]:
    made = provider(tmp_path, LocalConfig(model=file), ignore_eos=True)
    yield made
    await made.aclose()


@pytest.fixture(name="gguf")
def _gguf(tmp_path: Path) -> Path:
    """A file that looks like a model at its very beginning."""
    file = tmp_path / "any.gguf"
    file.write_bytes(b"GGUF")
    return file


def cut_off(file: Path, copy: Path) -> Path:
    """Return a copy of a model file that lacks most of it."""
    with file.open("rb") as whole:
        copy.write_bytes(whole.read(5_000_000))
    return copy


@pytest.mark.local
class TestReplies:
    """What comes out of the embedded model."""

    async def test_reply_has_text_usage_and_the_name_of_the_file(self, local: LocalProvider) -> None:
        """A reply starts with the model that answers and ends with what it cost in tokens."""
        answer = await ask(local, "What is gravity?", SHORT)
        first, *_, metered, last = answer.events
        assert isinstance(first, Started)
        assert first.model == Path(weights.FILE).stem
        assert isinstance(metered, Metered)
        assert metered.usage.output == 12
        assert (metered.usage.input or 0) > 10
        assert last == Finished("length")
        assert answer.text

    async def test_replies_at_temperature_zero_are_the_same(self, local: LocalProvider) -> None:
        """Temperature 0 is deterministic, with the prompt in the cache or not."""
        answers = [await ask(local, "Write one sentence about the sea.", SHORT) for _ in range(3)]
        assert len({answer.text for answer in answers}) == 1

    async def test_replies_are_written_side_by_side(self, local: LocalProvider) -> None:
        """Two requests are answered at once: the second has begun before the first has ended."""
        began = asyncio.Barrier(2)

        async def read() -> Answer:
            async with aclosing(local.stream(request("Write a story.", Settings(max_tokens=40)))) as events:
                seen = [await anext(events)]
                await began.wait()
                return Answer(seen + [event async for event in events])

        for answer in await asyncio.gather(read(), read()):
            assert answer.events[-1] == Finished("length")

    async def test_reply_satisfies_a_json_schema(self, file: Path, tmp_path: Path) -> None:
        """A schema is enforced while the reply is written, which even a small model cannot get wrong."""
        made = provider(tmp_path, LocalConfig(model=file))
        answer = await ask(made, "Describe a person.", Settings(schema=SCHEMA, max_tokens=200))
        await made.aclose()
        person = json.loads(answer.text)
        assert isinstance(person["name"], str)
        assert isinstance(person["tall"], bool)

    async def test_request_longer_than_the_window_is_refused(self, file: Path, tmp_path: Path) -> None:
        """The window is the configured one, and a conversation that does not fit is told apart from other failures."""
        made = provider(tmp_path, LocalConfig(model=file, window=256))
        with pytest.raises(ContextTooLong):
            await ask(made, "word " * 300, SHORT)
        await made.aclose()

    async def test_cancelled_replies_free_their_slots(self, local: LocalProvider) -> None:
        """Hanging up ends the work: with every slot cancelled half-way, the next question is answered at once."""
        written = asyncio.Barrier(3)

        async def read() -> None:
            async with aclosing(local.stream(request("Write a story.", ENDLESS))) as events:
                async for event in events:
                    if isinstance(event, TextDelta):
                        await written.wait()

        tasks = [asyncio.create_task(read()) for _ in range(2)]
        await written.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(15):
            assert (await ask(local, "What is gravity?", SHORT)).text

    async def test_file_is_a_model_by_its_path(self, file: Path, tmp_path: Path) -> None:
        """Any GGUF file can be asked by its path, without weights where tchat keeps them."""
        own = tmp_path / "my model.gguf"
        own.symlink_to(file)
        made = provider(tmp_path, LocalConfig())
        answer = await ask(made, "What is gravity?", SHORT, model=str(own))
        await made.aclose()
        assert answer.events[0] == Started(model="my model", request_id=_id_of(answer))


def _id_of(answer: Answer) -> str | None:
    first = answer.events[0]
    assert isinstance(first, Started)
    return first.request_id


@pytest.mark.local
class TestBrokenFiles:
    """Model files that llama.cpp cannot run."""

    async def test_cut_off_file_is_told_in_llama_cpps_words(self, file: Path, tmp_path: Path) -> None:
        """A download that broke off is recognised, and its child is gone."""
        cut = cut_off(file, tmp_path / "cut.gguf")
        made = provider(tmp_path, LocalConfig(model=cut))
        with pytest.raises(LocalModelError, match="corrupted or incomplete") as failed:
            await ask(made, "Hello", SHORT)
        assert failed.value.origin == Origin(provider="local", model=weights.NAME)
        assert children() == set()
        await made.aclose()


class TestFailures:
    """What is missing or wrong is said with what to do about it."""

    async def test_missing_extra_names_the_command_that_brings_it(
        self, gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where xllamacpp is not installed, the hint installs it."""
        venv.create(tmp_path / "bare", symlinks=True)
        monkeypatch.setattr(sys, "executable", str(tmp_path / "bare" / "bin" / "python"))
        monkeypatch.delenv("PYTHONPATH", raising=False)
        made = provider(tmp_path, LocalConfig(model=gguf))
        with pytest.raises(LocalModelError, match="extra `local`") as failed:
            await ask(made, "Hello", SHORT)
        assert failed.value.hint == "run `pip install 'tchat[local]'`"
        await made.aclose()

    async def test_interpreter_that_cannot_start_is_told(
        self, gguf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A process that cannot be started at all is an error of the embedded model."""
        monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))
        made = provider(tmp_path, LocalConfig(model=gguf))
        with pytest.raises(LocalModelError, match="cannot be started"):
            await ask(made, "Hello", SHORT)

    async def test_missing_weights_name_the_command_that_fetches_them(self, tmp_path: Path) -> None:
        """Without weights nothing is started, and both asking and listing say how to get them."""
        if weights.find(local_paths(tmp_path), None) is not None:
            pytest.skip("the package with the weights is installed here")
        made = provider(tmp_path, LocalConfig())
        for attempt in (ask(made, "Hello", SHORT), made.models(), made.warm()):
            with pytest.raises(LocalModelError) as failed:
                await attempt
            assert "tchat local pull" in (failed.value.hint or "")
            assert failed.value.origin == Origin(provider="local", model=weights.NAME)

    @pytest.mark.parametrize(
        ("name", "said"),
        [("text.gguf", "not a GGUF file"), ("none.gguf", "there is no model file"), ("folder.gguf", "cannot read")],
    )
    async def test_file_that_is_no_model_is_named(self, tmp_path: Path, name: str, said: str) -> None:
        """A wrong file is refused before anything is started."""
        (tmp_path / "text.gguf").write_text("certainly not", "utf-8")
        (tmp_path / "folder.gguf").mkdir()
        made = provider(tmp_path, LocalConfig())
        path = str(tmp_path / name)
        with pytest.raises(LocalModelError, match=said) as failed:
            await ask(made, "Hello", SHORT, model=path)
        assert path in failed.value.message
        assert failed.value.origin == Origin(provider="local", model=path)

    async def test_name_that_is_neither_model_nor_path_is_unknown(self, tmp_path: Path) -> None:
        """A name that means nothing here is met with the names that do."""
        made = provider(tmp_path, LocalConfig())
        with pytest.raises(UnknownModel) as failed:
            await ask(made, "Hello", SHORT, model="gpt")
        assert weights.NAME in (failed.value.hint or "")

    def test_default_model_of_the_preset_is_the_embedded_one(self) -> None:
        """Whoever names only the provider gets the model whose weights are fetched."""
        assert PRESETS["local"].default_model == weights.NAME

    async def test_models_are_listed_without_starting_one(self, gguf: Path, tmp_path: Path) -> None:
        """The list has the embedded model with the configured window."""
        if find_spec("xllamacpp") is None:
            pytest.skip("the extra `local` is not installed")
        made = provider(tmp_path, LocalConfig(model=gguf, window=1024))
        (facts,) = await made.models()
        assert (facts.provider, facts.name, facts.window, facts.listed) == ("local", weights.NAME, 1024, True)
        assert (facts.efforts, facts.vision, facts.structured, facts.seeds) == ((), False, True, True)
        assert children() == set()
