"""Where whole pictures are laid side by side, a streak of cloud does not end upright."""

from __future__ import annotations

import numpy as np
import pytest

from seamline.generators.patch.drawn_layouts import DEAREST, WORST
from seamline.generators.patch.layout import Brief
from seamline.generators.patch.looks import PROFILES
from seamline.generators.patch.sheets import Sheet, labels_of
from seamline.generators.patch.tables import tables_of

HEIGHT, WIDTH, SKYLINE = 500, 640, 400
LEFT, RIGHT = 160, 480


def dearest_height(streak: float, *, own_sky: bool = True) -> float:
    """Return the price of joining a clear sky to one with a streak 150 to 200 px over land."""
    colour = np.full((HEIGHT, WIDTH, 3), 0.5, np.float32)
    colour[SKYLINE:] = 0.2
    colour[SKYLINE - 200 : SKYLINE - 150, WIDTH // 2 :] += np.float32(streak)
    top = np.full(WIDTH, SKYLINE, np.int32)
    sheet = Sheet(
        reference=0, scale=1.0, mirrored=False, colour=colour,
        usable=np.ones((HEIGHT, WIDTH), np.uint8), top=top,
        trusted=np.ones(WIDTH, np.uint8), elevation_deg=None,
        label=labels_of(top, HEIGHT, WIDTH),
    )  # fmt: skip
    tables = tables_of(
        [sheet],
        Brief(
            need=np.ones((270, 480), bool), horizon_row=200.0, px_per_deg=10.0,
            mean_rows=(150.0, 200.0), skyline_seen=True, own_sky=own_sky, mirrored=(False,),
        ),
    )  # fmt: skip
    turn = min(range(len(tables.turns)), key=lambda k: abs(tables.turns[k][0] - 1))
    scale = tables.turns[turn][0]
    looks = tables.looks[turn]
    apart = looks[round(LEFT * scale)] - looks[round(RIGHT * scale)]
    body = np.minimum(apart[PROFILES:] ** 2, 4.0).reshape(-1, 3).sum(axis=1)
    return float(WORST * body.max())


@pytest.mark.parametrize("streak", [0.02, -0.02, 0.1])
def test_a_streak_that_would_end_upright_is_dearer_than_any_join(streak: float) -> None:
    assert dearest_height(streak) > DEAREST


def test_skies_that_differ_by_less_than_is_seen_may_be_joined() -> None:
    assert dearest_height(0.005) < DEAREST


def test_cards_have_a_sky_of_their_own_that_no_join_of_ranges_looks_at() -> None:
    assert dearest_height(0.1, own_sky=False) == 0
