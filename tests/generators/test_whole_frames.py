"""What a compositor would have to paint in a whole frame of cards, and need not."""

from __future__ import annotations

import hashlib

import numpy as np

from seamline.generators.patch.assembly import lay_out_cards
from seamline.generators.patch.cards.cut import true_edge
from seamline.generators.patch.cards.skytone import evened
from seamline.generators.patch.compose.shore import stand_ashore
from seamline.generators.patch.compose.water import Water
from seamline.generators.patch.layout import Layout, Piece
from seamline.generators.patch.loose import grounded
from seamline.generators.patch.sheets import LAND, SKY, Sheet

ONE = np.ones(3, np.float32)
GOLDEN_SLOPE = "97f5f324a29f06577c3ecc57c543adb8001ce2708441c43022945f42013b270c"
"""SHA-256 of a slope's alpha, version 12: raise ``Patch.pixels`` where it changes."""


def card(colour: np.ndarray, alpha: np.ndarray) -> Sheet:
    """A card as it is set: what is solid below its silhouette."""
    solid = alpha > 0.5
    some = solid.any(axis=0)
    return Sheet(
        reference=0, scale=1.0, mirrored=False, colour=colour.astype(np.float32),
        usable=(alpha > 0).astype(np.uint8),
        top=np.where(some, solid.argmax(axis=0), len(alpha)).astype(np.int32),
        trusted=some.astype(np.uint8), elevation_deg=None,
        label=np.where(solid, LAND, SKY).astype(np.uint8), alpha=alpha.astype(np.float32),
        hidden=np.zeros(alpha.shape, np.uint8),
    )  # fmt: skip


# -- the sky that was never seen ------------------------------------------------------


def woven() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A sky that brightens downwards, seen for 40 rows; below it a beam and a coarse ripple."""
    rows, columns = np.indices((160, 200))
    sky = 0.4 + rows * 0.0005
    grain = np.random.default_rng(3).normal(0, 0.0008, sky.shape)
    known = rows < 40
    beam = np.where(np.abs(columns - rows) < 12, 0.03, 0.0)
    ripple = np.where((rows // 2) % 9 == 0, 0.012, 0.0)
    plane = sky + grain + np.where(known, 0.0, beam + ripple)
    colour = np.repeat(plane[..., None], 3, axis=2).astype(np.float32)
    return colour, known.astype(np.uint8), (~known).astype(np.uint8)


def test_no_beam_stands_in_a_sky_below_what_was_seen_of_it() -> None:
    colour, known, hidden = woven()
    before = colour[60:, :, 1]
    after = evened(colour, known, hidden)[60:, :, 1]

    assert before.max() - np.median(before) > 0.03
    assert np.abs(after - np.median(after)).max() < 0.006
    assert abs(float(np.median(after)) - float(colour[30:40].mean())) < 0.006


def test_a_lit_cloud_that_a_summit_cut_ends_and_a_darker_sky_goes_on_for_a_while() -> None:
    colour = np.full((480, 400, 3), 0.4, np.float32)
    known = np.zeros((480, 400), np.uint8)
    known[:120] = 1
    colour[90:120, 90:110] += 0.08
    colour[90:120, 290:310] -= 0.08

    found = evened(colour, known, 1 - known)[..., 1] - 0.4

    cloud, darker = found[:, 100], -found[:, 300]
    assert cloud[121] > 0.5 * cloud[119]  # no hard edge
    assert cloud[132] < 0.33 * cloud[119]  # within a fortieth of the height
    assert cloud[132] < 0.8 * darker[132]


def test_what_was_seen_of_a_sky_keeps_its_bits_and_the_rest_has_its_grain() -> None:
    colour, known, hidden = woven()
    found = evened(colour, known, hidden)

    assert (found[known > 0] == colour[known > 0]).all()
    assert np.diff(found[60:, :, 0], axis=1).std() > 0.0005


# -- what hangs in the air ------------------------------------------------------------


def test_a_scrap_over_a_wood_is_left_out_and_a_tree_that_stands_alone_stays() -> None:
    alpha = np.zeros((120, 200), np.float32)
    alpha[80:, :150] = 1
    alpha[78:80, :150] = 0.4
    alpha[60:62, 40:45] = 1
    alpha[59, 40:45] = 0.2
    alpha[70:120, 170:190] = 1

    found = grounded(alpha)

    assert (found[55:70, 35:50] == 0).all()
    assert (found[70:, 170:190] == 1).all()
    assert (found[78:, :150] == alpha[78:, :150]).all()


# -- edges that colours do not tell ---------------------------------------------------


def test_between_things_that_look_alike_the_edge_is_where_the_hand_drew_it() -> None:
    rows, columns = np.indices((120, 240))
    chance = np.random.default_rng(5)
    blotches = np.repeat(np.repeat(chance.normal(0, 0.03, (30, 60)), 4, axis=0), 4, axis=1)
    rock = 0.2 + blotches
    # at the left the rock is as dark as the wood, at the right it is snow
    light = np.where((rows < 60) & (columns >= 120), 0.5, 0.0) + rock
    coded = np.repeat(light[..., None], 3, axis=2).astype(np.float32)
    drawn = (rows >= 60 - 6 * (columns >= 120)).astype(np.uint8)

    edge = true_edge(coded, np.ones_like(drawn), drawn, 1 - drawn, 10)

    first = edge.argmax(axis=0)
    assert np.abs(first[:110] - 60).mean() < 1.5
    assert np.abs(first[:110] - 60).max() <= 5
    assert np.abs(first[130:] - 60).max() <= 1, "drawn 6 rows off, and snow ends where it ends"


# -- joins ----------------------------------------------------------------------------


def test_a_join_goes_around_a_climber() -> None:
    rows, columns = np.indices((200, 400))
    sand = np.random.default_rng(7).normal(0.4, 0.002, (200, 400))
    climber = (np.abs(columns - 203) < 6) & (rows >= 120) & (rows < 150)
    # above him the two agree at his left alone, below him at his right: he is in the way
    left, right = (columns >= 165) & (columns < 192), (columns >= 214) & (columns < 240)
    apart = ((rows < 120) & ~left) | ((rows >= 150) & ~right)
    plain = np.where(climber, 0.05, sand + 0.2 * apart)
    alpha = (rows >= 60).astype(np.float32)
    one = card(np.repeat(plain[..., None], 3, axis=2), alpha)
    other = card(np.repeat(sand[..., None], 3, axis=2), alpha)
    pieces = (
        Piece(sheet=0, left=0, right=200, dx=0, dy=0),
        Piece(sheet=1, left=200, right=400, dx=0, dy=0),
    )
    layout = Layout(scale=1.0, mirrored=False, pieces=pieces, cost=0.0, missing=0.0)

    laid, _ = lay_out_cards(layout, [one, other], 200, 400)

    shown = laid.sheet[climber] == 0
    assert shown.all() or not shown.any(), f"{shown.mean():.2f} of the climber is shown"


def test_a_long_slope_that_two_cards_make_has_no_nick_where_they_meet() -> None:
    rows, columns = np.indices((300, 600)).astype(np.float32)
    falls = 60 + columns * 0.31
    slope = np.clip(rows - falls + 0.5, 0, 1)
    one = card(np.full((300, 600, 3), 0.1), slope)
    other = card(np.full((300, 600, 3), 0.1), np.clip(rows - falls + 0.5 - 2.6, 0, 1))
    pieces = (
        Piece(sheet=0, left=0, right=300, dx=0, dy=0),
        Piece(sheet=1, left=300, right=600, dx=0, dy=0),
    )
    layout = Layout(scale=1.0, mirrored=False, pieces=pieces, cost=0.0, missing=0.0)

    _, alpha = lay_out_cards(layout, [one, other], 300, 600, bent=True)

    crest = 300 - alpha.sum(axis=0)
    assert np.abs(np.diff(crest, 2)).max() < 0.75  # copies alone: a whole row
    assert hashlib.sha256(alpha.tobytes()).hexdigest() == GOLDEN_SLOPE


# -- the shore ------------------------------------------------------------------------


def test_a_shore_is_set_so_that_none_of_its_gaps_is_seen() -> None:
    alpha = np.zeros((60, 400), np.float32)
    alpha[20:50] = 1
    alpha[20:50, 330:] = 0
    wood = card(np.full((60, 400, 3), 0.1), alpha)
    water = Water(
        sheet=card(np.full((60, 400, 3), 0.3), np.ones((60, 400))), line=40, gain=ONE,
        base=ONE, usual=ONE, beside={0: (0, 0)},
    )  # fmt: skip

    for mirrored in (False, True):
        places = [
            stand_ashore(water, [wood], 30, 300, mirrored=mirrored, seed=s) for s in range(12)
        ]
        found = [p.dx for p in places if p is not None]

        assert len(found) == 12
        for dx in found:
            own = alpha[35, ::-1] if mirrored else alpha[35]
            assert (own[dx : dx + 300] == 1).mean() > 0.93
        assert len(set(found)) > 4, "the same shore is not shown every time"
