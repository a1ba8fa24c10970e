"""What ``paint`` keeps of a painting that was killed, until the painting stands."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from fakes import FakeProgress
from seamline.farm.levels import KeptLevels
from seamline.generators.neutral import Neutral
from seamline.ports import CanvasPicture, Levels, Painted, ReferencePicture
from seamline.show.variation import Ask
from seamline.steps import book
from seamline.steps.main_job import painted
from tiny import TinyShow


class Killed(Neutral):
    """Keeps one level, and is killed the first time it paints a seed in ``kills``."""

    def __init__(self, *kills: int) -> None:
        self.kills, self.resumed = list(kills), [0]

    def go_on(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
        levels: Levels,
    ) -> Painted:
        if levels.found("sky"):
            assert levels.found("sky")["seed"][0] == ask.seed
            self.resumed.append(ask.seed)
        levels.keep("sky", {"seed": np.array([ask.seed])})
        if ask.seed in self.kills:
            self.kills.remove(ask.seed)
            raise KeyboardInterrupt
        return super().paint(ask, canvas, references, progress)


def at_work(show: TinyShow, folder: Path, *kills: int) -> Killed:
    backend = Killed(*kills)
    show.studio = replace(
        show.studio,
        generator=lambda name: backend,
        levels=lambda key: KeptLevels(str(folder), key, every_s=0),
        threads=1,
    )
    return backend


def paint(show: TinyShow, **more: Any) -> None:
    painted(show.studio, "042", variations=2, seed=1, generator="neutral", **more)


def test_a_killed_painting_is_gone_on_with_and_then_nothing_is_kept(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    tiny_show.static_shot("042", frames=1)
    backend = at_work(tiny_show, tmp_path / "levels", 2)

    with pytest.raises(KeyboardInterrupt):
        paint(tiny_show)

    # the first stands, and is swept; of the second its level lies there
    assert [v.ask.seed for v in book.variations(tiny_show.studio.ledger, "042")] == [1]
    assert len(list((tmp_path / "levels").rglob("*.level"))) == 1
    paint(tiny_show)
    assert backend.resumed == [0, 2]
    assert len(book.variations(tiny_show.studio.ledger, "042")) == 2
    assert not list((tmp_path / "levels").iterdir())


class Levelled(Neutral):
    """Says at which level of its sky it is."""

    def go_on(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
        levels: Levels,
    ) -> Painted:
        levels.begins("sky", 4, 6)
        return super().paint(ask, canvas, references, progress)


def test_progress_names_the_variation_and_the_level(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042", frames=1)
    shown = FakeProgress()
    tiny_show.studio = replace(
        tiny_show.studio, generator=lambda name: Levelled(), progress=shown, threads=1
    )

    paint(tiny_show)

    (bar,) = (bar for bar in shown.bars if "painting" in bar.title)
    assert bar.said == [
        "042: painting variation 1 of 2, sky, level 4 of 6",
        "042: painting variation 2 of 2, sky, level 4 of 6",
        "042: painting 2 variations",  # as it began, once all of them stand
    ]
    assert bar.done == 2.0


class Endless(Killed):
    """Paints seed 2 until somebody stops it."""

    def go_on(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
        levels: Levels,
    ) -> Painted:
        until = time.monotonic() + 60
        while ask.seed == 2 and time.monotonic() < until:
            self.begun.set()
            progress(0.5)
        self.begun.wait(60)
        raise KeyboardInterrupt

    begun = Event()


def test_what_was_cancelled_stops_at_its_next_level(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042", frames=1)
    tiny_show.studio = replace(tiny_show.studio, generator=lambda name: Endless(), threads=2)
    begun = time.monotonic()

    with pytest.raises(KeyboardInterrupt):
        paint(tiny_show)

    assert time.monotonic() - begun < 50
    assert not book.variations(tiny_show.studio.ledger, "042")


def test_levels_of_another_version_of_the_generator_are_refused(
    tiny_show: TinyShow, tmp_path: Path
) -> None:
    tiny_show.static_shot("042", frames=1)
    backend = at_work(tiny_show, tmp_path / "levels", 1)
    with pytest.raises(KeyboardInterrupt):
        paint(tiny_show)

    other = replace(tiny_show.studio.made(), code_sha256="0" * 64)
    tiny_show.studio = replace(tiny_show.studio, made=lambda: other)
    paint(tiny_show)

    assert backend.resumed == [0]
