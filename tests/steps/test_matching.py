"""Match: by the lock or by the painted margin, as a CDL that says what it rests on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from seamline.pixels.light import gain_cdl
from seamline.ports import CanvasPicture, Painted, PaintedLayer, ReferencePicture
from seamline.show.lock import Light
from seamline.show.seam import Box
from seamline.show.variation import Ask
from seamline.steps import book
from seamline.steps.lighting import light_gain, lit_of
from seamline.steps.lock import set_lock
from seamline.steps.main_job import painted
from seamline.steps.match import match
from synth import acescct
from tiny import TinyShow, frame_of

NOON = "[light]\nkey_elevation_deg = 50\ncolour_temperature_k = 5600\nexposure_stops = 0\n"


class Colourist:
    """Paints the plate's own colours, a fixed gain too dark; on one surface a margin too."""

    name = "colourist"
    pixels = 1
    encoding = "ACEScg"
    needs_references = True

    def __init__(self, gain: tuple[float, float, float]) -> None:
        self.gain = np.array(gain, np.float32)

    def paint(
        self,
        ask: Ask,
        canvas: CanvasPicture,
        references: Sequence[ReferencePicture],
        progress: Callable[[float], None],
    ) -> Painted:
        shape = canvas.keep.shape
        rows, columns = np.indices(shape, dtype=np.int32)
        rows, columns = rows % 48, columns % 48
        own = references[0].colour[rows, columns]
        offset = canvas.known * self.gain - own
        told = own + offset, offset, rows, columns
        layers = [self._layer("env", np.where(canvas.keep == 1, 0, 1), *told)]
        if canvas.margin.any():
            layers.append(self._layer("margin", canvas.margin, *told))
        progress(1.0)
        return Painted(layers=tuple(layers))

    def _layer(
        self, name: str, alpha: Any, colour: Any, offset: Any, rows: Any, columns: Any
    ) -> PaintedLayer:
        return PaintedLayer(
            name=name,
            colour=colour,
            alpha=np.asarray(alpha, np.float32),
            source=np.zeros(rows.shape, np.int32),
            source_x=columns,
            source_y=rows,
            offset=offset,
        )


def wall(number: int) -> np.ndarray:
    """A wall with grain, all of it above ACEScct's toe."""
    grain = np.random.default_rng(number).normal(0, 0.01, (36, 64, 3))
    return (np.array([0.4, 0.3, 0.2]) + grain).astype(np.float32)


def paint(
    show: TinyShow,
    gain: tuple[float, float, float] = (1, 1, 1),
    *,
    light: Light | None = None,
    lock: str = "",
    one_surface: bool = False,
) -> dict[str, Any]:
    show.studio = replace(show.studio, generator=lambda name: Colourist(gain))
    show.static_shot(
        "042", frames=2, rgb=wall, dtype=np.float32, box=Box(x=24, y=12, width=12, height=12),
        one_surface=one_surface,
    )  # fmt: skip
    rgb = np.random.default_rng(9).uniform(0.1, 0.5, (200, 300, 3))
    show.reference("noon.exr", rgb, light=light, hfov_deg=60.0)
    if lock:
        set_lock(show.studio, "042", lock, where="lock.toml")
    document = painted(show.studio, "042", variations=1, seed=1, generator="colourist")
    found: dict[str, Any] = document["variations"][0]
    return found


def cdl_of(show: TinyShow, entry: dict[str, Any]) -> Any:
    return book.version(show.studio.ledger, entry["id"]).cdl


# -- by the margin -------------------------------------------------------------------------


def test_on_one_surface_the_margin_brings_the_hole_to_the_wall(tiny_show: TinyShow) -> None:
    entry = paint(tiny_show, (0.5, 0.7, 0.9), one_surface=True)

    cdl = cdl_of(tiny_show, entry)
    # Academy S-2016-001: a gain is log2(gain) / 17.52 in ACEScct.
    expected = [math.log2(1 / g) / 17.52 for g in (0.5, 0.7, 0.9)]
    assert cdl.offset == pytest.approx(expected, abs=1e-5)
    assert cdl.working_space == "ACEScct"
    assert "painted margin" in cdl.description
    comp = tiny_show.studio.images.read(f"{entry['comp']}/{entry['id']}_comp.1001.exr")
    hole = np.s_[12:24, 24:36]
    apart = acescct(comp.rgb()[hole]) - acescct(wall(1001)[hole])
    assert np.abs(apart).max() < 1e-4


def test_the_clean_element_stays_as_it_was_painted(tiny_show: TinyShow) -> None:
    entry = paint(tiny_show, (0.5, 0.7, 0.9), one_surface=True)

    element = tiny_show.studio.images.read(f"{entry['element']}/{entry['id']}.1001.exr")

    expected = wall(1001)[12:24, 24:36] * np.float32([0.5, 0.7, 0.9])
    np.testing.assert_allclose(element.rgb()[12:24, 24:36], expected, rtol=1e-5)


def test_the_margin_s_distance_is_said_in_stops(tiny_show: TinyShow) -> None:
    entry = paint(tiny_show, (0.5, 0.7, 0.9), one_surface=True)

    (said,) = (f for f in entry["findings"] if f["check"] == "margin")
    assert said["verdict"] == "fail"
    assert "1.000 stops" in said["says"]


def test_a_margin_painted_right_passes_and_changes_nothing(tiny_show: TinyShow) -> None:
    entry = paint(tiny_show, one_surface=True)

    (said,) = (f for f in entry["findings"] if f["check"] == "margin")
    assert said["verdict"] == "pass"
    assert cdl_of(tiny_show, entry).is_identity


# -- by the lock ------------------------------------------------------------------------------


def day(kelvin: float | None, stops: float | None, elevation: float = 50.0) -> Light:
    return Light(key_elevation_deg=elevation, colour_temperature_k=kelvin, exposure_stops=stops)


def test_a_reference_two_thirds_darker_is_lifted_before_it_is_painted_from(
    tiny_show: TinyShow,
) -> None:
    entry = paint(tiny_show, light=day(5600, -2 / 3), lock=NOON)

    cdl = cdl_of(tiny_show, entry)
    assert cdl.is_identity
    assert "noon.exr was brought to lock v1 before painting" in cdl.description
    assert "+0.67 stops" in cdl.description
    (variation,) = book.variations(tiny_show.studio.ledger, "042")
    (gain,) = lit_of(variation.ask).gains.values()
    assert gain == pytest.approx((2 ** (2 / 3),) * 3, rel=1e-6)
    assert any("noon.exr was brought to the light of lock v1" in n for n in variation.notes)


def test_a_lock_revised_since_is_met_by_the_rest_of_the_gain(tiny_show: TinyShow) -> None:
    paint(tiny_show, light=day(5600, -2 / 3), lock=NOON)
    (variation,) = book.variations(tiny_show.studio.ledger, "042")
    brighter = NOON.replace("exposure_stops = 0", "exposure_stops = 0.5")

    set_lock(tiny_show.studio, "042", brighter, where="lock.toml")
    cdl = match(tiny_show.studio, variation).cdl

    assert cdl.offset == pytest.approx((0.5 / 17.52,) * 3, abs=1e-6)
    assert "lock v2" in cdl.description


def test_a_seam_between_different_things_is_never_matched_by_pixels(
    tiny_show: TinyShow,
) -> None:
    # Painted at half the plate's light; the lock says both were lit alike.
    entry = paint(tiny_show, (0.5, 0.5, 0.5), light=day(5600, 0), lock=NOON)

    assert cdl_of(tiny_show, entry).is_identity
    (said,) = (f for f in entry["findings"] if f["check"] == "margin")
    assert said["verdict"] == "not comparable"


@pytest.mark.parametrize(
    ("light", "lock", "words"),
    [
        (day(5600, -1), "", "the shot has no lock"),
        (Light(), NOON, "light of noon.exr unknown"),
        (day(None, None), NOON, "light of noon.exr unknown"),
        (day(5600, -1), "[camera]\nheight_m = 1.6\n", "light of noon.exr unknown"),
    ],
)
def test_where_nobody_knows_the_light_nothing_is_changed_and_that_is_said(
    tiny_show: TinyShow, light: Light, lock: str, words: str
) -> None:
    cdl = cdl_of(tiny_show, paint(tiny_show, light=light, lock=lock))

    assert cdl.is_identity
    assert words in cdl.description


def test_dusk_is_not_graded_into_a_wrong_noon(tiny_show: TinyShow) -> None:
    entry = paint(tiny_show, light=day(4300, -1.5, elevation=2.0), lock=NOON)

    assert cdl_of(tiny_show, entry).is_identity
    (said,) = (f for f in entry["findings"] if f["check"] == "light")
    assert said["verdict"] == "fail"
    assert "48 deg apart" in said["says"]


# -- the arithmetic ---------------------------------------------------------------------------


def test_the_same_light_needs_no_gain(tiny_show: TinyShow) -> None:
    gain, said = light_gain(tiny_show.studio, day(5600, 0), day(5600, 0))

    assert gain == pytest.approx((1, 1, 1))
    assert said == ["5600 K to 5600 K", "+0.00 stops"]


def test_warm_light_is_cooled_by_the_ratio_of_the_whites(tiny_show: TinyShow) -> None:
    # ACES white is D60; AP1 from XYZ (Academy S-2014-004), whites by the CIE polynomials,
    # and the config's D65 brought to D60 alike for both.
    gain, _ = light_gain(tiny_show.studio, day(4300, None), day(5600, None))

    assert gain[2] / gain[0] > 1.25
    luminance = np.array([0.2722287, 0.6740818, 0.0536895])  # AP1's Y row
    whites = [white_in_ap1(tiny_show, kelvin) for kelvin in (4300, 5600)]
    np.testing.assert_allclose(gain, whites[1] / whites[0], rtol=1e-5)
    assert luminance @ whites[0] == pytest.approx(luminance @ whites[1], rel=0.01)


def white_in_ap1(show: TinyShow, kelvin: float) -> np.ndarray:
    """CIE 15:2018 daylight to XYZ, by hand; XYZ to ACEScg by the show's config."""
    t = 1000 / kelvin
    x = 0.244063 + 0.09911 * t + 2.9678 * t**2 - 4.6070 * t**3
    y = -3 * x * x + 2.87 * x - 0.275
    xyz = np.array([[[x / y, 1, (1 - x - y) / y]]], np.float32)
    converted = show.studio.colour.convert(xyz, "CIE-XYZ-D65", "ACEScg")
    return converted[0, 0].astype(np.float64)


@pytest.mark.parametrize("gain", [(2.0, 1.0, 0.5), (0.1, 1.7, 3.0)])
def test_a_gain_cdl_through_the_show_s_config_is_that_gain(
    tiny_show: TinyShow, gain: tuple[float, float, float]
) -> None:
    light = np.geomspace(0.1, 40, 64, dtype=np.float32)
    rgb = np.repeat(light[None, :, None], 3, axis=2)

    graded = tiny_show.studio.colour.grade(rgb, gain_cdl(gain, id="a", description=""))

    np.testing.assert_allclose(graded, rgb * np.float32(gain), rtol=2e-5)


def test_in_the_toe_a_gain_cdl_lifts_a_little_less(tiny_show: TinyShow) -> None:
    # Below 0.0078125 ACEScct is a straight line: the offset adds light instead.
    dark = np.full((1, 1, 3), 0.002, np.float32)
    cdl = gain_cdl((2.0, 2.0, 2.0), id="a", description="")

    lifted = float(tiny_show.studio.colour.grade(dark, cdl)[0, 0, 0])

    code = 10.5402377416545 * 0.002 + 0.0729055341958355 + 1 / 17.52
    toe = 10.5402377416545 * 0.0078125 + 0.0729055341958355
    expected = (
        (code - 0.0729055341958355) / 10.5402377416545
        if code <= toe
        else 2 ** (code * 17.52 - 9.72)
    )
    assert lifted == pytest.approx(expected, rel=1e-4)


def test_nothing_was_painted_so_nothing_is_lifted(tiny_show: TinyShow) -> None:
    # A CDL with an offset lifts black; the frame of a live-only plate must stay its own.
    entry = paint(tiny_show, (0.5, 0.5, 0.5), one_surface=True)

    comp = tiny_show.studio.images.read(f"{entry['comp']}/{entry['id']}_comp.1002.exr")
    outside = np.ones((36, 64), bool)
    outside[12:24, 24:36] = False
    np.testing.assert_array_equal(
        comp.rgb()[outside], frame_of(wall(1002), dtype=np.float32).rgb()[outside]
    )
