"""What is said of a turn that is under way."""

from pathlib import Path

import pytest

from tchat.tui import turns
from tchat.tui.widgets.title_bar import TitleBar
from tests.end_to_end.running import chunk, ending
from tests.servers import Answer, scripted, sse
from tests.tui.running import running, shown, type_text, wait_for


async def test_a_reply_that_does_not_go_on_says_for_how_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sees that nothing comes any more, and since when; Escape keeps what came."""
    monkeypatch.setattr(turns, "SILENCE", 1.5)
    stalled = Answer(body=(*sse(chunk("Once upon ")), 30.0, *sse(*ending())))
    with scripted(stalled) as server:
        config = f'model = "house/model"\n[providers.house]\nbase_url = "{server.url}/v1"\nneeds_key = false\n'
        async with running(tmp_path, config=config) as (pilot, screen):
            bar = screen.query_one(TitleBar)
            await type_text(pilot, "tell\n")
            await wait_for(pilot, lambda: bar.heading.state.startswith("● streaming "))
            await wait_for(pilot, lambda: bar.heading.state.startswith("● nothing new for "))
            await pilot.press("escape")
            await wait_for(pilot, lambda: screen.is_settled and not screen.sending.is_busy)
            assert bar.heading.state == ""
            assert "Once upon" in shown(screen)
            assert "stopped" in shown(screen)
