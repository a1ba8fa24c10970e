"""A painter behind walls asks for the sky that it paints, and for nothing that is not lent."""

from __future__ import annotations

import gc
import os
import socket
from dataclasses import replace

import numpy as np
import pytest

import ranges
from seamline.errors import ApprovalError
from seamline.farm import parcels
from seamline.farm.lending import borrow, lend
from seamline.farm.painter import walled
from seamline.generators.patch import Patch
from seamline.isolation.line import receive, send
from seamline.isolation.walls import PREFERRED
from seamline.ports import LaterPicture, ReferencePicture
from seamline.show.lock import Light
from seamline.steps import palette
from seamline.steps.lighting import Lit
from skies import OWN, clouds, sky_canvas
from tiny import TinyShow

LIT = Lit(gains={}, mirrored=frozenset(), held=frozenset(), view_deg=None)


def picture(seed: int, shape: tuple[int, int] = (30, 40)) -> ReferencePicture:
    rng = np.random.default_rng(seed)
    planes = [rng.random(shape).astype(np.float32) for _ in range(4)]
    return ReferencePicture(
        id=f"p{seed}", look="look", colour=rng.random((*shape, 3)).astype(np.float32),
        usable=planes[0] > 0.5, elevation_deg=planes[1], azimuth_deg=None,
        master_x=planes[2], master_y=planes[3],
    )  # fmt: skip


def later(seed: int, asked: list[int]) -> LaterPicture:
    whole = picture(seed)

    def lay_out() -> ReferencePicture:
        asked.append(seed)
        return whole

    return LaterPicture(replace(whole, usable=whole.usable[2::4, 2::4]), (30, 40), 4, lay_out)


def over_there(views: list[ReferencePicture]) -> list[ReferencePicture]:
    """Return ``views`` as the other side has them, each asked for on the line."""
    fd, word = parcels.packed_material((ranges.canvas(height=20, width=20), tuple(views)))
    found = list(parcels.material_of(fd, word)[1])
    os.close(fd)
    line = lend(views)
    assert line is not None
    borrow(line, found)
    return found


def test_a_view_is_laid_out_on_one_side_and_looked_at_on_the_other() -> None:
    asked: list[int] = []
    views = [picture(1), later(2, asked), later(3, asked)]

    found = over_there(views)

    assert asked == []
    for mine, its in zip(views, found, strict=True):
        for name in ("colour", "usable", "elevation_deg", "master_x", "master_y"):
            assert np.array_equal(getattr(mine.whole, name), getattr(its, name))
        assert its.azimuth_deg is None
        assert its.shape == (30, 40)
    # once for each look here, once for the other side, which remembers it
    assert sorted(asked) == [2] * 6 + [3] * 6


def test_what_is_laid_out_already_needs_no_line() -> None:
    assert lend([picture(1)]) is None


@pytest.mark.parametrize("view", [0, 2, -1, "1; 2", None])
def test_what_is_not_lent_is_not_given(view: object) -> None:
    asked: list[int] = []
    line = lend([picture(1), later(2, asked)])
    assert line is not None

    with line:
        send(line, {"view": view})
        with pytest.raises(EOFError):
            receive(line)

    assert asked == []


def test_a_refusal_comes_through_as_it_is() -> None:
    def refused() -> ReferencePicture:
        raise ApprovalError("the panorama was revoked", remedy="Approve another.")

    one = LaterPicture(picture(1), (30, 40), 4, refused)

    (found,) = over_there([one])

    with pytest.raises(ApprovalError, match="the panorama was revoked"):
        _ = found.colour


def test_the_line_ends_with_the_views_that_are_asked_for_on_it() -> None:
    mine, theirs = socket.socketpair()
    found = [LaterPicture(picture(1), (30, 40), 4)]
    borrow(theirs, found)
    del theirs, found
    gc.collect()

    with mine, pytest.raises(EOFError):
        receive(mine)


def test_behind_walls_a_sky_is_painted_to_the_same_bits(tiny_show: TinyShow) -> None:
    light = Light(key_azimuth_deg=OWN[0], key_elevation_deg=OWN[1])
    panorama = tiny_show.reference("sky.exr", clouds(), light=light, projection="latlong")
    scene = sky_canvas()
    views = palette.views_for(tiny_show.studio, [panorama], {}, scene, LIT, "ACEScct")
    behind, here = walled(Patch(), PREFERRED), Patch()

    for seed in (1, 2):
        painted = behind.paint(ranges.ask(seed), scene, views, lambda share: None)
        known = here.paint(ranges.ask(seed), scene, views, lambda share: None)

        assert painted.notes == known.notes
        for its, mine in zip(painted.layers, known.layers, strict=True):
            assert np.array_equal(its.colour, mine.colour)
            assert np.array_equal(its.source, mine.source)
            assert np.array_equal(its.offset, mine.offset)
