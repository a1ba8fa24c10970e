"""A shot's CDL and the show's look are how it is looked at, and in no pixel that is kept."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import PyOpenColorIO as OCIO
import pytest
from PIL import Image as Pillow

from seamline import wiring
from seamline.errors import ColourError, FormatError
from seamline.formats.cdl import cdl_collection, cdl_file
from seamline.show.cdl import CDL
from seamline.show.shot import Shot
from seamline.steps import book
from seamline.steps.ingest import add_shot
from seamline.steps.main_job import painted
from seamline.steps.review import choose, sheet, viewed
from seamline.steps.sign import sign
from seamline.steps.viewing import shot_grade, view_words
from tiny import TinyShow

WARM = CDL(id="S_010", slope=(1.3, 1.0, 0.7), offset=(0.02, 0.0, -0.03), power=(1.0, 1.1, 1.0))
FOREIGN = b"""<?xml version="1.0"?>
<ColorDecisionList xmlns="urn:ASC:CDL:v1.01"><ColorDecision><ColorCorrection id="S_010">
<SOPNode><Slope>1.3 1 .7</Slope><Offset>0 0 0</Offset><Power>1 1 1</Power></SOPNode>
<SATNode><Saturation>0.9</Saturation></SATNode></ColorCorrection></ColorDecision>
</ColorDecisionList>
"""


def cdl_of(show: TinyShow, content: bytes, name: str = "shot.cc") -> str:
    path = show.material / name
    path.write_bytes(content)
    return str(path)


def graded(show: TinyShow, cdl: CDL) -> Shot:
    """The same shot, taken in again with a CDL."""
    shot = book.shot(show.studio.ledger, "S_010")
    assert shot.plate is not None
    return add_shot(
        show.studio,
        "S_010",
        plate=shot.plate.pattern,
        static=True,
        frames=shot.frames,
        grade=cdl,
    )


def ocio_view(show: TinyShow, rgb: np.ndarray, cdl: CDL, look: str = "") -> np.ndarray:
    """(3,) what OpenColorIO by itself makes of a working-space colour."""
    config = OCIO.Config.CreateFromFile(str(show.root / "config.ocio"))
    grade = OCIO.CDLTransform(
        list(cdl.slope), list(cdl.offset), list(cdl.power), cdl.saturation
    )
    grade.setStyle(OCIO.CDL_NO_CLAMP)
    steps = [
        OCIO.ColorSpaceTransform(src="ACEScg", dst=cdl.working_space), grade,
        OCIO.ColorSpaceTransform(src=cdl.working_space, dst="ACEScg"),
        *([OCIO.LookTransform(src="ACEScg", dst="ACEScg", looks=look)] if look else []),
        OCIO.DisplayViewTransform(
            src="ACEScg", display="sRGB - Display", view="ACES 1.0 - SDR Video"
        ),
    ]  # fmt: skip
    processor = config.getProcessor(OCIO.GroupTransform(steps)).getDefaultCPUProcessor()
    return np.array(processor.applyRGB([float(v) for v in rgb]))


def test_a_picture_is_seen_as_opencolorio_sees_it(tiny_show: TinyShow) -> None:
    colours = np.array([[0.18, 0.18, 0.18], [0.6, 0.1, 0.05], [0.02, 0.3, 0.9]], np.float32)
    flat = np.repeat(colours[None], 4, axis=0)

    shown = viewed(tiny_show.studio, flat, 480, WARM)

    for column, colour in enumerate(colours):
        expected = np.clip(ocio_view(tiny_show, colour, WARM), 0, 1)
        np.testing.assert_allclose(shown[2, column], expected, atol=2e-4)


def test_the_show_s_look_comes_after_the_shot_s_cdl(tiny_show: TinyShow) -> None:
    look = "ACES 1.3 Reference Gamut Compression"
    file = tiny_show.root / "show.toml"
    file.write_text(file.read_text().replace('# look = "NAME"', f'look = "{look}"'))
    studio = wiring.open_studio(str(tiny_show.root), threads=1, quiet=True)
    blue = np.array([-0.3, 0.1, 2.0], np.float32)

    shown = viewed(studio, np.tile(blue, (2, 2, 1)), 480, WARM)

    expected = np.clip(ocio_view(tiny_show, blue, WARM, look), 0, 1)
    np.testing.assert_allclose(shown[0, 0], expected, atol=2e-4)
    assert np.abs(expected - np.clip(ocio_view(tiny_show, blue, WARM), 0, 1)).max() > 0.01
    assert studio.colour.view_name.endswith(f", look {look}")

    file.write_text(file.read_text().replace(look, "Bleach"))
    with pytest.raises(ColourError, match="no look 'Bleach'"):
        wiring.open_studio(str(tiny_show.root), threads=1, quiet=True)


def test_a_grade_changes_the_sheet_and_nothing_that_is_kept(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    words = {"variations": 1, "seed": 1, "generator": "neutral"}
    painted(tiny_show.studio, "S_010", **words)  # type: ignore[arg-type]
    before = book.versions(tiny_show.studio.ledger, "S_010")
    contact, _ = sheet(tiny_show.studio, "S_010")
    plain = np.asarray(Pillow.open(contact), np.float64)
    canvas = book.canvas(tiny_show.studio.ledger, "S_010")

    graded(tiny_show, WARM)
    painted(tiny_show.studio, "S_010", **words)  # type: ignore[arg-type]
    contact, review = sheet(tiny_show.studio, "S_010")
    warm = np.asarray(Pillow.open(io.BytesIO(Path(contact).read_bytes())), np.float64)

    assert book.versions(tiny_show.studio.ledger, "S_010") == before
    assert book.canvas(tiny_show.studio.ledger, "S_010") == canvas
    middle = (slice(120, 200), slice(60, 400))
    assert (warm[middle] - plain[middle])[..., 0].mean() > 5
    assert (warm[middle] - plain[middle])[..., 2].mean() < -5
    assert "CDL S_010 (" in Path(review).read_text()


def test_a_sign_off_says_which_cdl_it_was_seen_with(tiny_show: TinyShow) -> None:
    tiny_show.static_shot()
    painted(tiny_show.studio, "S_010", variations=1, seed=1, generator="neutral")
    shot = graded(tiny_show, WARM)
    tiny_show.studio.keyring.create("Ada", None)
    choose(tiny_show.studio, "S_010", "S_010_env_b01_v001", by="Ada")

    signed = sign(tiny_show.studio, "S_010_env_b01_v001", by="Ada", passphrase=None)

    assert signed.view == view_words(tiny_show.studio, shot)
    assert ", CDL S_010 (" in signed.view


def test_a_shot_without_a_grade_keeps_its_record(tiny_show: TinyShow) -> None:
    shot = tiny_show.static_shot()
    (row,) = tiny_show.studio.ledger.rows("shot")

    assert "grade" not in row.body
    assert graded(tiny_show, WARM) == replace(shot, version=2, grade=WARM)
    assert book.shot(tiny_show.studio.ledger, "S_010").grade == WARM


# -- whose CDL, in which space ---------------------------------------------------------


def test_the_file_s_own_space_is_taken_by_the_config_s_name(tiny_show: TinyShow) -> None:
    path = cdl_of(tiny_show, cdl_file(replace(WARM, working_space="acescct")))

    assert shot_grade(tiny_show.studio, "S_010", path).working_space == "ACEScct"


def test_of_several_corrections_the_shot_s_own_is_taken(tiny_show: TinyShow) -> None:
    other = replace(WARM, id="S_020", slope=(2.0, 2.0, 2.0))
    path = cdl_of(tiny_show, cdl_collection([other, WARM]), "all.ccc")

    assert shot_grade(tiny_show.studio, "S_010", path).slope == WARM.slope
    with pytest.raises(FormatError, match=r"2 corrections \(S_020, S_010\).*the id S_030"):
        shot_grade(tiny_show.studio, "S_030", path)


def test_a_cdl_without_a_space_is_refused_until_it_is_said(tiny_show: TinyShow) -> None:
    path = cdl_of(tiny_show, FOREIGN, "foreign.cdl")

    with pytest.raises(FormatError, match="names no colour space") as refused:
        shot_grade(tiny_show.studio, "S_010", path)
    assert "InputDescription" in refused.value.remedy

    found = shot_grade(tiny_show.studio, "S_010", path, space="ACEScct")
    assert found.working_space == "ACEScct"
    assert (found.slope, found.saturation) == ((1.3, 1.0, 0.7), 0.9)


def test_a_flag_that_contradicts_the_file_is_refused(tiny_show: TinyShow) -> None:
    path = cdl_of(tiny_show, cdl_file(WARM))

    with pytest.raises(FormatError, match="applied in ACEScct, and --grade-space ACEScg"):
        shot_grade(tiny_show.studio, "S_010", path, space="ACEScg")


def test_words_that_are_no_space_ask_for_the_flag(tiny_show: TinyShow) -> None:
    said = replace(WARM, working_space="the DIT's monitor")
    path = cdl_of(tiny_show, cdl_file(said))

    with pytest.raises(ColourError, match="the DIT's monitor") as refused:
        shot_grade(tiny_show.studio, "S_010", path)
    assert "--grade-space" in refused.value.remedy
    assert shot_grade(tiny_show.studio, "S_010", path, space="ACEScct").slope == WARM.slope
