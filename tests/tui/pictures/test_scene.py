"""A picture under the grid of a model, in cells."""

import pytest
from PIL import Image

from tchat.meter.picture_grid import grid_of
from tchat.tui.pictures.fine_scene import fine_scene
from tchat.tui.pictures.scene import Inks, Looking, Scene, bare_scene, scene_of, seen_by_model, step_of, window_of

WHOLE = Looking()
INKS = Inks((255, 255, 255), (0, 70, 95), (0, 0, 0))


def _scene(model: str, size: tuple[int, int], cells: tuple[int, int], looking: Looking = WHOLE) -> Scene:
    grid = grid_of(model, *size)
    picture = seen_by_model(Image.new("RGBA", size, (250, 250, 250, 255)), grid)
    return scene_of(picture, grid, window_of((grid.width, grid.height), *cells, looking), INKS)


def _texts(scene: Scene) -> list[str]:
    return [line.text for line in scene.lines]


def test_tiles_are_drawn_and_numbered() -> None:
    """A picture of 1152 by 768 pixels is read by gpt-4o as three tiles by two, row by row."""
    shown = _texts(_scene("gpt-4o", (1152, 768), (54, 18)))
    assert [column for column, sign in enumerate(shown[1]) if sign == "│"] == [24, 48]
    assert [row for row, line in enumerate(shown) if set(line) == {"─", "┼"}] == [12]
    assert (shown[0][0], shown[0][25], shown[0][49]) == ("1", "2", "3")
    assert (shown[13][0], shown[13][25], shown[13][49]) == ("4", "5", "6")


def test_patches_too_small_are_drawn_by_steps() -> None:
    """Lines keep apart, and the step says how many patches lie between two of them."""
    scene = _scene("claude-opus-5-5", (1200, 800), (48, 16))
    assert scene.step == 4
    columns = [column for column, sign in enumerate(_texts(scene)[0]) if sign == "│"]
    assert columns == [int(n * 28 / 1200 * 48) for n in range(4, 43, 4)]


@pytest.mark.parametrize("zoom", [2, 4, 8, 16])
def test_looking_closer_moves_the_grid_with_the_picture(zoom: int) -> None:
    """A line stands where its patch begins, whatever part is seen."""
    size, cells, looking = (1200, 800), (48, 16), Looking(zoom=zoom, x=0.3, y=0.8)
    scene = _scene("claude-opus-5-5", size, cells, looking)
    window = window_of(size, *cells, looking)
    row = next(line for line in _texts(scene) if "─" not in line)
    columns = [column for column, sign in enumerate(row) if sign == "│"]
    places = [int(n * scene.step * 28 / 1200 * window.across) - window.left for n in range(1, 43)]
    assert columns == [place for place in places if 0 <= place < window.cells]


def test_a_model_that_publishes_no_grid_has_none() -> None:
    """The picture is shown bare."""
    scene = _scene("gemini-3.8-flash", (1200, 800), (48, 16))
    assert scene.step == 0
    assert set("".join(_texts(scene))) == {"▀"}


def test_a_terminal_without_colours_shows_the_grid_alone() -> None:
    """In a frame, with its numbers."""
    grid = grid_of("gpt-4o", 1152, 768)
    scene = bare_scene(grid, window_of((grid.width, grid.height), 54, 18, Looking()))
    assert _texts(scene)[13].startswith("4")
    assert set("".join(_texts(scene))) <= set(" ·│─┼123456")


def test_ink_stands_out_on_bright_and_on_dark() -> None:
    """Each cell of the grid takes the colour that is seen on what it lies on."""
    grid = grid_of("gpt-4o", 1024, 512)
    picture = Image.new("RGBA", (1024, 512), (255, 255, 255, 255))
    picture.paste((0, 0, 0, 255), (0, 256, 1024, 512))
    scene = scene_of(picture, grid, window_of((1024, 512), 40, 10, Looking()), INKS)
    lines = [[segment for segment in line.segments if segment.text == "│"] for line in scene.lines]
    inks = [segment.style.color.get_truecolor() for (segment,) in lines if segment.style and segment.style.color]
    assert (tuple(inks[0]), tuple(inks[-1])) == (INKS.on_bright, INKS.on_dark)


def test_scaling_down_shows_what_the_model_sees() -> None:
    """At low detail a fine pattern is gone before it is looked at closely."""
    picture = Image.new("RGBA", (1024, 1024), (0, 0, 0, 255))
    picture.paste((255, 255, 255, 255), (0, 0, 1, 1024))
    grid = grid_of("claude-opus-5-5", 1024, 1024, "low")
    seen = seen_by_model(picture, grid)
    assert seen.size == (512, 512)
    pixel = seen.getpixel((0, 10))
    assert isinstance(pixel, tuple)
    assert 100 < pixel[0] < 160


def test_graphics_draw_the_same_grid_more_finely() -> None:
    """In the pixels of the cells, one step where cells need several."""
    grid = grid_of("claude-opus-5-5", 1200, 800)
    window = window_of((1200, 800), 60, 20, Looking())
    picture = Image.new("RGBA", (1200, 800), (128, 128, 128, 255))
    pixels, step = fine_scene(picture, grid, window, (10, 20), INKS)
    assert (pixels.size, step, step_of(grid, window)) == ((600, 400), 1, 4)
    row = [pixels.getpixel((x, 3)) for x in range(600)]
    lines = [x for x in range(1, 600) if row[x] != (128, 128, 128) and row[x - 1] == (128, 128, 128)]
    assert [round(x * 2 / 28) for x in lines] == list(range(1, 43))
