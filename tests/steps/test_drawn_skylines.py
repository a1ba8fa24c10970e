"""A director's line over the plate, on the canvas; and the sheet that is there first."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from seamline.errors import FormatError, GeneratorError, InputError
from seamline.generators.neutral import Neutral
from seamline.pixels.picture import Image
from seamline.ports import CanvasPicture, Painted, ReferencePicture, Tile
from seamline.show.frames import FrameRange
from seamline.show.seam import Seam
from seamline.show.variation import Ask
from seamline.steps import book
from seamline.steps.canvas import lay_out
from seamline.steps.drawing import drawing, drawn_for, on_canvas
from seamline.steps.ingest import add_shot, set_seam
from seamline.steps.main_job import painted
from synth import Pose, Rig, photograph, rays, rolling_hills, seen_at
from tiny import TinyShow, frame_of, lower_half

RIG = Rig(64, 36, 35.0, 24.89)
THREE = FrameRange(first=1001, last=1003)
POSES = [Pose(pan_deg=a, tilt_deg=3.0) for a in (-2.0, 0.0, 2.5)]
LINE = ((4.0, 20.0), (30.0, 8.0), (60.0, 24.0))


def panned(show: TinyShow) -> None:
    pattern = show.plate(
        "042", THREE, lambda n: frame_of(photograph(rolling_hills, RIG, [POSES[n - 1001]]))
    )
    track = show.track("042", RIG, POSES, shutter_deg=0.0)
    add_shot(show.studio, "042", plate=pattern, track=track, frames=THREE)
    matte = show.matte("042", THREE, lambda n: lower_half(36, 64))
    set_seam(show.studio, Seam(shot="042", version=1, matte=matte))


def test_on_a_locked_off_frame_the_line_lies_where_it_was_drawn(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042", frames=1)
    canvas, _ = lay_out(tiny_show.studio, "042")

    rows = on_canvas(tiny_show.studio, canvas, drawing(LINE, 1001, where="sky.txt"))

    drawn = np.interp(np.arange(64) + 0.5, *zip(*LINE, strict=True))
    inside = np.isfinite(rows)
    assert inside.tolist() == [4 <= x + 0.5 <= 60 for x in range(64)]
    assert np.abs(rows - drawn)[inside].max() <= 1


@pytest.mark.parametrize("frame", [1001, 1003])
def test_a_line_over_a_moving_shot_passes_the_same_directions(
    tiny_show: TinyShow, frame: int
) -> None:
    panned(tiny_show)
    canvas, _ = lay_out(tiny_show.studio, "042")
    assert canvas.kind == "sphere"

    rows = on_canvas(tiny_show.studio, canvas, drawing(LINE, frame, where="sky.txt"))

    # The same line as the tests' own camera sees it, through another frame of the shot.
    other = on_canvas(
        tiny_show.studio,
        canvas,
        drawing(
            tuple(
                zip(
                    *(
                        np.asarray(v, float).tolist()
                        for v in seen_at(
                            RIG,
                            POSES[1],
                            rays(
                                RIG,
                                POSES[frame - 1001],
                                np.linspace(4, 60, 29),
                                np.interp(np.linspace(4, 60, 29), *zip(*LINE, strict=True)),
                            ),
                        )
                    ),
                    strict=True,
                )
            ),
            1002,
            where="sky.txt",
        ),
    )
    both = np.isfinite(rows) & np.isfinite(other)
    assert both.sum() > 30
    assert np.abs(rows - other)[both].max() <= 1


def test_a_line_drawn_from_right_to_left_is_the_same_line() -> None:
    assert drawing(LINE[::-1], 1001, where="a") == drawing(LINE, 1001, where="a")


def test_a_skyline_that_goes_back_on_itself_is_refused() -> None:
    with pytest.raises(InputError, match="goes back at 20,9"):
        drawing(((0.0, 5.0), (30.0, 8.0), (20.0, 9.0), (60.0, 5.0)), 1001, where="sky.txt")


def test_a_line_beside_the_picture_is_refused(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042", frames=1)
    canvas, _ = lay_out(tiny_show.studio, "042")

    with pytest.raises(InputError, match="passes nowhere"):
        on_canvas(
            tiny_show.studio, canvas, drawing(((70.0, 5.0), (90.0, 8.0)), 1001, where="a")
        )


class Sees(Neutral):
    """Paints nothing of its own; remembers the canvas, and sketches grey."""

    def __init__(self) -> None:
        self.canvas: CanvasPicture | None = None
        self.sketched: list[int] = []
        self.painted_before_sketches = False

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        self.canvas = canvas
        self.painted_before_sketches |= len(self.sketched) < 2
        return super().paint(ask, canvas, references, progress)

    def sketch(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        reduce: int,
        *,
        first: bool = False,
    ) -> Image | None:
        shade = self.sooner(ask) if first else self.later(ask)
        height, width = (n // reduce for n in canvas.keep.shape)
        return None if shade is None else np.full((height, width, 3), shade, np.float32)

    def sooner(self, ask: Ask) -> float | None:
        """Return how bright what is had sooner is; None where nothing is."""
        return None

    def later(self, ask: Ask) -> float:
        """Return how bright a sketch is."""
        self.sketched.append(ask.seed)
        return 0.18


def with_backend(show: TinyShow) -> Sees:
    backend = Sees()
    show.studio = replace(show.studio, generator=lambda name: backend)
    return backend


def paint(show: TinyShow, **more: Any) -> list[dict[str, Any]]:
    words: dict[str, Any] = {"variations": 2, "seed": 1, "generator": "neutral", **more}
    document = painted(show.studio, "042", **words)
    return list(document["variations"])


def test_what_was_drawn_reaches_the_backend_and_is_part_of_the_ask(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    tiny_show.static_shot("042", frames=1)
    backend = with_backend(tiny_show)
    line = tmp_path / "sky.txt"
    line.write_text("4,20\n30,8\n60,24\n")

    plain = paint(tiny_show)
    assert backend.canvas is not None
    assert backend.canvas.skyline is None
    drawn = paint(tiny_show, skyline=str(line))

    assert backend.canvas.skyline is not None
    assert np.nanmin(backend.canvas.skyline) == 8
    assert {v["id"] for v in plain}.isdisjoint(v["id"] for v in drawn)
    assert [v["id"] for v in paint(tiny_show, skyline=str(line))] == [v["id"] for v in drawn]


LAYOUT = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 72">
  <polyline id="far" points="8,40 60,16 120,48"/>
  <polyline id="forest" points="0,50 64,44 128,60"/>
  <polygon id="landmark" points="1,1 9,1 9,9"/>
</svg>"""


def test_a_layout_says_where_each_layer_begins(tiny_show: TinyShow, tmp_path: Path) -> None:
    # drawn twice as large as the plate's 64 x 36
    tiny_show.static_shot("042", frames=1)
    backend = with_backend(tiny_show)
    layout = tmp_path / "layout.svg"
    layout.write_text(LAYOUT)

    drawn = paint(tiny_show, skyline=str(layout))

    assert backend.canvas is not None
    assert backend.canvas.skyline is not None
    assert np.nanmin(backend.canvas.skyline) == 8
    assert set(backend.canvas.lines) == {"forest"}
    wood = backend.canvas.lines["forest"]
    x = np.arange(64) + 0.5
    np.testing.assert_allclose(wood, np.interp(x, (0, 32, 64), (25, 22, 30)), atol=1)
    asked = book.variations(tiny_show.studio.ledger, "042")[0].ask
    assert [d.label for d in drawn_for(asked)] == ["far", "forest"]
    assert [v["id"] for v in paint(tiny_show, skyline=str(layout))] == [v["id"] for v in drawn]


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('<polyline id="far" points="0,9 9,9"/><polyline id="far-2" points="20,9 30,9"/>',
         "far has two lines"),
        ('<polygon id="forest" points="1,1 9,1 9,9"/>', "no open line in it"),
    ],
)  # fmt: skip
def test_a_layout_that_does_not_say_where_is_refused(
    tiny_show: TinyShow, tmp_path: Path, lines: str, says: str
) -> None:
    tiny_show.static_shot("042", frames=1)
    layout = tmp_path / "layout.svg"
    layout.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 36">{lines}</svg>'
    )

    with pytest.raises(InputError, match=says):
        paint(tiny_show, skyline=str(layout))


def test_a_frame_that_the_shot_does_not_have_is_bad_input(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    tiny_show.static_shot("042", frames=1)
    line = tmp_path / "sky.txt"
    line.write_text("4,20\n60,24\n")

    with pytest.raises(InputError, match="has frames 1001-1001, not 1009"):
        paint(tiny_show, skyline=str(line), skyline_frame=1009)


def test_one_point_is_no_line(tiny_show: TinyShow, tmp_path: Path) -> None:
    tiny_show.static_shot("042", frames=1)
    line = tmp_path / "sky.txt"
    line.write_text("4,20\n")

    with pytest.raises(FormatError, match="a line needs 2"):
        paint(tiny_show, skyline=str(line))


def test_a_painter_is_made_ready_while_a_canvas_is_laid_out(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042", frames=1)
    backend, ready = with_backend(tiny_show), Event()

    def make_ready() -> None:
        ready.set()
        raise InputError("not here", remedy="")  # is said when it is asked to paint

    backend.make_ready = make_ready  # type: ignore[attr-defined]
    paint(tiny_show)

    assert ready.wait(10)
    ready.clear()
    paint(tiny_show)  # all of it stands
    assert not ready.is_set()


def test_the_sketches_are_there_before_anything_is_painted(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042", frames=1)
    backend = with_backend(tiny_show)

    paint(tiny_show)

    sheet = Path(tiny_show.studio.shelf.sheet_path("042", "sketches.png"))
    assert sheet.read_bytes().startswith(b"\x89PNG")
    assert backend.sketched == [1, 2]
    assert not backend.painted_before_sketches
    sheet.unlink()
    paint(tiny_show)  # all of it stands: nothing is sketched again
    assert not sheet.exists()
    assert len(book.variations(tiny_show.studio.ledger, "042")) == 2


class Slow(Sees):
    """Takes a second for a sketch; the last one waits until somebody sees the first row."""

    def __init__(self, show: TinyShow) -> None:
        super().__init__()
        self._clock = show.clock
        self._sheet = Path(show.studio.shelf.sheet_path("042", "sketches.png"))
        self.seen_before_the_last = False

    def later(self, ask: Ask) -> float:
        self._clock.pass_by(1.0)
        for _ in range(2000 if ask.seed == 6 else 0):
            self.seen_before_the_last = self.seen_before_the_last or self._sheet.exists()
            time.sleep(0.0 if self.seen_before_the_last else 0.01)
        return super().later(ask)


def test_a_row_of_sketches_that_take_long_is_shown_before_the_last(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot("042", frames=1)
    backend = Slow(tiny_show)
    tiny_show.studio = replace(tiny_show.studio, generator=lambda name: backend)

    paint(tiny_show, variations=6)

    assert backend.seen_before_the_last
    assert sorted(backend.sketched) == [1, 2, 3, 4, 5, 6]


class Refuses(Sees):
    """Cannot sketch the first, and takes its time for the others."""

    def sooner(self, ask: Ask) -> float | None:
        if ask.seed == 1:
            raise GeneratorError("nothing to sketch from", remedy="Approve a reference.")
        time.sleep(0.2)
        self.sketched.append(ask.seed)
        return None


class Hasty(Sees):
    """Has something to show sooner of all but the second."""

    def __init__(self, sheet: Path) -> None:
        super().__init__()
        self._sheet = sheet
        self.seen: list[bytes] = []

    def sooner(self, ask: Ask) -> float | None:
        return None if ask.seed == 2 else 0.5

    def later(self, ask: Ask) -> float:
        self.seen.append(self._sheet.read_bytes())
        return super().later(ask)


def test_what_is_had_sooner_is_shown_first_and_exchanged_for_what_will_be_painted(
    tiny_show: TinyShow, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_show.static_shot("042", frames=1)
    sheet = Path(tiny_show.studio.shelf.sheet_path("042", "sketches.png"))
    backend = Hasty(sheet)
    tiny_show.studio = replace(tiny_show.studio, generator=lambda name: backend)
    papers, titles = type(tiny_show.studio.papers), []
    draw = papers.contact_sheet

    def noted(self: Any, tiles: Sequence[Tile], **words: Any) -> bytes:
        titles.append([tile.title for tile in tiles])
        return draw(self, tiles, **words)

    monkeypatch.setattr(papers, "contact_sheet", noted)
    paint(tiny_show, variations=3)

    assert sorted(backend.sketched) == [1, 2, 3]
    assert len(backend.seen) == 3, "the first sheet is whole before anything else is sketched"
    assert len({*backend.seen}) == 1
    assert sheet.read_bytes() != backend.seen[0]
    assert titles[:2] == [["b01", "b03"], ["b01", "b02", "b03"]]


def test_who_stops_while_it_is_sketched_does_not_wait_for_all_that_was_asked(
    tiny_show: TinyShow,
) -> None:
    tiny_show.static_shot("042", frames=1)
    backend = Refuses()
    tiny_show.studio = replace(tiny_show.studio, generator=lambda name: backend)

    with pytest.raises(GeneratorError, match="nothing to sketch"):
        paint(tiny_show, variations=12)

    assert len(backend.sketched) < 6
