"""Lens files: OpenLensIO and OpenCV's calibrations, in and out."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from lenses import Glass, opencv_yaml
from seamline.errors import TrackError
from seamline.formats.lensfile import read_lens
from seamline.formats.openlensio import write
from seamline.optics.distortion import distorted
from seamline.show.camera import TO_DISTORTED, TO_UNDISTORTED, Distortion, Lens
from synth import Rig

RIG = Rig(1920, 1080, 24.0, 24.89)
LENS = Lens(focal_length_mm=24.0, sensor_width_mm=24.89, sensor_height_mm=14.0)
EIGHT = (0.10, -0.20, 1e-3, 5e-4, 0.05, 0.15, -0.10, 0.02)


def sample(model: str | None, *, protocol: bool = True, focal: float = 24.0, **more) -> bytes:
    entry = {"radial": [1e-4, 2e-5], "tangential": [1e-5, 2e-5]}
    if model is not None:
        entry["model"] = model
    body = {"lens": {"pinholeFocalLength": focal, "distortion": [entry], **more}}
    if protocol:
        body["protocol"] = {"name": "OpenTrackIO", "version": [1, 0, 1]}
    return json.dumps(body).encode()


def read(content: bytes | str):
    return read_lens(
        content if isinstance(content, bytes) else content.encode(), where="a.lens"
    )


def test_a_calibration_by_opencvs_own_storage_shows_what_opencv_shows(tmp_path: Path):
    path = str(tmp_path / "lens.yml")
    glass = Glass(EIGHT, centre_px=(12.0, -7.0))
    storage = cv2.FileStorage(path, cv2.FILE_STORAGE_WRITE)
    storage.write("image_width", 1920)
    storage.write("image_height", 1080)
    storage.write("camera_matrix", glass.matrix(RIG))
    storage.write("distortion_coefficients", np.array(EIGHT))
    storage.release()

    lens = read(Path(path).read_bytes()).on(LENS)

    points = np.random.default_rng(2).uniform(-1, 1, (500, 3)) * (0.5, 0.28, 0) + (0, 0, 1)
    theirs, _ = cv2.projectPoints(
        points, np.zeros(3), np.zeros(3), glass.matrix(RIG), np.array(EIGHT)
    )
    assert lens.distortion is not None
    x, y = distorted(lens.distortion, points[:, 0], points[:, 1])
    across = x * RIG.focal_px + 960 + lens.centre_x_mm / 24.89 * 1920
    down = y * RIG.focal_px + 540 + lens.centre_y_mm / 14.0 * 1080
    ours = np.stack([across, down], axis=1) - 0.5
    assert np.abs(ours - theirs[:, 0]).max() < 1e-6


@pytest.mark.parametrize("kind", ["yaml", "json", "toml", "ros"])
def test_a_calibration_says_the_same_in_every_notation(kind):
    matrix = [[1851.0, 0.0, 971.5], [0.0, 1851.0, 532.5], [0.0, 0.0, 1.0]]
    terms = [-0.1, 0.02, 1e-3, -5e-4, 0.003]
    flat = ", ".join(str(v) for row in matrix for v in row)
    said = {
        "yaml": "%YAML:1.0\n---\nimage_width: 1920\nimage_height: 1080\n"
        f"camera_matrix: !!opencv-matrix\n   rows: 3\n   cols: 3\n   data: [ {flat} ]\n"
        f"distortion_coefficients: !!opencv-matrix\n   rows: 1\n   cols: 5\n   dt: d\n"
        f"   data: [ {', '.join(str(v) for v in terms)} ]\n",
        "json": json.dumps(
            {"image_size": [1920, 1080], "camera_matrix": matrix, "dist_coeffs": terms}
        ),
        "toml": f"image_size = [1920, 1080]\ncamera_matrix = {matrix}\ndist_coeffs = {terms}\n",
        "ros": "image_width: 1920\nimage_height: 1080\ncamera_name: main\ncamera_matrix:\n"
        f"  rows: 3\n  cols: 3\n  data: [{flat}]\ndistortion_model: plumb_bob\n"
        f"distortion_coefficients:\n  rows: 1\n  cols: 5\n  data: {terms}\n",
    }[kind]

    (entry,) = read(said).entries

    assert entry.distortion == Distortion(
        way=TO_DISTORTED, radial=(-0.1, 0.02, 0.003), tangential=(1e-3, -5e-4)
    )
    assert entry.focal_length == pytest.approx(1851 / 1920)
    assert entry.centre_x == pytest.approx(12 / 1920)  # pixel centres at whole numbers
    assert entry.centre_y == pytest.approx(-7 / 1080)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.replace("image_width: 1920\n", ""), "how large"),
        (lambda s: s.replace("image_width: 1920", "image_width: 192" + "0" * 400), "how large"),
        (lambda s: s + "distortion_model: equidistant\n", "none of Brown's"),
        (lambda s: s.replace("distortion_coefficients", "nothing"), "has no distortion_coeff"),
        (lambda s: s.replace("rows: 3", "rows: 2").replace(", 1.0 ]", " ]"), "not 3 x 3"),
        (lambda s: s.replace("-0.1,", "nan,"), "no finite number"),
    ],
)
def test_a_calibration_that_is_not_whole_is_refused(change, says):
    whole = opencv_yaml(Glass((-0.1, 0.02, 0.0, 0.0)), RIG)
    assert read(whole)

    with pytest.raises(TrackError, match=says):
        read(change(whole))


def test_a_thin_prism_is_fitted_and_says_by_how_much_it_is_off():
    prism = (-0.1, 0.02, 1e-4, 0.0, 0.0, 0.0, 0.0, 0.0, 2e-4, 0.0, -1.5e-4, 0.0)

    model = read(opencv_yaml(Glass(prism), RIG))

    (entry,), (note,) = model.entries, model.notes
    off = float(note.split("fitted, ")[1].split(" px")[0])
    grid = np.random.default_rng(3).uniform(-1, 1, (2000, 2)) * (0.518, 0.291)
    theirs, _ = cv2.projectPoints(
        np.column_stack([grid, np.ones(2000)]), np.zeros(3), np.zeros(3), np.eye(3),
        np.array(prism),
    )  # fmt: skip
    ours = np.stack(distorted(entry.distortion, grid[:, 0], grid[:, 1]), axis=1)
    worst = np.hypot(*(ours - theirs[:, 0]).T).max() * RIG.focal_px
    assert worst <= off * 1.05 + 1e-3
    assert off <= 0.15


def test_a_prism_that_cannot_be_fitted_and_a_tilted_sensor_are_refused():
    strong = (-0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.05, 0.0, -0.04, 0.0)
    tilted = (-0.1, *(0.0,) * 11, 0.02, 0.01)

    with pytest.raises(TrackError, match=r"limit 0\.15 px"):
        read(opencv_yaml(Glass(strong), RIG))
    with pytest.raises(TrackError, match="tilted"):
        read(opencv_yaml(Glass(tilted), RIG))


@pytest.mark.parametrize(
    ("model", "way"),
    [
        ("Brown-Conrady U-D", TO_DISTORTED),
        ("Brown-Conrady D-U", TO_UNDISTORTED),
        (None, TO_UNDISTORTED),  # by the OpenTrackIO schema
    ],
)
def test_the_model_s_name_says_which_way_its_terms_go(model, way):
    (entry,) = read(sample(model)).entries

    assert entry.distortion.way == way
    assert entry.distortion.radial[0] == pytest.approx(1e-4 * 24**2)  # k1: numerator
    assert entry.distortion.radial[3] == pytest.approx(2e-5 * 24**2)  # k2: denominator
    assert entry.distortion.tangential == pytest.approx((1e-5 * 24, 2e-5 * 24))  # p F


@pytest.mark.parametrize(
    "content",
    [
        sample("Brown-Conrady"),
        sample("Brown"),
        sample("3DE Classic U-D"),
        sample(None, protocol=False),
    ],
)
def test_a_direction_that_nobody_says_is_refused(content):
    with pytest.raises(TrackError, match="bends or straightens"):
        read(content)


def test_what_is_written_as_openlensio_is_read_as_the_same_lens():
    terms = Distortion(radial=(-0.1, 0.02, 0.0, 0.01), tangential=(1e-3, 2e-3), offset_x=0.01)
    lenses = [
        Lens(
            focal_length_mm=f, sensor_width_mm=24.89, sensor_height_mm=14.0, squeeze=2.0,
            centre_x_mm=0.1, centre_y_mm=-0.2, distortion=terms, focus_distance_m=d,
        )
        for f, d in ((40.0, 1.0), (40.0, 4.0), (75.0, 2.0))
    ]  # fmt: skip

    model = read(write(lenses))

    assert model.squeeze == 2.0
    assert [(e.focal_length, e.focus_distance_m) for e in model.entries] == [
        (40.0, 1.0), (40.0, 4.0), (75.0, 2.0),
    ]  # fmt: skip
    for entry in model.entries:
        assert entry.distortion.radial == pytest.approx(terms.radial, rel=1e-12)
        assert entry.distortion.tangential == pytest.approx(terms.tangential, rel=1e-12)
        assert entry.distortion.offset_x == pytest.approx(0.01)
        assert (entry.centre_x, entry.centre_y) == (0.1, -0.2)


def test_a_zoom_lies_between_what_was_measured_and_not_beyond_it():
    wide, long = (
        Lens(
            focal_length_mm=f, sensor_width_mm=24.89, sensor_height_mm=14.0,
            distortion=Distortion(radial=(k,)),
        )
        for f, k in ((24.0, -0.2), (48.0, 0.1))
    )  # fmt: skip
    zoom = read(write([wide, long]))

    def at(focal: float) -> Lens:
        return zoom.on(
            Lens(focal_length_mm=focal, sensor_width_mm=24.89, sensor_height_mm=14.0)
        )

    assert at(30.0).distortion.radial[0] == pytest.approx(-0.125)
    assert at(24.0).distortion.radial[0] == pytest.approx(-0.2)
    with pytest.raises(TrackError, match="from 24 to 48 mm, and the shot's focal length is 55"):
        at(55.0)


def test_focus_breathes_by_the_inverse_of_its_distance():
    lenses = [
        Lens(
            focal_length_mm=40.0, sensor_width_mm=24.89, sensor_height_mm=14.0,
            distortion=Distortion(radial=(k,)), focus_distance_m=d,
        )
        for k, d in ((-0.2, 1.0), (-0.1, 4.0))
    ]  # fmt: skip
    model = read(write(lenses))
    plain = Lens(focal_length_mm=40.0, sensor_width_mm=24.89, sensor_height_mm=14.0)

    with pytest.raises(TrackError, match="the track says none"):
        model.on(plain)
    middle = Lens(
        focal_length_mm=40.0, sensor_width_mm=24.89, sensor_height_mm=14.0, focus_distance_m=1.6
    )
    # 1/1.6 lies half way between 1/1 and 1/4.
    assert model.on(middle).distortion.radial[0] == pytest.approx(-0.15)


def test_a_file_that_is_no_lens_says_what_is_read():
    with pytest.raises(TrackError, match="no lens file"):
        read(b"focal: 35\n")
    with pytest.raises(TrackError, match="not valid JSON"):
        read(b'{"lens": {"distortion": [')
