"""The whole path in the shell, from an empty folder to a delivery and back to its sources."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import material
import numpy as np
import pytest
from shell import Work, begin, here, process

SHOT = "042_0800"
BY = "M. Okafor"
OWNER = "A. Berasategi"
AP1_Y = (0.272229, 0.674082, 0.053689)  # luminance of ACEScg, AMPAS S-2014-004


# -- every command, with --json ---------------------------------------------


def test_every_command_answers_with_one_json_document(tmp_path: Path) -> None:
    root, outside = tmp_path / "show", tmp_path / "outside"
    outside.mkdir()
    here("show", "create", str(root), "--name", "Nordwand")
    work = Work(root=root, outside=outside)
    frames = [material.meadow(96, 64, turn=n).astype(np.float16) for n in range(2)]
    plate = work.plate(SHOT, frames, primaries=material.AP1).replace("%04d", "####")
    matte = work.matte(SHOT, [material.matte_plane(96, 64)] * 2)
    lock = outside / "lock.toml"
    lock.write_text(material.LOCK)
    photo = material.photograph(outside / "ridge.png", material.ridge())
    said = ("--owner", OWNER, "--licence", "CC-BY-4.0", "--approved-by", BY, "--allow", "paint")
    element = f"{SHOT}_env_b01_v001"
    delivery = str(tmp_path / "delivery")

    answers: dict[str, Any] = {
        " ".join(words[:2]): work.json(*words)
        for words in (
            ("show", "create", str(root), "--name", "Nordwand"),
            ("reference", "add", str(photo), "--kind", "photography", *said),
            ("shot", "add", SHOT, "--plate", plate, "--static", "--frames", "1001-1002"),
            ("seam", "set", SHOT, "--matte", matte),
            ("lock", "set", SHOT, str(lock)),
            ("canvas", SHOT),
            ("paint", SHOT, "--variations", "2", "--seed", "1", "--generator", "patch"),
            ("sheet", SHOT),
            ("key", "create", "--name", BY, "--unprotected"),
            ("choose", SHOT, element, "--by", BY),
            ("qc", SHOT, element),
            ("sign", element, "--by", BY),
            ("deliver", SHOT, delivery),
            ("audit", delivery),
            ("show", "prune"),
            ("doctor",),
        )
    }

    painted = answers[f"paint {SHOT}"]
    assert painted["shot"] == SHOT
    for variation in painted["variations"]:
        wanted = {"id", "digest", "element", "comp", "canvas", "lineage", "seconds"}
        assert wanted <= variation.keys()
        assert Path(variation["canvas"]).is_file()
        assert Path(variation["lineage"]).is_file()
    assert len(material.frames_in(painted["variations"][0]["element"])) == 2
    assert {"directory", "record", "files"} <= answers[f"deliver {SHOT}"].keys()
    assert Path(answers[f"deliver {SHOT}"]["record"]).is_file()
    assert all({"path", "sha256"} <= f.keys() for f in answers[f"deliver {SHOT}"]["files"])
    assert Path(answers[f"sheet {SHOT}"]["contact"]).read_bytes().startswith(b"\x89PNG")
    page = Path(answers[f"sheet {SHOT}"]["review"]).read_text()
    assert element in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert answers["show prune"]["kept"] == [element]


def test_said_in_words_it_is_the_same_and_progress_stays_on_stderr(work: Work) -> None:
    work.meadow(SHOT)

    words = work("paint", SHOT, "-n", "1", "-g", "neutral")
    document = work("paint", SHOT, "-n", "1", "-g", "neutral", "--json")

    assert f"{SHOT}_env_b01_v001" in words.out
    assert "painting" not in words.out
    assert "painting" in words.err
    assert len(document.out.splitlines()) == 1


# -- which show -------------------------------------------------------------


def test_the_show_is_the_flag_the_variable_or_the_nearest_folder(
    work: Work, tmp_path: Path
) -> None:
    other = begin(tmp_path / "other")
    inside = work.root / "shots" / "deep"
    inside.mkdir(parents=True)
    variable = {"SEAMLINE_SHOW": str(other.root)}

    nearest = process("doctor", "--json", cwd=inside)
    by_variable = here("doctor", "--json", env=variable)
    by_flag = here("doctor", "--json", "--show", str(work.root), env=variable)
    by_first_flag = here("--show", str(work.root), "doctor", "--json", env=variable)

    for said in (nearest, by_flag, by_first_flag):
        assert said.json["show"] == str(work.root)
    assert by_variable.json["show"] == str(other.root)


def test_without_a_show_the_doctor_still_looks_at_the_machine(tmp_path: Path) -> None:
    said = process("doctor", "--json", cwd=tmp_path)

    assert said.code == 0
    assert said.json["show"] is None
    assert said.json["made"]["opencolorio"]


# -- kinds of shots ---------------------------------------------------------


def test_a_concept_frame_needs_only_a_lock(work: Work) -> None:
    toml = work.root / "show.toml"
    toml.write_text(
        toml.read_text().replace("width = 1920", "width = 160").replace("1080", "90")
    )
    lock = work.outside / "lock.toml"
    lock.write_text(material.LOCK)
    work("shot", "add", SHOT)
    work("lock", "set", SHOT, str(lock))
    work.reference()

    painted = work.json("paint", SHOT, "-n", "2")["variations"]

    for variation in painted:
        (comp,) = material.frames_in(variation["comp"])
        planes, header = material.read(comp)
        assert material.windows(header) == ((0, 0, 160, 90), (0, 0, 160, 90))
        assert all(np.isfinite(planes[name]).all() for name in "RGB")
        assert float(planes["G"].astype(np.float32).std()) > 0.01
    work("choose", SHOT, painted[0]["id"], "--by", work.person())
    work("sign", painted[0]["id"], "--by", BY)
    assert work.json("deliver", SHOT, str(work.root.parent / "delivery"))["files"]


def test_a_shot_without_a_lock_is_painted_and_says_what_could_not_be_checked(
    work: Work,
) -> None:
    frames = [material.meadow(96, 64).astype(np.float16)]
    plate = work.plate(SHOT, frames, primaries=material.AP1)
    work("shot", "add", SHOT, "--plate", plate, "--static")
    work("seam", "set", SHOT, "--box", "0,0,96,30")
    work.reference()

    painted = work.json("paint", SHOT, "-n", "1")["variations"][0]

    unchecked = {f["check"] for f in painted["findings"] if f["verdict"] == "not checked"}
    assert {"lens", "height", "light"} <= unchecked
    assert any("no lock" in line for line in painted["says"])


def test_the_nearest_of_many_spellings_of_a_sequence(work: Work) -> None:
    frames = [material.meadow(48, 32).astype(np.float16)] * 2
    pattern = Path(work.plate(SHOT, frames, primaries=material.AP1))
    for n, spelling in enumerate(("%04d", "####", "%d")):
        plate = str(pattern).replace("%04d", spelling)
        added = work.json("shot", "add", f"{SHOT}_{n}", "--plate", plate, "--static")
        assert added["frames"] == "1001-1002"
    relative = here(
        "--show", str(work.root), "shot", "add", f"{SHOT}_r", "--static",
        "--plate", os.path.relpath(pattern), "--json",
    )  # fmt: skip
    assert relative.json["plate"] == str(pattern)


def test_a_matte_in_16_bit_png_does_what_the_same_in_exr_does(work: Work) -> None:
    soft = material.matte_plane(96, 64)
    frames = [material.meadow(96, 64).astype(np.float16)]
    plate = work.plate(SHOT, frames, primaries=material.AP1)
    coded = np.round(soft * 65535).astype(np.uint16)
    png = material.write(work.outside / "fg.1001.png", {"Y": coded})
    exr = material.write(
        work.outside / "fg.1001.exr", {"A": coded.astype(np.float32) / np.float32(65535)}
    )
    digests = []
    for n, path in enumerate((png, exr)):
        work("shot", "add", f"{SHOT}_{n}", "--plate", plate, "--static")
        matte = str(path).replace("1001", "%04d")
        work("seam", "set", f"{SHOT}_{n}", "--matte", matte)
        painted = work.json("paint", f"{SHOT}_{n}", "-n", "1", "-g", "neutral")
        digests.append(painted["variations"][0]["comp_digest"])

    assert digests[0] == digests[1]


# -- back to the sources ----------------------------------------------------


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Work, dict[str, Any]]:
    """A panning shot, painted from two photographs of different owners, and delivered."""
    work = begin(tmp_path_factory.mktemp("delivered"))
    frames = [material.meadow(128, 72, turn=n).astype(np.float16) for n in range(2)]
    plate = work.plate(SHOT, frames, primaries=material.AP1)
    camera = material.track(work.outside / "track.jsonl", range(2))
    work("shot", "add", SHOT, "--plate", plate, "--track", str(camera))
    work("seam", "set", SHOT, "--matte", work.matte(SHOT, [material.matte_plane(128, 72)] * 2))
    work.reference("ridge.png")
    painted = work.json("paint", SHOT, "-n", "1")["variations"][0]
    work("choose", SHOT, painted["id"], "--by", work.person())
    work("sign", painted["id"], "--by", BY)
    painted["delivery"] = work.json("deliver", SHOT, str(work.root.parent / "out"))["directory"]
    return work, painted


def test_a_generated_pixel_names_picture_place_and_people(
    delivered: tuple[Work, dict[str, Any]],
) -> None:
    work, painted = delivered
    for comp in (
        material.frames_in(painted["comp"])[1],
        next(Path(painted["delivery"]).rglob("*_comp.1002.exr")),
    ):
        said = work.json("audit", str(comp), "--pixel", "60,10")

        assert said["file"] == "ridge.png"
        assert (said["owner"], said["licence"], said["approver"]) == (OWNER, "CC-BY-4.0", BY)
        assert said["signed_by"] == [BY]
        assert (said["kind"], said["frame"], said["origin"]) == ("comp", 1002, "reference")
        assert 0 <= said["x"] < 512
        assert 0 <= said["y"] < 320
        assert abs(sum(source["share"] for source in said["sources"]) - 1) < 1e-6


def test_a_live_pixel_names_the_plate(delivered: tuple[Work, dict[str, Any]]) -> None:
    work, painted = delivered
    comp = material.frames_in(painted["comp"])[0]

    said = work.json("audit", str(comp), "--pixel", "60,70")

    assert said["origin"] == "plate"
    assert SHOT in said["file"]
    assert (said["x"], said["y"]) == (60, 70)
    assert "owner" not in said or not said["owner"]


def test_the_place_named_is_where_the_colour_came_from(
    delivered: tuple[Work, dict[str, Any]],
) -> None:
    work, painted = delivered
    photo = material.ridge().astype(np.float64) / 255
    element, _ = material.read(material.frames_in(painted["element"])[0])
    rng, apart = np.random.default_rng(4), []
    for x, y in zip(rng.integers(2, 126, 24), rng.integers(2, 24, 24), strict=True):
        said = work.json(
            "audit", str(material.frames_in(painted["element"])[0]), "--pixel", f"{x},{y}"
        )
        row, column = round(said["y"]), round(said["x"])
        named = photo[max(0, row - 2) : row + 3, max(0, column - 2) : column + 3]
        light = ((named + 0.055) / 1.055) ** 2.4  # IEC 61966-2-1, above the toe
        luminance = light.mean(axis=(0, 1)) @ (0.2126, 0.7152, 0.0722)
        made = sum(float(element[n][y, x]) * w for n, w in zip("RGB", AP1_Y, strict=True))
        apart.append(np.log2(made / luminance))

    # Sky and rock lie two stops apart in the photograph; the painting may shade by less.
    assert np.median(np.abs(apart)) < 0.5


def test_a_pixel_outside_the_picture_is_refused(
    delivered: tuple[Work, dict[str, Any]],
) -> None:
    work, painted = delivered
    comp = material.frames_in(painted["comp"])[0]

    for spot in ("128,0", "0,72", "-1,0", "4", "a,b"):
        assert work("audit", str(comp), f"--pixel={spot}", code=2).sentence


def test_the_record_leads_to_everybody(delivered: tuple[Work, dict[str, Any]]) -> None:
    _, painted = delivered
    record = json.loads((Path(painted["delivery"]) / "record.json").read_text())

    (source,) = record["references"]
    assert (source["owner"], source["licence"], source["approved_by"]) == (
        OWNER,
        "CC-BY-4.0",
        BY,
    )
    assert record["sign_off"]["element_digest"] == painted["digest"]
    assert record["sign_off"]["comp_digest"] == painted["comp_digest"]
    assert record["ask"]["seed"] == 1
    assert record["made"]["opencolorio"]
