"""A grade on one layer: in the comp, never in the element; a new version, signed anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from layered import Layered, employing, only, paint, panned, two_references
from nuke import HALF, Nuke, script_of
from seamline.cli.main import main
from seamline.errors import InputError, ShowError, SignOffError
from seamline.formats.cdl import read_cdl
from seamline.pixels.digest import picture_digest
from seamline.show.frames import frame_path
from seamline.show.seam import Box
from seamline.show.variation import grading_digest
from seamline.steps import book
from seamline.steps.deliver import deliver
from seamline.steps.main_job import layer_graded
from seamline.steps.review import choose
from seamline.steps.sign import sign
from tiny import TinyShow
from typed import runner

AS_PAINTED = {"exposure_stops": 0.0, "saturation": 1.0, "opacity": 1.0}


@pytest.fixture
def still(tiny_show: TinyShow) -> tuple[TinyShow, str]:
    """A locked-off frame, all of it generated."""
    employing(tiny_show, Layered())
    two_references(tiny_show)
    tiny_show.static_shot(
        "042", frames=1, dtype=np.float32, box=Box(x=0, y=0, width=64, height=36)
    )
    return tiny_show, str(paint(tiny_show)["id"])


def graded(show: TinyShow, element_id: str, layer: str, **said: float) -> dict[str, Any]:
    document = layer_graded(show.studio, "042", element_id, layer, **{**AS_PAINTED, **said})
    (entry,) = document["variations"]
    return dict(entry)


def frame(show: TinyShow, kind: str, element_id: str, number: int = 1001) -> np.ndarray:
    pattern = getattr(show.studio.shelf, f"{kind}_pattern")(element_id)
    picture = show.studio.images.read(frame_path(pattern, number))
    return np.stack([picture.channels[n] for n in "RGB"], axis=-1).astype(np.float64)


def layers(show: TinyShow) -> list[np.ndarray]:
    found = []
    for facts in only(show).layers:
        picture = show.studio.blobs.picture(facts.digest)
        planes = [picture.channels[n].astype(np.float64) for n in "RGBA"]
        found.append(np.stack(planes, axis=-1))
    return found


def over(stack: list[np.ndarray]) -> np.ndarray:
    flat = np.zeros_like(stack[0])
    for front in stack:
        flat = front + (1 - front[..., 3:]) * flat
    return flat[..., :3]


def test_a_stop_on_the_range_doubles_its_light_and_leaves_the_sky(
    still: tuple[TinyShow, str],
) -> None:
    show, first = still

    entry = graded(show, first, "far", exposure_stops=1.0)

    sky, far, mist = layers(show)
    brighter = far * [2, 2, 2, 1]
    comp = frame(show, "comp", entry["id"])
    np.testing.assert_allclose(comp, over([sky, brighter, mist]), rtol=2e-5)
    np.testing.assert_array_equal(comp[:10], frame(show, "comp", first)[:10])


def test_without_saturation_a_layer_is_grey(still: tuple[TinyShow, str]) -> None:
    show, first = still

    entry = graded(show, first, "sky", saturation=0.0)

    comp = frame(show, "comp", entry["id"])[:10]
    assert np.ptp(comp, axis=-1).max() < 1e-5
    assert np.ptp(frame(show, "comp", first)[:10], axis=-1).max() > 0.1


def test_half_a_mist_is_half_as_thick(still: tuple[TinyShow, str]) -> None:
    show, first = still

    entry = graded(show, first, "mist", opacity=0.5)

    sky, far, mist = layers(show)
    np.testing.assert_allclose(
        frame(show, "comp", entry["id"]), over([sky, far, mist / 2]), rtol=2e-6
    )


def test_the_element_and_the_layers_stay_as_they_were_painted(
    still: tuple[TinyShow, str],
) -> None:
    show, first = still

    entry = graded(show, first, "far", exposure_stops=1.0, saturation=0.5)

    before, after = (book.version(show.studio.ledger, i) for i in (first, entry["id"]))
    assert after.element_digest == before.element_digest
    assert after.comp_digest != before.comp_digest
    assert after.cdl == before.cdl
    assert after.cdl_digest != before.cdl_digest
    assert entry["id"] == "042_env_b01_v002"
    assert "layer far: +1 stops, saturation 0.5" in entry["says"]


def test_a_grade_on_a_moving_shot_goes_through_the_shutter_with_its_layer(
    tiny_show: TinyShow,
) -> None:
    employing(tiny_show, Layered())
    two_references(tiny_show)
    panned(tiny_show, shutter_deg=180.0)
    first = str(paint(tiny_show)["id"])

    entry = graded(tiny_show, first, "far", exposure_stops=2.0)

    # Live pixels are the plate's still; above them only the range's soft edge is brighter.
    comp, before = (frame(tiny_show, "comp", i) for i in (entry["id"], first))
    np.testing.assert_array_equal(comp[18:], before[18:])
    element = frame(tiny_show, "element", entry["id"])
    np.testing.assert_array_equal(element, frame(tiny_show, "element", first))
    ratio = comp[:18] / before[:18]
    assert 1.5 < ratio.max() < 4
    assert ratio.min() > 0.9  # beside a brighter edge the cubic filter undershoots
    np.testing.assert_allclose(ratio[:3], 1, rtol=1e-3)


# -- versions and signatures ---------------------------------------------------------------


def test_the_same_grade_again_is_the_same_version(still: tuple[TinyShow, str]) -> None:
    show, first = still
    once = graded(show, first, "far", exposure_stops=1.0)
    rows = show.studio.ledger.verify()

    again = graded(show, first, "far", exposure_stops=1.0)

    assert again["id"] == once["id"]
    assert show.studio.ledger.verify() == rows


def test_a_grade_taken_away_gives_the_first_version_back(still: tuple[TinyShow, str]) -> None:
    show, first = still
    graded(show, first, "far", exposure_stops=1.0)

    assert graded(show, first, "far")["id"] == first


def test_a_grade_that_changes_nothing_makes_no_version(still: tuple[TinyShow, str]) -> None:
    show, first = still
    rows = show.studio.ledger.verify()

    assert graded(show, first, "far")["id"] == first
    assert show.studio.ledger.verify() == rows


def test_grades_of_two_layers_hold_together_and_the_last_of_each_counts(
    still: tuple[TinyShow, str],
) -> None:
    show, first = still
    graded(show, first, "far", exposure_stops=1.0)
    graded(show, first, "sky", exposure_stops=-1.0)
    entry = graded(show, first, "far", exposure_stops=0.5)

    held = book.version(show.studio.ledger, entry["id"]).grades

    assert [(g.layer, g.cdl.description) for g in held] == [
        ("sky", "-1 stops"), ("far", "+0.5 stops"),
    ]  # fmt: skip
    assert paint(show)["id"] == entry["id"]  # painting again keeps what was graded


def test_a_graded_version_is_unsigned_and_a_sign_off_binds_the_grade(
    still: tuple[TinyShow, str],
) -> None:
    show, first = still
    show.studio.keyring.create("Ada", None)
    sign(show.studio, first, by="Ada", passphrase=None)
    entry = graded(show, first, "far", exposure_stops=1.0)
    choose(show.studio, "042", entry["id"], by="Ada")

    with pytest.raises(SignOffError, match="v002 has no sign-off"):
        deliver(show.studio, "042", str(show.root.parent / "out"))

    signed = sign(show.studio, entry["id"], by="Ada", passphrase=None)
    version = book.version(show.studio.ledger, entry["id"])
    assert signed.cdl_digest == version.cdl_digest


def test_nobody_s_ungraded_shot_is_touched(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042")
    entry = paint(tiny_show, generator="neutral")
    version = book.version(tiny_show.studio.ledger, entry["id"])

    assert version.grades == ()
    assert version.cdl_digest == grading_digest(version.cdl, (), version.match)
    # The digest of the CDL alone, as it was before there was more to a match.
    assert grading_digest(version.cdl, ()) == book.noun_digest(version.cdl)


# -- refusals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "said", "words"),
    [
        ("far", {"exposure_stops": float("nan")}, "exposure is nan"),
        ("far", {"exposure_stops": 1000.0}, "exposure is 1000, expected -20 to 20"),
        ("far", {"saturation": -0.1}, "saturation is -0.1, expected 0 to 4"),
        ("far", {"opacity": 0.0}, "opacity is 0, expected above 0"),
        ("far", {"opacity": 1.1}, "opacity is 1.1"),
        ("sky", {"opacity": 0.5}, "nothing stands behind layer sky"),
    ],
)
def test_numbers_that_make_no_sense_grade_nothing(
    still: tuple[TinyShow, str], layer: str, said: dict[str, float], words: str
) -> None:
    show, first = still

    with pytest.raises(InputError, match=words):
        graded(show, first, layer, **said)

    assert not list(show.studio.ledger.rows("layer grade"))


def test_a_layer_that_is_not_seen_is_not_graded(still: tuple[TinyShow, str]) -> None:
    show, first = still
    show.static_shot("050")

    with pytest.raises(ShowError, match="no layer 'margin' that is seen; it has sky, far"):
        graded(show, first, "margin", exposure_stops=1.0)
    with pytest.raises(ShowError, match="belongs to 042, not to 050"):
        layer_graded(show.studio, "050", first, "far", **AS_PAINTED)


# -- delivered -----------------------------------------------------------------------------


def test_a_grade_is_delivered_beside_its_clean_layer_and_nuke_builds_the_comp(
    still: tuple[TinyShow, str],
) -> None:
    show, first = still
    graded(show, first, "far", exposure_stops=1.0, saturation=0.5)
    entry = graded(show, first, "mist", opacity=0.5, exposure_stops=-0.5)
    show.studio.keyring.create("Ada", None)
    choose(show.studio, "042", entry["id"], by="Ada")
    sign(show.studio, entry["id"], by="Ada", passphrase=None)
    folder = show.root.parent / "out"
    deliver(show.studio, "042", str(folder))

    version = book.version(show.studio.ledger, entry["id"])
    for grade in version.grades:
        path = folder / "layers" / grade.layer / f"{entry['id']}_{grade.layer}.cc"
        assert read_cdl(path.read_bytes()) == grade.cdl
    record = json.loads((folder / "record.json").read_text())
    said = {la["layer"]: la["grade"] for la in record["layers"]}
    assert said["sky"] is None
    assert said["mist"]["opacity"] == 0.5
    far = folder / "layers" / "far" / f"{entry['id']}_far.1001.exr"
    clean = show.studio.images.read(str(far))
    np.testing.assert_array_equal(clean.channels["R"], layers(show)[1][..., 0])
    nodes = script_of(folder, entry)
    assert next(n.name for n in nodes["Viewer1"].inputs if n) == "layers_over_plate"
    nuke = Nuke(show, folder, 1001)
    built, comp = (nuke.picture(nodes[n]) for n in ("layers_over_plate", "delivered_comp"))
    np.testing.assert_allclose(built[..., :3], comp[..., :3], rtol=HALF / 4, atol=1e-5)


def test_an_element_in_one_layer_can_be_graded_and_delivered_too(tiny_show: TinyShow) -> None:
    tiny_show.static_shot("042")
    first = str(paint(tiny_show, generator="neutral")["id"])
    entry = graded(tiny_show, first, "env", exposure_stops=1.0)
    tiny_show.studio.keyring.create("Ada", None)
    choose(tiny_show.studio, "042", entry["id"], by="Ada")
    sign(tiny_show.studio, entry["id"], by="Ada", passphrase=None)
    folder = tiny_show.root.parent / "out"
    deliver(tiny_show.studio, "042", str(folder))

    nodes = script_of(folder, entry)
    nuke = Nuke(tiny_show, folder, 1002)
    built, comp = (nuke.picture(nodes[n]) for n in ("layers_over_plate", "delivered_comp"))
    np.testing.assert_allclose(built[..., :3], comp[..., :3], rtol=2 * HALF, atol=1e-5)
    layer = Path(folder / "layers" / "env" / f"{entry['id']}_env.1001.exr")
    element = Path(folder / "element" / f"{entry['id']}.1001.exr")
    read = tiny_show.studio.images.read
    assert picture_digest(read(str(layer))) == picture_digest(read(str(element)))


def test_the_shell_grades_a_layer_and_says_so(still: tuple[TinyShow, str]) -> None:
    show, first = still
    words = ["--show", str(show.root), "layer", "042", first, "far", "--exposure", "-0.25"]

    said = runner().invoke(main, words)

    assert said.exit_code == 0, said.stderr
    assert "042_env_b01_v002" in said.stdout
    assert "layer far: -0.25 stops" in said.stdout
