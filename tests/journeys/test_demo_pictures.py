"""The demo, small: range and sky stand behind the meadow, and no two variations are alike."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import material
import numpy as np
import pytest
from numpy.typing import NDArray
from shell import Work, here

pytestmark = pytest.mark.slow

SHOT = "DEMO_010"
Y = {"R": 0.272229, "G": 0.674082, "B": 0.053689}  # luminance of ACEScg, AMPAS S-2014-004
ALIKE = 0.03
"""Log10 rms at 64 px after gain and offset: below it nobody tells two pictures apart."""


def shown(folder: Path, frames: str) -> dict[str, Any]:
    words = ("--size", "240x135", "--frames", frames, "--variations", "12", "--json")
    said = here("demo", str(folder), *words)
    assert said.code == 0, said.err
    return dict(said.json) | {"root": folder}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Twelve variations of two frames, 240 x 135."""
    return shown(tmp_path_factory.mktemp("demo") / "demo", "1011-1012")


@pytest.fixture(scope="module")
def pan(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Of the whole pan: its canvas is wide, and has fewest layouts."""
    return shown(tmp_path_factory.mktemp("pan") / "demo", "1001-1024")


def generated(demo: dict[str, Any]) -> NDArray[np.bool_]:
    """Where the demo's matte leaves all of the picture to the painter."""
    (matte,) = demo["root"].glob("material/240x135/*_fg.1012.exr")
    (plane,) = material.read(matte)[0].values()
    return np.asarray(plane == 0)


def luminance(path: Path) -> NDArray[np.float64]:
    planes, _ = material.read(path)
    return np.asarray(sum(planes[n].astype(np.float64) * w for n, w in Y.items()))


def tone(path: Path) -> NDArray[np.float64]:
    return np.log10(np.maximum(luminance(path), 1e-4))


def test_no_variation_is_black_or_burnt_behind_the_meadow(demo: dict[str, Any]) -> None:
    where = generated(demo)
    assert 0.3 < where.mean() < 0.9
    for variation in demo["variations"]:
        for element in material.frames_in(variation["element"]):
            light = luminance(element)[where]
            assert np.isfinite(light).all()
            assert (light < 0.002).mean() < 0.02, element.name  # 6.5 stops below grey
            assert 0.02 < np.median(light) < 2.0, element.name
            assert material.read(element)[0]["A"][where].min() > 0.999


def test_behind_the_meadow_are_sky_and_land_of_different_light(demo: dict[str, Any]) -> None:
    where = generated(demo)
    for variation in demo["variations"]:
        picture = tone(material.frames_in(variation["element"])[1])
        darkest, brightest = np.percentile(picture[where], (5, 95))
        assert brightest - darkest > 0.3, f"{variation['id']}: less than a stop"  # log10 2
        upper, lower = np.zeros_like(where), np.zeros_like(where)
        upper[:20], lower[60:] = True, True
        above, below = (picture[where & part] for part in (upper, lower))
        # At dusk the horizon glows, so it is the darkest that must lie below.
        darkest_above, darkest_below = np.percentile(above, 10), np.percentile(below, 10)
        assert darkest_above > darkest_below, f"{variation['id']}: upside down"


def test_the_sky_is_smooth_and_the_range_is_not(demo: dict[str, Any]) -> None:
    where = generated(demo)
    first = tone(material.frames_in(demo["variations"][0]["comp"])[1])
    rough = np.abs(np.diff(first, axis=1))
    bright = first[:, :-1] > np.percentile(first[where], 90)
    inside = (where & np.roll(where, -3, axis=1))[:, :-1]

    sky, land = rough[inside & bright], rough[inside & ~bright]

    assert land.mean() > 1.5 * sky.mean()


def failed(variation: dict[str, Any]) -> set[str]:
    return {f["check"] for f in variation["findings"] if f["verdict"] == "fail"}


def test_the_dusk_look_is_found_wrong_at_noon_and_the_sheet_says_so(
    demo: dict[str, Any],
) -> None:
    dusk = [v for v in demo["variations"] if "light" in failed(v)]
    page = Path(demo["review"]).read_text()

    assert 0 < len(dusk) < len(demo["variations"])
    for variation in dusk:
        (says,) = [f["says"] for f in variation["findings"] if f["check"] == "light"]
        assert "sunset.png" in says
        assert says.replace("&", "&amp;") in page
    assert demo["chosen"] not in {v["id"] for v in dusk}


def thumb(path: Path, where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the generated part at 64 px width, log; what is live is left out."""
    columns, cell = 64, 240 / 64
    rows = int(135 / cell)
    picture = tone(path)
    cells = np.full((rows, columns), np.nan)
    for j in range(rows):
        for i in range(columns):
            box = np.s_[
                int(j * cell) : int((j + 1) * cell), int(i * cell) : int((i + 1) * cell)
            ]
            if where[box].all():
                cells[j, i] = picture[box].mean()
    return cells


@pytest.mark.parametrize("which", ["demo", "pan"])
def test_no_two_variations_are_alike(which: str, request: pytest.FixtureRequest) -> None:
    show: dict[str, Any] = request.getfixturevalue(which)
    where = generated(show)
    thumbs = {}
    for variation in show["variations"]:
        (frame,) = (p for p in material.frames_in(variation["element"]) if ".1012." in p.name)
        thumbs[variation["id"]] = thumb(frame, where)

    for one, other in combinations(thumbs, 2):
        a, b = thumbs[one], thumbs[other]
        both = np.isfinite(a) & np.isfinite(b)
        fit = np.polyfit(a[both], b[both], 1)
        left = b[both] - np.polyval(fit, a[both])
        assert np.sqrt((left**2).mean()) > ALIKE, (one, other)


def test_the_meadow_is_the_plate_in_every_comp(demo: dict[str, Any]) -> None:
    for variation in demo["variations"]:
        for n, comp in enumerate(material.frames_in(variation["comp"])):
            plate = next(demo["root"].glob(f"material/240x135/{SHOT}.{1011 + n}.exr"))
            matte = next(demo["root"].glob(f"material/240x135/{SHOT}_fg.{1011 + n}.exr"))
            live = next(iter(material.read(matte)[0].values())) == 1
            made, shot = material.read(comp)[0], material.read(plate)[0]
            assert live.mean() > 0.1
            for name in "RGB":
                same = material.bits(made[name]) == material.bits(shot[name])
                assert same[live].all()


def test_the_demo_is_a_show_like_any_other(demo: dict[str, Any]) -> None:
    work = Work(root=demo["root"], outside=demo["root"])
    comp = material.frames_in(demo["comp"])[1]

    said = work.json("audit", str(comp), "--pixel", "120,8")
    work("sheet", SHOT)
    again = work.json("paint", SHOT, "-n", "12")["variations"]

    assert said["owner"] == "Aitzol Berasategi"
    assert said["licence"] == "CC-BY-4.0"
    assert said["file"] in {"aitzgorri.png", "sunset.png"}
    assert [v["digest"] for v in again] == [v["digest"] for v in demo["variations"]]
    assert work.json("audit", demo["delivery"])["whole"] is True


def test_every_layer_of_the_delivery_is_made_again_from_the_references_files(
    demo: dict[str, Any],
) -> None:
    (chosen,) = (v for v in demo["variations"] if v["id"] == demo["chosen"])
    root, delivery = str(demo["root"]), str(Path(demo["record"]).parent)

    said = here("--show", root, "audit", delivery, "--rebuild", "--json")

    assert said.code == 0, said.err
    names = [layer["layer"] for layer in chosen["layers"]]
    assert {"sky", "far"} <= set(names)  # composed of cards
    assert said.json["rebuilt_layers"] == names
