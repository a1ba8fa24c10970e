"""The tour is run as it stands on the page, in a folder with a smaller plate."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import OpenImageIO as oiio
import pytest
from pages import ROOT, blocks
from PIL import Image

pytestmark = pytest.mark.slow

DEMO = ROOT / "examples" / "demo_show"
WIDTH, HEIGHT = 240, 135
FRAMES = range(1001, 1004)


def _smaller_demo(target: Path) -> None:
    """Write the demo show's material at a quarter of its size, three frames of it."""
    source, shot = DEMO / "DEMO_010", target / "DEMO_010"
    for folder in (shot / "plate", shot / "matte", target / "references"):
        folder.mkdir(parents=True)
    for frame in FRAMES:
        plate = oiio.ImageBuf(str(source / f"plate/DEMO_010.{frame}.exr"))
        small = oiio.ImageBufAlgo.resize(plate, roi=oiio.ROI(0, WIDTH, 0, HEIGHT, 0, 1, 0, 3))
        small.specmod().full_width, small.specmod().full_height = WIDTH, HEIGHT
        assert small.write(str(shot / f"plate/DEMO_010.{frame}.exr"), "half"), small.geterror()
        with Image.open(source / f"matte/DEMO_010_fg.{frame}.png") as matte:
            matte.resize((WIDTH, HEIGHT), Image.Resampling.BOX).save(
                shot / f"matte/DEMO_010_fg.{frame}.png"
            )
    for picture in sorted((DEMO / "references").glob("*.png")):
        with Image.open(picture) as opened:
            opened.reduce(4).save(target / "references" / picture.name)
    for drawing in sorted((DEMO / "references").glob("*.svg")):
        shutil.copy(drawing, target / "references" / drawing.name)
    lines = (source / "camera.opentrackio.jsonl").read_text().splitlines(keepends=True)
    (shot / "camera.opentrackio.jsonl").write_text("".join(lines[: len(FRAMES)]))
    shutil.copy(source / "lock.toml", shot / "lock.toml")


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Return what the tour's commands said, and the folder it was made in."""
    clone = tmp_path_factory.mktemp("clone")
    _smaller_demo(clone / "examples" / "demo_show")
    script = "set -e\n" + "".join(blocks(ROOT / "docs" / "tour.md", "sh"))
    env = {k: v for k, v in os.environ.items() if not k.startswith("SEAMLINE_")}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    env["TMPDIR"] = str(clone)
    done = subprocess.run(
        ["bash", "-c", script], cwd=clone, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = (path.parent for path in clone.glob("*/nordwand"))
    return done.stdout + done.stderr, made


def test_a_reader_who_types_the_tour_ends_with_a_signed_delivery(
    tour: tuple[str, Path],
) -> None:
    _, made = tour

    record = json.loads((made / "delivery" / "record.json").read_text())

    assert record["sign_off"]["by"] == "Tour Supervisor"
    assert record["sign_off"]["key_protected"] is True
    assert len(list((made / "delivery" / "comp").glob("*.exr"))) == len(FRAMES)


def test_the_tour_shows_a_refusal_before_anybody_signed(tour: tuple[str, Path]) -> None:
    said, _ = tour

    assert "DEMO_010_env_b01_v001 has no sign-off" in said
    assert "refused with exit code 1" in said


def test_the_tour_paints_nothing_from_a_picture_without_approver(
    tour: tuple[str, Path],
) -> None:
    said, _ = tour

    before, after = said.split("DEMO_010_env_b03_v001", 1)

    assert "sunset.png  sRGB - Texture by" in before
    assert "UNAPPROVED: kept, not used" in before
    assert "key at elevation 2 deg, lock v1 at 50 deg" in after


def test_the_tour_traces_a_sky_pixel_to_its_photographer(tour: tuple[str, Path]) -> None:
    said, _ = tour

    assert "file: aitzgorri.png" in said
    assert "owner: Aitzol Berasategi" in said
    assert "approver: Tour Supervisor" in said
