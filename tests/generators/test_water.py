"""What a compositor expects of painted water: level, mirroring, its own layer."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

import ranges
from seamline.errors import GeneratorError
from seamline.generators.patch import Patch
from seamline.generators.patch.compose.water import as_wide_as_waves
from seamline.ports import CanvasPicture, CardView, Painted, PaintedLayer, ReferencePicture

HEIGHT, WIDTH = 160, 320
GOLDEN_LAKE = "c27510efd58e349fdb277bd8f6da3779cd543a0e854fb634e841bde6a8659c77"
"""Renewed with version 11: where two cards join they are compared at more depths."""
SHORE = 104
"""Row of the horizon on the canvas, and so of the water's beginning."""


def canvas(**more: object) -> CanvasPicture:
    plain = ranges.canvas(height=HEIGHT, width=WIDTH, level_row=float(SHORE))
    return replace(plain, **more)  # type: ignore[arg-type]


def lake(look: str = "noon") -> list[ReferencePicture]:
    """A range above a lake: the left half mirrors dark, the right half bright."""
    views = ranges.cards(look=look, wood=False)
    whole = views[0]
    height, width = whole.usable.shape
    shore = int(0.6 * height)
    rows, columns = np.indices((height, width))
    dark = (columns < width // 2)[..., None]
    noise = ranges.speckle(height, width, 9)[..., None]
    above = np.where(dark, np.float32(0.2), np.float32(0.55)) + noise * np.float32(0.02)
    ripples = np.where(dark, np.float32(0.15), np.float32(0.45)) + noise * np.float32(0.04)
    light = np.where((rows >= shore)[..., None], ripples, above).astype(np.float32)
    light = np.broadcast_to(light, (height, width, 3)).copy()
    whole = replace(whole, colour=light)
    line = ranges.skyline(width, 17, height)[None, :]
    water = (rows >= shore).astype(np.float32)
    found = [whole]
    for view in views[1:]:
        card = view.card
        assert card is not None
        colour = light if card.label == "far" else view.colour
        # the dark half of the photograph has a dark range, the bright half a bright one
        colour = np.where((rows < shore)[..., None], colour, light[shore - 1][None])
        found.append(replace(view, colour=colour.astype(np.float32)))
    found.append(
        replace(
            whole,
            usable=water > 0,
            card=CardView(
                id=f"{look}_water_01",
                label="water",
                alpha=water,
                hidden=np.zeros((height, width), bool),
                base_row=float(height),
                columns=(0, width),
                mirror=False,
                distance_m=None,
            ),
        )
    )
    assert (line < shore).all()
    return found


@pytest.fixture(scope="module")
def views() -> list[ReferencePicture]:
    return lake()


@pytest.fixture(scope="module")
def four(views: list[ReferencePicture]) -> list[Painted]:
    backend, room = Patch(), canvas()
    return [backend.paint(ranges.ask(s), room, views, lambda _: None) for s in (1, 2, 3, 4)]


def digest(painted: Painted) -> str:
    """SHA-256 over the colours, alphas and lineage of all layers, back to front."""
    found = hashlib.sha256()
    for layer in painted.layers:
        for plane in (layer.colour, layer.alpha, layer.source, layer.source_x, layer.source_y):
            found.update(np.ascontiguousarray(plane).tobytes())
    return found.hexdigest()


def golden() -> str:
    """Return the digest of one lake under its range."""
    return digest(Patch().paint(ranges.ask(2), canvas(), lake(), lambda _: None))


def test_a_lake_s_pixels_never_change(four: list[Painted]) -> None:
    assert digest(four[1]) == GOLDEN_LAKE


def test_grain_in_the_water_is_no_wave() -> None:
    """A mirror image that it throws about is crumbs; a wave breaks it up as it did."""
    rows, columns = np.indices((120, 200))
    grain = 0.02 * np.random.default_rng(3).standard_normal((120, 200))
    waves = 0.02 * np.sin(rows * 0.8) * np.sin(columns * 0.12)

    def left_of(plane: NDArray[np.float64]) -> float:
        found = as_wide_as_waves(plane.astype(np.float32), 500)
        return float(found[4:-4, 4:-4].std() / plane[4:-4, 4:-4].std())

    assert left_of(grain) < 0.25
    assert left_of(waves) > 0.75


def named(painted: Painted, name: str) -> PaintedLayer:
    (found,) = [one for one in painted.layers if one.name == name]
    return found


def flat(layers: tuple[PaintedLayer, ...]) -> NDArray[np.float32]:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    for layer in layers:
        picture = picture + (layer.colour - picture) * layer.alpha[..., None]
    return picture


def test_water_lies_before_everything_and_begins_on_the_locked_row(
    four: list[Painted],
) -> None:
    for painted in four:
        water = named(painted, "water")
        assert painted.layers[-1] is water
        # its own soft edge, as photographed, and level within two pixels
        assert (water.alpha[: SHORE - 2] == 0).all()
        assert (water.alpha[SHORE + 2 :] == 1).all()
        (found,) = [f for f in painted.findings if f.check == "waterline"]
        assert found.verdict == "pass"
        assert found.measured <= 1


def test_no_hole_is_left_at_the_shore(four: list[Painted]) -> None:
    for painted in four:
        left = np.ones((HEIGHT, WIDTH), np.float32)
        for layer in painted.layers:
            left = left * (1 - layer.alpha)
        assert left.max() < 1e-3


def test_dark_water_lies_under_what_is_dark(four: list[Painted]) -> None:
    # A scene of two halves: its mirror image must tell them apart, whichever way round.
    agreed = 0
    for painted in four:
        above = flat(painted.layers[:-1])[SHORE - 40 : SHORE].mean(axis=(0, 2))
        below = named(painted, "water").colour[SHORE + 6 : SHORE + 36].mean(axis=(0, 2))
        if above.std() < 0.03:
            continue
        agreed += 1
        assert np.corrcoef(above, below)[0, 1] > 0.5
    assert agreed >= 2


def test_water_is_made_of_water_alone_and_says_of_which(
    four: list[Painted], views: list[ReferencePicture]
) -> None:
    for painted in four:
        water = named(painted, "water")
        shown = water.alpha > 0
        assert set(np.unique(water.source[shown])) == {len(views) - 1}
        own = views[-1].colour[water.source_y[shown], water.source_x[shown]]
        np.testing.assert_array_equal(own + water.offset[shown], water.colour[shown])


def anew(painted: Painted, views: list[ReferencePicture], name: str) -> Painted:
    ask = replace(ranges.ask(7), settings=(("from", "f" * 64), ("layer", name)))
    return Patch().paint(ask, canvas(standing=painted.layers), views, lambda _: None)


def test_water_painted_anew_is_that_of_the_shore_that_stands(
    four: list[Painted], views: list[ReferencePicture]
) -> None:
    # Somebody put another variation's water under this one's range.
    astray = tuple(
        named(four[1], "water") if one.name == "water" else one for one in four[0].layers
    )
    assert not np.array_equal(astray[-1].colour, named(four[0], "water").colour)

    after = anew(replace(four[0], layers=astray), views, "water")

    np.testing.assert_array_equal(named(after, "water").colour, named(four[0], "water").colour)
    assert [one.name for one in after.layers] == [one.name for one in four[0].layers]
    for one, other in zip(after.layers, astray, strict=True):
        assert (one is other) == (one.name != "water")


def test_whoever_paints_the_range_anew_is_told_of_the_water(
    four: list[Painted], views: list[ReferencePicture]
) -> None:
    after = anew(four[0], views, "sky")

    assert any("paint layer water anew" in note for note in after.notes)
    assert anew(four[0], views, "water").notes == ()


def test_without_its_card_water_cannot_be_painted_anew(
    four: list[Painted], views: list[ReferencePicture]
) -> None:
    with pytest.raises(GeneratorError, match="no card of water"):
        anew(four[0], views[:-1], "water")


def test_where_the_camera_looks_above_the_water_there_is_none(
    views: list[ReferencePicture],
) -> None:
    up = ranges.canvas(height=HEIGHT, width=WIDTH, level_row=float(HEIGHT + 20))

    painted = Patch().paint(ranges.ask(1), up, views, lambda _: None)

    assert "water" not in [layer.name for layer in painted.layers]


def test_water_begins_where_it_was_drawn(views: list[ReferencePicture]) -> None:
    # Water is level: a hand's slope of some pixels gives its middle row.
    drawn = (90 + np.arange(WIDTH) / 80).astype(np.float32)

    painted = Patch().paint(
        ranges.ask(1), canvas(lines={"water": drawn}), views, lambda _: None
    )

    water = named(painted, "water")
    first = int(np.argmax((water.alpha > 0).all(axis=1)))
    assert abs(first - 92) <= 1
