"""What a layer shows beyond its canvas is what its reference shows beyond the piece."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from seamline.pixels.continued import OVERLAP_PX, best_piece, set_down
from seamline.ports import HAND, NOTHING, CardView, PaintedLayer, ReferencePicture
from seamline.steps.onward import onward

H, W, VIEW_H, VIEW_W = 60, 160, 100, 400
INSIDE = (0, 0, 120, H)
NEED = np.ones((H, W), bool)


def texture(seed: int, height: int = VIEW_H, width: int = VIEW_W) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).normal(0, 0.02, (height, width, 3))
    slope = 0.2 + 0.3 * np.arange(height)[:, None, None] / height
    waves = 0.05 * np.sin(np.arange(width) / 9.0)[None, :, None]
    return np.asarray(noise + slope + waves, np.float32)


def view(colour: NDArray[np.float32], card: CardView | None = None) -> ReferencePicture:
    height, width = colour.shape[:2]
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    usable = np.ones((height, width), bool) if card is None else card.alpha > 0
    return ReferencePicture(
        id="r", look="r", colour=colour, usable=usable, elevation_deg=None,
        master_x=columns.astype(np.float32), master_y=rows.astype(np.float32), card=card,
    )  # fmt: skip


def piece(
    of: ReferencePicture, index: int, dx: int, dy: int, *, scale: float = 1.0, lift: float = 0.0
) -> PaintedLayer:
    """``of`` moved by (dx, dy) on the old canvas, ``scale`` times its size, and lifted."""
    rows, columns = np.indices((H, W))
    x = np.floor((columns + dx + 0.5) / scale).astype(np.int32)
    y = np.floor((rows + dy + 0.5) / scale).astype(np.int32)
    alpha = np.ones((H, W)) if of.card is None else of.card.alpha[y, x]
    there = (columns < INSIDE[2]) & (alpha > 0)
    offset = np.where(there[..., None], lift, 0).astype(np.float32) * np.ones(3, np.float32)
    colour = np.where(there[..., None], of.colour[y, x] + offset, 0)
    return PaintedLayer(
        name=f"l{index}", colour=colour.astype(np.float32),
        alpha=np.where(there, alpha, 0).astype(np.float32),
        source=np.where(there, index, NOTHING).astype(np.int32),
        source_x=np.where(there, x, 0).astype(np.int32),
        source_y=np.where(there, y, 0).astype(np.int32), offset=offset,
    )  # fmt: skip


def test_a_piece_goes_on_pixel_for_pixel() -> None:
    ground = view(texture(1))
    layer = piece(ground, 0, 30, 20, lift=0.07)

    (found,), stands = onward([layer], [ground], INSIDE, NEED)

    assert stands.all()
    wanted = ground.colour[20 : 20 + H, 30 : 30 + W] + np.float32(0.07)
    assert np.abs(found.colour - wanted).max() < 1e-6
    assert np.array_equal(found.colour[:, :120], layer.colour[:, :120])
    assert np.array_equal(found.source_x[:, 120:], np.indices((H, W))[1][:, 120:] + 30)
    told = ground.colour[found.source_y, found.source_x] + found.offset
    assert np.array_equal(told, found.colour)


@pytest.mark.parametrize("scale", [0.8, 1.25])
def test_a_scaled_piece_goes_on_at_its_scale(scale: float) -> None:
    # A ramp: read between pixels it is the same ramp, whatever the scale.
    ramp = np.broadcast_to(
        (np.arange(VIEW_W) + 0.5).astype(np.float32)[None, :, None], (VIEW_H, VIEW_W, 3)
    )
    ground = view(np.ascontiguousarray(ramp))
    layer = piece(ground, 0, 10, 5, scale=scale)

    (found,), stands = onward([layer], [ground], INSIDE, NEED)

    assert stands.all()
    exact = (np.arange(120, W) + 10 + 0.5) / scale
    assert np.abs(found.colour[30, 120:, 0] - exact).max() < 0.6


def test_it_ends_where_the_first_layer_that_is_seen_has_no_more() -> None:
    far = view(texture(2))
    alpha = np.zeros((VIEW_H, VIEW_W), np.float32)
    alpha[50:] = 1
    card = CardView(
        id="c", label="near", alpha=alpha, hidden=np.zeros(alpha.shape, bool), base_row=99.0,
        columns=(0, 245), mirror=False, distance_m=None,
    )  # fmt: skip
    near = view(texture(3), card)
    layers = [piece(far, 0, 0, 0), piece(near, 1, 100, 20)]

    (back, front), stands = onward(layers, [far, near], INSIDE, NEED)

    assert stands[:, :145].all()
    assert not stands[:, 145:].any()
    assert front.alpha[:30, 120:145].max() == 0  # its own shape, not a rectangle
    assert front.alpha[30:, 120:145].min() == 1
    assert back.source[0, 144] == 0
    assert back.source[0, 145] == NOTHING


def test_a_sky_cut_along_its_ridge_reaches_below_it_where_the_next_ridge_sinks() -> None:
    alpha = np.ones((VIEW_H, VIEW_W), np.float32)
    alpha[40:, 150:] = 0  # the sky's own ridge rises there
    card = CardView(
        id="s", label="sky", alpha=alpha, hidden=np.zeros(alpha.shape, bool), base_row=99.0,
        columns=(0, VIEW_W), mirror=False, distance_m=None,
    )  # fmt: skip
    sky = view(texture(4), card)

    (found,), stands = onward([piece(sky, 0, 30, 0)], [sky], INSIDE, NEED)

    assert stands.all()
    assert found.alpha.min() == 1
    assert np.array_equal(found.source_y[40:60, 140], 2 * 39 - np.arange(40, 60))


def test_mist_stays_as_thin_as_it_was() -> None:
    ground = view(texture(5))
    mist = piece(ground, 0, 30, 20)
    mist = replace(mist, name="mist", alpha=mist.alpha / 4)
    below = replace(piece(ground, 0, 60, 10), name="far")

    (_, found), _ = onward([below, mist], [ground], INSIDE, NEED)

    assert np.unique(found.alpha[:, 120:]).tolist() == [0.25]


def test_a_hands_pixels_do_not_go_on() -> None:
    ground = view(texture(6))
    layer = piece(ground, 0, 30, 20)
    source = layer.source.copy()
    source[10:14, 110:120] = HAND
    layer = replace(layer, source=source)

    (found,), stands = onward([layer], [ground], INSIDE, NEED)

    assert stands.all()
    assert (found.source[:, 120:] == 0).all()


def test_it_goes_on_to_the_left_and_downwards_too() -> None:
    ground = view(texture(7))
    whole = piece(ground, 0, 70, 20)
    planes = {}
    for name in ("colour", "alpha", "source", "source_x", "source_y", "offset"):
        plane = np.roll(getattr(whole, name), 40, axis=1)
        plane[50:] = NOTHING if name == "source" else 0
        planes[name] = plane

    (found,), stands = onward([replace(whole, **planes)], [ground], (40, 0, 120, 50), NEED)

    assert stands.all()
    assert np.abs(found.colour - ground.colour[20 : 20 + H, 30 : 30 + W]).max() < 1e-6


# -- where the pieces end, another whole piece is set down ------------------------------


def test_the_piece_is_found_that_the_picture_was_cut_from() -> None:
    other = texture(8)
    known = np.zeros((H, W, 3), np.float32)
    known[:, :120] = other[17 : 17 + H, 203 : 203 + 120]
    stands = np.zeros((H, W), bool)
    stands[:, :120] = True
    own = (known, stands, True)
    usable = np.ones(other.shape[:2], bool)

    placed = best_piece(known, stands, NEED, 120, [own, (other, usable, True)], most_dy=H // 2)

    assert placed is not None
    assert (placed.picture, placed.mirrored, placed.dx, placed.dy) == (1, False, 203, 17)
    found, shown, x, y = set_down(known, stands, 120, other, usable, placed)
    assert shown.all()
    assert np.abs(found - other[17 : 17 + H, 323 : 323 + 40]).max() < 1e-6
    assert (x[0, 0], y[0, 0]) == (323, 17)


def test_a_tone_is_met_at_the_border_and_let_go_slowly() -> None:
    known = np.full((H, 600, 3), 0.4, np.float32)
    stands = np.arange(600)[None, :] < 300
    stands = np.broadcast_to(stands, (H, 600))
    other = np.full((H, 600, 3), 0.34, np.float32)
    usable = np.ones((H, 600), bool)
    need = np.ones((H, 600), bool)

    placed = best_piece(known, stands, need, 300, [(known, stands & False, False),
                        (other, usable, False)], most_dy=2)  # fmt: skip

    assert placed is not None
    found, _, _, _ = set_down(known, stands, 300, other, usable, placed)
    assert np.abs(found[:, 0] - 0.4).max() < 1e-4
    assert np.abs(np.diff(found[..., 0], axis=1)).max() < 0.001
    assert np.abs(found[:, -1] - 0.34).max() < 1e-6


def test_a_piece_that_is_nowhere_near_is_not_set_down() -> None:
    known = np.zeros((H, W, 3), np.float32)
    stands = np.broadcast_to(np.arange(W)[None, :] < 120, (H, W))
    small = np.zeros((H, OVERLAP_PX, 3), np.float32)
    usable = np.ones(small.shape[:2], bool)

    assert best_piece(known, stands, NEED, 120, [(small, usable, True)], most_dy=3) is None
