"""What ``patch`` painted is made again from the files of its references, on the shell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import material
import pytest
from shell import Work

SAID = (
    "--kind", "photography", "--owner", "A. Berasategi", "--licence", "CC-BY-4.0",
    "--approved-by", "M. Okafor", "--allow", "paint",
)  # fmt: skip


def made_again(work: Work, variation: dict[str, Any]) -> Any:
    element = material.frames_in(variation["element"])[0]
    return work.json("audit", str(element), "--rebuild")


def test_a_painting_from_the_demo_s_references_is_made_again_from_their_files(
    work: Work, demo_material: Path
) -> None:
    for name, hfov in (("aitzgorri.png", "61.4"), ("sunset.png", "86.6")):
        path = demo_material / "references" / name
        work("reference", "add", str(path), *SAID, "--hfov", hfov)
    shot = work.meadow()

    for variation in work.json("paint", shot, "-n", "2")["variations"]:
        said = made_again(work, variation)
        assert said["rebuilt"] is True
        assert said["rebuilt_layers"] == [la["layer"] for la in variation["layers"]]


def test_a_hole_filled_from_the_plate_and_its_margin_are_made_again(work: Work) -> None:
    work.reference()
    shot = work.meadow()
    work("seam", "set", shot, "--box", "30,16,36,30", "--one-surface")

    (variation,) = work.json("paint", shot, "-n", "1")["variations"]

    assert made_again(work, variation)["rebuilt_layers"] == ["env", "margin"]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["hilly_terrain_01_1k.hdr", "noon_grass_1k.hdr"])
def test_a_painting_from_a_panorama_is_made_again_from_its_file(
    work: Work, shared: Path, name: str
) -> None:
    path = shared / "data" / "hdri" / name
    work("reference", "add", str(path), *SAID)
    shot = work.meadow()

    (variation,) = work.json("paint", shot, "-n", "1")["variations"]

    assert made_again(work, variation)["rebuilt"] is True


def test_a_file_of_nobody_s_is_not_made_again(work: Work) -> None:
    foreign = material.photograph(work.outside / "holiday.png", material.ridge(seed=3))

    said = work("audit", str(foreign), "--rebuild", code=2)

    assert "is not a picture that this show published" in said.sentence
