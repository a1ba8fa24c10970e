"""Layouts that nobody would choose are given up early, and nothing else is lost by it."""

from __future__ import annotations

import numpy as np
import pytest

from seamline.generators.patch import choice, looks
from seamline.generators.patch.drawn_layouts import draw_layouts
from seamline.generators.patch.layout import Brief
from seamline.generators.patch.sheets import LAND, SKY, Sheet
from seamline.generators.patch.tables import tables_of

HEIGHT, WIDTH = 120, 400


def a_range(reference: int) -> Sheet:
    """Peaks of a photograph before its sky."""
    rng = np.random.default_rng(reference)
    steps = np.cumsum(np.where(rng.random(WIDTH) < 0.3, rng.integers(-1, 2, WIDTH), 0))
    top = np.clip(45 + steps - steps.min() // 2 - 8, 15, 90).astype(np.int32)
    land = np.arange(HEIGHT)[:, None] >= top[None, :]
    shade = 0.2 + 0.06 * np.repeat(rng.random((HEIGHT, WIDTH // 20)), 20, axis=1)
    light = np.where(land, shade, 0.6)
    return Sheet(
        reference=reference, scale=1.0, mirrored=False,
        colour=np.repeat(light[..., None], 3, axis=2).astype(np.float32),
        usable=land.astype(np.uint8), top=top,
        trusted=np.ones(WIDTH, np.uint8), elevation_deg=None,
        label=np.where(land, LAND, SKY).astype(np.uint8),
    )  # fmt: skip


def test_giving_up_dear_layouts_loses_none_that_would_be_chosen() -> None:
    sheets = [a_range(0), a_range(1)]
    brief = Brief(
        need=np.ones((80, 240), np.bool_), horizon_row=60.0, px_per_deg=10.0,
        mean_rows=(20.0, 50.0), skyline_seen=True, own_sky=False, mirrored=(False, True),
    )  # fmt: skip
    tables = tables_of(sheets, brief)

    every = draw_layouts(tables, brief, sheets=2, seed=1, spread=np.inf)
    some = draw_layouts(tables, brief, sheets=2, seed=1, spread=choice.WORSE)

    limit = every[:, 0].min() + np.float32(choice.WORSE)
    assert 20 < len(some) < len(every) < 20_000
    assert (some[some[:, 0] <= limit] == every[every[:, 0] <= limit]).all()


def test_cards_that_a_strict_eye_would_not_join_are_joined_rather_than_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(looks, "LEAST_UNIT", 1e-4)  # no two columns are alike
    monkeypatch.setattr(looks, "SPREADS", 1e-3)
    sheets = [a_range(0), a_range(1)]
    brief = Brief(
        need=np.ones((80, 240), np.bool_), horizon_row=60.0, px_per_deg=10.0,
        mean_rows=(20.0, 50.0), skyline_seen=True, own_sky=False,
    )  # fmt: skip
    tables = tables_of(sheets, brief)

    assert not len(draw_layouts(tables, brief, sheets=2, seed=1, spread=choice.WORSE))
    assert choice.Layouts([sheets], [brief]).find(0, 0) is not None
