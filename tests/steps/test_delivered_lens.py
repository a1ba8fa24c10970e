"""The lens leaves with the picture: ST maps, terms, and the element without distortion."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from test_bent_plates import BARREL, DOTS, FRAMES, POSES, RIG, files, openlensio, taken_in

from lenses import Glass, middles, opencv_yaml, seen_through
from seamline.errors import FormatError, RefusedError, TamperError
from seamline.formats.lensfile import read_lens
from seamline.formats.nk_read import parse
from seamline.optics.distortion import distorted, undistorted
from seamline.show.camera import TO_DISTORTED, TO_UNDISTORTED, Distortion, Lens
from seamline.show.frames import frame_path
from seamline.steps import book
from seamline.steps.audit import audit
from seamline.steps.deliver import deliver
from seamline.steps.main_job import painted
from seamline.steps.review import choose, sheet
from seamline.steps.sign import sign
from seamline.steps.taken_lens import LensFiles
from tiny import TinyShow

ELEMENT = "S_010_env_b01_v001"


def signed(show: TinyShow, glass: Glass, lens: LensFiles, *, aspect: float = 1.0) -> str:
    taken_in(show, glass, lens, aspect=aspect)
    entry = painted(show.studio, "S_010", variations=1, seed=1, generator="neutral")
    name: str = entry["variations"][0]["id"]
    show.studio.keyring.create("Ada", None)
    choose(show.studio, "S_010", name, by="Ada")
    sign(show.studio, name, by="Ada", passphrase=None)
    return name


def out(show: TinyShow) -> Path:
    return show.root.parent / "delivery"


def record(show: TinyShow) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out(show) / "record.json").read_text())
    return found


def st_map(path: Path) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Red and green as OpenEXR reads them, and the size of the display window."""
    with OpenEXR.File(str(path), separate_channels=True) as file:
        low, high = file.header()["displayWindow"]
        size = int(high[0] - low[0] + 1), int(high[1] - low[1] + 1)
        red, green = (file.channels()[n].pixels.astype(float) for n in "RG")
    return red, green, size


@pytest.fixture
def bent(tiny_show: TinyShow) -> TinyShow:
    signed(tiny_show, BARREL, files(tiny_show, "OpenCV", BARREL))
    return tiny_show


def test_undistorting_and_distorting_by_the_delivered_maps_is_within_a_hundredth(bent):
    deliver(bent.studio, "S_010", str(out(bent)))

    there = st_map(out(bent) / f"lens/{ELEMENT}_undistort.exr")
    back = st_map(out(bent) / f"lens/{ELEMENT}_redistort.exr")

    # A plate pixel's place in the undistorted picture, and bilinear from there back.
    x = back[0] * there[2][0] - 0.5
    y = (1 - back[1]) * there[2][1] - 0.5
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    s, t = x - column, y - row

    def look_up(plane: np.ndarray) -> np.ndarray:
        upper = plane[row, column] * (1 - s) + plane[row, column + 1] * s
        lower = plane[row + 1, column] * (1 - s) + plane[row + 1, column + 1] * s
        return upper * (1 - t) + lower * t

    rows, columns = np.mgrid[:136, :240]
    assert back[2] == (240, 136)
    assert np.abs(look_up(there[0]) * 240 - 0.5 - columns).max() <= 0.01
    assert np.abs((1 - look_up(there[1])) * 136 - 0.5 - rows).max() <= 0.01


def test_the_undistorted_element_shows_dots_where_a_perfect_lens_would(bent):
    deliver(bent.studio, "S_010", str(out(bent)), overscan=10)

    said = record(bent)["lens"]
    path = out(bent) / frame_path(said["element_undistorted"], FRAMES.last)
    picture = bent.studio.images.read(str(path))
    assert said["undistorted_px"] == [288, 164]  # 24 and 14 px more on each side
    assert picture.display_window == (0, 0, 288, 164)
    # The lens's own axis stays where it meets the sensor; only what bends is gone.
    perfect = Glass((0.0,) * 5, centre_px=BARREL.centre_px)
    expected = seen_through(perfect, RIG, POSES[3], DOTS) + np.array([24, 14])
    found = middles(picture.rgb(), expected)
    lit = picture.channels["G"].astype(float)  # 0 where no plate told the neutral backend
    inside = np.isfinite(found[:, 0])
    for place in np.flatnonzero(inside):
        c, r = (int(v) for v in expected[place])
        inside[place] = lit[r - 7 : r + 8, c - 7 : c + 8].min() > 0.17
    off = np.hypot(*(found - expected)[inside].T)
    assert inside.sum() > 60
    assert np.median(off) < 0.1
    assert off.max() < 0.5


def test_the_record_says_whether_the_overscan_holds_the_plate_s_corners(bent):
    deliver(bent.studio, "S_010", str(out(bent)), overscan=1)
    assert record(bent)["lens"]["covers_plate"] is False

    deliver(bent.studio, "S_010", str(out(bent) / "wide"), overscan=12)
    wide = json.loads((out(bent) / "wide/record.json").read_text())
    assert wide["lens"]["covers_plate"] is True


def terms(show: TinyShow, name: str) -> Distortion:
    content = (out(show) / f"lens/{ELEMENT}_{name}.json").read_bytes()
    return read_lens(content, where=name).entries[0].distortion


def test_the_lens_leaves_as_openlensio_in_both_directions(bent):
    deliver(bent.studio, "S_010", str(out(bent)))

    own, native = terms(bent, "lens"), terms(bent, "lens_turned_round")
    assert (own.way, native.way) == (TO_DISTORTED, TO_UNDISTORTED)
    assert own.radial == pytest.approx(BARREL.coefficients[:2], rel=1e-9)
    assert own.tangential == pytest.approx(BARREL.coefficients[2:4], rel=1e-9)
    x, y = np.meshgrid(np.linspace(-0.3, 0.3, 9), np.linspace(-0.17, 0.17, 7))
    again = undistorted(native, *distorted(own, x, y))
    assert max(np.abs(again[0] - x).max(), np.abs(again[1] - y).max()) * 337 <= 0.15


def test_the_nuke_script_undistorts_the_plate_and_bends_the_element_back(bent):
    deliver(bent.studio, "S_010", str(out(bent)), overscan=10)

    nodes = parse((out(bent) / f"{ELEMENT}.nk").read_bytes())

    maps = {n.knobs["name"]: n for n in nodes if n.kind == "STMap"}
    assert set(maps) == {"plate_undistorted", "element_redistorted"}
    reads = {n.knobs["name"]: n.knobs["file"] for n in nodes if n.kind == "Read"}
    assert reads["lens_redistort"].endswith(f"lens/{ELEMENT}_redistort.exr")
    assert reads["element_undistorted"].endswith(f"{ELEMENT}_undistorted.%04d.exr")


def test_an_undistorted_frame_is_known_for_what_it_is_and_never_for_another(bent):
    deliver(bent.studio, "S_010", str(out(bent)), overscan=5)
    path = out(bent) / frame_path(record(bent)["lens"]["element_undistorted"], 1002)

    said = audit(bent.studio, str(path))

    assert (said["kind"], said["frame"], said["element"]) == (
        "element_undistorted", 1002, ELEMENT,
    )  # fmt: skip
    with pytest.raises(FormatError, match="undistorted"):
        audit(bent.studio, str(path), (3, 3))
    picture = bent.studio.images.read(str(path))
    channels = {n: p.copy() for n, p in picture.channels.items()}
    channels["R"][60, 60] += 1
    bent.studio.images.write(str(path), picture.with_channels(channels))
    with pytest.raises(TamperError):
        audit(bent.studio, str(out(bent)))


def test_the_same_delivery_again_is_the_same_and_another_overscan_is_refused(bent):
    one = deliver(bent.studio, "S_010", str(out(bent)), overscan=5)

    assert deliver(bent.studio, "S_010", str(out(bent)), overscan=5) == one
    with pytest.raises(RefusedError, match="with 5 %"):
        deliver(bent.studio, "S_010", str(out(bent)), overscan=8)
    with pytest.raises(RefusedError, match="expected 0 to"):
        deliver(bent.studio, "S_010", str(out(bent) / "b"), overscan=-1)


def test_a_delivery_killed_before_its_row_is_made_again_lens_and_all(bent, monkeypatch):
    deliver(bent.studio, "S_010", str(out(bent)), overscan=5)
    rows = [r for r in bent.studio.ledger.rows() if r.kind != "delivery"]

    from seamline.steps import deliver as step

    monkeypatch.setattr(step, "_is_entered", lambda studio, standing: False)

    assert deliver(bent.studio, "S_010", str(out(bent)), overscan=5)
    assert len([r for r in bent.studio.ledger.rows() if r.kind != "delivery"]) == len(rows)


def test_a_perfect_lens_leaves_no_maps_unless_overscan_is_asked_for(tiny_show):
    signed(tiny_show, Glass((0.0,) * 5), LensFiles())

    deliver(tiny_show.studio, "S_010", str(out(tiny_show)))
    deliver(tiny_show.studio, "S_010", str(out(tiny_show) / "wide"), overscan=10)

    assert not (out(tiny_show) / "lens").exists()
    assert "lens" not in record(tiny_show)
    assert (out(tiny_show) / "wide/lens").is_dir()


def test_an_anamorphic_shot_is_looked_at_desqueezed_and_delivered_as_it_was(tiny_show):
    glass = Glass(BARREL.coefficients, squeeze=2.0)
    lens = LensFiles(model=openlensio(tiny_show.material, glass))
    name = signed(tiny_show, glass, lens, aspect=2.0)

    _, page = sheet(tiny_show.studio, "S_010")
    deliver(tiny_show.studio, "S_010", str(out(tiny_show)))

    from seamline.steps.review import PAGE_PX, _shown

    shot = book.shot(tiny_show.studio.ledger, "S_010")
    pattern = tiny_show.studio.shelf.comp_pattern(name)
    seen = _shown(tiny_show.studio, shot, pattern, 1002, PAGE_PX)
    assert seen.shape[:2] == (136, 480)
    assert Path(page).exists()
    for folder in ("comp", "element"):
        for path in (out(tiny_show) / folder).glob("*.exr"):
            assert tiny_show.studio.images.read(str(path)).pixel_aspect == 2.0
    root = next(
        n for n in parse((out(tiny_show) / f"{name}.nk").read_bytes()) if n.kind == "Root"
    )
    assert "240 136 0 0 240 136 2 " in root.knobs["format"]


def test_a_lens_of_another_shot_s_calibration_is_not_the_lock_s(tiny_show):
    """A locked-off shot takes the measured focal length instead of the nominal one."""
    (tiny_show.material / "lens.yml").write_text(opencv_yaml(BARREL, RIG))
    model = read_lens((tiny_show.material / "lens.yml").read_bytes(), where="lens.yml")
    nominal = Lens(focal_length_mm=35.5, sensor_width_mm=24.89, sensor_height_mm=14.1)

    assert model.on(nominal).focal_length_mm == 35.5
    assert model.on(nominal, take_focal_length=True).focal_length_mm == pytest.approx(35.0)
