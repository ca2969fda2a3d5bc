"""How long pictures take to be made ready, against Pillow's bare load, resize and save, and how much memory."""

import io
import os
import subprocess
import sys
import time
from collections.abc import Callable, Generator

from tchat.media.preparing import QUALITY, Bounds, prepare
from tests.benchmarks.measuring import Comparison, Limited
from tests.media.pictures import noted, resized, saved

_SIZE = (4000, 3000)
_SENT = (2048, 1536)
_HUGE = """
import io, resource
from PIL import Image
from tests.media.pictures import huge_png
from tchat.media.preparing import Bounds, prepare
def jpeg(width, height):
    file = io.BytesIO()
    Image.linear_gradient("L").resize((width, height)).save(file, "JPEG")
    return file.getvalue()
prepare({made}, "image/{kind}", "huge", Bounds(size={size}))
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
_HUGE_ONES = (
    ("png", "huge_png(16_000, 12_500)", (2048, 1600)),
    ("png", "huge_png(16_000, 12_500)", (6200, 4844)),
    ("jpeg", "jpeg(16_000, 12_500)", (6200, 4844)),
)
"""How each is made, and the pixels that its reader can use."""


def preparing_rows() -> Generator[Comparison | Limited]:
    """Measure what is promised of pictures."""
    from PIL import Image

    coarse = Image.frombytes("RGB", (500, 375), os.urandom(500 * 375 * 3))
    photo = saved(resized(coarse, _SIZE), "JPEG", quality=90, exif=noted(1))

    def ours() -> None:
        prepare(photo, "image/jpeg", "a photograph", Bounds(size=_SENT))

    def bare() -> None:
        with Image.open(io.BytesIO(photo)) as picture:
            picture.load()
            smaller = picture.resize(_SENT, Image.Resampling.LANCZOS)  # pyright: ignore[reportUnknownMemberType]  # numpy
            smaller.save(io.BytesIO(), "JPEG", quality=QUALITY)

    took, floor = _best(ours, bare)
    yield Comparison(name="a 12-megapixel JPEG made ready", figure="cpu", unit="ms", ours=took, floor=floor, target=1.3)
    for kind, made, size in _HUGE_ONES:
        code = _HUGE.format(kind=kind, made=made, size=size)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        name = f"a 200-megapixel {kind.upper()} made ready in {size[0] * size[1] / 1e6:.0f} megapixels"
        yield Limited(name=name, figure="rss", unit="MiB", ours=float(done.stdout), limit=400)


def _best(*works: Callable[[], None]) -> tuple[float, ...]:
    """Return the least milliseconds of processor that each takes, in turn."""
    took: list[list[float]] = [[] for _ in works]
    for _ in range(7):
        for work, times in zip(works, took, strict=True):
            began = time.process_time()
            work()
            times.append(1000 * (time.process_time() - began))
    return tuple(min(times) for times in took)
